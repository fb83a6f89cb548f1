/* Questions, and the views that answer them. */
#include "kubernetes/cluster_private.h"
#include "kubernetes/fleet_private.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/duration.h"
#include "ext/crypto.h"
#include "ext/json.h"

enum {
	REFRESH_MS = 10000,
	CACHE_MIB = 128,
	FORGET_US = 300 * 1000000,     /* nobody asked for so long */
	FORGET_USER_US = 60 * 1000000, /* the same of what a user's own token got */
	LOOKUPS_MOST = 2000,
	ROUNDS_MOST = 16,             /* of one server at once */
	SUSPECT_US = 2 * 1000000,     /* a server that has said nothing for so long */
	SUSPECT_WAIT_US = 250 * 1000, /* is waited for no longer than this, nor than a part of the whole wait */
	SUSPECT_PART = 4,
	HEAVY_MOST = 2, /* rounds about whole clusters */
	QUIET_US = 500 * 1000,
	TIDY_US = 1000 * 1000,
	VIEWS_MOST = 20000,
};

/* ---- configuration ---- */

static unsigned read_ms(const struct json *section, const char *key, unsigned dflt, unsigned least)
{
	const struct json *v = json_get(section, key);
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	int64_t ms;

	if (!v || config_duration_ms(&cx, v, &ms) < 0)
		return dflt;
	return ms < least ? least : ms > 600000 ? 600000 : (unsigned)ms;
}

static void read_kinds(struct fleet *e, const struct json *section)
{
	const struct json *types = json_get(section, "objectTypes");

	for (size_t i = 0; i < N_KINDS; i++) {
		e->wanted[i] = !types && !kind_rows[i].on_request;
		for (size_t j = 0; json_is(types, JSON_ARRAY) && j < types->a.n; j++)
			if (streq(json_text(types->a.items[j], ""), kind_rows[i].type))
				e->wanted[i] = true;
		e->overrides[i] = json_text(json_path(section, "apiVersionOverrides", kind_rows[i].type, NULL), NULL);
	}
}

struct fleet *fleet_new(const struct json *conf, int ep)
{
	struct fleet *e = calloc(1, sizeof(*e)); /* lint: as long as its process */
	const struct json *section = json_get(conf, "kubernetes");

	if (!e)
		abort();
	struct ctx cx = { .mem = &e->mem, .conf = conf, .request_id = "" };

	e->conf = conf;
	e->ep = ep;
	e->refresh_ms = read_ms(section, "refreshInterval", REFRESH_MS, 1000);
	e->timeout_ms = clusters_timeout_ms(&cx);
	e->most_bytes = (size_t)json_get_num(section, "cacheSize", CACHE_MIB) << 20;
	read_kinds(e, section);
	custom_kinds_read(&cx, json_get(section, "customResources"), &e->custom);
	return e;
}

/* ---- servers ---- */

/* Rounds about whole clusters; one whose server says nothing takes no memory. */
static unsigned count_heavy(const struct fleet *e)
{
	uint64_t now = clock_mono_us();
	unsigned n = 0;

	for (const struct view *v = e->views; v; v = v->next)
		n += v->findings_only && v->round && (v->round->heard || now < v->round->begun_us + QUIET_US);
	return n;
}

/*
 * While it is spared nobody asks it; then one does, and the others wait for what that says. Whole clusters take much memory
 * while they are looked at: few at once.
 */
static bool may_ask(const struct view *v)
{
	const struct server *s = v->server;

	if (server_is_quiet(s))
		return false;
	if (v->findings_only && count_heavy(s->fleet) >= HEAVY_MOST) {
		s->fleet->put_off = true;
		return false;
	}
	if (s->spared_until_us)
		return s->rounds == 0 && clock_mono_us() >= s->spared_until_us;
	return s->rounds < ROUNDS_MOST;
}

/* ---- views ---- */

bool view_is_fresh(const struct fleet *e, const struct view *v, uint64_t at_us)
{
	return v->done_us && at_us < v->done_us + (uint64_t)e->refresh_ms * 1000 &&
	       (v->failed || v->has_events || !v->want_events);
}

