/* Secrets, a line each, then an empty line and a text: what is hidden is what looking at every place finds. */
#include <stdlib.h>

#include "scaffolder/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_secret(const struct json *secrets, struct str text, size_t at, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < secrets->a.n; i++) {
		struct str s = str_trim(secrets->a.items[i]->s);

		if (s.n > 1 && s.n > *n && s.n <= text.n - at && memcmp(text.p + at, s.p, s.n) == 0)
			*n = s.n;
	}
	return *n > 0;
}

/* Each byte is looked at alone; spans that overlap become one. */
static struct str slowly(struct arena *mem, const struct json *secrets, struct str text)
{
	struct buf out = { .mem = mem };
	size_t end = 0;

	for (size_t i = 0, n; i < text.n; i++) {
		bool hit = is_secret(secrets, text, i, &n);

		if (hit && i >= end)
			buf_adds(&out, "***");
		if (hit && i + n > end)
			end = i + n;
		if (i >= end)
			buf_addc(&out, text.p[i]);
	}
	return buf_str(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA mem = { 0 };
	struct str rest = { (const char *)data, size };
	struct json *secrets = json_array(&mem);

	/* What JSON writes otherwise is hidden in both forms, which the slow way does not know. */
	if (size == 0 || memchr(data, '"', size) || memchr(data, '\\', size))
		return 0;
	for (size_t i = 0; i < size; i++)
		if (data[i] != '\n' && (data[i] < ' ' || data[i] > '~'))
			return 0;
	while (rest.p) {
		struct str line = str_cut(&rest, '\n');

		if (!line.n)
			break;
		json_push(&mem, secrets, json_strn(&mem, line.p, line.n));
	}
	if (!rest.p)
		return 0;
	struct str got = mask_text(mask_new(&mem, &(const struct json *){ secrets }, 1), &mem, rest);

	if (!str_eq(got, slowly(&mem, secrets, rest)))
		abort();
	return 0;
}
