/* Writes values as YAML for files that people read and change: lists indented, texts plain where they can be. */
#include "base/utf8.h"
#include "ext/yaml.h"
#include "ext/yaml_scalar.h"

enum { DEPTH = 64, STEP = 2 };

struct writer {
	struct ctx *cx;
	struct buf *out;
};

static void indent(struct writer *w, unsigned by)
{
	buf_addf(w->out, "%*s", (int)by, "");
}

/* ---- texts ---- */

static bool is_safe(char c)
{
	return ascii_alnum(c) || strchr("_./+@$=~^()<>;-", c) || (unsigned char)c >= 0x80;
}

/* Nothing in it means something to YAML, and read again it is a text. */
static bool is_plain(struct str s)
{
	struct json v;

	if (!s.n || !(ascii_alnum(*s.p) || strchr("_./$(", *s.p) || (unsigned char)*s.p >= 0x80))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char next = i + 1 < s.n ? s.p[i + 1] : ' ';

		if (s.p[i] == ' ' || s.p[i] == ':' || s.p[i] == ',') {
			if (next == ' ' && (s.p[i] != ',' || i + 1 == s.n))
				return false;
		} else if (!s.p[i] || !is_safe(s.p[i])) {
			return false;
		}
	}
	/* Line breaks of Unicode, and the byte order mark. */
	if (memmem(s.p, s.n, "\xc2\x85", 2) || memmem(s.p, s.n, "\xe2\x80\xa8", 3) || memmem(s.p, s.n, "\xe2\x80\xa9", 3) ||
	    memmem(s.p, s.n, "\xef\xbb\xbf", 3))
		return false;
	yaml_resolve(s, &v);
	return v.type == JSON_STRING;
}

/* Lines that stand as they are below a '|'. */
static bool is_block(struct str s)
{
	if (!memchr(s.p, '\n', s.n) || *s.p == ' ' || *s.p == '\n')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\n')
			return false;
	return !memmem(s.p, s.n, " \n", 2) && !memmem(s.p, s.n, "\xe2\x80", 2) && !memmem(s.p, s.n, "\xc2\x85", 2) &&
	       !memmem(s.p, s.n, "\xef\xbb\xbf", 3) && !(s.n > 1 && s.p[s.n - 1] == '\n' && s.p[s.n - 2] == '\n');
}

static void put_block(struct writer *w, struct str s, unsigned at)
{
	bool ends = s.p[s.n - 1] == '\n';

	buf_adds(w->out, ends ? "|\n" : "|-\n");
	s.n -= ends;
	while (s.p) {
		struct str line = str_cut(&s, '\n');

		if (line.n)
			indent(w, at);
		buf_add(w->out, line.p, line.n);
		if (s.p)
			buf_addc(w->out, '\n');
	}
}

static void put_text(struct writer *w, struct str s, unsigned at)
{
	if (is_plain(s))
		buf_add(w->out, s.p, s.n);
	else if (at && s.n && is_block(s))
		put_block(w, s, at);
	else
		json_write_text(w->out, s);
}

/* ---- structures ---- */

static int put(struct writer *w, const struct json *v, unsigned at, bool inline_first);

static int put_object(struct writer *w, const struct json *v, unsigned at, bool inline_first)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < v->o.n; i++) {
		const struct json *item = v->o.m[i].value;
		bool nested = (item->type == JSON_OBJECT || item->type == JSON_ARRAY) && json_len(item) > 0;

		if (i || !inline_first)
			indent(w, at);
		put_text(w, v->o.m[i].key, 0);
		buf_adds(w->out, nested ? ":\n" : ": ");
		rc = put(w, item, at + STEP, false);
	}
	return rc;
}

static int put_array(struct writer *w, const struct json *v, unsigned at)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < v->a.n; i++) {
		bool nested = json_is(v->a.items[i], JSON_ARRAY) && json_len(v->a.items[i]);

		indent(w, at);
		buf_adds(w->out, nested ? "-\n" : "- ");
		rc = put(w, v->a.items[i], at + STEP, true);
	}
	return rc;
}

static int put(struct writer *w, const struct json *v, unsigned at, bool inline_first)
{
	if (at > DEPTH * STEP)
		return fail(w->cx, ERR_INPUT, "the value is nested too deeply for YAML");
	if (v->type == JSON_OBJECT && v->o.n)
		return put_object(w, v, at, inline_first);
	if (v->type == JSON_ARRAY && v->a.n)
		return put_array(w, v, at);
	if (v->type == JSON_STRING)
		put_text(w, v->s, at ? at : STEP);
	else
		json_write(w->out, v);
	buf_addc(w->out, '\n');
	return 0;
}

int yaml_write_file(struct ctx *cx, const struct json *v, struct buf *out)
{
	struct writer w = { cx, out };

	return put(&w, v, 0, false);
}
