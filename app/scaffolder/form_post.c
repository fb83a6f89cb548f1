/* What was posted becomes typed values again, by the schema. */
#include <stdlib.h>

#include "catalog/ref.h"
#include "ext/json.h"
#include "scaffolder/form_private.h"

enum { ROUNDS = 8, MOST_ITEMS = 500 };

/* One reading of a page. */
struct reading {
	struct form *form;
	struct form_work *work;
	const struct json *posted;
	bool more;   /* a field that is there was not posted */
	bool turned; /* another alternative was chosen */
};

static struct json *read_value(struct reading *r, const struct json *schema, const char *at, struct json *old);

static struct arena *mem_of(const struct reading *r)
{
	return r->form->cx->mem;
}

static const struct json *posted_at(const struct reading *r, const char *place)
{
	const struct json *texts = json_get(r->posted, place);

	return json_is(texts, JSON_ARRAY) && texts->a.n ? texts : NULL;
}

/* The last text at a place: a box that is ticked comes behind the text that says that it is not. */
static const char *text_at(const struct reading *r, const char *place)
{
	const struct json *texts = posted_at(r, place);

	return texts ? json_text(texts->a.items[texts->a.n - 1], "") : "";
}

/* ---- single values ---- */

static struct json *read_number(struct arena *mem, const char *text)
{
	char *end;
	double num;

	if (text[strspn(text, "0123456789+-.eE")] || !strpbrk(text, "0123456789"))
		return json_str(mem, text); /* to be told that it is none */
	num = strtod(text, &end);
	return *end ? json_str(mem, text) : json_num(mem, num);
}

static struct json *read_choice(struct arena *mem, const struct json *schema, const char *text)
{
	const struct json *choices = form_choices(mem, schema);

	for (size_t i = 0; i < json_len(choices); i++)
		if (streq(json_get_text(choices->a.items[i], "text", ""), text))
			return json_get(choices->a.items[i], "value");
	return *text ? json_str(mem, text) : NULL;
}

/* A reference as it is kept: complete where the field says which kind is meant, else as it was entered. */
static struct json *read_ref(struct ctx *cx, const struct json *schema, const char *text)
{
	const char *kind = form_ui_text(schema, "defaultKind", NULL), *ns = form_ui_text(schema, "defaultNamespace", NULL);
	struct err before = cx->err;
	struct ref r;

	if (!kind && streq(form_ui_text(schema, "field", ""), "OwnerPicker"))
		kind = "Group";
	if (!*text)
		return NULL;
	if (ref_parse(cx, text, kind, ns, &r) == 0)
		text = ref_format(cx->mem, &r);
	cx->err = before;
	return json_str(cx->mem, text);
}

static struct json *read_lines(struct arena *mem, const char *text)
{
	struct buf b = { .mem = mem };

	for (; *text; text++)
		if (*text != '\r' || text[1] != '\n')
			buf_addc(&b, *text);
	return json_str(mem, buf_text(&b));
}

static struct json *read_json(struct ctx *cx, const char *text)
{
	struct err before = cx->err;
	struct json *v;

	if (!text[strspn(text, " \r\n\t")])
		return NULL;
	if (json_parse_within(cx, str_of(text), 16 << 20, &v) == 0)
		return v;
	cx->err = before;
	return json_str(cx->mem, text);
}

/* Of an address without anything else the host that was chosen stays, in the form alone. */
static void keep_host(struct reading *r, const char *at, const char *host)
{
	const char *place = form_below(mem_of(r), at, STR("host"));

	if (streq(json_get_text(r->form->chosen, place, ""), host))
		return;
	json_set(mem_of(r), r->form->chosen, place, json_str(mem_of(r), host));
	r->turned = true;
}

static struct json *read_repo_url(struct reading *r, const char *at)
{
	static const char *const names[] = { "host", "owner", "repo", "organization", "workspace", "project" };
	struct arena *mem = mem_of(r);
	struct json *parts = json_object(mem);
	bool any = false;

	for (size_t i = 0; i < LEN(names); i++) {
		struct str text = str_trim(str_of(text_at(r, form_below(mem, at, str_of(names[i])))));

		json_set(mem, parts, names[i], json_strn(mem, text.p, text.n));
		any |= i && text.n;
	}
	keep_host(r, at, json_get_text(parts, "host", ""));
	return any ? json_str(mem, form_repo_url(mem, parts)) : NULL;
}

/* ---- several values ---- */

static bool holds(const struct json *list, const struct json *v)
{
	for (size_t i = 0; i < list->a.n; i++)
		if (json_equal(list->a.items[i], v))
			return true;
	return false;
}

