/* /admin/audit: who did what. All that is chosen stands in the address. */
#include "identity/audit.h"

#include <time.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "handlers/csv.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "server/scoreboard.h"
#include "web/stream.h"

enum { PAGE = 50, PIECE = 500, DAY_MS = 86400000 };

static const char *const names[] = { "q", "actor", "event", "status", "since", "until" };

/* NULL when it is absent or empty. */
static const char *chosen(const struct req *rq, const char *name)
{
	const char *v = req_query(rq, name);
	struct str s = str_trim(str_of(v));

	return v && s.n ? arena_strndup(rq->cx->mem, s.p, s.n) : NULL;
}

/* "2026-11-25", UTC; days is added to it. */
static int read_day(struct req *rq, const char *name, int days, int64_t *out)
{
	const char *text = chosen(rq, name);
	struct tm tm = { 0 }, day;
	char again[16];
	time_t at;

	if (!text)
		return 0;
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	at = timegm(&tm);
	if (!end || *end || strlen(text) != 10 || !strftime(again, sizeof(again), "%Y-%m-%d", gmtime_r(&at, &day)) ||
	    !streq(again, text))
		return fail(rq->cx, ERR_INPUT, "%s must be a day such as 2026-11-25, not '%.40s'", name, text);
	*out = (int64_t)at * 1000 + (int64_t)days * DAY_MS;
	return 0;
}

/* Who is looked for: "ana" is user:default/ana. */
static const char *actor_asked(struct req *rq)
{
	const char *actor = chosen(rq, "actor");

	return actor && !strpbrk(actor, ":/") && !streq(actor, "system") && !streq(actor, "nobody")
		       ? arena_printf(rq->cx->mem, "user:default/%s", actor)
		       : actor;
}

static int read_query(struct req *rq, struct audit_query *q)
{
	static const char *const known[] = { "q", "actor", "event", "status", "since", "until", "before", "format", NULL };
	const char *before = chosen(rq, "before");
	long id = 0;
	int rc = req_only_query(rq, known);

	*q = (struct audit_query){
		.actor = actor_asked(rq), .event = chosen(rq, "event"), .status = chosen(rq, "status"), .text = chosen(rq, "q")
	};
	if (rc == 0 && q->status && !streq(q->status, "succeeded") && !streq(q->status, "failed"))
		rc = fail(rq->cx, ERR_INPUT, "status is succeeded or failed");
	if (rc == 0 && before && !str_long(before, 1, INT64_MAX, &id))
		rc = fail(rq->cx, ERR_INPUT, "The address of this page is damaged (before=%.40s)", before);
	q->before = (uint64_t)id;
	if (rc == 0)
		rc = read_day(rq, "since", 0, &q->since);
	return rc < 0 ? rc : read_day(rq, "until", 1, &q->until);
}

/* This page with other rows, or as a file. */
static const char *link_with(struct req *rq, const char *name, const char *value)
{
	struct buf b = { .mem = rq->cx->mem };

	buf_adds(&b, rq->path);
	for (size_t i = 0; i < LEN(names); i++)
		if (chosen(rq, names[i]))
			buf_addf(&b, "%s%s=%s", strchr(buf_text(&b), '?') ? "&" : "?", names[i],
				 link_encode(rq->cx->mem, chosen(rq, names[i])));
	if (name)
		buf_addf(&b, "%s%s=%s", strchr(buf_text(&b), '?') ? "&" : "?", name, value);
	return buf_text(&b);
}

/* ---- the page ---- */

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

static struct json *row_json(struct arena *mem, const struct audit_row *r)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "at", json_num(mem, (double)r->at));
	set_text(mem, v, "name", arena_printf(mem, "%s.%s", r->plugin, r->event));
	set_text(mem, v, "severity", r->severity);
	set_text(mem, v, "status", r->status);
	set_text(mem, v, "actor", r->actor);
	set_text(mem, v, "ip", r->ip);
	set_text(mem, v, "agent", r->agent);
	set_text(mem, v, "method", r->method);
	set_text(mem, v, "url", r->url);
	set_text(mem, v, "request_id", r->request_id);
	set_text(mem, v, "meta", r->meta);
	set_text(mem, v, "error", r->error);
	return v;
}

