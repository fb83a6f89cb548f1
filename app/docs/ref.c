/* Where an entity's documentation is, by its annotations. */
#include "docs/ref.h"

#include "base/buf.h"
#include "catalog/ref.h"

static const char *annotation(const struct json *entity, const char *name)
{
	return json_text(json_path(entity, "metadata", "annotations", name, NULL), "");
}

bool docs_has(const struct json *entity)
{
	return *annotation(entity, DOCS_REF) || *annotation(entity, DOCS_ENTITY);
}

/*
 * What its annotation backstage.io/techdocs-ref says, as Backstage reads it: "dir:" and "url:" in front of a target.
 * ERR_NOTFOUND when there is none; ERR_INPUT for another type or none.
 */
static int read_annotation(struct ctx *cx, const struct json *entity, struct location *out)
{
	const char *text = annotation(entity, DOCS_REF);

	if (!*text)
		return fail(cx, ERR_NOTFOUND, "No location annotation provided in entity: %s",
			    json_text(json_path(entity, "metadata", "name", NULL), ""));
	int rc = location_parse(cx, text, out);

	if (rc < 0)
		return fail_in(cx, rc, "the annotation " DOCS_REF);
	if (!streq(out->type, "dir") && !streq(out->type, "url"))
		return fail(cx, ERR_INPUT, "the annotation " DOCS_REF " has the type '%s'; it can be 'dir:' or 'url:'",
			    out->type);
	return 0;
}

/* path without ".", ".." and empty parts; NULL when it climbs out. */
static const char *inside(struct arena *mem, const char *path)
{
	struct buf out = { .mem = mem };

	for (struct str rest = str_of(path); rest.p;) {
		struct str part = str_cut(&rest, '/');

		if (part.n == 0 || str_is(part, "."))
			continue;
		if (str_is(part, "..")) {
			if (!out.n)
				return NULL;
			while (out.n && out.p[--out.n] != '/')
				;
			continue;
		}
		buf_addc(&out, '/');
		buf_add(&out, part.p, part.n);
	}
	return arena_strndup(mem, buf_text(&out), out.n);
}

/* The folder of a file location, and what is below it: never anything else of this machine. */
static int in_folder(struct ctx *cx, const char *file, const char *target, struct docs_source *out)
{
	const char *slash = strrchr(file, '/');
	const char *below = *target == '/' ? NULL : inside(cx->mem, target);

	if (!slash || *file != '/')
		return fail(cx, ERR_INPUT, "the location 'file:%s' has no folder", file);
	if (!below)
		return fail(cx, ERR_DENIED, "the annotation " DOCS_REF " leads out of the folder of its entity: 'dir:%s'",
			    target);
	out->within = arena_strndup(cx->mem, file, (size_t)(slash - file));
	out->folder = arena_printf(cx->mem, "%s%s", out->within, below);
	return 0;
}

static int own_location(struct ctx *cx, const struct json *entity, struct location *out)
{
	const char *text = annotation(entity, "backstage.io/source-location");

	if (!*text)
		text = annotation(entity, "backstage.io/managed-by-location");
	if (!*text)
		return fail(cx, ERR_INPUT, "the entity does not say where it comes from, so a relative 'dir:' leads nowhere");
	return location_parse(cx, text, out);
}

int docs_source(struct ctx *cx, const struct json *entity, struct docs_source *out)
{
	struct location own, wanted;
	int rc = read_annotation(cx, entity, &wanted);

	*out = (struct docs_source){ 0 };
	if (rc < 0)
		return rc;
	if (streq(wanted.type, "url")) {
		out->url = wanted.target;
		return 0;
	}
	rc = own_location(cx, entity, &own);
	if (rc < 0)
		return rc;
	if (streq(own.type, "file"))
		return in_folder(cx, own.target, wanted.target, out);
	if (!streq(own.type, "url"))
		return fail(cx, ERR_INPUT, "Unable to resolve location type %s", own.type);
	rc = reader_resolve(cx, &own, wanted.target, &out->url);
	return rc < 0 ? fail_in(cx, rc, "the annotation " DOCS_REF) : 0;
}

int docs_elsewhere(struct ctx *cx, const struct json *entity, const char **ref, const char **path)
{
	const char *text = annotation(entity, DOCS_ENTITY), *page = annotation(entity, DOCS_ENTITY_PATH);
	struct ref r;

	*ref = NULL;
	*path = "";
	if (!*text)
		return 0;
	int rc = ref_parse(cx, text, "component", NULL, &r);

	if (rc < 0)
		return fail_in(cx, rc, "the annotation " DOCS_ENTITY);
	*ref = ref_format(cx->mem, &r);
	const char *own = ref_of_entity(cx->mem, entity);

	if (own && streq(*ref, own)) {
		*ref = NULL;
		return 0;
	}
	page = inside(cx->mem, page);
	if (page && *page)
		*path = arena_printf(cx->mem, "%s%s", page + 1, str_ends(page, ".html") ? "" : "/");
	return 0;
}
