/* When cron jobs run, and how to say it. */
#include "kubernetes/schedule.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cron.h"
#include "base/str.h"

enum { TIMES_MOST = 4, NAMES_MOST = 6 };

/* A schedule taken apart. */
struct plan {
	struct cron cron;
	int64_t every_ms; /* "@every": so long after the last; else 0 */
	const char *zone; /* that the schedule itself names; NULL: none */
};

/* "1h30m", as Go writes durations; 0: it is none. */
static int64_t delay_ms(const char *text)
{
	static const struct {
		char unit;
		double ms;
	} units[] = { { 'h', 3600e3 }, { 'm', 60e3 }, { 's', 1e3 } };
	double sum = 0;

	while (*text) {
		char *end;
		double v = strtod(text, &end), ms = 0;

		for (size_t i = 0; i < LEN(units); i++)
			if (*end == units[i].unit)
				ms = units[i].ms;
		if (end == text || !(v >= 0 && v < 1e6) || ms == 0)
			return 0;
		sum += v * ms;
		text = end + 1;
	}
	return (int64_t)sum / 1000 * 1000;
}

static const char *expanded(const char *schedule)
{
	static const char *const words[][2] = { { "@yearly", "0 0 1 1 *" },  { "@annually", "0 0 1 1 *" },
						{ "@monthly", "0 0 1 * *" }, { "@weekly", "0 0 * * 0" },
						{ "@daily", "0 0 * * *" },   { "@midnight", "0 0 * * *" },
						{ "@hourly", "0 * * * *" } };

	for (size_t i = 0; i < LEN(words); i++)
		if (streq(schedule, words[i][0]))
			return words[i][1];
	return schedule;
}

static bool read_plan(struct arena *mem, const char *schedule, struct plan *out)
{
	struct ctx cx = { .mem = mem, .request_id = "" };
	struct str rest = str_trim(str_of(schedule));
	char *text;

	*out = (struct plan){ 0 };
	if (rest.n > 3 && (memcmp(rest.p, "TZ=", 3) == 0 || (rest.n > 8 && memcmp(rest.p, "CRON_TZ=", 8) == 0))) {
		struct str zone = str_cut(&rest, ' ');

		str_cut(&zone, '=');
		out->zone = arena_strndup(mem, zone.p, zone.n);
		rest = str_trim(rest);
	}
	text = arena_strndup(mem, rest.p ? rest.p : "", rest.n);
	if (str_starts(text, "@every ")) {
		out->every_ms = delay_ms(text + strlen("@every "));
		return out->every_ms > 0;
	}
	for (char *p = text; *p; p++)
		if (*p == '?')
			*p = '*';
	return cron_parse(&cx, expanded(text), &out->cron) == 0;
}

int64_t schedule_next_ms(struct arena *mem, const char *schedule, const char *time_zone, int64_t after_ms)
{
	struct plan p;
	const struct zone *z;

	if (!schedule || !read_plan(mem, schedule, &p))
		return -1;
	if (p.every_ms)
		return after_ms + p.every_ms;
	if (!time_zone && !p.zone)
		return cron_next_ms(&p.cron, after_ms);
	z = zone_open(mem, p.zone ? p.zone : time_zone);
	return z ? cron_next_in_ms(&p.cron, z, after_ms) : -1;
}

/* ---- words ---- */

/* The values of a set; how many there are, of which at most TIMES_MOST or so are stored. */
static size_t values(uint64_t bits, int *out, size_t most)
{
	size_t n = 0;

	for (int i = 0; i < 64; i++)
		if (bits >> i & 1) {
			if (n < most)
				out[n] = i;
			n++;
		}
	return n;
}

/* Each so many from 0 on, and that all around: 15 of {0, 15, 30, 45}; 0: it is no such set. */
static int step_of(uint64_t bits, int all)
{
	for (int step = 1; step < all; step++) {
		uint64_t same = 0;

		for (int i = 0; all % step == 0 && i < all; i += step)
			same |= 1ULL << i;
		if (same == bits)
			return step;
	}
	return 0;
}

