/* Filters that make or take away markup, and URLs. */
#include "template/filters.h"

void escape_html(struct buf *out, const char *p, size_t n)
{
	static const char *const entities[128] = {
		['&'] = "&amp;", ['"'] = "&quot;", ['\''] = "&#39;", ['<'] = "&lt;", ['>'] = "&gt;", ['\\'] = "&#92;"
	};
	size_t from = 0;

	buf_need(out, n);
	for (size_t i = 0; i < n; i++) {
		const char *entity = p[i] & 0x80 ? NULL : entities[(unsigned char)p[i]];

		if (!entity)
			continue;
		buf_add(out, p + from, i - from);
		buf_adds(out, entity);
		from = i + 1;
	}
	buf_add(out, p + from, n - from);
}

static int escaped(struct run *r, struct val v, struct val *out)
{
	struct buf b = { .mem = r->mem };
	struct text *s;
	int rc = filter_opt(r, v, &s);

	if (rc < 0)
		return rc;
	escape_html(&b, s->p, s->n);
	*out = val_safe(r, b.p, b.n);
	return 0;
}

int filter_escape(struct run *r, const struct args *a, struct val *out)
{
	*out = arg(a, 0);
	return out->t == VAL_SAFE ? 0 : escaped(r, *out, out);
}

int filter_forceescape(struct run *r, const struct args *a, struct val *out)
{
	return escaped(r, arg(a, 0), out);
}

int filter_safe(struct run *r, const struct args *a, struct val *out)
{
	struct text *s;
	int rc = filter_opt(r, arg(a, 0), &s);

	if (rc == 0)
		*out = (struct val){ .t = VAL_SAFE, .s = s };
	return rc;
}

int filter_string(struct run *r, const struct args *a, struct val *out)
{
	struct text *s;

	*out = arg(a, 0);
	if (val_none(*out))
		return run_fail(r, "'string' needs a value, not %s", val_kind(*out));
	int rc = val_text(r, *out, &s);

	if (rc == 0)
		*out = filter_like(*out, s);
	return rc;
}

int filter_nl2br(struct run *r, const struct args *a, struct val *out)
{
	struct buf b = { .mem = r->mem };
	struct text *s;
	int rc = val_none(arg(a, 0)) ? filter_text(r, "nl2br", arg(a, 0), &s) : filter_need(r, "nl2br", arg(a, 0), &s);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < s->n; i++) {
		if (s->p[i] == '\r' && i + 1 < s->n && s->p[i + 1] == '\n')
			continue;
		if (s->p[i] == '\n')
			buf_adds(&b, "<br />");
		buf_addc(&b, s->p[i]);
	}
	*out = filter_like(arg(a, 0), text_new(r, b.p, b.n));
	return 0;
}

/* Bytes of the tag or comment at s[i] ('<'); 0 when none begins there. no_* remember that no end is ahead. */
static size_t tag_length(struct str s, size_t i, bool *no_tag, bool *no_comment)
{
	size_t at = i + 1;
	const char *end;

	if (s.n - i >= 4 && memcmp(s.p + i, "<!--", 4) == 0) {
		end = *no_comment ? NULL : memmem(s.p + i + 4, s.n - i - 4, "-->", 3);
		*no_comment = !end;
		return end ? (size_t)(end - (s.p + i)) + 3 : 0;
	}
	at += at < s.n && s.p[at] == '/';
	if (at == s.n || !ascii_alpha(s.p[at]))
		return 0;
	while (at < s.n && ascii_alnum(s.p[at]))
		at++;
	if (at == s.n || s.p[at] == '_')
		return 0;
	end = *no_tag ? NULL : memchr(s.p + at, '>', s.n - at);
	*no_tag = !end;
	return end ? (size_t)(end - (s.p + i)) + 1 : 0;
}

static struct str strip_once(struct run *r, struct str s)
{
	struct buf b = { .mem = r->mem };
	bool no_tag = false, no_comment = false;

	for (size_t i = 0; i < s.n;) {
		const char *next = memchr(s.p + i, '<', s.n - i);
		size_t at = next ? (size_t)(next - s.p) : s.n, len;

		buf_add(&b, s.p + i, at - i);
		i = at;
		if (i == s.n)
			break;
		len = tag_length(s, i, &no_tag, &no_comment);
		if (!len)
			buf_addc(&b, s.p[i]);
		i += len ? len : 1;
	}
	return (struct str){ b.n ? b.p : "", b.n };
}

