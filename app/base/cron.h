/* Times of a cron line. */
#ifndef BASE_CRON_H
#define BASE_CRON_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/zone.h"

/* One bit a value that fits. */
struct cron {
	uint64_t minutes, hours, days, months, weekdays; /* days from bit 1, months from bit 1, Sunday is bit 0 */
	bool any_day, any_weekday;                       /* "*": else a day fits that fits either, as cron has it */
};

/*
 * "0 3 * * 1-5": minute, hour, day, month, weekday, in UTC. Each a *, a number, a range, a step (*\/10, 8-18/2) or a list of
 * those; months and weekdays also by their first three letters, Sunday is 0 and 7. ERR_INPUT says what is wrong.
 */
int cron_parse(struct ctx *cx, const char *text, struct cron *out);
/* The first such minute after wall_ms; -1 when there is none in 8 years (30 February). */
int64_t cron_next_ms(const struct cron *c, int64_t wall_ms);
/*
 * The same by the clocks of a zone: a minute that is left out in spring does not come that day, and one that comes twice in
 * autumn comes twice.
 */
int64_t cron_next_in_ms(const struct cron *c, const struct zone *z, int64_t wall_ms);

#endif
