/* Whether values fit a JSON Schema: each keyword is judged by base/schema.h, and worded here. */
#include "scaffolder/fit.h"

#include "base/schema.h"

enum { MOST_ERRORS = 100, MOST_DEPTH = 64, MOST_STEPS = 100000 };

struct fit {
	struct arena *mem;
	const struct json *root;
	struct json *errors;
	bool secret;
	unsigned steps;
};

/* Where a value stands: "instance.list[0]", and the same as a list. */
struct spot {
	const char *property;
	struct json *path;
	unsigned depth;
};

static void look(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value);

/* ---- places ---- */

static bool is_plain(struct str key)
{
	for (size_t i = 0; i < key.n; i++)
		if (!(ascii_alpha(key.p[i]) || key.p[i] == '_' || key.p[i] == '$' || (i && ascii_digit(key.p[i]))))
			return false;
	return key.n > 0;
}

static struct spot below(struct fit *f, const struct spot *at, struct json *step)
{
	struct buf b = { .mem = f->mem };
	struct spot s = { .path = json_copy(f->mem, at->path), .depth = at->depth + 1 };

	buf_adds(&b, at->property);
	if (json_is(step, JSON_STRING) && is_plain(step->s)) {
		buf_addf(&b, ".%s", step->s.p);
	} else {
		buf_addc(&b, '[');
		json_write(&b, step);
		buf_addc(&b, ']');
	}
	s.property = buf_text(&b);
	json_push(f->mem, s.path, step);
	return s;
}

static struct spot member(struct fit *f, const struct spot *at, struct str key)
{
	return below(f, at, json_strn(f->mem, key.p, key.n));
}

/* ---- words ---- */

static const char *text_of(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (json_is(v, JSON_STRING))
		return v->s.p;
	json_write(&b, v);
	return buf_text(&b);
}

static const char *quoted(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	json_write(&b, v);
	return buf_text(&b);
}

/* A list with commas; a value that is no list alone. */
static const char *listed(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (!json_is(v, JSON_ARRAY))
		return text_of(mem, v);
	for (size_t i = 0; i < v->a.n; i++)
		buf_addf(&b, "%s%s", i ? "," : "", text_of(mem, v->a.items[i]));
	return buf_text(&b);
}

/* What alternatives are called. */
static const char *branches(struct arena *mem, const struct json *list)
{
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *title = json_get(list->a.items[i], "title");

		buf_adds(&b, i ? "," : "");
		if (json_is(title, JSON_STRING))
			buf_adds(&b, quoted(mem, title));
		else
			buf_addf(&b, "[subschema %zu]", i);
	}
	return buf_text(&b);
}

static void tell(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value, const char *name,
		 struct json *argument, const char *message)
{
	struct json *e = json_object(f->mem), *id = json_get(schema, "$id");

	if (f->errors->a.n >= MOST_ERRORS)
		return;
	json_set(f->mem, e, "path", at->path);
	json_set(f->mem, e, "property", json_str(f->mem, at->property));
	json_set(f->mem, e, "message", json_str(f->mem, message));
	json_set(f->mem, e, "schema", json_copy(f->mem, id ? id : schema));
	if (!f->secret)
		json_set(f->mem, e, "instance", json_copy(f->mem, value));
	json_set(f->mem, e, "name", json_str(f->mem, name));
	json_set(f->mem, e, "argument", argument ? argument : json_null(f->mem));
	json_set(f->mem, e, "stack", json_fmt(f->mem, "%s %s", at->property, message));
	json_push(f->mem, f->errors, e);
}

/* ---- keywords that need no other schema ---- */

