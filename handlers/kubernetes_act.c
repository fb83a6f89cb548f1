/* What is done with one object of an entity: its log, deleting a pod, restarting a workload. */
#include "base/clock.h"
#include "base/list.h"
#include "catalog/entity.h"
#include "ext/json.h"
#include "handlers/handlers.h"
#include "handlers/kubernetes.h"
#include "handlers/sign_in.h"
#include "identity/audit.h"
#include "identity/identity.h"
#include "kubernetes/match.h"

enum { NAME_MOST = 253, TAIL = 500, TAIL_MOST = 100000 };

/* ---- whose it is ---- */

/* As the API has it: letters, digits, "-" and ".". */
static bool is_name(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(s[i]) && s[i] != '-' && (s[i] != '.' || i == 0))
			return false;
	return n > 0 && n <= NAME_MOST;
}

/* The entity's questions to that cluster: of a system there may be several. */
static int find_lookups(struct ctx *cx, const struct json *entity, const char *cluster, const char *ns, struct lookups *out)
{
	struct clusters all = { 0 };
	struct lookups found = { 0 };
	int rc = clusters_load(cx, &all);

	if (rc == 0)
		rc = match_whole(cx, &all, entity, &found);
	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		const struct lookup *l = &found.items[i];

		if (streq(l->cluster->name, cluster) && (!l->ns || streq(l->ns, ns)))
			*list_add(cx->mem, out) = *l;
	}
	return rc;
}

/* Asks the cluster itself: the selector and the name have to fit one object. */
static int belongs(struct req *rq, const struct lookup *l, const char *base, const char *name, struct kubernetes_pipe p)
{
	struct arena *mem = rq->cx->mem;
	struct fetch_answer answer;
	struct json *list;
	int rc;

	p.method = "GET";
	p.path = arena_printf(mem, "%s?limit=1&labelSelector=%s&fieldSelector=metadata.name%%3D%s", base,
			      url_encode(mem, l->selector, false), url_encode(mem, name, false));
	rc = kubernetes_fetch(rq, &p, &answer);
	if (rc == 0 && answer.status != 200)
		return fail(rq->cx, answer.status == 403 || answer.status == 401 ? ERR_DENIED : ERR_UPSTREAM,
			    "cluster '%s' answered with status %d", l->cluster->name, answer.status);
	if (rc == 0)
		rc = json_parse_within(rq->cx, answer.body, 64 << 20, &list);
	if (rc == 0 && json_len(json_get(list, "items")) != 1)
		rc = fail(rq->cx, ERR_NOTFOUND, "there is no '%s' among the entity's objects", name);
	return rc;
}

/* A browser is told what would help; programs, what their question lacks. */
static int judge_token(struct req *rq, const struct kubernetes_pipe *p, bool away)
{
	const struct cluster *c = p->cluster;
	const char *name = c->title ? c->title : c->name;
	bool access;

	if (c->credential != CREDENTIAL_USER || p->user_token || p->authorization || !rq->cx->who || !rq->cx->who->by_cookie)
		return 0;
	if (away)
		return fail(rq->cx, ERR_UNAVAILABLE, "the sign-in has to be renewed for cluster '%s', whose provider is away",
			    c->name);
	if (!cluster_sign_in(c, &access))
		return fail(rq->cx, ERR_DENIED, "Tokens of who has signed in are not sent to %s", name);
	return fail(rq->cx, ERR_DENIED, "%s wants to know who asks: sign in (again) with %s", name,
		    sign_in_title(cluster_sign_in(c, &access)));
}

int kubernetes_object(struct req *rq, const struct json *entity, const char *cluster, const char *ns, const char *plural,
		      const char *name, struct kubernetes_pipe *p)
{
	struct ctx *cx = rq->cx;
	struct lookups found = { 0 };
	struct cluster_user user;
	bool away;
	int rc;

	if (!cluster || !*cluster)
		return fail(cx, ERR_INPUT, "request/query must have required property 'cluster'");
	if (!is_name(ns) || !is_name(name))
		return fail(cx, ERR_INPUT, "request/query must name the object: its namespace and its name");
	rc = find_lookups(cx, entity, cluster, ns, &found);
	if (rc == 0)
		rc = kubernetes_user(rq, &found, &user, &away);
	if (rc < 0)
		return rc;
	const char *base =
		arena_printf(cx->mem, "%s/namespaces/%s/%s", streq(plural, "pods") ? "/api/v1" : "/apis/apps/v1", ns, plural);

	rc = fail(cx, ERR_NOTFOUND, "the entity is not looked for in cluster '%.200s'", cluster);
	for (size_t i = 0; rc == ERR_NOTFOUND && i < found.n; i++) {
		p->cluster = found.items[i].cluster;
		p->user_token = cluster_session_token(p->cluster, &user);
		kubernetes_token(rq, p);
		rc = judge_token(rq, p, away);
		if (rc == 0)
			rc = belongs(rq, &found.items[i], base, name, *p);
	}
	if (rc < 0)
		return rc;
	cx->err = (struct err){ 0 };
	p->path = arena_printf(cx->mem, "%s/%s", base, name);
	audit_note(cx, "cluster", cluster);
	audit_note(cx, "object", arena_printf(cx->mem, "%s/%s/%s", plural, ns, name));
	return 0;
}

