/* Methods of objects in cookiecutter's templates, and finding a method. */
#include "template/private.h"

static int key_of(struct run *r, struct val v, struct name *out)
{
	struct text *s;
	int rc = val_text(r, v, &s);

	if (rc == 0)
		*out = name_of((struct str){ s->p, s->n });
	return rc;
}

static int m_get(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct name key;
	int rc = key_of(r, arg(a, 0), &key);
	const struct val *v = rc == 0 ? object_find(r, self.o, &key) : NULL;

	*out = v ? *v : arg(a, 1);
	return rc;
}

static int m_has_key(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct name key;
	int rc = key_of(r, arg(a, 0), &key);

	*out = val_bool(rc == 0 && object_find(r, self.o, &key) != NULL);
	return rc;
}

enum part { KEYS = 1, VALUES = 2 };

static int list_parts(struct run *r, struct object *o, unsigned parts, struct val *out)
{
	const size_t *order = object_order(r, o);

	*out = val_array(r);
	for (size_t i = 0; i < o->n; i++) {
		const struct member *m = &o->m[order ? order[i] : i];
		struct val key = val_str(r, m->key.s.p, m->key.s.n), pair;

		if (parts != (KEYS | VALUES)) {
			array_push(r, out->a, parts == KEYS ? key : m->v);
			continue;
		}
		pair = val_array(r);
		array_push(r, pair.a, key);
		array_push(r, pair.a, m->v);
		array_push(r, out->a, pair);
	}
	return run_steps(r, o->n);
}

static int m_keys(struct run *r, struct val self, const struct args *a, struct val *out)
{
	(void)a;
	return list_parts(r, self.o, KEYS, out);
}

static int m_values(struct run *r, struct val self, const struct args *a, struct val *out)
{
	(void)a;
	return list_parts(r, self.o, VALUES, out);
}

static int m_items(struct run *r, struct val self, const struct args *a, struct val *out)
{
	(void)a;
	return list_parts(r, self.o, KEYS | VALUES, out);
}

const struct method dict_methods[] = {
	{ "get", m_get, 1, 2, true },   { "has_key", m_has_key, 1, 1, true }, { "items", m_items, 0, 0, true },
	{ "keys", m_keys, 0, 0, true }, { "values", m_values, 0, 0, true },   { .name = NULL },
};

const struct method *method_find(const struct run *r, struct val v, struct str name)
{
	static const struct method *const tables[] = {
		[VAL_NUM] = number_methods,  [VAL_STR] = text_methods,    [VAL_SAFE] = text_methods, [VAL_ARRAY] = list_methods,
		[VAL_OBJECT] = dict_methods, [VAL_REGEX] = regex_methods, [VAL_FUNC] = NULL,
	};

	for (const struct method *m = tables[v.t]; m && m->name; m++)
		if (str_is(name, m->name))
			return m->compat && !(r->flags & TEMPLATE_COOKIECUTTER) ? NULL : m;
	return NULL;
}
