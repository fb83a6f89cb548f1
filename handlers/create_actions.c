/* /create/actions and /create/templating-extensions: what templates can do, for whoever writes one. */
#include "base/json.h"
#include "handlers/create.h"
#include "handlers/handlers.h"
#include "handlers/page.h"
#include "plugins/action.h"
#include "scaffolder/extension.h"

enum { DEPTH = 6, ROWS_MOST = 400, SHOWN_MOST = 200 };

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

/* ---- schemas as rows of a table ---- */

static const char *const branches[] = { "oneOf", "anyOf", "allOf" };

/* "string", "array of string", "string or number": what a value may be, in words. */
static const char *type_words(struct arena *mem, const struct json *schema, unsigned depth)
{
	const struct json *type = json_get(schema, "type"), *items = json_get(schema, "items");
	struct buf b = { .mem = mem };

	if (json_is(type, JSON_ARRAY)) {
		for (size_t i = 0; i < type->a.n; i++)
			buf_addf(&b, "%s%s", i ? " or " : "", json_text(type->a.items[i], "any"));
		return buf_text(&b);
	}
	for (size_t k = 0; !type && k < LEN(branches); k++) {
		const struct json *list = json_get(schema, branches[k]);

		for (size_t i = 0; json_is(list, JSON_ARRAY) && depth < DEPTH && i < list->a.n; i++)
			buf_addf(&b, "%s%s", b.n ? (k == 2 ? " and " : " or ") : "",
				 type_words(mem, list->a.items[i], depth + 1));
	}
	if (b.n)
		return buf_text(&b);
	if (json_is(type, JSON_STRING) && streq(type->s.p, "array") && json_is(items, JSON_OBJECT) && depth < DEPTH)
		return arena_printf(mem, "array of %s", type_words(mem, items, depth + 1));
	if (!type && json_get(schema, "enum"))
		return "one of";
	return json_text(type, json_get(schema, "properties") ? "object" : "any");
}

static const char *json_words(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	json_write(&b, v);
	return b.n > SHOWN_MOST ? arena_printf(mem, "%.*s…", SHOWN_MOST, buf_text(&b)) : buf_text(&b);
}

/* Keywords that narrow a value further: ["pattern ^a", "at most 3 items"]. */
static struct json *limits(struct arena *mem, const struct json *schema)
{
	static const struct {
		const char *key, *before, *behind;
	} words[] = {
		{ "pattern", "fits ", "" },
		{ "format", "a ", "" },
		{ "const", "is ", "" },
		{ "minLength", "at least ", " characters" },
		{ "maxLength", "at most ", " characters" },
		{ "minimum", "at least ", "" },
		{ "maximum", "at most ", "" },
		{ "minItems", "at least ", " items" },
		{ "maxItems", "at most ", " items" },
	};
	struct json *out = json_array(mem);

	for (size_t i = 0; i < LEN(words); i++) {
		const struct json *v = json_get(schema, words[i].key);

		if (v)
			json_push(mem, out,
				  json_fmt(mem, "%s%s%s", words[i].before,
					   json_is(v, JSON_STRING) ? v->s.p : json_words(mem, v), words[i].behind));
	}
	return out;
}

static struct json *enum_words(struct arena *mem, const struct json *schema)
{
	const struct json *list = json_get(schema, "enum");
	struct json *out = json_array(mem);

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		json_push(mem, out,
			  json_is(list->a.items[i], JSON_STRING) ? json_copy(mem, list->a.items[i])
								 : json_str(mem, json_words(mem, list->a.items[i])));
	return out;
}

static struct json *schema_row(struct arena *mem, const char *name, unsigned depth, const struct json *schema, bool required)
{
	const struct json *dflt = json_get(schema, "default");
	struct json *v = json_object(mem);