static const struct {
	const char *keyword, *words; /* %s: the argument */
	const char *(*say)(struct arena *mem, const struct json *argument);
} simple[] = {
	{ "type", "is not of a type(s) ", listed },
	{ "enum", "is not one of enum values: ", listed },
	{ "const", "does not exactly match expected constant: ", quoted },
	{ "minimum", "must be greater than or equal to ", text_of },
	{ "maximum", "must be less than or equal to ", text_of },
	{ "exclusiveMinimum", "must be strictly greater than ", text_of },
	{ "exclusiveMaximum", "must be strictly less than ", text_of },
	{ "multipleOf", "is not a multiple of (divisible by) ", text_of },
	{ "minLength", "does not meet minimum length of ", text_of },
	{ "maxLength", "does not meet maximum length of ", text_of },
	{ "minItems", "does not meet minimum length of ", text_of },
	{ "maxItems", "does not meet maximum length of ", text_of },
	{ "minProperties", "does not meet minimum property length of ", text_of },
	{ "maxProperties", "does not meet maximum property length of ", text_of },
	{ "pattern", "does not match pattern ", quoted },
	{ "format", "does not conform to the ", quoted },
	{ "uniqueItems", "contains duplicate item", NULL },
};

static bool holds_alone(struct fit *f, const char *keyword, struct json *argument, const struct json *value)
{
	struct schema_errors none = { 0 };
	struct json *schema = json_object(f->mem);

	json_set(f->mem, schema, keyword, argument);
	return schema_check(f->mem, schema, value, &none);
}

static struct json *argument_of(struct fit *f, const char *keyword, const struct json *argument)
{
	struct json *list;

	if (!streq(keyword, "type") || json_is(argument, JSON_ARRAY))
		return json_copy(f->mem, argument);
	list = json_array(f->mem);
	json_push(f->mem, list, json_copy(f->mem, argument));
	return list;
}

static void look_simple(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value, size_t i)
{
	struct json *argument = json_get(schema, simple[i].keyword);

	if (!argument || holds_alone(f, simple[i].keyword, argument, value))
		return;
	tell(f, at, schema, value, simple[i].keyword, argument_of(f, simple[i].keyword, argument),
	     arena_printf(f->mem, "%s%s%s", simple[i].words, simple[i].say ? simple[i].say(f->mem, argument) : "",
			  streq(simple[i].keyword, "format") ? " format" : ""));
}

/* ---- objects ---- */

static void look_required(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	const struct json *need = json_get(schema, "required");

	for (size_t i = 0; json_is(value, JSON_OBJECT) && json_is(need, JSON_ARRAY) && i < need->a.n; i++) {
		struct json *key = need->a.items[i];

		if (json_is(key, JSON_STRING) && !json_getn(value, key->s))
			tell(f, at, schema, value, "required", json_copy(f->mem, key),
			     arena_printf(f->mem, "requires property %s", quoted(f->mem, key)));
	}
}

static void look_properties(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	const struct json *properties = json_get(schema, "properties");

	for (size_t i = 0; json_is(value, JSON_OBJECT) && json_is(properties, JSON_OBJECT) && i < properties->o.n; i++) {
		struct str key = properties->o.m[i].key;
		const struct json *v = json_getn(value, key);
		struct spot s;

		if (!v)
			continue;
		s = member(f, at, key);
		look(f, &s, properties->o.m[i].value, v);
	}
}

static bool is_named(struct fit *f, const struct json *schema, const struct json *key)
{
	const struct json *patterns = json_get(schema, "patternProperties");

	if (json_getn(json_get(schema, "properties"), key->s))
		return true;
	for (size_t i = 0; json_is(patterns, JSON_OBJECT) && i < patterns->o.n; i++)
		if (holds_alone(f, "pattern", json_str_ref(f->mem, patterns->o.m[i].key), key))
			return true;
	return false;
}

static void look_additional(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	const struct json *additional = json_get(schema, "additionalProperties");

	for (size_t i = 0; additional && json_is(value, JSON_OBJECT) && i < value->o.n; i++) {
		struct json *key = json_str_ref(f->mem, value->o.m[i].key);
		struct spot s;

		if (is_named(f, schema, key))
			continue;
		if (json_is(additional, JSON_BOOL) && !additional->b)
			tell(f, at, schema, value, "additionalProperties", key,
			     arena_printf(f->mem, "is not allowed to have the additional property %s", quoted(f->mem, key)));
		s = member(f, at, key->s);
		if (json_is(additional, JSON_OBJECT))
			look(f, &s, additional, value->o.m[i].value);
	}
}

