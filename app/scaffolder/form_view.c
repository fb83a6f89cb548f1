/* The fields of a page as a view draws them. */
#include "base/hash.h"
#include "catalog/ref.h"
#include "identity/identity.h"
#include "scaffolder/form_pick.h"
#include "scaffolder/form_private.h"

enum { ROWS = 5 };

struct showing {
	struct form *form;
	struct form_work *work;
	const struct json *errors;
	struct form_credentials credentials;
	bool focused; /* something has the focus already */
};

static struct json *show_field(struct showing *s, const struct json *schema, const struct json *value, const char *at,
			       struct str key, bool required);

static struct arena *mem_of(const struct showing *s)
{
	return s->form->cx->mem;
}

static void put(struct showing *s, struct json *field, const char *key, const char *text)
{
	json_set(mem_of(s), field, key, json_str(mem_of(s), text));
}

static void put_flag(struct showing *s, struct json *field, const char *key, bool on)
{
	json_set(mem_of(s), field, key, json_bool(mem_of(s), on));
}

/* An id of HTML: letters, digits, - and _ stay, others become _ and their code. */
static const char *id_of(struct arena *mem, const char *place)
{
	struct buf b = { .mem = mem };

	buf_addc(&b, 'f');
	for (; *place; place++) {
		if (ascii_alnum(*place) || *place == '-')
			buf_addc(&b, *place);
		else if (*place == '/')
			buf_addc(&b, '-');
		else
			buf_addf(&b, "_%02x", (unsigned char)*place);
	}
	return buf_text(&b);
}

static bool flag_of(const struct json *schema, const char *name)
{
	const struct json *v = form_ui(schema, name);

	return json_is(v, JSON_BOOL) && v->b;
}

/* ---- what does not depend on the value ---- */

static const char *note_of(struct arena *mem, const struct json *schema)
{
	static const char *const ours[] = { "EntityPicker",
					    "OwnedEntityPicker",
					    "OwnerPicker",
					    "MyGroupsPicker",
					    "MultiEntityPicker",
					    "EntityTagsPicker",
					    "EntityNamePicker",
					    "RepoUrlPicker",
					    "RepoBranchPicker",
					    "RepoOwnerPicker",
					    "Secret" };
	const char *field = form_ui_text(schema, "field", "");

	for (size_t i = 0; i < LEN(ours); i++)
		if (!*field || streq(field, ours[i]))
			return json_get_text(schema, FORM_NOTE, "");
	return arena_printf(mem, "“%.100s” is an extension that this portal does not have: enter the value as it is.", field);
}

static const char *number_text(struct arena *mem, const struct json *schema, const char *key)
{
	const struct json *v = json_get(schema, key);

	return json_is(v, JSON_NUMBER) ? form_text(mem, v) : "";
}

static void put_limits(struct showing *s, struct json *f, const struct json *schema, const char *widget)
{
	static const char *const keys[][2] = { { "min", "minimum" },
					       { "max", "maximum" },
					       { "step", "multipleOf" },
					       { "minlength", "minLength" },
					       { "maxlength", "maxLength" } };
	struct arena *mem = mem_of(s);
	bool whole = streq(form_type(schema), "integer");

	for (size_t i = 0; i < LEN(keys); i++)
		put(s, f, keys[i][0], number_text(mem, schema, keys[i][1]));
	if (!*json_get_text(f, "step", ""))
		put(s, f, "step", whole ? "1" : streq(widget, "number") ? "any" : "");
	/* A slide without ends has none to be drawn. */
	if (streq(widget, "range") && !*json_get_text(f, "max", ""))
		put(s, f, "max", "100");
}

