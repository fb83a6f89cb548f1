/* What a field is by its schema: its type, how it is entered, what can be chosen. */
#include "scaffolder/form_private.h"

/* ---- what a schema says of the form ---- */

const struct json *form_ui(const struct json *schema, const char *name)
{
	char key[64];
	const struct json *v;

	str_put(key, sizeof(key), "ui:");
	str_put(key + 3, sizeof(key) - 3, name);
	v = json_get(schema, key);
	return v ? v : json_get(json_get(schema, "ui:options"), name);
}

const char *form_ui_text(const struct json *schema, const char *name, const char *dflt)
{
	return json_text(form_ui(schema, name), dflt);
}

const char *form_label(struct arena *mem, const struct json *schema, struct str key)
{
	const char *title = form_ui_text(schema, "title", json_get_text(schema, "title", NULL));

	return title && *title ? title : arena_strndup(mem, key.p, key.n);
}

static const char *type_of_value(const struct json *v)
{
	static const char *const names[] = { [JSON_NULL] = "null",     [JSON_BOOL] = "boolean", [JSON_NUMBER] = "number",
					     [JSON_STRING] = "string", [JSON_ARRAY] = "array",  [JSON_OBJECT] = "object" };

	return v ? names[v->type] : NULL;
}

/* Of several types the first that is not null. */
static const char *said_type(const struct json *schema)
{
	const struct json *type = json_get(schema, "type");

	if (json_is(type, JSON_STRING))
		return type->s.p;
	for (size_t i = 0; json_is(type, JSON_ARRAY) && i < type->a.n; i++)
		if (!streq(json_text(type->a.items[i], "null"), "null"))
			return json_text(type->a.items[i], "string");
	return NULL;
}

const char *form_type(const struct json *schema)
{
	static const char *const known[] = { "string", "number", "integer", "boolean", "array", "object", "null" };
	const struct json *choices = json_get(schema, "enum"), *one = json_get(schema, "const");
	const char *type = said_type(schema);

	for (size_t i = 0; type && i < LEN(known); i++)
		if (streq(type, known[i]))
			return known[i];
	if (json_get(schema, "properties") || json_get(schema, FORM_CHOICE))
		return "object";
	if (json_get(schema, "items"))
		return "array";
	if (one || json_len(choices))
		return type_of_value(one ? one : choices->a.items[0]);
	one = json_get(schema, "default");
	return one && one->type != JSON_NULL ? type_of_value(one) : "string";
}

/* ---- widgets ---- */

static const char *const pickers[][2] = {
	{ "EntityPicker", "entity" },
	{ "OwnedEntityPicker", "entity" },
	{ "OwnerPicker", "entity" },
	{ "MyGroupsPicker", "groups" },
	{ "MultiEntityPicker", "entities" },
	{ "EntityTagsPicker", "tags" },
	{ "EntityNamePicker", "text" },
	{ "RepoUrlPicker", "repo-url" },
	{ "RepoBranchPicker", "branch" },
	{ "RepoOwnerPicker", "repo-owner" },
	{ "Secret", "secret" },
};

/* What a widget can be for a type; what stands first is taken when the schema says nothing. */
static const struct {
	const char *type, *format, *widget;
} widgets[] = {
	{ "string", "", "text" },       { "string", "", "textarea" },
	{ "string", "", "password" },   { "string", "", "radio" },
	{ "string", "", "select" },     { "string", "", "color" },
	{ "string", "", "file" },       { "string", "date", "date" },
	{ "string", "time", "time" },   { "string", "date-time", "datetime" },
	{ "string", "email", "email" }, { "string", "uri", "uri" },
	{ "string", "color", "color" }, { "number", "", "number" },
	{ "number", "", "range" },      { "number", "", "radio" },
	{ "number", "", "select" },     { "integer", "", "number" },
	{ "integer", "", "range" },     { "integer", "", "radio" },
	{ "integer", "", "select" },    { "boolean", "", "checkbox" },
	{ "boolean", "", "radio" },     { "boolean", "", "select" },
	{ "array", "", "checkboxes" },  { "array", "", "select" },
};

static const char *wanted_widget(const char *type, const char *name)
{
	static const char *const alike[][2] = { { "updown", "number" },
						{ "email", "email" },
						{ "uri", "uri" },
						{ "url", "uri" },
						{ "date", "date" },
						{ "alt-date", "date" },
						{ "time", "time" },
						{ "alt-datetime", "datetime" },
						{ "date-time", "datetime" },
						{ "hidden", "hidden" },
						{ "HiddenWidget", "hidden" } };

	for (size_t i = 0; i < LEN(widgets); i++)
		if (streq(widgets[i].type, type) && streq(widgets[i].widget, name) && !streq(name, "file"))
			return widgets[i].widget;
	for (size_t i = 0; i < LEN(alike); i++)
		if (streq(alike[i][0], name))
			return alike[i][1];
	return NULL;
}

static bool has_choices(const struct json *schema)
{
	return json_len(json_get(schema, "enum")) || form_is_choice(json_get(schema, "oneOf")) ||
	       form_is_choice(json_get(schema, "anyOf"));
}

static const char *plain_widget(const struct json *schema, const char *type)
{
	const char *format = json_get_text(schema, "format", "");

	if (streq(type, "object"))
		return json_get(schema, "properties") || json_get(schema, FORM_CHOICE) ? "object" : "json";
	if (streq(type, "array"))
		return has_choices(json_get(schema, "items")) && json_get_bool(schema, "uniqueItems", false) ? "checkboxes"
		       : json_is(json_get(schema, "items"), JSON_OBJECT) || json_is(json_get(schema, "items"), JSON_ARRAY)
			       ? "list"
			       : "json";
	if (has_choices(schema))
		return "select";
	for (size_t i = 0; *format && i < LEN(widgets); i++)
		if (streq(widgets[i].type, type) && streq(widgets[i].format, format))
			return widgets[i].widget;
	for (size_t i = 0; i < LEN(widgets); i++)
		if (streq(widgets[i].type, type) && !*widgets[i].format)
			return widgets[i].widget;
	return "null";
}