/* ", " or " and " before the i-th of n. */
static const char *between(size_t i, size_t n)
{
	return i == 0 ? "" : i + 1 == n ? " and " : ", ";
}

/* "every 10 minutes", "at 03:00 and 15:00"; false: there are too many times. */
static bool add_times(struct buf *b, const struct cron *c, bool *clock)
{
	int minutes[TIMES_MOST], hours[TIMES_MOST];
	size_t n_minutes = values(c->minutes, minutes, TIMES_MOST), n_hours = values(c->hours, hours, TIMES_MOST);
	int by_minute = step_of(c->minutes, 60), by_hour = step_of(c->hours, 24);

	*clock = false;
	if (by_minute && by_hour == 1) {
		buf_addf(b, by_minute == 1 ? "every minute" : "every %d minutes", by_minute);
	} else if (n_minutes == 1 && by_hour && n_hours > 1) {
		buf_addf(b, by_hour == 1 ? "every hour" : "every %d hours", by_hour);
		if (minutes[0])
			buf_addf(b, " at :%02d", minutes[0]);
	} else if (n_minutes * n_hours <= TIMES_MOST) {
		buf_adds(b, "at ");
		for (size_t i = 0; i < n_minutes * n_hours; i++)
			buf_addf(b, "%s%02d:%02d", between(i, n_minutes * n_hours), hours[i / n_minutes],
				 minutes[i % n_minutes]);
		*clock = true;
	} else {
		return false;
	}
	return true;
}

static bool add_names(struct buf *b, const char *lead, uint64_t bits, const char *const *names, const char *plural)
{
	int list[NAMES_MOST];
	size_t n = values(bits, list, NAMES_MOST);

	for (size_t i = 0; n <= NAMES_MOST && i < n; i++)
		buf_addf(b, "%s%s%s%s", i ? "" : lead, between(i, n), names[list[i]], plural);
	return n <= NAMES_MOST;
}

static const char *nth(int day)
{
	return day / 10 == 1 ? "th" : day % 10 == 1 ? "st" : day % 10 == 2 ? "nd" : day % 10 == 3 ? "rd" : "th";
}

static bool add_days(struct buf *b, const struct cron *c, bool clock)
{
	static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
	static const char *const months[] = { "",     "January", "February",  "March",   "April",    "May",     "June",
					      "July", "August",  "September", "October", "November", "December" };
	enum { WORKDAYS = 0x3e, WEEKEND = 0x41, ALL_WEEK = 0x7f };
	static const uint64_t all_days = 0xfffffffe, all_months = 0x1ffe;
	uint64_t weekday = c->weekdays & ALL_WEEK;
	int days[TIMES_MOST];
	size_t n = values(c->days, days, TIMES_MOST);
	bool daily = c->days == all_days, weekly = weekday != ALL_WEEK;

	if ((!daily && weekly) || (!daily && n > TIMES_MOST))
		return false;
	if (daily && !weekly)
		buf_addf(b, "%s", clock ? " every day" : "");
	else if (weekday == WORKDAYS || weekday == WEEKEND)
		buf_addf(b, weekday == WORKDAYS ? " on weekdays" : " on weekends");
	else if (weekly && !add_names(b, " on ", weekday, weekdays, "s"))
		return false;
	for (size_t i = 0; !daily && i < n; i++)
		buf_addf(b, "%s%s%d%s", i ? "" : " on the ", between(i, n), days[i], nth(days[i]));
	if (c->months == all_months)
		buf_addf(b, "%s", daily ? "" : " of each month");
	else if (!add_names(b, daily ? " in " : " of ", c->months, months, ""))
		return false;
	return true;
}

const char *schedule_words(struct arena *mem, const char *schedule)
{
	struct buf b = { .mem = mem };
	struct plan p;
	bool clock;

	if (!schedule || !read_plan(mem, schedule, &p))
		return NULL;
	if (p.every_ms)
		return arena_printf(mem, "every %s", strchr(schedule, ' ') + 1);
	if (!add_times(&b, &p.cron, &clock) || !add_days(&b, &p.cron, clock))
		return NULL;
	return buf_text(&b);
}