static void look_patterns(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	const struct json *patterns = json_get(schema, "patternProperties");

	for (size_t i = 0; json_is(patterns, JSON_OBJECT) && json_is(value, JSON_OBJECT) && i < patterns->o.n; i++)
		for (size_t k = 0; k < value->o.n; k++) {
			struct json *key = json_str_ref(f->mem, value->o.m[k].key);
			struct spot s = member(f, at, key->s);

			if (holds_alone(f, "pattern", json_str_ref(f->mem, patterns->o.m[i].key), key))
				look(f, &s, patterns->o.m[i].value, value->o.m[k].value);
		}
}

static void look_names(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	const struct json *names = json_get(schema, "propertyNames");

	for (size_t i = 0; names && json_is(value, JSON_OBJECT) && i < value->o.n; i++)
		look(f, at, names, json_str_ref(f->mem, value->o.m[i].key));
}

/* A list: properties that must be there as well; else a schema that the object must fit then. */
static void look_dependencies(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	const struct json *all = json_get(schema, "dependencies");

	for (size_t i = 0; json_is(all, JSON_OBJECT) && json_is(value, JSON_OBJECT) && i < all->o.n; i++) {
		const struct json *need = all->o.m[i].value;

		if (!json_getn(value, all->o.m[i].key))
			continue;
		for (size_t k = 0; json_is(need, JSON_ARRAY) && k < need->a.n; k++)
			if (json_is(need->a.items[k], JSON_STRING) && !json_getn(value, need->a.items[k]->s))
				tell(f, at, schema, value, "dependencies", json_str_ref(f->mem, all->o.m[i].key),
				     arena_printf(f->mem, "property %s not found, required by %s.%s", need->a.items[k]->s.p,
						  at->property, all->o.m[i].key.p));
		if (!json_is(need, JSON_ARRAY))
			look(f, at, need, value);
	}
}

/* ---- lists ---- */

static void look_items(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	const struct json *items = json_get(schema, "items"), *more = json_get(schema, "additionalItems");

	for (size_t i = 0; items && json_is(value, JSON_ARRAY) && i < value->a.n; i++) {
		struct spot s = below(f, at, json_num(f->mem, (double)i));
		const struct json *one = items;

		if (json_is(items, JSON_ARRAY))
			one = i < items->a.n ? items->a.items[i] : more;
		if (json_is(one, JSON_BOOL) && !one->b)
			tell(f, at, schema, value, "additionalItems", NULL, "is not allowed to have additional items");
		else if (one)
			look(f, &s, one, value->a.items[i]);
	}
}

/* ---- schemas of schemas ---- */

static bool fits(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	struct fit quiet = { .mem = f->mem, .root = f->root, .errors = json_array(f->mem), .secret = true, .steps = f->steps };

	look(&quiet, at, schema, value);
	f->steps = quiet.steps;
	return quiet.errors->a.n == 0;
}

static size_t count_fits(struct fit *f, const struct spot *at, const struct json *list, const struct json *value)
{
	size_t n = 0;

	for (size_t i = 0; i < list->a.n; i++)
		n += fits(f, at, list->a.items[i], value);
	return n;
}

static void look_logic(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	const struct json *all = json_get(schema, "allOf"), *any = json_get(schema, "anyOf");
	const struct json *one = json_get(schema, "oneOf"), *not = json_get(schema, "not"), *when = json_get(schema, "if");

	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++)
		look(f, at, all->a.items[i], value);
	if (json_is(any, JSON_ARRAY) && count_fits(f, at, any, value) == 0)
		tell(f, at, schema, value, "anyOf", NULL, arena_printf(f->mem, "is not any of %s", branches(f->mem, any)));
	if (json_is(one, JSON_ARRAY) && count_fits(f, at, one, value) != 1)
		tell(f, at, schema, value, "oneOf", NULL,
		     arena_printf(f->mem, "is not exactly one from %s", branches(f->mem, one)));
	if (not &&fits(f, at, not, value))
		tell(f, at, schema, value, "not", json_copy(f->mem, not ),
		     arena_printf(f->mem, "is of prohibited type %s", quoted(f->mem, not )));
	if (when)
		look(f, at, json_get(schema, fits(f, at, when, value) ? "then" : "else"), value);
}

