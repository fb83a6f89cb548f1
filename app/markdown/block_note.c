/* Footnotes, abbreviations and link references: defined anywhere, used elsewhere. */
#include "base/map.h"
#include "markdown/private.h"

#include <stdio.h>

/* The text between brackets behind prefix at the line's beginning, with ":" behind them; false: none. */
static bool bracketed(struct str line, size_t indent, const char *prefix, struct str *inside, size_t *end)
{
	const char *close;
	size_t n = strlen(prefix);

	line = str_from(line, indent);
	if (!str_begins(line, prefix))
		return false;
	close = memchr(line.p + n, ']', line.n - n);
	if (!close)
		return false;
	*inside = str_part(line, n, (size_t)(close - line.p));
	*end = indent + (size_t)(close - line.p) + 1;
	return true;
}

static bool read_note(struct str line, struct str *id, size_t *end)
{
	size_t indent = line_indent(line);

	return indent < TAB && bracketed(line, indent, "[^", id, end) && *end < line.n && line.p[*end] == ':';
}

bool note_starts(struct str line)
{
	struct str id;
	size_t end = 0;

	return read_note(line, &id, &end);
}

static struct footnote *define_note(struct md *md, struct str id)
{
	const char *key = arena_strndup(md->mem, id.p, id.n);
	struct footnote *note = map_get(&md->notes, key);

	if (!note) {
		note = arena_new(md->mem, struct footnote);
		id = mark_plain(md, id);
		note->id = arena_strndup(md->mem, id.p, id.n);
		map_put(md->mem, &md->notes, key, note);
		*list_add(md->mem, &md->footnotes) = note;
		note->number = md->footnotes.n;
	}
	return note;
}

struct lines {
	struct str *items;
	size_t n, cap;
};

static void add_loose(struct md *md, struct lines *lines, struct str line)
{
	*list_add(md->mem, lines) = line_indent(line) >= TAB ? str_from(line, TAB) : line;
}

/*
 * A note goes on to the end of its block, however its lines are indented, and over all indented blocks that follow; the next
 * note ends it.
 */
bool block_note(struct md *md, struct cursor *c)
{
	struct str id, first = cursor_line(c);
	struct lines lines = { 0 };
	size_t end = 0, i;

	read_note(first, &id, &end);
	first = str_from(first, end + 1);
	first = str_from(first, line_indent(first));
	if (first.n)
		*list_add(md->mem, &lines) = first;
	for (i = c->at + 1; i < c->text.n; i++) {
		struct str line = c->text.line[i];
		bool begins_block = i > 0 && line_blank(c->text.line[i - 1]);

		if ((begins_block && !line_blank(line) && line_indent(line) < TAB) || note_starts(line))
			break;
		add_loose(md, &lines, line);
	}
	/* Blank lines at the end belong to whatever follows. */
	while (i > c->at + 1 && line_blank(c->text.line[i - 1]))
		i--;
	define_note(md, id)->text = (struct text){ lines.items, lines.n };
	c->at = i;
	return true;
}

static struct node *new_backlink(struct md *md, const struct footnote *note, unsigned again)
{
	struct node *a = tree_add(md, NULL, "a");
	const char *title = md->set.notes.backlink_title, *at = strstr(title, "%d");
	char times[16] = "";

	if (again > 1)
		snprintf(times, sizeof(times), "%u", again);
	attr_set(md, &a->attrs, "href", arena_printf(md->mem, "#fnref%s:%s", times, note->id));
	attr_set(md, &a->attrs, "class", "footnote-backref");
	if (at)
		title = arena_printf(md->mem, "%.*s%zu%s", (int)(at - title), title, note->number, at + 2);
	md_weigh(md, strlen(title) + strlen(md->set.notes.backlink));
	attr_set(md, &a->attrs, "title", title);
	tree_text(md, a, mark_text_of(md, str_of(md->set.notes.backlink)));
	return a;
}

static void add_backlink(struct md *md, struct node *li, struct node *a)
{
	struct node *p = tree_last(li);

	if (!tree_is(p, "p"))
		p = tree_add(md, li, "p");
	else if (p->last)
		tree_text(md, p, mark_text_of(md, STR("&#160;")));
	tree_insert(p, NULL, a);
}

/* The paragraph that says where footnotes go. */
static struct node *find_place(const struct md *md, struct node *n)
{
	for (struct node *child = n->first; child; child = child->next) {
		struct node *found;

		if (child->kind == NODE_TEXT &&
		    memmem(child->text.p, child->text.n, md->set.notes.marker, strlen(md->set.notes.marker)))
			return n;
		if (child->kind == NODE_ELEMENT && (found = find_place(md, child)))
			return found;
	}
	return NULL;
}