static void view_begin(struct fleet *e, struct view *v)
{
	if (!v->round && !view_is_fresh(e, v, clock_mono_us()) && may_ask(v))
		round_begin(v);
}

static void view_free(struct fleet *e, struct view *v)
{
	struct view **at = &e->views;

	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	e->n_views--;
	v->server->views--;
	if (v->round)
		round_drop(v->round);
	judge_forget(v);
	e->bytes -= v->bytes;
	arena_release(&v->kept);
	arena_release(&v->tabled);
	arena_release(&v->mem);
	free(v);
}

void fleet_next(struct fleet *e)
{
	for (struct view *v = e->views; v; v = v->next)
		if (v->waiting)
			view_begin(e, v);
}

/* What decides whether two ask for the same: never the same for two tokens, nor for two descriptions of a cluster. */
static const char *view_key(struct arena *mem, const struct json *ask, const struct json *only, enum kube_form form,
			    char *server)
{
	const struct json *catalog = json_get(ask, "catalog");
	const char *token = json_get_text(ask, "token", NULL);
	struct buf b = { .mem = mem }, description = { .mem = mem };
	char hash[65];

	if (catalog)
		json_write_stable(&description, catalog);
	crypto_sha256_hex(catalog ? buf_str(&description) : str_of(json_get_text(ask, "cluster", "")), server);
	crypto_sha256_hex(str_of(token ? token : ""), hash);
	buf_addf(&b, "%s %s %d ", server, token ? hash : "-", form == KUBE_FINDINGS);
	json_write_text(&b, str_of(json_get_text(ask, "selector", "")));
	json_write_text(&b, str_of(json_get_text(ask, "ns", "")));
	if (only)
		json_write_stable(&b, only);
	return buf_text(&b);
}

/* Copies what is asked for, since the question goes. */
static int view_fill(struct fleet *e, struct ctx *cx, struct view *v, const struct json *ask, const struct json *only)
{
	struct ctx own = { .mem = &v->mem, .conf = e->conf, .request_id = "" };
	const struct json *catalog = json_get(ask, "catalog");
	const char *token = json_get_text(ask, "token", NULL), *ns = json_get_text(ask, "ns", NULL);
	struct custom_kinds *kinds = arena_new(&v->mem, struct custom_kinds);
	int rc = only ? custom_kinds_read(&own, json_copy(&v->mem, only), kinds) : 0;

	if (rc < 0)
		return fail(cx, rc, "%s", own.err.text);
	v->selector = arena_strdup(&v->mem, json_get_text(ask, "selector", ""));
	v->ns = ns ? arena_strdup(&v->mem, ns) : NULL;
	v->token = token ? arena_strdup(&v->mem, token) : NULL;
	v->catalog = catalog ? json_copy(&v->mem, catalog) : NULL;
	v->only = only ? kinds : NULL;
	return 0;
}

static struct view *view_find(const struct fleet *e, const char *key)
{
	struct view *v = e->views;

	while (v && !streq(v->key, key))
		v = v->next;
	return v;
}

/* The cluster as it is now, in cx->mem. */
static int find_cluster(struct ctx *cx, const struct json *ask, struct cluster *out)
{
	const struct json *catalog = json_get(ask, "catalog");
	const char *name = json_get_text(ask, "cluster", "");
	struct clusters all = { 0 };

	if (catalog)
		return cluster_read(cx, catalog, out);
	int rc = clusters_fixed(cx, &all);
	const struct cluster *c = rc == 0 ? cluster_named(&all, name) : NULL;

	if (rc == 0 && !c)
		rc = fail(cx, ERR_NOTFOUND, "there is no cluster '%.200s'", name);
	if (rc == 0)
		*out = *c;
	return rc;
}

