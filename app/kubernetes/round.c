/* One asking of a cluster: all lists at once, piece by piece, within one time limit. */
#include <malloc.h>
#include <stdlib.h>

#include "base/clock.h"
#include "ext/json.h"
#include "kubernetes/detect.h"
#include "kubernetes/fleet_private.h"

enum {
	READ_MOST = 512 << 20,
	PIECE = 500,
	PIECES_MOST = 60,
	LIST_MOST = 32 << 20,
	ROUND_MOST = 64 << 20,
	EVENT_PIECES = 4,
	NAMESPACES_MOST = 10,
	LARGE = 8 << 20,
};

const struct kind_row kind_rows[N_KINDS] = {
	{ "pods", "", { "v1" }, false, false },
	{ "services", "", { "v1" }, false, false },
	{ "configmaps", "", { "v1" }, false, false },
	{ "limitranges", "", { "v1" }, false, false },
	{ "resourcequotas", "", { "v1" }, false, false },
	{ "deployments", "apps", { "v1" }, false, false },
	{ "replicasets", "apps", { "v1" }, false, false },
	{ "horizontalpodautoscalers", "autoscaling", { "v2", "v2beta2", "v1" }, false, false },
	{ "jobs", "batch", { "v1" }, false, false },
	{ "cronjobs", "batch", { "v1", "v1beta1" }, false, false },
	{ "ingresses", "networking.k8s.io", { "v1" }, false, false },
	{ "statefulsets", "apps", { "v1" }, false, false },
	{ "daemonsets", "apps", { "v1" }, false, false },
	{ "secrets", "", { "v1" }, true, false },
	{ "persistentvolumes", "", { "v1" }, true, true },
	{ "persistentvolumeclaims", "", { "v1" }, true, false },
};

static void call_send(struct call *c, const char *token);

/* ---- where things are ---- */

static const char *path_of(struct arena *mem, const char *group, const char *version, const char *ns, const char *plural)
{
	return arena_printf(mem, "%s%s%s/%s%s%s/%s", *group ? "/apis" : "/api", *group ? "/" : "", group, version,
			    ns ? "/namespaces/" : "", ns ? url_encode(mem, ns, false) : "", plural);
}

static const char *row_path(struct round *r, int row, unsigned version)
{
	const struct view *v = r->view;
	const char *override = v->server->fleet->overrides[row];

	return path_of(&r->mem, kind_rows[row].group, override ? override : kind_rows[row].versions[version],
		       kind_rows[row].wide ? NULL : v->ns, kind_rows[row].type);
}

static const char *with_query(const struct call *c, const char *token)
{
	struct arena *mem = c->cx.mem;
	const struct view *v = c->round->view;
	struct buf b = { .mem = mem };
	const char *join = "?";

	buf_adds(&b, c->base);
	if (*v->selector && c->what != CALL_EVENTS) {
		buf_addf(&b, "?labelSelector=%s", url_encode(mem, v->selector, false));
		join = "&";
	}
	if (!c->whole && c->what != CALL_METRICS) {
		buf_addf(&b, "%slimit=%d", join, PIECE);
		join = "&";
	}
	if (token)
		buf_addf(&b, "%scontinue=%s", join, url_encode(mem, token, false));
	return buf_text(&b);
}

/* ---- answers ---- */

static void note_error(struct call *c, int status)
{
	struct arena *mem = &c->round->mem;
	struct json *o = json_object(mem);
	const char *type = status == 400   ? "BAD_REQUEST"
			   : status == 401 ? "UNAUTHORIZED_ERROR"
			   : status == 404 ? "NOT_FOUND"
			   : status == 500 ? "SYSTEM_ERROR"
					   : "UNKNOWN_ERROR";

	c->items = NULL;
	/* Others say that there is nothing, or nothing for whoever asks. */
	c->lost = status == 401 || status == 429 || status >= 500;
	/* Without metrics and events there is still all else, and a cluster may well have none. */
	if (c->what != CALL_OBJECTS)
		return;
	json_set(mem, o, "errorType", json_str(mem, type));
	json_set(mem, o, "statusCode", json_num(mem, status));
	json_set(mem, o, "resourcePath", json_str(mem, c->base));
	json_push(mem, c->round->errors, o);
	c->error = o;
}

