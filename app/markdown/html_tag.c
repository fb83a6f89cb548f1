/* Reads tags, as leniently as browsers do. */
#include "markdown/html_tag.h"

#include "base/names.h"

static const char *const block_tags[] = {
	"address",  "article", "aside",    "blockquote", "body",    "canvas",   "colgroup", "dd",     "details", "div",
	"dl",       "dt",      "fieldset", "figcaption", "figure",  "footer",   "form",     "group",  "h1",      "h2",
	"h3",       "h4",      "h5",       "h6",         "header",  "hgroup",   "hr",       "iframe", "legend",  "li",
	"main",     "map",     "math",     "menu",       "nav",     "noscript", "object",   "ol",     "option",  "output",
	"p",        "pre",     "progress", "script",     "section", "style",    "summary",  "table",  "tbody",   "td",
	"textarea", "tfoot",   "th",       "thead",      "tr",      "ul",       "video",
};

bool html_is_block(const char *tag)
{
	return NAMES_FIND(block_tags, str_of(tag)) != NULL;
}

bool html_is_void(const char *tag)
{
	static const char *const voids[] = { "area", "base", "basefont", "br",   "col",  "frame",
					     "hr",   "img",  "input",    "link", "meta", "param" };

	return NAMES_FIND(voids, str_of(tag)) != NULL;
}

bool html_begins_block(struct str s)
{
	size_t at = s.n > 1 && s.p[1] == '/' ? 2 : 1, end = at;
	char name[16] = "";

	if (s.n < 2 || s.p[0] != '<')
		return false;
	if (s.p[at] == '!' || s.p[at] == '?')
		return true;
	while (end < s.n && ascii_alnum(s.p[end]) && end - at < sizeof(name) - 1) {
		name[end - at] = ascii_lower(s.p[end]);
		end++;
	}
	return html_is_block(name);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\f';
}

/* The end of the tag's name, which begins at s[at]. */
static size_t name_end(struct str s, size_t at)
{
	while (at < s.n && !is_space(s.p[at]) && s.p[at] != '/' && s.p[at] != '>' && s.p[at] != '`')
		at++;
	return at;
}

/* "= value" at s[at], if it is there; false: a quote that nobody closes. */
static bool read_value(struct str s, size_t *at, struct str *value)
{
	size_t i = *at;

	while (i < s.n && is_space(s.p[i]))
		i++;
	if (i == s.n || s.p[i] != '=')
		return true;
	while (i < s.n && (s.p[i] == '=' || is_space(s.p[i])))
		i++;
	if (i < s.n && (s.p[i] == '"' || s.p[i] == '\'')) {
		const char *end = memchr(s.p + i + 1, s.p[i], s.n - i - 1);

		if (!end)
			return false;
		*value = str_part(s, i + 1, (size_t)(end - s.p));
		*at = (size_t)(end - s.p) + 1;
		return true;
	}
	*at = i;
	while (i < s.n && !is_space(s.p[i]) && s.p[i] != '>' && s.p[i] != '`')
		i++;
	*value = str_part(s, *at, i);
	*at = i;
	return true;
}

static bool read_attr(struct md *md, struct str s, size_t *at, struct attrs *out)
{
	size_t i = *at;

	if (s.p[i] == '`')
		return false;
	do
		i++;
	while (i < s.n && !is_space(s.p[i]) && s.p[i] != '/' && s.p[i] != '=' && s.p[i] != '>');
	struct str name = str_part(s, *at, i), value = name;

	if (!read_value(s, &i, &value))
		return false;
	*at = i;
	/* Marks would not be found again in lower case. */
	name = mark_plain(md, name);
	name.p = str_lower(md->mem, name.p, name.n);
	if (name.n)
		attr_setn(md, out, name, value);
	return true;
}

static bool read_start(struct md *md, struct str s, size_t at, struct html_tag *out)
{
	size_t i = name_end(s, at + 1);

	*out = (struct html_tag){ .name = str_lower(md->mem, s.p + at + 1, i - at - 1) };
	while (i < s.n) {
		if (s.p[i] == '>') {
			out->end = i + 1;
			return true;
		}
		if (s.p[i] == '/' && i + 1 < s.n && s.p[i + 1] == '>')
			out->empty = true;
		if (is_space(s.p[i]) || s.p[i] == '/')
			i++;
		else if (!read_attr(md, s, &i, &out->attrs))
			break;
	}
	out->end = i;
	return false;
}

bool html_start_tag(struct md *md, struct str s, size_t at, struct html_tag *out)
{
	if (at + 2 >= s.n || !ascii_alpha(s.p[at + 1]) || md->budget == 0)
		return false;
	if (read_start(md, s, at, out))
		return true;
	/* What was read in vain is read again as text. A quote was looked for up to the end. */
	md_spend(md, s.n - at);
	return false;
}

bool html_end_tag(struct md *md, struct str s, size_t at, struct html_tag *out)
{
	const char *gt;
	size_t end;

	if (at + 3 >= s.n || s.p[at + 1] != '/' || !ascii_alpha(s.p[at + 2]) || md->budget == 0)
		return false;
	end = name_end(s, at + 2);
	gt = memchr(s.p + end, '>', s.n - end);
	if (!gt) {
		md_spend(md, s.n - at);
		return false;
	}
	*out = (struct html_tag){ .name = str_lower(md->mem, s.p + at + 2, end - at - 2), .end = (size_t)(gt - s.p) + 1 };
	return true;
}