static int view_get(struct fleet *e, struct ctx *cx, const struct json *ask, const struct json *only, enum kube_form form,
		    struct view **out)
{
	struct ctx own = { .mem = cx->mem, .conf = e->conf, .request_id = "" };
	char server[65];
	const char *key = view_key(cx->mem, ask, only, form, server);
	struct buf b = { .mem = cx->mem };
	struct view *v = view_find(e, key);
	struct cluster c;

	if (!v && e->n_views >= VIEWS_MOST)
		return fail(cx, ERR_TOOMANY, "too many different things are asked of the clusters");
	if (!v) {
		int rc = find_cluster(&own, ask, &c);

		if (rc < 0)
			return fail(cx, rc, "%s", own.err.text);
		v = calloc(1, sizeof(*v)); /* lint: as long as somebody asks for it */
		if (!v)
			abort();
		rc = view_fill(e, cx, v, ask, only);
		if (rc < 0) {
			arena_release(&v->mem);
			free(v);
			return rc;
		}
		json_write(&b, cluster_json(cx->mem, &c));
		v->cluster_json = (struct str){ arena_strndup(&v->mem, b.p, b.n), b.n };
		v->key = arena_strdup(&v->mem, key);
		v->findings_only = form == KUBE_FINDINGS;
		v->server = server_get(e, server, c.name);
		v->server->views++;
		v->next = e->views;
		e->views = v;
		e->n_views++;
	}
	v->asked_us = clock_mono_us();
	v->want_events = v->want_events || form != KUBE_OBJECTS;
	*out = v;
	return 0;
}

/* ---- what is forgotten ---- */

static void forget_one(struct fleet *e)
{
	struct view *oldest = NULL;

	for (struct view *v = e->views; v; v = v->next)
		if (!v->round && !v->waiting && v->bytes && (!oldest || v->asked_us < oldest->asked_us))
			oldest = v;
	if (!oldest) {
		e->most_bytes = e->bytes; /* all is in use: it cannot be less */
		return;
	}
	view_free(e, oldest);
}

/* Of those that nobody asks any more: what the catalog says of a cluster may change often. */
static void forget_servers(struct fleet *e)
{
	for (struct server **at = &e->servers, *s; (s = *at);) {
		if (s->views || s->spared_until_us > clock_mono_us() || server_is_quiet(s)) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		server_free(s);
	}
}

static void forget_views(struct fleet *e)
{
	uint64_t now = clock_mono_us();
	size_t most = e->most_bytes;

	for (struct view *v = e->views, *next; v; v = next) {
		next = v->next;
		if (!v->round && !v->waiting && now > v->asked_us + (v->token ? FORGET_USER_US : FORGET_US))
			view_free(e, v);
	}
	while (e->bytes > e->most_bytes)
		forget_one(e);
	e->most_bytes = most;
}

static void end_quiet(struct fleet *e, struct server *s)
{
	s->quiet_until_us = 0;
	for (struct view *v = e->views; v; v = v->next)
		if (v->server == s && v->round)
			round_resume(v->round);
	fleet_next(e);
}

void fleet_tick(struct fleet *e)
{
	uint64_t now = clock_mono_us();

	for (struct server *s = e->servers; s; s = s->next)
		if (fetch_lane_due_ms(s->lane) == 0)
			fetch_lane_turn(s->lane);
	for (struct server *s = e->servers; s; s = s->next)
		if (s->quiet_until_us && now >= s->quiet_until_us)
			end_quiet(e, s);
	if (e->put_off) {
		e->put_off = false;
		fleet_next(e);
	}
	judge_tick(e);
	if (now < e->tidied_us + TIDY_US && e->bytes <= e->most_bytes)
		return;
	e->tidied_us = now;
	forget_views(e);
	forget_servers(e);
}

int fleet_due_ms(const struct fleet *e)
{
	uint64_t now = clock_mono_us();
	int due = -1;

	for (const struct server *s = e->servers; s; s = s->next) {
		int ms = fetch_lane_due_ms(s->lane);

		if (ms >= 0 && (due < 0 || ms < due))
			due = ms;
		ms = s->quiet_until_us > now ? (int)((s->quiet_until_us - now) / 1000) + 1 : 0;
		if (s->quiet_until_us && (due < 0 || ms < due))
			due = ms;
	}
	return due;
}

