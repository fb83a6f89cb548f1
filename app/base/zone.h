/* Time zones by name, as this system's tzdata has them. Nothing of the process (TZ) is read or changed. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdint.h>

#include "base/arena.h"

struct zone;

/* How far clocks are ahead of UTC at an instant, and when that changes next (INT64_MAX: never). */
struct zone_period {
	int64_t ahead_ms, until_ms;
};

/* "Europe/Berlin", "UTC"; lives in mem. NULL: there is no such zone. */
struct zone *zone_open(struct arena *mem, const char *name);
/* wall_ms: since 1970, UTC. tzdata names changes until 2037; from then on clocks stay as they are. */
struct zone_period zone_at(const struct zone *z, int64_t wall_ms);

#endif
