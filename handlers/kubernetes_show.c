/* One object: what it is, what is wrong with it, its events, its YAML; deleting a pod, restarting a workload. */
#include "ext/json.h"
#include "ext/yaml.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/kubernetes.h"
#include "handlers/kubernetes_find.h"
#include "handlers/kubernetes_page.h"
#include "handlers/kubernetes_view.h"
#include "handlers/links.h"
#include "handlers/may.h"
#include "handlers/page.h"

enum { EVENTS_SHOWN = 100, OWNERS_SHOWN = 5, PODS_SHOWN = 50 };

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text ? text : ""));
}

/* ---- what it says of itself ---- */

static struct json *conditions_json(struct arena *mem, const struct json *object)
{
	const struct json *all = json_path(object, "status", "conditions", NULL);
	struct json *out = json_array(mem);

	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++) {
		struct json *v = json_object(mem);

		set_text(mem, v, "type", json_get_text(all->a.items[i], "type", ""));
		set_text(mem, v, "status", json_get_text(all->a.items[i], "status", ""));
		set_text(mem, v, "reason", json_get_text(all->a.items[i], "reason", ""));
		set_text(mem, v, "message", json_get_text(all->a.items[i], "message", ""));
		set_text(mem, v, "since", json_get_text(all->a.items[i], "lastTransitionTime", ""));
		json_push(mem, out, v);
	}
	return out;
}

static const struct json *named(const struct json *list, const char *name)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (streq(json_get_text(list->a.items[i], "name", ""), name))
			return list->a.items[i];
	return NULL;
}

static void set_state(struct arena *mem, struct json *v, const struct json *status)
{
	static const char *const states[][2] = { { "waiting", "waits" }, { "terminated", "ended" }, { "running", "running" } };

	set_text(mem, v, "state", "unknown");
	set_text(mem, v, "reason", "");
	set_text(mem, v, "since", "");
	for (size_t i = 0; i < LEN(states); i++) {
		const struct json *s = json_path(status, "state", states[i][0], NULL);

		if (!s)
			continue;
		set_text(mem, v, "state", states[i][1]);
		set_text(mem, v, "reason", json_get_text(s, "reason", ""));
		set_text(mem, v, "since", json_get_text(s, "startedAt", ""));
		return;
	}
}

static void add_containers(const struct kubernetes_found *f, struct arena *mem, const char *ref, const char *key,
			   const char *statuses, struct json *out)
{
	const struct json *list = json_path(f->object, "spec", key, NULL);
	const struct json *all = json_path(f->object, "status", statuses, NULL);

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const char *name = json_get_text(list->a.items[i], "name", "");
		const struct json *status = named(all, name);
		struct json *v = json_object(mem);

		set_text(mem, v, "name", name);
		json_set(mem, v, "init", json_bool(mem, streq(key, "initContainers")));
		json_set(mem, v, "image", kubernetes_image(mem, json_get_text(list->a.items[i], "image", "")));
		json_set(mem, v, "ready", json_bool(mem, json_get_bool(status, "ready", false)));
		json_set(mem, v, "restarts", json_num(mem, json_get_num(status, "restartCount", 0)));
		set_state(mem, v, status);
		set_text(mem, v, "log_url",
			 link_kubernetes(mem, ref, "log",
					 arena_printf(mem, "cluster=%s&ns=%s&pod=%s&container=%s", link_encode(mem, f->cluster),
						      link_encode(mem, f->ns), link_encode(mem, f->name),
						      link_encode(mem, name))));
		set_text(mem, v, "shell_url", kubernetes_shell_url(mem, ref, f->cluster, f->ns, f->name, name));
		json_push(mem, out, v);
	}
}

/* Who owns it, and who owns that, as far as they are here: Deployment, ReplicaSet. */
static struct json *owners_json(struct arena *mem, const struct kubernetes_found *f, const char *ref)
{
	const struct json *object = f->object;
	struct json *out = json_array(mem);

