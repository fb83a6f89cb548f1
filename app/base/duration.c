/* Human durations, as Backstage's configuration writes them. */
#include "base/duration.h"

#include <math.h>
#include <stdlib.h>

#define MAX_MS 3.2e13 /* a thousand years */

static const struct {
	const char *name; /* singular and key of an object without its "s" */
	const char *brief[3];
	double ms;
} units[] = {
	{ "millisecond", { "ms", "msec", "msecs" }, 1 }, { "second", { "s", "sec", "secs" }, 1000 },
	{ "minute", { "m", "min", "mins" }, 60e3 },      { "hour", { "h", "hr", "hrs" }, 3600e3 },
	{ "day", { "d", "d", "d" }, 86400e3 },           { "week", { "w", "w", "w" }, 7 * 86400e3 },
	{ "month", { "mo", "mo", "mo" }, 30 * 86400e3 }, { "year", { "y", "yr", "yrs" }, 365 * 86400e3 },
};

/* Milliseconds of a unit by any of its names; 0 for none. */
static double unit_ms(struct str name)
{
	char word[16];

	if (name.n == 0 || name.n >= sizeof(word))
		return 0;
	for (size_t i = 0; i < name.n; i++)
		word[i] = ascii_lower(name.p[i]);
	word[name.n] = '\0';
	for (size_t i = 0; i < LEN(units); i++) {
		size_t n = strlen(units[i].name);

		for (size_t b = 0; b < LEN(units[i].brief); b++)
			if (streq(word, units[i].brief[b]))
				return units[i].ms;
		if (strncmp(word, units[i].name, n) == 0 && (word[n] == '\0' || streq(word + n, "s")))
			return units[i].ms;
	}
	return 0;
}

/* A decimal number at the start of *s; moves behind it. */
static bool cut_number(struct str *s, double *out)
{
	size_t n = 0, digits = 0;
	char text[32];

	while (n < s->n && n < sizeof(text) - 1 &&
	       (ascii_digit(s->p[n]) || s->p[n] == '.' || (n == 0 && strchr("+-", s->p[0])))) {
		digits += ascii_digit(s->p[n]);
		text[n] = s->p[n];
		n++;
	}
	text[n] = '\0';

	char *end;

	*out = strtod(text, &end);
	*s = (struct str){ s->p + n, s->n - n };
	return digits > 0 && *end == '\0';
}

/* "P1DT2H": number and designator pairs, M means months before the T and minutes behind it. */
static bool parse_iso(struct str s, double *ms)
{
	bool time = false, any = false;

	*ms = 0;
	for (s.p++, s.n--; s.n > 0; s.p++, s.n--) {
		double num;

		if (s.p[0] == 'T' && !time) {
			time = true;
			any = false;
			continue;
		}
		if (!cut_number(&s, &num) || s.n == 0)
			return false;

		static const char date_units[] = "YMWD", time_units[] = "HMS";
		static const double date_ms[] = { 365 * 86400e3, 30 * 86400e3, 7 * 86400e3, 86400e3 };
		static const double time_ms[] = { 3600e3, 60e3, 1000 };
		const char *set = time ? time_units : date_units;
		const char *at = s.p[0] ? strchr(set, s.p[0]) : NULL;

		if (!at)
			return false;
		*ms += num * (time ? time_ms : date_ms)[at - set];
		any = true;
	}
	return any;
}

static int in_range(struct ctx *cx, double ms, int64_t *out)
{
	if (!isfinite(ms) || fabs(ms) > MAX_MS)
		return fail(cx, ERR_INPUT, "is too long a duration");
	*out = (int64_t)ms;
	return 0;
}

int duration_parse_ms(struct ctx *cx, struct str text, int64_t *out)
{
	struct str s = str_trim(text), rest = s;
	double num, ms;

	if (s.n && s.p[0] == 'P') {
		if (!parse_iso(s, &ms))
			return fail(cx, ERR_INPUT, "'%.*s' is not an ISO 8601 duration such as PT5M", (int)s.n, s.p);
		return in_range(cx, ms, out);
	}
	if (!s.n || !cut_number(&rest, &num))
		return fail(cx, ERR_INPUT, "'%.*s' is not a duration such as '30s', '5 minutes' or 'PT5M'", (int)s.n,
			    s.n ? s.p : "");
	ms = unit_ms(str_trim(rest));
	if (ms == 0)
		return fail(cx, ERR_INPUT, "'%.*s' has no unit of time; write '%gs' for seconds", (int)s.n, s.p, num);
	return in_range(cx, num * ms, out);
}

int config_duration_ms(struct ctx *cx, const struct json *v, int64_t *out)
{
	double sum = 0;

	if (json_is(v, JSON_STRING))
		return duration_parse_ms(cx, v->s, out);
	if (json_is(v, JSON_NUMBER))
		return fail(cx, ERR_INPUT, "%g has no unit of time; write '%gs' for seconds", v->num, v->num);
	if (!json_is(v, JSON_OBJECT) || v->o.n == 0)
		return fail(cx, ERR_INPUT, "%s is not a duration such as {minutes: 5}", json_type_name(v));
	for (size_t i = 0; i < v->o.n; i++) {
		struct str key = v->o.m[i].key;
		const struct json *num = v->o.m[i].value;
		double ms = key.n > 1 && key.p[key.n - 1] == 's' ? unit_ms((struct str){ key.p, key.n - 1 }) : 0;

		if (ms == 0 || key.n < 4)
			return fail(cx, ERR_INPUT, "'%.*s' is not a unit of a duration (milliseconds, seconds, minutes, …)",
				    (int)key.n, key.p);
		if (!json_is(num, JSON_NUMBER))
			return fail(cx, ERR_INPUT, "%.*s is not a number", (int)key.n, key.p);
		sum += num->num * ms;
	}
	return in_range(cx, sum, out);
}
