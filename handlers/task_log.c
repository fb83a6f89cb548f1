/* The log of a task: lines for pages, and all of it as a text. */
#include "handlers/task_log.h"

#include "base/clock.h"
#include "base/log.h"
#include "handlers/handlers.h"
#include "scaffolder/task_view.h"
#include "server/scoreboard.h"
#include "web/stream.h"

enum { PIECE = 500, ESCAPE = 27 };

/* ---- what terminals understand ---- */

/* The length of an escape sequence: "ESC [ 31 m", "ESC ] title BEL", or two bytes. */
static size_t escape_len(const char *s)
{
	size_t n = 2;

	if (!s[1])
		return 1;
	if (s[1] == '[') {
		while (s[n] && (s[n] < 0x40 || s[n] > 0x7e))
			n++;
		return s[n] ? n + 1 : n;
	}
	if (s[1] == ']') {
		while (s[n] && s[n] != '\a' && s[n] != ESCAPE)
			n++;
		return s[n] == '\a' ? n + 1 : n;
	}
	return n;
}

const char *log_plain(struct arena *mem, const char *text)
{
	struct buf b = { .mem = mem };

	for (size_t n; *text; text += n) {
		n = *text == ESCAPE ? escape_len(text) : 1;
		if (*text != ESCAPE && ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t') && *text != 127)
			buf_addc(&b, *text);
	}
	return buf_text(&b);
}

/* ---- lines ---- */

static const char *message_of(const struct task_event *e)
{
	return json_get_text(e->body, "message", "");
}

static const char *tone_of(const struct task_event *e)
{
	const char *status = json_get_text(e->body, "status", "");

	if (streq(status, "failed") || json_get(e->body, "error"))
		return "bad";
	return streq(e->type, "recovered") || streq(e->type, "cancelled") ? "warn" : "";
}

/* How a terminal would show what follows: a colour of eight (-1: its own), bold, faint. */
struct look {
	int colour;
	bool bold, faint;
};

/* The numbers of "ESC [ 1 ; 31 m". Backgrounds and other palettes are left out. */
static void change_look(struct look *k, struct str codes)
{
	if (!codes.n)
		*k = (struct look){ -1, false, false };
	for (struct str rest = codes; rest.n;) {
		struct str code = str_cut(&rest, ';');
		unsigned n = 0;

		for (size_t i = 0; i < code.n && ascii_digit(code.p[i]) && n < 1000; i++)
			n = n * 10 + (unsigned)(code.p[i] - '0');
		if (n == 0)
			*k = (struct look){ -1, false, false };
		else if (n == 1)
			k->bold = true;
		else if (n == 2)
			k->faint = true;
		else if (n == 22)
			k->bold = k->faint = false;
		else if ((n >= 30 && n <= 37) || (n >= 90 && n <= 97))
			k->colour = (int)(n % 10);
		else if (n == 39)
			k->colour = -1;
		else if (n == 38 || n == 48)
			return;
	}
}

static void add_part(struct arena *mem, struct json *parts, const struct look *k, struct str text)
{
	struct json *v = json_object(mem);
	struct buf b = { .mem = mem };

	if (!text.n)
		return;
	if (k->colour >= 0)
		buf_addf(&b, " ansi-%d", k->colour);
	buf_adds(&b, k->bold ? " strong" : "");
	buf_adds(&b, k->faint ? " muted" : "");
	json_set(mem, v, "look", json_str(mem, b.n ? buf_text(&b) + 1 : ""));
	json_set(mem, v, "text", json_str(mem, log_plain(mem, arena_strndup(mem, text.p, text.n))));
	json_push(mem, parts, v);
}

/* A line, cut where its looks change. */
static struct json *parts_json(struct arena *mem, struct str line, struct look *k)
{
	struct json *parts = json_array(mem);
	const char *text = arena_strndup(mem, line.p, line.n), *from = text;

	for (const char *p = text; *p;) {
		size_t n = *p == ESCAPE ? escape_len(p) : 1;

		if (*p == ESCAPE) {
			add_part(mem, parts, k, (struct str){ from, (size_t)(p - from) });
			if (n > 2 && p[1] == '[' && p[n - 1] == 'm')
				change_look(k, (struct str){ p + 2, n - 3 });
			from = p + n;
		}
		p += n;
	}
	add_part(mem, parts, k, str_of(from));
	return parts;
}

static struct json *row_json(struct arena *mem, const struct task_event *e, struct str line, struct look *k)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "id", json_num(mem, (double)e->id));
	json_set(mem, v, "at", json_num(mem, (double)e->created_ms));
	json_set(mem, v, "parts", parts_json(mem, line, k));
	json_set(mem, v, "tone", json_str(mem, tone_of(e)));
	return v;
}