	while (object && out->a.n < OWNERS_SHOWN) {
		const struct json *all = json_path(object, "metadata", "ownerReferences", NULL),
				  *first = json_is(all, JSON_ARRAY) && all->a.n ? all->a.items[0] : NULL;
		const char *kind = json_get_text(first, "kind", ""), *name = json_get_text(first, "name", "");
		struct json *v = json_object(mem);

		if (!first)
			break;
		object = kubernetes_object_in(f->item, kind, f->ns, name);

		set_text(mem, v, "kind", kind);
		set_text(mem, v, "name", name);
		set_text(
			mem, v, "url",
			link_kubernetes(mem, ref, "object",
					arena_printf(mem, "cluster=%s&ns=%s&object=%s/%s", link_encode(mem, f->cluster),
						     link_encode(mem, f->ns), link_encode(mem, kind), link_encode(mem, name))));
		json_push(mem, out, v);
	}
	return out;
}

static struct json *events_json(struct arena *mem, const struct kubernetes_found *f)
{
	const struct json *all = json_get(f->item, "events");
	struct json *out = json_array(mem);

	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n && out->a.n < EVENTS_SHOWN; i++) {
		const struct json *e = all->a.items[i], *about = json_get(e, "involvedObject");
		struct json *v = json_object(mem);

		if (!streq(json_get_text(about, "kind", ""), f->kind) || !streq(json_get_text(about, "name", ""), f->name) ||
		    !streq(json_get_text(about, "namespace", ""), f->ns))
			continue;
		set_text(mem, v, "type", json_get_text(e, "type", ""));
		set_text(mem, v, "reason", json_get_text(e, "reason", ""));
		set_text(mem, v, "message", json_get_text(e, "message", ""));
		json_set(mem, v, "count", json_num(mem, json_get_num(e, "count", 1)));
		set_text(mem, v, "at",
			 json_get_text(e, "lastTimestamp",
				       json_get_text(e, "eventTime", json_get_text(e, "firstTimestamp", ""))));
		json_push(mem, out, v);
	}
	return out;
}

/* What the tables of the entity's page say of it, its pods among it; null: nothing. */
static struct json *row_json(struct arena *mem, const struct kubernetes_found *f, const char *ref)
{
	struct json *items = json_array(mem), *view, *row, *pods;

	json_push(mem, items, json_copy(mem, f->item));
	view = kubernetes_view(mem, items, ref);
	kubernetes_tables(mem, view, items, ref, PODS_SHOWN);
	row = kubernetes_row(view, f->kind, f->ns, f->name);
	pods = json_get(row, "pods");
	if (json_is(pods, JSON_ARRAY)) {
		json_set(mem, row, "pods_all", json_num(mem, (double)pods->a.n));
		pods->a.n = pods->a.n > PODS_SHOWN ? PODS_SHOWN : pods->a.n;
	}
	return row ? row : json_null(mem);
}

/* Findings about it, and about what it owns by name, are not told apart: those that name it. */
static struct json *findings_json(struct arena *mem, const struct kubernetes_found *f, const char *ref)
{
	struct json *items = json_array(mem), *out = json_array(mem), *view;
	static const char *const lists[] = { "findings", "notes" };

	json_push(mem, items, json_copy(mem, f->item));
	view = kubernetes_view(mem, items, ref);
	for (size_t k = 0; k < LEN(lists); k++) {
		const struct json *list = json_get(view, lists[k]);

		for (size_t i = 0; i < json_len(list); i++) {
			const struct json *o = json_get(list->a.items[i], "object");

			if (streq(json_get_text(o, "kind", ""), f->kind) && streq(json_get_text(o, "name", ""), f->name) &&
			    streq(json_get_text(o, "namespace", ""), f->ns))
				json_push(mem, out, list->a.items[i]);
		}
	}
	return out;
}

/* ---- YAML ---- */

/* What every object of Kubernetes begins with; those in lists leave it out. */
static struct json *whole(struct arena *mem, const struct kubernetes_found *f)
{
	static const char *const groups[][2] = {
		{ "Deployment", "apps/v1" },
		{ "ReplicaSet", "apps/v1" },
		{ "StatefulSet", "apps/v1" },
		{ "DaemonSet", "apps/v1" },
		{ "Job", "batch/v1" },
		{ "CronJob", "batch/v1" },
		{ "Ingress", "networking.k8s.io/v1" },
		{ "HorizontalPodAutoscaler", "autoscaling/v2" },
	};
	struct json *o = json_object(mem);
	const char *api = json_get_text(f->object, "apiVersion", NULL);

