/* Ids of headings, their permalinks, and the table of contents that [TOC] asks for. */
#include "markdown/private.h"

/* How far ids that begin alike have been counted, so that a thousand equal headings are not tried a thousand times each. */
struct id_count {
	unsigned n;
};

static const char *unique_id(struct md *md, const char *slug)
{
	const char *id = slug, *under = strrchr(slug, '_');
	struct id_count *count;
	long n = 0;

	if (*slug && !map_get(&md->ids, slug))
		return slug;
	/* "x_3" is followed by "x_4". */
	if (under && under[1] && str_long(under + 1, 0, 1000000000, &n))
		slug = arena_strndup(md->mem, slug, (size_t)(under - slug));
	count = map_get(&md->ids, arena_printf(md->mem, "%s\n", slug));
	if (!count) {
		count = arena_new(md->mem, struct id_count);
		map_put(md->mem, &md->ids, arena_printf(md->mem, "%s\n", slug), count);
	}
	if (count->n < (unsigned)n)
		count->n = (unsigned)n;
	do
		id = arena_printf(md->mem, "%s_%u", slug, ++count->n);
	while (map_get(&md->ids, id));
	return id;
}

static void note_id(struct md *md, const char *id)
{
	map_put(md->mem, &md->ids, id, md);
}

static void note_ids(struct md *md, const struct node *n)
{
	const struct attr *id = attr_find(&n->attrs, "id");

	if (id)
		note_id(md, arena_strndup(md->mem, id->value.p, id->value.n));
	for (const struct node *child = n->first; child; child = child->next)
		if (child->kind == NODE_ELEMENT)
			note_ids(md, child);
}

static struct str heading_text(struct md *md, const struct node *h)
{
	struct buf out = { .mem = md->mem };

	for (const struct node *child = h->first; child; child = child->next) {
		struct str s = mark_plain(md, child->text);

		buf_add(&out, s.p, s.n);
	}
	return str_trim((struct str){ buf_text(&out), out.n });
}

static unsigned level_of(const struct node *h)
{
	return (unsigned)(h->tag[1] - '0');
}

static void set_level(struct md *md, struct node *h)
{
	static const char *const tags[] = { "h1", "h2", "h3", "h4", "h5", "h6" };
	unsigned level = level_of(h) + md->set.toc.base;

	h->tag = tags[(level > 6 ? 6 : level) - 1];
}

static void set_id(struct md *md, struct node *h)
{
	if (!attr_find(&h->attrs, "id")) {
		struct str slug = slug_of(md, heading_text(md, h));
		const char *id = unique_id(md, arena_strndup(md->mem, slug.p, slug.n));

		note_id(md, id);
		attr_set(md, &h->attrs, "id", id);
	}
}

static struct node *link_to(struct md *md, struct node *h, const char *class)
{
	struct node *a = tree_add(md, NULL, "a");
	struct str id = attr_get(&h->attrs, "id");

	attr_set(md, &a->attrs, "class", class);
	attr_set(md, &a->attrs, "href", arena_printf(md->mem, "#%.*s", (int)id.n, id.p));
	return a;
}

static void add_anchor(struct md *md, struct node *h)
{
	struct node *a = link_to(md, h, md->set.toc.anchor_class), *child;

	while ((child = h->first)) {
		tree_remove(child);
		tree_insert(a, NULL, child);
	}
	tree_insert(h, NULL, a);
}

static void add_permalink(struct md *md, struct node *h)
{
	struct node *a = link_to(md, h, md->set.toc.permalink_class);

	md_weigh(md, strlen(md->set.toc.permalink) + strlen(md->set.toc.permalink_class) + strlen(md->set.toc.permalink_title));
	if (*md->set.toc.permalink_title)
		attr_set(md, &a->attrs, "title", md->set.toc.permalink_title);
	tree_text(md, a, mark_text_of(md, str_of(md->set.toc.permalink)));
	tree_insert(h, NULL, a);
}

/* The list of headings: a deeper one goes into the one before it. */
static struct node *build_list(struct md *md)
{
	struct node *div = tree_add(md, NULL, "div"), *ul[7] = { tree_add(md, NULL, "ul") }, *li = NULL;
	unsigned levels[7] = { 0 }, depth = 0;

	attr_set(md, &div->attrs, "class", md->set.toc.class);
	if (*md->set.toc.title) {
		struct node *title = tree_add(md, div, "span");

		attr_set(md, &title->attrs, "class", "toctitle");
		tree_text(md, title, str_of(md->set.toc.title))->kind = NODE_ATOM;
	}
	tree_insert(div, NULL, ul[0]);
	for (size_t i = 0; i < md->headings.n && md->rc == 0; i++) {
		struct node *h = md->headings.items[i], *a;
		unsigned level = level_of(h);

		if (level < md->set.toc.top || level > md->set.toc.bottom)
			continue;
		while (depth > 0 && level <= levels[depth - 1])
			depth--;
		if (li && level > levels[depth] && depth < 6)
			ul[++depth] = tree_add(md, li, "ul");
		levels[depth] = level;
		li = tree_add(md, ul[depth], "li");
		a = tree_add(md, li, "a");
		struct str id = attr_get(&h->attrs, "id"), label = attr_get(&h->attrs, "data-toc-label");

		label = label.n ? label : heading_text(md, h);
		md_weigh(md, id.n + label.n);
		attr_set(md, &a->attrs, "href", arena_printf(md->mem, "#%.*s", (int)id.n, id.p));
		tree_text(md, a, label)->kind = NODE_ATOM;
	}
	return div;
}

enum { ENTRY_COST = 1024 }; /* in memory, not only in the page */

static void replace_marker(struct md *md, struct node *n)
{
	for (struct node *child = n->first, *next; child && md->rc == 0; child = next) {
		next = child->next;
		if (child->kind != NODE_ELEMENT)
			continue;
		if (child->first && child->first == child->last && child->first->kind == NODE_TEXT &&
		    str_is(str_trim(child->first->text), md->set.toc.marker) && md_spend(md, md->headings.n * ENTRY_COST)) {
			tree_insert(n, child, build_list(md));
			tree_remove(child);
		} else if (!(child->tag[0] == 'h' && child->tag[1] != 'r')) {
			replace_marker(md, child);
		}
	}
}

static void drop_label(struct node *h)
{
	for (size_t i = 0; i < h->attrs.n; i++)
		if (str_is(h->attrs.items[i].name, "data-toc-label")) {
			h->attrs.items[i] = h->attrs.items[--h->attrs.n];
			return;
		}
}

void toc_build(struct md *md)
{
	note_ids(md, md->root);
	for (size_t i = 0; i < md->stash.n; i++) {
		const struct attr *id = attr_find(&md->stash.items[i].attrs, "id");

		if (id && md->stash.items[i].kind == STASH_ELEMENT)
			note_id(md, arena_strndup(md->mem, id->value.p, id->value.n));
	}
	for (size_t i = 0; i < md->headings.n && md->rc == 0; i++) {
		set_level(md, md->headings.items[i]);
		set_id(md, md->headings.items[i]);
	}
	if (*md->set.toc.marker)
		replace_marker(md, md->root);
	for (size_t i = 0; i < md->headings.n && md->rc == 0; i++) {
		drop_label(md->headings.items[i]);
		if (md->set.toc.anchorlink)
			add_anchor(md, md->headings.items[i]);
		if (md->set.toc.permalink)
			add_permalink(md, md->headings.items[i]);
	}
}
