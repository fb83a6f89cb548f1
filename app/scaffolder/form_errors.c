/* What does not fit a page of a form, at its field and in words for people. */
#include "catalog/entity.h"
#include "catalog/ref.h"
#include "catalog/validate.h"
#include "scaffolder/fit.h"
#include "scaffolder/form_private.h"

/* ---- words ---- */

static const char *of_type(const struct json *types)
{
	static const char *const words[][2] = {
		{ "number", "Enter a number." },
		{ "integer", "Enter a whole number." },
		{ "boolean", "Say yes or no." },
		{ "array", "This must be a list, written as JSON." },
		{ "object", "This must be an object, written as JSON." },
	};

	for (size_t k = 0; json_is(types, JSON_ARRAY) && k < types->a.n; k++)
		for (size_t i = 0; i < LEN(words); i++)
			if (streq(json_text(types->a.items[k], ""), words[i][0]))
				return words[i][1];
	return "This must be a text.";
}

static const char *one_of(struct arena *mem, const struct json *values)
{
	struct buf b = { .mem = mem };

	buf_adds(&b, "Choose one of: ");
	for (size_t i = 0; json_is(values, JSON_ARRAY) && i < values->a.n && i < 10; i++)
		buf_addf(&b, "%s%.80s", i ? ", " : "", form_text(mem, values->a.items[i]));
	buf_adds(&b, json_len(values) > 10 ? ", …" : ".");
	return buf_text(&b);
}

static const char *of_format(struct arena *mem, const char *format)
{
	static const char *const words[][2] = {
		{ "email", "Enter an e-mail address." },
		{ "uri", "Enter an address such as https://example.com/." },
		{ "date", "Enter a date such as 2026-01-31." },
		{ "time", "Enter a time such as 09:30:00Z." },
		{ "date-time", "Enter a time such as 2026-01-31T09:30:00Z." },
		{ "ipv4", "Enter an IPv4 address." },
		{ "ipv6", "Enter an IPv6 address." },
		{ "hostname", "Enter a host name." },
		{ "uuid", "Enter a UUID." },
		{ "regex", "Enter a regular expression." },
	};

	for (size_t i = 0; i < LEN(words); i++)
		if (streq(words[i][0], format))
			return words[i][1];
	return arena_printf(mem, "This is not of the form “%.60s”.", format);
}

static const struct {
	const char *name, *words; /* %s: the argument */
} plain[] = {
	{ "minimum", "At least %s." },
	{ "maximum", "At most %s." },
	{ "exclusiveMinimum", "More than %s." },
	{ "exclusiveMaximum", "Less than %s." },
	{ "multipleOf", "A multiple of %s." },
	{ "minLength", "At least %s characters." },
	{ "maxLength", "At most %s characters." },
	{ "minItems", "At least %s of them." },
	{ "maxItems", "At most %s of them." },
	{ "uniqueItems", "The same stands here twice." },
	{ "required", "Fill this in." },
	{ "pattern", "This does not match the pattern %s" },
	{ "additionalProperties", "“%s” is not allowed here." },
};

static const char *with(struct arena *mem, const char *words, const char *argument)
{
	const char *hole = strstr(words, "%s");

	return hole ? arena_printf(mem, "%.*s%.300s%s", (int)(hole - words), words, argument, hole + 2) : words;
}

static const char *words_of(struct arena *mem, const struct json *error)
{
	const char *name = json_get_text(error, "name", ""), *argument = form_text(mem, json_get(error, "argument"));
	const char *own = json_get_text(json_path(error, "schema", "errorMessage", NULL), name, NULL);
	bool empty = json_is(json_get(error, "instance"), JSON_STRING) && !json_get(error, "instance")->s.n;

	if (own)
		return own;
	if (empty || (streq(name, "minLength") && streq(argument, "1")))
		return "Fill this in.";
	if (streq(name, "type"))
		return of_type(json_get(error, "argument"));
	if (streq(name, "enum"))
		return one_of(mem, json_get(error, "argument"));
	if (streq(name, "format"))
		return of_format(mem, argument);
	for (size_t i = 0; i < LEN(plain); i++)
		if (streq(plain[i].name, name))
			return with(mem, plain[i].words, argument);
	if (streq(name, "oneOf") || streq(name, "anyOf"))
		return streq(name, "oneOf") ? "This must fit just one of the alternatives."
					    : "This fits none of the alternatives.";
	return arena_printf(mem, "This %s.", json_get_text(error, "message", "does not fit"));
}