	for (size_t i = 0; !api && i < LEN(groups); i++)
		if (streq(groups[i][0], f->kind))
			api = groups[i][1];
	set_text(mem, o, "apiVersion", api ? api : "v1");
	set_text(mem, o, "kind", f->kind);
	for (size_t i = 0; i < f->object->o.n; i++)
		json_set(mem, o, f->object->o.m[i].key.p, f->object->o.m[i].value);
	return o;
}

/* Who manages which field is kept nowhere: for those who want it, the cluster is asked. Secrets are not asked for so. */
static const char *managed_plural(const char *kind)
{
	static const char *const kinds[] = { "Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet" };

	for (size_t i = 0; i < LEN(kinds); i++)
		if (streq(kinds[i], kind))
			return kubernetes_type(kind);
	return NULL;
}

static int fetch_managed(struct entity_page *p, const struct kubernetes_found *f, struct json **out)
{
	struct kubernetes_pipe pipe = { .method = "GET" };
	struct fetch_answer answer;
	int rc = kubernetes_object(p->rq, p->doc, f->cluster, f->ns, managed_plural(f->kind), f->name, &pipe);

	if (rc == 0)
		rc = kubernetes_fetch(p->rq, &pipe, &answer);
	if (rc == 0 && answer.status != 200)
		return fail(p->cx, ERR_UPSTREAM, "cluster '%s' answered with status %d", f->cluster, answer.status);
	return rc < 0 ? rc : json_parse_within(p->cx, answer.body, 64 << 20, out);
}

static int add_yaml(struct entity_page *p, const struct kubernetes_found *f)
{
	struct arena *mem = p->cx->mem;
	const char *wish = req_query(p->rq, "managed");
	bool can = managed_plural(f->kind) != NULL, managed = can && wish && streq(wish, "1");
	struct json *object = whole(mem, f);
	struct buf text = { .mem = mem };
	int rc = managed ? fetch_managed(p, f, &object) : 0;

	if (rc == 0)
		rc = yaml_write(p->cx, object, &text);
	if (rc < 0)
		return rc;
	json_set(mem, p->vars, "yaml", json_strn(mem, buf_text(&text), text.n));
	json_set(mem, p->vars, "managed", json_bool(mem, managed));
	set_text(mem, p->vars, "managed_url", !can ? "" : managed ? f->url : arena_printf(mem, "%s&managed=1#yaml", f->url));
	return 0;
}

/* ---- what may be done ---- */

static bool can_restart(const char *kind)
{
	return streq(kind, "Deployment") || streq(kind, "StatefulSet") || streq(kind, "DaemonSet");
}

static void add_actions(struct entity_page *p, const struct kubernetes_found *f)
{
	struct ctx *cx = p->cx;
	bool pod = streq(f->kind, "Pod") && kubernetes_enabled(cx, "podDelete") && page_allows(cx, "kubernetes.pods.delete");
	bool restart =
		can_restart(f->kind) && kubernetes_enabled(cx, "restart") && page_allows(cx, "kubernetes.workloads.restart");

	json_set(cx->mem, p->vars, "may_delete", json_bool(cx->mem, pod));
	json_set(cx->mem, p->vars, "may_restart", json_bool(cx->mem, restart));
	json_set(cx->mem, p->vars, "may_exec", json_bool(cx->mem, kubernetes_shells(cx)));
	set_text(cx->mem, p->vars, "delete_url", link_kubernetes(cx->mem, p->found.ref, "delete-pod", ""));
	set_text(cx->mem, p->vars, "restart_url", link_kubernetes(cx->mem, p->found.ref, "restart", ""));
}

/* ---- the page ---- */

