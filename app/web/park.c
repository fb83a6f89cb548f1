/* Answers that wait for something to happen, and what sends them where nobody holds many. */
#include "web/park.h"

#include <time.h>

#include "base/clock.h"

enum { LOOK_NS = 200000000, PING_US = 15000000, LONGEST_US = 1800000000 };

static bool (*has_room)(void);

void park_set_room(bool (*room)(void))
{
	has_room = room;
}

uint64_t park_longest_us(const struct park *p)
{
	return p->longest_us ? p->longest_us : LONGEST_US;
}

/* One round: 0, PARK_OVER or an error. What it needs of memory ends with it. */
static int look_once(struct ctx *cx, struct stream *to, const struct park *p, bool last)
{
	struct arena *keep = cx->mem;
	ARENA mem = { 0 };
	int rc = PARK_OVER;

	cx->mem = &mem;
	if (!last)
		rc = p->look(cx, to, p->arg);
	else if (p->last)
		rc = p->last(cx, to, p->arg);
	cx->mem = keep;
	return rc;
}

static int wait_here(struct ctx *cx, struct stream *to, void *arg)
{
	const struct park *p = arg;
	uint64_t began = clock_mono_us(), pinged = began;
	int rc = look_once(cx, to, p, false);

	while (rc == PARK_WAIT || rc == PARK_MORE) {
		uint64_t now = clock_mono_us();

		if (stream_ending(to) || now - began > park_longest_us(p)) {
			rc = look_once(cx, to, p, true);
			break;
		}
		if (!p->silent && now - pinged > PING_US) {
			pinged = now;
			if ((rc = sse_ping(cx, to)) < 0)
				return rc;
		}
		if (rc == PARK_WAIT)
			nanosleep(&(struct timespec){ .tv_nsec = LOOK_NS }, NULL);
		rc = look_once(cx, to, p, false);
	}
	return rc < 0 ? rc : 0;
}

void park_free(struct park *p)
{
	struct arena mem = *p->mem;

	arena_release(&mem);
}

static void free_unclaimed(void *arg)
{
	struct park **claim = arg;

	if (*claim)
		park_free(*claim);
}

int park_new(struct ctx *cx, struct resp *rs, struct park **out)
{
	struct arena mem = { 0 };

	if (has_room && !has_room())
		return fail(cx, ERR_UNAVAILABLE, "this worker holds as many streams as it may");
	struct park *p = arena_new(&mem, struct park);

	p->mem = arena_new(&mem, struct arena);
	p->request_id = arena_strdup(&mem, cx->request_id);
	p->claim = arena_new(rs->mem, struct park *);
	*p->claim = p;
	*p->mem = mem;
	arena_defer(rs->mem, free_unclaimed, p->claim);
	rs->stream = wait_here;
	rs->stream_arg = p;
	rs->park = p;
	*out = p;
	return 0;
}

struct park *park_take(struct resp *rs)
{
	struct park *p = rs->park;

	*p->claim = NULL;
	rs->park = NULL;
	rs->held = true;
	return p;
}
