/* Elements of HTML whose content is Markdown, put into the tree. */
#include "markdown/private.h"

static void build(struct md *md, const struct html_element *el, struct node *parent);

/* Blocks of one part do not see those of another, so a list does not go on behind an element. */
static void build_blocks(struct md *md, struct str text, struct node *to)
{
	struct node *part = tree_add(md, NULL, "div"), *child;

	part->depth = to->depth;
	block_chunk(md, part, text_split(md, str_rtrim(text, '\n')), STATE_NONE);
	while ((child = part->first)) {
		tree_remove(child);
		tree_insert(to, NULL, child);
	}
}

static void build(struct md *md, const struct html_element *el, struct node *parent)
{
	struct node *n = tree_add(md, parent, el->tag);

	n->attrs = el->attrs;
	for (size_t i = 0; i < el->parts.n && md->rc == 0; i++) {
		const struct html_part *part = &el->parts.items[i];

		if (part->child)
			build(md, part->child, n);
		else if (el->mode == HTML_BLOCK)
			build_blocks(md, part->text, n);
		else
			tree_text(md, n, part->text)->kind = el->mode == HTML_SPAN ? NODE_TEXT : NODE_ATOM;
	}
}

bool block_tree(struct md *md, struct cursor *c)
{
	struct str line = cursor_line(c);
	const struct stash *s = line.n >= MARK_LEN ? mark_at(md, line, 0) : NULL;

	if (!s || s->kind != STASH_TREE)
		return false;
	build(md, s->tree, c->parent);
	c->at = c->end;
	return true;
}