static void put_words(struct showing *s, struct json *f, const struct json *schema, struct str key)
{
	struct arena *mem = mem_of(s);
	const struct json *rows = form_ui(schema, "rows");
	const char *widget = json_get_text(f, "widget", "");
	const char *examples =
		form_text(mem, json_len(json_get(schema, "examples")) && json_is(json_get(schema, "examples"), JSON_ARRAY)
				       ? json_get(schema, "examples")->a.items[0]
				       : NULL);

	put(s, f, "label", form_label(mem, schema, key));
	put(s, f, "description", form_ui_text(schema, "description", json_get_text(schema, "description", "")));
	put(s, f, "help", form_ui_text(schema, "help", form_ui_text(schema, "helperText", "")));
	put(s, f, "placeholder",
	    form_ui_text(schema, "placeholder", *examples ? arena_printf(mem, "For example %s", examples) : ""));
	put(s, f, "note", note_of(mem, schema));
	put(s, f, "autocomplete", form_ui_text(schema, "autocomplete", "off"));
	json_set(mem, f, "rows",
		 json_num(mem, json_is(rows, JSON_NUMBER) && rows->num >= 1 && rows->num <= 60 ? rows->num : ROWS));
	put_flag(s, f, "disabled", flag_of(schema, "disabled"));
	put_flag(s, f, "readonly", flag_of(schema, "readonly") || json_get_bool(schema, "readOnly", false));
	put_flag(s, f, "inline", flag_of(schema, "inline"));
	put_limits(s, f, schema, widget);
}

/* ---- pickers ---- */

static void put_picker(struct showing *s, struct json *f, const struct json *schema, const char *widget)
{
	struct arena *mem = mem_of(s);
	struct buf filter = { .mem = mem };
	const struct json *kinds = form_ui(schema, "kinds");

	if (streq(widget, "tags"))
		json_write(&filter, kinds ? kinds : json_array(mem));
	else
		json_write(&filter, form_entity_filter(mem, schema));
	put(s, f, "filter", buf_text(&filter));
	put(s, f, "kind", form_default_kind(schema));
	put(s, f, "namespace", form_default_namespace(schema));
	put_flag(s, f, "owned", streq(form_ui_text(schema, "field", ""), "OwnedEntityPicker"));
	put(s, f, "host", form_ui_text(schema, "host", ""));
	/* What is marked becomes the value when one leaves the field: not of tags, which are words of one's own. */
	put_flag(s, f, "auto",
		 !streq(widget, "tags") &&
			 (!json_is(form_ui(schema, "autoSelect"), JSON_BOOL) || form_ui(schema, "autoSelect")->b));
	json_set(mem, f, "parts", json_array(mem));
}

static void put_groups(struct showing *s, struct json *f, const struct json *value)
{
	struct ctx *cx = s->form->cx;
	struct json *list = json_array(cx->mem);

	for (const char **ref = cx->who ? cx->who->owns : NULL; ref && *ref; ref++) {
		struct json *c = json_object(cx->mem);

		if (!str_starts(*ref, "group:"))
			continue;
		json_set(cx->mem, c, "text", json_str(cx->mem, *ref));
		json_set(cx->mem, c, "label", json_str(cx->mem, ref_humanise(cx->mem, *ref, "group")));
		json_set(cx->mem, c, "disabled", json_bool(cx->mem, false));
		json_set(cx->mem, c, "chosen", json_bool(cx->mem, str_ieq(json_text(value, ""), *ref)));
		json_push(cx->mem, list, c);
	}
	if (!list->a.n)
		put(s, f, "note", "You are in no group that the catalog knows.");
	json_set(cx->mem, f, "choices", list);
}

static void put_words_of_list(struct showing *s, struct json *f, const struct json *schema, const struct json *value)
{
	struct arena *mem = mem_of(s);
	struct json *list = json_array(mem);

	for (size_t i = 0; json_is(value, JSON_ARRAY) && i < value->a.n; i++) {
		const char *text = form_text(mem, value->a.items[i]);
		struct json *v = json_object(mem);

		json_set(mem, v, "text", json_str(mem, text));
		json_set(mem, v, "label",
			 json_str(mem, form_ref_text(mem, text, form_default_kind(schema), form_default_namespace(schema))));
		json_push(mem, list, v);
	}
	json_set(mem, f, "values", list);
}

/* ---- what does ---- */

