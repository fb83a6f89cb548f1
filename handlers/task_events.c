/* What happens in a task, as it happens: server-sent events, and a long poll. */
#include <limits.h>
#include <time.h>

#include "base/clock.h"
#include "handlers/handlers.h"
#include "handlers/task_api.h"
#include "web/stream.h"

enum { LOOK_NS = 100000000, PING_US = 15000000, POLL_US = 30000000, PIECE = 1000 };
static const uint64_t longest_us = 3600000000ULL;

struct json *task_event_json(struct arena *mem, const char *id, const struct task_event *e)
{
	struct json *v = json_object(mem);
	char at[25];

	clock_format(e->created_ms, at);
	json_set(mem, v, "id", json_num(mem, (double)e->id));
	json_set(mem, v, "taskId", json_str(mem, id));
	json_set(mem, v, "body", json_copy(mem, e->body));
	json_set(mem, v, "type", json_str(mem, e->type));
	json_set(mem, v, "createdAt", json_str(mem, at));
	return v;
}

/* Whether it has ended is asked before its events are: what is there then is all. */
int task_news(struct ctx *cx, struct task_reading *r, struct task_event **out, size_t *n)
{
	struct task t;
	int rc = task_find(cx, r->id, &t);

	if (rc == 0)
		rc = task_events(cx, r->id, r->after, PIECE, out, n);
	if (rc < 0)
		return rc;
	if (*n)
		r->after = (*out)[*n - 1].id;
	r->over = task_has_ended(&t) && *n < PIECE;
	return 0;
}

/* ---- rounds ---- */

/* What one round does; its memory ends with it. 1: it was the last. */
typedef int round_fn(struct ctx *cx, struct stream *to, struct task_reading *r);

static int rounds(struct ctx *cx, struct stream *to, struct task_reading *r, uint64_t limit_us, round_fn *fn)
{
	struct arena *keep = cx->mem;
	uint64_t began = clock_mono_us();
	ARENA mem = { 0 };
	int rc = 0;

	cx->mem = &mem;
	for (bool first = true; rc == 0 && (first || clock_mono_us() - began < limit_us); first = false) {
		rc = fn(cx, to, r);
		arena_reset(&mem);
		if (rc == 0 && stream_ending(to))
			break;
		if (rc == 0)
			nanosleep(&(struct timespec){ .tv_nsec = LOOK_NS }, NULL);
	}
	cx->mem = keep;
	return rc;
}

/* ---- server-sent events ---- */

static int send_event(struct ctx *cx, struct stream *to, const char *id, const struct task_event *e)
{
	struct buf b = { .mem = cx->mem };

	json_write(&b, task_event_json(cx->mem, id, e));
	return sse_event(cx, to, arena_printf(cx->mem, "%llu", (unsigned long long)e->id), e->type, buf_text(&b));
}

static int send_news(struct ctx *cx, struct stream *to, struct task_reading *r)
{
	static uint64_t sent_us;
	struct task_event *events = NULL;
	size_t n = 0;
	int rc = task_news(cx, r, &events, &n);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = send_event(cx, to, r->id, &events[i]);
	if (rc == 0 && r->over)
		return 1;
	if (n)
		sent_us = clock_mono_us();
	if (rc == 0 && clock_mono_us() - sent_us > PING_US) {
		sent_us = clock_mono_us();
		rc = sse_ping(cx, to);
	}
	/* Whoever reads comes again and asks for what is missing. */
	return rc == ERR_UNAVAILABLE || rc == ERR_NOTFOUND ? 1 : rc;
}

static int stream_events(struct ctx *cx, struct stream *to, void *arg)
{
	int rc = rounds(cx, to, arg, longest_us, send_news);

	return rc < 0 ? rc : 0;
}

/* ---- long poll ---- */

static int send_list(struct ctx *cx, struct stream *to, const char *id, const struct task_event *events, size_t n)
{
	struct json *list = json_array(cx->mem);
	struct buf b = { .mem = cx->mem };

	for (size_t i = 0; i < n; i++)
		json_push(cx->mem, list, task_event_json(cx->mem, id, &events[i]));
	json_write(&b, list);
	return stream_write(cx, to, buf_str(&b));
}

static int poll_news(struct ctx *cx, struct stream *to, struct task_reading *r)
{
	struct task_event *events = NULL;
	size_t n = 0;
	int rc = task_news(cx, r, &events, &n);

	if (rc < 0 || (!n && !r->over))
		return rc;
	rc = send_list(cx, to, r->id, events, n);
	return rc < 0 ? rc : 1;
}

static int stream_poll(struct ctx *cx, struct stream *to, void *arg)
{
	int rc = rounds(cx, to, arg, POLL_US, poll_news);

	if (rc == 0)
		rc = send_list(cx, to, "", NULL, 0);
	return rc < 0 ? rc : 0;
}

/* ---- requests ---- */

/* A browser that connects again says what it had last. Anything but a number is none, as in Backstage. */
static uint64_t read_after(const struct req *rq)
{
	const char *after = req_query(rq, "after"), *last = req_header(rq, "last-event-id");
	long n = 0;

	return str_long(after ? after : last ? last : "", 0, LONG_MAX, &n) ? (uint64_t)n : 0;
}

static int answer(struct req *rq, struct resp *rs, const char *type, int (*stream)(struct ctx *, struct stream *, void *))
{
	struct task_reading *r = arena_new(rq->cx->mem, struct task_reading);
	struct task t;
	int rc = task_find_for(rq->cx, req_param(rq, "id"), "scaffolder.task.read", &t);

	if (rc < 0)
		return rc;
	*r = (struct task_reading){ .id = t.id, .after = read_after(rq) };
	rs->status = 200;
	rs->content_type = type;
	resp_header(rs, "Cache-Control", "no-store");
	rs->stream = stream;
	rs->stream_arg = r;
	return 0;
}

int task_api_events(struct req *rq, struct resp *rs)
{
	return answer(rq, rs, "application/json; charset=utf-8", stream_poll);
}

int task_api_eventstream(struct req *rq, struct resp *rs)
{
	return answer(rq, rs, SSE_TYPE, stream_events);
}