static struct json *read_boxes(const struct reading *r, const struct json *schema, const char *at)
{
	const struct json *texts = posted_at(r, at);
	struct json *list = json_array(mem_of(r));

	/* The first is there to say that the field was. */
	for (size_t i = 1; texts && i < texts->a.n; i++) {
		struct json *v = read_choice(mem_of(r), schema, json_text(texts->a.items[i], ""));

		if (v && !holds(list, v))
			json_push(mem_of(r), list, v);
	}
	return list;
}

/* Texts with a comma between: those that were there, and what was written into the field. */
static struct json *read_words(const struct reading *r, const struct json *schema, const char *at, bool refs)
{
	const struct json *texts = posted_at(r, at);
	struct json *list = json_array(mem_of(r));

	for (size_t i = 0; texts && i < texts->a.n && list->a.n < MOST_ITEMS; i++) {
		struct str rest = str_of(json_text(texts->a.items[i], ""));

		while (rest.p) {
			struct str word = str_trim(str_cut(&rest, ','));
			const char *text = arena_strndup(mem_of(r), word.p, word.n);
			struct json *v = refs ? read_ref(r->form->cx, schema, text) : json_str(mem_of(r), text);

			if (word.n && v && !holds(list, v))
				json_push(mem_of(r), list, v);
		}
	}
	return list;
}

struct json *form_item_schema(struct form_work *w, const struct json *schema, const struct json *value, const char *at,
			      size_t i)
{
	const struct json *items = json_get(schema, "items"), *one = items;

	if (json_is(items, JSON_ARRAY))
		one = i < items->a.n ? items->a.items[i] : json_get(schema, "additionalItems");
	w->fields++;
	if (w->fields > FORM_FIELDS)
		return json_object(w->form->cx->mem);
	return form_resolve(w, one, value, form_item(w->form->cx->mem, at, i));
}

static struct json *read_list(struct reading *r, const struct json *schema, const char *at, struct json *old)
{
	struct arena *mem = mem_of(r);
	struct json *list = json_array(mem);
	long n;

	if (!str_long(text_at(r, at), 0, MOST_ITEMS, &n))
		return old;
	for (size_t i = 0; i < (size_t)n; i++) {
		struct json *before = json_is(old, JSON_ARRAY) && i < old->a.n ? old->a.items[i] : NULL, *v;

		v = read_value(r, form_item_schema(r->work, schema, before, at, i), form_item(mem, at, i), before);
		json_push(mem, list, v ? v : json_str(mem, ""));
	}
	return list;
}

/* Of alternatives below the page, what the others asked goes. */
static struct json *kept_members(struct reading *r, const struct json *schema, const char *at, const struct json *old)
{
	const struct json *properties = json_get(schema, "properties");
	bool choice = *at && json_get(schema, FORM_CHOICE);
	struct json *now = json_object(mem_of(r));

	for (size_t i = 0; json_is(old, JSON_OBJECT) && i < old->o.n; i++)
		if (!choice || json_getn(properties, old->o.m[i].key))
			json_setn(mem_of(r), now, old->o.m[i].key, old->o.m[i].value);
	return now;
}

static struct json *read_object(struct reading *r, const struct json *schema, const char *at, const struct json *old)
{
	struct arena *mem = mem_of(r);
	const struct json *properties = json_get(schema, "properties");
	struct json *now = kept_members(r, schema, at, old);

	for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n; i++) {
		struct str key = properties->o.m[i].key;
		struct json *v = read_value(r, properties->o.m[i].value, form_below(mem, at, key), json_getn(now, key));

		if (v)
			json_setn(mem, now, key, v);
		else
			json_remove(now, arena_strndup(mem, key.p, key.n));
	}
	return now;
}

/* ---- fields ---- */

/* What is secret is kept apart; a field that was left empty keeps what was entered before. */
static void read_secret(struct reading *r, const char *at)
{
	const char *text = text_at(r, at);

	if (*text)
		json_set(mem_of(r), r->form->sealed, at, json_str(mem_of(r), text));
}

static struct json *read_text(struct reading *r, const struct json *schema, const char *widget, const char *text)
{
	struct arena *mem = mem_of(r);
	const char *type = form_type(schema);

