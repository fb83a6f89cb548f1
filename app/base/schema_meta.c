/* Is it a schema at all? The draft 7 schema of schemas as a table, and what it cannot say: patterns and references. */
#include <math.h>

#include "base/schema_private.h"

enum { MAX_DEPTH = 200 };

enum shape {
	NUMBER,
	POSITIVE,
	COUNT,
	TEXT,
	PATTERN,
	TRUTH,
	LIST,
	NAMES,
	TYPES,
	REFERENCE,
	SCHEMA,
	SCHEMAS,      /* a list that is not empty */
	ITEMS,        /* a schema or such a list */
	MEMBERS,      /* an object of schemas */
	PATTERNED,    /* the same, and its keys are patterns */
	DEPENDENCIES, /* an object of schemas and lists of names */
};

static const struct {
	const char *key;
	enum shape shape;
} keywords[] = {
	{ "$id", TEXT },
	{ "$schema", TEXT },
	{ "$comment", TEXT },
	{ "$ref", REFERENCE },
	{ "title", TEXT },
	{ "description", TEXT },
	{ "readOnly", TRUTH },
	{ "writeOnly", TRUTH },
	{ "examples", LIST },
	{ "multipleOf", POSITIVE },
	{ "maximum", NUMBER },
	{ "exclusiveMaximum", NUMBER },
	{ "minimum", NUMBER },
	{ "exclusiveMinimum", NUMBER },
	{ "maxLength", COUNT },
	{ "minLength", COUNT },
	{ "pattern", PATTERN },
	{ "additionalItems", SCHEMA },
	{ "items", ITEMS },
	{ "maxItems", COUNT },
	{ "minItems", COUNT },
	{ "uniqueItems", TRUTH },
	{ "contains", SCHEMA },
	{ "maxProperties", COUNT },
	{ "minProperties", COUNT },
	{ "required", NAMES },
	{ "additionalProperties", SCHEMA },
	{ "definitions", MEMBERS },
	{ "properties", MEMBERS },
	{ "patternProperties", PATTERNED },
	{ "dependencies", DEPENDENCIES },
	{ "propertyNames", SCHEMA },
	{ "enum", LIST },
	{ "type", TYPES },
	{ "format", TEXT },
	{ "contentMediaType", TEXT },
	{ "contentEncoding", TEXT },
	{ "if", SCHEMA },
	{ "then", SCHEMA },
	{ "else", SCHEMA },
	{ "allOf", SCHEMAS },
	{ "anyOf", SCHEMAS },
	{ "oneOf", SCHEMAS },
	{ "not", SCHEMA },
};

/* One look at a schema. */
struct look {
	struct schema_run *r;
	const char *base;
	bool strict;
	int depth;
};

static bool wrong_type(struct look *l, const struct json *v, const struct schema_at *at, const char *type)
{
	return schema_fault(l->r, at, v, "type", arena_printf(l->r->mem, "must be %s", type),
			    arena_printf(l->r->mem, "type: %s", type));
}

static bool is_count(struct look *l, const struct json *v, const struct schema_at *at)
{
	if (!json_is(v, JSON_NUMBER) || !isfinite(v->num) || trunc(v->num) != v->num)
		return wrong_type(l, v, at, "integer");
	return v->num >= 0 || schema_fault(l->r, at, v, "minimum", "must be >= 0", "comparison: >=, limit: 0");
}

static bool is_names(struct look *l, const struct json *v, const struct schema_at *at)
{
	bool ok = true;

	if (!json_is(v, JSON_ARRAY))
		return wrong_type(l, v, at, "array");
	for (size_t i = 0; i < v->a.n; i++) {
		struct schema_at here = { .up = at, .index = i };

		if (!json_is(v->a.items[i], JSON_STRING))
			ok = wrong_type(l, v->a.items[i], &here, "string");
		for (size_t k = 0; k < i && v->a.n < 1000; k++)
			if (json_equal(v->a.items[i], v->a.items[k]))
				ok = schema_fault(
					l->r, at, v, "uniqueItems",
					arena_printf(l->r->mem,
						     "must NOT have duplicate items (items ## %zu and %zu are identical)", k,
						     i),
					arena_printf(l->r->mem, "i: %zu, j: %zu", i, k));
	}
	return ok;
}

static bool is_type_name(struct look *l, const struct json *v, const struct schema_at *at)
{
	static const char *const names[] = { "array", "boolean", "integer", "null", "number", "object", "string" };

	for (size_t i = 0; i < LEN(names); i++)
		if (streq(json_text(v, ""), names[i]))
			return true;
	return schema_fault(l->r, at, v, "enum", "must be equal to one of the allowed values",
			    "allowedValues: array,boolean,integer,null,number,object,string");
}

static bool is_types(struct look *l, const struct json *v, const struct schema_at *at)
{
	bool ok = true;

	if (!json_is(v, JSON_ARRAY))
		return is_type_name(l, v, at);
	if (!v->a.n)
		return schema_fault(l->r, at, v, "minItems", "must NOT have fewer than 1 items", "limit: 1");
	for (size_t i = 0; i < v->a.n; i++) {
		struct schema_at here = { .up = at, .index = i };

		ok &= is_type_name(l, v->a.items[i], &here);
	}
	return is_names(l, v, at) && ok;
}

