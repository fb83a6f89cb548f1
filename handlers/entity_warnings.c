/* What is wrong with an entity, in words that say what to do. */
#include "base/list.h"
#include "catalog/kind.h"
#include "catalog/ref.h"
#include "catalog/settings.h"
#include "catalog/trouble.h"
#include "handlers/entity_page.h"

enum { TROUBLES_SHOWN = 8, DANGLING_SHOWN = 5 };

/* ---- errors of processing ---- */

static const char *what_to_do(const struct trouble *t)
{
	static const char *const hints[][2] = {
		{ "InputError", "Mend the file; it is read again by itself, or at once with Refresh." },
		{ "Error", "The file is no valid YAML there. Mend it; it is read again by itself, or at once with Refresh." },
		{ "NotFoundError", "Put the file back, mend the target of the Location, or unregister it." },
		{ "NotAllowedError", "This place may not bring such an entity: ask who runs the portal about catalog.rules and "
				     "backend.reading.allow, or move the file." },
		{ "ConflictError", "Rename one of the two, or take one away." },
		{ "PayloadTooLargeError", "Split the file, or take out of it what is too large." },
		{ "AuthenticationError", "The portal's credentials for this host do not work: tell who runs it." },
	};

	for (size_t i = 0; i < LEN(hints); i++)
		if (streq(hints[i][0], t->name))
			return hints[i][1];
	return "It is tried again by itself. If it stays, tell who runs the portal.";
}

/* Advice that the next problem gives as well is given once. */
static void push(struct arena *mem, struct json *list, struct json *trouble)
{
	struct json *last = list->a.n ? list->a.items[list->a.n - 1] : NULL;

	if (last && streq(json_get_text(last, "advice", ""), json_get_text(trouble, "advice", "")))
		json_set(mem, last, "advice", json_str(mem, ""));
	json_push(mem, list, trouble);
}

/* Up to what, without it. */
static void cut_at(char *text, const char *what)
{
	char *at = strstr(text, what);

	if (at && at != text)
		*at = '\0';
}

/*
 * The innermost cause: programs want the whole chain that Backstage's words are, people what is wrong. File and line are shown
 * beside it.
 */
static const char *plain_words(struct arena *mem, const struct trouble *t)
{
	char *text = arena_strdup(mem, t->message), *cause;

	while ((cause = strstr(text, "; caused by ")) && strstr(cause, "Error: "))
		text = strstr(cause, "Error: ") + strlen("Error: ");
	cut_at(text, arena_printf(mem, " (%s line ", t->target));
	cut_at(text, " To learn more about catalog file format, visit: ");
	cut_at(text, " - missingProperty: ");
	return text;
}

static struct json *trouble_json(struct arena *mem, const struct trouble *t)
{
	static const char *const places[] = { "own", "file", "above", "beside" };
	struct json *v = json_object(mem);

	json_set(mem, v, "where", json_str(mem, places[t->where]));
	json_set(mem, v, "ref", json_str(mem, t->ref));
	json_set(mem, v, "at", json_str(mem, t->at ? t->at : ""));
	json_set(mem, v, "message", json_str(mem, plain_words(mem, t)));
	json_set(mem, v, "file", json_str(mem, t->target));
	json_set(mem, v, "line", json_num(mem, t->line));
	json_set(mem, v, "since", t->since ? json_num(mem, (double)t->since) : json_str(mem, ""));
	json_set(mem, v, "advice", json_str(mem, what_to_do(t)));
	return v;
}

static int add_troubles(struct ctx *cx, struct json *vars, const char *ref)
{
	struct json *near = json_array(cx->mem), *far = json_array(cx->mem);
	struct troubles found = { 0 };
	size_t left_out = 0;
	int rc = entity_troubles(cx, ref, &found);

	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		struct json *to = found.items[i].where <= TROUBLE_FILE ? near : far;

		if (to->a.n < TROUBLES_SHOWN)
			push(cx->mem, to, trouble_json(cx->mem, &found.items[i]));
		else
			left_out++;
	}
	json_set(cx->mem, vars, "troubles", near);
	json_set(cx->mem, vars, "troubles_above", far);
	json_set(cx->mem, vars, "troubles_more", json_num(cx->mem, (double)left_out));
	return rc;
}

/* ---- relations that lead nowhere ---- */

struct named {
	const char *field, *value;
};
struct outgoing {
	struct text_list refs;
	struct {
		struct named *items;
		size_t n, cap;
	} names;
};

static void add_value(struct ctx *cx, const struct kind_field *f, const char *ns, const struct json *v, struct outgoing *out)
{
	const char *text = json_text(v, "");
	struct err before = cx->err;
	struct ref r;

	if (!*text || ref_parse(cx, text, f->target_kind, f->target_ns_default ? NULL : ns, &r) < 0) {
		cx->err = before;
		return;
	}
	*list_add(cx->mem, &out->refs) = ref_format(cx->mem, &r);
	*list_add(cx->mem, &out->names) = (struct named){ arena_printf(cx->mem, "spec.%s", f->name), text };
}

/* Every reference that the entity itself makes, with the field that makes it. */
static int outgoing_of(struct ctx *cx, const struct json *doc, struct outgoing *out)
{
	const struct catalog_settings *s = catalog_settings(cx);
	const char *ns = json_text(json_path(doc, "metadata", "namespace", NULL), "default");
	const struct kind *k;

	if (!s)
		return cx->err.code;
	k = kind_find(&s->kinds, json_get_text(doc, "kind", ""), json_get_text(doc, "apiVersion", ""));
	for (size_t i = 0; k && i < k->fields.n; i++) {
		const struct kind_field *f = &k->fields.items[i];
		const struct json *v = f->relation ? field_value(f, json_get(doc, "spec")) : NULL;

		if (json_is(v, JSON_STRING))
			add_value(cx, f, ns, v, out);
		for (size_t n = 0; json_is(v, JSON_ARRAY) && n < v->a.n; n++)
			add_value(cx, f, ns, v->a.items[n], out);
	}
	return 0;
}

static int add_dangling(struct ctx *cx, struct json *vars, const struct json *doc)
{
	struct json *list = json_array(cx->mem), *gone = json_object(cx->mem);
	struct outgoing out = { 0 };
	size_t total = 0;
	bool *found;
	int rc = outgoing_of(cx, doc, &out);

	found = arena_array(cx->mem, bool, out.refs.n);
	if (rc == 0 && out.refs.n)
		rc = entity_exist(cx, &out.refs, found);
	for (size_t i = 0; rc == 0 && i < out.refs.n; i++) {
		struct json *v;

		if (found[i])
			continue;
		json_set(cx->mem, gone, out.refs.items[i], json_bool(cx->mem, true));
		if (++total > DANGLING_SHOWN)
			continue;
		v = json_object(cx->mem);
		json_set(cx->mem, v, "ref", json_str(cx->mem, out.refs.items[i]));
		json_set(cx->mem, v, "field", json_str(cx->mem, out.names.items[i].field));
		json_set(cx->mem, v, "value", json_str(cx->mem, out.names.items[i].value));
		json_push(cx->mem, list, v);
	}
	json_set(cx->mem, vars, "dangling", list);
	json_set(cx->mem, vars, "gone", gone);
	json_set(cx->mem, vars, "dangling_total", json_num(cx->mem, (double)total));
	return rc;
}

int entity_warnings(struct ctx *cx, struct json *vars, const struct json *doc)
{
	int rc = add_troubles(cx, vars, ref_of_entity(cx->mem, doc));

	return rc < 0 ? rc : add_dangling(cx, vars, doc);
}
