/* What of an entity's bytes goes into the index: one pass over the JSON, without building it. */
#include "catalog/terms.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/list.h"
#include "base/utf8.h"
#include "catalog/filter.h"

enum { MAX_DEPTH = 64, MAX_LEVELS = 128, NOWHERE = MAX_DEPTH + 1 };

struct walk {
	const char *p, *end;
	const char *bad; /* NULL, or where it stopped being JSON; p is at the end then */
	struct arena *mem;
	struct index_terms terms;
	struct buf path; /* of the value that is read, in lower case */
	unsigned level;  /* of brackets */
	bool fresh;      /* right behind an opening bracket */
	bool error;
};

static char at(const struct walk *w)
{
	return w->p < w->end ? *w->p : '\0';
}

static void stop(struct walk *w)
{
	if (!w->bad)
		w->bad = w->p;
	w->p = w->end;
}

static void eat(struct walk *w, char c)
{
	if (at(w) == c)
		w->p++;
	else
		stop(w);
}

static void open(struct walk *w, char bracket)
{
	if (++w->level > MAX_LEVELS)
		stop(w);
	eat(w, bracket);
	w->fresh = true;
}

/* Moves to the next item or member; false behind the last. */
static bool more(struct walk *w, char bracket)
{
	bool fresh = w->fresh;

	w->fresh = false;
	if (at(w) == bracket) {
		w->p++;
		w->level--;
		return false;
	}
	if (!fresh)
		eat(w, ',');
	return !w->bad;
}

/* ---- texts ---- */

