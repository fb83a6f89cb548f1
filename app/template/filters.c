/* The table of filters, how they are called, and what they have in common. */
#include "template/filters.h"

static const char *const int_params[] = { "default", "base", NULL };
static const char *const sort_params[] = { "reverse", "case_sensitive", "attribute", NULL };

static const struct filter filters[] = {
#define FILTER(name, params, positional) { #name, filter_##name, params, positional },
#include "template/filters.def"
#undef FILTER
	{ "d", filter_default, NULL, false },
	{ "e", filter_escape, NULL, false },
};

const struct filter *filter_find(struct str name)
{
	for (size_t i = 0; i < LEN(filters); i++)
		if (str_is(name, filters[i].name))
			return &filters[i];
	return NULL;
}

bool template_has_filter(const char *name)
{
	return filter_find(str_of(name)) != NULL;
}

/* Keyword arguments to their places. */
static void place_keywords(struct run *r, const struct filter *f, const struct args *a, struct val *v, size_t *n)
{
	for (size_t i = 0; f->params[i]; i++) {
		struct name key = name_of(str_of(f->params[i]));
		const struct val *given = object_find(r, a->kw, &key);

		if (!given || i + 1 < a->n)
			continue;
		while (*n <= i)
			v[(*n)++] = val_undef();
		v[i + 1] = *given;
		*n = i + 2;
	}
}

int filter_call(struct run *r, const struct filter *f, struct args *a, struct val *out)
{
	enum { MOST = 24 };
	struct val v[MOST];
	struct args with = { v, a->n, NULL };

	*out = val_undef();
	if (!a->kw)
		return f->fn(r, a, out);
	if (f->positional)
		return run_fail(r, "the filter '%s' takes no named arguments", f->name);
	memcpy(v, a->v, a->n * sizeof(*v));
	if (f->params) {
		place_keywords(r, f, a, v, &with.n);
	} else { /* Nunjucks gives such filters all keywords as one object */
		object_put(r, a->kw, "__keywords", val_bool(true));
		v[with.n++] = (struct val){ .t = VAL_OBJECT, .o = a->kw };
	}
	return f->fn(r, &with, out);
}

int filter_text(struct run *r, const char *filter, struct val v, struct text **out)
{
	if (val_none(v) || (v.t == VAL_BOOL && !v.b)) {
		*out = text_new(r, "", 0);
		return 0;
	}
	return filter_need(r, filter, v, out);
}

int filter_need(struct run *r, const char *filter, struct val v, struct text **out)
{
	*out = v.s;
	if (!val_is_text(v))
		return run_fail(r, "'%s' needs a string, not %s", filter, val_kind(v));
	return run_steps(r, v.s->n / 64);
}

struct val filter_like(struct val input, struct text *s)
{
	return (struct val){ .t = input.t == VAL_SAFE ? VAL_SAFE : VAL_STR, .s = s };
}

struct array *filter_list_of(struct run *r, struct val v)
{
	struct array *list;

	if (v.t == VAL_ARRAY)
		return array_load(r, v.a);
	if (!val_is_text(v))
		return NULL;
	list = arena_new(r->mem, struct array);
	for (size_t i = 0, len; i < v.s->n; i += len) {
		unsigned units;
		uint32_t cp;

		len = text_next(v.s->p + i, v.s->n - i, &cp, &units);
		struct text one = { v.s->p + i, len, units };

		for (unsigned k = 0; k < units; k++)
			array_push(r, list,
				   (struct val){ .t = VAL_STR,
						 .s = units == 1 ? text_new(r, one.p, len) : text_sub(r, &one, k, k + 1) });
	}
	return list;
}

int filter_items(struct run *r, struct val v, struct array **out)
{
	double length;
	int rc = 0;

	*out = filter_list_of(r, v);
	if (v.t != VAL_OBJECT)
		return 0;
	rc = val_number(r, object_get(r, v.o, "length"), &length);
	*out = arena_new(r->mem, struct array);
	for (double i = 0; rc == 0 && i < length; i++) {
		const struct text *s = number_text(r, i);
		struct name key = name_of((struct str){ s->p, s->n });
		const struct val *at = object_find(r, v.o, &key);

		array_push(r, *out, at ? *at : val_undef());
		rc = run_steps(r, 1);
	}
	return rc;
}

int filter_path(struct run *r, struct val v, struct val path, struct val *out)
{
	struct str rest, key;
	struct text *s;
	bool found = true;
	int rc;

	*out = v;
	if (!val_truthy(path))
		return 0;
	rc = val_text(r, path, &s);
	if (rc < 0)
		return rc;
	rest = (struct str){ s->p, s->n };
	do {
		struct name name;

		key = path.t == VAL_STR ? str_cut(&rest, '.') : rest;
		name = name_of(key);
		if (val_none(*out))
			return run_fail(r, "'%.*s' is looked for in %s", (int)key.n, key.p, val_kind(*out));
		rc = member_own(r, *out, &name, out, &found);
	} while (rc == 0 && found && path.t == VAL_STR && rest.p);
	return rc;
}

int filter_key(struct run *r, struct val v, struct val key, struct val *out)
{
	struct name name;
	struct text *s;
	bool found;
	int rc = val_text(r, key, &s);

	if (rc < 0)
		return rc;
	if (val_none(v))
		return run_fail(r, "'%.*s' is looked for in %s", (int)s->n, s->p, val_kind(v));
	name = name_of((struct str){ s->p, s->n });
	return member_own(r, v, &name, out, &found);
}

int filter_default(struct run *r, const struct args *a, struct val *out)
{
	bool empty = arg(a, 0).t == VAL_UNDEF || (val_truthy(arg(a, 2)) && !val_truthy(arg(a, 0)));

	(void)r;
	*out = empty ? arg(a, 1) : arg(a, 0);
	return 0;
}

int filter_length(struct run *r, const struct args *a, struct val *out)
{
	struct val v = arg(a, 0);

	if (v.t == VAL_ARRAY)
		*out = val_num((double)array_load(r, v.a)->n);
	else if (v.t == VAL_OBJECT)
		*out = val_num((double)object_load(r, v.o)->n);
	else if (val_is_text(v))
		*out = val_num((double)text_units(v.s));
	else if (val_none(v) || (v.t == VAL_BOOL && !v.b))
		*out = val_num(0);
	return 0;
}

int filter_opt(struct run *r, struct val v, struct text **out)
{
	*out = text_new(r, "", 0);
	return val_none(v) ? 0 : val_text(r, v, out);
}
