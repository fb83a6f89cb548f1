/* A quick reader of plain JSON. What is unusual it leaves to the thorough one. */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

enum { DEPTH = 60, MEMBERS = 1000, NUMBER_MOST = 30 };

struct reading {
	struct arena *mem;
	const char *p, *end;
	size_t most; /* mem->used may become */
};

static struct json *read_value(struct reading *r, unsigned depth);

static void skip(struct reading *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
		r->p++;
}

static bool take(struct reading *r, char c)
{
	skip(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static struct json *new_value(struct reading *r, enum json_type type)
{
	struct json *v = arena_new(r->mem, struct json);

	v->type = type;
	return r->mem->used <= r->most ? v : NULL;
}

/* ---- texts ---- */

static bool hex4(struct reading *r, unsigned *out)
{
	*out = 0;
	if (r->end - r->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = ascii_hex(*r->p++);

		if (digit < 0)
			return false;
		*out = *out * 16 + (unsigned)digit;
	}
	return true;
}

/* Two of them make one character; one alone is unusual, and so is NUL. */
static bool code_point(struct reading *r, unsigned *out)
{
	unsigned low;

	if (!hex4(r, out) || *out == 0 || (*out >= 0xdc00 && *out < 0xe000))
		return false;
	if (*out < 0xd800 || *out >= 0xe000)
		return true;
	if (r->end - r->p < 6 || r->p[0] != '\\' || r->p[1] != 'u')
		return false;
	r->p += 2;
	if (!hex4(r, &low) || low < 0xdc00 || low >= 0xe000)
		return false;
	*out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

static char *put_escape(struct reading *r, char *to)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	char c = *r->p++;
	const char *at = strchr(names, c);
	unsigned code;

	if (c && at) {
		*to++ = means[at - names];
		return to;
	}
	return c == 'u' && code_point(r, &code) ? to + utf8_put(to, code) : NULL;
}

/* Behind the opening quote. What it becomes is never longer than what is written. */
static bool read_text(struct reading *r, struct str *out)
{
	const char *close = r->p;
	char *bytes, *to;

	while (close < r->end && *close != '"' && (unsigned char)*close >= 0x20)
		close += *close == '\\' && r->end - close > 1 ? 2 : 1;
	if (close >= r->end || *close != '"')
		return false;
	bytes = to = arena_raw(r->mem, (size_t)(close - r->p) + 1);
	while (r->p < close) {
		size_t n = strcspn(r->p, "\\\"");

		n = n < (size_t)(close - r->p) ? n : (size_t)(close - r->p);
		memcpy(to, r->p, n);
		to += n;
		r->p += n;
		if (r->p == close)
			break;
		r->p++;
		to = put_escape(r, to);
		if (!to || r->p > close)
			return false;
	}
	r->p = close + 1;
	*to = '\0';
	*out = (struct str){ bytes, (size_t)(to - bytes) };
	return true;
}

/* ---- values ---- */

static size_t digits(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && ascii_digit(p[n]))
		n++;
	return n;
}

static struct json *read_number(struct reading *r)
{
	const char *p = r->p + (*r->p == '-');
	size_t n = digits(p, r->end);
	char copy[NUMBER_MOST + 1];
	struct json *v;

	if (!n || (n > 1 && *p == '0'))
		return NULL;
	p += n;
	if (p < r->end && *p == '.') {
		n = digits(p + 1, r->end);
		p += n + 1;
		if (!n)
			return NULL;
	}
	if (p < r->end && (*p == 'e' || *p == 'E')) {
		p += 1 + (p + 1 < r->end && (p[1] == '+' || p[1] == '-'));
		n = digits(p, r->end);
		p += n;
		if (!n)
			return NULL;
	}
	n = (size_t)(p - r->p);
	if (n > NUMBER_MOST || !(v = new_value(r, JSON_NUMBER)))
		return NULL;
	memcpy(copy, r->p, n);
	copy[n] = '\0';
	v->num = strtod(copy, NULL);
	r->p = p;
	return isfinite(v->num) ? v : NULL;
}

static struct json *read_word(struct reading *r, const char *name, enum json_type type, bool b)
{
	size_t n = strlen(name);
	struct json *v;

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, name, n) != 0 || !(v = new_value(r, type)))
		return NULL;
	v->b = b;
	r->p += n;
	return v;
}

static struct json *read_list(struct reading *r, unsigned depth)
{
	struct json *v = new_value(r, JSON_ARRAY), *item;

	if (!v || take(r, ']'))
		return v;
	do {
		item = read_value(r, depth + 1);
		if (!item)
			return NULL;
		json_push(r->mem, v, item);
	} while (take(r, ','));
	return take(r, ']') ? v : NULL;
}

static struct json *read_object(struct reading *r, unsigned depth)
{
	struct json *v = new_value(r, JSON_OBJECT), *item;
	struct str key;

	if (!v || take(r, '}'))
		return v;
	do {
		if (!take(r, '"') || !read_text(r, &key) || !take(r, ':') || v->o.n >= MEMBERS || json_getn(v, key))
			return NULL;
		item = read_value(r, depth + 1);
		if (!item)
			return NULL;
		json_append(r->mem, v, key, item);
	} while (take(r, ','));
	return take(r, '}') ? v : NULL;
}

static struct json *read_value(struct reading *r, unsigned depth)
{
	struct json *v;

	skip(r);
	if (r->p == r->end || depth > DEPTH || r->mem->used > r->most)
		return NULL;
	switch (*r->p) {
	case '{':
		r->p++;
		return read_object(r, depth);
	case '[':
		r->p++;
		return read_list(r, depth);
	case '"':
		r->p++;
		v = new_value(r, JSON_STRING);
		return v && read_text(r, &v->s) ? v : NULL;
	case 't':
		return read_word(r, "true", JSON_BOOL, true);
	case 'f':
		return read_word(r, "false", JSON_BOOL, false);
	case 'n':
		return read_word(r, "null", JSON_NULL, false);
	default:
		return read_number(r);
	}
}

struct json *json_read(struct arena *mem, struct str text, size_t most)
{
	struct reading r = { .mem = mem, .p = text.p, .end = text.p + text.n, .most = mem->used + most };
	struct json *v;

	if (!text.p || memchr(text.p, '\0', text.n) || !utf8_valid(text.p, text.n))
		return NULL;
	v = read_value(&r, 0);
	skip(&r);
	return v && r.p == r.end ? v : NULL;
}
