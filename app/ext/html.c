/* Cleans HTML that strangers wrote: parsed as browsers do (libgumbo), and written anew from an allow-list. */
#include "ext/html.h"

#include <gumbo.h>
#include <stdlib.h>

#include "ext/html_private.h"

enum { MAX_OUTPUT = 16 << 20, MAX_OPEN = 1000, MAX_TAGS = 400000 };

/* Elements that the parser opens again in the next block when their end is missing. */
static bool is_formatting(struct str name)
{
	static const char *const names[] = { "a",    "b", "big",   "code",   "em",     "font", "i",
					     "nobr", "s", "small", "strike", "strong", "tt",   "u" };

	for (size_t i = 0; i < LEN(names); i++)
		if (name.n == strlen(names[i]) && strncasecmp(name.p, names[i], name.n) == 0)
			return true;
	return false;
}

/*
 * Finds out, without a tree, whether the parser would nest elements so deep that its own recursion ends the process. Counts
 * too much rather than too little: what has no end tag is open until an outer one ends.
 */
struct nesting {
	struct str open[MAX_OPEN];
	size_t n, formatting, tags;
};

static bool same_name(struct str a, struct str b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

static void close_tag(struct nesting *t, struct str name)
{
	if (is_formatting(name)) {
		t->formatting -= t->formatting > 0;
		return;
	}
	for (size_t i = t->n; i-- > 0;)
		if (same_name(t->open[i], name)) {
			t->n = i;
			return;
		}
}

static bool open_tag(struct nesting *t, struct str name)
{
	char text[16] = "";

	if (name.n < sizeof(text))
		for (size_t i = 0; i < name.n; i++)
			text[i] = ascii_lower(name.p[i]);
	if (html_element_void(text) || streq(text, "p") || streq(text, "li"))
		return ++t->tags <= MAX_TAGS; /* these end by themselves */
	if (is_formatting(name))
		t->formatting++;
	else if (t->n < MAX_OPEN)
		t->open[t->n++] = name;
	return ++t->tags <= MAX_TAGS && t->n + t->formatting < MAX_OPEN;
}

static bool fits(struct str html)
{
	struct nesting t = { .n = 0 };

	for (size_t i = 0; i + 1 < html.n; i++) {
		bool end = html.p[i + 1] == '/';
		size_t from = i + 1 + end, to = from;

		if (html.p[i] != '<')
			continue;
		while (to < html.n && (ascii_alnum(html.p[to]) || html.p[to] == '-'))
			to++;
		struct str name = { html.p + from, to - from };

		if (name.n == 0)
			continue;
		if (end)
			close_tag(&t, name);
		else if (!open_tag(&t, name))
			return false;
	}
	return true;
}

static void write_node(struct cleaning *c, const GumboNode *node, unsigned depth);

static void write_children(struct cleaning *c, const GumboNode *node, unsigned depth)
{
	const GumboVector *list = &node->v.element.children;

	for (unsigned i = 0; i < list->length && c->out.n <= c->most; i++)
		write_node(c, list->data[i], depth + 1);
}

/* In lower case; "" for what is no name. */
static void name_of(const GumboElement *e, char name[HTML_MAX_NAME])
{
	GumboStringPiece text = e->original_tag;

	*name = '\0';
	if (e->tag != GUMBO_TAG_UNKNOWN) {
		str_put(name, HTML_MAX_NAME, gumbo_normalized_tagname(e->tag));
		return;
	}
	gumbo_tag_from_original_text(&text);
	if (!text.data || text.length == 0 || text.length >= HTML_MAX_NAME)
		return;
	for (size_t i = 0; i < text.length; i++)
		name[i] = ascii_lower(text.data[i]);
	name[text.length] = '\0';
}

static bool is_custom(const struct cleaning *c, const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.");

	return c->policy->element && strchr(name, '-') && ascii_alpha(*name) && !name[n] &&
	       regex_search(c->policy->element, str_of(name), 0, NULL, 0) == 1;
}

static const char *attribute(const GumboElement *e, const char *name)
{
	const GumboAttribute *a = gumbo_get_attribute(&e->attributes, name);

	return a ? a->value : "";
}

/* Boxes of a task list, which nobody can tick, and the radios of tabs. */
static bool input_allowed(const GumboElement *e)
{
	const char *type = attribute(e, "type");

	return str_ieq(type, "checkbox") || (str_ieq(type, "radio") && str_starts(attribute(e, "name"), "__tabbed_"));
}

/* Does an attribute of the same name stand before it? Two of one name are one for every parser, but id and name are both ids.
 */
static bool is_second_id(const GumboElement *e, const GumboAttribute *a)
{
	return e->tag == GUMBO_TAG_A && streq(a->name, "name") && gumbo_get_attribute(&e->attributes, "id");
}

static void write_start(struct cleaning *c, const GumboElement *e, const char *name, bool custom)
{
	bool box = streq(name, "input") && str_ieq(attribute(e, "type"), "checkbox");

	buf_addf(&c->out, "<%s", name);
	for (unsigned i = 0; i < e->attributes.length && i < HTML_MAX_ATTRIBUTES; i++) {
		const GumboAttribute *a = e->attributes.data[i];
		char lower[HTML_MAX_NAME];

		if (strlen(a->name) >= HTML_MAX_NAME || is_second_id(e, a) || (box && streq(a->name, "disabled")))
			continue;
		str_put(lower, sizeof(lower), a->name);
		for (char *p = lower; *p; p++)
			*p = ascii_lower(*p);
		html_write_attribute(c->cx->mem, &c->out, c->policy, &(struct html_attribute){ name, lower, a->value, custom },
				     &c->differs);
	}
	if (box && gumbo_get_attribute(&e->attributes, "disabled"))
		buf_adds(&c->out, " disabled=\"\"");
	if (streq(name, "iframe"))
		buf_adds(
			&c->out,
			" sandbox=\"allow-scripts allow-same-origin allow-popups allow-forms\" referrerpolicy=\"no-referrer\"");
	buf_addc(&c->out, '>');
}

/* Parsers overlook a line end right behind <pre>. */
static bool begins_with_line_end(const GumboElement *e)
{
	const GumboNode *first = e->children.length ? e->children.data[0] : NULL;

	return first && (first->type == GUMBO_NODE_TEXT || first->type == GUMBO_NODE_WHITESPACE) && *first->v.text.text == '\n';
}

static bool iframe_stays(const struct cleaning *c, const GumboElement *e)
{
	ARENA mem = { 0 };
	struct buf out = { .mem = &mem };
	bool differs;

	html_write_attribute(&mem, &out, c->policy, &(struct html_attribute){ "iframe", "src", attribute(e, "src"), false },
			     &differs);
	return out.n > 0;
}

static void write_allowed(struct cleaning *c, const GumboNode *node, const char *name, bool custom, unsigned depth)
{
	const GumboElement *e = &node->v.element;
	bool link = streq(name, "a");

	c->has_h1 |= streq(name, "h1");
	write_start(c, e, name, custom);
	if (html_element_void(name))
		return;
	if (streq(name, "pre") && begins_with_line_end(e))
		buf_addc(&c->out, '\n');
	c->in_link |= link;
	if (!streq(name, "iframe"))
		write_children(c, node, depth);
	c->in_link &= !link;
	buf_addf(&c->out, "</%s>", name);
}

static void write_element(struct cleaning *c, const GumboNode *node, unsigned depth)
{
	const GumboElement *e = &node->v.element;
	char name[HTML_MAX_NAME];
	bool custom, allowed;

	if (e->tag_namespace != GUMBO_NAMESPACE_HTML || depth > HTML_MAX_DEPTH)
		return;
	name_of(e, name);
	custom = is_custom(c, name);
	/* A link in a link, which odd tables make, would be another tree when it is parsed again. */
	allowed = (custom || html_element_allowed(name)) && !(c->in_link && streq(name, "a"));
	if (streq(name, "iframe"))
		allowed = iframe_stays(c, e);
	else if (streq(name, "input"))
		allowed = input_allowed(e);
	if (!allowed) {
		if (!html_element_dropped(name))
			write_children(c, node, depth);
		return;
	}
	write_allowed(c, node, name, custom, depth);
}

static void write_node(struct cleaning *c, const GumboNode *node, unsigned depth)
{
	switch (node->type) {
	case GUMBO_NODE_TEXT:
	case GUMBO_NODE_WHITESPACE:
	case GUMBO_NODE_CDATA:
		html_write_content(&c->out, str_of(node->v.text.text));
		break;
	case GUMBO_NODE_ELEMENT:
		write_element(c, node, depth);
		break;
	default: /* comments, templates */
		break;
	}
}

static int clean_tree(struct cleaning *c, struct str html)
{
	GumboOptions options = kGumboDefaultOptions;

	if (!fits(html))
		return fail(c->cx, ERR_TOOLARGE, "HTML: elements are nested too deep, or there are too many");
	options.max_errors = 0;
	options.fragment_context = GUMBO_TAG_DIV;

	GumboOutput *tree = gumbo_parse_with_options(&options, html.p ? html.p : "", html.n);

	write_children(c, tree->root, 0);
	gumbo_destroy_output(&options, tree);
	return 0;
}

int html_clean(struct ctx *cx, struct str html, const struct html_policy *policy, struct html_clean *out)
{
	struct cleaning c = { .cx = cx, .policy = policy, .out = { .mem = cx->mem } };
	int rc = 0;

	c.most = policy->max_output ? policy->max_output : MAX_OUTPUT;
	buf_need(&c.out, html.n + html.n / 8 + 64);
	buf_add(&c.out, "", 0);
	if (!html_clean_regular(&c, html)) {
		buf_clear(&c.out);
		c.has_h1 = c.differs = c.in_link = false;
		rc = clean_tree(&c, html);
	}
	if (rc == 0 && c.out.n > c.most)
		rc = fail(cx, ERR_TOOLARGE, "HTML: longer than %zu bytes", c.most);
	if (rc == 0)
		*out = (struct html_clean){ { buf_text(&c.out), c.out.n }, c.has_h1, c.differs };
	return rc;
}