static bool is_chosen(const struct json *value, const struct json *choice)
{
	if (!json_is(value, JSON_ARRAY) || json_is(choice, JSON_ARRAY))
		return value && json_equal(value, choice);
	for (size_t i = 0; i < value->a.n; i++)
		if (json_equal(value->a.items[i], choice))
			return true;
	return false;
}

static void put_chosen(struct showing *s, struct json *f, const struct json *value)
{
	const struct json *list = json_get(f, "choices");

	for (size_t i = 0; i < json_len(list); i++)
		put_flag(s, list->a.items[i], "chosen", is_chosen(value, json_get(list->a.items[i], "value")));
}

static void put_value(struct showing *s, struct json *f, const struct json *schema, const struct json *value, const char *at)
{
	struct arena *mem = mem_of(s);
	const char *widget = json_get_text(f, "widget", ""), *text = form_text(mem, value);

	put_flag(s, f, "entered", json_get(s->form->sealed, at) != NULL);
	if (form_is_secret(schema))
		text = "";
	else if (streq(widget, "entity"))
		text = form_ref_text(mem, text, form_default_kind(schema), form_default_namespace(schema));
	else if (streq(widget, "datetime"))
		text = arena_strndup(mem, text, strlen(text) < 16 ? strlen(text) : 16);
	put(s, f, "text", text);
	put_chosen(s, f, value);
	json_set(mem, f, "values", json_array(mem));
	if (streq(widget, "groups"))
		put_groups(s, f, value);
	if (streq(widget, "tags") || streq(widget, "entities"))
		put_words_of_list(s, f, schema, value);
	if (streq(widget, "repo-url"))
		json_set(mem, f, "parts", form_repo_fields(s->form->cx, schema, form_repo_shown(s->form, value, at)));
}

/* ---- fields of fields ---- */

/* Beneath a picker that asks for it: a field for one's own token, or that none is needed. */
static void show_credential(struct showing *s, struct json *list, const char *at)
{
	const struct form_credential *c = form_credential_at(&s->credentials, at);
	struct json *f;

	if (!c)
		return;
	f = show_field(s, form_credential_schema(s->form, c), NULL, c->place, STR(""), c->required);
	if (c->sign_in == SIGN_IN_HELD)
		put(s, f, "widget", "acting");
	json_push(mem_of(s), list, f);
}

static struct json *show_fields(struct showing *s, const struct json *schema, const struct json *value, const char *at)
{
	struct arena *mem = mem_of(s);
	const struct json *properties = form_properties(mem, schema);
	struct json *list = json_array(mem);

	for (size_t i = 0; i < properties->o.n; i++) {
		struct str key = properties->o.m[i].key;
		struct json *p = properties->o.m[i].value;
		const char *below = form_below(mem, at, key);

		if (streq(form_widget(p), "hidden"))
			continue;
		json_push(
			mem, list,
			show_field(s, p, json_getn(value, key), below, key, json_has_text(json_get(schema, "required"), key)));
		show_credential(s, list, below);
	}
	return list;
}

static void put_items(struct showing *s, struct json *f, const struct json *schema, const struct json *value, const char *at)
{
	struct arena *mem = mem_of(s);
	struct json *list = json_array(mem);
	const struct json *most = json_get(schema, "maxItems");

	for (size_t i = 0; json_is(value, JSON_ARRAY) && i < value->a.n; i++) {
		const char *below = form_item(mem, at, i),
			   *name = arena_printf(mem, "%s %zu", json_get_text(f, "label", ""), i + 1);
		struct json *item = form_item_schema(s->work, schema, value->a.items[i], at, i);

		json_push(mem, list, show_field(s, item, value->a.items[i], below, str_of(name), false));
	}
	json_set(mem, f, "items", list);
	put_flag(s, f, "full", json_is(most, JSON_NUMBER) && (double)list->a.n >= most->num);
	put_flag(s, f, "orderable", !json_is(form_ui(schema, "orderable"), JSON_BOOL) || form_ui(schema, "orderable")->b);
	put_flag(s, f, "addable", !json_is(form_ui(schema, "addable"), JSON_BOOL) || form_ui(schema, "addable")->b);
	put_flag(s, f, "removable", !json_is(form_ui(schema, "removable"), JSON_BOOL) || form_ui(schema, "removable")->b);
}

