/* Times of a cron line. */
#include "base/cron.h"

#include <time.h>

#include "base/str.h"

/* Clocks change twice a year, in some places four times. */
enum { PERIODS_MOST = 64 };

struct field {
	const char *name, *words; /* words: of three letters, from the least value on; NULL: none */
	long least, most;
};
static const struct field fields[] = {
	{ "minute", NULL, 0, 59 },
	{ "hour", NULL, 0, 23 },
	{ "day", NULL, 1, 31 },
	{ "month", "janfebmaraprmayjunjulaugsepoctnovdec", 1, 12 },
	{ "weekday", "sunmontuewedthufrisat", 0, 7 },
};

static bool read_value(struct arena *mem, const struct field *f, struct str s, long *out)
{
	const char *text = str_lower(mem, s.p, s.n);

	if (str_long(text, f->least, f->most, out))
		return true;
	for (long i = 0; f->words && s.n == 3 && f->words[i * 3]; i++) {
		if (memcmp(f->words + i * 3, text, 3) == 0) {
			*out = f->least + i;
			return true;
		}
	}
	return false;
}

/* One part of a list. */
static bool read_part(struct arena *mem, const struct field *f, struct str part, uint64_t *bits)
{
	struct str step = part, range = str_cut(&step, '/'), to = range, from = str_cut(&to, '-');
	long first = f->least, last = f->most, by = 1;

	if (step.p && !str_long(arena_strndup(mem, step.p, step.n), 1, f->most, &by))
		return false;
	if (!str_is(range, "*")) {
		if (!read_value(mem, f, from, &first))
			return false;
		if (to.p && !read_value(mem, f, to, &last))
			return false;
		if (!to.p && !step.p)
			last = first;
		if (last < first)
			return false;
	}
	for (long v = first; v <= last; v += by)
		*bits |= 1ULL << v;
	return true;
}

static int read_field(struct ctx *cx, const struct field *f, struct str text, uint64_t *bits)
{
	struct str rest = text;

	while (rest.p)
		if (!read_part(cx->mem, f, str_cut(&rest, ','), bits))
			return fail(cx, ERR_INPUT,
				    "the %s \"%.*s\" of a cron line must be *, or of numbers from %ld to %ld (1,5-9,*/2)",
				    f->name, (int)text.n, text.p, f->least, f->most);
	return 0;
}

int cron_parse(struct ctx *cx, const char *text, struct cron *out)
{
	uint64_t bits[LEN(fields)] = { 0 };
	struct str rest = str_trim(str_of(text)), parts[LEN(fields)];
	size_t n = 0;

	while (rest.p && rest.n) {
		struct str part = str_cut(&rest, ' ');

		if (part.n == 0)
			continue;
		if (n == LEN(fields) || strlen(text) > 200)
			return fail(cx, ERR_INPUT, "a cron line has five fields: minute hour day month weekday");
		parts[n++] = part;
	}
	if (n < LEN(fields))
		return fail(cx, ERR_INPUT, "a cron line has five fields (minute hour day month weekday), not %zu", n);
	for (size_t i = 0; i < n; i++) {
		int rc = read_field(cx, &fields[i], parts[i], &bits[i]);

		if (rc < 0)
			return rc;
	}
	*out = (struct cron){
		bits[0], bits[1], bits[2], bits[3], bits[4] | bits[4] >> 7, parts[2].p[0] == '*', parts[4].p[0] == '*'
	};
	return 0;
}

static bool fits(uint64_t bits, int value)
{
	return bits >> value & 1;
}

static bool day_fits(const struct cron *c, const struct tm *tm)
{
	bool day = fits(c->days, tm->tm_mday), weekday = fits(c->weekdays, tm->tm_wday);

	if (!fits(c->months, tm->tm_mon + 1))
		return false;
	return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

int64_t cron_next_ms(const struct cron *c, int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 60000 * 60 + 60);

	for (unsigned days = 0; days < 8 * 366; days++) {
		struct tm tm;

		gmtime_r(&t, &tm);
		for (int m = tm.tm_hour * 60 + tm.tm_min; day_fits(c, &tm) && m < 24 * 60; m++)
			if (fits(c->hours, m / 60) && fits(c->minutes, m % 60))
				return ((int64_t)t + (m - tm.tm_hour * 60 - tm.tm_min) * 60) * 1000;
		t += 86400 - t % 86400;
	}
	return -1;
}

int64_t cron_next_in_ms(const struct cron *c, const struct zone *z, int64_t wall_ms)
{
	int64_t from = (wall_ms / 60000 + 1) * 60000;

	/* As if clocks never changed, until they do. */
	for (unsigned i = 0; i < PERIODS_MOST; i++) {
		struct zone_period p = zone_at(z, from);
		int64_t at = cron_next_ms(c, from + p.ahead_ms - 1);

		if (at < 0)
			return -1;
		if (at - p.ahead_ms < p.until_ms)
			return at - p.ahead_ms;
		from = p.until_ms;
	}
	return -1;
}
