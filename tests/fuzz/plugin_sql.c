/* SQL of plugins: whatever is taken holds no name without backquotes but words of SQL, and no table but the plugin's. */
#include "plugins/plugin_sql.h"

#include <stdlib.h>

#include "base/str.h"

static const struct sql_owner owner = { "fuzz", "portal" };

/* Passes over a text in quotes; NULL when it has no end. */
static const char *behind(const char *p, char quote)
{
	for (p++; *p && *p != quote; p++)
		if (*p == '\\' || *p == '\n')
			return NULL;
	return *p ? p + 1 : NULL;
}

static void check(const char *sql)
{
	for (const char *p = sql; *p;) {
		if (*p == '\'' || *p == '`') {
			if (str_starts(p, "`portal`.") && !str_starts(p, "`portal`.`plugin_fuzz_"))
				abort();
			p = behind(p, *p);
			if (!p)
				abort();
			continue;
		}
		/* Lower case stands in backquotes, but for the exponent of a number. */
		if (strchr(";@#\\\"{}[]$:", *p) || (*p >= 'a' && *p <= 'z' && *p != 'e') || str_starts(p, "--") ||
		    str_starts(p, "/*"))
			abort();
		p++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	const char *out;

	if (size > 0 && plugin_sql(&cx, &owner, (struct str){ (const char *)data + 1, size - 1 }, data[0] % 3, &out) == 0)
		check(out);
	return 0;
}