	if (streq(widget, "select") || streq(widget, "radio"))
		return read_choice(mem, schema, text);
	if (streq(widget, "checkbox"))
		return json_bool(mem, streq(text, "true"));
	if (streq(widget, "entity") || streq(widget, "groups"))
		return read_ref(r->form->cx, schema, text);
	if (streq(widget, "json"))
		return read_json(r->form->cx, text);
	if (streq(widget, "null"))
		return json_null(mem);
	if (!*text) {
		const struct json *empty = form_ui(schema, "emptyValue");

		return empty ? json_copy(mem, empty) : NULL;
	}
	if (streq(type, "number") || streq(type, "integer"))
		return read_number(mem, text);
	if (streq(widget, "datetime"))
		return json_fmt(mem, "%s%s", text, strlen(text) == 16 ? ":00.000Z" : "");
	return streq(widget, "textarea") ? read_lines(mem, text) : json_str(mem, text);
}

static void read_alternative(struct reading *r, const char *at)
{
	const char *name = arena_printf(mem_of(r), "?%s", at);
	struct json *now = posted_at(r, name) ? read_number(mem_of(r), text_at(r, name)) : NULL;
	const struct json *before = json_get(r->form->chosen, at);

	if (!now || (before && json_equal(now, before)))
		return;
	json_set(mem_of(r), r->form->chosen, at, now);
	r->turned = true;
}

static struct json *read_value(struct reading *r, const struct json *schema, const char *at, struct json *old)
{
	const char *widget = form_widget(schema);

	if (json_is(form_ui(schema, "disabled"), JSON_BOOL) && form_ui(schema, "disabled")->b)
		return old;
	if (json_get(schema, FORM_CHOICE))
		read_alternative(r, at);
	if (streq(widget, "object"))
		return read_object(r, schema, at, old);
	if (streq(widget, "hidden"))
		return old;
	if (!posted_at(r, at)) {
		const struct json *dflt = json_get(schema, "default");

		r->more = true;
		return old || !dflt ? old : json_copy(mem_of(r), dflt);
	}
	if (streq(widget, "secret") || streq(widget, "password"))
		return read_secret(r, at), old;
	if (streq(widget, "list"))
		return read_list(r, schema, at, old);
	if (streq(widget, "checkboxes"))
		return read_boxes(r, schema, at);
	if (streq(widget, "tags") || streq(widget, "entities"))
		return read_words(r, schema, at, streq(widget, "entities"));
	if (streq(widget, "repo-url"))
		return read_repo_url(r, at);
	return read_text(r, schema, widget, text_at(r, at));
}

/* Which fields there are depends on what is in them: read until nothing changes any more. */
int form_post(struct form *f, size_t page, const struct json *posted, bool *more)
{
	struct json *schema, *now;

	for (int i = 0; i < ROUNDS; i++) {
		struct form_work w = form_work_on(f, page);
		struct reading r = { .form = f, .work = &w, .posted = posted };
		bool same;
		int rc = form_schema(f, page, &schema);

		if (rc < 0)
			return rc;
		now = read_value(&r, schema, "", f->values);
		same = !r.turned && json_is(now, JSON_OBJECT) && json_equal(now, f->values);
		if (json_is(now, JSON_OBJECT))
			f->values = now;
		*more = r.more;
		if (same)
			break;
	}
	return form_credentials_post(f, page, posted, more);
}

/* ---- defaults ---- */

static struct json *first_value(struct arena *mem, const struct json *schema)
{
	const struct json *dflt = json_get(schema, "default");

	dflt = dflt ? dflt : json_get(schema, "const");
	if (dflt)
		return json_copy(mem, dflt);
	return streq(form_type(schema), "array") ? json_array(mem) : NULL;
}

void form_fill(struct arena *mem, const struct json *schema, struct json *values)
{
	const struct json *properties = json_get(schema, "properties");

	for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n; i++) {
		const struct json *p = properties->o.m[i].value;
		struct json *v = json_getn(values, properties->o.m[i].key);

		if (form_is_secret(p))
			continue;
		if (!v && (v = first_value(mem, p)))
			json_setn(mem, values, properties->o.m[i].key, v);
		if (!v && streq(form_widget(p), "object"))
			v = json_setn(mem, values, properties->o.m[i].key, json_object(mem));
		if (json_is(v, JSON_OBJECT))
			form_fill(mem, p, v);
	}
}

int form_visit(struct form *f, size_t page)
{
	struct json *schema;
	int rc = form_schema(f, page, &schema);

	if (rc == 0)
		form_fill(f->cx->mem, schema, f->values);
	return rc;
}

int form_begin(struct form *f)
{
	for (int round = 0; round < ROUNDS; round++) {
		const struct json *before = json_copy(f->cx->mem, f->values);

		for (size_t i = 0; i < f->pages->a.n; i++) {
			int rc = form_visit(f, i);

			if (rc < 0)
				return rc;
		}
		if (json_equal(before, f->values))
			break;
	}
	return 0;
}
