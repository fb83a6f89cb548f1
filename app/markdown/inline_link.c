/* Whatever is in brackets: footnotes, links and images, with their target or by reference. */
#include "markdown/private.h"

#include <stdio.h>

/* Pairs of brackets in a text, by where they open. */
struct pair {
	size_t open, close; /* close: the text's length when there is none */
};
struct pairs {
	struct pair *items;
	size_t n, cap;
};

struct links {
	struct inline_run *r;
	struct str s;
	struct rewrite w;
	struct pairs pairs;
	size_t last_paren; /* of the text; without one behind it no target ends */
};

static void match_brackets(struct links *l)
{
	struct {
		size_t *items;
		size_t n, cap;
	} open = { 0 };
	struct arena *mem = l->r->md->mem;

	for (size_t i = 0; i < l->s.n; i++) {
		if (l->s.p[i] == '[') {
			*list_add(mem, &open) = l->pairs.n;
			*list_add(mem, &l->pairs) = (struct pair){ i, l->s.n };
		} else if (l->s.p[i] == ']' && open.n) {
			l->pairs.items[open.items[--open.n]].close = i;
		} else if (l->s.p[i] == ')') {
			l->last_paren = i;
		}
	}
}

/* Link target and title in parentheses. */
struct target {
	struct str href, title;
	bool has_title, in_vain; /* in_vain: something was looked for up to the text's end */
	size_t end;
};

/* "<href> 'title')" behind the parenthesis. */
static bool angle_target(struct str s, size_t at, struct target *out)
{
	size_t end = at + 1;

	while (end < s.n && s.p[end] != '>' && s.p[end] != '<')
		end++;
	if (end == s.n || s.p[end] != '>')
		return false;
	out->href = str_part(s, at + 1, end);
	for (at = end + 1; space_at(s, at);)
		at++;
	if (at < s.n && (s.p[at] == '"' || s.p[at] == '\'')) {
		const char *close = memchr(s.p + at + 1, s.p[at], s.n - at - 1);

		if (!close) {
			out->in_vain = true;
			return false;
		}
		out->title = str_part(s, at + 1, (size_t)(close - s.p));
		out->has_title = true;
		for (at = (size_t)(close - s.p) + 1; space_at(s, at);)
			at++;
	}
	out->end = at + 1;
	return at < s.n && s.p[at] == ')';
}

/* The end of a title that the quote at at opens: the first such quote that a parenthesis follows. */
static size_t title_end(struct str s, size_t at, size_t *paren)
{
	for (size_t i = at + 1; i < s.n; i++) {
		if (s.p[i] != s.p[at])
			continue;
		for (*paren = i + 1; space_at(s, *paren);)
			++*paren;
		if (*paren < s.n && s.p[*paren] == ')')
			return i;
	}
	return s.n;
}

static bool plain_target(struct str s, size_t at, struct target *out)
{
	size_t depth = 1, i, paren = 0;
	bool quoted = false, in_vain = out->in_vain;

	for (i = at; i < s.n; i++) {
		char c = s.p[i];

		if (!quoted && (c == '"' || c == '\'')) {
			size_t end = title_end(s, i, &paren);

			quoted = true;
			if (end < s.n) {
				*out = (struct target){ str_part(s, at, i), str_part(s, i + 1, end), true, in_vain, paren + 1 };
				return true;
			}
			in_vain = true;
		}
		depth += c == '(';
		if (c == ')' && --depth == 0)
			break;
	}
	*out = (struct target){ .href = str_part(s, at, i), .in_vain = in_vain || i == s.n, .end = i + 1 };
	return i < s.n;
}

static bool read_target(struct links *l, size_t at, struct target *out)
{
	struct str s = l->s;
	size_t from = at;
	bool good;

	*out = (struct target){ 0 };
	if (at >= l->last_paren || s.p[at] != '(' || l->r->md->budget == 0)
		return false;
	for (at++; space_at(s, at);)
		at++;
	good = (at < s.n && s.p[at] == '<' && angle_target(s, at, out)) || plain_target(s, at, out);
	if (out->in_vain)
		md_spend(l->r->md, s.n - from);
	return good;
}

static struct str clean_title(struct md *md, struct str s)
{
	char *p;

	s = str_trim(mark_plain(md, s));
	p = arena_strndup(md->mem, s.p, s.n);
	for (size_t i = 0; i < s.n; i++)
		if (p[i] == '\n')
			p[i] = ' ';
	return (struct str){ p, s.n };
}

static struct str resolved(struct md *md, enum markdown_link kind, struct str href)
{
	const struct markdown_options *o = md->options;

	if (!o->resolve)
		return href;
	return str_of(o->resolve(md->cx, o->arg, kind, arena_strndup(md->mem, href.p, href.n)));
}

static size_t stash_link(struct links *l, bool image, struct str text, const struct target *t)
{
	struct md *md = l->r->md;
	struct str href = md_weigh(md, t->href.n + t->title.n)
				  ? resolved(md, image ? MARKDOWN_IMAGE : MARKDOWN_LINK, str_trim(mark_plain(md, t->href)))
				  : STR("");
	size_t id = stash_element(md, image ? "img" : "a", image ? STR("") : inline_rest(l->r, text, true), image);
	struct attrs *a = &md->stash.items[id].attrs;

	if (image)
		attr_setn(md, a, STR("alt"), mark_plain(md, text));
	attr_setn(md, a, image ? STR("src") : STR("href"), href);
	if (t->has_title)
		attr_setn(md, a, STR("title"), clean_title(md, t->title));
	return id;
}

