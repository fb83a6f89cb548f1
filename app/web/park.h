/*
 * Answers that wait for something to happen: event streams and long polls. A worker of the pool "wait" holds many of them at
 * once, so the handler of a route with ROUTE_WAIT does not wait itself but says how to look:
 *
 *	struct park *p;
 *	int rc = park_new(cx, rs, &p);                    ERR_UNAVAILABLE: there are too many
 *	p->bell = arena_printf(p->mem, "task:%s", id);    looked at after it has rung, see base/bell.h
 *	p->look = send_what_is_new;
 *	p->arg = ...;                                     in p->mem
 *	rs->status = 200; rs->content_type = SSE_TYPE;
 *
 * The head leaves at once. Outside such a worker (callboard request, a pool without workers) the same answer is sent by
 * one who looks and sleeps.
 */
#ifndef WEB_PARK_H
#define WEB_PARK_H

#include "web/http.h"
#include "web/stream.h"

enum { PARK_WAIT, PARK_MORE, PARK_OVER };

struct park {
	struct arena *mem; /* lives as long as the answer; small things only, there are many */
	const char *bell;
	/*
	 * Sends what is new since it was last asked: PARK_WAIT until there is more, PARK_OVER when that was all, ERR_* to break
	 * off (the reader comes again). It must not block but for a short question to the database, and sends at most some 100
	 * KiB at a time: a bell of its own (bell_ring_here()) brings it back at once. cx->mem lives until it returns; cx->who
	 * is NULL: whether the reader may see it was decided before.
	 */
	int (*look)(struct ctx *cx, struct stream *to, void *arg);
	/* Last words when it ends before it is over: after longest_us, or because the worker has to leave. NULL: none. */
	int (*last)(struct ctx *cx, struct stream *to, void *arg);
	/*
	 * A question that is asked once a second for all answers that have the same function: it finds out what other hosts
	 * have written lately, and calls bell_ring_here(). NULL: this answer looks once a second itself.
	 */
	int (*news)(struct ctx *cx);
	void *arg;
	uint64_t longest_us; /* 0: half an hour */
	bool silent;         /* no server-sent events: nothing is sent to keep it open */

	/* The server's own. */
	const char *request_id;
	void (*over)(void *arg, size_t sent); /* it has ended; NULL: nobody wants to know */
	void *over_arg;
	struct park **claim; /* of the answer it was made for */
};

/*
 * Makes rs an answer that waits; the caller fills *out, its head as that of any other. ERR_UNAVAILABLE when this worker holds
 * as many as it may.
 */
int park_new(struct ctx *cx, struct resp *rs, struct park **out);
/* For who holds it: it is no longer rs's. To be given back with park_free(). */
struct park *park_take(struct resp *rs);
void park_free(struct park *p);
uint64_t park_longest_us(const struct park *p);

/* What says whether there is room for one more; NULL: always. For the server. */
void park_set_room(bool (*room)(void));

#endif
