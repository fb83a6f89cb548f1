/* Names of schemas: base URIs, $id, anchors, JSON pointers; and which parts of a schema are schemas. */
#include "base/list.h"
#include "base/schema_private.h"

enum { MAX_IDS = 10000, MAX_DEPTH = 200 };

const struct json schema_meta = { .type = JSON_BOOL, .b = true };

static const char meta_uri[] = "http://json-schema.org/draft-07/schema";

enum part_kind { PART_ONE, PART_LIST, PART_EITHER, PART_MEMBERS, PART_DEPENDENCIES };

static const struct {
	const char *key;
	enum part_kind kind;
} part_keys[] = {
	{ "additionalItems", PART_ONE },
	{ "additionalProperties", PART_ONE },
	{ "allOf", PART_LIST },
	{ "anyOf", PART_LIST },
	{ "contains", PART_ONE },
	{ "definitions", PART_MEMBERS },
	{ "dependencies", PART_DEPENDENCIES },
	{ "else", PART_ONE },
	{ "if", PART_ONE },
	{ "items", PART_EITHER },
	{ "not", PART_ONE },
	{ "oneOf", PART_LIST },
	{ "patternProperties", PART_MEMBERS },
	{ "properties", PART_MEMBERS },
	{ "propertyNames", PART_ONE },
	{ "then", PART_ONE },
	{ "$defs", PART_MEMBERS },
};

void schema_parts(struct arena *mem, const struct json *schema, struct schema_parts *out)
{
	for (size_t k = 0; k < LEN(part_keys); k++) {
		const struct json *v = json_get(schema, part_keys[k].key);
		enum part_kind kind = part_keys[k].kind;
		struct str key = str_of(part_keys[k].key);

		if (!v)
			continue;
		if (kind == PART_ONE || (kind == PART_EITHER && !json_is(v, JSON_ARRAY)))
			*list_add(mem, out) = (struct schema_part){ .key = key, .index = SIZE_MAX, .schema = v };
		for (size_t i = 0; (kind == PART_LIST || kind == PART_EITHER) && json_is(v, JSON_ARRAY) && i < v->a.n; i++)
			*list_add(mem, out) = (struct schema_part){ .key = key, .index = i, .schema = v->a.items[i] };
		for (size_t i = 0; (kind == PART_MEMBERS || kind == PART_DEPENDENCIES) && json_is(v, JSON_OBJECT) && i < v->o.n;
		     i++)
			if (kind == PART_MEMBERS || !json_is(v->o.m[i].value, JSON_ARRAY))
				*list_add(mem, out) = (struct schema_part){
					.key = key,
					.name = v->o.m[i].key,
					.index = SIZE_MAX,
					.schema = v->o.m[i].value,
				};
	}
}

static size_t scheme_len(const char *s)
{
	size_t n = 0;

	if (!ascii_alpha(*s))
		return 0;
	while (ascii_alnum(s[n]) || s[n] == '+' || s[n] == '-' || s[n] == '.')
		n++;
	return s[n] == ':' ? n + 1 : 0;
}

/* Takes "." and ".." out of a path. */
static const char *tidy(struct arena *mem, const char *path)
{
	struct buf out = { .mem = mem };
	bool rooted = *path == '/', folder = false;

	for (struct str rest = str_of(path + rooted); rest.p;) {
		struct str part = str_cut(&rest, '/');

		folder = str_is(part, ".") || str_is(part, "..");
		if (!folder) {
			if (out.n)
				buf_addc(&out, '/');
			buf_add(&out, part.p, part.n);
		} else if (part.n == 2) {
			while (out.n && out.p[--out.n] != '/')
				;
		}
	}
	if (folder && out.n)
		buf_addc(&out, '/');
	return arena_printf(mem, "%s%.*s", rooted ? "/" : "", (int)out.n, out.n ? out.p : "");
}

/* RFC 3986, 5.2, as far as schema names need it. base has no fragment. */
static const char *resolve_uri(struct arena *mem, const char *base, const char *ref)
{
	size_t scheme = scheme_len(base), n = strcspn(base, "?");

	if (scheme_len(ref) || !*base)
		return ref;
	if (!*ref || *ref == '#')
		return arena_printf(mem, "%s%s", base, ref);
	const char *authority = base + scheme;
	size_t head = scheme;

	if (str_starts(authority, "//"))
		head += 2 + strcspn(authority + 2, "/?");
	if (str_starts(ref, "//"))
		return arena_printf(mem, "%.*s%s", (int)scheme, base, ref);
	if (*ref == '?')
		return arena_printf(mem, "%.*s%s", (int)n, base, ref);
	size_t path = strcspn(ref, "?#");
	const char *own = arena_strndup(mem, ref, path);

	if (*ref != '/') {
		size_t folder = n;

		while (folder > head && base[folder - 1] != '/')
			folder--;
		own = arena_printf(mem, "%s%.*s%s", head > scheme && folder == head ? "/" : "", (int)(folder - head),
				   base + head, own);
	}
	return arena_printf(mem, "%.*s%s%s", (int)head, base, tidy(mem, own), ref + path);
}