static bool line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* Spaces at the ends of lines go, several become one, three line breaks become two. */
static void keep_lines(struct buf *out, struct str s)
{
	size_t breaks = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		size_t next = i;

		while (next < s.n && s.p[next] == ' ')
			next++;
		if (c == ' ' && (i == 0 || line_end(s.p[i - 1]) || next == s.n || line_end(s.p[next]))) {
			i = next - 1;
			continue;
		}
		if (c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			continue;
		breaks = c == '\n' ? breaks + 1 : 0;
		if (breaks <= 2)
			buf_addc(out, c);
		if (c == ' ')
			i = next - 1;
	}
}

static void join_spaces(struct buf *out, struct str s)
{
	bool space = false;

	for (size_t i = 0, len; i < s.n; i += len) {
		unsigned units;
		uint32_t cp;

		len = text_next(s.p + i, s.n - i, &cp, &units);
		if (!text_space(cp))
			buf_add(out, s.p + i, len);
		else if (!space)
			buf_addc(out, ' ');
		space = text_space(cp);
	}
}

int filter_striptags(struct run *r, const struct args *a, struct val *out)
{
	enum { PASSES = 8 };
	struct buf b = { .mem = r->mem };
	struct str s, before;
	struct text *t;
	int passes = 0, rc = filter_text(r, "striptags", arg(a, 0), &t);

	if (rc < 0)
		return rc;
	s = (struct str){ t->p, t->n };
	do { /* taking a tag out may make a new one of what was around it */
		before = s;
		s = strip_once(r, s);
	} while (s.n != before.n && ++passes <= PASSES);
	if (passes > PASSES)
		return run_fail(r, "'striptags' meets tags that are nested too deeply");
	s = text_trim(s, true, true);
	if (val_truthy(arg(a, 1)))
		keep_lines(&b, s);
	else
		join_spaces(&b, s);
	*out = filter_like(arg(a, 0), text_new(r, b.p, b.n));
	return 0;
}

static int encode(struct run *r, struct buf *out, struct val v)
{
	static const char hex[] = "0123456789ABCDEF";
	struct text *s;
	int rc = val_text(r, v, &s);

	if (rc == 0)
		rc = run_room(r, out->n + s->n * 3);
	for (size_t i = 0; rc == 0 && i < s->n; i++) {
		unsigned char c = (unsigned char)s->p[i];

		if (ascii_alnum(s->p[i]) || (c && strchr("-_.!~*'()", c))) {
			buf_addc(out, s->p[i]);
			continue;
		}
		if (c == 0xED && i + 1 < s->n && (unsigned char)s->p[i + 1] >= 0xA0)
			return run_fail(r, "'urlencode' meets half a character");
		buf_addc(out, '%');
		buf_addc(out, hex[c >> 4]);
		buf_addc(out, hex[c & 15]);
	}
	return rc;
}

static int encode_pair(struct run *r, struct buf *out, struct val key, struct val v)
{
	if (out->n)
		buf_addc(out, '&');
	int rc = encode(r, out, key);

	buf_addc(out, '=');
	return rc < 0 ? rc : encode(r, out, v);
}

/* The two first parts of an item of a list of pairs. */
static int pair_of(struct run *r, struct val item, struct val *key, struct val *v)
{
	int rc = filter_key(r, item, val_num(0), key);

	return rc < 0 ? rc : filter_key(r, item, val_num(1), v);
}

int filter_urlencode(struct run *r, const struct args *a, struct val *out)
{
	struct val v = arg(a, 0), key, item;
	struct buf b = { .mem = r->mem };
	int rc = 0;

	if (val_is_text(v)) {
		rc = encode(r, &b, v);
	} else if (v.t == VAL_OBJECT) {
		const size_t *order = object_order(r, v.o);

		for (size_t i = 0; rc == 0 && i < v.o->n; i++) {
			const struct member *m = &v.o->m[order ? order[i] : i];

			rc = encode_pair(r, &b, val_str(r, m->key.s.p, m->key.s.n), m->v);
		}
	} else if (v.t == VAL_ARRAY) {
		array_load(r, v.a);
		for (size_t i = 0; rc == 0 && i < v.a->n; i++) {
			rc = pair_of(r, v.a->items[i], &key, &item);
			if (rc == 0)
				rc = encode_pair(r, &b, key, item);
		}
	}
	*out = val_str(r, b.p, b.n);
	return rc;
}
