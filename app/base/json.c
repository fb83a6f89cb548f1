/* JSON values in an arena: building, reading, comparing. Writing is in json_write.c. */
#include "base/json.h"

#include <stdarg.h>

static struct json *value(struct arena *mem, enum json_type type)
{
	struct json *v = arena_new(mem, struct json);

	v->type = type;
	return v;
}

struct json *json_null(struct arena *mem)
{
	return value(mem, JSON_NULL);
}

struct json *json_bool(struct arena *mem, bool b)
{
	struct json *v = value(mem, JSON_BOOL);

	v->b = b;
	return v;
}

struct json *json_num(struct arena *mem, double num)
{
	struct json *v = value(mem, JSON_NUMBER);

	v->num = num;
	return v;
}

struct json *json_str_ref(struct arena *mem, struct str s)
{
	struct json *v = value(mem, JSON_STRING);

	v->s = s;
	return v;
}

struct json *json_strn(struct arena *mem, const char *s, size_t n)
{
	return json_str_ref(mem, (struct str){ arena_strndup(mem, s, n), n });
}

struct json *json_str(struct arena *mem, const char *s)
{
	return json_strn(mem, s, strlen(s));
}

struct json *json_fmt(struct arena *mem, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *s = arena_vprintf(mem, fmt, ap);

	va_end(ap);
	return json_str_ref(mem, str_of(s));
}

struct json *json_array(struct arena *mem)
{
	return value(mem, JSON_ARRAY);
}

struct json *json_object(struct arena *mem)
{
	return value(mem, JSON_OBJECT);
}

static size_t grown(size_t cap)
{
	return cap ? cap * 2 : 4;
}

void json_push(struct arena *mem, struct json *array, struct json *item)
{
	if (array->a.n == array->a.cap) {
		size_t cap = grown(array->a.cap), one = sizeof(*array->a.items);

		array->a.items = arena_grow(mem, array->a.items, array->a.cap * one, cap * one);
		array->a.cap = cap;
	}
	array->a.items[array->a.n++] = item;
}

void json_append(struct arena *mem, struct json *object, struct str key, struct json *v)
{
	if (object->o.n == object->o.cap) {
		size_t cap = grown(object->o.cap), one = sizeof(*object->o.m);

		object->o.m = arena_grow(mem, object->o.m, object->o.cap * one, cap * one);
		object->o.cap = cap;
	}
	object->o.m[object->o.n++] = (struct json_member){ key, v };
}

static struct json_member *member(const struct json *object, struct str key)
{
	if (!json_is(object, JSON_OBJECT))
		return NULL;
	for (size_t i = 0; i < object->o.n; i++)
		if (str_eq(object->o.m[i].key, key))
			return &object->o.m[i];
	return NULL;
}

struct json *json_setn(struct arena *mem, struct json *object, struct str key, struct json *v)
{
	struct json_member *m = member(object, key);

	if (m)
		return m->value = v;
	json_append(mem, object, (struct str){ arena_strndup(mem, key.p, key.n), key.n }, v);
	return v;
}

struct json *json_set(struct arena *mem, struct json *object, const char *key, struct json *v)
{
	return json_setn(mem, object, str_of(key), v);
}

bool json_remove(struct json *object, const char *key)
{
	struct json_member *m = member(object, str_of(key));

	if (!m)
		return false;
	size_t i = (size_t)(m - object->o.m);

	memmove(m, m + 1, (object->o.n - i - 1) * sizeof(*m));
	object->o.n--;
	return true;
}

struct json *json_getn(const struct json *object, struct str key)
{
	struct json_member *m = member(object, key);

	return m ? m->value : NULL;
}

struct json *json_get(const struct json *object, const char *key)
{
	return json_getn(object, str_of(key));
}

struct json *json_path(const struct json *v, ...)
{
	struct json *at = NULL;
	va_list ap;

	va_start(ap, v);
	for (const char *key; (key = va_arg(ap, const char *));) {
		at = json_get(v, key);
		v = at;
		if (!at)
			break;
	}
	va_end(ap);
	return at;
}

const char *json_text(const struct json *v, const char *dflt)
{
	return json_is(v, JSON_STRING) ? v->s.p : dflt;
}

const char *json_get_text(const struct json *object, const char *key, const char *dflt)
{
	return json_text(json_get(object, key), dflt);
}

double json_get_num(const struct json *object, const char *key, double dflt)
{
	const struct json *v = json_get(object, key);

	return json_is(v, JSON_NUMBER) ? v->num : dflt;
}

bool json_get_bool(const struct json *object, const char *key, bool dflt)
{
	const struct json *v = json_get(object, key);

	return json_is(v, JSON_BOOL) ? v->b : dflt;
}

bool json_has_text(const struct json *list, struct str text)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (json_is(list->a.items[i], JSON_STRING) && str_eq(list->a.items[i]->s, text))
			return true;
	return false;
}

size_t json_len(const struct json *v)
{
	if (json_is(v, JSON_ARRAY))
		return v->a.n;
	return json_is(v, JSON_OBJECT) ? v->o.n : 0;
}

const char *json_type_name(const struct json *v)
{
	static const char *const names[] = { "null", "boolean", "number", "string", "array", "object" };

	return v ? names[v->type] : "undefined";
}

bool json_equal(const struct json *a, const struct json *b)
{
	if (!a || !b || a->type != b->type)
		return a == b;
	switch (a->type) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return a->b == b->b;
	case JSON_NUMBER:
		return a->num == b->num;
	case JSON_STRING:
		return str_eq(a->s, b->s);
	case JSON_ARRAY:
		if (a->a.n != b->a.n)
			return false;
		for (size_t i = 0; i < a->a.n; i++)
			if (!json_equal(a->a.items[i], b->a.items[i]))
				return false;
		return true;
	case JSON_OBJECT:
		if (a->o.n != b->o.n)
			return false;
		for (size_t i = 0; i < a->o.n; i++)
			if (!json_equal(a->o.m[i].value, json_getn(b, a->o.m[i].key)))
				return false;
		return true;
	}
	return false;
}

struct json *json_copy(struct arena *mem, const struct json *v)
{
	struct json *c = arena_new(mem, struct json);

	*c = *v;
	if (v->type == JSON_STRING) {
		c->s.p = arena_strndup(mem, v->s.p, v->s.n);
	} else if (v->type == JSON_ARRAY) {
		c->a.items = arena_array(mem, struct json *, v->a.n);
		c->a.cap = v->a.n;
		for (size_t i = 0; i < v->a.n; i++)
			c->a.items[i] = json_copy(mem, v->a.items[i]);
	} else if (v->type == JSON_OBJECT) {
		c->o.m = arena_array(mem, struct json_member, v->o.n);
		c->o.cap = v->o.n;
		for (size_t i = 0; i < v->o.n; i++) {
			struct str key = v->o.m[i].key;

			c->o.m[i].key = (struct str){ arena_strndup(mem, key.p, key.n), key.n };
			c->o.m[i].value = json_copy(mem, v->o.m[i].value);
		}
	}
	return c;
}
