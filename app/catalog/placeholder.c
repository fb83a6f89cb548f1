/* $text, $json, $yaml, $openapi, $asyncapi: values that stand in other files. */
#include "catalog/placeholder.h"

#include <stdlib.h>

#include "base/list.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "ext/yaml.h"

enum { MAX_DEPTH = 64, MAX_FILES = 1000, MAX_MEMORY = 128 << 20, MAX_TEXT = 8 << 20 };

struct fill {
	struct ctx *cx;
	const struct origin_of *from;
	struct read_files *files;
	unsigned refs;                /* $refs bundled so far */
	const struct location *whole; /* the document that is being bundled */
};

/* The folder of the configured root that a file location may read below; a glob's fixed part counts. */
static const char *root_folder(struct arena *mem, const struct location *origin)
{
	size_t n = strcspn(origin->target, "*?[{");

	while (n > 0 && origin->target[n - 1] != '/')
		n--;
	return arena_strndup(mem, origin->target, n);
}

/* Whether path is below folder; both as realpath() gives them, without a slash at the end. */
static bool below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && (path[n] == '/' || streq(folder, "/"));
}

/* Neither ".." nor a symlink leads a local placeholder out of the root's folder. */
static int check_file(struct fill *f, const char *path)
{
	const char *root = root_folder(f->cx->mem, &f->from->origin);
	char *real = realpath(path, NULL), *real_root = realpath(root, NULL);
	bool inside = str_starts(path, root) && (!real || !real_root || below(real, real_root));

	free(real);
	free(real_root);
	if (!inside)
		return fail(f->cx, ERR_DENIED, "%s lies outside %s, the folder of the location it belongs to", path, root);
	return 0;
}

static int read_target(struct fill *f, struct location loc, struct str *out)
{
	struct read_result r;
	struct read_file *file;

	for (size_t i = 0; i < f->files->n; i++) {
		file = &f->files->items[i];
		if (streq(file->loc.target, loc.target) && streq(file->loc.type, loc.type)) {
			*out = file->bytes;
			return file->hash ? 0 : fail(f->cx, file->code, "%s", file->error);
		}
	}
	if (f->files->n >= MAX_FILES)
		return fail(f->cx, ERR_TOOLARGE, "more than %d files are named by placeholders of one file", MAX_FILES);
	int rc = streq(loc.type, "file") ? check_file(f, loc.target) : 0;

	if (rc == 0)
		rc = reader_read(f->cx, &loc, NULL, &r);
	*(file = list_add(f->cx->mem, f->files)) = (struct read_file){ .loc = loc, .code = rc };
	if (rc < 0) {
		file->error = arena_strdup(f->cx->mem, f->cx->err.text);
		return rc;
	}
	char *hash = arena_alloc(f->cx->mem, 41);

	crypto_sha1_hex(r.bytes, hash);
	file->bytes = *out = r.bytes;
	file->etag = r.etag;
	file->hash = hash;
	return 0;
}

static int resolve(struct fill *f, const struct location *base, const char *target, struct location *out)
{
	const char *resolved;
	int rc = reader_resolve(f->cx, base, target, &resolved);

	if (rc < 0)
		return rc;
	if (strlen(resolved) > LOCATION_TARGET_MAX)
		return fail(f->cx, ERR_INPUT, "%.100s… is longer than %d bytes", resolved, LOCATION_TARGET_MAX);
	/* An absolute URL in an entity that came from a local file is a URL all the same. */
	*out = (struct location){ streq(base->type, "file") && strstr(resolved, "://") ? "url" : base->type, resolved };
	if (streq(base->type, "url") && !reader_same_repository(f->cx, base->target, resolved))
		return fail(f->cx, ERR_DENIED, "%s is in another repository than %s", resolved, base->target);
	return 0;
}

/* The same file may be named often, and each time it is parsed anew. taken: before the last step, used: of the arena then. */
static int check_memory(struct fill *f, size_t taken, size_t used)
{
	f->files->memory = taken + f->cx->mem->used - used;
	if (f->files->memory <= MAX_MEMORY)
		return 0;
	return fail(f->cx, ERR_TOOLARGE, "the placeholders of one file bring more than %d MiB", MAX_MEMORY >> 20);
}

/* Puts the files that "$ref": "./x.yaml#/a/b" name in the place of the reference, so that one document remains. */
static int bundle(struct fill *f, const struct location *base, struct json *v, unsigned depth);

/* What a JSON pointer (RFC 6901) names; NULL when it names nothing. */
static struct json *follow(struct arena *mem, struct json *v, const char *pointer)
{
	struct str rest = str_of(*pointer == '/' ? pointer + 1 : pointer);

	while (v && rest.p && *pointer) {
		struct str part = str_cut(&rest, '/');
		struct buf key = { .mem = mem };
		long at;

		for (size_t i = 0; i < part.n; i++) {
			bool escaped = part.p[i] == '~' && i + 1 < part.n && (part.p[i + 1] == '0' || part.p[i + 1] == '1');

			buf_addc(&key, !escaped ? part.p[i] : part.p[++i] == '1' ? '/' : '~');
		}
		if (json_is(v, JSON_ARRAY))
			v = str_long(buf_text(&key), 0, (long)v->a.n - 1, &at) ? v->a.items[at] : NULL;
		else
			v = json_get(v, buf_text(&key));
	}
	return v;
}