/* ---- places ---- */

static const char *place_of(struct arena *mem, const struct json *error)
{
	const struct json *path = json_get(error, "path"), *argument = json_get(error, "argument");
	const char *at = "";

	for (size_t i = 0; json_is(path, JSON_ARRAY) && i < path->a.n; i++)
		at = form_below(mem, at, str_of(form_text(mem, path->a.items[i])));
	return streq(json_get_text(error, "name", ""), "required") && json_is(argument, JSON_STRING)
		       ? form_below(mem, at, argument->s)
		       : at;
}

/* The first word about a place is enough. */
static void add_error(struct arena *mem, struct json *to, const char *place, const char *words)
{
	if (!json_get(to, place))
		json_set(mem, to, place, json_str(mem, words));
}

/* ---- what a schema does not say, but its field does ---- */

struct checking {
	struct form *form;
	struct form_work *work;
	struct json *errors;
};

static bool is_listed(const struct json *list, const char *text)
{
	if (!json_is(list, JSON_ARRAY) || !list->a.n)
		return true;
	for (size_t i = 0; i < list->a.n; i++)
		if (str_ieq(json_text(list->a.items[i], ""), text))
			return true;
	return false;
}

static const char *check_repo_url(struct arena *mem, const struct json *schema, const char *url)
{
	static const char *const limits[][2] = { { "host", "allowedHosts" },
						 { "owner", "allowedOwners" },
						 { "repo", "allowedRepos" },
						 { "organization", "allowedOrganizations" },
						 { "project", "allowedProjects" } };
	const struct json *parts = form_repo_parts(mem, url);
	const char *owner = json_get_text(parts, "owner", ""), *host = json_get_text(parts, "host", "");
	bool other = *json_get_text(parts, "project", "") || *json_get_text(parts, "workspace", "") || strstr(host, "gerrit");

	if (!*host)
		return "Choose where the repository is to be.";
	if (!*json_get_text(parts, "repo", ""))
		return "Enter the name of the repository.";
	if (!*owner && !other)
		return "Enter who owns the repository.";
	for (size_t i = 0; i < LEN(limits); i++) {
		const char *text = json_get_text(parts, limits[i][0], "");

		if (*text && !is_listed(form_ui(schema, limits[i][1]), text))
			return arena_printf(mem, "“%.100s” is not allowed here.", text);
	}
	return NULL;
}

/* NULL: it is in the catalog, or need not be. */
static const char *check_ref(struct ctx *cx, const struct json *schema, const char *text)
{
	const struct json *any = form_ui(schema, "allowArbitraryValues");
	struct err before = cx->err;
	uint64_t id;
	struct ref r;
	int rc;

	if (!json_is(any, JSON_BOOL) || any->b)
		return NULL;
	rc = ref_parse(cx, text, NULL, NULL, &r);
	if (rc == 0)
		rc = entity_id_by_name(cx, r.kind, r.ns, r.name, &id);
	if (rc == 0)
		return NULL;
	cx->err = before;
	return arena_printf(cx->mem, "“%.150s” is not in the catalog.", text);
}

static const char *check_list(struct ctx *cx, const struct json *schema, const struct json *list, bool tags)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const char *text = json_text(list->a.items[i], ""), *wrong = NULL;

		if (!tags)
			wrong = check_ref(cx, schema, text);
		else if (!valid_tag(str_of(text)))
			wrong = arena_printf(
				cx->mem, "“%.100s” is no tag: lower-case letters, digits, + and #, with - between, at most 63.",
				text);
		if (wrong)
			return wrong;
	}
	return NULL;
}

