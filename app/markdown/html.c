/*
 * Blocks of HTML: they are put aside as they are, or, with an attribute "markdown", as elements whose content is Markdown.
 * A block begins with the tag of a block element at the beginning of a line, and ends where that element does.
 */
#include <strings.h>

#include "markdown/html_tag.h"

enum { OPEN_MAX = 256 };

struct html {
	struct md *md;
	struct str s;
	struct buf out, raw, text; /* Markdown; the block being put aside; text of the element el */
	bool in_raw, in_tail;      /* in tail: behind a block, on its last line */
	const char *open[OPEN_MAX];
	size_t n_open;
	struct html_element *el;
	unsigned depth;
	size_t comment_end, pi_end, cdata_end, gt; /* the next ones, as far as they were looked for */
};

static bool in_list(const char *tag, const char *list)
{
	size_t n = strlen(tag);

	for (const char *p = strstr(list, tag); p; p = strstr(p + 1, tag))
		if (p[-1] == ' ' && p[n] == ' ')
			return true;
	return false;
}

static bool at_line_start(const struct html *h, size_t at)
{
	size_t from = at;

	while (from > 0 && at - from < TAB && h->s.p[from - 1] == ' ')
		from--;
	return at - from < TAB && (from == 0 || h->s.p[from - 1] == '\n');
}

/* Two line ends follow, with nothing but spaces between. */
static bool blank_follows(const struct html *h, size_t at)
{
	for (int lines = 0; lines < 2; at++) {
		if (at == h->s.n || (h->s.p[at] != ' ' && h->s.p[at] != '\n'))
			return false;
		lines += h->s.p[at] == '\n';
	}
	return true;
}

static void add_data(struct html *h, size_t from, size_t to)
{
	struct buf *out = h->in_raw ? &h->raw : h->el ? &h->text : &h->out;

	if (h->in_tail && to > from && memchr(h->s.p + from, '\n', to - from))
		h->in_tail = false;
	buf_add(out, h->s.p + from, to - from);
}

static size_t put_aside(struct html *h, struct str raw)
{
	return stash_add(h->md, (struct stash){ .kind = STASH_RAW, .text = raw, .block = html_begins_block(raw) });
}

/* A mark as a paragraph of its own. */
static void add_mark_block(struct html *h, size_t id)
{
	struct buf *o = &h->out;

	if (o->n && o->p[o->n - 1] == '\n' && (o->n < 2 || o->p[o->n - 2] != '\n'))
		buf_addc(o, '\n');
	mark_add(o, id);
	buf_adds(o, "\n\n");
}

/* What has no content: a comment, an instruction, <hr>. */
static void add_empty(struct html *h, size_t from, size_t to, bool block)
{
	struct str raw = str_part(h->s, from, to);

	block = block && (at_line_start(h, from) || (h->in_tail && !h->el));
	if (h->in_raw) {
		buf_add(&h->raw, raw.p, raw.n);
	} else if (h->el) {
		buf_adds(&h->text, block ? "\n" : "");
		mark_add(&h->text, put_aside(h, raw));
		buf_adds(&h->text, block ? "\n\n" : "");
	} else if (block) {
		h->in_tail = !blank_follows(h, to);
		add_mark_block(h, put_aside(h, raw));
	} else {
		buf_add(&h->out, raw.p, raw.n);
	}
}

static void flush_text(struct html *h)
{
	if (!h->text.n)
		return;
	*list_add(h->md->mem, &h->el->parts) = (struct html_part){ .text = buf_str(&h->text) };
	h->text = (struct buf){ .mem = h->md->mem };
}

static void close_element(struct html *h)
{
	struct html_element *el = h->el;

	flush_text(h);
	h->el = el->parent;
	h->depth--;
	if (!h->el)
		add_mark_block(h, stash_add(h->md, (struct stash){ .kind = STASH_TREE, .tree = el, .block = true }));
}

static bool is_open(const struct html *h, const char *tag)
{
	for (const struct html_element *e = h->el; e; e = e->parent)
		if (streq(e->tag, tag))
			return true;
	return false;
}

static void close_through(struct html *h, const char *tag)
{
	bool last = false;

	while (h->el && !last) {
		last = streq(h->el->tag, tag);
		close_element(h);
	}
}

