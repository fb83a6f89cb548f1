/* Writes the tree as HTML. */
#include "markdown/private.h"

enum { MARK_DEPTH = 24 };

static void add_marked(struct md *md, struct str s, bool smart, unsigned depth, struct buf *out);
static void write_nodes(struct md *md, const struct node *n, const struct node *end, struct buf *out);

static void add_rest(struct buf *out, struct str s, size_t done)
{
	if (done < s.n)
		buf_add(out, s.p + done, s.n - done);
}

/* One special character; "&" stays where it begins an entity. */
static void add_special(struct buf *out, struct str s, size_t i)
{
	switch (s.p[i]) {
	case '&':
		buf_adds(out, entity_at(s, i) ? "&" : "&amp;");
		break;
	case '<':
		buf_adds(out, "&lt;");
		break;
	case '>':
		buf_adds(out, "&gt;");
		break;
	default:
		buf_adds(out, "&quot;");
	}
}

void md_escape(struct buf *out, struct str s)
{
	size_t done = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '&' && s.p[i] != '<' && s.p[i] != '>')
			continue;
		buf_add(out, s.p + done, i - done);
		buf_adds(out, s.p[i] == '&' ? "&amp;" : s.p[i] == '<' ? "&lt;" : "&gt;");
		done = i + 1;
	}
	add_rest(out, s, done);
}

static bool is_special(char c)
{
	return c == '&' || c == '<' || c == '>' || c == '"';
}

void md_escape_attr(struct buf *out, struct str s)
{
	size_t done = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!is_special(s.p[i]))
			continue;
		buf_add(out, s.p + done, i - done);
		add_special(out, s, i);
		done = i + 1;
	}
	add_rest(out, s, done);
}

void html_attrs(struct buf *out, const struct attrs *a)
{
	for (size_t i = 0; i < a->n; i++) {
		buf_addc(out, ' ');
		buf_add(out, a->items[i].name.p, a->items[i].name.n);
		buf_adds(out, "=\"");
		md_escape_attr(out, a->items[i].value);
		buf_addc(out, '"');
	}
}

static void open_tag(struct buf *out, const char *tag, const struct attrs *a)
{
	buf_addc(out, '<');
	buf_adds(out, tag);
	html_attrs(out, a);
	buf_addc(out, '>');
}

static void close_tag(struct buf *out, const char *tag)
{
	buf_adds(out, "</");
	buf_adds(out, tag);
	buf_addc(out, '>');
}

/* HTML as it is, but with the marks in it resolved. */
static void add_raw(struct md *md, struct str s, unsigned depth, struct buf *out)
{
	size_t done = 0;

	for (size_t i = str_find(s, 0, "\x02"); i < s.n; i = str_find(s, done, "\x02")) {
		buf_add(out, s.p + done, i - done);
		done = i + 1;
		if (mark_at(md, s, i)) {
			add_marked(md, str_part(s, i, i + MARK_LEN), false, depth, out);
			done = i + MARK_LEN;
		}
	}
	add_rest(out, s, done);
}

/* An element of HTML that came to stand within a text: as it was written. */
static void add_tree(struct md *md, const struct html_element *el, unsigned depth, struct buf *out)
{
	open_tag(out, el->tag, &el->attrs);
	for (size_t i = 0; i < el->parts.n && depth; i++) {
		if (el->parts.items[i].child)
			add_tree(md, el->parts.items[i].child, depth - 1, out);
		else
			add_marked(md, el->parts.items[i].text, false, depth - 1, out);
	}
	close_tag(out, el->tag);
}

/* Code: nothing in it is an entity. */
static void add_code_text(struct md *md, struct str s, unsigned depth, struct buf *out)
{
	struct buf html = { .mem = md->mem };

	md_escape(&html, s);
	add_raw(md, buf_str(&html), depth, out);
}

