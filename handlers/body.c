/* JSON bodies of requests, refused in the words of Backstage's request validation. */
#include "base/list.h"
#include "handlers/handlers.h"

/* The JSON object of the request; its required properties are named in need, others than those and optional refused when
 * strict. */
int body_object(struct req *rq, const char *const *need, const char *const *optional, struct json **out)
{
	int rc = req_json(rq, out);

	if (rc < 0)
		return rc;
	if (!json_is(*out, JSON_OBJECT))
		return fail(rq->cx, ERR_INPUT, "request/body must be object");
	for (const char *const *key = need; *key; key++)
		if (!json_get(*out, *key))
			return fail(rq->cx, ERR_INPUT, "request/body must have required property '%s'", *key);
	for (size_t i = 0; optional && i < (*out)->o.n; i++) {
		bool known = false;

		for (const char *const *key = need; *key; key++)
			known |= str_is((*out)->o.m[i].key, *key);
		for (const char *const *key = optional; *key; key++)
			known |= str_is((*out)->o.m[i].key, *key);
		if (!known)
			return fail(rq->cx, ERR_INPUT, "request/body must NOT have additional properties, found '%.100s'",
				    (*out)->o.m[i].key.p);
	}
	return 0;
}

int body_text(struct req *rq, const struct json *body, const char *key, const char **out)
{
	const struct json *v = json_get(body, key);

	if (!json_is(v, JSON_STRING))
		return fail(rq->cx, ERR_INPUT, "request/body/%s must be string", key);
	if (memchr(v->s.p, '\0', v->s.n))
		return fail(rq->cx, ERR_INPUT, "request/body/%s must NOT have NUL characters", key);
	*out = v->s.p;
	return 0;
}

int body_texts(struct req *rq, const struct json *body, const char *key, struct text_list *out)
{
	const struct json *v = json_get(body, key);

	if (v && !json_is(v, JSON_ARRAY))
		return fail(rq->cx, ERR_INPUT, "request/body/%s must be array", key);
	for (size_t i = 0; i < json_len(v); i++) {
		if (!json_is(v->a.items[i], JSON_STRING))
			return fail(rq->cx, ERR_INPUT, "request/body/%s/%zu must be string", key, i);
		if (memchr(v->a.items[i]->s.p, '\0', v->a.items[i]->s.n))
			return fail(rq->cx, ERR_INPUT, "request/body/%s/%zu must NOT have NUL characters", key, i);
		*list_add(rq->cx->mem, out) = v->a.items[i]->s.p;
	}
	return 0;
}

int body_number(struct req *rq, const struct json *body, const char *key, long least, long *out)
{
	const struct json *v = json_get(body, key);

	if (!v)
		return 0;
	if (!json_is(v, JSON_NUMBER) || !(v->num >= -NUMBER_MOST && v->num <= NUMBER_MOST) || v->num != (double)(long)v->num)
		return fail(rq->cx, ERR_INPUT, "request/body/%s must be integer", key);
	*out = (long)v->num;
	if (*out < least)
		return fail(rq->cx, ERR_INPUT, "request/body/%s must be >= %ld", key, least);
	return 0;
}

int body_fields(struct req *rq, const struct json *body, struct fields *out)
{
	struct text_list fields = { 0 };
	int rc = body_texts(rq, body, "fields", &fields);

	for (size_t i = 0; rc == 0 && i < fields.n; i++)
		rc = fields_add(rq->cx, out, fields.items[i]);
	return rc;
}