/* How the content of an element is read, by its attribute and by what it is in. */
static enum html_mode mode_of(const struct html *h, const struct html_tag *tag)
{
	static const char span_tags[] = " address dd dt h1 h2 h3 h4 h5 h6 legend li p summary td th ";
	static const char raw_tags[] = " canvas hr math option pre script style textarea ";
	struct str want = attr_get(&tag->attrs, "markdown");
	bool span_tag = in_list(tag->name, span_tags), any = !in_list(tag->name, raw_tags);
	bool one = str_is(want, "1") || str_is(want, "markdown");

	if (!any || (h->el && h->el->mode == HTML_OFF) || want.n == 0)
		return HTML_OFF;
	if (h->el && h->el->mode == HTML_SPAN && !str_is(want, "0"))
		return HTML_SPAN;
	if ((one && !span_tag) || str_is(want, "block"))
		return HTML_BLOCK;
	return one || str_is(want, "span") ? HTML_SPAN : HTML_OFF;
}

static void open_element(struct html *h, const struct html_tag *tag, enum html_mode mode)
{
	struct html_element *el = arena_new(h->md->mem, struct html_element);

	if (is_open(h, "p"))
		close_through(h, "p");
	*el = (struct html_element){ .tag = tag->name, .mode = mode, .parent = h->el };
	for (size_t i = 0; i < tag->attrs.n; i++)
		if (!str_is(tag->attrs.items[i].name, "markdown"))
			*list_add(h->md->mem, &el->attrs) = (struct attr){ mark_plain(h->md, tag->attrs.items[i].name),
									   mark_plain(h->md, tag->attrs.items[i].value) };
	if (h->el) {
		flush_text(h);
		*list_add(h->md->mem, &h->el->parts) = (struct html_part){ .child = el };
	}
	h->el = el;
	h->depth++;
}

/* A blank line before what follows, which keeps its indent: in the item of a list it stays in that. */
static void begin_block(struct buf *out)
{
	size_t indent = 0;

	while (indent < out->n && out->p[out->n - 1 - indent] == ' ')
		indent++;
	out->n -= indent;
	buf_addc(out, '\n');
	buf_add(out, "    ", indent < TAB ? indent : 0);
}

static void open_raw(struct html *h, const struct html_tag *tag, size_t from)
{
	if (!h->in_raw) {
		h->in_raw = true;
		begin_block(&h->out);
	}
	if (h->n_open < OPEN_MAX)
		h->open[h->n_open++] = tag->name;
	buf_add(&h->raw, h->s.p + from, tag->end - from);
}

static size_t read_start(struct html *h, size_t at)
{
	struct html_tag tag;

	if (!html_start_tag(h->md, h->s, at, &tag)) {
		add_data(h, at, at + 1);
		return at + 1;
	}
	bool block = html_is_block(tag.name), begins = at_line_start(h, at) || h->in_tail;
	enum html_mode mode = block && begins && !h->in_raw ? mode_of(h, &tag) : HTML_OFF;

	if (tag.empty || streq(tag.name, "hr"))
		add_empty(h, at, tag.end, block);
	else if (h->in_raw || (block && begins && mode == HTML_OFF && !h->el))
		open_raw(h, &tag, at);
	else if (block && begins && h->depth < DEPTH_MAX)
		open_element(h, &tag, mode);
	else if (h->el && h->el->mode == HTML_OFF)
		mark_add(&h->text, put_aside(h, str_part(h->s, at, tag.end)));
	else
		add_data(h, at, tag.end);
	return tag.end;
}

static void end_raw(struct html *h, size_t end)
{
	h->in_raw = false;
	if (blank_follows(h, end))
		buf_addc(&h->raw, '\n');
	else
		h->in_tail = true;
	mark_add(&h->out, put_aside(h, buf_str(&h->raw)));
	buf_adds(&h->out, "\n\n");
	h->raw = (struct buf){ .mem = h->md->mem };
}

