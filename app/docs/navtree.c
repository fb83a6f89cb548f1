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

/* Which sections lie around an item. */
static void find_open(const struct navtree *nav, size_t current, bool *open)
{
	if (current >= nav->n)
		return;
	unsigned depth = nav->items[current].depth;

	for (size_t i = current; i-- > 0 && depth > 0;)
		if (nav->items[i].kind == NAV_SECTION && nav->items[i].depth < depth) {
			open[i] = true;
			depth = nav->items[i].depth;
		}
}

static void write_link(struct buf *out, const struct shown_item *item, const char *url, bool current)
{
	buf_adds(out, "<li class=\"md-nav__item\"><a class=\"md-nav__link\" href=\"");
	html_write_text(out, str_of(url));
	buf_adds(out, current ? "\" aria-current=\"page\">" : "\">");
	html_write_text(out, str_of(item->title));
	buf_adds(out, "</a></li>");
}

static void write_section(struct buf *out, const struct shown_item *item, bool open)
{
	buf_addf(out, "<li class=\"md-nav__item md-nav__item--nested\"><details%s><summary class=\"md-nav__link\">",
		 open ? " open" : "");
	html_write_text(out, str_of(item->title));
	buf_adds(out, "</summary><ul class=\"md-nav__list\">");
}

void navtree_write(struct buf *out, const struct navtree *nav, size_t current,
		   const char *(*href)(struct arena *mem, const void *arg, const struct shown_item *item), const void *arg)
{
	bool *open = arena_array(out->mem, bool, nav->n + 1);
	unsigned depth = 0;

	find_open(nav, current, open);
	buf_adds(out, "<ul class=\"md-nav__list\">");
	for (size_t i = 0; i < nav->n; i++) {
		const struct shown_item *item = &nav->items[i];

		for (; depth > item->depth; depth--)
			buf_adds(out, "</ul></details></li>");
		if (item->kind == NAV_SECTION) {
			write_section(out, item, open[i]);
			depth++;
		} else {
			write_link(out, item, href(out->mem, arg, item), i == current);
		}
	}
	for (; depth > 0; depth--)
		buf_adds(out, "</ul></details></li>");
	buf_adds(out, "</ul>");
}
