/* One object of an entity. */
#include "handlers/kubernetes_find.h"

#include <string.h>

#include "handlers/kubernetes_page.h"
#include "handlers/kubernetes_view.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "identity/identity.h"
#include "kubernetes/dashboard.h"

enum { FIND_WAIT_MS = 3000 };

static bool is_object(const struct json *o, const char *ns, const char *name)
{
	const struct json *meta = json_get(o, "metadata");

	return streq(json_get_text(meta, "name", ""), name) && streq(json_get_text(meta, "namespace", ""), ns);
}

/* Kubernetes' own kinds by their list, others by what they say they are. */
const struct json *kubernetes_object_in(const struct json *item, const char *kind, const char *ns, const char *name)
{
	const char *type = kubernetes_type(kind);
	const struct json *lists = json_get(item, "resources");

	for (size_t i = 0; json_is(lists, JSON_ARRAY) && i < lists->a.n; i++) {
		const struct json *list = json_get(lists->a.items[i], "resources");
		bool fits = streq(json_get_text(lists->a.items[i], "type", ""), type ? type : "customresources");

		for (size_t j = 0; fits && json_is(list, JSON_ARRAY) && j < list->a.n; j++)
			if (is_object(list->a.items[j], ns, name) &&
			    (type || streq(json_get_text(list->a.items[j], "kind", ""), kind)))
				return list->a.items[j];
	}
	return NULL;
}

static int name_it(struct ctx *cx, const char *cluster, const char *ns, const char *object, struct kubernetes_found *out)
{
	const char *slash = object ? strchr(object, '/') : NULL;

	if (!cluster || !*cluster)
		return fail(cx, ERR_INPUT, "request/query must have required property 'cluster'");
	if (!slash || slash == object || !slash[1])
		return fail(cx, ERR_INPUT, "request/query/object must be 'Kind/name'");
	out->cluster = cluster;
	out->ns = ns ? ns : "";
	out->kind = arena_strndup(cx->mem, object, (size_t)(slash - object));
	out->name = slash + 1;
	return 0;
}

/* The cluster's part of the answer in which it stands. */
static void look(struct arena *mem, const struct json *items, struct kubernetes_found *f, bool *answered)
{
	for (size_t i = 0; i < json_len(items) && !f->object; i++) {
		const struct json *item = items->a.items[i], *c = json_get(item, "cluster");
		const char *state = json_get_text(item, "state", "");

		if (!streq(json_get_text(c, "name", ""), f->cluster))
			continue;
		*answered = *answered || streq(state, "fresh") || streq(state, "stale");
		f->object = kubernetes_object_in(item, f->kind, f->ns, f->name);
		f->item = item;
		f->title = json_get_text(c, "title", f->cluster);
		if (f->object)
			f->dashboard = dashboard_url(mem, c, &(struct dashboard_object){ f->kind, f->ns, f->name, f->object });
	}
}

int kubernetes_locked(struct entity_page *p, struct resp *rs, const struct kubernetes_found *f, int rc)
{
	const struct json *lock = rc == ERR_DENIED && f->item ? json_get(f->item, "lock") : NULL;
	struct json *c;

	if (!lock)
		return rc;
	rc = entity_head(p->rq, p->vars, p->doc, "kubernetes");
	if (rc < 0)
		return rc;
	c = json_object(p->cx->mem);
	json_set(p->cx->mem, c, "lock", json_copy(p->cx->mem, lock));
	json_set(p->cx->mem, p->vars, "c", c);
	json_set(p->cx->mem, p->vars, "cluster_title", json_str(p->cx->mem, f->title));
	json_set(p->cx->mem, p->vars, "back", json_str(p->cx->mem, link_kubernetes(p->cx->mem, p->found.ref, "", "")));
	resp_header(rs, "Cache-Control", "no-store");
	return page_render(p->rq, rs, err_status(ERR_DENIED), "kubernetes/locked.html", p->vars);
}

int kubernetes_find(struct entity_page *p, const char *cluster, const char *ns, const char *object,
		    struct kubernetes_found *out)
{
	struct arena *mem = p->cx->mem;
	struct json *items;
	const char *why;
	bool answered = false;
	int rc = name_it(p->cx, cluster, ns, object, out);

	if (rc == 0)
		rc = kubernetes_items(p, KUBE_VIEW, FIND_WAIT_MS, &items, &why);
	if (rc < 0)
		return rc;
	if (*why)
		return fail(p->cx, ERR_UNAVAILABLE, "%s", why);
	look(mem, items, out, &answered);
	if (!out->object && out->item && json_get(out->item, "lock"))
		return fail(p->cx, ERR_DENIED, "%s", json_get_text(json_get(out->item, "lock"), "text", ""));
	if (!out->object && out->item && !answered)
		return fail(p->cx, ERR_UNAVAILABLE, "The cluster %.200s does not answer", out->title);
	if (!out->object)
		return fail(p->cx, ERR_NOTFOUND, "There is no %.100s '%.200s' among what belongs to %s; it may be gone by now",
			    out->kind, out->name, p->found.ref);
	out->url = link_kubernetes(mem, p->found.ref, "object",
				   arena_printf(mem, "cluster=%s&ns=%s&object=%s/%s", link_encode(mem, out->cluster),
						link_encode(mem, out->ns), link_encode(mem, out->kind),
						link_encode(mem, out->name)));
	return 0;
}

/* ---- pages about a container ---- */

int kubernetes_find_pod(struct req *rq, struct entity_page *p, struct kubernetes_found *out)
{
	const char *pod = req_query(rq, "pod");
	int rc = identity_allow(rq->cx, "kubernetes.resources.read");

	if (rc == 0)
		rc = kubernetes_open(rq, p);
	return rc < 0 ? rc
		      : kubernetes_find(p, req_query(rq, "cluster"), req_query(rq, "ns"),
					arena_printf(rq->cx->mem, "Pod/%s", pod ? pod : ""), out);
}

const char *kubernetes_container_query(struct arena *mem, const struct kubernetes_found *pod, const char *container)
{
	return arena_printf(mem, "cluster=%s&ns=%s&pod=%s&container=%s", link_encode(mem, pod->cluster),
			    link_encode(mem, pod->ns), link_encode(mem, pod->name), link_encode(mem, container));
}

struct json *kubernetes_container_vars(struct entity_page *p, const struct kubernetes_found *pod, const char *container,
				       struct json *choices)
{
	const char *const rows[][2] = {
		{ "cluster", pod->cluster }, { "cluster_title", pod->title }, { "ns", pod->ns },
		{ "pod", pod->name },        { "pod_url", pod->url },         { "container", container }
	};
	struct arena *mem = p->cx->mem;
	struct json *v = json_object(mem);

	for (size_t i = 0; i < LEN(rows); i++)
		json_set(mem, v, rows[i][0], json_str(mem, rows[i][1] ? rows[i][1] : ""));
	json_set(mem, p->vars, "w", v);
	json_set(mem, p->vars, "choices", choices);
	json_set(mem, p->vars, "back", json_str(mem, link_kubernetes(mem, p->found.ref, "", "")));
	return v;
}