static int bundle_ref(struct fill *f, const struct location *base, struct json *v, const char *ref, unsigned depth)
{
	const char *hash = strchr(ref, '#');
	size_t taken = f->files->memory, used = f->cx->mem->used;
	struct location loc = *base; /* "#/x" in a part is of that part */
	struct str bytes;
	struct json *doc;
	int rc = hash == ref ? 0 : resolve(f, base, hash ? arena_strndup(f->cx->mem, ref, (size_t)(hash - ref)) : ref, &loc);

	if (++f->refs > MAX_FILES)
		return fail(f->cx, ERR_TOOLARGE, "more than %d references, or one that leads back to itself", MAX_FILES);
	if (rc == 0)
		rc = read_target(f, loc, &bytes);
	if (rc == 0)
		rc = yaml_read_one(f->cx, bytes, NULL, &doc);
	if (rc == 0)
		rc = check_memory(f, taken, used);
	if (rc < 0)
		return rc;
	doc = follow(f->cx->mem, doc, hash ? hash + 1 : "");
	if (!doc)
		return fail(f->cx, ERR_INPUT, "\"$ref\": \"%s\" names nothing in that file", ref);
	*v = *doc;
	return bundle(f, &loc, v, depth + 1);
}

static int bundle(struct fill *f, const struct location *base, struct json *v, unsigned depth)
{
	const char *ref = json_get_text(v, "$ref", NULL);
	int rc = 0;

	if (depth > MAX_DEPTH)
		return fail(f->cx, ERR_TOOLARGE, "references nest deeper than %d levels, or one leads back to itself",
			    MAX_DEPTH);
	/* What refers into the whole stays; the rest is put in its place. */
	if (ref && *ref && (*ref != '#' || !streq(base->target, f->whole->target)))
		return bundle_ref(f, base, v, ref, depth);
	for (size_t i = 0; rc == 0 && json_is(v, JSON_ARRAY) && i < v->a.n; i++)
		rc = bundle(f, base, v->a.items[i], depth + 1);
	for (size_t i = 0; rc == 0 && json_is(v, JSON_OBJECT) && i < v->o.n; i++)
		rc = bundle(f, base, v->o.m[i].value, depth + 1);
	return rc;
}

/* The value of a placeholder whose file was read. */
static int convert(struct fill *f, const char *key, const struct location *loc, struct str bytes, struct json **out)
{
	struct buf text = { .mem = f->cx->mem };
	size_t left = MAX_TEXT;
	int rc;

	if (streq(key, "$text")) {
		*out = json_str_ref(f->cx->mem, bytes);
		return 0;
	}
	if (streq(key, "$json"))
		return json_parse(f->cx, bytes, out);
	if (streq(key, "$yaml"))
		return yaml_read_one(f->cx, bytes, NULL, out);
	rc = yaml_read_one(f->cx, bytes, NULL, out);
	if (rc == 0)
		f->whole = loc, rc = bundle(f, loc, *out, 0);
	if (rc == 0 && !document_fits(*out, &left))
		rc = fail(f->cx, ERR_TOOLARGE, "what it names is larger than %d MiB", MAX_TEXT >> 20);
	if (rc == 0) {
		json_write_pretty(&text, *out, 2);
		*out = json_strn(f->cx->mem, text.p, text.n);
	}
	return rc;
}

static bool known(struct str key)
{
	return str_is(key, "$text") || str_is(key, "$json") || str_is(key, "$yaml") || str_is(key, "$openapi") ||
	       str_is(key, "$asyncapi");
}

static int fill_one(struct fill *f, struct json *v, const char *key, const struct json *target)
{
	struct location loc;
	struct str bytes = { "", 0 };
	struct json *got = NULL;
	uint32_t line = v->line;
	size_t taken = f->files->memory, used = f->cx->mem->used;

	if (!json_is(target, JSON_STRING))
		return fail(f->cx, ERR_INPUT,
			    "Placeholder %s (line %u): its value must be a string that names a file, found %s", key, line,
			    json_type_name(target));
	int rc = resolve(f, &f->from->at, target->s.p, &loc);

	if (rc == 0 && f->from->offline && streq(loc.type, "url"))
		got = json_fmt(f->cx->mem, "(not read: %s)", loc.target);
	if (rc == 0 && !got)
		rc = read_target(f, loc, &bytes);
	if (rc == 0 && !got)
		rc = convert(f, key, &loc, bytes, &got);
	if (rc == 0)
		rc = check_memory(f, taken, used);
	if (rc < 0)
		return fail_in(f->cx, rc, "Placeholder %s: %.300s (line %u)", key, target->s.p, line);
	*v = *got;
	v->line = line;
	return 0;
}

static int walk(struct fill *f, struct json *v, unsigned depth)
{
	int rc = 0;

	if (depth > MAX_DEPTH)
		return 0;
	if (json_is(v, JSON_OBJECT) && v->o.n == 1 && known(v->o.m[0].key))
		return fill_one(f, v, v->o.m[0].key.p, v->o.m[0].value);
	for (size_t i = 0; rc == 0 && json_is(v, JSON_ARRAY) && i < v->a.n; i++)
		rc = walk(f, v->a.items[i], depth + 1);
	for (size_t i = 0; rc == 0 && json_is(v, JSON_OBJECT) && i < v->o.n; i++)
		rc = walk(f, v->o.m[i].value, depth + 1);
	return rc;
}

int placeholders_fill(struct ctx *cx, const struct origin_of *from, struct json *entity, struct read_files *files)
{
	return walk(&(struct fill){ .cx = cx, .from = from, .files = files }, entity, 0);
}