static int find_entity(struct req *rq, struct json **out)
{
	struct entity found;
	int rc = entity_by_name(rq->cx, req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name"), &found);

	return rc < 0 ? rc : json_parse(rq->cx, found.body, out);
}

static int find(struct req *rq, const char *plural, const char *name, struct kubernetes_pipe *p)
{
	struct json *entity;
	int rc = find_entity(rq, &entity);

	if (rc == 0)
		rc = kubernetes_object(rq, entity, req_query(rq, "cluster"), req_query(rq, "ns"), plural, name, p);
	return rc;
}

/* ---- logs ---- */

static bool is_set(const struct req *rq, const char *name)
{
	const char *v = req_query(rq, name);

	return v && (streq(v, "true") || streq(v, "1"));
}

int kubernetes_api_logs(struct req *rq, struct resp *rs)
{
	struct kubernetes_pipe p = { .method = "GET", .accept = "*/*" };
	const char *container = req_query(rq, "container"), *pod = req_query(rq, "pod");
	struct buf path = { .mem = rq->cx->mem };
	long tail = TAIL;
	int rc = query_number(rq, "tail", 1, &tail);

	if (rc == 0 && container && !is_name(container))
		rc = fail(rq->cx, ERR_INPUT, "request/query/container is no name");
	if (rc == 0)
		rc = find(rq, "pods", pod, &p);
	if (rc < 0)
		return rc;
	buf_addf(&path, "%s/log?tailLines=%ld", p.path, tail < TAIL_MOST ? tail : TAIL_MOST);
	if (container)
		buf_addf(&path, "&container=%s", container);
	buf_adds(&path, is_set(rq, "previous") ? "&previous=true" : "");
	buf_adds(&path, is_set(rq, "follow") ? "&follow=true" : "");
	buf_adds(&path, is_set(rq, "timestamps") ? "&timestamps=true" : "");
	p.path = buf_text(&path);
	rc = kubernetes_pour(rq, rs, &p);
	if (rc == 0 && is_set(rq, "download"))
		resp_header(rs, "Content-Disposition",
			    arena_printf(rq->cx->mem, "attachment; filename=\"%s%s%s.log\"", pod, container ? "-" : "",
					 container ? container : ""));
	return rc;
}

/* ---- changes ---- */

/* What the cluster says to a change is its own: a refusal of its rights is told as one. */
int kubernetes_change(struct req *rq, const struct kubernetes_pipe *p)
{
	struct fetch_answer answer;
	struct ctx cx = { .mem = rq->cx->mem, .request_id = "" };
	struct json *v;
	int rc = kubernetes_fetch(rq, p, &answer);

	if (rc < 0)
		return rc;
	if (answer.status >= 200 && answer.status < 300)
		return 0;
	const char *why = json_parse_within(&cx, answer.body, 16 << 20, &v) == 0 ? json_get_text(v, "message", "") : "";

	return fail(rq->cx,
		    answer.status == 401 || answer.status == 403 ? ERR_DENIED
		    : answer.status == 404                       ? ERR_NOTFOUND
		    : answer.status == 409                       ? ERR_CONFLICT
								 : ERR_UPSTREAM,
		    "cluster '%s' answered with status %d%s%.500s", p->cluster->name, answer.status, *why ? ": " : "", why);
}

int kubernetes_api_delete_pod(struct req *rq, struct resp *rs)
{
	struct kubernetes_pipe p = { .method = "DELETE" };
	int rc = find(rq, "pods", req_query(rq, "pod"), &p);

	if (rc == 0)
		rc = kubernetes_change(rq, &p);
	return rc < 0 ? rc : resp_empty(rs, 204);
}

/* As kubectl does: a changed annotation of the template makes new pods, one after the other. */
int kubernetes_restart(struct req *rq, const struct json *entity, const struct kubernetes_one *of)
{
	static const char *const plurals[] = { "deployments", "statefulsets", "daemonsets" };
	struct kubernetes_pipe p = { .method = "PATCH", .content_type = "application/strategic-merge-patch+json" };
	bool known = false;
	char now[25];
	int rc;

	for (size_t i = 0; i < LEN(plurals); i++)
		known = known || (of->plural && streq(of->plural, plurals[i]));
	if (!known)
		return fail(rq->cx, ERR_INPUT, "request/query/type must be deployments, statefulsets or daemonsets");
	rc = kubernetes_object(rq, entity, of->cluster, of->ns, of->plural, of->name, &p);
	if (rc < 0)
		return rc;
	clock_format(clock_wall_ms(), now);
	p.body = str_of(arena_printf(rq->cx->mem,
				     "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{"
				     "\"kubectl.kubernetes.io/restartedAt\":\"%s\"}}}}}",
				     now));
	return kubernetes_change(rq, &p);
}

int kubernetes_api_restart(struct req *rq, struct resp *rs)
{
	struct kubernetes_one of = { req_query(rq, "cluster"), req_query(rq, "ns"), req_query(rq, "type"),
				     req_query(rq, "workload") };
	struct json *entity;
	int rc = find_entity(rq, &entity);

	if (rc == 0)
		rc = kubernetes_restart(rq, entity, &of);
	return rc < 0 ? rc : resp_empty(rs, 204);
}
