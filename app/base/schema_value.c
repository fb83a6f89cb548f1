/* The JSON Schema keywords for numbers, strings, arrays and objects. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/schema_private.h"
#include "base/utf8.h"

static const char *number_text(struct arena *mem, double num)
{
	struct buf out = { .mem = mem };

	json_write_number(&out, num);
	return buf_text(&out);
}

static bool is_multiple(double value, double of)
{
	double q = value / of;

	if (!isfinite(q))
		return fmod(value, of) == 0;
	/* 0.0075 is a multiple of 0.0001, whatever binary fractions say */
	return fabs(q - round(q)) <= fabs(q) * DBL_EPSILON * 4;
}

static bool bound(struct schema_run *r, const struct json *value, const struct schema_at *at, const char *keyword,
		  const char *sign, double limit)
{
	const char *text = number_text(r->mem, limit);

	return schema_fault(r, at, value, keyword, arena_printf(r->mem, "must be %s %s", sign, text),
			    arena_printf(r->mem, "comparison: %s, limit: %s", sign, text));
}

bool schema_number(struct schema_run *r, const struct json *schema, const struct json *value, const struct schema_at *at)
{
	const struct json *max = json_get(schema, "maximum"), *min = json_get(schema, "minimum");
	const struct json *below = json_get(schema, "exclusiveMaximum"), *above = json_get(schema, "exclusiveMinimum");
	const struct json *of = json_get(schema, "multipleOf");
	bool ok = true;

	if (json_is(max, JSON_NUMBER) && !(value->num <= max->num))
		ok = bound(r, value, at, "maximum", "<=", max->num);
	if (json_is(min, JSON_NUMBER) && !(value->num >= min->num))
		ok = bound(r, value, at, "minimum", ">=", min->num);
	if (json_is(below, JSON_NUMBER) && !(value->num < below->num))
		ok = bound(r, value, at, "exclusiveMaximum", "<", below->num);
	if (json_is(above, JSON_NUMBER) && !(value->num > above->num))
		ok = bound(r, value, at, "exclusiveMinimum", ">", above->num);
	if (json_is(of, JSON_NUMBER) && of->num > 0 && !is_multiple(value->num, of->num)) {
		const char *text = number_text(r->mem, of->num);

		ok = schema_fault(r, at, value, "multipleOf", arena_printf(r->mem, "must be multiple of %s", text),
				  arena_printf(r->mem, "multipleOf: %s", text));
	}
	return ok;
}

/* max… and min… of a count of things. */
static bool count(struct schema_run *r, const struct json *schema, const struct json *value, const struct schema_at *at,
		  const char *const keywords[2], size_t n, const char *things)
{
	bool ok = true;

	for (int i = 0; i < 2; i++) {
		const struct json *limit = json_get(schema, keywords[i]);

		if (!json_is(limit, JSON_NUMBER) || (i == 0 ? (double)n <= limit->num : (double)n >= limit->num))
			continue;
		const char *text = number_text(r->mem, limit->num);

		ok = schema_fault(r, at, value, keywords[i],
				  arena_printf(r->mem, "must NOT have %s than %s %s", i == 0 ? "more" : "fewer", text, things),
				  arena_printf(r->mem, "limit: %s", text));
	}
	return ok;
}

bool schema_string(struct schema_run *r, const struct json *schema, const struct json *value, const struct schema_at *at)
{
	static const char *const lengths[] = { "maxLength", "minLength" };
	const struct json *pattern = json_get(schema, "pattern"), *format = json_get(schema, "format");
	bool ok = count(r, schema, value, at, lengths, utf8_len(value->s.p, value->s.n), "characters");

	if (json_is(pattern, JSON_STRING)) {
		const struct regex *re = schema_regex(r, pattern);

		r->steps += value->s.n;
		if (!re || !schema_regex_fits(re, value->s))
			ok = schema_fault(r, at, value, "pattern",
					  arena_printf(r->mem, "must match pattern \"%s\"", pattern->s.p),
					  arena_printf(r->mem, "pattern: %s", pattern->s.p));
	}
	if (json_is(format, JSON_STRING) && !schema_format(r->mem, format->s.p, value->s))
		ok = schema_fault(r, at, value, "format", arena_printf(r->mem, "must match format \"%s\"", format->s.p),
				  arena_printf(r->mem, "format: %s", format->s.p));
	return ok;
}