static void look_contains(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	const struct json *want = json_get(schema, "contains");

	if (!want || !json_is(value, JSON_ARRAY))
		return;
	for (size_t i = 0; i < value->a.n; i++)
		if (fits(f, at, want, value->a.items[i]))
			return;
	tell(f, at, schema, value, "contains", NULL, "must contain an item matching given schema");
}

/* "#/definitions/x" in the whole schema; NULL: there is no such part. */
static const struct json *resolve(struct fit *f, const char *ref)
{
	const struct json *v = f->root;
	struct str rest = str_of(ref);

	if (*ref != '#')
		return NULL;
	str_cut(&rest, '/');
	while (v && rest.p) {
		struct str part = str_cut(&rest, '/');
		size_t i = 0;

		while (json_is(v, JSON_ARRAY) && i < part.n && ascii_digit(part.p[i]))
			i++;
		if (json_is(v, JSON_ARRAY)) {
			long at;
			bool is_index = str_long(arena_strndup(f->mem, part.p, part.n), 0, (long)v->a.n - 1, &at);

			v = is_index ? v->a.items[at] : NULL;
		} else {
			v = json_getn(v, part);
		}
	}
	return v;
}

static void look_ref(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	const char *ref = json_get_text(schema, "$ref", "");
	const struct json *target = resolve(f, ref);

	if (target)
		look(f, at, target, value);
	else
		tell(f, at, schema, value, "$ref", json_str(f->mem, ref), arena_printf(f->mem, "no such schema <%s>", ref));
}

/* ---- all of it ---- */

typedef void look_fn(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value);

static const struct {
	const char *keyword;
	look_fn *fn;
} compound[] = {
	{ "required", look_required },
	{ "properties", look_properties },
	{ "additionalProperties", look_additional },
	{ "patternProperties", look_patterns },
	{ "propertyNames", look_names },
	{ "dependencies", look_dependencies },
	{ "items", look_items },
	{ "contains", look_contains },
};

static void look_keyword(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value,
			 struct str keyword)
{
	for (size_t i = 0; i < LEN(simple); i++)
		if (str_is(keyword, simple[i].keyword))
			look_simple(f, at, schema, value, i);
	for (size_t i = 0; i < LEN(compound); i++)
		if (str_is(keyword, compound[i].keyword))
			compound[i].fn(f, at, schema, value);
}

static void look(struct fit *f, const struct spot *at, const struct json *schema, const struct json *value)
{
	if (json_is(schema, JSON_BOOL) && !schema->b)
		tell(f, at, schema, value, "false", NULL, "is not allowed");
	if (!json_is(schema, JSON_OBJECT))
		return;
	if (at->depth > MOST_DEPTH || ++f->steps > MOST_STEPS) {
		tell(f, at, json_null(f->mem), value, "$ref", NULL,
		     "cannot be checked: the schema is too deep or too much work");
		return;
	}
	struct spot here = *at;

	here.depth++;
	if (json_get(schema, "$ref")) {
		look_ref(f, &here, schema, value);
		return;
	}
	for (size_t i = 0; i < schema->o.n && f->errors->a.n < MOST_ERRORS; i++)
		look_keyword(f, &here, schema, value, schema->o.m[i].key);
	look_logic(f, &here, schema, value);
}

struct json *fit_errors(struct arena *mem, const struct json *schema, const struct json *value, bool secret)
{
	struct fit f = { .mem = mem, .root = schema, .errors = json_array(mem), .secret = secret };
	struct spot at = { .property = "instance", .path = json_array(mem) };
	const struct json *given = value ? value : json_object(mem);

	look(&f, &at, schema, given);
	return f.errors;
}

const char *fit_text(struct arena *mem, const struct json *errors)
{
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < errors->a.n; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", json_get_text(errors->a.items[i], "stack", ""));
	return buf_text(&b);
}