static const char *check_field(struct ctx *cx, const struct json *schema, const struct json *value)
{
	const char *widget = form_widget(schema), *text = json_text(value, "");

	if (streq(widget, "tags") || streq(widget, "entities"))
		return check_list(cx, schema, value, streq(widget, "tags"));
	if (!*text)
		return NULL;
	if (streq(widget, "repo-url"))
		return check_repo_url(cx->mem, schema, text);
	if (streq(widget, "entity"))
		return check_ref(cx, schema, text);
	if (streq(form_ui_text(schema, "field", ""), "EntityNamePicker") && !valid_name(str_of(text)))
		return "Letters, digits, and - _ . between them; at most 63 characters.";
	return NULL;
}

static void check_below(struct checking *c, const struct json *schema, struct json *value, const char *at)
{
	struct arena *mem = c->form->cx->mem;
	const struct json *properties = json_get(schema, "properties");
	const char *wrong = value ? check_field(c->form->cx, schema, value) : NULL;

	if (wrong)
		add_error(mem, c->errors, at, wrong);
	for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n; i++) {
		struct str key = properties->o.m[i].key;

		check_below(c, properties->o.m[i].value, json_getn(value, key), form_below(mem, at, key));
	}
	for (size_t i = 0; streq(form_widget(schema), "list") && json_is(value, JSON_ARRAY) && i < value->a.n; i++)
		check_below(c, form_item_schema(c->work, schema, value->a.items[i], at, i), value->a.items[i],
			    form_item(mem, at, i));
}

/* ---- all of it ---- */

static void add_all(struct arena *mem, struct json *to, const struct json *errors)
{
	for (size_t i = 0; i < errors->a.n; i++)
		add_error(mem, to, place_of(mem, errors->a.items[i]), words_of(mem, errors->a.items[i]));
}

static int check_credentials(struct form *f, size_t page, struct json *errors)
{
	struct form_credentials all;
	int rc = form_credentials(f, &all);

	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		const struct form_credential *c = &all.items[i];

		if (c->page == page && c->required && c->sign_in != SIGN_IN_HELD && !json_get(f->sealed, c->place))
			add_error(f->cx->mem, errors, c->place, "Fill this in.");
	}
	return rc;
}

/* First against the fields that are shown, so that each is told its own; then against the schema as it stands. */
int form_errors(struct form *f, size_t page, struct json **out)
{
	struct arena *mem = f->cx->mem;
	struct form_work w = form_work_on(f, page);
	struct checking c = { f, &w, json_object(mem) };
	struct json *schema, *values;
	int rc = form_schema(f, page, &schema);

	*out = c.errors;
	if (rc == 0)
		rc = form_values(f, &values);
	if (rc < 0)
		return rc;
	add_all(mem, c.errors, fit_errors(mem, schema, values, false));
	check_below(&c, schema, f->values, "");
	if (!c.errors->o.n)
		add_all(mem, c.errors, fit_errors(mem, w.root, values, false));
	return check_credentials(f, page, c.errors);
}

/* The page that has the field at the beginning of a place; the last one when none has. */
static int page_with(struct form *f, const char *place, size_t *page)
{
	for (*page = 0; *page < f->pages->a.n; ++*page) {
		struct json *schema;
		int rc = form_schema(f, *page, &schema);
		const struct json *properties = json_get(schema, "properties");

		if (rc < 0)
			return rc;
		for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n; i++) {
			const char *at = form_below(f->cx->mem, "", properties->o.m[i].key);

			if (str_starts(place, at) && (place[strlen(at)] == '\0' || place[strlen(at)] == '/'))
				return 0;
		}
	}
	*page = f->pages->a.n ? f->pages->a.n - 1 : 0;
	return 0;
}

int form_misfits(struct form *f, const struct json *misfits, size_t *page, struct json **out)
{
	struct arena *mem = f->cx->mem;
	int rc = 0;

	*out = json_object(mem);
	*page = f->pages->a.n;
	for (size_t i = 0; rc == 0 && json_is(misfits, JSON_ARRAY) && i < misfits->a.n; i++) {
		const char *place = place_of(mem, misfits->a.items[i]);
		size_t where;

		rc = page_with(f, place, &where);
		if (where < *page) {
			*page = where;
			*out = json_object(mem);
		}
		if (where == *page)
			add_error(mem, *out, place, words_of(mem, misfits->a.items[i]));
	}
	return rc;
}