static bool find_ref(struct links *l, struct str id, struct target *out)
{
	struct md *md = l->r->md;
	struct str key = ref_key(md, id);
	const struct link_ref *ref;

	/* Names are defined without white space around them. */
	if (id.n && (space_at(id, 0) || space_at(id, id.n - 1)))
		return false;
	ref = map_get(&md->refs, arena_strndup(md->mem, key.p, key.n));
	if (!ref)
		return false;
	*out = (struct target){ .href = ref->href, .title = ref->title, .has_title = ref->title.n > 0 };
	return true;
}

/* "[text][id]" and "[text][]": the id is in the next pair, at most a white space away. */
static bool full_ref(struct links *l, size_t k, struct target *out, size_t *end)
{
	const struct pair *p = &l->pairs.items[k];
	size_t at = p->close + 1, close;

	at += space_at(l->s, at);
	if (at >= l->s.n || l->s.p[at] != '[')
		return false;
	const char *found = memchr(l->s.p + at, ']', l->s.n - at);

	if (!found)
		return false;
	close = (size_t)(found - l->s.p);
	*end = close + 1;
	return find_ref(l, close > at + 1 ? str_part(l->s, at + 1, close) : str_part(l->s, p->open + 1, p->close), out);
}

enum link_form { WITH_TARGET, FULL_REF, SHORT_REF };

/*
 * Is there a link whose text is the pair k? *end is where reading goes on: a reference to nothing is passed over with all
 * that is in it, but brackets without a target can have links within.
 */
static bool read_form(struct links *l, enum link_form form, size_t k, struct target *t, size_t *end)
{
	const struct pair *p = &l->pairs.items[k];

	*end = form == SHORT_REF ? p->close + 1 : p->open + 1;
	if (form == FULL_REF)
		return full_ref(l, k, t, end);
	if (form == SHORT_REF)
		return find_ref(l, str_part(l->s, p->open + 1, p->close), t);
	if (!read_target(l, p->close + 1, t))
		return false;
	*end = t->end;
	return true;
}

/* Everything of one form; what is within something that was found is for the passes behind this one. */
static struct str read_links(struct inline_run *r, struct str s, enum link_form form, bool image)
{
	struct links l = { .r = r, .s = s, .w = { .s = s, .out = { .mem = r->md->mem } } };
	size_t done = 0;

	match_brackets(&l);
	for (size_t k = 0; k < l.pairs.n && r->md->rc == 0; k++) {
		const struct pair *p = &l.pairs.items[k];
		bool bang = p->open > 0 && s.p[p->open - 1] == '!';
		struct target t;

		if (p->open < done || p->close == s.n || bang != image)
			continue;
		if (read_form(&l, form, k, &t, &done))
			rewrite_mark(&l.w, p->open - image, done,
				     stash_link(&l, image, str_part(s, p->open + 1, p->close), &t));
	}
	return rewrite_end(&l.w);
}

struct str pass_reference(struct inline_run *r, struct str s)
{
	return r->md->refs.n ? read_links(r, s, FULL_REF, false) : s;
}

struct str pass_link(struct inline_run *r, struct str s)
{
	return r->seen['('] ? read_links(r, s, WITH_TARGET, false) : s;
}

struct str pass_image(struct inline_run *r, struct str s)
{
	return r->seen['!'] && r->seen['('] ? read_links(r, s, WITH_TARGET, true) : s;
}

struct str pass_image_reference(struct inline_run *r, struct str s)
{
	return r->seen['!'] && r->md->refs.n ? read_links(r, s, FULL_REF, true) : s;
}

struct str pass_short_reference(struct inline_run *r, struct str s)
{
	return r->md->refs.n ? read_links(r, s, SHORT_REF, false) : s;
}

struct str pass_short_image(struct inline_run *r, struct str s)
{
	return r->seen['!'] && r->md->refs.n ? read_links(r, s, SHORT_REF, true) : s;
}

static size_t stash_note(struct md *md, struct footnote *note)
{
	size_t id = stash_element(md, "sup", STR(""), false);
	char times[16] = "";
	struct str a;

	if (++note->found > 1)
		snprintf(times, sizeof(times), "%u", note->found);
	size_t link = stash_element(md, "a", str_of(arena_printf(md->mem, "%zu", note->number)), true);

	attr_set(md, &md->stash.items[link].attrs, "class", "footnote-ref");
	attr_set(md, &md->stash.items[link].attrs, "href", arena_printf(md->mem, "#fn:%s", note->id));
	a = mark_text(md, link);
	md->stash.items[id].text = a;
	attr_set(md, &md->stash.items[id].attrs, "id", arena_printf(md->mem, "fnref%s:%s", times, note->id));
	return id;
}

struct str pass_note(struct inline_run *r, struct str s)
{
	struct rewrite w = { .s = s, .out = { .mem = r->md->mem } };
	const char *close;

	if (!r->md->footnotes.n)
		return s;
	for (size_t i = str_find(s, 0, "[^"); i < s.n; i = str_find(s, i + 1, "[^")) {
		struct footnote *note;

		close = memchr(s.p + i, ']', s.n - i);
		if (!close)
			break;
		/* A name has no line end or bracket in it: it is short, however far the next bracket is. */
		size_t end = (size_t)(close - s.p);

		if (!md_spend(r->md, end - i))
			break;
		note = map_get(&r->md->notes, arena_strndup(r->md->mem, s.p + i + 2, end - i - 2));
		if (!note)
			continue;
		rewrite_mark(&w, i, end + 1, stash_note(r->md, note));
		i = end;
	}
	return rewrite_end(&w);
}
