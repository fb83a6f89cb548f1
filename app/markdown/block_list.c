/* Lists, and what is indented below their items. Each blank line ends a list: mdx_truly_sane_lists has it so. */
#include "markdown/private.h"

/* Length of the marker of an item ("- ", "12. ") at line[at] with the spaces behind it; 0: none. */
static size_t marker_length(struct str line, size_t at, bool *ordered)
{
	size_t i = at, end;

	while (i < line.n && ascii_digit(line.p[i]))
		i++;
	*ordered = i > at;
	if (*ordered ? i == line.n || line.p[i] != '.' : i == line.n || !memchr("*+-", line.p[i], 3))
		return 0;
	for (end = ++i; end < line.n && line.p[end] == ' ';)
		end++;
	return end > i ? end - at : 0;
}

struct item {
	struct text text;
	bool nested; /* it is indented: for the item before it */
};
struct items {
	struct item *items;
	size_t n, cap;
};

/* A block to items. A line that begins none belongs to the one before it, also without an indent. */
static void split_items(struct md *md, struct cursor *c, bool ordered, struct items *out)
{
	size_t unit = md->set.nested_indent;
	struct str *lines = arena_calloc(md->mem, c->end - c->at, sizeof(struct str));

	for (; c->at < c->end; c->at++, lines++) {
		struct str line = cursor_line(c);
		size_t indent = line_indent(line), n;
		bool is_ordered, own, nested;

		n = indent < 2 * unit ? marker_length(line, indent, &is_ordered) : 0;
		own = n && indent < unit && is_ordered == ordered;
		nested = n && indent >= unit && !(out->n && out->items[out->n - 1].nested);
		*lines = own ? str_from(line, indent + n) : line;
		if (own || nested)
			*list_add(md->mem, out) = (struct item){ { lines, 0 }, nested };
		out->items[out->n - 1].text.n++;
	}
}

bool block_list(struct md *md, struct cursor *c)
{
	struct str line = cursor_line(c);
	size_t indent = line_indent(line);
	struct items items = { 0 };
	bool ordered;

	if (indent >= md->set.nested_indent || !marker_length(line, indent, &ordered))
		return false;
	struct node *list = tree_is_list(c->parent) ? c->parent : tree_add(md, c->parent, ordered ? "ol" : "ul");

	split_items(md, c, ordered, &items);
	for (size_t i = 0; i < items.n && md->rc == 0; i++) {
		struct node *li = items.items[i].nested ? tree_last(list) : NULL;

		block_chunk(md, li ? li : tree_add(md, list, "li"), items.items[i].text, STATE_LIST);
	}
	return true;
}

/* What kind of lists an indent is looked for in. */
struct nesting {
	size_t unit;
	bool definitions;
};

static bool is_item(const struct nesting *in, const struct node *n)
{
	return tree_is(n, "li") || (in->definitions && tree_is(n, "dd"));
}

static bool is_list(const struct nesting *in, const struct node *n)
{
	return tree_is_list(n) || (in->definitions && tree_is(n, "dl"));
}

/* Follows last children down as far as the indent goes: *levels of it are used then. */
static struct node *find_level(const struct nesting *in, const struct cursor *c, size_t *levels)
{
	size_t indent = line_indent(cursor_line(c)) / in->unit;
	struct node *n = c->parent;

	*levels = c->state == STATE_LIST;
	while (indent > *levels) {
		struct node *child = tree_last(n);

		if (!is_list(in, child) && !is_item(in, child))
			break;
		*levels += is_list(in, child);
		n = child;
	}
	return n;
}

/* The block with up to n spaces less in each line that has them. */
static struct text loosened(struct md *md, struct cursor *c, size_t n)
{
	struct text t = { arena_calloc(md->mem, c->end - c->at, sizeof(struct str)), 0 };

