/* /api/kubernetes as Backstage's clients know it: clusters, and the objects of an entity. */
#include "catalog/entity.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "handlers/handlers.h"
#include "handlers/kubernetes.h"
#include "identity/audit.h"
#include "identity/identity.h"
#include "kubernetes/ask.h"
#include "kubernetes/owner.h"
#include "plugins/plugin.h"

/* ---- who asked for what ---- */

/* A line for the log, in Backstage's words. Gives rc. */
static int told(struct req *rq, const char *event, const char *type, const char *entity, int rc)
{
	struct arena *mem = rq->cx->mem;
	struct json *meta = json_object(mem);

	json_set(mem, meta, "queryType", json_str(mem, type));
	if (entity)
		json_set(mem, meta, "entityRef", json_str(mem, entity));
	audit_read(rq->cx, "kubernetes", event, meta, rc);
	return rc;
}

static const char *ref_asked(const struct json *body)
{
	return json_get_text(body, "entityRef", NULL);
}

/* ---- as Backstage has it ---- */

static int list_clusters(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *out = json_object(mem), *items = json_array(mem);
	struct clusters all = { 0 };
	int rc = clusters_load(rq->cx, &all);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < all.n; i++)
		json_push(mem, items, cluster_item(mem, all.items[i]));
	json_set(mem, out, "items", items);
	return resp_json(rs, 200, out);
}

int kubernetes_api_clusters(struct req *rq, struct resp *rs)
{
	return told(rq, "cluster-fetch", "all", NULL, list_clusters(rq, rs));
}

/* Waits for all that answer within their time; of the others the answer says so. */
static int answer(struct req *rq, struct resp *rs, const struct json *entity, const struct json *body,
		  const struct custom_kinds *only)
{
	struct kube_question q = {
		.auth = json_get(body, "auth"), .only = only, .form = KUBE_OBJECTS, .wait_ms = KUBE_WAIT_ALL
	};
	struct clusters all = { 0 };
	struct str text;
	int rc = clusters_load(rq->cx, &all);

	if (rc == 0)
		rc = match_entity(rq->cx, &all, entity, &q.lookups);
	if (rc == 0 && q.lookups.n == 0)
		return resp_json_text(rs, 200, STR("{\"items\":[]}"));
	if (rc == 0)
		rc = kubernetes_ask(rq, &q, &text);
	if (rc == 0)
		resp_header(rs, "Cache-Control", "no-store");
	return rc < 0 ? rc : resp_json_text(rs, 200, text);
}

static int read_body(struct req *rq, struct json **out)
{
	int rc = req_json(rq, out);

	if (rc == 0 && !json_is(*out, JSON_OBJECT))
		rc = fail(rq->cx, ERR_INPUT, "the body must be an object");
	return rc;
}

/* The entity comes with the question, as old clients have it. */
int kubernetes_api_service(struct req *rq, struct resp *rs)
{
	struct json *body;
	const struct json *entity;
	int rc = read_body(rq, &body);

	if (rc < 0)
		return rc;
	entity = json_get(body, "entity");
	if (!json_is(entity, JSON_OBJECT) || !json_text(json_path(entity, "metadata", "name", NULL), NULL))
		return fail(rq->cx, ERR_INPUT, "entity is a required field");
	return told(rq, "resource-fetch", "services", req_param(rq, "service"), answer(rq, rs, entity, body, NULL));
}

static int find_entity(struct ctx *cx, const struct json *body, struct json **out)
{
	const struct json *v = json_get(body, "entityRef");
	const char *text = json_text(v, NULL);
	struct entity found;
	struct ref ref;

	if (v && !text)
		return fail(cx, ERR_INPUT, "entity query must be a string");
	if (!text || !*text)
		return fail(cx, ERR_INPUT, "entity is a required field");
	if (ref_parse(cx, text, NULL, NULL, &ref) < 0)
		return fail_in(cx, ERR_INPUT, "Invalid entity ref");
	int rc = entity_by_name(cx, ref.kind, ref.ns, ref.name, &found);

	if (rc == ERR_NOTFOUND)
		return fail(cx, ERR_NOTFOUND, "Entity ref missing, %s", ref_format(cx->mem, &ref));
	return rc < 0 ? rc : json_parse(cx, found.body, out);
}

int kubernetes_api_workloads(struct req *rq, struct resp *rs)
{
	struct json *body = NULL, *entity;
	int rc = read_body(rq, &body);

	if (rc == 0)
		rc = find_entity(rq->cx, body, &entity);
	if (rc == 0)
		rc = answer(rq, rs, entity, body, NULL);
	return told(rq, "resource-fetch", "workloads", ref_asked(body), rc);
}

