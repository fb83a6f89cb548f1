/* /api/user-settings: what people have set for themselves, as Backstage has it. */
#include "handlers/handlers.h"
#include "identity/setting.h"

enum { MULTIGET_MAX = 500 };

static struct json *setting_json(struct arena *mem, const char *bucket, const char *key, struct json *value)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "bucket", json_str(mem, bucket));
	json_set(mem, v, "key", json_str(mem, key));
	json_set(mem, v, "value", value);
	return v;
}

static int send(struct req *rq, struct resp *rs, struct json *value)
{
	resp_header(rs, "Cache-Control", "no-store");
	return resp_json(rs, 200, setting_json(rq->cx->mem, req_param(rq, "bucket"), req_param(rq, "key"), value));
}

int settings_api_get(struct req *rq, struct resp *rs)
{
	const char *user, *bucket = req_param(rq, "bucket"), *key = req_param(rq, "key");
	struct json *value;
	int rc = setting_owner(rq->cx, &user);

	if (rc == 0)
		rc = setting_get(rq->cx, user, bucket, key, &value);
	else
		return rc;
	if (rc == 0)
		return fail(rq->cx, ERR_NOTFOUND, "Unable to find '%s' in bucket '%s'", key, bucket);
	return rc < 0 ? rc : send(rq, rs, value);
}

int settings_api_set(struct req *rq, struct resp *rs)
{
	static const char *const nothing[] = { NULL };
	struct json *body = NULL, *value = NULL;
	const char *user;
	int rc = setting_owner(rq->cx, &user);

	if (rc == 0)
		rc = body_object(rq, nothing, NULL, &body);
	if (rc == 0 && !(value = json_get(body, "value")))
		rc = fail(rq->cx, ERR_INPUT, "Missing required field \"value\"");
	if (rc == 0)
		rc = setting_set(rq->cx, user, req_param(rq, "bucket"), req_param(rq, "key"), value);
	return rc < 0 ? rc : send(rq, rs, value);
}

int settings_api_delete(struct req *rq, struct resp *rs)
{
	const char *user;
	int rc = setting_owner(rq->cx, &user);

	if (rc == 0)
		rc = setting_delete(rq->cx, user, req_param(rq, "bucket"), req_param(rq, "key"));
	return rc < 0 ? rc : resp_empty(rs, 204);
}

/* One of {items: [{bucket, key}]}: the setting, or null. */
static int get_one(struct req *rq, const char *user, const struct json *item, size_t i, struct json *out)
{
	const char *bucket = json_get_text(item, "bucket", NULL), *key = json_get_text(item, "key", NULL);
	struct json *value;
	int rc;

	if (!bucket || !key)
		return fail(rq->cx, ERR_INPUT, "request/body/items/%zu must be {bucket, key}", i);
	rc = setting_get(rq->cx, user, bucket, key, &value);
	json_push(rq->cx->mem, out, rc == 1 ? setting_json(rq->cx->mem, bucket, key, value) : json_null(rq->cx->mem));
	return rc < 0 ? rc : 0;
}

int settings_api_multiget(struct req *rq, struct resp *rs)
{
	static const char *const need[] = { "items", NULL };
	struct json *v = json_object(rq->cx->mem), *list = json_array(rq->cx->mem), *body = NULL;
	const struct json *items = NULL;
	const char *user;
	int rc = setting_owner(rq->cx, &user);

	if (rc == 0)
		rc = body_object(rq, need, NULL, &body);
	if (rc == 0) {
		items = json_get(body, "items");
		if (!json_is(items, JSON_ARRAY) || items->a.n > MULTIGET_MAX)
			rc = fail(rq->cx, ERR_INPUT, "request/body/items must be array of at most %d", MULTIGET_MAX);
	}
	for (size_t i = 0; rc == 0 && i < items->a.n; i++)
		rc = get_one(rq, user, items->a.items[i], i, list);
	json_set(rq->cx->mem, v, "items", list);
	resp_header(rs, "Cache-Control", "no-store");
	return rc < 0 ? rc : resp_json(rs, 200, v);
}
