/* Reads the texts of the tree: one pass after the other, in the order of the reference. */
#include "markdown/private.h"

static const struct {
	char trigger; /* without it in the text there is nothing to do; '\0': always */
	char other;
	struct str (*run)(struct inline_run *r, struct str s);
} passes[] = {
	{ '`', '\\', pass_code },
	{ '+', '+', pass_keys },
	{ '[', '[', pass_note },
	{ '[', '[', pass_reference },
	{ '[', '[', pass_link },
	{ '[', '[', pass_image },
	{ '[', '[', pass_image_reference },
	{ '[', '[', pass_short_reference },
	{ '[', '[', pass_short_image },
	{ '<', '<', pass_angle },
	{ '\n', '\n', pass_break },
	{ '<', '<', pass_html },
	{ '/', '.', pass_url },
	{ '@', '@', pass_mail },
	{ '&', '&', pass_entity },
	{ ':', ':', pass_emoji },
	{ '^', '^', pass_caret },
	{ '=', '=', pass_mark },
	{ '~', '~', pass_tilde },
	{ '*', '*', pass_star },
	{ '_', '_', pass_underscore },
	{ '\n', '\n', pass_newline },
	{ '\0', '\0', pass_abbr },
};

void rewrite_mark(struct rewrite *w, size_t from, size_t to, size_t id)
{
	buf_add(&w->out, w->s.p + w->done, from - w->done);
	mark_add(&w->out, id);
	w->done = to;
}

struct str rewrite_end(struct rewrite *w)
{
	if (w->done == 0 && w->out.n == 0)
		return w->s;
	if (w->done < w->s.n)
		buf_add(&w->out, w->s.p + w->done, w->s.n - w->done);
	return buf_str(&w->out);
}

/* Attribute lists that follow inline elements go to those. */
struct str inline_attrs(struct md *md, struct str s)
{
	struct rewrite w = { .s = s, .out = { .mem = md->mem } };
	struct str inside;
	size_t stop = 0; /* where lists end, well or not: looked for once */

	for (size_t i = str_find(s, 0, "\x03{"); i < s.n; i = str_find(s, i + 1, "\x03{")) {
		struct stash *el = i + 1 >= MARK_LEN ? mark_at(md, s, i + 1 - MARK_LEN) : NULL;
		size_t end = el && el->kind == STASH_ELEMENT ? attr_list_at(s, i + 1, &stop, &inside) : 0;

		if (!end)
			continue;
		attr_read(md, inside, &el->attrs);
		buf_add(&w.out, s.p + w.done, i + 1 - w.done);
		w.done = end;
		i = end - 1;
	}
	return rewrite_end(&w);
}

static struct str run_passes(struct md *md, struct str s, unsigned from, bool in_link, const bool *seen)
{
	for (unsigned i = from; i < LEN(passes) && s.n && md->rc == 0; i++) {
		struct inline_run r = { .md = md, .pass = i, .in_link = in_link, .seen = seen };

		if (!passes[i].trigger || seen[(unsigned char)passes[i].trigger] || seen[(unsigned char)passes[i].other]) {
			md->steps += s.n;
			s = passes[i].run(&r, s);
		}
	}
	return seen['{'] ? inline_attrs(md, s) : s;
}

struct str inline_rest(const struct inline_run *r, struct str s, bool in_link)
{
	return run_passes(r->md, s, r->pass + 1, r->in_link || in_link, r->seen);
}

static struct str read_text(struct md *md, struct str s, bool in_link)
{
	bool seen[256] = { false };

	for (size_t i = 0; i < s.n; i++)
		seen[(unsigned char)s.p[i]] = true;
	md->steps += s.n;
	return run_passes(md, s, 0, in_link, seen);
}

struct pile {
	struct node **items;
	size_t n, cap;
};

static void read_checkbox(struct md *md, struct node *li)
{
	struct node *head = tree_head(li);
	const char *box;
	struct str s;
	size_t i;

	if (!head && tree_is(li->first, "p"))
		head = tree_head(li->first);
	if (!head)
		return;
	s = head->text;
	i = line_indent(s);
	if (s.n < i + 4 || s.p[i] != '[' || s.p[i + 2] != ']' || s.p[i + 3] != ' ' || !strchr(" xX", s.p[i + 1]) || !s.p[i + 1])
		return;
	box = arena_printf(md->mem,
			   md->set.task_custom ? "<label class=\"task-list-control\"><input type=\"checkbox\"%s%s>"
						 "<span class=\"task-list-indicator\"></span></label> "
					       : "<input type=\"checkbox\"%s%s> ",
			   md->set.task_clickable ? "" : " disabled", s.p[i + 1] == ' ' ? "" : " checked");
	s = str_from(s, i + 3);
	s = str_from(s, line_indent(s));
	head->text = text_join_two(md, mark_text_of(md, str_of(box)), s);
	attr_class(md, &li->attrs, STR("task-list-item"));
	if (str_find(attr_get(&li->parent->attrs, "class"), 0, "task-list") == attr_get(&li->parent->attrs, "class").n)
		attr_class(md, &li->parent->attrs, STR("task-list"));
}

/* Reads the texts of n that stand before its elements. */
static void read_head(struct md *md, struct node *n)
{
	for (struct node *child = n->first; child && child->kind != NODE_ELEMENT && md->rc == 0; child = child->next)
		if (child->kind == NODE_TEXT && !mark_only(md, child->text))
			child->text = read_text(md, child->text, tree_is(n, "a"));
}

/* Reads what n's elements begin with and what stands behind them, and puts those that have elements on the pile. */
static void read_children(struct md *md, struct node *n, struct pile *pile)
{
	bool behind = false;

	for (struct node *child = n->first; child && md->rc == 0; child = child->next) {
		if (child->kind == NODE_ELEMENT) {
			behind = true;
			if (tree_is(child, "li"))
				read_checkbox(md, child);
			read_head(md, child);
			if (child->first)
				*list_add(md->mem, pile) = child;
		} else if (behind && child->kind == NODE_TEXT && !mark_only(md, child->text)) {
			child->text = read_text(md, child->text, tree_is(n, "a"));
		}
	}
}

/*
 * The order in which references to a footnote are counted is the reference's: all elements within one, then what is in those,
 * the last one first.
 */
void inline_tree(struct md *md, struct node *root)
{
	struct pile pile = { 0 };

	read_head(md, root);
	read_children(md, root, &pile);
	while (pile.n && md->rc == 0)
		read_children(md, pile.items[--pile.n], &pile);
}