static struct json *note_failure(struct round *r, const char *message)
{
	struct json *o = json_object(&r->mem);

	for (size_t i = 0; i < r->errors->a.n; i++)
		if (streq(json_get_text(r->errors->a.items[i], "message", ""), message))
			return r->errors->a.items[i];
	json_set(&r->mem, o, "errorType", json_str(&r->mem, "FETCH_ERROR"));
	json_set(&r->mem, o, "message", json_str(&r->mem, message));
	json_push(&r->mem, r->errors, o);
	return o;
}

/* Adds a piece's items. 1: *token names the next piece; 0: that was the last; an error: it is no list. */
static int take_items(struct call *c, const struct json *list, const char **token)
{
	struct arena *mem = &c->round->mem;
	const struct json *items = json_get(list, "items");
	const char *kind = json_get_text(list, "kind", "");
	size_t n = strlen(kind);

	if (!json_is(items, JSON_ARRAY) && !json_is(items, JSON_NULL))
		return fail(&c->cx, ERR_UPSTREAM, "the answer is no list");
	c->kind = arena_strndup(mem, kind, str_ends(kind, "List") ? n - 4 : n);
	c->api = json_get_text(list, "apiVersion", "v1");
	for (size_t i = 0; i < json_len(items); i++) {
		struct json *item = items->a.items[i];

		if (!json_is(item, JSON_OBJECT))
			continue;
		object_clean(mem, item, streq(c->type, "secrets"));
		json_push(mem, c->items, item);
	}
	*token = json_text(json_path(list, "metadata", "continue", NULL), NULL);
	return *token && **token && !c->whole;
}

static int read_list(struct call *c, struct str body, const char **token)
{
	/* The values live with the round, the exchange's own memory goes at once. */
	struct ctx cx = { .mem = &c->round->mem, .request_id = "" };
	struct json *list = json_read(cx.mem, body, READ_MOST);
	int rc = list ? 0 : json_parse_within(&cx, body, READ_MOST, &list);

	if (rc < 0)
		return fail(&c->cx, ERR_UPSTREAM, "%s", cx.err.text);
	return take_items(c, list, token);
}

/* The API has an older version of this kind, perhaps. */
static bool try_older(struct call *c)
{
	const struct fleet *e = c->round->view->server->fleet;

	if (c->row < 0 || e->overrides[c->row] || c->version + 1 >= MOST_VERSIONS ||
	    !kind_rows[c->row].versions[c->version + 1])
		return false;
	c->base = row_path(c->round, c->row, ++c->version);
	return true;
}

/* Will the server want to be asked before the round's time is over? */
static bool is_in_time(const struct round *r)
{
	const struct server *s = r->view->server;

	return s->quiet_until_us < r->begun_us + (uint64_t)s->fleet->timeout_ms * 1000;
}

/* 1: there is more to ask for. */
static int take_answer(struct call *c, const struct fetch_answer *answer, const char **token)
{
	struct round *r = c->round;

	if (c->what == CALL_OBJECTS) {
		r->heard++;
		r->broken += answer->status >= 500;
	}
	*token = NULL;
	r->bytes += answer->body.n;
	if (r->bytes > ROUND_MOST)
		return fail(&c->cx, ERR_TOOLARGE, "there is more than %d MiB to look at", ROUND_MOST >> 20);
	if (answer->status == 200) {
		if (c->row >= 0)
			r->view->server->version[c->row] = c->version;
		return read_list(c, answer->body, token);
	}
	if (answer->status == 404 && c->items->a.n == 0 && try_older(c))
		return 1;
	/* The pieces were of a state that is gone by now: all anew, in one. */
	if (answer->status == 410 && !c->whole) {
		c->whole = true;
		c->items = json_array(&r->mem);
		return 1;
	}
	/* It has too much to do. Metrics come from elsewhere. */
	if ((answer->status == 429 || answer->status == 503) && answer->retry_after && c->what != CALL_METRICS) {
		server_quiet(r->view->server, answer->retry_after);
		if (is_in_time(r)) {
			*token = c->token;
			return 1;
		}
	}
	note_error(c, answer->status);
	return 0;
}

