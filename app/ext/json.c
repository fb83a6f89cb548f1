/* Reads JSON texts (json-c) into values. */
#include "ext/json.h"

#include <limits.h>
#include <stdlib.h>

/* Names of types that json-c and base/json.h both claim. */
#define json_type jsonc_type
#define json_bool jsonc_bool
#define json_object jsonc_object
#include <json-c/json.h>
#undef json_type
#undef json_bool
#undef json_object

#include "base/utf8.h"

enum { DEPTH = 128, EXACT_DIGITS = 15 };
/* Bytes that json-c and the arena take while they read: of a byte, a value, and what an object and a member of it take more. */
enum { COST_BYTE = 3, COST_VALUE = 160, COST_OBJECT = 700, COST_MEMBER = 100 };

#define AUTO_TOKENER __attribute__((cleanup(tokener_freep))) json_tokener *
#define AUTO_VALUE __attribute__((cleanup(value_freep))) jsonc_object *

static void tokener_freep(json_tokener **tok)
{
	if (*tok)
		json_tokener_free(*tok);
}

static void value_freep(jsonc_object **v)
{
	json_object_put(*v);
}

/*
 * json-c is laxer than RFC 8259 even when strict: it takes NaN, Infinity, "-01", "1." and raw control characters, ends at a
 * NUL, cuts keys at an escaped one, and caps whole numbers at 64 bits. The lexer below refuses or repairs just these; the
 * grammar is left to json-c.
 */
struct lexer {
	struct ctx *cx;
	struct str text;
	size_t at, depth;
	struct buf *fixed; /* NULL, or the text with e0 behind numbers that json-c would round as integers */
	size_t copied;     /* bytes of text already in fixed */
	bool wide;         /* such numbers were seen */
	size_t cost;       /* of what was seen, without its bytes */
};

static int unexpected(const struct lexer *lx, size_t at)
{
	if (at >= lx->text.n)
		return fail(lx->cx, ERR_INPUT, "JSON: unexpected end at byte %zu", lx->text.n);
	return fail(lx->cx, ERR_INPUT, "JSON: unexpected character at byte %zu", at);
}

static char peek(const struct lexer *lx)
{
	return lx->at < lx->text.n ? lx->text.p[lx->at] : '\0';
}

static size_t digits(struct lexer *lx)
{
	size_t from = lx->at;

	while (ascii_digit(peek(lx)))
		lx->at++;
	return lx->at - from;
}

static int lex_number(struct lexer *lx)
{
	bool minus = peek(lx) == '-', whole = true;

	lx->at += minus;

	bool zero = peek(lx) == '0';
	size_t n = digits(lx);

	if (n == 0 || (zero && n > 1))
		return unexpected(lx, n ? lx->at - n + 1 : lx->at);
	if (peek(lx) == '.') {
		whole = false;
		lx->at++;
		if (digits(lx) == 0)
			return unexpected(lx, lx->at);
	}
	if (peek(lx) == 'e' || peek(lx) == 'E') {
		whole = false;
		lx->at++;
		if (peek(lx) == '+' || peek(lx) == '-')
			lx->at++;
		if (digits(lx) == 0)
			return unexpected(lx, lx->at);
	}
	if (whole && (n > EXACT_DIGITS || (minus && zero))) {
		lx->wide = true;
		if (lx->fixed) {
			buf_add(lx->fixed, lx->text.p + lx->copied, lx->at - lx->copied);
			buf_adds(lx->fixed, "e0");
			lx->copied = lx->at;
		}
	}
	return 0;
}

static int lex_string(struct lexer *lx)
{
	size_t start = lx->at++;
	bool nul = false;

	for (; lx->at < lx->text.n && lx->text.p[lx->at] != '"'; lx->at++) {
		if ((unsigned char)lx->text.p[lx->at] < ' ')
			return fail(lx->cx, ERR_INPUT, "JSON: control character in a string at byte %zu", lx->at);
		if (lx->text.p[lx->at] == '\\') {
			nul = nul || (lx->text.n - lx->at > 5 && memcmp(lx->text.p + lx->at, "\\u0000", 6) == 0);
			lx->at++;
		}
	}
	if (lx->at >= lx->text.n)
		return unexpected(lx, lx->text.n);
	lx->at++;
	if (!nul)
		return 0;

	size_t next = lx->at;

	while (next < lx->text.n && memchr(" \t\r\n", lx->text.p[next], 4))
		next++;
	if (next < lx->text.n && lx->text.p[next] == ':')
		return fail(lx->cx, ERR_INPUT, "JSON: NUL in a key at byte %zu", start);
	return 0;
}

static int lex_word(struct lexer *lx)
{
	static const struct str words[] = { STR("true"), STR("false"), STR("null") };

	for (size_t i = 0; i < LEN(words); i++)
		if (lx->text.n - lx->at >= words[i].n && memcmp(lx->text.p + lx->at, words[i].p, words[i].n) == 0) {
			lx->at += words[i].n;
			return 0;
		}
	return unexpected(lx, lx->at);
}

