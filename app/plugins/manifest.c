/* Compares a manifest with manifest.def: what is unknown, missing, of a wrong type, or does not look as it must. */
#include "plugins/manifest.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/duration.h"
#include "base/str.h"

enum {
	MAP = 1,
	LIST = 2,
	TEXT = 4,
	TEXTS = 8, /* a list of texts */
	BOOL = 16,
	FUNCTION = 32,
	DURATION = 64, /* base/duration.h */
	OPEN = 128,
	REQUIRED = 256,
};

static const struct field {
	const char *path;
	unsigned types;
	enum form form;
	const char *about;
} fields[] = {
#define FIELD(path, types, form, about) { path, types, FORM_##form, about },
#include "plugins/manifest.def"
#undef FIELD
};

struct check {
	struct ctx *cx;
	const char *dir;
	struct text_list *problems;
};

void manifest_problem(struct ctx *cx, struct text_list *problems, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*list_add(cx->mem, problems) = arena_vprintf(cx->mem, fmt, ap);
	va_end(ap);
}

bool manifest_is_function(const struct json *v)
{
	return json_is(v, JSON_STRING) && str_is(v->s, "function");
}

const char *manifest_type_name(const struct json *v)
{
	switch (v->type) {
	case JSON_NULL:
		return "nothing";
	case JSON_BOOL:
		return v->b ? "true" : "false";
	case JSON_NUMBER:
		return "a number";
	case JSON_STRING:
		return manifest_is_function(v) ? "a function" : "a text";
	case JSON_ARRAY:
		return "a list";
	case JSON_OBJECT:
		return "a table with names";
	}
	return "";
}

static const char *type_names(struct arena *mem, unsigned types)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ MAP, "a table with names" }, { LIST, "a list" },        { TEXT, "a text" },
		{ TEXTS, "a list of texts" },  { BOOL, "true or false" }, { FUNCTION, "a function" },
		{ DURATION, "a duration" },
	};
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < LEN(names); i++)
		if (types & names[i].bit)
			buf_addf(&b, "%s%s", b.n ? " or " : "", names[i].name);
	return buf_text(&b);
}

/* The name of a row below parent ("" is the top); NULL when it is not there or deeper. */
static const char *name_below(const struct field *f, const char *parent)
{
	size_t n = strlen(parent);
	const char *name = f->path;

	if (n) {
		if (strncmp(name, parent, n) != 0 || name[n] != '.')
			return NULL;
		name += n + 1;
	}
	return strchr(name, '.') ? NULL : name;
}

static const struct field *find(const char *parent, struct str name)
{
	for (size_t i = 0; i < LEN(fields); i++) {
		const char *is = name_below(&fields[i], parent);

		if (is && str_is(name, is))
			return &fields[i];
	}
	return NULL;
}

/* "; did you mean 'kind'?", or all names that are possible. */
static const char *hint(struct arena *mem, const char *parent, struct str name)
{
	const char *wrong = str_lower(mem, name.p, name.n), *best = NULL;
	size_t least = name.n > 5 ? 3 : 2;
	struct buf all = { .mem = mem };

	for (size_t i = 0; i < LEN(fields); i++) {
		const char *is = name_below(&fields[i], parent);
		size_t d = is ? str_distance(wrong, is, least) : least;

		if (is)
			buf_addf(&all, "%s%s", all.n ? ", " : "", is);
		if (d < least) {
			least = d;
			best = is;
		}
	}
	return best ? arena_printf(mem, "did you mean '%s'?", best) : arena_printf(mem, "possible are: %s", buf_text(&all));
}

/* "cards[1].view"; names that are no words stand in brackets: pages["/"].view. */
static const char *member_path(struct arena *mem, const char *path, struct str key)
{
	bool word = key.n && ascii_alpha(*key.p);

	for (size_t i = 0; i < key.n; i++)
		word = word && (ascii_alnum(key.p[i]) || key.p[i] == '_');
	if (word)
		return arena_printf(mem, "%s%s%.*s", path, *path ? "." : "", (int)key.n, key.p);
	return arena_printf(mem, "%s[\"%.*s\"]", path, (int)key.n, key.p);
}

/* Lua has one kind of empty table. */
static void settle_empty(struct json *v, unsigned types)
{
	if (v->type == JSON_ARRAY && v->a.n == 0 && (types & MAP))
		*v = (struct json){ .type = JSON_OBJECT };
	else if (v->type == JSON_OBJECT && v->o.n == 0 && (types & (LIST | TEXTS)))
		*v = (struct json){ .type = JSON_ARRAY };
}

static bool all_texts(const struct json *v)
{
	for (size_t i = 0; i < v->a.n; i++)
		if (v->a.items[i]->type != JSON_STRING)
			return false;
	return true;
}

static bool is_duration(struct check *c, const struct json *v)
{
	int64_t ms;
	bool good = config_duration_ms(c->cx, v, &ms) == 0 && ms > 0;

	c->cx->err = (struct err){ 0 };
	return good;
}

