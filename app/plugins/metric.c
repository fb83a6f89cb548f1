/* What plugins count: for /metrics. */
#include "plugins/metric.h"

#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/str.h"

enum state { FREE, TAKEN, NAMED };

struct cell {
	uint32_t state; /* enum state; only goes up */
	uint32_t gauge;
	uint64_t bits; /* of the value, a double */
	char name[METRIC_NAME];
};

static struct cell (*cells)[METRICS_EACH];

void plugin_metrics_prepare(void)
{
	size_t size = sizeof(*cells) * PLUGINS_MAX;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	cells = p == MAP_FAILED ? NULL : p;
	if (!cells)
		log_warn("no memory for what plugins count", NULL);
}

static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && n < METRIC_NAME && !s[n] && *s >= 'a' && *s <= 'z' && !str_ends(s, "_total");
}

/* Only a worker that died between two instructions leaves a cell taken and without a name: that one is lost, no more. */
static bool is_named(const struct cell *c, const char *name)
{
	return __atomic_load_n(&c->state, __ATOMIC_ACQUIRE) == NAMED && strcmp(c->name, name) == 0;
}

static bool take(struct cell *c, const char *name, bool gauge)
{
	uint32_t was = FREE;

	if (!__atomic_compare_exchange_n(&c->state, &was, TAKEN, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	memcpy(c->name, name, strlen(name) + 1); /* is_name() */
	c->gauge = gauge;
	__atomic_store_n(&c->state, NAMED, __ATOMIC_RELEASE);
	return true;
}

static int find(struct ctx *cx, const struct plugin *p, const char *name, bool gauge, struct cell **out)
{
	struct cell *own = cells ? cells[p->index] : NULL;

	*out = NULL;
	if (!is_name(name))
		return fail(cx, ERR_INPUT,
			    "a metric's name is small letters, digits and _, at most %d, without _total, not '%.80s'",
			    METRIC_NAME - 1, name);
	for (unsigned i = 0; own && i < METRICS_EACH && !*out; i++)
		if (is_named(&own[i], name))
			*out = &own[i];
	for (unsigned i = 0; own && i < METRICS_EACH && !*out; i++)
		if (take(&own[i], name, gauge))
			*out = &own[i];
	if (*out && (*out)->gauge != gauge)
		return fail(cx, ERR_INPUT, "the metric '%s' is a %s already", name, gauge ? "counter" : "gauge");
	if (own && !*out)
		return fail(cx, ERR_TOOLARGE, "a plugin has at most %d metrics", METRICS_EACH);
	return 0;
}

static double value_of(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

static uint64_t bits_of(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	return bits;
}

int plugin_metric_count(struct ctx *cx, const struct plugin *p, const char *name, double add)
{
	struct cell *c;
	int rc = add >= 0 ? find(cx, p, name, false, &c) : fail(cx, ERR_INPUT, "a counter only goes up");

	if (rc < 0 || !c)
		return rc;
	for (uint64_t was = __atomic_load_n(&c->bits, __ATOMIC_RELAXED);;)
		if (__atomic_compare_exchange_n(&c->bits, &was, bits_of(value_of(was) + add), true, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return 0;
}

int plugin_metric_set(struct ctx *cx, const struct plugin *p, const char *name, double value)
{
	struct cell *c;
	int rc = find(cx, p, name, true, &c);

	if (rc == 0 && c)
		__atomic_store_n(&c->bits, bits_of(value), __ATOMIC_RELAXED);
	return rc;
}

bool plugin_metric(const struct plugin *p, unsigned i, struct plugin_metric *out)
{
	const struct cell *c = cells && i < METRICS_EACH ? &cells[p->index][i] : NULL;

	if (!c || __atomic_load_n(&c->state, __ATOMIC_ACQUIRE) != NAMED)
		return false;
	*out = (struct plugin_metric){ c->name, c->gauge, value_of(__atomic_load_n(&c->bits, __ATOMIC_RELAXED)) };
	return true;
}