	set_text(mem, v, "name", name);
	json_set(mem, v, "depth", json_num(mem, depth));
	set_text(mem, v, "type", type_words(mem, schema, 0));
	json_set(mem, v, "required", json_bool(mem, required));
	set_text(mem, v, "title", json_get_text(schema, "title", ""));
	set_text(mem, v, "description", json_get_text(schema, "description", ""));
	json_set(mem, v, "has_default", json_bool(mem, dflt));
	set_text(mem, v, "dflt", dflt ? json_words(mem, dflt) : "");
	json_set(mem, v, "choices", enum_words(mem, schema));
	json_set(mem, v, "limits", limits(mem, schema));
	return v;
}

static bool is_required(const struct json *schema, struct str name)
{
	const struct json *list = json_get(schema, "required");

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (json_is(list->a.items[i], JSON_STRING) && str_eq(list->a.items[i]->s, name))
			return true;
	return false;
}

static void add_rows(struct arena *mem, const struct json *schema, const char *prefix, unsigned depth, struct json *rows);

static void add_properties(struct arena *mem, const struct json *schema, const char *prefix, unsigned depth, bool required,
			   struct json *rows)
{
	const struct json *properties = json_get(schema, "properties");

	for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n && rows->a.n < ROWS_MOST; i++) {
		const struct json_member *m = &properties->o.m[i];
		const char *name = arena_printf(mem, "%s%s", prefix, m->key.p);

		if (is_required(schema, m->key) != required)
			continue;
		json_push(mem, rows, schema_row(mem, name, depth, m->value, required));
		add_rows(mem, m->value, arena_printf(mem, "%s.", name), depth + 1, rows);
	}
}

/*
 * What a value holds: its properties (those that must be there first), those of a list's items ("reviewers[].name"), and those
 * of each of its alternatives.
 */
static void add_rows(struct arena *mem, const struct json *schema, const char *prefix, unsigned depth, struct json *rows)
{
	const struct json *items = json_get(schema, "items");

	if (depth >= DEPTH)
		return;
	add_properties(mem, schema, prefix, depth, true, rows);
	add_properties(mem, schema, prefix, depth, false, rows);
	if (json_is(items, JSON_OBJECT))
		add_rows(mem, items, *prefix ? arena_printf(mem, "%.*s[].", (int)strlen(prefix) - 1, prefix) : "[].", depth,
			 rows);
	for (size_t k = 0; k < LEN(branches); k++) {
		const struct json *list = json_get(schema, branches[k]);

		for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n && rows->a.n < ROWS_MOST; i++)
			add_rows(mem, list->a.items[i], prefix, depth, rows);
	}
}

struct json *create_schema_rows(struct arena *mem, const struct json *schema)
{
	struct json *rows = json_array(mem);

	add_rows(mem, schema, "", 0, rows);
	return rows;
}

/* ---- actions ---- */

static struct json *examples_json(struct arena *mem, const struct json *examples)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; json_is(examples, JSON_ARRAY) && i < examples->a.n; i++) {
		struct json *v = json_object(mem);

		set_text(mem, v, "description", json_get_text(examples->a.items[i], "description", ""));
		set_text(mem, v, "text", json_get_text(examples->a.items[i], "example", ""));
		json_push(mem, list, v);
	}
	return list;
}

static struct json *action_json(struct arena *mem, const struct action *a)
{
	struct json *v = json_object(mem);

	set_text(mem, v, "id", a->id);
	set_text(mem, v, "description", a->description ? a->description : "");
	json_set(mem, v, "dry_run", json_bool(mem, a->dry_run));
	json_set(mem, v, "input", create_schema_rows(mem, a->input));
	json_set(mem, v, "output", create_schema_rows(mem, a->output));
	json_set(mem, v, "examples", examples_json(mem, a->examples));
	return v;
}

static bool contains(struct arena *mem, const char *text, const char *lower)
{
	return text && strstr(str_lower(mem, text, strlen(text)), lower);
}