struct hashed {
	uint64_t hash;
	size_t i;
};

static int by_hash(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : (x->i > y->i) - (x->i < y->i);
}

static bool unique(struct schema_run *r, const struct json *value, const struct schema_at *at)
{
	ARENA scratch = { 0 };
	size_t n = value->a.n;
	struct hashed *all = arena_array(&scratch, struct hashed, n + 1);

	for (size_t i = 0; i < n; i++) {
		struct buf b = { .mem = &scratch };

		json_write_stable(&b, value->a.items[i]);
		all[i] = (struct hashed){ hash64(b.p, b.n), i };
		r->steps += b.n / 16;
	}
	qsort(all, n, sizeof(*all), by_hash);
	for (size_t k = 0; k + 1 < n; k++) {
		size_t i = all[k + 1].i, j = all[k].i;

		if (all[k].hash != all[k + 1].hash || !json_equal(value->a.items[i], value->a.items[j]))
			continue;
		return schema_fault(
			r, at, value, "uniqueItems",
			arena_printf(r->mem, "must NOT have duplicate items (items ## %zu and %zu are identical)", j, i),
			arena_printf(r->mem, "i: %zu, j: %zu", i, j));
	}
	return true;
}

static bool items(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		  const struct schema_at *at)
{
	const struct json *one = json_get(schema, "items"), *rest = json_get(schema, "additionalItems");
	bool list = json_is(one, JSON_ARRAY), ok = true;

	for (size_t i = 0; i < value->a.n; i++) {
		struct schema_at here = { .up = at, .index = i };
		const struct json *fit = !list ? one : i < one->a.n ? one->a.items[i] : rest;

		if (!fit)
			break;
		if (list && i >= one->a.n && json_is(rest, JSON_BOOL) && !rest->b)
			return schema_fault(r, at, value, "additionalItems",
					    arena_printf(r->mem, "must NOT have more than %zu items", one->a.n),
					    arena_printf(r->mem, "limit: %zu", one->a.n));
		ok &= schema_fits(r, fit, base, value->a.items[i], &here);
	}
	return ok;
}

static bool contains(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		     const struct schema_at *at)
{
	const struct json *one = json_get(schema, "contains");
	size_t n = r->out->n;

	if (!one)
		return true;
	for (size_t i = 0; i < value->a.n; i++) {
		struct schema_at here = { .up = at, .index = i };

		if (schema_fits(r, one, base, value->a.items[i], &here)) {
			r->out->n = n;
			return true;
		}
	}
	return schema_fault(r, at, value, "contains", "must contain at least 1 valid item(s)", "minContains: 1");
}

bool schema_array(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		  const struct schema_at *at)
{
	static const char *const counts[] = { "maxItems", "minItems" };
	bool ok = count(r, schema, value, at, counts, value->a.n, "items");

	if (json_get_bool(schema, "uniqueItems", false))
		ok &= unique(r, value, at);
	ok &= items(r, schema, base, value, at);
	return contains(r, schema, base, value, at) && ok;
}

static bool required(struct schema_run *r, const struct json *schema, const struct json *value, const struct schema_at *at)
{
	const struct json *list = json_get(schema, "required");
	bool ok = true;

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const struct json *key = list->a.items[i];

		if (json_is(key, JSON_STRING) && !json_getn(value, key->s))
			ok = schema_fault(r, at, value, "required",
					  arena_printf(r->mem, "must have required property '%s'", key->s.p),
					  arena_printf(r->mem, "missingProperty: %s", key->s.p));
	}
	return ok;
}

static bool required_by(struct schema_run *r, struct str by, const struct json *list, const struct json *value,
			const struct schema_at *at)
{
	struct buf names = { .mem = r->mem };
	bool ok = true;

	for (size_t i = 0; i < list->a.n; i++)
		buf_addf(&names, "%s%s", i ? ", " : "", json_text(list->a.items[i], ""));
	for (size_t i = 0; i < list->a.n; i++) {
		const struct json *key = list->a.items[i];

		if (json_is(key, JSON_STRING) && !json_getn(value, key->s))
			ok = schema_fault(r, at, value, "dependencies",
					  arena_printf(r->mem, "must have %s %s when property %s is present",
						       list->a.n == 1 ? "property" : "properties", buf_text(&names), by.p),
					  arena_printf(r->mem, "property: %s, missingProperty: %s, depsCount: %zu, deps: %s",
						       by.p, key->s.p, list->a.n, buf_text(&names)));
	}
	return ok;
}

