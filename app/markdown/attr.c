/* Attribute lists: "{: .class #id key='value' }". */
#include "markdown/private.h"

/* A name without what must not be in one. */
static struct str safe_name(struct md *md, struct str s)
{
	char *p = arena_strndup(md->mem, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(p[i]) && (unsigned char)p[i] < 0x80 && !strchr("_:-.", p[i]))
			p[i] = '_';
	return (struct str){ p, s.n };
}

/* The length of the word at s, quotes of a value included; *eq is where its "=" is, or its length. */
static size_t word_length(struct str s, size_t *eq)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != ' ' && s.p[i] != '=')
		i++;
	*eq = i;
	if (i == 0 || i + 1 >= s.n || s.p[i] != '=')
		return i;
	if (s.p[i + 1] == '"' || s.p[i + 1] == '\'') {
		const char *end = memchr(s.p + i + 2, s.p[i + 1], s.n - i - 2);

		if (end)
			return (size_t)(end - s.p) + 1;
	}
	for (i++; i < s.n && s.p[i] != ' ' && s.p[i] != '=';)
		i++;
	return i > *eq + 1 ? i : *eq;
}

static void add_word(struct md *md, struct str word, size_t eq, struct attrs *a)
{
	struct str name = str_part(word, 0, eq), value = eq < word.n ? str_from(word, eq + 1) : word;

	if (eq < word.n) {
		if (value.n > 1 && (value.p[0] == '"' || value.p[0] == '\'') && value.p[value.n - 1] == value.p[0])
			value = str_part(value, 1, value.n - 1);
		attr_setn(md, a, safe_name(md, name), value);
	} else if (word.p[0] == '.') {
		attr_class(md, a, str_from(word, 1));
	} else if (word.p[0] == '#') {
		attr_setn(md, a, STR("id"), str_from(word, 1));
	} else {
		attr_setn(md, a, safe_name(md, word), word);
	}
}

void attr_read(struct md *md, struct str s, struct attrs *a)
{
	s = mark_plain(md, s);
	while (s.n) {
		size_t eq, n = word_length(s, &eq);

		if (n)
			add_word(md, str_part(s, 0, n), eq, a);
		else if (s.p[0] != ' ')
			return;
		s = str_from(s, n ? n : 1);
	}
}

size_t attr_list_at(struct str s, size_t at, size_t *stop, struct str *inside)
{
	size_t from = at + 1;

	if (at >= s.n || s.p[at] != '{')
		return 0;
	from += from < s.n && s.p[from] == ':';
	if (*stop < from)
		*stop = from;
	while (*stop < s.n && s.p[*stop] != '}' && s.p[*stop] != '\n')
		++*stop;
	if (*stop == s.n || s.p[*stop] != '}')
		return 0;
	*inside = str_trim(str_part(s, from, *stop));
	return inside->n ? *stop + 1 : 0;
}

/* The attribute list that ends s: where it begins with what is before it, or s.n. */
static size_t list_at_end(struct str s, bool own_line, struct str *inside)
{
	struct str t = str_rtrim(s, ' ');
	size_t open, stop = 0;

	if (!t.n || t.p[t.n - 1] != '}')
		return s.n;
	for (open = t.n - 1; open > 0 && t.p[open] != '{'; open--)
		if (t.p[open] == '\n' || (t.p[open] == '}' && open + 1 < t.n))
			return s.n;
	if (attr_list_at(t, open, &stop, inside) != t.n || open == 0)
		return s.n;
	size_t end = open;

	while (end > 0 && t.p[end - 1] == ' ')
		end--;
	if (own_line)
		return end > 0 && t.p[end - 1] == '\n' ? end - 1 : s.n;
	return end < open ? end : s.n;
}

/* The text at whose end an element's list is: its last one, or, of an item, the one before its first list. */
static struct node *text_of(struct node *n)
{
	struct node *last = n->last;

	for (struct node *child = tree_is(n, "li") ? n->first : NULL; child; child = child->next)
		if (tree_is_list(child)) {
			last = child->prev;
			break;
		}
	return last && last->kind == NODE_TEXT ? last : NULL;
}

static void take_list(struct md *md, struct node *n)
{
	bool heading = tree_is_heading(n), cell = tree_is(n, "dt") || tree_is(n, "td") || tree_is(n, "th");
	struct node *text = text_of(n);
	struct str inside;
	size_t at;

	if (!text)
		return;
	at = list_at_end(text->text, !heading && !cell, &inside);
	if (at == text->text.n)
		return;
	attr_read(md, inside, &n->attrs);
	text->text.n = at;
	if (heading)
		text->text = str_rtrim(str_rtrim(text->text, '#'), ' ');
}

/* Lists of block elements, and the ids that they give. */
void attr_lists(struct md *md, struct node *n)
{
	for (struct node *child = n->first; child; child = child->next)
		if (child->kind == NODE_ELEMENT) {
			if (html_is_block(child->tag))
				take_list(md, child);
			if (tree_is_heading(child))
				*list_add(md->mem, &md->headings) = child;
			attr_lists(md, child);
		}
}
