/* From one document of a file to an entity that can be stored. */
#include "catalog/document.h"

#include "base/list.h"
#include "catalog/placeholder.h"
#include "catalog/processor.h"
#include "catalog/ref.h"
#include "ext/crypto.h"

enum { ENTITY_MAX = 8 << 20 };

static bool take(size_t *left, size_t n)
{
	*left = n > *left ? 0 : *left - n;
	return *left > 0;
}

static bool text_fits(struct str s, size_t *left)
{
	size_t n = 2;

	for (size_t i = 0; i < s.n && n <= *left; i++)
		n += (unsigned char)s.p[i] < ' ' ? 6 : s.p[i] == '"' || s.p[i] == '\\' ? 2 : 1;
	return take(left, n);
}

bool document_fits(const struct json *v, size_t *left)
{
	bool fits = true;

	if (json_is(v, JSON_STRING))
		return text_fits(v->s, left);
	for (size_t i = 0; fits && json_is(v, JSON_ARRAY) && i < v->a.n; i++)
		fits = document_fits(v->a.items[i], left);
	for (size_t i = 0; fits && json_is(v, JSON_OBJECT) && i < v->o.n; i++)
		fits = text_fits(v->o.m[i].key, left) && document_fits(v->o.m[i].value, left);
	return fits && take(left, 8);
}

static bool check_size(struct ctx *cx, struct document *d)
{
	size_t left = ENTITY_MAX;

	if (document_fits(d->entity, &left))
		return true;
	*list_add(cx->mem, &d->faults) =
		(struct fault){ "PayloadTooLargeError",
				arena_printf(cx->mem, "Entity %s is larger than %d MiB", d->ref, ENTITY_MAX >> 20), "too large",
				d->line };
	return false;
}

const char *location_entity_name(struct arena *mem, const struct location *loc)
{
	char hash[41];

	crypto_sha1_hex(str_of(location_format(mem, loc)), hash);
	return arena_printf(mem, "generated-%s", hash);
}

struct json *document_generated(struct arena *mem, const struct location *loc)
{
	struct json *e = json_object(mem), *meta = json_object(mem), *spec = json_object(mem);

	json_set(mem, e, "apiVersion", json_str(mem, "backstage.io/v1alpha1"));
	json_set(mem, e, "kind", json_str(mem, "Location"));
	json_set(mem, e, "metadata", meta);
	json_set(mem, meta, "name", json_str(mem, location_entity_name(mem, loc)));
	json_set(mem, e, "spec", spec);
	json_set(mem, spec, "type", json_str(mem, loc->type));
	json_set(mem, spec, "target", json_str(mem, loc->target));
	return e;
}

static void add_fault(struct ctx *cx, struct document *d, const char *name, const char *message)
{
	*list_add(cx->mem, &d->faults) = (struct fault){ name, message, message, d->line };
}

/* Sets an annotation unless the author did. */
static void annotate(struct arena *mem, struct json *annotations, const char *key, const char *value)
{
	if (value && !json_get(annotations, key))
		json_set(mem, annotations, key, json_str(mem, value));
}

/* Only what is read from a file of this machine may say so: templates and documentation read what is beside it. */
static bool claims_file(struct ctx *cx, const struct origin_of *from, const struct json_member *m)
{
	const char *text = json_text(m->value, NULL);
	struct err before = cx->err;
	struct location said;

	if (!text || streq(from->at.type, "file") ||
	    (!str_is(m->key, "backstage.io/managed-by-location") && !str_is(m->key, "backstage.io/source-location")))
		return false;
	bool claims = location_parse(cx, text, &said) == 0 &&
		      (streq(said.type, "file") || strncasecmp(said.target, "file:", strlen("file:")) == 0);

	cx->err = before;
	return claims;
}

/*
 * Default namespace and the annotations that say where the entity came from, before the author's own, as Backstage orders
 * them. uid and etag are the server's; one of the author's is dropped.
 */
static int add_server_fields(struct ctx *cx, const struct origin_of *from, struct json *entity)
{
	struct json *old = json_get(entity, "metadata"), *meta = json_object(cx->mem), *annotations = json_object(cx->mem);
	struct json *own = json_get(old, "annotations");
	const char *view = NULL, *edit = NULL, *source = NULL;
	int rc = streq(from->at.type, "url") ? reader_links(cx, &from->at, &view, &edit, &source) : 0;

	if (rc < 0)
		return rc;
	if (own && !json_is(own, JSON_OBJECT))
		annotations = own; /* validation will say so */
	json_remove(old, "uid");
	json_remove(old, "etag");
	json_set(cx->mem, meta, "namespace",
		 json_get(old, "namespace") ? json_get(old, "namespace") : json_str(cx->mem, "default"));
	json_set(cx->mem, meta, "annotations", annotations);
	for (size_t i = 0; i < old->o.n; i++)
		if (!str_is(old->o.m[i].key, "annotations") && !str_is(old->o.m[i].key, "namespace"))
			json_append(cx->mem, meta, old->o.m[i].key, old->o.m[i].value);
	meta->line = old->line;
	json_set(cx->mem, entity, "metadata", meta);
	if (!json_is(annotations, JSON_OBJECT))
		return 0;
	for (size_t i = 0; i < json_len(own); i++)
		if (!str_is(own->o.m[i].key, "backstage.io/orphan") && !claims_file(cx, from, &own->o.m[i]))
			json_append(cx->mem, annotations, own->o.m[i].key, own->o.m[i].value);
	annotate(cx->mem, annotations, "backstage.io/managed-by-location", location_format(cx->mem, &from->at));
	annotate(cx->mem, annotations, "backstage.io/managed-by-origin-location", location_format(cx->mem, &from->origin));
	annotate(cx->mem, annotations, "backstage.io/view-url", view);
	annotate(cx->mem, annotations, "backstage.io/edit-url", edit);
	annotate(cx->mem, annotations, "backstage.io/source-location", source);
	return 0;
}

