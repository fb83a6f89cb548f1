/* Cron lines: which minute comes next, and what is none. */
#include "base/clock.h"
#include "base/str.h"
#include "plugins/cron.h"
#include "tests/unit/tap.h"

/* From a time in 2026, as "31 Jan 10:00" is "2026-01-31T10:00:00.000Z"; "never", "wrong". */
static const char *next(struct ctx *cx, const char *line, int64_t from_ms)
{
	struct cron c;
	char *out = arena_alloc(cx->mem, 25);

	cx->err = (struct err){ 0 };
	if (cron_parse(cx, line, &c) < 0)
		return "wrong";
	int64_t at = cron_next_ms(&c, from_ms);

	if (at < 0)
		return "never";
	clock_format(at, out);
	out[16] = '\0';
	return out;
}

int main(void)
{
	/* 2026-01-31T10:30:20Z, a Saturday */
	static const int64_t from = 1769855420000;
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "* * * * *", "2026-01-31T10:31" },
		{ "30 10 * * *", "2026-02-01T10:30" },
		{ "31 10 * * *", "2026-01-31T10:31" },
		{ "0 3 * * *", "2026-02-01T03:00" },
		{ "*/20 * * * *", "2026-01-31T10:40" },
		{ "5/20 * * * *", "2026-01-31T10:45" },
		{ "0 8-18/2 * * *", "2026-01-31T12:00" },
		{ "15,45 11 * * *", "2026-01-31T11:15" },
		{ "0 7 * * mon-fri", "2026-02-02T07:00" },
		{ "0 7 * * 7", "2026-02-01T07:00" },
		{ "0 7 * * SUN", "2026-02-01T07:00" },
		{ "0 0 29 2 *", "2028-02-29T00:00" },
		{ "0 0 1 JAN *", "2027-01-01T00:00" },
		{ "59 23 31 12 *", "2026-12-31T23:59" },
		/* either day, when both are said */
		{ "0 0 13 * 5", "2026-02-06T00:00" },
		{ "0 0 */2 * 1", "2026-02-09T00:00" },
		{ "  0   3  *  *  * ", "2026-02-01T03:00" },
		{ "0 0 30 2 *", "never" },
		{ "", "wrong" },
		{ "* * * *", "wrong" },
		{ "* * * * * *", "wrong" },
		{ "60 * * * *", "wrong" },
		{ "* 24 * * *", "wrong" },
		{ "* * 0 * *", "wrong" },
		{ "* * * 13 *", "wrong" },
		{ "* * * * 8", "wrong" },
		{ "5-1 * * * *", "wrong" },
		{ "*/0 * * * *", "wrong" },
		{ "1, * * * *", "wrong" },
		{ "-1 * * * *", "wrong" },
		{ "1- * * * *", "wrong" },
		{ "x * * * *", "wrong" },
		{ "* * * foo *", "wrong" },
		{ "@daily", "wrong" },
	};
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };

	for (size_t i = 0; i < LEN(cases); i++) {
		printf("# %s\n", cases[i].line);
		STR_EQ(next(&cx, cases[i].line, from), cases[i].want);
	}
	return DONE();
}