void fleet_event(struct fleet *e, void *data)
{
	/* By the pointer alone it may be one that is somebody else's. */
	for (struct server *s = e->servers; s; s = s->next)
		if (s == data)
			fetch_lane_turn(s->lane);
	judge_event(e, data);
}

void fleet_free(struct fleet *e)
{
	while (e->views)
		view_free(e, e->views);
	for (struct server *s = e->servers, *next; s; s = next) {
		next = s->next;
		server_free(s);
	}
	arena_release(&e->mem);
	free(e);
}

/* ---- questions ---- */

int fleet_question(struct fleet *e, struct ctx *cx, struct str text, struct fleet_wait **out)
{
	struct fleet_wait *w = arena_new(cx->mem, struct fleet_wait);
	struct json *q;
	int rc = json_parse(cx, text, &q);

	if (rc < 0)
		return rc;
	const struct json *list = json_get(q, "lookups"), *only = json_get(q, "only");
	double wait = json_get_num(q, "wait", 0);

	w->form = (enum kube_form)json_get_num(q, "form", KUBE_OBJECTS);
	w->status = json_get_bool(q, "status", false);
	w->since_us = clock_mono_us();
	w->until_us = w->since_us + (uint64_t)(wait > 0 && wait <= KUBE_WAIT_ALL ? wait : 0) * 1000;
	w->refused = json_array(cx->mem);
	if (json_len(list) > LOOKUPS_MOST)
		return fail(cx, ERR_INPUT, "too much is asked for at once: more than %d questions to clusters", LOOKUPS_MOST);
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		struct view *v;

		if (view_get(e, cx, list->a.items[i], only, w->form, &v) < 0) {
			fleet_refuse(cx, w, list->a.items[i]);
			continue;
		}
		v->waiting++;
		*list_add(cx->mem, &w->views) = v;
		view_begin(e, v);
	}
	*out = w;
	return 0;
}

void fleet_leave(struct fleet *e, struct fleet_wait *w)
{
	(void)e;
	for (size_t i = 0; i < w->views.n; i++)
		w->views.items[i]->waiting--;
	w->views.n = 0;
}

/* One that most likely will not answer keeps nobody who asks only now; what there was before is shown meanwhile. */
static bool is_suspect(const struct view *v)
{
	const struct round *r = v->round;

	return v->server->failures || (r && r->heard == 0 && clock_mono_us() > r->begun_us + SUSPECT_US);
}

/* Until when those are waited for that most likely will not answer: a page that waits 45 ms has no time for them. */
static uint64_t suspects_until_us(const struct fleet_wait *w)
{
	uint64_t part = (w->until_us - w->since_us) / SUSPECT_PART;

	return w->since_us + (part < SUSPECT_WAIT_US ? part : SUSPECT_WAIT_US);
}

/* Nothing will come of it before w has waited long enough: its server wants to be left alone. */
static bool is_held(const struct fleet_wait *w, const struct view *v)
{
	return !v->round && server_is_quiet(v->server) && v->server->quiet_until_us >= w->until_us;
}

bool fleet_ready(const struct fleet *e, const struct fleet_wait *w)
{
	uint64_t now = clock_mono_us();

	if (now >= w->until_us)
		return true;
	for (size_t i = 0; i < w->views.n; i++) {
		const struct view *v = w->views.items[i];

		if (!view_is_fresh(e, v, w->since_us) && !server_is_spared(v->server) && !is_held(w, v) &&
		    !(is_suspect(v) && now >= suspects_until_us(w)))
			return false;
		if (judge_is_awaited(v))
			return false;
	}
	return true;
}

/* When it may be ready though nothing comes. */
uint64_t fleet_until_us(const struct fleet_wait *w)
{
	uint64_t now = clock_mono_us(), suspects = suspects_until_us(w);
	uint64_t next = now < suspects ? suspects : now + SUSPECT_WAIT_US;

	return next < w->until_us ? next : w->until_us;
}
