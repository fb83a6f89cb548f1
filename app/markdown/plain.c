/* The text of HTML, for the search and for titles. */
#include "base/utf8.h"
#include "markdown/private.h"

static uint32_t named(struct str name)
{
	static const struct {
		const char *name;
		uint32_t cp;
	} entities[] = {
		{ "amp", '&' },       { "lt", '<' },      { "gt", '>' },      { "quot", '"' },     { "apos", '\'' },
		{ "nbsp", ' ' },      { "copy", 0xa9 },   { "reg", 0xae },    { "trade", 0x2122 }, { "plusmn", 0xb1 },
		{ "para", 0xb6 },     { "ne", 0x2260 },   { "rarr", 0x2192 }, { "larr", 0x2190 },  { "harr", 0x2194 },
		{ "frac14", 0xbc },   { "frac12", 0xbd }, { "frac34", 0xbe }, { "ndash", 0x2013 }, { "mdash", 0x2014 },
		{ "hellip", 0x2026 }, { "times", 0xd7 },  { "deg", 0xb0 },    { "middot", 0xb7 },
	};

	for (size_t i = 0; i < LEN(entities); i++)
		if (str_is(name, entities[i].name))
			return entities[i].cp;
	return 0;
}

/* The character of the entity s ("&#x2192;"); 0: it is not known. */
static uint32_t entity_char(struct str s)
{
	uint32_t cp = 0;
	bool hex = s.n > 4 && (s.p[2] == 'x' || s.p[2] == 'X');

	if (s.p[1] != '#')
		return named(str_part(s, 1, s.n - 1));
	for (size_t i = hex ? 3 : 2; i + 1 < s.n && cp < 0x110000; i++)
		cp = cp * (hex ? 16 : 10) + (uint32_t)ascii_hex(s.p[i]);
	return cp == 0xa0 ? ' ' : cp < 0x110000 && (cp < 0xd800 || cp > 0xdfff) ? cp : 0xfffd;
}

static void add_space(struct buf *out)
{
	if (out->n && out->p[out->n - 1] != ' ')
		buf_addc(out, ' ');
}

static size_t add_entity(struct buf *out, struct str s, size_t at)
{
	size_t n = entity_at(s, at);
	uint32_t cp = n ? entity_char(str_part(s, at, at + n)) : 0;
	char c[4];

	if (!cp) {
		buf_addc(out, '&');
		return 1;
	}
	if (cp == ' ')
		add_space(out);
	else
		buf_add(out, c, utf8_put(c, cp));
	return n;
}

struct str plain_text(struct md *md, struct str html, bool words)
{
	struct buf out = { .mem = md->mem };
	bool tags = true; /* a ">" may follow */

	md->steps += html.n;
	buf_need(&out, html.n);
	for (size_t i = 0; i < html.n;) {
		const char *gt = tags && html.p[i] == '<' ? memchr(html.p + i, '>', html.n - i) : NULL;

		tags &= html.p[i] != '<' || gt;
		if (gt) {
			if (words)
				add_space(&out);
			i = (size_t)(gt - html.p) + 1;
		} else if (html.p[i] == '&') {
			i += add_entity(&out, html, i);
		} else if (space_at(html, i)) {
			add_space(&out);
			i++;
		} else {
			size_t end = i + 1;

			while (end < html.n && html.p[end] != '<' && html.p[end] != '&' && html.p[end] != ' ' &&
			       html.p[end] != '\n')
				end++;
			buf_add(&out, html.p + i, end - i);
			i = end;
		}
	}
	return str_trim((struct str){ buf_text(&out), out.n });
}
