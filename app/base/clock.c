/* Time: wall clock for people, monotonic clock for durations. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

uint64_t clock_mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clock_format(int64_t wall_ms, char out[25])
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;
	char date[32], full[64];

	gmtime_r(&s, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(full, sizeof(full), "%s.%03uZ", date, (unsigned)(wall_ms % 1000) % 1000);
	memcpy(out, full, 24);
	out[24] = 0;
}

/* ".123" to milliseconds; further digits count for nothing. */
static const char *read_fraction(const char *p, int64_t *ms)
{
	if (*p != '.')
		return p;
	for (int64_t unit = 100; *++p >= '0' && *p <= '9'; unit /= 10)
		*ms += (*p - '0') * unit;
	return p;
}

/* "Z", "+01:00", "-0130". NULL when it is none. */
static const char *read_offset(const char *p, int64_t *ms)
{
	unsigned h, m;
	int n = 0;

	if (*p == 'Z' || *p == 'z')
		return p + 1;
	if ((*p != '+' && *p != '-') ||
	    (sscanf(p + 1, "%2u:%2u%n", &h, &m, &n) != 2 && sscanf(p + 1, "%2u%2u%n", &h, &m, &n) != 2) || h > 23 || m > 59)
		return NULL;
	*ms -= (*p == '-' ? -1 : 1) * (int64_t)(h * 60 + m) * 60000;
	return p + 1 + n;
}

bool clock_parse(const char *text, int64_t *wall_ms)
{
	struct tm tm = { 0 };
	const char *day = strptime(text, "%Y-%m-%d", &tm), *p = day;

	*wall_ms = 0;
	if (p && (*p == 'T' || *p == ' '))
		p = strptime(p + 1, "%H:%M:%S", &tm);
	if (p && p != day)
		p = read_offset(read_fraction(p, wall_ms), wall_ms);
	if (!p || *p)
		return false;
	*wall_ms += (int64_t)timegm(&tm) * 1000;
	return true;
}
