/* How an entity runs: the tab of its page, and the card of its overview. */
#include "handlers/kubernetes_page.h"

#include "base/log.h"
#include "catalog/ref.h"
#include "handlers/handlers.h"
#include "handlers/kubernetes.h"
#include "handlers/kubernetes_find.h"
#include "handlers/kubernetes_view.h"
#include "handlers/links.h"
#include "handlers/may.h"
#include "handlers/page.h"
#include "kubernetes/match.h"
#include "kubernetes/owner.h"

/* A page waits no longer than anybody notices; what is missing by then comes with the next look. */
enum { PAGE_WAIT_MS = 45, CARD_WAIT_MS = 400, CARD_FINDINGS = 3 };
/* A page stays small and fast, however many pods there are; who wants all of them says so. */
enum { PODS_SHOWN = 50, PODS_MOST = 5000 };
static const size_t answer_most = (size_t)512 << 20;

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text ? text : ""));
}

/* ---- where it is offered ---- */

bool kubernetes_shown(struct ctx *cx)
{
	return clusters_wanted(cx) && page_allows(cx, "kubernetes.resources.read");
}

bool kubernetes_enabled(const struct ctx *cx, const char *what)
{
	return json_get_bool(json_path(cx->conf, "kubernetes", "frontend", what, NULL), "enabled", false);
}

bool kubernetes_shells(struct ctx *cx)
{
	return kubernetes_enabled(cx, "podExec") && page_allows(cx, "kubernetes.pods.exec");
}

const char *kubernetes_shell_url(struct arena *mem, const char *ref, const char *cluster, const char *ns, const char *pod,
				 const char *container)
{
	return link_kubernetes(mem, ref, "shell",
			       arena_printf(mem, "cluster=%s&ns=%s&pod=%s%s%s", link_encode(mem, cluster), link_encode(mem, ns),
					    link_encode(mem, pod), *container ? "&container=" : "",
					    link_encode(mem, container)));
}

static bool has_parts(const struct json *entity)
{
	const char *kind = json_get_text(entity, "kind", "");

	return str_ieq(kind, "system") || str_ieq(kind, "domain");
}

static bool is_offered(struct ctx *cx, const struct json *entity)
{
	return (match_has(entity) || has_parts(entity)) && kubernetes_shown(cx);
}

static void add_tab(struct ctx *cx, const struct json *entity, const char *title, const char *what, bool current,
		    struct json *tabs)
{
	struct json *t = json_object(cx->mem);

	set_text(cx->mem, t, "title", title);
	set_text(cx->mem, t, "url", link_kubernetes(cx->mem, ref_of_entity(cx->mem, entity), what, ""));
	json_set(cx->mem, t, "current", json_bool(cx->mem, current));
	json_push(cx->mem, tabs, t);
}

void kubernetes_tab_add(struct ctx *cx, const struct json *entity, const char *tab, struct json *tabs)
{
	if (cluster_is_entity(entity) && clusters_wanted(cx) && page_allows(cx, "kubernetes.clusters.read"))
		add_tab(cx, entity, "Cluster", "cluster", streq(tab, "cluster"), tabs);
	if (is_offered(cx, entity))
		add_tab(cx, entity, "Kubernetes", "", streq(tab, "kubernetes"), tabs);
}

/* As a card that is fetched when the page is there; null: none. */
struct json *kubernetes_card_json(struct ctx *cx, const struct json *entity)
{
	const char *ref = ref_of_entity(cx->mem, entity);
	struct json *c = json_object(cx->mem);

	if (!is_offered(cx, entity))
		return json_null(cx->mem);
	set_text(cx->mem, c, "title", "Kubernetes");
	set_text(cx->mem, c, "url", link_kubernetes(cx->mem, ref, "card", ""));
	set_text(cx->mem, c, "page", link_kubernetes(cx->mem, ref, "", ""));
	return c;
}

/* ---- asking ---- */

