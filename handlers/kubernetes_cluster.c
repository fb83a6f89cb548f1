/* The tab of a resource that is a cluster: does it answer, what is wrong in it, and what of the entity keeps it from being
 * asked. */
#include "base/map.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "handlers/handlers.h"
#include "handlers/kubernetes.h"
#include "handlers/kubernetes_find.h"
#include "handlers/kubernetes_page.h"
#include "handlers/kubernetes_view.h"
#include "handlers/links.h"
#include "handlers/may.h"
#include "handlers/page.h"
#include "kubernetes/dashboard.h"
#include "kubernetes/owner.h"

enum { CLUSTER_WAIT_MS = 80, VERSION_MOST = 64 << 10 };
static const size_t answer_most = (size_t)512 << 20;

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text ? text : ""));
}

/* ---- how it is ---- */

/* As the process that asks clusters knows it; one that nobody has asked for yet has no state. */
static void add_status(struct ctx *cx, struct json *out, const char *name)
{
	struct json *all = NULL;
	struct err before = cx->err;

	if (kube_status(cx, &all) < 0)
		cx->err = before;
	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++) {
		const struct json *s = all->a.items[i];

		if (!streq(json_get_text(s, "name", ""), name))
			continue;
		set_text(cx->mem, out, "state", json_get_text(s, "state", ""));
		set_text(cx->mem, out, "since", json_get_text(s, "since", ""));
		set_text(cx->mem, out, "why", json_get_text(s, "why", ""));
		json_set(cx->mem, out, "failures", json_num(cx->mem, json_get_num(s, "failures", 0)));
		json_set(cx->mem, out, "fetches", json_num(cx->mem, json_get_num(s, "fetches", 0)));
		json_set(cx->mem, out, "requests", json_num(cx->mem, json_get_num(s, "requests", 0)));
	}
}

/* Only of one that answers, and that the portal itself has a credential for. */
static void add_version(struct req *rq, struct json *out, const struct cluster *c)
{
	struct kubernetes_pipe pipe = { .cluster = c, .method = "GET", .path = "/version" };
	struct err before = rq->cx->err;
	struct fetch_answer answer;
	struct json *v;

	if (c->credential == CREDENTIAL_USER || !streq(json_get_text(out, "state", ""), "ok"))
		return;
	if (kubernetes_fetch(rq, &pipe, &answer) == 0 && answer.status == 200 &&
	    json_parse_within(rq->cx, answer.body, VERSION_MOST, &v) == 0)
		set_text(rq->cx->mem, out, "version", json_get_text(v, "gitVersion", ""));
	rq->cx->err = before;
}

static void describe(struct req *rq, struct json *out, const struct cluster *c)
{
	static const struct dashboard_object whole = { 0 };
	struct arena *mem = rq->cx->mem;

	set_text(mem, out, "provider", c->provider);
	set_text(mem, out, "dashboard", dashboard_url(mem, cluster_json(mem, c), &whole));
	json_set(mem, out, "configured", json_bool(mem, !c->from_catalog));
	json_set(mem, out, "by_user", json_bool(mem, c->credential == CREDENTIAL_USER));
	add_version(rq, out, c);
}

/* ---- what is wrong in it ---- */

static struct json *member(struct arena *mem, struct map *known, struct json *list, const char *key)
{
	struct json *o = map_get(known, key);

	if (o)
		return o;
	o = json_object(mem);
	set_text(mem, o, "ref", key);
	json_set(mem, o, "bad", json_num(mem, 0));
	json_set(mem, o, "warn", json_num(mem, 0));
	json_set(mem, o, "entities", json_array(mem));
	map_put(mem, known, key, o);
	json_push(mem, list, o);
	return o;
}

static void count(struct arena *mem, struct json *o, const char *tone)
{
	json_set(mem, o, tone, json_num(mem, json_get_num(o, tone, 0) + 1));
}

/* [{ref, bad, warn, entities: [{ref, bad, warn}]}] by team, in the order of the findings: the worst first, nobody's last. */
static struct json *teams_json(struct arena *mem, const struct json *findings)
{
	struct json *out = json_array(mem), *nobody = json_array(mem);
	struct map teams = { 0 }, entities = { 0 };

