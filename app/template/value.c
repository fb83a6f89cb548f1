/* Values: making them, arrays and objects, and the way from and to JSON. */
#include "template/private.h"

#include <stdlib.h>

enum { INDEX_FROM = 12, DEPTH_MAX = 256 };

struct val val_str(struct run *r, const char *p, size_t n)
{
	return (struct val){ .t = VAL_STR, .s = text_new(r, p, n) };
}

struct val val_safe(struct run *r, const char *p, size_t n)
{
	return (struct val){ .t = VAL_SAFE, .s = text_new(r, p, n) };
}

struct val val_lit(struct run *r, const char *literal)
{
	return val_str(r, literal, strlen(literal));
}

struct val val_array(struct run *r)
{
	return (struct val){ .t = VAL_ARRAY, .a = arena_new(r->mem, struct array) };
}

struct val val_object(struct run *r)
{
	return (struct val){ .t = VAL_OBJECT, .o = arena_new(r->mem, struct object) };
}

struct val val_of_json(struct run *r, const struct json *v)
{
	struct val out = val_undef();

	if (!v)
		return out;
	switch (v->type) {
	case JSON_NULL:
		return val_null();
	case JSON_BOOL:
		return val_bool(v->b);
	case JSON_NUMBER:
		return val_num(v->num);
	case JSON_STRING:
		return val_str(r, v->s.p, v->s.n);
	case JSON_ARRAY:
		out = val_array(r);
		out.a->json = v;
		return out;
	case JSON_OBJECT:
		out = val_object(r);
		out.o->json = v;
		return out;
	}
	return out;
}

struct array *array_load(struct run *r, struct array *a)
{
	const struct json *v = a->json;

	if (!v)
		return a;
	a->json = NULL;
	a->n = a->cap = v->a.n;
	a->items = arena_raw(r->mem, a->n * sizeof(*a->items));
	for (size_t i = 0; i < a->n; i++)
		a->items[i] = val_of_json(r, v->a.items[i]);
	return a;
}

void array_push(struct run *r, struct array *a, struct val v)
{
	array_load(r, a);
	*list_add(r->mem, a) = v;
}

struct name name_of(struct str s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return (struct name){ s, h };
}

size_t array_index(struct str key)
{
	size_t n = 0;

	if (key.n == 0 || key.n > 10 || (key.p[0] == '0' && key.n > 1))
		return SIZE_MAX;
	for (size_t i = 0; i < key.n; i++) {
		if (!ascii_digit(key.p[i]))
			return SIZE_MAX;
		n = n * 10 + (size_t)(key.p[i] - '0');
	}
	return n < 4294967295u ? n : SIZE_MAX;
}

static void index_add(struct object *o, size_t i)
{
	size_t at = o->m[i].key.hash & (o->index_cap - 1);

	while (o->index[at])
		at = (at + 1) & (o->index_cap - 1);
	o->index[at] = (uint32_t)i + 1;
}

static void index_build(struct run *r, struct object *o)
{
	o->index_cap = o->index_cap ? o->index_cap * 4 : 64;
	while (o->index_cap < o->n * 2)
		o->index_cap *= 2;
	o->index = arena_array(r->mem, uint32_t, o->index_cap);
	for (size_t i = 0; i < o->n; i++)
		index_add(o, i);
}

static void object_append(struct run *r, struct object *o, const struct name *key, struct val v)
{
	if (o->n == o->cap)
		o->m = list_grow(r->mem, o->m, &o->cap, sizeof(*o->m));
	o->m[o->n++] = (struct member){ *key, v };
	o->numeric = o->numeric || (key->s.n && ascii_digit(key->s.p[0]) && array_index(key->s) != SIZE_MAX);
	if (o->n <= INDEX_FROM)
		return;
	if (o->n * 2 > o->index_cap)
		index_build(r, o);
	else
		index_add(o, o->n - 1);
}

struct object *object_load(struct run *r, struct object *o)
{
	const struct json *v = o->json;

	if (!v)
		return o;
	o->json = NULL;
	o->cap = v->o.n;
	o->m = arena_raw(r->mem, o->cap * sizeof(*o->m));
	for (size_t i = 0; i < v->o.n; i++) {
		struct name key = name_of(v->o.m[i].key);

		object_append(r, o, &key, val_of_json(r, v->o.m[i].value));
	}
	return o;
}

struct val *object_find(struct run *r, struct object *o, const struct name *key)
{
	object_load(r, o);
	if (o->n <= INDEX_FROM) {
		for (size_t i = 0; i < o->n; i++)
			if (name_eq(&o->m[i].key, key))
				return &o->m[i].v;
		return NULL;
	}
	for (size_t at = key->hash & (o->index_cap - 1); o->index[at]; at = (at + 1) & (o->index_cap - 1)) {
		struct member *m = &o->m[o->index[at] - 1];

		if (name_eq(&m->key, key))
			return &m->v;
	}
	return NULL;
}