	for (; c->at < c->end; c->at++) {
		struct str line = cursor_line(c);

		t.line[t.n++] = line_indent(line) >= n ? str_from(line, n) : line;
	}
	return t;
}

static bool indented(struct md *md, struct cursor *c, const struct nesting *in)
{
	struct node *last = tree_last(c->parent), *to;
	size_t levels;

	if (line_indent(cursor_line(c)) < in->unit || c->state == STATE_DETABBED ||
	    !(is_item(in, c->parent) || is_list(in, last)))
		return false;
	to = find_level(in, c, &levels);
	struct text t = loosened(md, c, levels * in->unit);

	if (is_item(in, c->parent)) {
		to = is_list(in, last) ? last : c->parent;
	} else if (!is_item(in, to)) {
		struct node *item = tree_last(to);

		if (is_item(in, item))
			tree_wrap_head(md, item);
		else
			item = tree_add(md, to, in->definitions ? "dd" : "li");
		to = item;
	}
	block_chunk(md, to, t, STATE_DETABBED);
	return true;
}

bool block_indent(struct md *md, struct cursor *c)
{
	return indented(md, c, &(struct nesting){ .unit = md->set.nested_indent });
}

bool block_definition_indent(struct md *md, struct cursor *c)
{
	return indented(md, c, &(struct nesting){ .unit = TAB, .definitions = true });
}

bool definition_starts(struct str line)
{
	size_t i = line_indent(line);

	return i < TAB && i + 1 < line.n && line.p[i] == ':' && line.p[i + 1] == ' ';
}

/* Text of a definition: behind ":", with what is indented below it, or, lazily, all the rest of the block. */
static struct text definition_text(struct md *md, struct cursor *c)
{
	struct str line = cursor_line(c), next;
	size_t i = line_indent(line) + 1, spaces = 0;
	struct text t, rest;

	while (spaces < 3 && i < line.n && line.p[i] == ' ')
		i++, spaces++;
	line = str_from(line, i);
	c->at++;
	next = c->at < c->end ? cursor_line(c) : (struct str){ "", 0 };
	i = line_indent(next);
	if (i < TAB && i < next.n && next.p[i] != ':') {
		rest = text_part(c->text, c->at, c->end);
		c->at = c->end;
	} else {
		rest = cursor_indented(md, c, TAB);
	}
	t = (struct text){ arena_calloc(md->mem, rest.n + 1, sizeof(struct str)), rest.n + 1 };
	t.line[0] = line;
	if (rest.n)
		memcpy(t.line + 1, rest.line, rest.n * sizeof(struct str));
	return t;
}

static void add_terms(struct md *md, struct node *dl, struct text terms)
{
	for (size_t i = 0; i < terms.n; i++)
		if (!line_blank(terms.line[i]))
			tree_text(md, tree_add(md, dl, "dt"), str_trim(terms.line[i]));
}

bool block_definition(struct md *md, struct cursor *c)
{
	size_t at = cursor_find(md, c, LINE_DEFINITION);
	struct node *last = tree_last(c->parent), *dl, *dd;
	struct text terms = text_part(c->text, c->at, at);
	enum state state = STATE_LIST;

	if (at == c->end || (terms.n == 0 && !last))
		return false;
	if (terms.n == 0 && tree_is(last, "p")) {
		/* A blank line between term and definition makes the definition a paragraph. */
		struct node *head = tree_head(last);

		terms = text_split(md, head ? head->text : (struct str){ "", 0 });
		state = STATE_LOOSE;
		tree_remove(last);
		last = tree_last(c->parent);
	}
	c->at = at;
	dl = tree_is(last, "dl") ? last : tree_add(md, c->parent, "dl");
	if (terms.n == 0 && tree_is(tree_last(dl), "dd") && tree_last(tree_last(dl)))
		state = STATE_LOOSE;
	add_terms(md, dl, terms);
	dd = tree_add(md, dl, "dd");
	block_chunk(md, dd, definition_text(md, c), state);
	return true;
}
