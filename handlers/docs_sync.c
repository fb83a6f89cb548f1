/* Looks at a site's source and tells what comes of it, as server-sent events: lines of the log, then "finish" or "error". */
#include "docs/ref.h"
#include "handlers/docs_file.h"
#include "handlers/handlers.h"
#include "web/park.h"

struct sync {
	const char *ref;
	const char *path;       /* of what the reader has; NULL: nothing yet */
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
	int rc = docs_log_of(cx, y->ref, &log, &log_of);

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

static int send_end(struct ctx *cx, struct stream *to, const struct sync *y, const struct docs_site *last)
{
	bool updated = last->path && (!y->path || !streq(last->path, y->path));
	struct json *finish = json_object(cx->mem);

	if (last->state == DOCS_FAILED)
		return send_json(cx, to, "error", json_str(cx->mem, last->error));
	json_set(cx->mem, finish, "updated", json_bool(cx->mem, updated));
	return send_json(cx, to, "finish", finish);
}

/* Until the look at the source that was asked for is over. */
static int look(struct ctx *cx, struct stream *to, void *arg)
{
	struct sync *y = arg;
	struct docs_site site;
	int rc = docs_site_of(cx, y->ref, &site);
	bool over = rc == 0 && (!y->follow || is_over(&site));

	if (rc == 0 && y->follow)
		rc = send_log(cx, to, y);
	if (rc == 0 && over)
		rc = send_end(cx, to, y, &site);
	return rc < 0 ? rc : over ? PARK_OVER : PARK_WAIT;
}

/* What a page says that it shows, or what was there before anybody asked. */
static void wait_for(struct park *p, const struct docs_site *site, const char *path, const char *log_before)
{
	struct sync *y = arena_new(p->mem, struct sync);

	y->ref = arena_strdup(p->mem, site->ref);
	y->path = path ? arena_strdup(p->mem, path) : NULL;
	y->log_before = arena_strdup(p->mem, log_before);
	y->follow = !is_over(site);
	p->bell = docs_bell(p->mem, site->ref);
	p->look = look;
	p->arg = y;
}

static int answer(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct docs_site before = { 0 }, site;
	struct json *entity;
	struct park *p;
	const char *ref, *log, *log_before;
	int rc = docs_entity(rq, &ref, &entity);

	if (rc == 0 && !docs_has(entity))
		rc = fail(cx, ERR_NOTFOUND, "%s has no documentation", ref);
	if (rc == 0)
		rc = docs_site_of(cx, ref, &before);
	if (rc == 0)
		rc = docs_log_of(cx, ref, &log, &log_before);
	if (rc == 0)
		rc = park_new(cx, rs, &p);
	site = before;
	if (rc == 0)
		rc = docs_ask_if_stale(cx, &site);
	if (rc < 0)
		return rc;
	/* A page says which build it shows: there may be a newer one by now. */
	const char *have = req_query(rq, "have");

	/* One that is on already is told from its beginning. */
	wait_for(p, &site, have ? have : before.path, !is_over(&site) && before.state == DOCS_BUILDS ? "-" : log_before);
	rs->status = 200;
	rs->content_type = SSE_TYPE;
	resp_header(rs, "Cache-Control", "no-store");
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
