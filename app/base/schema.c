/* Checks values against JSON Schema draft 7: the keywords for every type, and the bookkeeping. */
#include "base/schema_private.h"

#include <math.h>

#include "base/list.h"
#include "base/utf8.h"

enum { MAX_FAULTS = 100, MAX_DEPTH = 250, MAX_STEPS = 3000000 };

static const char *pointer(struct arena *mem, const struct schema_at *at)
{
	struct buf out = { .mem = mem };
	size_t n = 0;

	for (const struct schema_at *a = at; a; a = a->up)
		n++;
	const struct schema_at **chain = arena_calloc(mem, n + 1, sizeof(*chain));

	for (size_t i = n; at; at = at->up)
		chain[--i] = at;
	for (size_t i = 0; i < n; i++) {
		buf_addc(&out, '/');
		if (!chain[i]->key.p)
			buf_addf(&out, "%zu", chain[i]->index);
		for (size_t k = 0; chain[i]->key.p && k < chain[i]->key.n; k++) {
			char c = chain[i]->key.p[k];

			if (c == '~' || c == '/')
				buf_adds(&out, c == '~' ? "~0" : "~1");
			else
				buf_addc(&out, c);
		}
	}
	return buf_text(&out);
}

bool schema_fault(struct schema_run *r, const struct schema_at *at, const struct json *value, const char *keyword,
		  const char *message, const char *params)
{
	if (!r->mute && r->out->n < MAX_FAULTS)
		*list_add(r->mem, r->out) = (struct schema_error){
			.path = pointer(r->mem, at),
			.message = message,
			.keyword = keyword,
			.params = params,
			.value = value,
		};
	return false;
}

const char *schema_text(struct arena *mem, const struct json *v)
{
	struct buf out = { .mem = mem };

	if (json_is(v, JSON_STRING))
		return v->s.p;
	if (json_is(v, JSON_OBJECT))
		return "[object Object]";
	if (!json_is(v, JSON_ARRAY)) {
		if (v)
			json_write(&out, v);
		return buf_text(&out);
	}
	for (size_t i = 0; i < v->a.n; i++) {
		if (i)
			buf_addc(&out, ',');
		/* as Array.prototype.join: null is nothing; deeper arrays are not worth the recursion */
		if (json_is(v->a.items[i], JSON_ARRAY))
			json_write(&out, v->a.items[i]);
		else if (!json_is(v->a.items[i], JSON_NULL))
			buf_adds(&out, schema_text(mem, v->a.items[i]));
	}
	return buf_text(&out);
}

const struct regex *schema_regex(struct schema_run *r, const struct json *pattern)
{
	for (size_t i = 0; i < r->patterns.n; i++)
		if (r->patterns.items[i].text == pattern->s.p)
			return r->patterns.items[i].re;
	const struct regex *re = regex_compile(r->mem, pattern->s, 0, NULL);

	*list_add(r->mem, &r->patterns) = (struct schema_pattern){ pattern->s.p, re };
	return re;
}

bool schema_regex_fits(const struct regex *re, struct str text)
{
	return regex_search(re, text, 0, NULL, 0) == 1;
}

static bool is_type(const struct json *v, const char *type)
{
	switch (v->type) {
	case JSON_NULL:
		return streq(type, "null");
	case JSON_BOOL:
		return streq(type, "boolean");
	case JSON_NUMBER:
		return streq(type, "number") || (streq(type, "integer") && isfinite(v->num) && trunc(v->num) == v->num);
	case JSON_STRING:
		return streq(type, "string");
	case JSON_ARRAY:
		return streq(type, "array");
	case JSON_OBJECT:
		return streq(type, "object");
	}
	return false;
}

static bool check_type(struct schema_run *r, const struct json *schema, const struct json *value, const struct schema_at *at)
{
	const struct json *type = json_get(schema, "type");

	if (json_is(type, JSON_STRING) && is_type(value, type->s.p))
		return true;
	for (size_t i = 0; json_is(type, JSON_ARRAY) && i < type->a.n; i++)
		if (is_type(value, json_text(type->a.items[i], "")))
			return true;
	if (!json_is(type, JSON_STRING) && !json_is(type, JSON_ARRAY))
		return true;
	const char *names = schema_text(r->mem, type);

	return schema_fault(r, at, value, "type", arena_printf(r->mem, "must be %s", names),
			    arena_printf(r->mem, "type: %s", names));
}

static bool check_const(struct schema_run *r, const struct json *schema, const struct json *value, const struct schema_at *at)
{
	const struct json *want = json_get(schema, "const"), *all = json_get(schema, "enum");
	bool ok = true;

	if (want && !json_equal(want, value))
		ok = schema_fault(r, at, value, "const", "must be equal to constant",
				  arena_printf(r->mem, "allowedValue: %s", schema_text(r->mem, want)));
	if (!json_is(all, JSON_ARRAY))
		return ok;
	for (size_t i = 0; i < all->a.n; i++)
		if (json_equal(all->a.items[i], value))
			return ok;
	return schema_fault(r, at, value, "enum", "must be equal to one of the allowed values",
			    arena_printf(r->mem, "allowedValues: %s", schema_text(r->mem, all)));
}

bool schema_fits_quietly(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
			 const struct schema_at *at)
{
	r->mute++;
	bool ok = schema_fits(r, schema, base, value, at);

	r->mute--;
	return ok;
}