static int lex_token(struct lexer *lx)
{
	char c = lx->text.p[lx->at];

	switch (c) {
	case '"':
		return lex_string(lx);
	case '[':
	case '{':
		lx->cost += COST_VALUE + (c == '{' ? COST_OBJECT : 0);
		if (lx->depth++ == DEPTH)
			return fail(lx->cx, ERR_INPUT, "JSON: more than %d levels at byte %zu", DEPTH, lx->at);
		lx->at++;
		return 0;
	case ']':
	case '}':
		lx->depth -= lx->depth > 0;
		lx->at++;
		return 0;
	case ',':
	case ':':
		lx->cost += c == ',' ? COST_VALUE : COST_MEMBER;
		lx->at++;
		return 0;
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		lx->at++;
		return 0;
	default:
		return c == '-' || ascii_digit(c) ? lex_number(lx) : lex_word(lx);
	}
}

static int lex(struct lexer *lx)
{
	size_t bad = utf8_bad_at(lx->text.p, lx->text.n);

	if (bad < lx->text.n)
		return fail(lx->cx, ERR_INPUT, "JSON: not UTF-8 at byte %zu", bad);
	while (lx->at < lx->text.n) {
		int rc = lex_token(lx);

		if (rc < 0)
			return rc;
	}
	if (lx->fixed)
		buf_add(lx->fixed, lx->text.p + lx->copied, lx->text.n - lx->copied);
	return 0;
}

static struct json *convert(struct arena *mem, jsonc_object *from);

static struct json *convert_array(struct arena *mem, jsonc_object *from)
{
	struct json *v = json_array(mem);
	size_t n = json_object_array_length(from);

	v->a.items = arena_array(mem, struct json *, n);
	v->a.cap = n;
	for (size_t i = 0; i < n; i++)
		v->a.items[v->a.n++] = convert(mem, json_object_array_get_idx(from, i));
	return v;
}

static struct json *convert_object(struct arena *mem, jsonc_object *from)
{
	struct json *v = json_object(mem);
	size_t n = (size_t)json_object_object_length(from);

	v->o.m = arena_array(mem, struct json_member, n);
	v->o.cap = n;
	for (const struct lh_entry *e = lh_table_head(json_object_get_object(from)); e; e = lh_entry_next(e)) {
		const char *key = lh_entry_k(e);
		struct str name = { arena_strdup(mem, key), strlen(key) };

		v->o.m[v->o.n++] = (struct json_member){ name, convert(mem, lh_entry_v(e)) };
	}
	return v;
}

static struct json *convert(struct arena *mem, jsonc_object *from)
{
	switch (json_object_get_type(from)) {
	case json_type_boolean:
		return json_bool(mem, json_object_get_boolean(from));
	case json_type_int:
	case json_type_double:
		return json_num(mem, json_object_get_double(from));
	case json_type_string:
		return json_strn(mem, json_object_get_string(from), (size_t)json_object_get_string_len(from));
	case json_type_array:
		return convert_array(mem, from);
	case json_type_object:
		return convert_object(mem, from);
	case json_type_null:
		break;
	}
	return json_null(mem);
}

static int parse(struct ctx *cx, struct str text, struct json **out)
{
	AUTO_TOKENER tok = json_tokener_new_ex(DEPTH + 2);

	if (!tok)
		abort();
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);

	AUTO_VALUE v = json_tokener_parse_ex(tok, text.p, (int)text.n);
	enum json_tokener_error err = json_tokener_get_error(tok);
	size_t at = json_tokener_get_parse_end(tok);

	if (err == json_tokener_continue) {
		/* A number at the end is complete only when something stands behind it. */
		v = json_tokener_parse_ex(tok, "", 1);
		err = json_tokener_get_error(tok);
		at = text.n;
	}
	if (err == json_tokener_continue || err == json_tokener_error_parse_eof)
		return fail(cx, ERR_INPUT, "JSON: unexpected end at byte %zu", text.n);
	if (err != json_tokener_success)
		return fail(cx, ERR_INPUT, "JSON: %s at byte %zu", json_tokener_error_desc(err), at);
	for (; at < text.n; at++)
		if (!memchr(" \t\r\n", text.p[at], 4))
			return fail(cx, ERR_INPUT, "JSON: unexpected character at byte %zu", at);
	*out = convert(cx->mem, v);
	return 0;
}

int json_parse(struct ctx *cx, struct str text, struct json **out)
{
	return json_parse_within(cx, text, SIZE_MAX, out);
}

/* What is wide is read twice. */
static int check_cost(const struct lexer *lx, size_t most)
{
	size_t cost = (lx->text.n * COST_BYTE + lx->cost) * (lx->wide ? 2 : 1);

	if (cost <= most)
		return 0;
	return fail(lx->cx, ERR_TOOLARGE, "JSON: so many values would take more than %zu MiB", most >> 20);
}

int json_parse_within(struct ctx *cx, struct str text, size_t most, struct json **out)
{
	struct buf fixed = { .mem = cx->mem };
	struct lexer first = { .cx = cx, .text = text };

	if (text.n > INT_MAX / 4)
		return fail(cx, ERR_TOOLARGE, "JSON: %zu bytes are too many", text.n);
	if (text.n == 0)
		return fail(cx, ERR_INPUT, "JSON: unexpected end at byte 0");

	int rc = lex(&first);

	if (rc == 0)
		rc = check_cost(&first, most);
	if (rc < 0 || !first.wide)
		return rc < 0 ? rc : parse(cx, text, out);

	/* Parsed as it is first, so that faults are reported at their true offsets. */
	struct json *rounded;
	struct lexer again = { .cx = cx, .text = text, .fixed = &fixed };

	rc = parse(cx, text, &rounded);
	if (rc == 0)
		rc = lex(&again);
	return rc < 0 ? rc : parse(cx, buf_str(&fixed), out);
}
