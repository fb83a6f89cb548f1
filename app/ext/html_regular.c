/*
 * Cleans HTML that is written regularly, without a parser's tree, which is most of what cleaning costs. It is as safe: every
 * tag that comes out was on the list and written anew, text has no '<', and nothing on the list changes how what follows is
 * read. Whatever is odd in the least is left to the parser.
 */
#include "ext/html_private.h"

struct regular {
	struct cleaning *c;
	const char *p, *end;
	struct str open[HTML_MAX_DEPTH];
	size_t n;
};

static bool in_name(char c)
{
	return (c >= 'a' && c <= 'z') || ascii_digit(c);
}

static size_t name_length(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && (in_name(p[n]) || (n && (p[n] == '-' || p[n] == '_' || p[n] == ':' || p[n] == '.'))))
		n++;
	return n;
}

/* Elements whose start says more than their name: the parser's side knows them. */
static bool is_special(const char *name, bool in_link)
{
	return streq(name, "input") || streq(name, "iframe") || (in_link && streq(name, "a"));
}

/* The character that "&amp;" and the like mean; '\0' for any other reference. */
static char reference(const char *p, size_t n, size_t *length)
{
	static const struct {
		const char *text;
		char c;
	} known[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&#39;", '\'' } };

	for (size_t i = 0; i < LEN(known); i++) {
		*length = strlen(known[i].text);
		if (*length <= n && memcmp(p, known[i].text, *length) == 0)
			return known[i].c;
	}
	return '\0';
}

/* A value between quotes, in the arena; NULL when it has references that only the parser knows. */
static const char *value_of(struct arena *mem, const char *p, size_t n)
{
	char *out = arena_raw(mem, n + 1), *to = out;

	for (size_t i = 0, length; i < n; i += length) {
		length = 1;
		*to = p[i] == '&' ? reference(p + i, n - i, &length) : p[i];
		if (!*to++)
			return NULL;
	}
	*to = '\0';
	return out;
}

/* One attribute, from its name on. */
static bool read_attribute(struct regular *r, const char *element)
{
	size_t n = name_length(r->p, r->end);
	const char *name, *value = "", *quote;

	if (n == 0 || n >= HTML_MAX_NAME)
		return false;
	name = arena_strndup(r->c->cx->mem, r->p, n);
	r->p += n;
	if (r->p + 1 < r->end && r->p[0] == '=') {
		quote = r->p[1] == '"' ? memchr(r->p + 2, '"', (size_t)(r->end - r->p - 2)) : NULL;
		value = quote ? value_of(r->c->cx->mem, r->p + 2, (size_t)(quote - r->p - 2)) : NULL;
		if (!value)
			return false;
		r->p = quote + 1;
	}
	if (streq(name, "name"))
		return false; /* ids of old times, and what could stand in for the document's properties */
	html_write_attribute(r->c->cx->mem, &r->c->out, r->c->policy, &(struct html_attribute){ element, name, value, false },
			     &r->c->differs);
	return true;
}

static bool read_attributes(struct regular *r, const char *element)
{
	for (unsigned i = 0; r->p < r->end && (*r->p == ' ' || *r->p == '\n'); i++) {
		r->p++;
		if (r->p < r->end && *r->p == '/')
			break;
		if (i == HTML_MAX_ATTRIBUTES || !read_attribute(r, element))
			return false;
	}
	if (r->p < r->end && *r->p == '/' && html_element_void(element))
		r->p++;
	return r->p < r->end && *r->p++ == '>';
}

static bool read_start(struct regular *r)
{
	size_t n = name_length(r->p, r->end);
	char name[HTML_MAX_NAME];
	const struct str text = { r->p, n };

	if (n == 0 || n >= sizeof(name) || r->n == HTML_MAX_DEPTH - 1)
		return false;
	memcpy(name, r->p, n);
	name[n] = '\0';
	if (!html_element_allowed(name) || is_special(name, r->c->in_link))
		return false;
	r->c->has_h1 |= streq(name, "h1");
	buf_addc(&r->c->out, '<');
	buf_add(&r->c->out, name, n);
	r->p += n;
	if (!read_attributes(r, name))
		return false;
	buf_addc(&r->c->out, '>');
	if (!html_element_void(name)) {
		r->open[r->n++] = text;
		r->c->in_link |= streq(name, "a");
	}
	return true;
}

static bool read_end(struct regular *r)
{
	size_t n = name_length(r->p, r->end);

	if (r->n == 0 || !str_eq(r->open[r->n - 1], (struct str){ r->p, n }) || r->p + n >= r->end || r->p[n] != '>')
		return false;
	r->n--;
	if (n == 1 && *r->p == 'a')
		r->c->in_link = false;
	buf_adds(&r->c->out, "</");
	buf_add(&r->c->out, r->p, n + 1);
	r->p += n + 1;
	return true;
}

/* Text stays as it is, with its references: in text they only ever mean characters. */
static void read_text(struct regular *r)
{
	const char *next = memchr(r->p, '<', (size_t)(r->end - r->p));

	next = next ? next : r->end;
	buf_add(&r->c->out, r->p, (size_t)(next - r->p));
	r->p = next;
}

bool html_clean_regular(struct cleaning *c, struct str html)
{
	struct regular r = { .c = c, .p = html.p, .end = html.p + html.n };

	if (html.n == 0 || memchr(html.p, '\0', html.n) || memchr(html.p, '\r', html.n))
		return html.n == 0;
	while (r.p < r.end && c->out.n <= c->most) {
		bool good = true;

		if (*r.p != '<') {
			read_text(&r);
		} else if (r.p + 1 < r.end && r.p[1] == '/') {
			r.p += 2;
			good = read_end(&r);
		} else {
			r.p++;
			good = read_start(&r);
		}
		if (!good)
			return false;
	}
	return r.n == 0 || c->out.n > c->most;
}