/* A server that cannot be reached for one thing cannot be reached for the others. */
static void give_up(struct round *r, int rc, const char *why)
{
	if (r->rc == 0)
		r->rc = fail(&r->cx, rc, "%s", why);
	for (size_t i = 0; i < r->calls.n; i++) {
		struct call *c = r->calls.items[i];

		if (!c->ticket && !c->put_off)
			continue;
		if (c->ticket)
			fetch_lane_drop(r->view->server->lane, c->ticket);
		c->ticket = NULL;
		c->put_off = false;
		c->items = NULL;
		arena_release(&c->mem);
		r->open--;
	}
}

/* What libcurl says has the URL in front, with all its parameters. */
static const char *without_url(const struct call *c, const char *text)
{
	const char *url = c->rq.url;
	size_t n = strcspn(url, "?");

	if (strncmp(text, url, n) != 0)
		return text;
	text += n;
	text += strcspn(text, " ");
	return *text ? text + 1 : text;
}

/* A part that does not come. Without metrics and events, there is still all else. */
static void lose(struct call *c, int rc, const char *why)
{
	struct round *r = c->round;

	c->items = NULL;
	c->lost = true;
	if (c->what != CALL_OBJECTS)
		return;
	if (r->heard == 0)
		give_up(r, rc, why);
	else
		c->error = note_failure(r, arena_printf(&r->mem, "%s: %s", c->base, why));
}

static void begin_events(struct round *r);

static void after(struct round *r)
{
	if (r->open)
		return;
	if (r->rc == 0 && !r->second) {
		r->second = true;
		kept_fill(r);
		r->with_events = r->view->want_events;
		if (r->with_events && r->came && !r->view->only)
			begin_events(r);
	}
	if (!r->open)
		round_finish(r);
}

static void on_done(struct ctx *cx, int rc, const struct fetch_answer *answer, void *arg)
{
	struct call *c = arg;
	struct round *r = c->round;
	const char *token = NULL, *why;
	unsigned most = c->what == CALL_EVENTS ? EVENT_PIECES : PIECES_MOST;

	c->ticket = NULL;
	r->open--;
	rc = rc < 0 ? rc : take_answer(c, answer, &token);
	if (rc < 0) {
		why = rc == ERR_TIMEOUT ? "no answer within the time limit" : without_url(c, cx->err.text);
		lose(c, rc, arena_strdup(&r->mem, why));
	} else if (rc > 0 && ++c->chunks <= most) {
		call_send(c, token ? arena_strdup(&r->mem, token) : NULL);
	}
	if (!c->ticket)
		arena_release(&c->mem);
	after(r);
}

/* ---- asking ---- */

/* While the server wants to be left alone. Later, if the round lasts so long. */
static bool put_off(struct call *c)
{
	struct round *r = c->round;

	if (!server_is_quiet(r->view->server))
		return false;
	if (is_in_time(r)) {
		c->put_off = true;
		r->open++;
	} else {
		lose(c, ERR_UPSTREAM, "the cluster has too much to do, and is asked again later");
	}
	return true;
}

void round_resume(struct round *r)
{
	for (size_t i = 0; i < r->calls.n; i++) {
		struct call *c = r->calls.items[i];

		if (!c->put_off)
			continue;
		c->put_off = false;
		r->open--;
		call_send(c, c->token);
	}
	after(r);
}

static void call_send(struct call *c, const char *token)
{
	struct round *r = c->round;
	const struct fleet *e = r->view->server->fleet;
	uint64_t spent = (clock_mono_us() - r->begun_us) / 1000;

	c->token = token;
	if (put_off(c))
		return;
	arena_reset(&c->mem);
	c->cx = (struct ctx){ .mem = &c->mem, .conf = e->conf, .request_id = "" };
	int rc = cluster_request(&c->cx, &r->cluster, r->view->token, with_query(c, token), &c->rq);

	if (rc < 0) {
		give_up(r, rc, arena_strdup(&r->mem, c->cx.err.text));
		return;
	}
	c->rq.timeout_ms = spent < e->timeout_ms ? (unsigned)(e->timeout_ms - spent) + 1 : 1;
	/* They come from elsewhere, and nobody shall wait for them long. */
	if (c->what != CALL_OBJECTS)
		c->rq.timeout_ms = c->rq.timeout_ms / 2 + 1;
	c->rq.connect_ms = c->rq.timeout_ms;
	c->rq.max_bytes = LIST_MOST;
	r->view->server->requests++;
	r->open++;
	c->ticket = fetch_lane_start(r->view->server->lane, &c->cx, &c->rq, on_done, c);
}