/* Whether one of eight bytes ends a plain run: a quote, a backslash or a control character. */
static bool special(uint64_t x)
{
	const uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
	uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';

	return (((x - ones * ' ') & ~x) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & high;
}

static const char *plain_end(const char *p, const char *end)
{
	uint64_t x;

	for (; end - p >= 8; p += 8) {
		memcpy(&x, p, sizeof(x));
		if (special(x))
			break;
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= ' ')
		p++;
	return p;
}

/* The four digits of a \u escape, or -1. */
static int unit_at(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (size_t i = 0; i < 4; i++)
		v = ascii_hex(p[i]) < 0 || v < 0 ? -1 : v * 16 + ascii_hex(p[i]);
	return v;
}

/* The bytes between the quotes; escapes in them are known to be good. */
static struct str raw_text(struct walk *w, bool *escaped)
{
	const char *from;

	*escaped = false;
	eat(w, '"');
	from = w->p;
	while ((w->p = plain_end(w->p, w->end)) < w->end && *w->p == '\\') {
		*escaped = true;
		w->p++;
		if (at(w) == 'u' ? unit_at(w->p + 1, w->end) < 0 : !at(w) || !strchr("\"\\/bfnrt", at(w)))
			stop(w);
		else
			w->p++;
	}
	struct str raw = { from, (size_t)(w->p - from) };

	eat(w, '"');
	return raw;
}

/* One escape, p at what follows its backslash; a surrogate without its other half is U+FFFD. */
static const char *unescape(const char *p, const char *end, uint32_t *cp)
{
	static const char names[] = "bfnrt", codes[] = "\b\f\n\r\t";
	const char *name = strchr(names, *p);
	int low;

	if (*p != 'u') {
		*cp = (unsigned char)(name ? codes[name - names] : *p);
		return p + 1;
	}
	*cp = (uint32_t)unit_at(p + 1, end);
	p += 5;
	if (*cp < 0xD800 || *cp > 0xDFFF)
		return p;
	low = *cp < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? unit_at(p + 2, end) : -1;
	if (low < 0xDC00 || low > 0xDFFF) {
		*cp = 0xFFFD;
		return p;
	}
	*cp = 0x10000 + ((*cp - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
	return p + 6;
}

/* As C functions see it: up to a NUL; and no more of a long one than shows that it is too long. */
static struct str unescaped(struct arena *mem, struct str raw)
{
	enum { ENOUGH = 4 * (SEARCH_MAX + 1) };
	/* No escape is shorter than what it stands for. */
	char *out = arena_raw(mem, (raw.n < ENOUGH ? raw.n : ENOUGH) + 4);
	size_t n = 0;

	for (const char *p = raw.p, *end = raw.p + raw.n; p < end && n < ENOUGH;) {
		uint32_t cp;

		if (*p != '\\') {
			out[n++] = *p++;
			continue;
		}
		p = unescape(p + 1, end, &cp);
		if (!cp)
			break;
		n += utf8_put(out + n, cp);
	}
	return (struct str){ out, n };
}

static struct str read_text(struct walk *w)
{
	bool escaped;
	struct str raw = raw_text(w, &escaped);

	return escaped && !w->bad ? unescaped(w->mem, raw) : raw;
}

static struct str read_key(struct walk *w)
{
	struct str key = read_text(w);

	eat(w, ':');
	return key;
}

/* ---- terms ---- */

static bool too_long(struct str s)
{
	return s.n > SEARCH_MAX && utf8_len(s.p, s.n) > SEARCH_MAX;
}

/* str_lower() without a call for each byte. */
static void lower_into(char *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		to[i] = (char)(s.p[i] + (s.p[i] >= 'A' && s.p[i] <= 'Z' ? 'a' - 'A' : 0));
}

static void push(struct walk *w, struct str part, bool dot)
{
	buf_need(&w->path, part.n + 1);
	if (dot)
		w->path.p[w->path.n++] = '.';
	lower_into(w->path.p + w->path.n, part);
	w->path.n += part.n;
}

/* The value is that of the path. */
static void add(struct walk *w, struct str value)
{
	struct str path = buf_str(&w->path);
	char *key;

	if (too_long(path))
		return;
	key = arena_raw(w->mem, path.n);
	if (path.n)
		memcpy(key, path.p, path.n);
	*list_add(w->mem, &w->terms) = (struct index_term){ { key, path.n }, too_long(value) ? (struct str){ 0 } : value };
}

static void add_below(struct walk *w, const char *path, struct str part, struct str value)
{
	push(w, str_of(path), false);
	push(w, part, true);
	add(w, value);
	w->path.n = 0;
}

/* ---- values ---- */

static size_t digits(struct walk *w)
{
	const char *from = w->p;

	while (at(w) >= '0' && at(w) <= '9')
		w->p++;
	return (size_t)(w->p - from);
}

/* As JavaScript shows it; mostly that is how it was written. */
static struct str read_number(struct walk *w)
{
	enum { EXACT_DIGITS = 15 };
	struct buf text = { .mem = w->mem };
	const char *from = w->p;
	bool minus = at(w) == '-', whole = true;

	w->p += minus;

	bool zero = at(w) == '0';
	size_t n = digits(w);

	if (!n || (zero && n > 1))
		stop(w);
	if (at(w) == '.') {
		whole = false;
		w->p++;
		if (!digits(w))
			stop(w);
	}
	if (at(w) == 'e' || at(w) == 'E') {
		whole = false;
		w->p++;
		if (at(w) == '+' || at(w) == '-')
			w->p++;
		if (!digits(w))
			stop(w);
	}
	struct str written = { from, (size_t)(w->p - from) };

	if (whole && n <= EXACT_DIGITS && !(minus && zero))
		return written;
	if (!w->bad)
		json_write_number(&text, strtod(arena_strndup(w->mem, written.p, written.n), NULL));
	return buf_str(&text);
}

static struct str read_word(struct walk *w)
{
	static const struct str words[] = { STR("true"), STR("false"), STR("null") };

	for (size_t i = 0; i < LEN(words); i++) {
		if ((size_t)(w->end - w->p) < words[i].n || memcmp(w->p, words[i].p, words[i].n) != 0)
			continue;
		w->p += words[i].n;
		return i < 2 ? words[i] : (struct str){ 0 };
	}
	stop(w);
	return (struct str){ 0 };
}

static void visit(struct walk *w, unsigned depth);

static void visit_object(struct walk *w, unsigned depth)
{
	size_t n = w->path.n;

	open(w, '{');
	while (more(w, '}')) {
		push(w, read_key(w), n > 0);
		visit(w, depth + 1);
		w->path.n = n;
	}
}

static void visit_item(struct walk *w, unsigned depth)
{
	size_t n = w->path.n;

	if (at(w) != '"') {
		visit(w, depth + 1);
		return;
	}
	struct str item = read_text(w);

	if (depth < MAX_DEPTH)
		add(w, item);
	if (depth > MAX_DEPTH)
		return;
	push(w, item, true);
	add(w, STR("true"));
	w->path.n = n;
}

/* Reads a value and adds what is in it, down to MAX_DEPTH. */
static void visit(struct walk *w, unsigned depth)
{
	struct str value;
	char c = at(w);

	if (c == '{') {
		visit_object(w, depth);
		return;
	}
	if (c == '[') {
		open(w, '[');
		while (more(w, ']'))
			visit_item(w, depth);
		return;
	}
	value = c == '"' ? read_text(w) : c == '-' || (c >= '0' && c <= '9') ? read_number(w) : read_word(w);
	if (depth <= MAX_DEPTH)
		add(w, value);
}

static void skip(struct walk *w)
{
	visit(w, NOWHERE);
}

/* ---- the parts of an entity ---- */

static void read_metadata_member(struct walk *w, struct str key, struct str *namespace)
{
	bool is_namespace = str_is(key, "namespace"), is_etag = str_is(key, "etag");

	if (is_namespace && at(w) == '"') {
		*namespace = read_text(w);
	} else if (is_namespace || is_etag) {
		skip(w);
	} else if ((str_is(key, "name") || str_is(key, "uid")) && (at(w) == '{' || at(w) == '[')) {
		add_below(w, "metadata", key, (struct str){ 0 });
		skip(w);
	} else {
		push(w, STR("metadata"), false);
		push(w, key, true);
		visit(w, 0);
		w->path.n = 0;
	}
}

static void read_metadata(struct walk *w, struct str *namespace)
{
	if (at(w) != '{') {
		skip(w);
		return;
	}
	open(w, '{');
	while (more(w, '}'))
		read_metadata_member(w, read_key(w), namespace);
}

static void read_relation(struct walk *w)
{
	struct str type = STR(""), target = STR("");

	if (at(w) != '{') {
		skip(w);
	} else {
		open(w, '{');
		while (more(w, '}')) {
			struct str key = read_key(w);

			if (at(w) == '"' && str_is(key, "type"))
				type = read_text(w);
			else if (at(w) == '"' && str_is(key, "targetRef"))
				target = read_text(w);
			else
				skip(w);
		}
	}
	add_below(w, "relations", type, target);
}

static void read_relations(struct walk *w)
{
	if (at(w) != '[') {
		skip(w);
		return;
	}
	open(w, '[');
	while (more(w, ']'))
		read_relation(w);
}

static void read_status_items(struct walk *w)
{
	open(w, '[');
	while (more(w, ']')) {
		w->error = true;
		skip(w);
	}
}

static void read_status(struct walk *w)
{
	if (at(w) != '{') {
		skip(w);
		return;
	}
	open(w, '{');
	while (more(w, '}')) {
		struct str key = read_key(w);

		if (at(w) == '[' && str_is(key, "items"))
			read_status_items(w);
		else
			skip(w);
	}
}

static void read_entity(struct walk *w)
{
	struct str namespace = STR("default");

	open(w, '{');
	while (more(w, '}')) {
		struct str key = read_key(w);

		if (str_is(key, "metadata")) {
			read_metadata(w, &namespace);
		} else if (str_is(key, "relations")) {
			read_relations(w);
		} else if (str_is(key, "status")) {
			read_status(w);
		} else if (str_is(key, "attachments")) {
			skip(w);
		} else {
			push(w, key, false);
			visit(w, 0);
			w->path.n = 0;
		}
	}
	add_below(w, "metadata", STR("namespace"), namespace);
	if (w->p < w->end)
		stop(w);
}

int terms_of(struct ctx *cx, struct str body, struct index_terms *out, bool *error)
{
	struct walk w = { .p = body.p, .end = body.p + body.n, .mem = cx->mem, .path = { .mem = cx->mem } };

	/* Most entities have fewer terms, and shorter paths. */
	w.terms.cap = 64;
	w.terms.items = arena_raw(cx->mem, w.terms.cap * sizeof(*w.terms.items));
	buf_need(&w.path, 250);
	read_entity(&w);
	if (w.bad)
		return fail(cx, ERR_INTERNAL, "an entity's stored bytes are no JSON object from byte %zu of %zu on",
			    (size_t)(w.bad - body.p), body.n);
	*out = w.terms;
	*error = w.error;
	return 0;
}
