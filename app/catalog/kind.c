/* Kinds: the built-in ones of kinds.def and those that the configuration declares. */
#include "catalog/kind.h"

#include "base/list.h"
#include "base/schema.h"

struct row {
	const char *kind, *api_versions;
	struct kind_field field;
};

static const struct row rows[] = {
#define KIND(name, versions) { .kind = #name, .api_versions = versions },
#define FIELD(path, form_, need_, relation_, inverse_, target)                                                                 \
	{ .field = { .name = path,                                                                                             \
		     .form = form_,                                                                                            \
		     .need = need_,                                                                                            \
		     .relation = relation_,                                                                                    \
		     .inverse = inverse_,                                                                                      \
		     .target_kind = target } },
#include "catalog/kinds.def"
#undef KIND
#undef FIELD
};

static const struct {
	const char *name;
	enum field_form form;
} forms[] = {
	{ "text", TEXT },     { "ref", REF },   { "texts", TEXTS }, { "refs", REFS },
	{ "object", OBJECT }, { "list", LIST }, { "any", ANY },
};

static void load_built_in(struct arena *mem, struct kinds *out)
{
	for (size_t i = 0; i < LEN(rows); i++) {
		if (rows[i].kind)
			*list_add(mem, out) = (struct kind){ .name = rows[i].kind, .api_versions = rows[i].api_versions };
		else
			*list_add(mem, &out->items[out->n - 1].fields) = rows[i].field;
	}
}

static int load_field(struct ctx *cx, struct arena *mem, const struct json *v, const char *kind, struct kind_field *out)
{
	const char *name = json_get_text(v, "name", NULL), *type = json_get_text(v, "type", "text");
	const char *relation = json_get_text(v, "relation", NULL), *inverse = json_get_text(v, "inverse", NULL);

	if (!name || !*name)
		return fail(cx, ERR_INPUT, "catalog.kinds: %s: a field needs a name", kind);
	if (str_starts(name, "spec."))
		name += 5;
	if ((relation != NULL) != (inverse != NULL))
		return fail(cx, ERR_INPUT, "catalog.kinds: %s.%s: relation and inverse go together", kind, name);
	*out = (struct kind_field){ .name = arena_strdup(mem, name),
				    .need = json_get_bool(v, "required", false) ? REQUIRED : OPTIONAL,
				    .relation = relation,
				    .inverse = inverse,
				    .target_kind = json_get_text(v, "targetKind", NULL),
				    .target_ns_default = streq(json_get_text(v, "targetNamespace", "inherit"), "default") };
	for (size_t i = 0; i < LEN(forms); i++) {
		if (streq(type, forms[i].name)) {
			out->form = forms[i].form;
			if (relation && out->form != REF && out->form != REFS)
				return fail(cx, ERR_INPUT, "catalog.kinds: %s.%s: only type ref or refs makes a relation", kind,
					    name);
			return 0;
		}
	}
	return fail(cx, ERR_INPUT,
		    "catalog.kinds: %s.%s: unknown type \"%s\"; known are text, ref, texts, refs, object, list, any", kind,
		    name, type);
}

static struct kind *by_name(struct kinds *kinds, const char *name)
{
	for (size_t i = 0; i < kinds->n; i++)
		if (streq(kinds->items[i].name, name))
			return &kinds->items[i];
	return NULL;
}

static int check_schema(struct ctx *cx, const struct json *schema, const char *kind)
{
	struct schema_errors faults = { 0 };

	if (!schema || schema_valid(cx->mem, schema, &faults))
		return 0;
	return fail(cx, ERR_INPUT, "catalog.kinds: %s: its schema is wrong at %s: %s", kind, faults.items[0].path,
		    faults.items[0].message);
}

static int load_custom(struct ctx *cx, struct arena *mem, const struct json *v, struct kinds *out)
{
	const char *name = json_get_text(v, "kind", NULL);
	const struct json *versions = json_get(v, "apiVersions"), *fields = json_get(v, "fields");
	struct kind *kind = name ? by_name(out, name) : NULL;
	struct buf joined = { .mem = mem };

	if (!name)
		return fail(cx, ERR_INPUT, "catalog.kinds: an entry needs a kind");
	for (size_t i = 0; i < json_len(versions); i++)
		buf_addf(&joined, "%s%s", i ? " " : "", json_text(versions->a.items[i], "?"));
	if (!kind && !joined.n)
		return fail(cx, ERR_INPUT, "catalog.kinds: %s is new and needs apiVersions", name);
	if (!kind)
		*(kind = list_add(mem, out)) =
			(struct kind){ .name = arena_strdup(mem, name), .api_versions = buf_text(&joined) };
	else if (joined.n)
		kind->api_versions = arena_printf(mem, "%s %s", kind->api_versions, buf_text(&joined));
	for (size_t i = 0; i < json_len(fields); i++) {
		struct kind_field f;
		int rc = load_field(cx, mem, fields->a.items[i], name, &f);

		if (rc < 0)
			return rc;
		*list_add(mem, &kind->fields) = f;
	}
	kind->schema = json_get(v, "schema");
	return check_schema(cx, kind->schema, name);
}

int kinds_load(struct ctx *cx, struct arena *mem, struct kinds *out)
{
	const struct json *custom = json_path(cx->conf, "catalog", "kinds", NULL);

	*out = (struct kinds){ 0 };
	load_built_in(mem, out);
	for (size_t i = 0; i < json_len(custom); i++) {
		int rc = load_custom(cx, mem, custom->a.items[i], out);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; *at;) {
		size_t len = strcspn(at, " ");

		if (len == n && memcmp(at, word, n) == 0)
			return true;
		at += len;
		at += strspn(at, " ");
	}
	return false;
}

const struct kind *kind_find(const struct kinds *kinds, const char *name, const char *api_version)
{
	for (size_t i = 0; i < kinds->n; i++)
		if (streq(kinds->items[i].name, name) && has_word(kinds->items[i].api_versions, api_version))
			return &kinds->items[i];
	return NULL;
}

bool field_required(const struct kind_field *f, const struct json *spec)
{
	const char *type = json_get_text(spec, "type", "");

	switch (f->need) {
	case OPTIONAL:
		return false;
	case REQUIRED:
		return true;
	case ONLY_MCP_SERVER:
		return streq(type, "mcp-server") && !json_get(spec, "definition");
	case BUT_MCP_SERVER:
		return !streq(type, "mcp-server");
	case ONLY_RULE:
		return streq(type, "rule");
	case ONLY_PLUGIN:
		return streq(type, "plugin");
	case ONLY_MARKETPLACE:
		return streq(type, "marketplace");
	}
	return false;
}

struct json *field_value(const struct kind_field *f, const struct json *spec)
{
	struct str rest = str_of(f->name);
	struct json *at = json_getn(spec, rest);

	if (at || !strchr(f->name, '.'))
		return at;
	while (rest.p) {
		at = json_getn(spec, str_cut(&rest, '.'));
		spec = at;
	}
	return at;
}
