/* The log of a container, as a page: its last lines; scripts go on from there. */
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "ext/json.h"
#include "handlers/handlers.h"
#include "handlers/kubernetes.h"
#include "handlers/kubernetes_find.h"
#include "handlers/kubernetes_page.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/task_log.h"
#include "identity/identity.h"

enum { TAIL = 500, TAIL_MOST = 5000, BYTES_MOST = 2 << 20, LINE_MOST = 8192 };

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text ? text : ""));
}

struct wish {
	const char *container, *find;
	bool previous;
	long tail;
};

/* ---- which container ---- */

static bool has_container(const struct json *pod, const char *name)
{
	static const char *const keys[] = { "containers", "initContainers", "ephemeralContainers" };

	for (size_t k = 0; k < LEN(keys); k++) {
		const struct json *all = json_path(pod, "spec", keys[k], NULL);

		for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++)
			if (streq(json_get_text(all->a.items[i], "name", ""), name))
				return true;
	}
	return false;
}

static void add_choices(struct arena *mem, const struct json *pod, struct json *out)
{
	static const char *const keys[] = { "containers", "initContainers" };

	for (size_t k = 0; k < LEN(keys); k++) {
		const struct json *all = json_path(pod, "spec", keys[k], NULL);

		for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++)
			json_push(mem, out, json_str(mem, json_get_text(all->a.items[i], "name", "")));
	}
}

static int read_wish(struct entity_page *p, const struct json *pod, struct json *choices, struct wish *w)
{
	const char *container = req_query(p->rq, "container"), *previous = req_query(p->rq, "previous"),
		   *find = req_query(p->rq, "find");
	int rc;

	*w = (struct wish){ container, find ? find : "", previous && streq(previous, "1"), TAIL };
	rc = query_number(p->rq, "tail", 1, &w->tail);
	if (w->tail > TAIL_MOST)
		w->tail = TAIL_MOST;
	if (!container || !*container)
		w->container = choices->a.n ? json_text(choices->a.items[0], "") : "";
	else if (rc == 0 && !has_container(pod, container))
		rc = fail(p->cx, ERR_NOTFOUND, "The pod has no container '%.100s'", container);
	return rc;
}

/* ---- lines ---- */

/* "2026-11-30T04:00:00.123456789Z text" */
static struct json *line_json(struct arena *mem, const char *s, size_t n)
{
	const char *space = memchr(s, ' ', n);
	struct json *v = json_object(mem);
	int64_t ms = 0;
	bool timed = false;

	if (space && space - s >= 20 && space - s <= 40) {
		/* Nine digits of a second are more than anybody needs. */
		const char *stamp = arena_printf(mem, "%.19sZ", s);

		timed = clock_parse(stamp, &ms);
	}
	if (timed) {
		n -= (size_t)(space + 1 - s);
		s = space + 1;
	}
	json_set(mem, v, "at", json_num(mem, (double)ms));
	json_set(mem, v, "timed", json_bool(mem, timed));
	set_text(mem, v, "text", log_plain(mem, utf8_scrub(mem, arena_strndup(mem, s, n < LINE_MOST ? n : LINE_MOST))));
	return v;
}

static struct json *lines_json(struct arena *mem, struct str text, const char *find)
{
	struct json *out = json_array(mem);

	for (size_t at = 0; at < text.n;) {
		const char *end = memchr(text.p + at, '\n', text.n - at);
		size_t n = end ? (size_t)(end - text.p) - at : text.n - at;
		struct json *line = line_json(mem, text.p + at, n);

		if (!*find || strcasestr(json_get_text(line, "text", ""), find))
			json_push(mem, out, line);
		at += n + 1;
	}
	return out;
}

/* What the cluster says instead of a log, "container is waiting to start" most often, is told in its place. */
static int add_lines(struct entity_page *p, const struct kubernetes_found *f, const struct wish *w)
{
	struct arena *mem = p->cx->mem;
	struct kubernetes_pipe pipe = { .method = "GET", .accept = "*/*" };
	struct fetch_answer answer = { 0 };
	struct json *said = NULL;
	struct err before = p->cx->err;
	int rc = kubernetes_object(p->rq, p->doc, f->cluster, f->ns, "pods", f->name, &pipe);

	if (rc < 0)
		return rc;
	pipe.path = arena_printf(mem, "%s/log?container=%s&tailLines=%ld&limitBytes=%d&timestamps=true%s", pipe.path,
				 link_encode(mem, w->container), w->tail, BYTES_MOST, w->previous ? "&previous=true" : "");
	rc = kubernetes_fetch(p->rq, &pipe, &answer);
	if (rc < 0)
		return rc;
	if (answer.status != 200 && json_parse_within(p->cx, answer.body, 1 << 20, &said) < 0)
		p->cx->err = before;
	json_set(mem, p->vars, "lines", answer.status == 200 ? lines_json(mem, answer.body, w->find) : json_array(mem));
	set_text(mem, p->vars, "trouble",
		 answer.status == 200 ? ""
				      : json_get_text(said, "message",
						      arena_printf(mem, "The cluster answered with status %d", answer.status)));
	return 0;
}

/* ---- the page ---- */

/* The same as a text, which may be followed. */
static const char *text_url(struct entity_page *p, const struct kubernetes_found *f, const struct wish *w)
{
	struct arena *mem = p->cx->mem;

	return link_kubernetes(mem, p->found.ref, "log/text",
			       arena_printf(mem, "%s%s", kubernetes_container_query(mem, f, w->container),
					    w->previous ? "&previous=true" : ""));
}

static void add_form(struct entity_page *p, const struct kubernetes_found *f, const struct wish *w, struct json *choices)
{
	struct arena *mem = p->cx->mem;
	struct json *v = kubernetes_container_vars(p, f, w->container, choices);

	set_text(mem, v, "find", w->find);
	json_set(mem, v, "previous", json_bool(mem, w->previous));
	json_set(mem, v, "tail", json_num(mem, (double)w->tail));
	set_text(mem, v, "text", text_url(p, f, w));
}

int kubernetes_log(struct req *rq, struct resp *rs)
{
	static const char *const known[] = { "cluster", "ns", "pod", "container", "previous", "find", "tail", NULL };
	struct kubernetes_found f = { 0 };
	struct json *choices = json_array(rq->cx->mem);
	struct entity_page p;
	struct wish w;
	int rc = req_only_query(rq, known);

	/* The route asks for the permission of logs; this page tells of pods as well. */
	if (rc == 0)
		rc = kubernetes_find_pod(rq, &p, &f);
	if (rc < 0)
		return kubernetes_locked(&p, rs, &f, rc);
	add_choices(rq->cx->mem, f.object, choices);
	rc = read_wish(&p, f.object, choices, &w);
	if (rc == 0)
		rc = entity_head(rq, p.vars, p.doc, "kubernetes");
	if (rc == 0)
		rc = add_lines(&p, &f, &w);
	if (rc < 0)
		return rc;
	add_form(&p, &f, &w, choices);
	resp_header(rs, "Cache-Control", "no-store");
	return page_render(rq, rs, 200, "kubernetes/log.html", p.vars);
}
