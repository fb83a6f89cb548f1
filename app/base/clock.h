/* Time: wall clock for people, monotonic clock for durations. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* Microseconds since an arbitrary start; never goes back. */
uint64_t clock_mono_us(void);
/* Milliseconds since 1970, UTC. */
int64_t clock_wall_ms(void);
/* "2026-11-25T03:06:29.123Z" in out[25]. */
void clock_format(int64_t wall_ms, char out[25]);
/*
 * Reads "2026-11-25", "2026-11-25T03:06:29Z", with a fraction and with an offset ("+01:00") as well. False when it is none.
 */
bool clock_parse(const char *text, int64_t *wall_ms);

#endif