/* Faults of the branches stay when none fits, as with ajv. */
static bool check_any_of(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
			 const struct schema_at *at)
{
	const struct json *list = json_get(schema, "anyOf");
	size_t n = r->out->n;

	if (!json_is(list, JSON_ARRAY))
		return true;
	for (size_t i = 0; i < list->a.n; i++)
		if (schema_fits(r, list->a.items[i], base, value, at)) {
			r->out->n = n;
			return true;
		}
	return schema_fault(r, at, value, "anyOf", "must match a schema in anyOf", "");
}

static bool check_one_of(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
			 const struct schema_at *at)
{
	const struct json *list = json_get(schema, "oneOf");
	size_t n = r->out->n, hits = 0, which[2] = { 0 };

	if (!json_is(list, JSON_ARRAY))
		return true;
	for (size_t i = 0; i < list->a.n && hits < 2; i++)
		if (schema_fits(r, list->a.items[i], base, value, at))
			which[hits++] = i;
	if (hits == 1) {
		r->out->n = n;
		return true;
	}
	return schema_fault(r, at, value, "oneOf", "must match exactly one schema in oneOf",
			    hits ? arena_printf(r->mem, "passingSchemas: %zu,%zu", which[0], which[1])
				 : "passingSchemas: null");
}

static bool check_if(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		     const struct schema_at *at)
{
	const struct json *cond = json_get(schema, "if"), *then = json_get(schema, "then"), *other = json_get(schema, "else");

	if (!cond || (!then && !other))
		return true;
	bool yes = schema_fits_quietly(r, cond, base, value, at);
	const struct json *next = yes ? then : other;

	if (!next || schema_fits(r, next, base, value, at))
		return true;
	return schema_fault(r, at, value, "if", yes ? "must match \"then\" schema" : "must match \"else\" schema",
			    yes ? "failingKeyword: then" : "failingKeyword: else");
}

static bool check_logic(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
			const struct schema_at *at)
{
	const struct json *not = json_get(schema, "not"), *all = json_get(schema, "allOf");
	bool ok = true;

	if (not &&schema_fits_quietly(r, not, base, value, at))
		ok = schema_fault(r, at, value, "not", "must NOT be valid", "");
	ok &= check_any_of(r, schema, base, value, at);
	ok &= check_one_of(r, schema, base, value, at);
	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++)
		ok &= schema_fits(r, all->a.items[i], base, value, at);
	return check_if(r, schema, base, value, at) && ok;
}

/* In ajv's order. A type that is wrong is the only fault of a value. */
static bool check_keywords(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
			   const struct schema_at *at)
{
	bool ok;

	base = schema_base(r, schema, base);
	if (!check_type(r, schema, value, at))
		return false;
	ok = value->type != JSON_NUMBER || schema_number(r, schema, value, at);
	ok &= value->type != JSON_STRING || schema_string(r, schema, value, at);
	ok &= check_const(r, schema, value, at);
	ok &= check_logic(r, schema, base, value, at);
	ok &= value->type != JSON_ARRAY || schema_array(r, schema, base, value, at);
	ok &= value->type != JSON_OBJECT || schema_object(r, schema, base, value, at);
	return ok;
}

/* A reference makes its neighbours mean nothing. */
static bool check_ref(struct schema_run *r, const char *ref, const char *base, const struct json *value,
		      const struct schema_at *at)
{
	const char *new_base;
	const struct json *schema = schema_resolve(r, base, ref, &new_base);

	if (!schema)
		return schema_fault(r, at, value, "$ref", arena_printf(r->mem, "can't resolve reference %s", ref),
				    arena_printf(r->mem, "ref: %s", ref));
	return schema_fits(r, schema, new_base, value, at);
}

/* Said once, also by what is quiet: the answer is not to be trusted. */
static bool give_up(struct schema_run *r, const struct json *value, const struct schema_at *at)
{
	int mute = r->mute;

	if (r->gave_up)
		return false;
	r->gave_up = true;
	r->mute = 0;
	schema_fault(r, at, value, "$ref", "is not checked: the schema recurses too deep or takes too much work", "");
	r->mute = mute;
	return false;
}

bool schema_fits(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		 const struct schema_at *at)
{
	if (r->gave_up || ++r->steps > MAX_STEPS || r->depth >= MAX_DEPTH)
		return give_up(r, value, at);
	if (schema == &schema_meta)
		return schema_is_one(r, value, "", at, false);
	if (json_is(schema, JSON_BOOL))
		return schema->b || schema_fault(r, at, value, "false schema", "boolean schema is false", "");
	if (!json_is(schema, JSON_OBJECT))
		return true;
	const struct json *ref = json_get(schema, "$ref");

	r->depth++;
	bool ok = json_is(ref, JSON_STRING) ? check_ref(r, ref->s.p, base, value, at)
					    : check_keywords(r, schema, base, value, at);

	r->depth--;
	return ok;
}

bool schema_check(struct arena *mem, const struct json *root, const struct json *value, struct schema_errors *out)
{
	struct schema_run r = { .mem = mem, .root = root, .out = out };
	bool ok = schema_fits(&r, root, "", value, NULL);

	/* where a branch ended by the limits was then taken back, the fault must not be lost */
	if (r.gave_up && ok)
		return schema_fault(&r, NULL, value, "$ref",
				    "is not checked: the schema recurses too deep or takes too much work", "");
	return ok;
}

bool schema_valid(struct arena *mem, const struct json *root, struct schema_errors *out)
{
	struct schema_run r = { .mem = mem, .root = root, .out = out };

	return schema_is_one(&r, root, "", NULL, true);
}