/* Nothing of Kubernetes is there where nothing of it is configured. */
int kubernetes_open(struct req *rq, struct entity_page *p)
{
	if (!clusters_wanted(rq->cx))
		return fail(rq->cx, ERR_NOTFOUND, "There are no clusters in the configuration");
	return entity_page_open(rq, RELATIONS_ALL, p);
}

static int ask(struct entity_page *p, struct kube_question *q, struct json **items)
{
	struct clusters all = { 0 };
	int rc = clusters_load(p->cx, &all);

	if (rc == 0)
		rc = match_whole(p->cx, &all, p->doc, &q->lookups);
	if (rc == 0)
		rc = kubernetes_look(p->rq, q, answer_most, items);
	return rc < 0 ? rc : findings_permit(p->cx, *items, p->found.ref);
}

int kubernetes_items(struct entity_page *p, enum kube_form form, unsigned wait_ms, struct json **items, const char **why)
{
	struct kube_question q = { .form = form, .wait_ms = wait_ms };
	struct err before = p->cx->err;
	int rc = ask(p, &q, items);

	*why = "";
	if (rc == ERR_UNAVAILABLE || rc == ERR_INPUT) {
		log_warn("clusters cannot be asked", "error", p->cx->err.text, NULL);
		*why = rc == ERR_INPUT ? "The clusters of this portal are not set up well: its log says why."
				       : "What asks the clusters is away for the moment.";
		p->cx->err = before;
		*items = json_array(p->cx->mem);
		rc = 0;
	}
	return rc;
}

/* ---- the tab ---- */

int kubernetes_tab(struct req *rq, struct resp *rs)
{
	struct entity_page p;
	struct json *items, *view;
	const char *why;
	int rc = kubernetes_open(rq, &p);
	const char *pods = req_query(rq, "pods");
	bool all = pods && streq(pods, "all");

	if (rc == 0)
		rc = entity_head(rq, p.vars, p.doc, "kubernetes");
	if (rc == 0)
		rc = kubernetes_items(&p, KUBE_TABLES, PAGE_WAIT_MS, &items, &why);
	if (rc < 0)
		return rc;
	view = kubernetes_view(rq->cx->mem, items, p.found.ref);
	kubernetes_tables(rq->cx->mem, view, items, p.found.ref, all ? PODS_MOST : PODS_SHOWN);
	set_text(rq->cx->mem, p.vars, "all_url", all ? "" : link_kubernetes(rq->cx->mem, p.found.ref, "", "pods=all"));
	json_set(rq->cx->mem, p.vars, "k", view);
	json_set(rq->cx->mem, p.vars, "annotated", json_bool(rq->cx->mem, match_has(p.doc) || has_parts(p.doc)));
	set_text(rq->cx->mem, p.vars, "selector", match_has(p.doc) ? match_selector(rq->cx->mem, p.doc) : "");
	set_text(rq->cx->mem, p.vars, "why", why);
	json_set(rq->cx->mem, p.vars, "may_exec", json_bool(rq->cx->mem, kubernetes_shells(rq->cx)));
	resp_header(rs, "Cache-Control", "no-store");
	return page_render(rq, rs, 200, "kubernetes/entity.html", p.vars);
}

/* ---- the card ---- */

int kubernetes_card(struct req *rq, struct resp *rs)
{
	struct entity_page p;
	struct json *items, *view, *found;
	const char *why;
	int rc = kubernetes_open(rq, &p);

	if (rc == 0)
		rc = kubernetes_items(&p, KUBE_FINDINGS, CARD_WAIT_MS, &items, &why);
	if (rc < 0)
		return rc;
	view = kubernetes_view(rq->cx->mem, items, p.found.ref);
	found = json_get(view, "findings");
	if (found->a.n > CARD_FINDINGS)
		found->a.n = CARD_FINDINGS;
	json_set(rq->cx->mem, p.vars, "k", view);
	set_text(rq->cx->mem, p.vars, "why", why);
	set_text(rq->cx->mem, p.vars, "page", link_kubernetes(rq->cx->mem, p.found.ref, "", ""));
	resp_header(rs, "Cache-Control", "no-store");
	return page_render(rq, rs, 200, "kubernetes/card.html", p.vars);
}