struct json *log_rows(struct arena *mem, const struct task_event *events, size_t n)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < n; i++) {
		struct look k = { -1, false, false };

		for (struct str rest = str_of(message_of(&events[i])); rest.p;)
			json_push(mem, list, row_json(mem, &events[i], str_cut(&rest, '\n'), &k));
	}
	return list;
}

/* ---- all of it ---- */

struct download {
	const char *id, *step;
	bool events; /* as JSON, one a line, instead of a text */
};

static void add_event(struct buf *b, const char *step, bool json, const struct task_event *e)
{
	const char *of = json_get_text(e->body, "stepId", "");
	char at[25];

	if (step && !streq(step, of))
		return;
	if (json) {
		struct json *v = json_object(b->mem);

		json_set(b->mem, v, "id", json_num(b->mem, (double)e->id));
		json_set(b->mem, v, "at", json_num(b->mem, (double)e->created_ms));
		json_set(b->mem, v, "type", json_str(b->mem, e->type));
		json_set(b->mem, v, "body", json_copy(b->mem, e->body));
		json_write(b, v);
		buf_addc(b, '\n');
		return;
	}
	clock_format(e->created_ms, at);
	for (struct str rest = str_of(log_plain(b->mem, message_of(e))); rest.p;) {
		struct str line = str_cut(&rest, '\n');

		buf_addf(b, "%s%s%s  %.*s\n", at, *of ? " " : "", of, (int)line.n, line.p);
	}
}

static int send_log(struct ctx *cx, struct stream *to, void *arg)
{
	const struct download *d = arg;
	struct arena *request = cx->mem;
	uint64_t after = 0;
	size_t n = 1;
	int rc = 0;

	while (rc == 0 && n && !stream_ending(to)) {
		ARENA piece = { 0 };
		struct buf b = { .mem = &piece };
		struct task_event *events;

		slot_renew(); /* each piece has as much time as a request */
		cx->mem = &piece;
		rc = task_events(cx, d->id, after, PIECE, &events, &n);
		if (rc < 0)
			log_error("a download of a task's log breaks off", "error", cx->err.text, NULL);
		for (size_t i = 0; rc == 0 && i < n; i++)
			add_event(&b, d->step, d->events, &events[i]);
		if (rc == 0 && n)
			after = events[n - 1].id;
		if (rc == 0 && b.n)
			rc = stream_write(cx, to, buf_str(&b));
		cx->mem = request;
	}
	return rc;
}

/* GET /create/tasks/:id/log?step=&format=: a text to keep; format=events: what the page's own script reads. */
int create_task_log(struct req *rq, struct resp *rs)
{
	static const char *const known[] = { "step", "format", NULL };
	struct download *d = arena_new(rq->cx->mem, struct download);
	const char *format = req_query(rq, "format"), *step = req_query(rq, "step");
	struct task t;
	int rc = req_only_query(rq, known);

	if (rc == 0 && format && !streq(format, "text") && !streq(format, "events"))
		rc = fail(rq->cx, ERR_INPUT, "format is text or events");
	if (rc == 0)
		rc = task_find_for(rq->cx, req_param(rq, "id"), "scaffolder.task.read", &t);
	if (rc < 0)
		return rc;
	*d = (struct download){ t.id, step && *step ? step : NULL, format && streq(format, "events") };
	rs->status = 200;
	rs->content_type = d->events ? "application/x-ndjson" : "text/plain; charset=utf-8";
	if (!d->events)
		resp_header(rs, "Content-Disposition", arena_printf(rq->cx->mem, "attachment; filename=\"task-%s.log\"", t.id));
	resp_header(rs, "Cache-Control", "no-store");
	rs->stream = send_log;
	rs->stream_arg = d;
	return 0;
}
