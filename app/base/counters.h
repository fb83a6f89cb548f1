/* Counters that all processes of the portal add to, for /metrics. */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdint.h>

enum counter {
#define COUNTER(name, metric, help) COUNTER_##name,
#include "base/counters.def"
#undef COUNTER
	N_COUNTERS
};

/* Safe in any process; without a server (command line, tests) it counts in this process only. */
void counter_add(enum counter c, uint64_t n);
uint64_t counter_get(enum counter c);
/* Name and help text as Prometheus shows them. */
const char *counter_name(enum counter c);
const char *counter_help(enum counter c);
/* Where they live from now on: N_COUNTERS numbers in shared memory. For the server only. */
void counters_share(uint64_t *shared);

#endif
