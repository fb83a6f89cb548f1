/* Is this an entity, and a good one? Rules and texts: backstage-facts 1.1 and 1.3, and the recorded answers of Backstage. */
#include "catalog/validate.h"

#include "base/list.h"
#include "base/schema.h"
#include "catalog/ref.h"

struct check {
	struct arena *mem;
	const struct json *entity;
	const char *ref;
	struct faults *out;
};

static void add(struct check *c, const char *message, const char *rule, const struct json *at)
{
	uint32_t line = at && at->line ? at->line : c->entity->line;

	*list_add(c->mem, c->out) = (struct fault){ "InputError", message, rule, line };
}

/* A rule of the envelope. */
static void policy(struct check *c, const struct json *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void policy(struct check *c, const struct json *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *rule = arena_vprintf(c->mem, fmt, ap);

	va_end(ap);
	add(c, arena_printf(c->mem, "Policy check failed for %s; caused by Error: %s", c->ref, rule), rule, at);
}

/* A rule of the kind. */
static void kind_rule(struct check *c, const struct json *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void kind_rule(struct check *c, const struct json *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *rule = arena_vprintf(c->mem, fmt, ap);

	va_end(ap);
	add(c,
	    arena_printf(c->mem,
			 "Processor BuiltinKindsEntityProcessor threw an error while validating the entity %s; caused by "
			 "TypeError: %s",
			 c->ref, rule),
	    rule, at);
}

static const char *shown(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (!v)
		return "undefined";
	if (v->type == JSON_STRING) {
		buf_addf(&b, "\"%.200s\"", v->s.p);
	} else {
		json_write(&b, v);
		if (b.n > 200)
			b.p[200] = '\0';
	}
	return buf_text(&b);
}

static void bad_format(struct check *c, const char *field, const char *expected, const struct json *v)
{
	static const char more[] = "To learn more about catalog file format, visit: "
				   "https://github.com/backstage/backstage/blob/master/docs/architecture-decisions/"
				   "adr002-default-catalog-file-format.md";
	const char *rule =
		arena_printf(c->mem, "\"%s\" is not valid; expected %s but found %s", field, expected, shown(c->mem, v));

	add(c, arena_printf(c->mem, "Policy check failed for %s; caused by Error: %s. %s", c->ref, rule, more), rule, v);
}

#define NAME_RULE "a string that is sequences of [a-zA-Z0-9] separated by any of [-_.], at most 63 characters in total"
#define NAMESPACE_RULE "a string that is sequences of [a-z0-9] separated by [-], at most 63 characters in total"
#define KEY_RULE                                                                                                               \
	"a key of the form [<dns subdomain>/]<name>, the name being sequences of [a-zA-Z0-9] separated by any of [-_.], at "   \
	"most 63 characters"
#define TAG_RULE "a string that is sequences of [a-z0-9+#:] separated by [-], at most 63 characters in total"

static bool is_text(const struct json *v)
{
	return json_is(v, JSON_STRING) && v->s.n > 0;
}

bool validate_envelope(struct arena *mem, const struct json *entity, struct faults *out)
{
	const struct json *meta = json_get(entity, "metadata");
	const char *rule = NULL;

	if (!json_is(entity, JSON_OBJECT))
		rule = arena_printf(mem, "must be object, found %s", json_type_name(entity));
	else if (!is_text(json_get(entity, "apiVersion")))
		rule = json_get(entity, "apiVersion") ? "/apiVersion must be a non-empty string"
						      : "must have required property 'apiVersion'";
	else if (!is_text(json_get(entity, "kind")))
		rule = json_get(entity, "kind") ? "/kind must be a non-empty string" : "must have required property 'kind'";
	else if (!json_is(meta, JSON_OBJECT))
		rule = meta ? "/metadata must be object" : "must have required property 'metadata'";
	else if (!is_text(json_get(meta, "name")))
		rule = json_get(meta, "name") ? "/metadata/name must be a non-empty string"
					      : "/metadata must have required property 'name'";
	if (!rule)
		return true;
	*list_add(mem, out) = (struct fault){ "InputError", arena_printf(mem, "Not an entity: %s", rule), rule,
					      entity && entity->line ? entity->line : 0 };
	return false;
}

static void check_root(struct check *c)
{
	static const char *const known[] = { "apiVersion", "kind", "metadata", "spec" };

	for (size_t i = 0; i < c->entity->o.n; i++) {
		const struct json_member *m = &c->entity->o.m[i];
		bool ok = false;

		for (size_t k = 0; k < LEN(known); k++)
			ok |= str_is(m->key, known[k]);
		if (!ok)
			policy(c, m->value, "Unknown field %s", m->key.p);
	}
	const struct json *spec = json_get(c->entity, "spec");

	if (spec && !json_is(spec, JSON_OBJECT))
		policy(c, spec, "/spec must be object - type: object");
	if (!valid_api_version(json_get(c->entity, "apiVersion")->s))
		bad_format(c, "apiVersion",
			   "a string on the form [<dns subdomain>/]<sequence of [a-zA-Z0-9]>, at most 63 characters after the "
			   "slash",
			   json_get(c->entity, "apiVersion"));
	if (!valid_kind(json_get(c->entity, "kind")->s))
		bad_format(c, "kind", "a string that is a sequence of [a-zA-Z][a-z0-9A-Z], at most 63 characters in total",
			   json_get(c->entity, "kind"));
}

static void check_map(struct check *c, const struct json *meta, const char *field, bool labels)
{
	const struct json *map = json_get(meta, field);

	if (!map)
		return;
	if (!json_is(map, JSON_OBJECT)) {
		policy(c, map, "/metadata/%s must be object - type: object", field);
		return;
	}
	for (size_t i = 0; i < map->o.n; i++) {
		struct str key = map->o.m[i].key;
		const struct json *v = map->o.m[i].value;
		const char *path = arena_printf(c->mem, "metadata.%s.%.200s", field, key.p);

		if (!valid_key(key))
			policy(c, v, "\"metadata.%s\" is not valid; expected %s but found key \"%.200s\"", field, KEY_RULE,
			       key.p);
		if (!json_is(v, JSON_STRING))
			bad_format(c, path, "a string", v);
		else if (labels && !valid_label_value(v->s))
			bad_format(c, path, NAME_RULE " (or the empty string)", v);
	}
}

static void check_tags(struct check *c, const struct json *tags)
{
	if (!tags)
		return;
	if (!json_is(tags, JSON_ARRAY)) {
		policy(c, tags, "/metadata/tags must be array - type: array");
		return;
	}
	for (size_t i = 0; i < tags->a.n; i++)
		if (!json_is(tags->a.items[i], JSON_STRING) || !valid_tag(tags->a.items[i]->s))
			bad_format(c, arena_printf(c->mem, "metadata.tags.%zu", i), TAG_RULE, tags->a.items[i]);
}

static void check_link(struct check *c, const struct json *link, size_t i)
{
	static const char *const optional[] = { "title", "icon", "type" };
	const struct json *url = json_get(link, "url");

	if (!json_is(link, JSON_OBJECT)) {
		policy(c, link, "/metadata/links/%zu must be object - type: object", i);
		return;
	}
	if (!url)
		policy(c, link, "/metadata/links/%zu must have required property 'url' - missingProperty: url", i);
	else if (!json_is(url, JSON_STRING) || !valid_url(url->s))
		bad_format(c, arena_printf(c->mem, "metadata.links.%zu.url", i), "a string that is a valid url", url);
	for (size_t k = 0; k < LEN(optional); k++) {
		const struct json *v = json_get(link, optional[k]);

		if (v && !is_text(v))
			bad_format(c, arena_printf(c->mem, "metadata.links.%zu.%s", i, optional[k]), "a non-empty string", v);
	}
}

static void check_metadata(struct check *c)
{
	const struct json *meta = json_get(c->entity, "metadata"), *links = json_get(meta, "links");
	const struct json *ns = json_get(meta, "namespace"), *title = json_get(meta, "title"),
			  *text = json_get(meta, "description");

	if (!valid_name(json_get(meta, "name")->s))
		bad_format(c, "metadata.name", NAME_RULE, json_get(meta, "name"));
	if (ns && (!json_is(ns, JSON_STRING) || !valid_namespace(ns->s)))
		bad_format(c, "metadata.namespace", NAMESPACE_RULE, ns);
	if (title && !is_text(title))
		policy(c, title, "/metadata/title must be a non-empty string - type: string");
	if (text && !json_is(text, JSON_STRING))
		policy(c, text, "/metadata/description must be string - type: string");
	check_map(c, meta, "labels", true);
	check_map(c, meta, "annotations", false);
	check_tags(c, json_get(meta, "tags"));
	if (links && !json_is(links, JSON_ARRAY)) {
		policy(c, links, "/metadata/links must be array - type: array");
		return;
	}
	for (size_t i = 0; i < json_len(links); i++)
		check_link(c, links->a.items[i], i);
}

static void check_text(struct check *c, const char *path, const struct json *v)
{
	if (!json_is(v, JSON_STRING))
		kind_rule(c, v, "%s must be string - type: string", path);
	else if (!v->s.n)
		kind_rule(c, v, "%s must NOT have fewer than 1 characters - limit: 1", path);
}

static void check_ref(struct check *c, const char *path, const struct kind_field *f, const struct json *v)
{
	ARENA scratch = { 0 };
	struct ctx cx = { .mem = &scratch };
	struct ref r;

	if (!is_text(v))
		check_text(c, path, v);
	else if (f->relation && ref_parse(&cx, v->s.p, f->target_kind, NULL, &r) < 0)
		kind_rule(c, v, "%s: %s", path, cx.err.text);
}

static void check_profile(struct check *c, const char *path, const struct json *v)
{
	static const char *const texts[] = { "displayName", "email", "picture" };

	if (!json_is(v, JSON_OBJECT)) {
		kind_rule(c, v, "%s must be object - type: object", path);
		return;
	}
	for (size_t i = 0; i < LEN(texts); i++)
		if (json_get(v, texts[i]))
			check_text(c, arena_printf(c->mem, "%s/%s", path, texts[i]), json_get(v, texts[i]));
}

/* Template steps need an action; MCP remotes a type and a URL. */
static void check_objects(struct check *c, const char *path, const struct json *list, const char *const *need)
{
	if (!json_is(list, JSON_ARRAY)) {
		kind_rule(c, list, "%s must be array - type: array", path);
		return;
	}
	for (size_t i = 0; i < list->a.n; i++) {
		const struct json *v = list->a.items[i];

		if (!json_is(v, JSON_OBJECT)) {
			kind_rule(c, v, "%s/%zu must be object - type: object", path, i);
			continue;
		}
		for (const char *const *key = need; *key; key++) {
			if (!json_get(v, *key))
				kind_rule(c, v, "%s/%zu must have required property '%s' - missingProperty: %s", path, i, *key,
					  *key);
			else
				check_text(c, arena_printf(c->mem, "%s/%zu/%s", path, i, *key), json_get(v, *key));
		}
	}
}

static void check_list(struct check *c, const char *path, const struct kind_field *f, const struct json *v)
{
	if (!json_is(v, JSON_ARRAY)) {
		kind_rule(c, v, "%s must be array - type: array", path);
		return;
	}
	for (size_t i = 0; f->form != LIST && i < v->a.n; i++)
		check_ref(c, arena_printf(c->mem, "%s/%zu", path, i), f, v->a.items[i]);
}

static void check_field(struct check *c, const struct kind_field *f, const struct json *v)
{
	static const char *const remote[] = { "type", "url", NULL }, *const step[] = { "action", NULL };
	const char *path = arena_printf(c->mem, "/spec/%s", f->name);

	switch (f->form) {
	case TEXT:
	case REF:
		check_ref(c, path, f, v);
		break;
	case TEXTS:
	case REFS:
	case LIST:
		check_list(c, path, f, v);
		break;
	case OBJECT:
		if (!json_is(v, JSON_OBJECT))
			kind_rule(c, v, "%s must be object - type: object", path);
		break;
	case OBJECTS:
		if (json_is(v, JSON_ARRAY) ? json_len(v) && !json_is(v->a.items[0], JSON_OBJECT) : !json_is(v, JSON_OBJECT))
			kind_rule(c, v, "%s must be object or a list of objects - type: object", path);
		break;
	case PROFILE:
		check_profile(c, path, v);
		break;
	case PRESENCE:
		if (!streq(json_text(v, ""), "required") && !streq(json_text(v, ""), "optional"))
			kind_rule(c, v, "%s must be equal to one of the allowed values - allowedValues: required,optional",
				  path);
		break;
	case REMOTES:
		check_objects(c, path, v, remote);
		if (json_is(v, JSON_ARRAY) && !v->a.n)
			kind_rule(c, v, "%s must NOT have fewer than 1 items - limit: 1", path);
		break;
	case STEPS:
		check_objects(c, path, v, step);
		break;
	case ANY:
		break;
	}
}

static void check_kind_schema(struct check *c, const struct kind *kind)
{
	struct schema_errors errors = { 0 };

	if (!kind->schema || schema_check(c->mem, kind->schema, c->entity, &errors))
		return;
	for (size_t i = 0; i < errors.n; i++) {
		const struct schema_error *e = &errors.items[i];

		kind_rule(c, e->value, "%s %s%s%s", e->path, e->message, *e->params ? " - " : "", e->params);
	}
}

static void check_kind(struct check *c, const struct kinds *kinds)
{
	const struct json *spec = json_get(c->entity, "spec");
	const struct kind *kind =
		kind_find(kinds, json_get_text(c->entity, "kind", ""), json_get_text(c->entity, "apiVersion", ""));

	if (!kind) {
		const char *rule = arena_printf(
			c->mem,
			"No processor recognized the entity %s as valid, possibly caused by a foreign kind or apiVersion",
			c->ref);

		add(c, rule, rule, json_get(c->entity, "kind"));
		return;
	}
	bool needs_spec = kind->fields.n > 0 && !streq(kind->name, "Location");

	if (!spec && needs_spec)
		kind_rule(c, c->entity, "must have required property 'spec' - missingProperty: spec");
	for (size_t i = 0; json_is(spec, JSON_OBJECT) && i < kind->fields.n; i++) {
		const struct kind_field *f = &kind->fields.items[i];
		const struct json *v = field_value(f, spec);

		if (v)
			check_field(c, f, v);
		else if (field_required(f, spec))
			kind_rule(c, spec, "/spec must have required property '%s' - missingProperty: %s", f->name, f->name);
	}
	check_kind_schema(c, kind);
}

/* Keys of one object that differ only in case would be one key in the index. */
static void check_case(struct check *c, const struct json *v, unsigned depth)
{
	if (depth > 64)
		return;
	if (json_is(v, JSON_ARRAY))
		for (size_t i = 0; i < v->a.n; i++)
			check_case(c, v->a.items[i], depth + 1);
	if (!json_is(v, JSON_OBJECT))
		return;
	for (size_t i = 0; i < v->o.n; i++) {
		for (size_t j = 0; j < i && v->o.n < 1000; j++)
			if (v->o.m[i].key.n == v->o.m[j].key.n && str_ieq(v->o.m[i].key.p, v->o.m[j].key.p))
				policy(c, v->o.m[i].value,
				       "Found duplicate keys that only differ by casing, \"%.200s\" and \"%.200s\"",
				       v->o.m[j].key.p, v->o.m[i].key.p);
		check_case(c, v->o.m[i].value, depth + 1);
	}
}

bool validate_entity(struct arena *mem, const struct kinds *kinds, const struct json *entity, struct faults *out)
{
	struct json *ns = json_path(entity, "metadata", "namespace", NULL);
	struct ref r = { json_get_text(entity, "kind", ""), json_text(ns, "default"),
			 json_text(json_path(entity, "metadata", "name", NULL), "") };
	struct check c = { mem, entity, ref_format(mem, &r), out };
	size_t before = out->n;

	check_root(&c);
	check_metadata(&c);
	check_case(&c, entity, 0);
	if (out->n == before || kind_find(kinds, r.kind, json_get_text(entity, "apiVersion", "")))
		check_kind(&c, kinds);
	return out->n == before;
}