static void add_stash(struct md *md, const struct stash *s, bool smart, unsigned depth, struct buf *out)
{
	if (depth == 0 || out->n > md->max_output)
		return;
	switch (s->kind) {
	case STASH_CHAR:
		md_escape(out, s->text);
		break;
	case STASH_RAW:
	case STASH_FENCE:
		add_raw(md, s->text, depth - 1, out);
		break;
	case STASH_TREE:
		add_tree(md, s->tree, depth - 1, out);
		break;
	case STASH_ELEMENT:
		open_tag(out, s->tag, &s->attrs);
		if (s->atomic && streq(s->tag, "code"))
			add_code_text(md, s->text, depth - 1, out);
		else
			add_marked(md, s->text, smart && !s->atomic, depth - 1, out);
		if (!html_is_void(s->tag))
			close_tag(out, s->tag);
		break;
	}
}

/* One character that means something, and what follows it: returns how many bytes it was, 0 for plain text. */
static size_t add_one(struct md *md, struct str s, size_t at, bool smart, unsigned depth, struct buf *out)
{
	const struct stash *m;
	size_t n;

	if (s.p[at] == STX) {
		m = mark_at(md, s, at);
		if (m)
			add_stash(md, m, smart, depth, out);
		return m ? MARK_LEN : 1;
	}
	n = smart ? symbol_at(md, s, at, out) : 0;
	if (n == 0 && strchr("&<>", s.p[at])) {
		add_special(out, s, at);
		n = 1;
	}
	return n;
}

/* Text with marks in it. */
static void add_marked(struct md *md, struct str s, bool smart, unsigned depth, struct buf *out)
{
	enum { PLAIN, ALWAYS, SMART };
	static const unsigned char special[256] = {
		[STX] = ALWAYS, ['&'] = ALWAYS, ['<'] = ALWAYS, ['>'] = ALWAYS, ['('] = SMART, ['+'] = SMART, ['-'] = SMART,
		['='] = SMART,  ['c'] = SMART,  ['0'] = SMART,  ['1'] = SMART,  ['2'] = SMART, ['3'] = SMART, ['4'] = SMART,
		['5'] = SMART,  ['6'] = SMART,  ['7'] = SMART,  ['8'] = SMART,  ['9'] = SMART,
	};
	size_t done = 0;

	md->steps += s.n;
	for (size_t i = 0; i < s.n;) {
		unsigned char kind = special[(unsigned char)s.p[i]];
		size_t n;

		if (kind == PLAIN || (kind == SMART && !smart)) {
			i++;
			continue;
		}
		buf_add(out, s.p + done, i - done);
		n = add_one(md, s, i, smart, depth, out);
		done = i + n;
		i += n ? n : 1;
	}
	add_rest(out, s, done);
}

/* The text of a paragraph that has nothing else in it. */
static struct str node_text_alone(const struct node *p)
{
	bool alone = tree_is(p, "p") && !p->attrs.n && p->first && p->first == p->last && p->first->kind == NODE_TEXT;

	return alone ? p->first->text : (struct str){ "", 0 };
}

/* What is all of a paragraph and a block itself: it needs no paragraph. */
static const struct stash *block_alone(const struct md *md, const struct node *p)
{
	const struct stash *s = mark_only(md, node_text_alone(p));

	return s && s->block ? s : NULL;
}

/* A paragraph of nothing but edits: they stand around blocks, not in one. */
static bool only_edits(const struct md *md, const struct node *p)
{
	struct str s = node_text_alone(p);

	for (size_t i = 0; i < s.n; i += MARK_LEN) {
		const struct stash *m = mark_at(md, s, i);

		if (!m || !m->critic)
			return false;
	}
	return s.n > 0;
}

static void add_edits(struct md *md, struct str s, struct buf *out)
{
	static const char edit[] = " class=\"critic\">";

	for (size_t i = 0; i < s.n; i += MARK_LEN) {
		struct str html = mark_at(md, s, i)->text;
		size_t at = str_find(html, 0, edit);

		add_raw(md, str_part(html, 0, at), MARK_DEPTH, out);
		buf_adds(out, at < html.n ? " class=\"critic block\">" : "");
	}
}

/* The fenced block that is all of a line but its indent. */
static const struct stash *fence_alone(const struct md *md, struct str line)
{
	const struct stash *s = line.n >= MARK_LEN ? mark_at(md, line, line.n - MARK_LEN) : NULL;

	for (size_t i = 0; s && i < line.n - MARK_LEN; i++)
		if (line.p[i] != ' ' && line.p[i] != '>')
			return NULL;
	return s && s->kind == STASH_FENCE ? s : NULL;
}