static void add_call(struct round *r, struct call proto)
{
	struct call *c = arena_new(&r->mem, struct call);

	if (r->rc < 0)
		return;
	*c = proto;
	c->round = r;
	c->items = json_array(&r->mem);
	*list_add(&r->mem, &r->calls) = c;
	call_send(c, NULL);
}

static void add_custom(struct round *r, const struct custom_kinds *kinds)
{
	for (size_t i = 0; i < kinds->n; i++) {
		const struct custom_kind *k = &kinds->items[i];

		add_call(r, (struct call){ .type = "customresources",
					   .row = -1,
					   .base = path_of(&r->mem, k->group, k->version, r->view->ns, k->plural) });
	}
}

static void begin_calls(struct round *r)
{
	const struct view *v = r->view;
	const struct fleet *e = v->server->fleet;

	if (v->only) {
		add_custom(r, v->only);
		return;
	}
	for (int i = 0; i < N_KINDS; i++) {
		unsigned version = v->server->version[i];

		if (e->wanted[i])
			add_call(r, (struct call){ .type = kind_rows[i].type,
						   .row = i,
						   .version = version,
						   .base = row_path(r, i, version) });
	}
	add_custom(r, &e->custom);
	add_custom(r, &r->cluster.custom);
	if (!r->cluster.skip_metrics)
		add_call(r, (struct call){ .type = "",
					   .row = -1,
					   .what = CALL_METRICS,
					   .base = path_of(&r->mem, "metrics.k8s.io", "v1beta1", v->ns, "pods") });
}

/* The namespaces that objects were found in, each with its events. */
static void begin_events(struct round *r)
{
	struct text_list names = { 0 };

	for (size_t i = 0; i < r->calls.n; i++) {
		const struct json *items = r->calls.items[i]->items;

		for (size_t j = 0; j < json_len(items) && names.n < NAMESPACES_MOST; j++) {
			const char *ns = json_text(json_path(items->a.items[j], "metadata", "namespace", NULL), NULL);
			size_t k = 0;

			while (ns && k < names.n && !streq(names.items[k], ns))
				k++;
			if (ns && k == names.n)
				*list_add(&r->mem, &names) = ns;
		}
	}
	for (size_t i = 0; i < names.n; i++)
		add_call(r, (struct call){ .type = "events",
					   .row = -1,
					   .what = CALL_EVENTS,
					   .ns = names.items[i],
					   .base = path_of(&r->mem, "", "v1", names.items[i], "events") });
}

static int find_cluster(struct round *r)
{
	const struct view *v = r->view;
	struct clusters all = { 0 };
	int rc;

	if (v->catalog)
		return cluster_read(&r->cx, v->catalog, &r->cluster);
	rc = clusters_fixed(&r->cx, &all);
	const struct cluster *c = rc == 0 ? cluster_named(&all, v->server->name) : NULL;

	if (rc == 0 && !c)
		rc = fail(&r->cx, ERR_NOTFOUND, "cluster '%s' is not there any more", v->server->name);
	if (rc == 0)
		r->cluster = *c;
	return rc;
}

void round_begin(struct view *v)
{
	struct round *r = calloc(1, sizeof(*r)); /* lint: until all has come */

	if (!r)
		abort();
	r->view = v;
	v->round = r;
	v->server->rounds++;
	v->server->fetches++;
	r->begun_us = clock_mono_us();
	r->cx = (struct ctx){ .mem = &r->mem, .conf = v->server->fleet->conf, .request_id = "" };
	r->errors = json_array(&r->mem);
	r->rc = find_cluster(r);
	if (r->rc == 0)
		begin_calls(r);
	after(r);
}

void round_drop(struct round *r)
{
	for (size_t i = 0; i < r->calls.n; i++) {
		struct call *c = r->calls.items[i];

		if (c->ticket)
			fetch_lane_drop(r->view->server->lane, c->ticket);
		arena_release(&c->mem);
	}
	bool large = r->mem.used > LARGE;

	r->view->server->rounds--;
	r->view->round = NULL;
	arena_release(&r->mem);
	free(r);
	/* What is kept of a whole cluster is little, but would hold the pages below it. */
	if (large)
		malloc_trim(0);
}
