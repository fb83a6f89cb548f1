/* Looks at a site's source and tells what comes of it, as server-sent events: lines of the log, then "finish" or "error". */
#include <time.h>

#include "base/clock.h"
#include "docs/ref.h"
#include "handlers/docs_file.h"
#include "handlers/handlers.h"
#include "web/stream.h"

enum { LOOK_NS = 200000000, PING_US = 15000000, LONGEST_US = 1800000000 };

struct sync {
	struct docs_site site;
	const char *log_before; /* whose log there was */
	size_t sent;            /* bytes of the log */
	bool follow;            /* a look at the source is under way */
};

static int send_json(struct ctx *cx, struct stream *to, const char *event, const struct json *data)
{
	struct buf b = { .mem = cx->mem };

	json_write(&b, data);
	return sse_event(cx, to, NULL, event, buf_text(&b));
}

/* What the log has got since the last time; whole lines only. */
static int send_log(struct ctx *cx, struct stream *to, struct sync *y)
{
	const char *log, *log_of;
	int rc = docs_log_of(cx, y->site.ref, &log, &log_of);

	if (rc < 0 || streq(log_of, y->log_before))
		return rc;
	if (strlen(log) < y->sent)
		y->sent = 0;
	for (const char *end; rc == 0 && (end = strchr(log + y->sent, '\n'));) {
		const char *line = log + y->sent;

		rc = send_json(cx, to, "log", json_strn(cx->mem, line, (size_t)(end - line)));
		y->sent = (size_t)(end + 1 - log);
	}
	return rc;
}

static bool is_over(const struct docs_site *site)
{
	return site->checked_ms >= site->asked_ms;
}

/* Until the look that was asked for is over. What each round needs of memory ends with it. */
static int follow(struct ctx *cx, struct stream *to, struct sync *y, struct docs_site *last)
{
	struct arena *keep = cx->mem;
	uint64_t began = clock_mono_us(), pinged = began;
	bool over = false;
	ARENA mem = { 0 };
	int rc = 0;

	cx->mem = &mem;
	while (rc == 0 && !over && !stream_ending(to) && clock_mono_us() - began < LONGEST_US) {
		rc = docs_site_of(cx, y->site.ref, last);
		over = rc == 0 && is_over(last);
		if (rc == 0)
			rc = send_log(cx, to, y);
		if (rc == 0 && clock_mono_us() - pinged > PING_US) {
			pinged = clock_mono_us();
			rc = sse_ping(cx, to);
		}
		if (rc == 0 && !over)
			nanosleep(&(struct timespec){ .tv_nsec = LOOK_NS }, NULL);
		if (over) {
			last->error = arena_strdup(keep, last->error);
			last->path = last->path ? arena_strdup(keep, last->path) : NULL;
		}
		arena_reset(&mem);
	}
	cx->mem = keep;
	return rc == 0 && !over ? ERR_UNAVAILABLE : rc;
}

static int stream_sync(struct ctx *cx, struct stream *to, void *arg)
{
	struct sync *y = arg;
	struct docs_site last;
	int rc = y->follow ? follow(cx, to, y, &last) : docs_site_of(cx, y->site.ref, &last);

	if (rc < 0)
		return rc == ERR_UNAVAILABLE ? 0 : rc; /* whoever reads comes again */
	if (last.state == DOCS_FAILED)
		return send_json(cx, to, "error", json_str(cx->mem, last.error));
	bool updated = last.path && (!y->site.path || !streq(last.path, y->site.path));
	struct json *finish = json_object(cx->mem);

	json_set(cx->mem, finish, "updated", json_bool(cx->mem, updated));
	return send_json(cx, to, "finish", finish);
}

static int answer(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct sync *y = arena_new(cx->mem, struct sync);
	struct json *entity;
	const char *ref, *log;
	int rc = docs_entity(rq, &ref, &entity);

	if (rc == 0 && !docs_has(entity))
		rc = fail(cx, ERR_NOTFOUND, "%s has no documentation", ref);
	if (rc == 0)
		rc = docs_site_of(cx, ref, &y->site);
	struct docs_site before = y->site;

	if (rc == 0)
		rc = docs_log_of(cx, ref, &log, &y->log_before);
	if (rc == 0)
		rc = docs_ask_if_stale(cx, &y->site);
	if (rc < 0)
		return rc;
	y->follow = !is_over(&y->site);
	/* A page says which build it shows: there may be a newer one by now. */
	const char *have = req_query(rq, "have");

	y->site.path = have ? have : before.path;
	/* One that is on already is told from its beginning. */
	if (y->follow && before.state == DOCS_BUILDS)
		y->log_before = "-";
	rs->status = 200;
	rs->content_type = SSE_TYPE;
	resp_header(rs, "Cache-Control", "no-store");
	rs->stream = stream_sync;
	rs->stream_arg = y;
	return 0;
}

int docs_api_sync(struct req *rq, struct resp *rs)
{
	return answer(rq, rs);
}

int docs_events(struct req *rq, struct resp *rs)
{
	return answer(rq, rs);
}
