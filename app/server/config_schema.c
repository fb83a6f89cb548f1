/* What the configuration may contain (config.def): unknown keys, wrong types, secrets. */
#include <math.h>
#include <stdlib.h>

#include "base/duration.h"
#include "base/list.h"
#include "base/log.h"
#include "server/config_parts.h"

enum {
	MAP = 1,
	LIST = 2,
	TEXT = 4,
	NUMBER = 8,
	BOOL = 16,
	TEXTS = 32,    /* a list of texts */
	DURATION = 64, /* base/duration.h */
	SECONDS = 128, /* a number of seconds, or a duration that becomes one */
	OPEN = 256,
	SECRET = 512,
};

static const struct known {
	const char *path;
	unsigned types;
	const char *about;
} keys[] = {
#define KEY(path, types, about) { path, types, about },
#include "server/config.def"
#undef KEY
};

struct check {
	struct ctx *cx;
	const struct config_source *src;
	struct config_problems *out;
};

static const char *type_names(struct arena *mem, unsigned types)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ MAP, "a map" },           { LIST, "a list" },
		{ TEXT, "text" },           { NUMBER, "a number" },
		{ BOOL, "true or false" },  { TEXTS, "a list of texts" },
		{ DURATION, "a duration" }, { SECONDS, "a number of seconds or a duration" },
		{ OPEN, "anything" },
	};
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < LEN(names); i++)
		if (types & names[i].bit)
			buf_addf(&b, "%s%s", b.n ? " or " : "", names[i].name);
	return buf_text(&b);
}

/* Row of parent + "." + name; parent "" for the top. */
static const struct known *find(const char *parent, struct str name)
{
	size_t n = strlen(parent);

	for (size_t i = 0; i < LEN(keys); i++) {
		const char *p = keys[i].path;

		if (n) {
			if (strncmp(p, parent, n) != 0 || p[n] != '.')
				continue;
			p += n + 1;
		}
		if (str_is(name, p))
			return &keys[i];
	}
	return NULL;
}

static const struct known *find_child(const char *parent, struct str name)
{
	const struct known *k = find(parent, name);

	return k ? k : find(parent, STR("*"));
}

/* The sibling that was probably meant, or NULL. */
static const char *guess(struct arena *mem, const char *parent, struct str name)
{
	const char *wrong = arena_strndup(mem, name.p, name.n), *best = NULL;
	size_t n = strlen(parent), least = name.n > 5 ? 3 : 2;

	for (size_t i = 0; i < LEN(keys); i++) {
		const char *p = keys[i].path;

		if (n) {
			if (strncmp(p, parent, n) != 0 || p[n] != '.')
				continue;
			p += n + 1;
		}
		if (strchr(p, '.') || streq(p, "*"))
			continue;

		size_t d = str_distance(str_lower(mem, wrong, name.n), str_lower(mem, p, strlen(p)), least);

		if (d < least) {
			least = d;
			best = p;
		}
	}
	return best;
}

static unsigned line_start(struct str text, unsigned line, const char **p)
{
	unsigned at = 1;

	*p = text.p;
	for (size_t i = 0; i < text.n && at < line; i++) {
		if (text.p[i] == '\n') {
			at++;
			*p = text.p + i + 1;
		}
	}
	return at;
}

/* The line where key stands, at or above its value: a map's value begins on a line of its own. */
static unsigned key_line(const struct config_source *src, struct str key, const struct json *value)
{
	const char *end = src->text.p + src->text.n;

	for (unsigned line = value->line, back = 0; line > 0 && back < 50; line--, back++) {
		const char *p;

		if (line_start(src->text, line, &p) != line)
			break;

		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((newline ? newline : end) - p);

		for (const char *hit = p; key.n && (hit = memmem(hit, n - (size_t)(hit - p), key.p, key.n)); hit++) {
			const char *behind = hit + key.n;

			if (behind < p + n && strchr("\"'", *behind))
				behind++;
			if (behind < p + n && *behind == ':')
				return line;
		}
	}
	return value->line;
}