static int show(struct req *rq, struct resp *rs, struct audit_query *q)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem), *rows = json_array(mem), *asked = json_object(mem), *events = json_array(mem);
	struct audit_rows found = { 0 };
	struct text_list ids = { 0 };
	int rc;

	q->limit = PAGE + 1;
	rc = audit_find(rq->cx, q, &found);
	if (rc == 0)
		rc = audit_events(rq->cx, &ids);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < found.n && i < PAGE; i++)
		json_push(mem, rows, row_json(mem, &found.items[i]));
	for (size_t i = 0; i < ids.n; i++)
		json_push(mem, events, json_str(mem, ids.items[i]));
	for (size_t i = 0; i < LEN(names); i++)
		set_text(mem, asked, names[i], chosen(rq, names[i]) ? chosen(rq, names[i]) : "");
	json_set(mem, vars, "rows", rows);
	json_set(mem, vars, "events", events);
	json_set(mem, vars, "asked", asked);
	json_set(mem, vars, "csv_url", json_str(mem, link_with(rq, "format", "csv")));
	json_set(mem, vars, "first_url", q->before ? json_str(mem, link_with(rq, NULL, NULL)) : json_null(mem));
	json_set(mem, vars, "next_url", json_null(mem));
	if (found.n > PAGE)
		set_text(mem, vars, "next_url",
			 link_with(rq, "before", arena_printf(mem, "%llu", (unsigned long long)found.items[PAGE - 1].id)));
	json_set(rq->cx->mem, vars, "tab", json_str(rq->cx->mem, "audit"));
	return page_render(rq, rs, 200, "admin/audit.html", vars);
}

/* ---- as a file ---- */

static const char *time_text(struct arena *mem, int64_t at)
{
	char text[25];

	clock_format(at, text);
	return arena_strdup(mem, text);
}

static void add_row(struct buf *b, const struct audit_row *r)
{
	const char *cells[] = { time_text(b->mem, r->at),
				r->plugin,
				r->event,
				r->severity,
				r->status,
				r->actor,
				r->ip,
				r->agent,
				r->method,
				r->url,
				r->request_id,
				r->meta,
				r->error };

	csv_row(b, cells, LEN(cells));
}

static int send_rows(struct ctx *cx, struct stream *to, void *arg)
{
	struct audit_query *q = arg;
	struct arena *request = cx->mem;
	size_t n = PIECE;
	int rc =
		stream_write(cx, to, STR("time,plugin,event,severity,status,actor,ip,agent,method,url,request,meta,error\r\n"));

	while (rc == 0 && n == PIECE && !stream_ending(to)) {
		ARENA piece = { 0 };
		struct buf b = { .mem = &piece };
		struct audit_rows found = { 0 };

		slot_renew(); /* each piece has as much time as a request */
		cx->mem = &piece;
		rc = audit_find(cx, q, &found);
		if (rc < 0)
			log_error("an export of the audit log breaks off", "error", cx->err.text, NULL);
		for (size_t i = 0; rc == 0 && i < found.n; i++)
			add_row(&b, &found.items[i]);
		n = found.n;
		if (n)
			q->before = found.items[n - 1].id;
		if (rc == 0 && n)
			rc = stream_write(cx, to, buf_str(&b));
		cx->mem = request;
	}
	return rc;
}

static int send_file(struct req *rq, struct resp *rs, const struct audit_query *q)
{
	struct audit_query *kept = arena_new(rq->cx->mem, struct audit_query);

	*kept = *q;
	kept->limit = PIECE;
	rs->status = 200;
	rs->content_type = "text/csv; charset=utf-8";
	resp_header(rs, "Content-Disposition", "attachment; filename=\"audit.csv\"");
	resp_header(rs, "Cache-Control", "no-store");
	rs->stream = send_rows;
	rs->stream_arg = kept;
	return 0;
}

int audit_show(struct req *rq, struct resp *rs)
{
	const char *format = req_query(rq, "format");
	struct audit_query q;
	int rc = read_query(rq, &q);

	if (rc == 0 && format && *format && !streq(format, "csv"))
		rc = fail(rq->cx, ERR_INPUT, "format is csv, or left out");
	if (rc < 0)
		return rc;
	return format && *format ? send_file(rq, rs, &q) : show(rq, rs, &q);
}