/* The lines that a fence was made of, indented by as much less as they stand less deep now. */
static void add_source(struct buf *out, size_t indent, struct text source)
{
	size_t width = 0;

	while (width < source.line[0].n && (source.line[0].p[width] == ' ' || source.line[0].p[width] == '>'))
		width++;
	for (size_t i = 0; i < source.n; i++) {
		struct str line = line_cut(source.line[i], width > indent ? width - indent : 0);

		buf_adds(out, i ? "\n" : "");
		buf_add(out, line.p, line.n);
	}
}

static void add_code_block(struct md *md, const struct node *n, struct buf *out)
{
	struct buf code = { .mem = md->mem };

	for (const struct node *line = n->first; line; line = line->next) {
		const struct stash *fence = fence_alone(md, line->text);

		if (fence)
			add_source(&code, line->text.n - MARK_LEN, fence->source);
		else
			buf_add(&code, line->text.p, line->text.n);
		buf_addc(&code, '\n');
	}
	add_raw(md, code_html(md, buf_str(&code), &(struct code_options){ 0 }), MARK_DEPTH, out);
	buf_addc(out, '\n');
}

static bool is_permalink(const struct md *md, const struct node *n)
{
	return n && md->set.toc.permalink && tree_is(n, "a") &&
	       str_is(attr_get(&n->attrs, "class"), md->set.toc.permalink_class);
}

static void write_heading(struct md *md, const struct node *h, struct buf *out)
{
	struct heading_place *place = list_add(md->mem, &md->places);
	const struct node *permalink = is_permalink(md, h->last) ? h->last : NULL;

	*place = (struct heading_place){ .node = h, .begin = out->n };
	open_tag(out, h->tag, &h->attrs);
	place->from = out->n;
	write_nodes(md, h->first, permalink, out);
	place->to = out->n;
	write_nodes(md, permalink, NULL, out);
	close_tag(out, h->tag);
	buf_addc(out, '\n');
	place->end = out->n;
}

static void write_element(struct md *md, const struct node *n, struct buf *out)
{
	const struct stash *alone = block_alone(md, n);
	bool block = html_is_block(n->tag);

	if (alone) {
		add_stash(md, alone, false, MARK_DEPTH, out);
		buf_addc(out, '\n');
		return;
	}
	if (only_edits(md, n)) {
		add_edits(md, n->first->text, out);
		buf_addc(out, '\n');
		return;
	}
	open_tag(out, n->tag, &n->attrs);
	if (block && n->first && n->first->kind == NODE_ELEMENT && html_is_block(n->first->tag))
		buf_addc(out, '\n');
	write_nodes(md, n->first, NULL, out);
	if (!html_is_void(n->tag))
		close_tag(out, n->tag);
	if (block)
		buf_addc(out, '\n');
}

/* The nodes from n up to, without, end. */
static void write_nodes(struct md *md, const struct node *n, const struct node *end, struct buf *out)
{
	for (; n && n != end && md->rc == 0; n = n->next) {
		if (out->n > md->max_output)
			md->rc = fail(md->cx, ERR_TOOLARGE, "Markdown: the page has more than %zu bytes", md->max_output);
		else if (n->kind == NODE_ELEMENT && tree_is_heading(n))
			write_heading(md, n, out);
		else if (n->kind == NODE_ELEMENT)
			write_element(md, n, out);
		else if (n->kind == NODE_CODE)
			add_code_block(md, n, out);
		else
			add_marked(md, n->text, n->kind == NODE_TEXT, MARK_DEPTH, out);
	}
}

struct str write_page(struct md *md)
{
	struct buf out = { .mem = md->mem };

	write_nodes(md, md->root->first, NULL, &out);
	if (out.n > md->max_output && md->rc == 0)
		md->rc = fail(md->cx, ERR_TOOLARGE, "Markdown: the page has more than %zu bytes", md->max_output);
	return (struct str){ buf_text(&out), out.n };
}