static void add_problem(struct check *c, bool error, unsigned line, const char *text)
{
	const char *where = line ? arena_printf(c->cx->mem, "%s:%u", c->src->file, line) : c->src->file;

	*list_add(c->cx->mem, c->out) = (struct config_problem){ .error = error, .where = where, .text = text };
}

static bool all_texts(const struct json *v)
{
	for (size_t i = 0; i < v->a.n; i++)
		if (v->a.items[i]->type != JSON_STRING)
			return false;
	return true;
}

static bool read_bool(struct str s, bool *out)
{
	*out = str_is(s, "true") || str_is(s, "yes") || str_is(s, "on") || str_is(s, "1");
	return *out || str_is(s, "false") || str_is(s, "no") || str_is(s, "off") || str_is(s, "0");
}

/* Texts that ${VAR} made stand for numbers and booleans where only those fit. */
static void coerce(struct json *v, unsigned types)
{
	char *end;
	bool b;

	if (v->type != JSON_STRING || (types & TEXT) || v->s.n == 0)
		return;
	if (types & (NUMBER | SECONDS)) {
		double num = strtod(v->s.p, &end);

		if (*end == '\0' && isfinite(num) && end == v->s.p + v->s.n) {
			v->type = JSON_NUMBER;
			v->num = num;
			return;
		}
	}
	if ((types & BOOL) && read_bool(v->s, &b)) {
		v->type = JSON_BOOL;
		v->b = b;
	}
}

static bool fits_duration(struct check *c, struct json *v, unsigned types)
{
	int64_t ms;

	if (!(types & (DURATION | SECONDS)) || config_duration_ms(c->cx, v, &ms) < 0)
		return false;
	if (types & SECONDS) {
		v->type = JSON_NUMBER;
		v->num = ceil((double)ms / 1000);
	}
	return true;
}

static bool fits(struct check *c, struct json *v, unsigned types)
{
	coerce(v, types);
	switch (v->type) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return types & BOOL;
	case JSON_NUMBER:
		return (types & (NUMBER | SECONDS)) || fits_duration(c, v, types);
	case JSON_STRING:
		return (types & TEXT) || fits_duration(c, v, types);
	case JSON_ARRAY:
		return (types & LIST) || ((types & TEXTS) && all_texts(v));
	case JSON_OBJECT:
		return (types & MAP) || fits_duration(c, v, types);
	}
	return false;
}

static void check_type(struct check *c, const char *path, unsigned line, struct json *v, unsigned types)
{
	const char *why = "";

	c->cx->err = (struct err){ 0 };
	if (fits(c, v, types))
		return;
	if (c->cx->err.code)
		why = arena_printf(c->cx->mem, ": %s", c->cx->err.text);
	add_problem(c, true, line,
		    arena_printf(c->cx->mem, "%s must be %s, not %s%s", path, type_names(c->cx->mem, types), json_type_name(v),
				 why));
	c->cx->err = (struct err){ 0 };
}

static void check_below(struct check *c, const char *path, const struct known *k, struct json *v);

static void check_member(struct check *c, const char *path, const char *parent, struct str key, struct json *v)
{
	struct arena *mem = c->cx->mem;
	const struct known *k = find_child(parent, key);
	const char *full = arena_printf(mem, "%s%s%.*s", path, *path ? "." : "", (int)key.n, key.p);
	unsigned line = key_line(c->src, key, v);

	if (k && !(k->types & OPEN)) {
		check_type(c, full, line, v, k->types);
		check_below(c, full, k, v);
	} else if (!k) {
		const char *meant = guess(mem, parent, key);
		const char *hint = meant ? arena_printf(mem, "; did you mean %s%s%s?", path, *path ? "." : "", meant) : "";

		add_problem(c, false, line, arena_printf(mem, "%s is not a known setting%s", full, hint));
	}
}

