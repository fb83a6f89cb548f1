/* Counters that all processes of the portal add to, for /metrics. */
#include "base/counters.h"

static const struct {
	const char *name, *help;
} counters[] = {
#define COUNTER(name, metric, help) { metric, help },
#include "base/counters.def"
#undef COUNTER
};

static uint64_t own[N_COUNTERS], *values = own;

void counter_add(enum counter c, uint64_t n)
{
	__atomic_fetch_add(&values[c], n, __ATOMIC_RELAXED);
}

uint64_t counter_get(enum counter c)
{
	return __atomic_load_n(&values[c], __ATOMIC_RELAXED);
}

const char *counter_name(enum counter c)
{
	return counters[c].name;
}

const char *counter_help(enum counter c)
{
	return counters[c].help;
}

void counters_share(uint64_t *shared)
{
	values = shared;
}
