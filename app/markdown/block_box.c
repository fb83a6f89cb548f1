/* Boxes with indented content: admonitions ("!!! note"), details ("??? note") and tabs ("=== "Title""). */
#include "markdown/private.h"

enum box { ADMONITION, DETAILS, TABS };

struct box_line {
	enum box box;
	struct str classes, title;
	bool has_title, open, new_set;
};

static bool class_char(char c)
{
	return ascii_alnum(c) || c == '_' || c == '-' || (unsigned char)c >= 0x80;
}

/* Words of classes at s; returns how many bytes they take, without spaces behind them. */
static size_t classes_length(struct str s)
{
	size_t end = 0;

	for (size_t i = 0; i < s.n && class_char(s.p[i]);) {
		while (i < s.n && class_char(s.p[i]))
			i++;
		end = i;
		while (i < s.n && s.p[i] == ' ')
			i++;
	}
	return end;
}

/* A title in quotes that ends the line, spaces before it; false: something else is there. */
static bool read_title(struct str s, struct box_line *out)
{
	size_t spaces = line_indent(s);

	s = str_rtrim(s, ' ');
	if (spaces >= s.n)
		return true;
	s = str_from(s, spaces);
	if (spaces == 0 || s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return false;
	out->title = str_part(s, 1, s.n - 1);
	out->has_title = true;
	return true;
}

static bool read_box(struct str line, struct box_line *out)
{
	static const char *const marks[] = { [ADMONITION] = "!!!", [DETAILS] = "???", [TABS] = "===" };
	size_t n;

	*out = (struct box_line){ .box = ADMONITION };
	while (!str_begins(line, marks[out->box]))
		if (out->box++ == TABS)
			return false;
	line = str_from(line, 3);
	if (out->box == TABS) {
		out->new_set = str_begins(line, "!");
		return read_title(str_from(line, out->new_set), out) && out->has_title;
	}
	out->open = out->box == DETAILS && str_begins(line, "+");
	line = str_from(line, out->open);
	if (str_begins(line, " ") && !str_begins(line, " \""))
		line = str_from(line, 1);
	n = classes_length(line);
	out->classes = str_part(line, 0, n);
	return read_title(str_from(line, n), out) && (n || (out->box == DETAILS && out->has_title));
}

bool box_starts(struct str line)
{
	struct box_line b;

	return line.n > 3 && (line.p[0] == '!' || line.p[0] == '?' || line.p[0] == '=') && read_box(line, &b);
}

/* Classes in lower case with single spaces between; the first word, capitalised, is the title where there is none. */
static void name_box(struct md *md, struct box_line *b)
{
	char *p = str_lower(md->mem, b->classes.p, b->classes.n), *to = p;

	for (size_t i = 0; p[i]; i++)
		if (p[i] != ' ' || p[i + 1] != ' ')
			*to++ = p[i];
	*to = '\0';
	b->classes = str_of(p);
	if (!b->has_title) {
		size_t end = str_find(b->classes, 0, " ");
		char *title = arena_strndup(md->mem, p, end);

		if (title[0] >= 'a' && title[0] <= 'z')
			title[0] = (char)(title[0] - 'a' + 'A');
		b->title = str_of(title);
	}
}

static struct node *add_admonition(struct md *md, struct node *parent, struct box_line *b)
{
	struct node *div = tree_add(md, parent, "div"), *p;

	name_box(md, b);
	attr_set(md, &div->attrs, "class", arena_printf(md->mem, "admonition %s", b->classes.p));
	if (b->title.n) {
		p = tree_add(md, div, "p");
		attr_set(md, &p->attrs, "class", "admonition-title");
		tree_text(md, p, b->title);
	}
	return div;
}

static struct node *add_details(struct md *md, struct node *parent, struct box_line *b)
{
	struct node *details = tree_add(md, parent, "details");

	name_box(md, b);
	if (b->classes.n)
		attr_setn(md, &details->attrs, STR("class"), b->classes);
	if (b->open)
		attr_set(md, &details->attrs, "open", "open");
	tree_text(md, tree_add(md, details, "summary"), b->title);
	return details;
}

static struct node *add_div(struct md *md, struct node *parent, const char *class)
{
	struct node *div = tree_add(md, parent, "div");

	attr_set(md, &div->attrs, "class", class);
	return div;
}

static struct node *add_tab_set(struct md *md, struct node *parent)
{
	struct node *set = add_div(md, parent, md->set.tabs_alternate ? "tabbed-set tabbed-alternate" : "tabbed-set");

	md->page->has_tabs = true;
	set->tab_set = ++md->tab_sets;
	if (md->set.tabs_alternate) {
		set->labels = add_div(md, set, "tabbed-labels");
		set->panes = add_div(md, set, "tabbed-content");
	}
	return set;
}

static struct node *add_tab(struct md *md, struct node *parent, const struct box_line *b)
{
	struct node *set = tree_last(parent), *input, *label;
	const char *id;

	if (!set || !set->tab_set || b->new_set)
		set = add_tab_set(md, parent);
	id = arena_printf(md->mem, "__tabbed_%u_%u", set->tab_set, ++set->tab_count);
	input = tree_add(md, NULL, "input");
	attr_set(md, &input->attrs, "id", id);
	attr_set(md, &input->attrs, "name", arena_printf(md->mem, "__tabbed_%u", set->tab_set));
	attr_set(md, &input->attrs, "type", "radio");
	if (set->tab_count == 1)
		attr_set(md, &input->attrs, "checked", "checked");
	tree_insert(set, set->labels, input);
	label = tree_add(md, set->labels ? set->labels : set, "label");
	attr_set(md, &label->attrs, "for", id);
	tree_text(md, label, b->title);
	attr_set(md, &set->attrs, "data-tabs", arena_printf(md->mem, "%u:%u", set->tab_set, set->tab_count));
	return set->panes ? add_div(md, set->panes, "tabbed-block") : add_div(md, set, "tabbed-content");
}

static bool begin_box(struct md *md, struct cursor *c)
{
	struct box_line b;
	struct node *box;

	if (!box_starts(cursor_line(c)) || !read_box(cursor_line(c), &b))
		return false;
	if (b.box == TABS)
		box = add_tab(md, c->parent, &b);
	else
		box = b.box == DETAILS ? add_details(md, c->parent, &b) : add_admonition(md, c->parent, &b);
	c->at++;
	block_chunk(md, box, cursor_indented(md, c, TAB), c->state);
	return true;
}

static bool is_box(const struct node *n)
{
	return n && n->kind == NODE_ELEMENT &&
	       (n->tab_set || streq(n->tag, "details") ||
		str_find(attr_get(&n->attrs, "class"), 0, "admonition") < attr_get(&n->attrs, "class").n);
}

/* The content of a box; of a set of tabs, its last. */
static struct node *content_of(struct node *box)
{
	if (!box->tab_set)
		return box;
	return tree_last(box->panes ? box->panes : box);
}

/*
 * An indented block below a box is content of the box. Indented twice, it goes into the last item of the list that ends
 * the box, and so on down.
 */
bool block_box(struct md *md, struct cursor *c)
{
	size_t indent = line_indent(cursor_line(c)), used = TAB;
	struct node *to = tree_last(c->parent), *list;

	if (begin_box(md, c))
		return true;
	if (indent < TAB || !is_box(to))
		return false;
	to = content_of(to);
	for (list = tree_last(to); indent >= used + TAB && (tree_is_list(list) || tree_is(list, "dl")) && tree_last(list);
	     used += TAB) {
		to = tree_last(list);
		list = tree_last(to);
	}
	if (tree_is(to, "li") || tree_is(to, "dd"))
		tree_wrap_head(md, to);
	block_chunk(md, to, cursor_indented(md, c, used), c->state);
	return true;
}
