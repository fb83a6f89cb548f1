/* What happens in a task, as it happens: server-sent events, and a long poll. */
#include <limits.h>

#include "base/bell.h"
#include "base/clock.h"
#include "handlers/handlers.h"
#include "handlers/task_api.h"
#include "scaffolder/task_news.h"
#include "web/park.h"

enum { POLL_US = 30000000, FRESH_US = 1000000, PIECE = 500 };

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
	struct task_place place;
	int rc = task_place(cx, r->id, &place);

	*n = 0;
	if (rc == 0 && (place.ended || place.last_event > r->after))
		rc = task_events(cx, r->id, r->after, PIECE, out, n);
	if (rc < 0)
		return rc;
	if (*n)
		r->after = (*out)[*n - 1].id;
	r->more = *n && r->after < place.last_event;
	r->over = place.ended && !r->more;
	return 0;
}

/* ---- server-sent events ---- */

/*
 * What was read last: many read the same task, and those who hear the same bell from the same place are told the same. A
 * process answers one at a time.
 */
static struct {
	struct arena mem;
	const char *id;
	uint64_t after;
	uint32_t rung;
	uint64_t read_us;
	struct task_reading to; /* where it leads */
	struct buf text;
} piece;

static bool have_piece(const struct task_reading *r)
{
	return piece.id && streq(piece.id, r->id) && piece.after == r->after && piece.rung == bell_count(r->bell) &&
	       clock_mono_us() - piece.read_us < FRESH_US;
}

static void write_event(struct ctx *cx, struct buf *to, const char *id, const struct task_event *e)
{
	struct buf b = { .mem = cx->mem };

	json_write(&b, task_event_json(cx->mem, id, e));
	sse_write(to, arena_printf(cx->mem, "%llu", (unsigned long long)e->id), e->type, buf_text(&b));
}

static int read_piece(struct ctx *cx, const struct task_reading *r)
{
	struct task_reading to = *r;
	struct task_event *events = NULL;
	uint32_t rung = bell_count(r->bell);
	size_t n;
	int rc = task_news(cx, &to, &events, &n);

	arena_reset(&piece.mem);
	piece.id = NULL;
	piece.text = (struct buf){ .mem = &piece.mem };
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		write_event(cx, &piece.text, r->id, &events[i]);
	piece.id = arena_strdup(&piece.mem, r->id);
	piece.after = r->after;
	piece.rung = rung;
	piece.read_us = clock_mono_us();
	piece.to = to;
	return 0;
}

static int send_news(struct ctx *cx, struct stream *to, void *arg)
{
	struct task_reading *r = arg;
	int rc = have_piece(r) ? 0 : read_piece(cx, r);

	if (rc == 0 && piece.text.n)
		rc = stream_write(cx, to, buf_str(&piece.text));
	/* A task that is gone has nothing more to tell. */
	if (rc < 0)
		return rc == ERR_NOTFOUND ? PARK_OVER : rc;
	r->after = piece.to.after;
	return piece.to.over ? PARK_OVER : piece.to.more ? PARK_MORE : PARK_WAIT;
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

static int poll_news(struct ctx *cx, struct stream *to, void *arg)
{
	struct task_reading *r = arg;
	struct task_event *events = NULL;
	size_t n;
	int rc = task_news(cx, r, &events, &n);

	if (rc < 0 || (!n && !r->over))
		return rc < 0 ? rc : PARK_WAIT;
	rc = send_list(cx, to, r->id, events, n);
	return rc < 0 ? rc : PARK_OVER;
}

/* Nothing came: whoever asked asks again. */
static int poll_nothing(struct ctx *cx, struct stream *to, void *arg)
{
	(void)arg;
	return send_list(cx, to, "", NULL, 0);
}

/* ---- requests ---- */

static uint64_t number(const char *text)
{
	long n = 0;

	return str_long(text ? text : "", 0, LONG_MAX, &n) ? (uint64_t)n : 0;
}

/*
 * Whoever asks for what is behind the end is told the end, as in Backstage. A browser that connects again asks for the same,
 * and says what it had last: that holds. Anything but a number is none.
 */
static int read_after(struct req *rq, const char *id, uint64_t *out)
{
	uint64_t after = number(req_query(rq, "after")), last = number(req_header(rq, "last-event-id")), end = 0;
	struct task_place place = { 0 };
	int rc = after ? task_place(rq->cx, id, &place) : 0;

	if (rc == 0 && place.ended && after >= place.last_event)
		rc = task_completed(rq->cx, id, &end);
	if (end)
		after = end - 1;
	*out = after > last ? after : last;
	return rc;
}

static int wait_for_news(struct req *rq, struct resp *rs, const char *type, struct park **out)
{
	struct ctx *cx = rq->cx;
	const char *id = req_param(rq, "id");
	uint64_t after = 0;
	struct task t;
	struct park *p;
	int rc = task_find_for(cx, id, "scaffolder.task.read", &t);

	if (rc == 0)
		rc = read_after(rq, id, &after);
	if (rc == 0)
		rc = park_new(cx, rs, &p);
	if (rc < 0)
		return rc;
	struct task_reading *r = arena_new(p->mem, struct task_reading);

	*r = (struct task_reading){ .id = arena_strdup(p->mem, id), .after = after };
	p->bell = task_bell(p->mem, id);
	r->bell = bell(p->bell);
	p->news = task_readers_news;
	p->arg = r;
	task_reader_joins(id);
	rs->status = 200;
	rs->content_type = type;
	resp_header(rs, "Cache-Control", "no-store");
	*out = p;
	return 0;
}

int task_api_events(struct req *rq, struct resp *rs)
{
	struct park *p;
	int rc = wait_for_news(rq, rs, "application/json; charset=utf-8", &p);

	if (rc < 0)
		return rc;
	p->look = poll_news;
	p->last = poll_nothing;
	p->longest_us = POLL_US;
	p->silent = true;
	return 0;
}

int task_api_eventstream(struct req *rq, struct resp *rs)
{
	struct park *p;
	int rc = wait_for_news(rq, rs, SSE_TYPE, &p);

	if (rc == 0)
		p->look = send_news;
	return rc;
}