static void add_note(struct ctx *cx, struct document *d, int rc)
{
	*list_add(cx->mem, &d->notes) = (struct fault){ err_name(rc), arena_strdup(cx->mem, cx->err.text), "", d->line };
}

static int add_target(struct ctx *cx, const struct origin_of *from, const char *type, const char *target, struct document *d)
{
	const char *resolved;

	if (!streq(type, "url") && !streq(type, from->at.type))
		return fail(cx, ERR_INPUT, "Location target %s: type \"%s\" is not allowed in a location of type \"%s\"",
			    target, type, from->at.type);
	if (!streq(type, "url") && !streq(type, "file"))
		return fail(cx, ERR_INPUT, "Location target %s: unknown type \"%s\"", target, type);
	if (streq(type, "file") && strstr(target, "://"))
		return fail(cx, ERR_INPUT, "Location target %s is a URL, its location needs \"type: url\"", target);
	if (strlen(target) > LOCATION_TARGET_MAX)
		return fail(cx, ERR_INPUT, "Location target %.100s… is longer than %d bytes", target, LOCATION_TARGET_MAX);
	if (streq(type, "file") && str_ends(target, "/"))
		return fail(cx, ERR_INPUT, "Location target %s ends in a slash; a file or a glob is needed", target);
	if (from->offline && !streq(type, from->at.type))
		return 0; /* a file that will be read by its URL: relative to what is not known here */
	struct location base = { type, from->at.target };
	int rc = reader_resolve(cx, &base, target, &resolved);

	if (rc < 0)
		return fail_in(cx, rc, "Location target %s", target);
	if (strlen(resolved) > LOCATION_TARGET_MAX)
		return fail(cx, ERR_INPUT, "Location target %.100s… is longer than %d bytes", resolved, LOCATION_TARGET_MAX);
	*list_add(cx->mem, &d->targets) = (struct location){ type, resolved };
	return 0;
}

/* What a Location entity points at. A target that cannot be is noted at the Location; the others count. */
static void collect_targets(struct ctx *cx, const struct origin_of *from, struct document *d)
{
	const struct json *spec = json_get(d->entity, "spec"), *targets = json_get(spec, "targets");
	const char *type = json_get_text(spec, "type", from->at.type), *target = json_get_text(spec, "target", NULL);
	int rc = target ? add_target(cx, from, type, target, d) : 0;

	if (rc < 0)
		add_note(cx, d, rc);
	for (size_t i = 0; i < json_len(targets); i++) {
		rc = add_target(cx, from, type, json_text(targets->a.items[i], ""), d);
		if (rc < 0)
			add_note(cx, d, rc);
	}
	d->optional = streq(json_get_text(spec, "presence", "required"), "optional");
}

static void hash_document(struct ctx *cx, struct document *d)
{
	struct buf b = { .mem = cx->mem };

	json_write_stable(&b, d->entity);
	crypto_sha1_hex(buf_str(&b), d->hash);
}

static bool check_rules(struct ctx *cx, const struct catalog_settings *s, const struct origin_of *from, struct document *d)
{
	const char *kind = json_get_text(d->entity, "kind", "");

	if (from->provider ||
	    rule_allows(&s->rules, kind, json_text(json_path(d->entity, "spec", "type", NULL), NULL), &from->origin))
		return true;
	d->source_fault = true;
	add_fault(cx, d, "NotAllowedError",
		  arena_printf(cx->mem, "Entity %s at %s is not of an allowed kind for that location.", d->ref,
			       location_format(cx->mem, &from->at)));
	return false;
}

void document_process(struct ctx *cx, const struct catalog_settings *s, const struct origin_of *from, struct json *raw,
		      struct read_files *files, struct document *out)
{
	*out = (struct document){ .entity = raw, .line = raw->line, .origin = from->origin };
	if (!validate_envelope(cx->mem, raw, &out->faults)) {
		out->source_fault = true;
		return;
	}
	out->ref = ref_of_entity(cx->mem, raw);
	if (!ref_storable(out->ref))
		out->source_fault = true; /* no row can carry it: the file shows the fault */
	if (!check_rules(cx, s, from, out) || !check_size(cx, out))
		return;
	int rc = placeholders_fill(cx, from, raw, files);

	if (rc == 0)
		rc = add_server_fields(cx, from, raw);
	if (rc < 0) {
		add_fault(cx, out, err_name(rc), arena_strdup(cx->mem, cx->err.text));
		return;
	}
	if (!check_size(cx, out) || !validate_entity(cx->mem, &s->kinds, raw, &out->faults))
		return;
	if (processor_run(cx, out) && (!check_size(cx, out) || !validate_entity(cx->mem, &s->kinds, out->entity, &out->faults)))
		return;
	raw = out->entity;
	const struct kind *kind = kind_find(&s->kinds, json_get_text(raw, "kind", ""), json_get_text(raw, "apiVersion", ""));

	if (relations_of(cx, kind, raw, &out->relations) < 0)
		add_fault(cx, out, "InputError", arena_strdup(cx->mem, cx->err.text));
	if (streq(kind->name, "Location"))
		collect_targets(cx, from, out);
	hash_document(cx, out);
}