	for (size_t i = 0; i < json_len(findings); i++) {
		const struct json *f = findings->a.items[i], *of = json_get(f, "entity");
		const char *tone = json_get_text(f, "tone", "warn"), *ref = json_get_text(of, "ref", "");
		const char *owner = json_get_text(of, "owner", "");
		struct json *team = member(mem, &teams, *owner ? out : nobody, owner);

		count(mem, team, tone);
		if (*ref)
			count(mem, member(mem, &entities, json_get(team, "entities"), ref), tone);
	}
	if (nobody->a.n)
		json_push(mem, out, nobody->a.items[0]);
	return out;
}

static int add_findings(struct req *rq, struct json *vars, const struct cluster *c)
{
	struct ctx *cx = rq->cx;
	struct kube_question q = { .form = KUBE_FINDINGS, .wait_ms = CLUSTER_WAIT_MS };
	struct clusters one = { .items = (struct cluster *[]){ arena_new(cx->mem, struct cluster) }, .n = 1 };
	struct json *items, *view;
	int rc;

	*one.items[0] = *c;
	match_all(cx, &one, &q.lookups);
	rc = kubernetes_look(rq, &q, answer_most, &items);
	if (rc == 0)
		rc = findings_attribute(cx, items);
	if (rc < 0)
		return rc;
	view = kubernetes_view(cx->mem, items, NULL);
	json_set(cx->mem, vars, "k", view);
	json_set(cx->mem, vars, "teams", teams_json(cx->mem, json_get(view, "findings")));
	return 0;
}

/* ---- the page ---- */

static bool asks_catalog(const struct ctx *cx)
{
	const struct json *all = json_path(cx->conf, "kubernetes", "clusterLocatorMethods", NULL);

	for (size_t i = 0; i < json_len(all); i++)
		if (streq(json_get_text(all->a.items[i], "type", ""), "catalog"))
			return true;
	return false;
}

/* What is wrong with the entity matters where it is the entity that describes the cluster. */
static int fill(struct req *rq, struct entity_page *p)
{
	struct ctx *cx = rq->cx;
	struct json *out = json_object(cx->mem);
	struct clusters all = { 0 };
	const char *name = json_text(json_path(p->doc, "metadata", "name", NULL), "");
	int rc = clusters_load(cx, &all);
	const struct cluster *c = rc == 0 ? cluster_named(&all, name) : NULL;
	bool ours = !c || c->from_catalog;

	if (rc < 0)
		return rc;
	set_text(cx->mem, out, "name", name);
	json_set(cx->mem, out, "known", json_bool(cx->mem, c != NULL));
	json_set(cx->mem, out, "by_catalog", json_bool(cx->mem, asks_catalog(cx)));
	json_set(cx->mem, out, "problems", ours ? cluster_problems(cx, p->doc) : json_array(cx->mem));
	add_status(cx, out, name);
	if (c)
		describe(rq, out, c);
	json_set(cx->mem, p->vars, "c", out);
	json_set(cx->mem, p->vars, "k", json_null(cx->mem));
	set_text(cx->mem, p->vars, "fleet_url", arena_printf(cx->mem, "/kubernetes?cluster=%s", link_encode(cx->mem, name)));
	return c && page_allows(cx, "kubernetes.resources.read") ? add_findings(rq, p->vars, c) : 0;
}

int kubernetes_cluster_tab(struct req *rq, struct resp *rs)
{
	struct entity_page p;
	int rc = kubernetes_open(rq, &p);

	if (rc == 0 && !cluster_is_entity(p.doc))
		rc = fail(rq->cx, ERR_NOTFOUND, "%s is no resource of type kubernetes-cluster", p.found.ref);
	if (rc == 0)
		rc = entity_head(rq, p.vars, p.doc, "cluster");
	if (rc == 0)
		rc = fill(rq, &p);
	if (rc < 0)
		return rc;
	resp_header(rs, "Cache-Control", "no-store");
	return page_render(rq, rs, 200, "kubernetes/cluster.html", p.vars);
}
