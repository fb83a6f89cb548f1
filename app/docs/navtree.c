/* The navigation as it is shown: titles and URLs that are settled, written as nested lists. */
#include "docs/navtree.h"

#include "docs/path.h"
#include "ext/html.h"

size_t navtree_find(const struct navtree *nav, const char *url)
{
	for (size_t i = 0; i < nav->n; i++)
		if (nav->items[i].kind == NAV_PAGE && streq(nav->items[i].url, url))
			return i;
	return SIZE_MAX;
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

/* Which sections lie around an item. */
static void find_open(const struct navtree *nav, size_t current, bool *open)
{
	unsigned depth = nav->items[current].depth;

	for (size_t i = current; i-- > 0 && depth > 0;)
		if (nav->items[i].kind == NAV_SECTION && nav->items[i].depth < depth) {
			open[i] = true;
			depth = nav->items[i].depth;
		}
}

void navtree_write(struct buf *out, const struct navtree *nav, const struct navtree_html *html, size_t current)
{
	bool *open = arena_array(out->mem, bool, nav->n + 1);
	size_t done = 0;

	if (current < nav->n)
		find_open(nav, current, open);
	for (size_t i = 0; i <= current && current < nav->n; i++) {
		if (!open[i] && i != current)
			continue;
		buf_add(out, html->html.p + done, html->marks[i] - done);
		buf_adds(out, i == current ? " aria-current=\"page\"" : " open");
		done = html->marks[i];
	}
	buf_add(out, html->html.p + done, html->html.n - done);
}
