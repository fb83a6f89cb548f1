/* What is to be confirmed before a template runs. */
#include "scaffolder/form_pick.h"
#include "scaffolder/form_private.h"

#define DOTS "••••••••"

struct reviewing {
	struct form *form;
	struct form_work *work;
	struct json *rows;
	const struct json *acting; /* form_acting() */
};

static const struct json *review_of(const struct json *schema)
{
	const struct json *review = json_get(form_ui(schema, "backstage"), "review");

	return review ? review : json_get(json_get(schema, "ui:backstage"), "review");
}

static const char *choice_label(struct arena *mem, const struct json *schema, const struct json *value)
{
	const struct json *choices = form_choices(mem, schema);

	for (size_t i = 0; i < json_len(choices); i++)
		if (json_equal(json_get(choices->a.items[i], "value"), value))
			return json_get_text(choices->a.items[i], "label", "");
	return NULL;
}

static const char *one_text(struct arena *mem, const struct json *schema, const struct json *value)
{
	const char *widget = form_widget(schema), *text = choice_label(mem, schema, value);

	if (text)
		return text;
	text = form_text(mem, value);
	if (streq(widget, "entity") || streq(widget, "entities") || streq(widget, "groups"))
		return form_ref_text(mem, text, streq(widget, "groups") ? "group" : form_default_kind(schema),
				     form_default_namespace(schema));
	return text;
}

static const char *text_of(struct arena *mem, const struct json *schema, const struct json *value)
{
	struct buf b = { .mem = mem };
	bool plain = json_is(value, JSON_ARRAY);

	for (size_t i = 0; plain && i < value->a.n; i++)
		plain = !json_is(value->a.items[i], JSON_ARRAY) && !json_is(value->a.items[i], JSON_OBJECT);
	if (!plain)
		return one_text(mem, schema, value);
	for (size_t i = 0; i < value->a.n; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", one_text(mem, schema, value->a.items[i]));
	return buf_text(&b);
}

static void add_row(struct reviewing *r, const char *label, const char *text, bool code)
{
	struct arena *mem = r->form->cx->mem;
	struct json *row = json_object(mem);

	json_set(mem, row, "label", json_str(mem, label));
	json_set(mem, row, "text", json_str(mem, text));
	json_set(mem, row, "code", json_bool(mem, code));
	json_push(mem, r->rows, row);
}

/* In whose name steps act where a picker asked for that. */
static void add_acting(struct reviewing *r, const char *at)
{
	for (size_t i = 0; i < r->acting->a.n; i++) {
		const struct json *v = r->acting->a.items[i];
		const char *how = json_get_text(v, "how", "");

		if (streq(json_get_text(v, "at", ""), at))
			add_row(r, arena_printf(r->form->cx->mem, "Your access token for %s", json_get_text(v, "host", "")),
				streq(how, "sign-in") ? "That of your sign-in"
				: streq(how, "token") ? DOTS
						      : "",
				false);
	}
}

static void review(struct reviewing *r, const struct json *schema, const struct json *value, const char *at, const char *label);

static void review_members(struct reviewing *r, const struct json *schema, const struct json *value, const char *at,
			   const char *label)
{
	struct arena *mem = r->form->cx->mem;
	const struct json *properties = form_properties(mem, schema);

	for (size_t i = 0; i < properties->o.n; i++) {
		struct str key = properties->o.m[i].key;
		const struct json *p = properties->o.m[i].value;
		const char *own = json_get_text(review_of(p), "name", form_label(mem, p, key)),
			   *below = form_below(mem, at, key);

		review(r, p, json_getn(value, key), below, *label ? arena_printf(mem, "%s › %s", label, own) : own);
		add_acting(r, below);
	}
}

static void review_items(struct reviewing *r, const struct json *schema, const struct json *value, const char *at,
			 const char *label)
{
	struct arena *mem = r->form->cx->mem;

	for (size_t i = 0; i < value->a.n; i++)
		review(r, form_item_schema(r->work, schema, value->a.items[i], at, i), value->a.items[i], form_item(mem, at, i),
		       arena_printf(mem, "%s %zu", label, i + 1));
}

static bool holds_objects(const struct json *list)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (json_is(list->a.items[i], JSON_OBJECT))
			return true;
	return false;
}

/* A mask hides; so does a field for what is secret. An object's members stand by themselves unless it says otherwise. */
static void review(struct reviewing *r, const struct json *schema, const struct json *value, const char *at, const char *label)
{
	const struct json *say = review_of(schema);
	bool shown = !json_is(say, JSON_BOOL) ? json_get_bool(say, "show", true) : say->b;
	const char *mask = json_get_text(say, "mask", NULL);

	if (!shown)
		return;
	if (form_is_secret(schema)) {
		add_row(r, label, json_get(r->form->sealed, at) ? mask ? mask : DOTS : "", false);
	} else if (mask) {
		add_row(r, label, value ? mask : "", false);
	} else if (streq(form_widget(schema), "object") && json_get_bool(say, "explode", true)) {
		review_members(r, schema, value, at, label);
	} else if (streq(form_widget(schema), "list") && holds_objects(value)) {
		review_items(r, schema, value, at, label);
	} else {
		struct arena *mem = r->form->cx->mem;
		bool code = json_is(value, JSON_OBJECT) || json_is(value, JSON_ARRAY);
		const char *text = value ? text_of(mem, schema, value) : "";

		add_row(r, label, text, code && strchr(text, '\n'));
	}
}

int form_review(struct form *f, struct json **out)
{
	struct arena *mem = f->cx->mem;
	struct json *acting;
	int rc = form_acting(f, &acting);

	*out = json_array(mem);
	for (size_t i = 0; i < f->pages->a.n && rc == 0; i++) {
		struct form_work w = form_work_on(f, i);
		struct reviewing r = { f, &w, json_array(mem), acting };
		struct json *schema, *page = json_object(mem);

		rc = form_schema(f, i, &schema);
		if (rc < 0)
			break;
		review_members(&r, schema, f->values, "", "");
		json_set(mem, page, "title", json_str(mem, json_get_text(schema, "title", "")));
		json_set(mem, page, "rows", r.rows);
		json_push(mem, *out, page);
	}
	return rc;
}