/* The $id that counts: not beside a $ref. */
static const char *id_of(const struct json *schema)
{
	return json_is(json_get(schema, "$ref"), JSON_STRING) ? NULL : json_text(json_get(schema, "$id"), NULL);
}

const char *schema_base(struct schema_run *r, const struct json *schema, const char *base)
{
	const char *id = id_of(schema);

	if (!id || *id == '#')
		return base;
	const char *uri = resolve_uri(r->mem, base, id);

	return arena_strndup(r->mem, uri, strcspn(uri, "#"));
}

static void index_ids(struct schema_run *r, const struct json *schema, const char *base, int depth)
{
	const char *id = id_of(schema);
	struct schema_parts parts = { 0 };

	if (depth > MAX_DEPTH || r->ids.n >= MAX_IDS || !json_is(schema, JSON_OBJECT))
		return;
	const char *uri = id ? resolve_uri(r->mem, base, id) : NULL, *around = base;

	base = schema_base(r, schema, base);
	if (uri && str_ends(uri, "#"))
		uri = base;
	if (uri)
		*list_add(r->mem, &r->ids) = (struct schema_id){ uri, around, schema };
	schema_parts(r->mem, schema, &parts);
	for (size_t i = 0; i < parts.n; i++)
		index_ids(r, parts.items[i].schema, base, depth + 1);
}

static const struct schema_id *find_id(struct schema_run *r, const char *uri)
{
	if (!r->indexed) {
		r->indexed = true;
		index_ids(r, r->root, "", 0);
	}
	for (size_t i = 0; i < r->ids.n; i++)
		if (streq(r->ids.items[i].uri, uri))
			return &r->ids.items[i];
	return NULL;
}

static const char *percent_decode(struct arena *mem, const char *s)
{
	struct buf out = { .mem = mem };

	for (; *s; s++) {
		if (*s == '%' && ascii_hex(s[1]) >= 0 && ascii_hex(s[2]) >= 0) {
			buf_addc(&out, (char)(ascii_hex(s[1]) * 16 + ascii_hex(s[2])));
			s += 2;
		} else {
			buf_addc(&out, *s);
		}
	}
	return buf_text(&out);
}

static struct str unescape(struct arena *mem, struct str token)
{
	struct buf out = { .mem = mem };

	for (size_t i = 0; i < token.n; i++) {
		if (token.p[i] == '~' && i + 1 < token.n && (token.p[i + 1] == '0' || token.p[i + 1] == '1'))
			buf_addc(&out, token.p[++i] == '0' ? '~' : '/');
		else
			buf_addc(&out, token.p[i]);
	}
	buf_need(&out, 1);
	return (struct str){ out.p, out.n };
}

/* Follows "/a/b" below schema; *base becomes the one around what it finds, whose own $id comes on top when it is checked. */
static const struct json *follow(struct schema_run *r, const struct json *schema, const char *path, const char **base)
{
	struct str rest = str_of(path);

	for (str_cut(&rest, '/'); rest.p && schema;) {
		struct str token = unescape(r->mem, str_cut(&rest, '/'));
		long i;

		*base = schema_base(r, schema, *base);
		if (json_is(schema, JSON_OBJECT))
			schema = json_getn(schema, token);
		else if (json_is(schema, JSON_ARRAY) && str_long(arena_strndup(r->mem, token.p, token.n), 0, 1L << 30, &i))
			schema = (size_t)i < schema->a.n ? schema->a.items[i] : NULL;
		else
			schema = NULL;
	}
	return schema;
}

const struct json *schema_resolve(struct schema_run *r, const char *base, const char *ref, const char **new_base)
{
	const char *uri = resolve_uri(r->mem, base, ref), *hash = strchr(uri, '#');
	const char *doc = arena_strndup(r->mem, uri, strcspn(uri, "#"));
	const char *fragment = percent_decode(r->mem, hash ? hash + 1 : ""), *root_base = schema_base(r, r->root, "");
	const struct json *schema = streq(doc, root_base) || !*doc ? r->root : NULL;

	*new_base = "";
	if (!schema) {
		const struct schema_id *id = find_id(r, doc);

		if (!id && streq(doc, meta_uri) && !*fragment)
			return &schema_meta;
		if (id) {
			schema = id->schema;
			*new_base = id->base;
		}
	}
	if (*fragment && *fragment != '/') {
		const struct schema_id *id = find_id(r, arena_printf(r->mem, "%s#%s", doc, fragment));

		*new_base = id ? id->base : "";
		return id ? id->schema : NULL;
	}
	return schema && *fragment ? follow(r, schema, fragment, new_base) : schema;
}
