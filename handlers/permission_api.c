/* /api/permission and the catalog's part of it: what may somebody do? Behaviour: backstage-facts 7.2. */
#include "base/list.h"
#include "catalog/entity.h"
#include "catalog/permission.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "handlers/handlers.h"
#include "identity/identity.h"
#include "identity/policy.h"
#include "identity/policy_condition.h"

enum { MAX_ITEMS = 5000, MAX_REFS = 10000, JUDGED_AT_ONCE = 500 };

/* ---- what both questions share ---- */

/*
 * The refs of an item, whole and in lower case; what is no reference names nothing. *list: they were a list. *room: how many
 * more the request may name.
 */
static int read_refs(struct req *rq, const struct json *v, size_t item, size_t *room, struct text_list *out, bool *list)
{
	struct arena *mem = rq->cx->mem;
	struct ref r;

	*list = json_is(v, JSON_ARRAY);
	for (size_t i = 0; i < (*list ? v->a.n : 1); i++) {
		const struct json *one = *list ? v->a.items[i] : v;

		if (!json_is(one, JSON_STRING))
			return fail(rq->cx, ERR_INPUT, "request/body/items/%zu/resourceRef must be string or array of strings",
				    item);
		if (!*room)
			return fail(rq->cx, ERR_INPUT, "request/body/items/%zu: a request names at most %d resources", item,
				    MAX_REFS);
		--*room;
		*list_add(mem, out) = ref_parse(rq->cx, one->s.p, NULL, NULL, &r) < 0 ? "" : ref_format(mem, &r);
	}
	rq->cx->err = (struct err){ 0 };
	return 0;
}

/* Adds to results what becomes of some refs; they may be large, so what they are lives in cx->mem of the caller's choice. */
static int judge_some(struct ctx *cx, const struct json *condition, const struct text_list *refs, struct arena *mem,
		      struct json *results)
{
	struct entity *found = arena_array(cx->mem, struct entity, refs->n);
	int rc = entity_by_refs(cx, refs, found);

	for (size_t i = 0; rc >= 0 && i < refs->n; i++) {
		struct json *entity = NULL;

		rc = found[i].body.p ? json_parse(cx, found[i].body, &entity) : 0;
		if (rc == 0 && entity)
			rc = permission_fits(cx, condition, entity);
		json_push(mem, results, json_str(mem, rc == 1 ? "ALLOW" : "DENY"));
	}
	return rc;
}

/* For each ref whether the condition fits; an entity that is not there, or not to be seen, fits none. */
static int judge(struct ctx *cx, const struct json *condition, const struct text_list *refs, bool list, struct json **out)
{
	struct arena *mem = cx->mem;
	struct json *results = json_array(mem);
	int rc = 0;

	for (size_t at = 0; rc >= 0 && at < refs->n; at += JUDGED_AT_ONCE) {
		ARENA scratch = { 0 };
		size_t n = refs->n - at < JUDGED_AT_ONCE ? refs->n - at : JUDGED_AT_ONCE;

		cx->mem = &scratch;
		rc = judge_some(cx, condition, &(struct text_list){ .items = refs->items + at, .n = n }, mem, results);
		cx->mem = mem;
	}
	if (rc < 0)
		return rc;
	*out = list ? results : results->a.items[0];
	return 0;
}

static int read_items(struct req *rq, struct json **out)
{
	static const char *const need[] = { "items", NULL };
	struct json *body;
	int rc = body_object(rq, need, NULL, &body);

	if (rc < 0)
		return rc;
	*out = json_get(body, "items");
	if (!json_is(*out, JSON_ARRAY))
		return fail(rq->cx, ERR_INPUT, "request/body/items must be array");
	if ((*out)->a.n > MAX_ITEMS)
		return fail(rq->cx, ERR_INPUT, "request/body/items must NOT have more than %d items", MAX_ITEMS);
	for (size_t i = 0; i < (*out)->a.n; i++)
		if (!json_is(json_get((*out)->a.items[i], "id"), JSON_STRING))
			return fail(rq->cx, ERR_INPUT, "request/body/items/%zu must have required property 'id'", i);
	return 0;
}

static int send_items(struct req *rq, struct resp *rs, struct json *items)
{
	struct json *v = json_object(rq->cx->mem);

	json_set(rq->cx->mem, v, "items", items);
	resp_header(rs, "Cache-Control", "no-store");
	return resp_json(rs, 200, v);
}

static struct json *answer_of(struct arena *mem, const struct json *item, struct json *result)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "id", json_get(item, "id"));
	json_set(mem, v, "result", result);
	return v;
}

/* ---- POST /api/permission/authorize ---- */