const char *form_widget(const struct json *schema)
{
	const char *type = form_type(schema), *field = form_ui_text(schema, "field", ""),
		   *name = form_ui_text(schema, "widget", "");
	const char *plain = plain_widget(schema, type), *wanted;

	for (size_t i = 0; i < LEN(pickers); i++)
		if (streq(field, pickers[i][0]))
			return pickers[i][1];
	wanted = *name ? wanted_widget(type, name) : NULL;
	/* Something to choose from needs choices, and a list of lines is no single choice. */
	if (!wanted || (streq(type, "array") && !streq(plain, "checkboxes") && !streq(wanted, "hidden")))
		return plain;
	if ((streq(wanted, "select") || streq(wanted, "radio")) && !has_choices(schema) && !streq(type, "boolean"))
		return streq(type, "array") ? "checkboxes" : plain;
	return streq(type, "array") && !streq(wanted, "hidden") ? "checkboxes" : wanted;
}

bool form_is_secret(const struct json *schema)
{
	const char *widget = form_widget(schema);

	return streq(widget, "secret") || streq(widget, "password");
}

/* ---- values as texts ---- */

const char *form_text(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (!v)
		return "";
	if (json_is(v, JSON_STRING))
		return v->s.p;
	if (json_is(v, JSON_ARRAY) || json_is(v, JSON_OBJECT))
		json_write_pretty(&b, v, 2);
	else
		json_write(&b, v);
	return buf_text(&b);
}

/* ---- choices ---- */

static void add_choice(struct arena *mem, struct json *list, const char *label, struct json *value, bool disabled)
{
	struct json *c = json_object(mem);
	const char *text = form_text(mem, value);

	json_set(mem, c, "text", json_str(mem, text));
	json_set(mem, c, "label", json_str(mem, label && *label ? label : *text ? text : "(empty)"));
	json_set(mem, c, "value", value);
	json_set(mem, c, "disabled", json_bool(mem, disabled));
	json_set(mem, c, "chosen", json_bool(mem, false));
	json_push(mem, list, c);
}

static bool is_in(const struct json *list, const struct json *v)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (json_equal(list->a.items[i], v))
			return true;
	return false;
}

static struct json *listed_choices(struct arena *mem, const struct json *schema)
{
	const struct json *values = json_get(schema, "enum"), *names = json_get(schema, "enumNames");
	const struct json *disabled = form_ui(schema, "enumDisabled");
	struct json *list = json_array(mem);

	names = json_is(names, JSON_ARRAY) ? names : form_ui(schema, "enumNames");
	for (size_t i = 0; i < values->a.n; i++) {
		const struct json *name = json_is(names, JSON_ARRAY) && i < names->a.n ? names->a.items[i] : NULL;

		add_choice(mem, list, form_text(mem, name), values->a.items[i], is_in(disabled, values->a.items[i]));
	}
	return list;
}

static struct json *yes_or_no(struct arena *mem)
{
	struct json *list = json_array(mem);

	add_choice(mem, list, "Yes", json_bool(mem, true), false);
	add_choice(mem, list, "No", json_bool(mem, false), false);
	return list;
}

struct json *form_choices(struct arena *mem, const struct json *schema)
{
	static const char *const keywords[] = { "oneOf", "anyOf" };

	if (streq(form_type(schema), "array"))
		schema = json_get(schema, "items");
	if (json_len(json_get(schema, "enum")) && json_is(json_get(schema, "enum"), JSON_ARRAY))
		return listed_choices(mem, schema);
	for (size_t i = 0; i < LEN(keywords); i++) {
		const struct json *all = json_get(schema, keywords[i]);
		struct json *list = json_array(mem);

		if (!form_is_choice(all))
			continue;
		for (size_t k = 0; k < all->a.n; k++) {
			struct json *one = json_get(all->a.items[k], "const"), *values = json_get(all->a.items[k], "enum");

			add_choice(mem, list, json_get_text(all->a.items[k], "title", NULL), one ? one : values->a.items[0],
				   false);
		}
		return list;
	}
	return streq(form_type(schema), "boolean") ? yes_or_no(mem) : NULL;
}

/* ---- order ---- */

static void add_rest(struct arena *mem, struct json *to, const struct json *properties, const struct json *order)
{
	for (size_t i = 0; i < properties->o.n; i++) {
		struct json *key = json_str_ref(mem, properties->o.m[i].key);

		if (!is_in(order, key) && !json_getn(to, key->s))
			json_setn(mem, to, key->s, properties->o.m[i].value);
	}
}

const struct json *form_properties(struct arena *mem, const struct json *schema)
{
	const struct json *order = form_ui(schema, "order"), *properties = json_get(schema, "properties");
	struct json *sorted = json_object(mem);

	if (!json_is(properties, JSON_OBJECT))
		return sorted;
	for (size_t i = 0; json_is(order, JSON_ARRAY) && i < order->a.n; i++) {
		const struct json *key = order->a.items[i];
		struct json *p = json_is(key, JSON_STRING) ? json_getn(properties, key->s) : NULL;

		if (p)
			json_setn(mem, sorted, key->s, p);
		else if (streq(json_text(key, ""), "*"))
			add_rest(mem, sorted, properties, order);
	}
	/* What the order forgot comes last. */
	add_rest(mem, sorted, properties, json_array(mem));
	return sorted;
}