/*
 * Two fields of the same shape are one to a browser that has the first on its screen: only what was entered differs. A
 * repository's address has other parts on another host.
 */
static void put_shape(struct showing *s, struct json *f, const struct json *schema, const struct json *value, const char *at)
{
	struct arena *mem = mem_of(s);
	struct json *choices = form_choices(mem, schema);
	struct buf b = { .mem = mem };

	json_set(mem, f, "choices", choices ? choices : json_array(mem));
	put(s, f, "repo",
	    streq(json_get_text(f, "widget", ""), "branch") ? form_repo_value(s->form->pages, s->form->values) : "");
	json_write(&b, f);
	if (streq(json_get_text(f, "widget", ""), "repo-url"))
		buf_adds(&b, form_repo_host(s->form->cx, schema, form_repo_shown(s->form, value, at)));
	put(s, f, "shape", arena_printf(mem, "%08llx", (unsigned long long)hash64(b.p, b.n)));
}

/* What cannot be anything else need not be chosen. */
static void put_sole(struct showing *s, struct json *f, const struct json *schema, const struct json *value)
{
	if (!json_get(schema, FORM_SOLE) || !value || !json_equal(value, json_get(schema, "default")))
		return;
	put_flag(s, f, "readonly", true);
	put(s, f, "note", "This is the only one that fits.");
}

static void put_focus(struct showing *s, struct json *f, const struct json *schema)
{
	bool wrong = *json_get_text(f, "error", ""), wanted = flag_of(schema, "autofocus");
	bool now = !s->focused && (s->errors->o.n ? wrong : wanted);

	put_flag(s, f, "autofocus", now);
	s->focused |= now;
}

static struct json *show_field(struct showing *s, const struct json *schema, const struct json *value, const char *at,
			       struct str key, bool required)
{
	struct arena *mem = mem_of(s);
	struct json *f = json_object(mem), *choice = json_get(schema, FORM_CHOICE);
	const char *widget = form_widget(schema);

	put(s, f, "place", at);
	put(s, f, "id", id_of(mem, at));
	put(s, f, "widget", widget);
	put(s, f, "type", form_type(schema));
	put_flag(s, f, "required", required);
	put_words(s, f, schema, key);
	put_picker(s, f, schema, widget);
	json_set(mem, f, "choice", choice ? choice : json_null(mem));
	put_sole(s, f, schema, value);
	put_shape(s, f, schema, value, at);
	put(s, f, "error", json_get_text(s->errors, at, ""));
	put_focus(s, f, schema);
	json_set(mem, f, "fields", streq(widget, "object") ? show_fields(s, schema, value, at) : json_array(mem));
	if (streq(widget, "list"))
		put_items(s, f, schema, value, at);
	else
		put_value(s, f, schema, value, at);
	return f;
}

int form_page(struct form *f, size_t page, const struct json *errors, struct json **out)
{
	struct arena *mem = f->cx->mem;
	struct form_work w = form_work_on(f, page);
	struct showing s = { .form = f, .work = &w, .errors = errors ? errors : json_object(mem) };
	struct json *schema, *v = json_object(mem), *choice;
	int rc = form_schema(f, page, &schema);

	if (rc == 0)
		rc = form_credentials(f, &s.credentials);
	if (rc < 0)
		return rc;
	*out = v;
	put(&s, v, "title", form_ui_text(schema, "title", json_get_text(schema, "title", "")));
	put(&s, v, "description", form_ui_text(schema, "description", json_get_text(schema, "description", "")));
	put(&s, v, "error", json_get_text(s.errors, "", ""));
	put(&s, v, "note", json_get_text(schema, FORM_NOTE, ""));
	choice = json_get(schema, FORM_CHOICE);
	json_set(mem, v, "choice", choice ? choice : json_null(mem));
	json_set(mem, v, "fields", show_fields(&s, schema, f->values, ""));
	return 0;
}