static void add_facts(struct entity_page *p, const struct kubernetes_found *f)
{
	struct arena *mem = p->cx->mem;
	const struct json *meta = json_get(f->object, "metadata");
	struct json *o = json_object(mem), *containers = json_array(mem);
	struct json *annotations =
		json_get(meta, "annotations") ? json_copy(mem, json_get(meta, "annotations")) : json_object(mem);

	/* It stands in the YAML; as a line it only hides the others. */
	json_remove(annotations, "kubectl.kubernetes.io/last-applied-configuration");
	set_text(mem, o, "kind", f->kind);
	set_text(mem, o, "name", f->name);
	set_text(mem, o, "ns", f->ns);
	set_text(mem, o, "cluster", f->cluster);
	set_text(mem, o, "cluster_title", f->title);
	set_text(mem, o, "dashboard", f->dashboard);
	set_text(mem, o, "since", json_get_text(meta, "creationTimestamp", ""));
	set_text(mem, o, "uid", json_get_text(meta, "uid", ""));
	set_text(mem, o, "node", json_get_text(json_get(f->object, "spec"), "nodeName", ""));
	set_text(mem, o, "phase", json_get_text(json_get(f->object, "status"), "phase", ""));
	json_set(mem, o, "labels", entity_pairs(mem, json_get(meta, "labels")));
	json_set(mem, o, "annotations", entity_pairs(mem, annotations));
	json_set(mem, o, "owners", owners_json(mem, f, p->found.ref));
	json_set(mem, o, "row", row_json(mem, f, p->found.ref));
	json_set(mem, o, "conditions", conditions_json(mem, f->object));
	json_set(mem, o, "events", events_json(mem, f));
	json_set(mem, o, "findings", findings_json(mem, f, p->found.ref));
	if (streq(f->kind, "Pod")) {
		add_containers(f, mem, p->found.ref, "initContainers", "initContainerStatuses", containers);
		add_containers(f, mem, p->found.ref, "containers", "containerStatuses", containers);
	}
	json_set(mem, o, "containers", containers);
	json_set(mem, p->vars, "o", o);
	set_text(mem, p->vars, "back", link_kubernetes(mem, p->found.ref, "", ""));
}

int kubernetes_show(struct req *rq, struct resp *rs)
{
	static const char *const known[] = { "cluster", "ns", "object", "managed", "said", NULL };
	struct kubernetes_found f = { 0 };
	struct entity_page p;
	int rc = req_only_query(rq, known);

	if (rc == 0)
		rc = kubernetes_open(rq, &p);
	if (rc == 0)
		rc = kubernetes_find(&p, req_query(rq, "cluster"), req_query(rq, "ns"), req_query(rq, "object"), &f);
	if (rc < 0)
		return kubernetes_locked(&p, rs, &f, rc);
	if (rc == 0)
		rc = entity_head(rq, p.vars, p.doc, "kubernetes");
	if (rc == 0)
		rc = add_yaml(&p, &f);
	if (rc < 0)
		return rc;
	add_facts(&p, &f);
	add_actions(&p, &f);
	resp_header(rs, "Cache-Control", "no-store");
	return page_render(rq, rs, 200, "kubernetes/object.html", p.vars);
}

/* ---- changes ---- */

static int begin_change(struct req *rq, const char *what, struct params *form, struct entity_page *p)
{
	int rc = req_form(rq, form);

	if (rc == 0)
		rc = kubernetes_open(rq, p);
	if (rc == 0 && !kubernetes_enabled(rq->cx, what))
		rc = fail(rq->cx, ERR_DENIED, "kubernetes.frontend.%s.enabled is not set in the configuration", what);
	return rc;
}

static int end_change(struct entity_page *p, struct resp *rs, const char *said)
{
	return resp_redirect(rs, link_kubernetes(p->cx->mem, p->found.ref, "", arena_printf(p->cx->mem, "said=%s", said)));
}

int kubernetes_delete_pod(struct req *rq, struct resp *rs)
{
	struct kubernetes_pipe pipe = { .method = "DELETE" };
	struct params form = { 0 };
	struct entity_page p;
	int rc = begin_change(rq, "podDelete", &form, &p);

	if (rc == 0)
		rc = kubernetes_object(rq, p.doc, params_get(&form, "cluster"), params_get(&form, "ns"), "pods",
				       params_get(&form, "pod"), &pipe);
	if (rc == 0)
		rc = kubernetes_change(rq, &pipe);
	return rc < 0 ? rc : end_change(&p, rs, "pod-deleted");
}

int kubernetes_restart_post(struct req *rq, struct resp *rs)
{
	struct params form = { 0 };
	struct entity_page p;
	int rc = begin_change(rq, "restart", &form, &p);
	const char *kind = rc == 0 ? params_get(&form, "type") : NULL;
	struct kubernetes_one of = { .plural = kind ? kubernetes_type(kind) : NULL };

	if (rc < 0)
		return rc;
	of.cluster = params_get(&form, "cluster");
	of.ns = params_get(&form, "ns");
	of.name = params_get(&form, "workload");
	rc = kubernetes_restart(rq, p.doc, &of);
	return rc < 0 ? rc : end_change(&p, rs, "restarted");
}
