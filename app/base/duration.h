/* Human durations, as Backstage's configuration writes them. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"

/*
 * Milliseconds of {seconds: 5, minutes: 1, …}, "PT1M5S", "5s", "1.5 hours" or "-2 days". Numbers without a unit are refused:
 * nobody knows whether they are seconds. Weeks have 7 days, months 30, years 365. ERR_INPUT says what is wrong with it.
 */
int config_duration_ms(struct ctx *cx, const struct json *v, int64_t *out);
/* The same for a text. */
int duration_parse_ms(struct ctx *cx, struct str text, int64_t *out);

#endif