static int read_custom(struct ctx *cx, const struct json *body, struct custom_kinds *out)
{
	const struct json *v = json_get(body, "customResources");

	if (!v)
		return fail(cx, ERR_INPUT, "customResources is a required field");
	if (!json_is(v, JSON_ARRAY))
		return fail(cx, ERR_INPUT, "customResources must be an array");
	if (v->a.n == 0)
		return fail(cx, ERR_INPUT, "at least 1 customResource is required");
	return custom_kinds_read(cx, v, out);
}

int kubernetes_api_custom(struct req *rq, struct resp *rs)
{
	struct json *body = NULL, *entity;
	struct custom_kinds only = { 0 };
	int rc = read_body(rq, &body);

	if (rc == 0)
		rc = read_custom(rq->cx, body, &only);
	if (rc == 0)
		rc = find_entity(rq->cx, body, &entity);
	if (rc == 0)
		rc = answer(rq, rs, entity, body, &only);
	return told(rq, "resource-fetch", "custom", ref_asked(body), rc);
}

/* ---- what Backstage does not have ---- */

enum { VIEW_WAIT_MS = 1000 };
static const size_t answer_most = (size_t)512 << 20;

/* What rules of plugins say of others' entities is told to those who may read them. */
static int permit(struct ctx *cx, const struct json *entity, struct str *text)
{
	struct buf b = { .mem = cx->mem };
	struct json *v = NULL;
	int rc;

	if (!plugins_contribute(CONTRIBUTES_HEALTH)->n || !cx->who || !cx->who->reads)
		return 0;
	rc = json_parse_within(cx, *text, answer_most, &v);
	if (rc == 0)
		rc = findings_permit(cx, json_get(v, "items"), ref_of_entity(cx->mem, entity));
	if (rc < 0)
		return rc;
	json_write(&b, v);
	*text = buf_str(&b);
	return 0;
}

/* What is there now, how old it is, which clusters are still being asked, and what is wrong, since when, why, what to do. */
static int answer_findings(struct req *rq, struct resp *rs, struct json **asked)
{
	struct kube_question q = { .form = KUBE_VIEW };
	struct clusters all = { 0 };
	struct json *body, *entity;
	struct str text = STR("{\"items\":[]}");
	int rc = read_body(rq, &body);

	*asked = rc == 0 ? body : NULL;
	if (rc == 0)
		rc = find_entity(rq->cx, body, &entity);
	if (rc == 0)
		rc = clusters_load(rq->cx, &all);
	if (rc == 0)
		rc = match_whole(rq->cx, &all, entity, &q.lookups);
	if (rc < 0)
		return rc;
	double wait = json_get_num(body, "wait", VIEW_WAIT_MS);

	q.wait_ms = wait >= 0 && wait <= KUBE_WAIT_ALL ? (unsigned)wait : VIEW_WAIT_MS;
	q.auth = json_get(body, "auth");
	if (q.lookups.n)
		rc = kubernetes_ask(rq, &q, &text);
	if (rc == 0)
		rc = permit(rq->cx, entity, &text);
	if (rc == 0)
		resp_header(rs, "Cache-Control", "no-store");
	return rc < 0 ? rc : resp_json_text(rs, 200, text);
}

int kubernetes_api_findings(struct req *rq, struct resp *rs)
{
	struct json *asked = NULL;
	int rc = answer_findings(rq, rs, &asked);

	return told(rq, "resource-fetch", "findings", ref_asked(asked), rc);
}

/* Of all clusters, with the entity and its owner at each. */
static int answer_all_findings(struct req *rq, struct resp *rs)
{
	struct kube_question q = { .form = KUBE_FINDINGS };
	struct clusters all = { 0 };
	long wait = VIEW_WAIT_MS;
	struct str text;
	struct json *v;
	int rc = query_number(rq, "wait", 0, &wait);

	if (rc == 0)
		rc = clusters_load(rq->cx, &all);
	if (rc < 0)
		return rc;
	match_all(rq->cx, &all, &q.lookups);
	q.wait_ms = wait <= KUBE_WAIT_ALL ? (unsigned)wait : KUBE_WAIT_ALL;
	rc = q.lookups.n ? kubernetes_ask(rq, &q, &text) : 0;
	if (q.lookups.n == 0)
		text = STR("{\"items\":[]}");
	if (rc == 0)
		rc = json_parse(rq->cx, text, &v);
	if (rc == 0)
		rc = findings_attribute(rq->cx, json_get(v, "items"));
	if (rc < 0)
		return rc;
	resp_header(rs, "Cache-Control", "no-store");
	return resp_json(rs, 200, v);
}

int kubernetes_api_all_findings(struct req *rq, struct resp *rs)
{
	return told(rq, "resource-fetch", "findings", NULL, answer_all_findings(rq, rs));
}

int kubernetes_api_status(struct req *rq, struct resp *rs)
{
	struct json *out = json_object(rq->cx->mem), *items;
	int rc = kube_status(rq->cx, &items);

	if (rc < 0)
		return rc;
	json_set(rq->cx->mem, out, "items", items ? items : json_array(rq->cx->mem));
	return resp_json(rs, 200, out);
}