static void check_below(struct check *c, const char *path, const struct known *k, struct json *v)
{
	if (v->type == JSON_OBJECT && (k->types & MAP))
		for (size_t i = 0; i < v->o.n; i++)
			check_member(c, path, k->path, v->o.m[i].key, v->o.m[i].value);
	if (v->type != JSON_ARRAY || !(k->types & LIST))
		return;
	for (size_t i = 0; i < v->a.n; i++) {
		const char *full = arena_printf(c->cx->mem, "%s[%zu]", path, i);
		const struct known *item = find(k->path, STR("*"));
		struct json *it = v->a.items[i];

		if (!item || (item->types & OPEN))
			continue;
		check_type(c, full, it->line, it, item->types);
		check_below(c, full, item, it);
	}
}

void config_check(struct ctx *cx, const struct config_source *src, struct config_problems *out)
{
	struct check c = { .cx = cx, .src = src, .out = out };

	for (size_t i = 0; i < src->value->o.n; i++)
		check_member(&c, "", "", src->value->o.m[i].key, src->value->o.m[i].value);
}

/* In sections nobody described, the name decides. */
static bool sounds_secret(struct arena *mem, struct str key)
{
	static const char *const words[] = {
		"secret", "password", "passwd", "privatekey", "apikey", "accesskey", "credential"
	};
	const char *name = str_lower(mem, key.p, key.n);

	for (size_t i = 0; i < LEN(words); i++)
		if (strstr(name, words[i]))
			return true;
	return str_ends(name, "token") || str_ends(name, "authorization");
}

/*
 * Calls fn for each secret text below v. pattern: the path of v in config.def, "" for the root, NULL in sections that are not
 * described there. A secret that is a map or a list makes secrets of all texts below it.
 */
static void each_secret(struct arena *mem, struct json *v, const char *pattern, bool secret, void (*fn)(struct json *text))
{
	if (v->type == JSON_STRING || v->type == JSON_NUMBER) {
		if (secret)
			fn(v);
		return;
	}
	for (size_t i = 0; v->type == JSON_ARRAY && i < v->a.n; i++) {
		const struct known *k = pattern ? find(pattern, STR("*")) : NULL;

		each_secret(mem, v->a.items[i], k ? k->path : NULL, secret || (k && (k->types & SECRET)), fn);
	}
	for (size_t i = 0; v->type == JSON_OBJECT && i < v->o.n; i++) {
		struct json_member *m = &v->o.m[i];
		const struct known *k = pattern ? find_child(pattern, m->key) : NULL;
		bool mine = k && !(k->types & OPEN) ? k->types & SECRET : sounds_secret(mem, m->key);

		each_secret(mem, m->value, k ? k->path : NULL, secret || mine, fn);
	}
}

/* Of "Bearer x" also the x alone. */
static void mask_text(struct json *text)
{
	const char *space;

	if (text->type != JSON_STRING)
		return;
	log_mask(text->s.p);
	space = strchr(text->s.p, ' ');
	if (space && !strchr(space + 1, ' '))
		log_mask(space + 1);
}

static void hide_text(struct json *text)
{
	*text = (struct json){ .type = JSON_STRING, .line = text->line, .s = STR("<secret>") };
}

void config_mask(const struct json *conf)
{
	ARENA mem = { 0 };

	each_secret(&mem, json_copy(&mem, conf), "", false, mask_text);
}

struct json *config_public(struct arena *mem, const struct json *conf)
{
	struct json *copy = json_copy(mem, conf);

	each_secret(mem, copy, "", false, hide_text);
	return copy;
}

bool config_key(struct arena *mem, size_t i, struct config_key *out)
{
	if (i >= LEN(keys))
		return false;
	*out = (struct config_key){ .path = keys[i].path,
				    .type = type_names(mem, keys[i].types),
				    .secret = keys[i].types & SECRET,
				    .about = keys[i].about };
	return true;
}