static bool dependencies(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
			 const struct schema_at *at)
{
	const struct json *all = json_get(schema, "dependencies");
	bool ok = true;

	for (size_t i = 0; json_is(all, JSON_OBJECT) && i < all->o.n; i++) {
		const struct json_member *m = &all->o.m[i];

		if (!json_getn(value, m->key))
			continue;
		if (json_is(m->value, JSON_ARRAY))
			ok &= required_by(r, m->key, m->value, value, at);
		else
			ok &= schema_fits(r, m->value, base, value, at);
	}
	return ok;
}

static bool property_names(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
			   const struct schema_at *at)
{
	const struct json *names = json_get(schema, "propertyNames");
	bool ok = true;

	for (size_t i = 0; names && i < value->o.n; i++) {
		struct str key = value->o.m[i].key;

		if (!schema_fits(r, names, base, json_strn(r->mem, key.p, key.n), at))
			ok = schema_fault(r, at, value, "propertyNames", "property name must be valid",
					  arena_printf(r->mem, "propertyName: %s", key.p));
	}
	return ok;
}

/* Whether one of patternProperties takes the key. */
static bool patterned(struct schema_run *r, const struct json *patterns, struct str key)
{
	for (size_t i = 0; json_is(patterns, JSON_OBJECT) && i < patterns->o.n; i++) {
		struct json text = { .type = JSON_STRING, .s = patterns->o.m[i].key };
		const struct regex *re = schema_regex(r, &text);

		r->steps += key.n;
		if (re && schema_regex_fits(re, key))
			return true;
	}
	return false;
}

static bool additional(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		       const struct schema_at *at)
{
	const struct json *rest = json_get(schema, "additionalProperties"), *known = json_get(schema, "properties");
	const struct json *patterns = json_get(schema, "patternProperties");
	bool ok = true;

	for (size_t i = 0; rest && i < value->o.n; i++) {
		const struct json_member *m = &value->o.m[i];
		struct schema_at here = { .up = at, .key = m->key };

		if (json_getn(known, m->key) || patterned(r, patterns, m->key))
			continue;
		if (json_is(rest, JSON_BOOL) && !rest->b)
			ok = schema_fault(r, at, value, "additionalProperties", "must NOT have additional properties",
					  arena_printf(r->mem, "additionalProperty: %s", m->key.p));
		else
			ok &= schema_fits(r, rest, base, m->value, &here);
	}
	return ok;
}

static bool properties(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		       const struct schema_at *at)
{
	const struct json *known = json_get(schema, "properties"), *patterns = json_get(schema, "patternProperties");
	bool ok = true;

	for (size_t i = 0; json_is(known, JSON_OBJECT) && i < known->o.n; i++) {
		const struct json *v = json_getn(value, known->o.m[i].key);
		struct schema_at here = { .up = at, .key = known->o.m[i].key };

		if (v)
			ok &= schema_fits(r, known->o.m[i].value, base, v, &here);
	}
	for (size_t i = 0; json_is(patterns, JSON_OBJECT) && i < patterns->o.n; i++) {
		struct json one = { .type = JSON_OBJECT, .o = { .m = &patterns->o.m[i], .n = 1 } };

		for (size_t k = 0; k < value->o.n; k++) {
			struct schema_at here = { .up = at, .key = value->o.m[k].key };

			if (patterned(r, &one, value->o.m[k].key))
				ok &= schema_fits(r, patterns->o.m[i].value, base, value->o.m[k].value, &here);
		}
	}
	return ok;
}

bool schema_object(struct schema_run *r, const struct json *schema, const char *base, const struct json *value,
		   const struct schema_at *at)
{
	static const char *const counts[] = { "maxProperties", "minProperties" };
	bool ok = count(r, schema, value, at, counts, value->o.n, "properties");

	ok &= required(r, schema, value, at);
	ok &= dependencies(r, schema, base, value, at);
	ok &= property_names(r, schema, base, value, at);
	ok &= additional(r, schema, base, value, at);
	return properties(r, schema, base, value, at) && ok;
}