/* One that is known is what policy.def says; another is what the asker says of it. */
static int read_permission(struct req *rq, const struct json *v, size_t item, const struct permission **out)
{
	const char *name = json_get_text(v, "name", ""), *type = json_get_text(v, "type", "");
	const char *resource = json_get_text(v, "resourceType", NULL);
	bool on_resource = streq(type, "resource");
	struct permission *p;

	if (!*name || (!on_resource && !streq(type, "basic")) || !json_is(json_get(v, "attributes"), JSON_OBJECT) ||
	    (on_resource && !resource))
		return fail(
			rq->cx, ERR_INPUT,
			"request/body/items/%zu/permission must be {type: basic or resource, name, attributes, resourceType?}",
			item);
	*out = permission_named(rq->cx->mem, name);
	if (permission_is_known(name)) {
		if (on_resource != ((*out)->resource != NULL))
			return fail(rq->cx, ERR_INPUT, "request/body/items/%zu: %s is a %s permission", item, name,
				    (*out)->resource ? "resource" : "basic");
		return 0;
	}
	p = arena_new(rq->cx->mem, struct permission);
	*p = (struct permission){ .name = name,
				  .action = json_get_text(json_get(v, "attributes"), "action", ""),
				  .resource = on_resource ? resource : NULL };
	*out = p;
	return 0;
}

static struct json *repeated(struct arena *mem, const char *result, size_t n)
{
	struct json *list = json_array(mem);

	while (n--)
		json_push(mem, list, json_str(mem, result));
	return list;
}

static void add_condition(struct arena *mem, struct json *v, const struct permission *p, const struct json *condition)
{
	json_set(mem, v, "pluginId", json_str(mem, condition_plugin(condition)));
	json_set(mem, v, "resourceType", json_str(mem, p->resource));
	json_set(mem, v, "conditions", json_copy(mem, condition));
}

/* Conditions are for services, which apply them themselves; people ask about things. */
static int check_asked(struct req *rq, const struct permission *p, const struct json *about, size_t i)
{
	if (about && !p->resource)
		return fail(rq->cx, ERR_INPUT, "request/body/items/%zu: a basic permission has no resourceRef", i);
	if (p->resource && !about && rq->cx->who->kind != WHO_SERVICE)
		return fail(
			rq->cx, ERR_INPUT,
			"request/body/items/%zu must have required property 'resourceRef': only services are told conditions",
			i);
	return 0;
}

static int decide(struct ctx *cx, const struct json *item, const struct permission *p, const struct text_list *refs, bool list,
		  struct json **out)
{
	static const char *const words[] = {
		[POLICY_DENY] = "DENY", [POLICY_ALLOW] = "ALLOW", [POLICY_CONDITIONAL] = "CONDITIONAL"
	};
	struct policy_decision d;
	struct json *result;
	int rc = policy_decide(cx, p, &d);

	if (rc < 0)
		return rc;
	/* Of tasks and parts of templates there are no refs here: who has them asks for the condition. */
	if (d.result == POLICY_CONDITIONAL && refs->n && !streq(p->resource, CATALOG_ENTITY))
		d.result = POLICY_DENY;
	if (d.result == POLICY_CONDITIONAL && refs->n)
		rc = judge(cx, d.condition, refs, list, &result);
	else
		result = list ? repeated(cx->mem, words[d.result], refs->n) : json_str(cx->mem, words[d.result]);
	if (rc < 0)
		return rc;
	*out = answer_of(cx->mem, item, result);
	if (d.result == POLICY_CONDITIONAL && !refs->n && !list)
		add_condition(cx->mem, *out, p, d.condition);
	return 0;
}

static int authorize(struct req *rq, const struct json *item, size_t i, size_t *room, struct json **out)
{
	const struct json *about = json_get(item, "resourceRef");
	const struct permission *p = NULL;
	struct text_list refs = { 0 };
	bool list = false;
	int rc = read_permission(rq, json_get(item, "permission"), i, &p);

	if (rc == 0)
		rc = check_asked(rq, p, about, i);
	if (rc == 0 && about)
		rc = read_refs(rq, about, i, room, &refs, &list);
	return rc < 0 ? rc : decide(rq->cx, item, p, &refs, list, out);
}

int permission_api_authorize(struct req *rq, struct resp *rs)
{
	struct json *items, *out = json_array(rq->cx->mem), *one;
	size_t room = MAX_REFS;
	int rc = read_items(rq, &items);

	for (size_t i = 0; rc == 0 && i < items->a.n; i++) {
		rc = authorize(rq, items->a.items[i], i, &room, &one);
		if (rc == 0)
			json_push(rq->cx->mem, out, one);
	}
	return rc < 0 ? rc : send_items(rq, rs, out);
}

/* ---- the catalog's part ---- */

static struct json *permission_json(struct arena *mem, const struct permission *p)
{
	struct json *v = json_object(mem), *attributes = json_object(mem);

	json_set(mem, v, "type", json_str(mem, p->resource ? "resource" : "basic"));
	json_set(mem, v, "name", json_str(mem, p->name));
	if (*p->action)
		json_set(mem, attributes, "action", json_str(mem, p->action));
	json_set(mem, v, "attributes", attributes);
	if (p->resource)
		json_set(mem, v, "resourceType", json_str(mem, p->resource));
	return v;
}

