/* Clusters as they are known by having asked them: which answer, which are spared, which asked for quiet. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "kubernetes/fleet_private.h"

enum {
	SPARE_AFTER = 3,
	SPARE_US = 10 * 1000000,
	SPARE_MOST_US = 300 * 1000000,
	QUIET_LEAST_S = 1,
	QUIET_MOST_S = 300,
};

void server_free(struct server *s)
{
	fetch_lane_free(s->lane);
	arena_release(&s->mem);
	free(s);
}

struct server *server_get(struct fleet *e, const char *key, const char *name)
{
	struct server *s = e->servers;

	while (s && !streq(s->key, key))
		s = s->next;
	if (s)
		return s;
	s = calloc(1, sizeof(*s)); /* lint: as long as its process */
	if (!s)
		abort();
	s->fleet = e;
	s->key = arena_strdup(&s->mem, key);
	s->name = arena_strdup(&s->mem, name);
	s->lane = fetch_lane_new(e->ep, s);
	s->next = e->servers;
	e->servers = s;
	return s;
}

void server_note(struct server *s, bool answered, const char *why)
{
	uint64_t spare = SPARE_US;

	if (answered) {
		if (s->spared_until_us)
			log_info("a cluster answers again", "cluster", s->name, NULL);
		s->failures = 0;
		s->spared_until_us = 0;
		s->since_ms = 0;
		return;
	}
	str_put(s->why, sizeof(s->why), why);
	if (!s->failures)
		s->since_ms = clock_wall_ms();
	if (++s->failures < SPARE_AFTER)
		return;
	for (unsigned i = SPARE_AFTER; i < s->failures && spare < SPARE_MOST_US; i++)
		spare *= 2;
	if (!s->spared_until_us)
		log_warn("a cluster does not answer and is spared for a while", "cluster", s->name, "why", s->why, NULL);
	s->spared_until_us = clock_mono_us() + (spare < SPARE_MOST_US ? spare : SPARE_MOST_US);
}

/* How long it wants to be left alone; what is no number of seconds is short. */
static uint64_t seconds_of(const char *text)
{
	uint64_t n = 0;

	for (; ascii_digit(*text) && n < QUIET_MOST_S; text++)
		n = n * 10 + (uint64_t)(*text - '0');
	return *text && !ascii_digit(*text) ? QUIET_LEAST_S
	       : n < QUIET_LEAST_S          ? QUIET_LEAST_S
	       : n > QUIET_MOST_S           ? QUIET_MOST_S
					    : n;
}

void server_quiet(struct server *s, const char *retry_after)
{
	uint64_t until = clock_mono_us() + seconds_of(retry_after) * 1000000;

	if (until > s->quiet_until_us)
		s->quiet_until_us = until;
}

bool server_is_quiet(const struct server *s)
{
	return clock_mono_us() < s->quiet_until_us;
}

bool server_is_spared(const struct server *s)
{
	return s->spared_until_us && (s->rounds > 0 || clock_mono_us() < s->spared_until_us);
}
