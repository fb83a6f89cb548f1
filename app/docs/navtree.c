/* The navigation as it is shown: titles and URLs that are settled, written as nested lists. */
#include "docs/navtree.h"

#include "docs/path.h"
#include "ext/html.h"

void navtree_settle(struct arena *mem, struct navtree *nav)
{
	struct {
		size_t *items;
		size_t n, cap;
	} open = { 0 };

	for (size_t i = 0; i < nav->n; i++) {
		struct shown_item *item = &nav->items[i];

		open.n = item->depth < open.n ? item->depth : open.n;
		item->around = open.n ? open.items[open.n - 1] : SIZE_MAX;
		if (item->kind == NAV_SECTION)
			*list_add(mem, &open) = i;
	}
}

const struct shown_item *navtree_neighbour(const struct navtree *nav, size_t at, int step)
{
	if (at >= nav->n)
		return NULL;
	/* Stepping below the first item wraps to a number that is no item. */
	for (size_t i = at + (size_t)step; i < nav->n; i += (size_t)step)
		if (nav->items[i].kind == NAV_PAGE && !streq(nav->items[i].url, nav->items[at].url))
			return &nav->items[i];
	return NULL;
}

static void render_link(struct buf *out, const struct shown_item *item, const char *prefix, size_t *mark)
{
	bool own = item->kind == NAV_PAGE || !url_is_elsewhere(item->url);

	buf_adds(out, "<li class=\"md-nav__item\"><a class=\"md-nav__link\" href=\"");
	if (own)
		html_write_text(out, str_of(*prefix || *item->url ? prefix : "."));
	html_write_text(out, str_of(item->url));
	buf_addc(out, '"');
	*mark = out->n;
	buf_addc(out, '>');
	html_write_text(out, str_of(item->title));
	buf_adds(out, "</a></li>");
}

static void render_section(struct buf *out, const struct shown_item *item, size_t *mark)
{
	buf_adds(out, "<li class=\"md-nav__item md-nav__item--nested\"><details");
	*mark = out->n;
	buf_adds(out, "><summary class=\"md-nav__link\">");
	html_write_text(out, str_of(item->title));
	buf_adds(out, "</summary><ul class=\"md-nav__list\">");
}

void navtree_render(struct arena *mem, const struct navtree *nav, const char *prefix, struct navtree_html *html)
{
	struct buf out = { .mem = mem };
	unsigned depth = 0;

	html->marks = arena_array(mem, size_t, nav->n + 1);
	buf_adds(&out, "<ul class=\"md-nav__list\">");
	for (size_t i = 0; i < nav->n; i++) {
		const struct shown_item *item = &nav->items[i];

		for (; depth > item->depth; depth--)
			buf_adds(&out, "</ul></details></li>");
		if (item->kind == NAV_SECTION) {
			render_section(&out, item, &html->marks[i]);
			depth++;
		} else {
			render_link(&out, item, prefix, &html->marks[i]);
		}
	}
	for (; depth > 0; depth--)
		buf_adds(&out, "</ul></details></li>");
	buf_adds(&out, "</ul>");
	html->html = buf_str(&out);
}

void navtree_mark(struct buf *out, struct str html, const size_t *marks, size_t n)
{
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		buf_add(out, html.p + done, marks[i] - done);
		buf_adds(out, i + 1 == n ? " aria-current=\"page\"" : " open");
		done = marks[i];
	}
	buf_add(out, html.p + done, html.n - done);
}

void navtree_write(struct buf *out, const struct navtree *nav, const struct navtree_html *html, size_t current)
{
	size_t n = 0, *marks;

	for (size_t i = current; i < nav->n; i = nav->items[i].around)
		n++;
	marks = arena_array(out->mem, size_t, n + 1);
	for (size_t i = current, k = n; i < nav->n; i = nav->items[i].around)
		marks[--k] = html->marks[i];
	navtree_mark(out, html->html, marks, n);
}