/* Every word is in its id, its description or the name of an input. */
static bool fits(struct arena *mem, const struct action *a, const char *words)
{
	const struct json *properties = json_get(a->input, "properties");

	for (struct str rest = str_of(str_lower(mem, words, strlen(words))); rest.p;) {
		struct str cut = str_cut(&rest, ' ');
		const char *word = arena_strndup(mem, cut.p, cut.n);
		bool found = contains(mem, a->id, word) || contains(mem, a->description, word);

		for (size_t i = 0; !found && json_is(properties, JSON_OBJECT) && i < properties->o.n; i++)
			found = contains(mem, properties->o.m[i].key.p, word);
		if (!found)
			return false;
	}
	return true;
}

int create_actions(struct req *rq, struct resp *rs)
{
	static const char *const known[] = { "q", NULL };
	struct arena *mem = rq->cx->mem;
	const struct action_list *list = actions();
	struct json *vars = json_object(mem), *rows = json_array(mem);
	const char *q = req_query(rq, "q");
	int rc = req_only_query(rq, known);

	if (rc < 0)
		return rc;
	struct str words = str_trim(str_of(q ? q : ""));

	q = words.n ? arena_strndup(mem, words.p, words.n) : "";
	for (size_t i = 0; i < list->n; i++)
		if (fits(mem, list->items[i], q))
			json_push(mem, rows, action_json(mem, list->items[i]));
	json_set(mem, vars, "rows", rows);
	json_set(mem, vars, "total", json_num(mem, (double)list->n));
	set_text(mem, vars, "words", q);
	set_text(mem, vars, "tab", "actions");
	return page_render(rq, rs, 200, "create/actions.html", vars);
}

/* ---- filters, functions and values ---- */

/* Each member of an object of the API as a row; what it is made of is told as it stands. */
static struct json *extension_rows(struct arena *mem, const struct json *of)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; json_is(of, JSON_OBJECT) && i < of->o.n; i++) {
		const struct json *from = of->o.m[i].value, *schema = json_get(from, "schema"),
				  *value = json_get(from, "value"), *arguments = json_get(schema, "arguments");
		struct json *v = json_object(mem), *takes = json_array(mem);

		set_text(mem, v, "name", of->o.m[i].key.p);
		set_text(mem, v, "description", json_get_text(from, "description", ""));
		set_text(mem, v, "input", json_get(schema, "input") ? type_words(mem, json_get(schema, "input"), 0) : "");
		set_text(mem, v, "output", json_get(schema, "output") ? type_words(mem, json_get(schema, "output"), 0) : "");
		for (size_t k = 0; json_is(arguments, JSON_ARRAY) && k < arguments->a.n; k++)
			json_push(mem, takes,
				  schema_row(mem, json_get_text(arguments->a.items[k], "title", "value"), 0,
					     arguments->a.items[k], false));
		json_set(mem, v, "arguments", takes);
		json_set(mem, v, "gives", create_schema_rows(mem, json_get(schema, "output")));
		json_set(mem, v, "examples", examples_json(mem, json_get(from, "examples")));
		set_text(mem, v, "value", value ? json_words(mem, value) : "");
		json_push(mem, list, v);
	}
	return list;
}

/* The filters of the language itself, without those that are told at length. */
static struct json *builtin_filters(struct arena *mem, const struct json *told)
{
	static const char *const names[] = {
#define FILTER(name, params, strict) #name,
#include "template/filters.def"
#undef FILTER
	};
	struct json *list = json_array(mem);

	for (size_t i = 0; i < LEN(names); i++)
		if (!json_get(told, names[i]))
			json_push(mem, list, json_str(mem, names[i]));
	return list;
}

int create_extensions(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem), *all;
	int rc = template_extensions(rq->cx, &all);

	if (rc < 0)
		return rc;
	json_set(mem, vars, "filters", extension_rows(mem, json_get(all, "filters")));
	json_set(mem, vars, "functions", extension_rows(mem, json_path(all, "globals", "functions", NULL)));
	json_set(mem, vars, "values", extension_rows(mem, json_path(all, "globals", "values", NULL)));
	json_set(mem, vars, "builtin", builtin_filters(mem, json_get(all, "filters")));
	set_text(mem, vars, "tab", "templating-extensions");
	return page_render(rq, rs, 200, "create/extensions.html", vars);
}
