/* Cron lines: which minute comes next, and what is none. */
#include "base/clock.h"
#include "base/cron.h"
#include "base/str.h"
#include "kubernetes/schedule.h"
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

/* The next times by the clocks of a zone, around the nights in which they change. */
static void zones(struct ctx *cx)
{
	static const struct {
		const char *schedule, *zone, *from, *want;
	} cases[] = {
		{ "0 3 * * *", NULL, "2026-07-01T02:59:00Z", "2026-07-01T03:00" },
		{ "0 3 * * *", "Etc/UTC", "2026-07-01T02:59:00Z", "2026-07-01T03:00" },
		{ "0 3 * * *", "Europe/Berlin", "2026-07-01T00:59:00Z", "2026-07-01T01:00" },
		{ "0 3 * * *", "Europe/Berlin", "2026-12-01T00:59:00Z", "2026-12-01T02:00" },
		{ "0 3 * * *", "Asia/Kolkata", "2026-12-01T00:00:00Z", "2026-12-01T21:30" },
		{ "0 0 * * mon", "America/New_York", "2026-12-01T00:00:00Z", "2026-12-07T05:00" },
		{ "0 0 * * mon", "Pacific/Auckland", "2026-12-01T00:00:00Z", "2026-12-06T11:00" },
		/* 29 March 2026: no 02:30 in Berlin. 25 October: two of them. */
		{ "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:30" },
		{ "0 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:00" },
		{ "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30" },
		{ "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30" },
		{ "30 2 * * *", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-26T01:30" },
		{ "0 0 29 2 *", "Europe/Berlin", "2026-10-25T01:30:00Z", "2028-02-28T23:00" },
		{ "TZ=Europe/Berlin 0 3 * * *", NULL, "2026-07-01T00:59:00Z", "2026-07-01T01:00" },
		{ "CRON_TZ=Asia/Tokyo @daily", NULL, "2026-07-01T00:59:00Z", "2026-07-01T15:00" },
		{ "@hourly", NULL, "2026-07-01T00:59:00Z", "2026-07-01T01:00" },
		{ "0 0 ? * *", NULL, "2026-07-01T00:59:00Z", "2026-07-02T00:00" },
		{ "@every 1h30m", NULL, "2026-07-01T00:59:00Z", "2026-07-01T02:29" },
		{ "0 0 30 2 *", "Europe/Berlin", "2026-07-01T00:59:00Z", "never" },
		{ "0 3 * * *", "Europe/Atlantis", "2026-07-01T00:59:00Z", "never" },
		{ "0 3 * * *", "../../../etc/passwd", "2026-07-01T00:59:00Z", "never" },
		{ "0 3 * * *", "/etc/passwd", "2026-07-01T00:59:00Z", "never" },
		{ "0 3 * * *", "Europe", "2026-07-01T00:59:00Z", "never" },
		{ "0 3 * * *", "leapseconds", "2026-07-01T00:59:00Z", "never" },
		{ "0 3 * * *", "", "2026-07-01T00:59:00Z", "never" },
		{ "@reboot", NULL, "2026-07-01T00:59:00Z", "never" },
		{ "@every", NULL, "2026-07-01T00:59:00Z", "never" },
		{ "@every 5", NULL, "2026-07-01T00:59:00Z", "never" },
		{ "TZ=", NULL, "2026-07-01T00:59:00Z", "never" },
		{ NULL, NULL, "2026-07-01T00:59:00Z", "never" },
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		char out[25] = "never";
		int64_t from, at;

		printf("# %s in %s\n", cases[i].schedule ? cases[i].schedule : "nothing",
		       cases[i].zone ? cases[i].zone : "no zone");
		clock_parse(cases[i].from, &from);
		at = schedule_next_ms(cx->mem, cases[i].schedule, cases[i].zone, from);
		if (at >= 0)
			clock_format(at, out);
		out[at >= 0 ? 16 : 5] = '\0';
		STR_EQ(out, cases[i].want);
	}
}

static void in_words(struct ctx *cx)
{
	static const char *const cases[][2] = {
		{ "* * * * *", "every minute" },
		{ "*/10 * * * *", "every 10 minutes" },
		{ "*/7 * * * *", NULL },
		{ "0 * * * *", "every hour" },
		{ "@hourly", "every hour" },
		{ "17 * * * *", "every hour at :17" },
		{ "5 */6 * * *", "every 6 hours at :05" },
		{ "0 3 * * *", "at 03:00 every day" },
		{ "@daily", "at 00:00 every day" },
		{ "0 3,15 * * *", "at 03:00 and 15:00 every day" },
		{ "0,30 9 * * 1-5", "at 09:00 and 09:30 on weekdays" },
		{ "0 9 * * sat,sun", "at 09:00 on weekends" },
		{ "0 9 * * 7", "at 09:00 on Sundays" },
		{ "0 9 * * 1,3,5", "at 09:00 on Mondays, Wednesdays and Fridays" },
		{ "*/5 * * * 1-5", "every 5 minutes on weekdays" },
		{ "0 0 1 * *", "at 00:00 on the 1st of each month" },
		{ "0 0 1,15,22,23 * *", "at 00:00 on the 1st, 15th, 22nd and 23rd of each month" },
		{ "@yearly", "at 00:00 on the 1st of January" },
		{ "0 6 * 1,7 *", "at 06:00 every day in January and July" },
		{ "TZ=Europe/Berlin 0 3 * * *", "at 03:00 every day" },
		{ "@every 1h30m", "every 1h30m" },
		{ "0 9-17 * * *", NULL },
		{ "0 0 13 * 5", NULL },
		{ "nonsense", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		printf("# %s\n", cases[i][0]);
		STR_EQ(schedule_words(cx->mem, cases[i][0]), cases[i][1]);
	}
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
	zones(&cx);
	in_words(&cx);
	return DONE();
}