struct val object_get(struct run *r, struct object *o, const char *key)
{
	struct name name = name_of(str_of(key));
	const struct val *v = object_find(r, o, &name);

	return v ? *v : val_undef();
}

void object_set(struct run *r, struct object *o, const struct name *key, struct val v)
{
	struct val *at = object_find(r, o, key);

	if (at)
		*at = v;
	else
		object_append(r, o, key, v);
}

struct object *object_clone(struct run *r, struct object *o)
{
	struct object *out = arena_new(r->mem, struct object);

	*out = *object_load(r, o);
	out->m = arena_raw(r->mem, out->cap * sizeof(*out->m));
	if (o->n)
		memcpy(out->m, o->m, o->n * sizeof(*o->m));
	if (o->index_cap) {
		out->index = arena_raw(r->mem, o->index_cap * sizeof(*o->index));
		memcpy(out->index, o->index, o->index_cap * sizeof(*o->index));
	}
	return out;
}

void object_put(struct run *r, struct object *o, const char *key, struct val v)
{
	struct name name = name_of(str_of(key));

	object_set(r, o, &name, v);
}

struct order_item {
	size_t number, at;
};

static int order_compare(const void *x, const void *y)
{
	const struct order_item *a = x, *b = y;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

const size_t *object_order(struct run *r, struct object *o)
{
	object_load(r, o);
	if (!o->numeric)
		return NULL;
	struct order_item *items = arena_array(r->mem, struct order_item, o->n);
	size_t *out = arena_array(r->mem, size_t, o->n);

	for (size_t i = 0; i < o->n; i++)
		items[i] = (struct order_item){ array_index(o->m[i].key.s), i };
	qsort(items, o->n, sizeof(*items), order_compare);
	for (size_t i = 0; i < o->n; i++)
		out[i] = items[i].at;
	return out;
}

static struct json *text_json(struct arena *mem, const struct text *s)
{
	char *p = arena_strndup(mem, s->p, s->n);

	text_seal(p, s->n);
	return json_str_ref(mem, (struct str){ p, s->n });
}

static int to_json(struct run *r, struct arena *mem, struct val v, unsigned depth, struct json **out);

static int array_json(struct run *r, struct arena *mem, struct array *a, unsigned depth, struct json **out)
{
	array_load(r, a);
	*out = json_array(mem);
	for (size_t i = 0; i < a->n; i++) {
		struct json *item;
		int rc = to_json(r, mem, a->items[i], depth + 1, &item);

		if (rc < 0)
			return rc;
		json_push(mem, *out, item ? item : json_null(mem));
	}
	return 0;
}

static int object_json(struct run *r, struct arena *mem, struct object *o, unsigned depth, struct json **out)
{
	const size_t *order = object_order(r, o);

	*out = json_object(mem);
	for (size_t i = 0; i < o->n; i++) {
		const struct member *m = &o->m[order ? order[i] : i];
		struct json *item;
		int rc = to_json(r, mem, m->v, depth + 1, &item);

		if (rc < 0)
			return rc;
		if (!item)
			continue;
		char *key = arena_strndup(mem, m->key.s.p, m->key.s.n);

		text_seal(key, m->key.s.n);
		json_append(mem, *out, (struct str){ key, m->key.s.n }, item);
	}
	return 0;
}

static int to_json(struct run *r, struct arena *mem, struct val v, unsigned depth, struct json **out)
{
	struct text *s;
	int rc = run_steps(r, 1);

	*out = NULL;
	if (rc < 0)
		return rc;
	if (depth > DEPTH_MAX)
		return run_fail(r, "the value is nested too deeply");
	switch (v.t) {
	case VAL_UNDEF:
		return 0;
	case VAL_NULL:
		*out = json_null(mem);
		return 0;
	case VAL_BOOL:
		*out = json_bool(mem, v.b);
		return 0;
	case VAL_NUM:
		*out = json_num(mem, v.num);
		return 0;
	case VAL_STR:
	case VAL_SAFE:
		*out = text_json(mem, v.s);
		return 0;
	case VAL_ARRAY:
		return array_json(r, mem, v.a, depth, out);
	case VAL_OBJECT:
		return object_json(r, mem, v.o, depth, out);
	case VAL_REGEX:
	case VAL_FUNC:
		rc = val_text(r, v, &s); /* fails for a function */
		if (rc == 0)
			*out = text_json(mem, s);
		return rc;
	}
	return 0;
}

int val_to_json(struct run *r, struct arena *mem, struct val v, struct json **out)
{
	return to_json(r, mem, v, 0, out);
}