static bool is_pattern(struct look *l, const struct json *v, const struct schema_at *at)
{
	const char *why = NULL;

	if (!json_is(v, JSON_STRING))
		return wrong_type(l, v, at, "string");
	if (!l->strict || regex_compile(l->r->mem, v->s, 0, &why))
		return true;
	return schema_fault(l->r, at, v, "format", arena_printf(l->r->mem, "must match format \"regex\" (%s)", why),
			    "format: regex");
}

static bool is_reference(struct look *l, const struct json *v, const struct schema_at *at)
{
	const char *base;

	if (!json_is(v, JSON_STRING))
		return wrong_type(l, v, at, "string");
	if (!l->strict || schema_resolve(l->r, l->base, v->s.p, &base))
		return true;
	return schema_fault(l->r, at, v, "$ref", arena_printf(l->r->mem, "can't resolve reference %s", v->s.p),
			    arena_printf(l->r->mem, "ref: %s", v->s.p));
}

static bool is_schema(struct look *l, const struct json *v, const struct schema_at *at);

static bool is_schemas(struct look *l, const struct json *v, const struct schema_at *at)
{
	bool ok = true;

	if (!json_is(v, JSON_ARRAY))
		return wrong_type(l, v, at, "array");
	if (!v->a.n)
		return schema_fault(l->r, at, v, "minItems", "must NOT have fewer than 1 items", "limit: 1");
	for (size_t i = 0; i < v->a.n; i++) {
		struct schema_at here = { .up = at, .index = i };

		ok &= is_schema(l, v->a.items[i], &here);
	}
	return ok;
}

static bool is_members(struct look *l, const struct json *v, const struct schema_at *at, enum shape shape)
{
	bool ok = true;

	if (!json_is(v, JSON_OBJECT))
		return wrong_type(l, v, at, "object");
	for (size_t i = 0; i < v->o.n; i++) {
		struct schema_at here = { .up = at, .key = v->o.m[i].key };
		struct json key = { .type = JSON_STRING, .line = v->o.m[i].value->line, .s = v->o.m[i].key };

		if (shape == PATTERNED)
			ok &= is_pattern(l, json_copy(l->r->mem, &key), &here);
		if (shape == DEPENDENCIES && json_is(v->o.m[i].value, JSON_ARRAY))
			ok &= is_names(l, v->o.m[i].value, &here);
		else
			ok &= is_schema(l, v->o.m[i].value, &here);
	}
	return ok;
}

static bool is_shape(struct look *l, const struct json *v, const struct schema_at *at, enum shape shape)
{
	switch (shape) {
	case NUMBER:
		return json_is(v, JSON_NUMBER) || wrong_type(l, v, at, "number");
	case POSITIVE:
		if (!json_is(v, JSON_NUMBER))
			return wrong_type(l, v, at, "number");
		return v->num > 0 || schema_fault(l->r, at, v, "exclusiveMinimum", "must be > 0", "comparison: >, limit: 0");
	case COUNT:
		return is_count(l, v, at);
	case TEXT:
		return json_is(v, JSON_STRING) || wrong_type(l, v, at, "string");
	case PATTERN:
		return is_pattern(l, v, at);
	case TRUTH:
		return json_is(v, JSON_BOOL) || wrong_type(l, v, at, "boolean");
	case LIST:
		return json_is(v, JSON_ARRAY) || wrong_type(l, v, at, "array");
	case NAMES:
		return is_names(l, v, at);
	case TYPES:
		return is_types(l, v, at);
	case REFERENCE:
		return is_reference(l, v, at);
	case SCHEMA:
		return is_schema(l, v, at);
	case SCHEMAS:
		return is_schemas(l, v, at);
	case ITEMS:
		return json_is(v, JSON_ARRAY) ? is_schemas(l, v, at) : is_schema(l, v, at);
	case MEMBERS:
	case PATTERNED:
	case DEPENDENCIES:
		return is_members(l, v, at, shape);
	}
	return false;
}

static bool is_schema(struct look *l, const struct json *v, const struct schema_at *at)
{
	const char *base = l->base;
	bool ok = true;

	if (json_is(v, JSON_BOOL))
		return true;
	if (!json_is(v, JSON_OBJECT))
		return wrong_type(l, v, at, "object,boolean");
	if (l->depth >= MAX_DEPTH)
		return schema_fault(l->r, at, v, "$ref", "is nested too deep", "");
	l->depth++;
	l->base = schema_base(l->r, v, base);
	for (size_t i = 0; i < LEN(keywords); i++) {
		struct schema_at here = { .up = at, .key = str_of(keywords[i].key) };
		const struct json *part = json_get(v, keywords[i].key);

		if (part)
			ok &= is_shape(l, part, &here, keywords[i].shape);
	}
	l->base = base;
	l->depth--;
	return ok;
}

bool schema_is_one(struct schema_run *r, const struct json *value, const char *base, const struct schema_at *at, bool strict)
{
	struct look l = { .r = r, .base = base, .strict = strict };

	return is_schema(&l, value, at);
}
