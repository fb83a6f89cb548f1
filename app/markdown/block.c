/*
 * Blocks, as the reference reads them: a text is cut at blank lines, and each kind of block looks for itself in a piece, in
 * a fixed order. What is before the line where a kind begins is a block of its own, what is behind its end another one.
 */
#include "markdown/private.h"

struct str cursor_line(const struct cursor *c)
{
	return c->text.line[c->at];
}

static bool heading_starts(struct str line)
{
	return line.n > 0 && line.p[0] == '#';
}

/* Three or more of the same of "-", "_" and "*", with up to two spaces behind each. */
static bool rule_starts(struct str line)
{
	size_t i = line_indent(line), marks = 0, spaces = 0;
	char c = i < line.n ? line.p[i] : '\0';

	if (i >= TAB || (c != '-' && c != '_' && c != '*'))
		return false;
	line = str_rtrim(line, ' ');
	for (; i < line.n; i++) {
		if (line.p[i] != c && (line.p[i] != ' ' || ++spaces > 2))
			return false;
		if (line.p[i] == c)
			marks++, spaces = 0;
	}
	return marks >= 3;
}

static bool quote_starts(struct str line)
{
	size_t i = line_indent(line);

	return i < TAB && i < line.n && line.p[i] == '>';
}

size_t cursor_find(struct md *md, struct cursor *c, enum line_kind kind)
{
	static bool (*const starts[LINE_KINDS])(struct str) = {
		[LINE_BOX] = box_starts,     [LINE_HEADING] = heading_starts,
		[LINE_RULE] = rule_starts,   [LINE_DEFINITION] = definition_starts,
		[LINE_QUOTE] = quote_starts, [LINE_NOTE] = note_starts,
		[LINE_ABBR] = abbr_starts,   [LINE_NO_ROW] = no_row_starts,
	};
	size_t *i = &c->next[kind];

	if (*i < c->at)
		*i = c->at;
	while (*i < c->end && !(starts[kind] ? starts[kind](c->text.line[*i]) : ref_starts(c->text, *i))) {
		md->steps++;
		++*i;
	}
	return *i;
}

struct text cursor_indented(struct md *md, struct cursor *c, size_t n)
{
	size_t end = c->at;
	struct text t = { 0 };

	while (end < c->end && line_indent(c->text.line[end]) >= n)
		end++;
	t.line = arena_calloc(md->mem, end - c->at + 1, sizeof(struct str));
	for (; c->at < end; c->at++)
		t.line[t.n++] = line_cut(cursor_line(c), n);
	return t;
}

/* Is the next line of this kind the first? If it is a later one, the block ends before it. */
static bool begins(struct md *md, struct cursor *c, enum line_kind kind)
{
	size_t at = cursor_find(md, c, kind);

	if (at > c->at && at < c->end)
		c->end = at;
	return at == c->at && at < c->end;
}

static bool block_code(struct md *md, struct cursor *c, size_t blank)
{
	struct node *code = tree_last(c->parent);
	struct text t;

	if (!md->set.code_blocks || line_indent(cursor_line(c)) < TAB)
		return false;
	t = cursor_indented(md, c, TAB);
	if (!code || code->kind != NODE_CODE) {
		code = tree_add(md, c->parent, "pre");
		code->kind = NODE_CODE;
		blank = 0;
	} else if (blank == 0) {
		blank = 1;
	}
	for (; blank > 0; blank--)
		tree_text(md, code, (struct str){ "", 0 });
	for (size_t i = 0; i < t.n; i++)
		tree_text(md, code, t.line[i]);
	return true;
}

static struct node *add_heading(struct md *md, struct cursor *c, unsigned level, struct str text)
{
	static const char *const tags[] = { "h1", "h2", "h3", "h4", "h5", "h6" };
	struct node *h = tree_add(md, c->parent, tags[level - 1]);

	tree_text(md, h, str_trim(text));
	return h;
}