void footnotes_build(struct md *md)
{
	struct node *div, *ol, *place;

	if (!md->footnotes.n)
		return;
	div = tree_add(md, NULL, "div");
	attr_set(md, &div->attrs, "class", "footnote");
	tree_add(md, div, "hr");
	ol = tree_add(md, div, "ol");
	/* A note's text can define notes: their number grows. */
	for (size_t i = 0; i < md->footnotes.n && md->rc == 0; i++) {
		struct footnote *note = md->footnotes.items[i];
		struct node *li = tree_add(md, ol, "li"), *text = tree_add(md, NULL, "div"), *child;

		attr_set(md, &li->attrs, "id", arena_printf(md->mem, "fn:%s", note->id));
		block_chunk(md, text, note->text, STATE_NONE);
		while ((child = text->first)) {
			tree_remove(child);
			tree_insert(li, NULL, child);
		}
		if (li->first)
			add_backlink(md, li, new_backlink(md, note, 1));
		note->li = li;
	}
	place = *md->set.notes.marker ? find_place(md, md->root) : NULL;
	tree_insert(place && place != md->root ? place->parent : md->root, place, div);
	if (place && place != md->root)
		tree_remove(place);
}

/* A note that is referred to again gets a link back for each time. */
void footnotes_link_back(struct md *md)
{
	for (size_t i = 0; i < md->footnotes.n; i++) {
		const struct footnote *note = md->footnotes.items[i];

		for (unsigned again = 2; note->li && tree_last(note->li) && again <= note->found && md->rc == 0; again++)
			tree_insert(tree_last(note->li), NULL, new_backlink(md, note, again));
	}
}

bool abbr_starts(struct str line)
{
	struct str name;
	size_t end = 0;

	if (!bracketed(line, 0, "*[", &name, &end))
		return false;
	end += end < line.n && line.p[end] == ' ';
	return end < line.n && line.p[end] == ':';
}

bool block_abbr(struct md *md, struct cursor *c)
{
	struct str line = cursor_line(c), name, title;
	size_t end = 0;

	bracketed(line, 0, "*[", &name, &end);
	end += line.p[end] == ' ';
	title = str_trim(str_from(line, end + 1));
	c->at++;
	if (!title.n && c->at < c->end)
		title = str_trim(c->text.line[c->at++]);
	abbr_define(md, str_trim(name), mark_plain(md, title));
	return true;
}

static bool read_ref(struct str line, struct str *id, size_t *end)
{
	size_t indent = line_indent(line);

	return indent < TAB && bracketed(line, indent, "[", id, end) && !(id->n && memchr(id->p, '[', id->n)) &&
	       *end < line.n && line.p[*end] == ':';
}

/* A title in quotes or parentheses that is all of s; false: s is something else. */
static bool read_title(struct str s, struct str *title)
{
	s = str_trim(s);
	if (s.n < 2)
		return false;
	char open = s.p[0], close = s.p[s.n - 1];

	if (!(open == '(' && close == ')') && !((open == '"' || open == '\'') && close == open))
		return false;
	*title = str_part(s, 1, s.n - 1);
	return true;
}

struct str ref_key(struct md *md, struct str id)
{
	struct buf out = { .mem = md->mem };

	for (size_t i = 0; i < id.n; i++)
		if (!space_at(id, i))
			buf_addc(&out, ascii_lower(id.p[i]));
		else if (out.n && out.p[out.n - 1] != ' ')
			buf_addc(&out, ' ');
	return str_rtrim((struct str){ buf_text(&out), out.n }, ' ');
}

static void define_ref(struct md *md, struct str id, struct str href, struct str title)
{
	struct link_ref *ref = arena_new(md->mem, struct link_ref);
	struct str key = ref_key(md, id);

	while (href.n && href.p[0] == '<')
		href = str_from(href, 1);
	*ref = (struct link_ref){ str_rtrim(href, '>'), title };
	map_put(md->mem, &md->refs, arena_strndup(md->mem, key.p, key.n), ref);
}

/* "[id]: url 'title'", where the URL and the title can stand on lines of their own. Returns how many lines it has; 0: none. */
static size_t read_lines(struct text t, size_t at, struct str *id, struct str *href, struct str *title)
{
	struct str rest;
	size_t end = 0, from = at;

	if (!read_ref(t.line[at], id, &end))
		return 0;
	rest = str_trim(str_from(t.line[at], end + 1));
	if (!rest.n && at + 1 < t.n)
		rest = str_trim(t.line[++at]);
	end = str_find(rest, 0, " ");
	*href = str_part(rest, 0, end);
	*title = (struct str){ 0 };
	rest = str_from(rest, end);
	if (!href->n || (!line_blank(rest) && !read_title(rest, title)))
		return 0;
	at++;
	if (line_blank(rest) && at < t.n && read_title(t.line[at], title))
		at++;
	return at - from;
}

bool ref_starts(struct text t, size_t at)
{
	struct str id, href, title;

	return read_lines(t, at, &id, &href, &title) > 0;
}

bool block_ref(struct md *md, struct cursor *c)
{
	struct str id, href, title;
	size_t n = read_lines(c->text, c->at, &id, &href, &title);

	define_ref(md, id, href, title);
	c->at += n;
	return true;
}