int permission_api_metadata(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *v = json_object(mem), *list = json_array(mem);

	for (size_t i = 0; permission_at(i); i++)
		if (str_starts(permission_at(i)->name, "catalog.") && !(permission_at(i)->flags & PERMISSION_SELF))
			json_push(mem, list, permission_json(mem, permission_at(i)));
	json_set(mem, v, "permissions", list);
	json_set(mem, v, "rules", condition_rules_json(mem, "catalog"));
	return resp_json(rs, 200, v);
}

static int apply(struct req *rq, const struct json *item, size_t i, size_t *room, struct json **out)
{
	struct ctx *cx = rq->cx;
	const struct json *conditions = json_get(item, "conditions");
	struct text_list refs = { 0 };
	struct json *result;
	bool list;
	int rc = read_refs(rq, json_get(item, "resourceRef"), i, room, &refs, &list);

	if (rc == 0 && !streq(json_get_text(item, "resourceType", ""), CATALOG_ENTITY))
		rc = fail(cx, ERR_INPUT, "Unexpected resource types: %.100s.", json_get_text(item, "resourceType", "none"));
	if (rc == 0 && condition_check(cx, conditions, false) < 0)
		rc = fail_in(cx, ERR_INPUT, "request/body/items/%zu/conditions", i);
	if (rc == 0 && !streq(condition_resource(conditions), CATALOG_ENTITY))
		rc = fail(cx, ERR_INPUT, "request/body/items/%zu/conditions are not about entities", i);
	if (rc == 0)
		rc = judge(cx, condition_for(cx->mem, conditions, cx->who), &refs, list, &result);
	if (rc == 0)
		*out = answer_of(cx->mem, item, result);
	return rc;
}

int permission_api_apply(struct req *rq, struct resp *rs)
{
	struct json *items, *out = json_array(rq->cx->mem), *one;
	size_t room = MAX_REFS;
	int rc = read_items(rq, &items);

	for (size_t i = 0; rc == 0 && i < items->a.n; i++) {
		rc = apply(rq, items->a.items[i], i, &room, &one);
		if (rc == 0)
			json_push(rq->cx->mem, out, one);
	}
	return rc < 0 ? rc : send_items(rq, rs, out);
}

/* ---- the policy itself, for admins ---- */

static const char *role_asked(struct req *rq)
{
	struct ref r = { req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name") };

	return ref_format(rq->cx->mem, &r);
}

static int send_some(struct req *rq, struct resp *rs, struct json *list)
{
	if (!list->a.n)
		return fail(rq->cx, ERR_NOTFOUND, "There is nothing about %s in the policy", role_asked(rq));
	return resp_json(rs, 200, list);
}

int permission_api_policies(struct req *rq, struct resp *rs)
{
	return resp_json(rs, 200, policy_rules_json(rq->cx, NULL));
}

int permission_api_policies_of(struct req *rq, struct resp *rs)
{
	return send_some(rq, rs, policy_rules_json(rq->cx, role_asked(rq)));
}

int permission_api_roles(struct req *rq, struct resp *rs)
{
	return resp_json(rs, 200, policy_roles_json(rq->cx, NULL));
}

int permission_api_role(struct req *rq, struct resp *rs)
{
	return send_some(rq, rs, policy_roles_json(rq->cx, role_asked(rq)));
}

int permission_api_conditions(struct req *rq, struct resp *rs)
{
	return resp_json(rs, 200, policy_conditions_json(rq->cx));
}

/* The first word of a permission's name is its plugin. */
static struct json *plugin_of(struct arena *mem, struct json *plugins, const char *permission)
{
	struct str plugin = { permission, strcspn(permission, ".") };
	struct json *v;

	for (size_t i = 0; i < plugins->a.n; i++)
		if (str_eq(json_get(plugins->a.items[i], "pluginId")->s, plugin))
			return json_get(plugins->a.items[i], "policies");
	v = json_object(mem);
	json_set(mem, v, "pluginId", json_strn(mem, plugin.p, plugin.n));
	json_push(mem, plugins, v);
	return json_set(mem, v, "policies", json_array(mem));
}

int permission_api_plugins(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *plugins = json_array(mem);

	for (size_t i = 0; permission_at(i); i++) {
		const struct permission *p = permission_at(i);
		struct json *v = json_object(mem);

		if (p->flags & PERMISSION_SELF)
			continue;
		json_set(mem, v, "name", json_str(mem, p->name));
		json_set(mem, v, "policy", json_str(mem, *p->action ? p->action : "use"));
		if (p->resource)
			json_set(mem, v, "resourceType", json_str(mem, p->resource));
		json_push(mem, plugin_of(mem, plugins, p->name), v);
	}
	return resp_json(rs, 200, plugins);
}

int permission_api_rules(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	static const char *const plugins[] = { "catalog", "scaffolder" };
	struct json *list = json_array(mem);

	for (size_t i = 0; i < LEN(plugins); i++) {
		struct json *v = json_object(mem);

		json_set(mem, v, "pluginId", json_str(mem, plugins[i]));
		json_set(mem, v, "rules", condition_rules_json(mem, plugins[i]));
		json_push(mem, list, v);
	}
	return resp_json(rs, 200, list);
}