static bool block_heading(struct md *md, struct cursor *c)
{
	struct str line = cursor_line(c), text;
	unsigned level = 0;

	while (level < 6 && level < line.n && line.p[level] == '#')
		level++;
	text = str_from(line, level);
	if (md->set.sane_headers && text.n && text.p[0] != ' ')
		return false;
	while (text.n && text.p[text.n - 1] == '#' && (text.n < 2 || text.p[text.n - 2] != '\\'))
		text.n--;
	add_heading(md, c, level, text);
	c->at++;
	return true;
}

static bool block_setext(struct md *md, struct cursor *c)
{
	struct str under;

	if (c->end - c->at < 2)
		return false;
	under = str_rtrim(c->text.line[c->at + 1], ' ');
	for (size_t i = 0; i < under.n; i++)
		if (under.p[i] != '=' && under.p[i] != '-')
			return false;
	if (!under.n)
		return false;
	add_heading(md, c, under.p[0] == '=' ? 1 : 2, cursor_line(c));
	c->at += 2;
	return true;
}

static bool block_quote(struct md *md, struct cursor *c)
{
	struct node *quote = tree_last(c->parent);
	struct text t = { arena_calloc(md->mem, c->end - c->at, sizeof(struct str)), 0 };

	if (!tree_is(quote, "blockquote"))
		quote = tree_add(md, c->parent, "blockquote");
	for (; c->at < c->end; c->at++) {
		struct str line = cursor_line(c);
		size_t i = line_indent(line);

		if (quote_starts(line))
			line = str_from(line, i + 1 + (i + 1 < line.n && line.p[i + 1] == ' '));
		t.line[t.n++] = line;
	}
	block_chunk(md, quote, t, STATE_QUOTE);
	return true;
}

/* In an item of a tight list text is the item's own; elsewhere it is a paragraph. */
static void block_paragraph(struct md *md, struct cursor *c)
{
	struct str s = text_join(md, text_part(c->text, c->at, c->end));
	struct node *last = c->parent->last;

	c->at = c->end;
	if (c->state != STATE_LIST) {
		tree_text(md, tree_add(md, c->parent, "p"), str_from(s, line_indent(s)));
		return;
	}
	if (last && last->kind == NODE_TEXT && md_spend(md, last->text.n)) {
		last->text = text_join(md, (struct text){ (struct str[]){ last->text, s }, 2 });
		return;
	}
	tree_text(md, c->parent,
		  last ? text_join(md, (struct text){ (struct str[]){ { "", 0 }, s }, 2 }) : str_from(s, line_indent(s)));
}

/* Definitions for elsewhere in the page, which leave nothing where they stand. */
static bool block_aside(struct md *md, struct cursor *c)
{
	return (begins(md, c, LINE_NOTE) && block_note(md, c)) || (begins(md, c, LINE_ABBR) && block_abbr(md, c)) ||
	       (begins(md, c, LINE_REF) && block_ref(md, c));
}

static void read_block(struct md *md, struct cursor *c, size_t blank)
{
	if (c->parent->depth >= DEPTH_MAX) {
		block_paragraph(md, c);
		return;
	}
	begins(md, c, LINE_BOX);
	if (block_box(md, c) || block_tree(md, c) || block_indent(md, c) || block_definition_indent(md, c) ||
	    block_code(md, c, blank) || block_table(md, c))
		return;
	if ((begins(md, c, LINE_HEADING) && block_heading(md, c)) || block_setext(md, c))
		return;
	if (begins(md, c, LINE_RULE)) {
		tree_add(md, c->parent, "hr");
		c->at++;
		return;
	}
	if (block_list(md, c) || block_definition(md, c) || (begins(md, c, LINE_QUOTE) && block_quote(md, c)) ||
	    block_aside(md, c))
		return;
	block_paragraph(md, c);
}

void block_chunk(struct md *md, struct node *parent, struct text t, enum state state)
{
	struct cursor c = { .text = t, .parent = parent, .state = state };
	size_t blank = 0, end = 0;

	while (c.at < t.n && md->rc == 0) {
		if (line_blank(t.line[c.at])) {
			blank++;
			c.at++;
			continue;
		}
		for (end = end > c.at ? end : c.at; end < t.n && !line_blank(t.line[end]);)
			end++;
		c.end = end;
		read_block(md, &c, blank);
		blank = 0;
	}
}
