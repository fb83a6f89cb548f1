/* The audit log's rows about requests: all that change something, and those that are refused. */
#include "server/record.h"

#include "identity/audit.h"
#include "identity/identity.h"
#include "identity/policy.h"
#include "web/router.h"

void record_origin(struct req *rq)
{
	struct asked *from = arena_new(rq->cx->mem, struct asked);
	const char *agent = req_header(rq, "user-agent"), *host = req_header(rq, "host");

	*from = (struct asked){ .ip = rq->remote_addr ? rq->remote_addr : "",
				.agent = agent ? agent : "",
				.host = host ? host : "",
				.method = rq->method_name,
				.words = arena_new(rq->cx->mem, struct audit_words),
				.url = *rq->query_string ? arena_printf(rq->cx->mem, "%s?%s", rq->path, rq->query_string)
							 : rq->path };
	from->words->meta = json_object(rq->cx->mem);
	rq->cx->asked = from;
}

/* POST is also how long questions are asked: what only reads changes nothing. */
static bool changes(const struct req *rq, const struct permission *p)
{
	return rq->method != GET && rq->method != HEAD && rq->method != OPTIONS && !streq(p->action, "read");
}

/* "catalog.location.create" is Backstage's location-mutate; validating and analysing have events of their own. */
static const char *event_of(struct arena *mem, const char *permission, const char **verb)
{
	const char *thing = strchr(permission, '.'), *last = strrchr(permission, '.');

	*verb = last ? last + 1 : permission;
	if (!thing || thing == last)
		return *verb;
	bool own = streq(*verb, "validate") || streq(*verb, "analyze");

	return arena_printf(mem, "%.*s-%s", (int)(last - thing - 1), thing + 1, own ? *verb : "mutate");
}

/* What a header names, and a handler says, too; of one that is refused no handler says anything. */
static const struct {
	const char *header, *key;
} told[] = { { "backstage-kubernetes-cluster", "cluster" } };

static struct json *meta_of(const struct req *rq, const struct resp *rs, const char *name, const char *verb, int rc)
{
	struct arena *mem = rq->cx->mem;
	struct json *v = json_object(mem), *params = json_object(mem), *said = rq->cx->asked->words->meta;

	json_set(mem, v, "actionType", json_str(mem, verb));
	json_set(mem, v, "permission", json_str(mem, name));
	json_set(mem, v, "route", json_str(mem, rq->route->pattern));
	for (size_t i = 0; i < rq->path_params.n; i++)
		json_set(mem, params, rq->path_params.items[i].name, json_str(mem, rq->path_params.items[i].value));
	if (params->o.n)
		json_set(mem, v, "params", params);
	for (size_t i = 0; i < LEN(told); i++)
		if (req_header(rq, told[i].header))
			json_set(mem, v, told[i].key, json_str(mem, req_header(rq, told[i].header)));
	for (size_t i = 0; i < said->o.n; i++)
		json_setn(mem, v, said->o.m[i].key, said->o.m[i].value);
	json_set(mem, v, "statusCode", json_num(mem, rc < 0 ? err_status(rc) : rs->status));
	return v;
}

void record_request(struct req *rq, const struct resp *rs, int rc, bool reached)
{
	struct ctx *cx = rq->cx;
	/* A handler that decides itself says what for. */
	const char *said = cx->asked->words->permission, *name = rq->route ? rq->route->permission : NULL, *verb;

	if (rq->route && !name)
		name = said;
	const struct permission *p = name ? permission_named(cx->mem, name) : NULL;
	bool refused = rc == ERR_DENIED, failed = rc < 0 || rs->status >= 400;

	if (!p || !cx->who || !(refused || (reached && changes(rq, p))))
		return;
	if (said) {
		name = said;
		p = permission_named(cx->mem, name);
	}
	struct audit_event e = { .plugin = arena_strndup(cx->mem, name, strcspn(name, ".")),
				 .event_id = event_of(cx->mem, name, &verb),
				 .severity = refused                ? AUDIT_HIGH
					     : streq(p->action, "") ? AUDIT_LOW
								    : AUDIT_MEDIUM,
				 .status = failed ? AUDIT_FAILED : AUDIT_SUCCEEDED,
				 .error = rc < 0 ? arena_strdup(cx->mem, cx->err.text) : NULL,
				 /* who is anybody could fill the table with what was refused */
				 .only_log = refused && cx->who->kind == WHO_GUEST };

	if (refused && !changes(rq, p))
		e.event_id = "access-denied";
	e.meta = meta_of(rq, rs, name, verb, rc);
	audit(cx, &e);
}