static void close_raw(struct html *h, const struct html_tag *tag, size_t from)
{
	size_t n = h->n_open;

	buf_add(&h->raw, h->s.p + from, tag->end - from);
	/* An end tag of nothing is compared with all that is open. */
	while (n && md_spend(h->md, 1) && !streq(h->open[n - 1], tag->name))
		n--;
	if (n && streq(h->open[n - 1], tag->name))
		h->n_open = n - 1;
	if (h->n_open == 0)
		end_raw(h, tag->end);
}

static size_t read_end(struct html *h, size_t at)
{
	struct html_tag tag;

	if (!html_end_tag(h->md, h->s, at, &tag)) {
		add_data(h, at, at + 1);
		return at + 1;
	}
	if (h->in_raw) {
		close_raw(h, &tag, at);
	} else if (h->el && html_is_block(tag.name) && is_open(h, tag.name)) {
		close_through(h, tag.name);
		if (!h->el && !blank_follows(h, tag.end))
			h->in_tail = true;
	} else if (h->el && h->el->mode == HTML_OFF) {
		mark_add(&h->text, put_aside(h, str_part(h->s, at, tag.end)));
	} else {
		add_data(h, at, tag.end);
	}
	return tag.end;
}

/* The next what at or behind from; each is looked for once. */
static size_t next_of(struct html *h, size_t *cache, size_t from, const char *what)
{
	if (*cache < from)
		*cache = str_find(h->s, from, what);
	return *cache;
}

/* "<!" and "<?": comments anywhere, the others where a block can begin. */
static size_t read_declaration(struct html *h, size_t at)
{
	struct str rest = str_from(h->s, at);
	bool begins = at_line_start(h, at) || h->in_tail || h->el;
	size_t end = h->s.n, n = 1;

	if (str_begins(rest, "<!--")) {
		end = next_of(h, &h->comment_end, at + 4, "-->");
		n = 3;
	} else if (begins && str_begins(rest, "<?")) {
		end = next_of(h, &h->pi_end, at + 2, "?>");
		n = 2;
	} else if (begins && str_begins(rest, "<![CDATA[")) {
		end = next_of(h, &h->cdata_end, at, "]]>");
		n = 3;
	} else if (begins && rest.n > 2 && ascii_alpha(rest.p[2])) {
		end = next_of(h, &h->gt, at, ">");
	}
	if (end == h->s.n) {
		add_data(h, at, at + 2);
		return at + 2;
	}
	add_empty(h, at, end + n, true);
	return end + n;
}

/* Content of script and style is no HTML: up to its end tag. */
static size_t skip_content(struct html *h, size_t at)
{
	const char *tag = h->in_raw && h->n_open ? h->open[h->n_open - 1] : "";

	if ((!streq(tag, "script") && !streq(tag, "style")) || h->md->budget == 0)
		return at;
	for (size_t end = at;; end += 2) {
		end = str_find(h->s, end, "</");
		if (end == h->s.n) {
			md_spend(h->md, end - at);
			return at;
		}
		if (end + 2 + strlen(tag) <= h->s.n && strncasecmp(h->s.p + end + 2, tag, strlen(tag)) == 0) {
			add_data(h, at, end);
			return end;
		}
	}
}

struct str html_read(struct md *md, struct str s)
{
	struct html h = { .md = md, .s = s, .out = { .mem = md->mem }, .raw = { .mem = md->mem }, .text = { .mem = md->mem } };
	size_t at = 0;

	if (!s.n || !memchr(s.p, '<', s.n))
		return s;
	buf_need(&h.out, s.n + s.n / 8);
	while (at < s.n) {
		size_t lt = str_find(s, at, "<");
		char c = lt + 1 < s.n ? s.p[lt + 1] : '\0';

		add_data(&h, at, lt);
		if (lt == s.n)
			break;
		if (ascii_alpha(c)) {
			at = skip_content(&h, read_start(&h, lt));
		} else if (c == '/') {
			at = read_end(&h, lt);
		} else if (c == '!' || c == '?') {
			at = read_declaration(&h, lt);
		} else {
			add_data(&h, lt, lt + 1);
			at = lt + 1;
		}
	}
	while (h.el)
		close_element(&h);
	if (h.raw.n)
		mark_add(&h.out, put_aside(&h, buf_str(&h.raw)));
	return buf_str(&h.out);
}