static bool fits(struct check *c, const struct json *v, unsigned types)
{
	if (manifest_is_function(v))
		return types & (FUNCTION | TEXT);
	if ((types & DURATION) && is_duration(c, v))
		return true;
	switch (v->type) {
	case JSON_BOOL:
		return types & BOOL;
	case JSON_STRING:
		return types & TEXT;
	case JSON_ARRAY:
		return (types & LIST) || ((types & TEXTS) && all_texts(v));
	case JSON_OBJECT:
		return types & MAP;
	default:
		return false;
	}
}

static void check_form(struct check *c, const char *path, const struct field *f, struct str text)
{
	const char *why = memchr(text.p, 0, text.n) ? "it has a zero byte" : manifest_form(c->cx, f->form, c->dir, text.p);

	if (why)
		manifest_problem(c->cx, c->problems, "%s: '%.*s': %s", path, (int)(text.n < 200 ? text.n : 200), text.p, why);
}

static void check_forms(struct check *c, const char *path, const struct field *f, const struct json *v)
{
	if (v->type == JSON_STRING && (f->types & TEXT))
		check_form(c, path, f, v->s);
	for (size_t i = 0; v->type == JSON_ARRAY && (f->types & TEXTS) && i < v->a.n; i++)
		check_form(c, arena_printf(c->cx->mem, "%s[%zu]", path, i + 1), f, v->a.items[i]->s);
}

static void check_below(struct check *c, const char *path, const struct field *f, struct json *v);

static bool check_value(struct check *c, const char *path, const struct field *f, struct json *v)
{
	settle_empty(v, f->types);
	if (fits(c, v, f->types))
		return true;
	if ((f->types & DURATION) && (v->type == JSON_STRING || v->type == JSON_NUMBER))
		manifest_problem(c->cx, c->problems, "%s: this is no duration; it is %s", path, f->about);
	else
		manifest_problem(c->cx, c->problems, "%s: must be %s, not %s: %s", path, type_names(c->cx->mem, f->types),
				 manifest_type_name(v), f->about);
	return false;
}

static void check_named(struct check *c, const char *path, const struct field *f, struct json *v)
{
	if (!check_value(c, path, f, v))
		return;
	check_forms(c, path, f, v);
	check_below(c, path, f, v);
	if (str_ends(f->path, ".when"))
		manifest_check_when(c->cx, path, v, c->problems);
}

static void check_member(struct check *c, const char *path, const char *parent, const struct json_member *m)
{
	const struct field *f = find(parent, m->key), *any = find(parent, STR("*"));
	const char *full = member_path(c->cx->mem, path, m->key);

	/* A key that is "*" itself is any name as well. */
	if (f && f != any) {
		check_named(c, full, f, m->value);
	} else if (any) {
		check_form(c, full, any, m->key);
		if (check_value(c, full, any, m->value))
			check_below(c, full, any, m->value);
	} else {
		manifest_problem(c->cx, c->problems, "%s: unknown, %s", full, hint(c->cx->mem, parent, m->key));
	}
}

static void check_missing(struct check *c, const char *path, const char *parent, const struct json *v)
{
	for (size_t i = 0; i < LEN(fields); i++) {
		const char *name = name_below(&fields[i], parent);

		if (name && (fields[i].types & REQUIRED) && !json_get(v, name))
			manifest_problem(c->cx, c->problems, "%s%s%s: missing; it is %s", path, *path ? "." : "", name,
					 fields[i].about);
	}
}

static void check_members(struct check *c, const char *path, const char *pattern, struct json *v)
{
	for (size_t i = 0; i < v->o.n; i++)
		check_member(c, path, pattern, &v->o.m[i]);
	check_missing(c, path, pattern, v);
}

static void check_below(struct check *c, const char *path, const struct field *f, struct json *v)
{
	const struct field *item = v->type == JSON_ARRAY && (f->types & LIST) ? find(f->path, STR("*")) : NULL;

	if (v->type == JSON_OBJECT && (f->types & MAP) && !(f->types & OPEN))
		check_members(c, path, f->path, v);
	for (size_t i = 0; item && i < v->a.n; i++) {
		const char *full = arena_printf(c->cx->mem, "%s[%zu]", path, i + 1);

		if (check_value(c, full, item, v->a.items[i]))
			check_below(c, full, item, v->a.items[i]);
	}
}

void manifest_check(struct ctx *cx, const char *dir, struct json *manifest, struct text_list *problems)
{
	struct check c = { .cx = cx, .dir = dir, .problems = problems };

	settle_empty(manifest, MAP);
	if (manifest->type != JSON_OBJECT) {
		manifest_problem(cx, problems,
				 "it must return a table with names, like return { title = \"Hello\", version = \"0.1.0\" }");
		return;
	}
	check_members(&c, "", "", manifest);
	manifest_check_config(cx, json_get(manifest, "config"), problems);
	manifest_check_twice(cx, manifest, problems);
	manifest_check_times(cx, manifest, problems);
	manifest_check_names(cx, manifest, problems);
}
