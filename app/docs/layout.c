/* Pages of a published site, whole: they need no portal. */
#include "docs/layout.h"

#include "base/clock.h"
#include "docs/path.h"
#include "ext/html.h"

static void put(struct buf *out, const char *before, const char *text, const char *after)
{
	buf_adds(out, before);
	html_write_text(out, str_of(text));
	buf_adds(out, after);
}

/* From a page's URL to a file of the site. */
static void put_file(struct buf *out, const char *before, const char *url, const char *file, const char *after)
{
	put(out, before, url_between(out->mem, url, file), after);
}

static void write_styles(const struct layout *l, const struct layout_page *p, struct buf *out)
{
	if (l->assets) {
		put_file(out, "<link rel=\"stylesheet\" href=\"", p->url, "assets/docs.css", l->assets);
		buf_adds(out, "\">\n");
	}
	for (size_t i = 0; i < l->settings->css.n; i++)
		put_file(out, "<link rel=\"stylesheet\" href=\"", p->url, path_encode(out->mem, l->settings->css.items[i]),
			 "\">\n");
}

static void write_script(const struct layout *l, const struct layout_page *p, const char *file, struct buf *out)
{
	if (!l->assets)
		return;
	put_file(out, "<script defer src=\"", p->url, file, l->assets);
	buf_adds(out, "\"></script>\n");
}

static void write_head(const struct layout *l, const struct layout_page *p, struct buf *out)
{
	const struct mkdocs *s = l->settings;
	const char *about = p->part->about.n ? arena_strndup(out->mem, p->part->about.p, p->part->about.n) : s->description;

	put(out, "<!doctype html>\n<html lang=\"", s->language, "\"");
	put_file(out, " data-docs-base=\"", p->url, "", "\">\n<head>\n<meta charset=\"utf-8\">\n");
	buf_adds(out, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
	if (!*p->url)
		put(out, "<title>", s->name, "</title>\n");
	else
		put(out, "<title>", arena_printf(out->mem, "%s - %s", p->title, s->name), "</title>\n");
	if (about)
		put(out, "<meta name=\"description\" content=\"", about, "\">\n");
	if (s->author)
		put(out, "<meta name=\"author\" content=\"", s->author, "\">\n");
	if (s->url && url_is_harmless(s->url))
		put(out, "<link rel=\"canonical\" href=\"",
		    arena_printf(out->mem, "%s%s%s", s->url, str_ends(s->url, "/") ? "" : "/", p->url), "\">\n");
	write_styles(l, p, out);
	write_script(l, p, "assets/docs.js", out);
	if (p->part->flags & PART_CODE)
		write_script(l, p, "assets/highlight.js", out);
	if (p->part->flags & PART_MERMAID)
		write_script(l, p, "assets/mermaid.js", out);
	buf_adds(out, "</head>\n");
}

static void write_header(const struct layout *l, const struct layout_page *p, struct buf *out)
{
	buf_adds(out, "<body class=\"docs-site\">\n<a class=\"docs-skip\" href=\"#docs-content\">Skip to content</a>\n"
		      "<header class=\"md-header\">\n");
	put_file(out, "<a class=\"docs-name\" href=\"", p->url, "", "\">");
	html_write_text(out, str_of(l->settings->name));
	buf_adds(out, "</a>\n<div class=\"docs-search\" data-docs-search></div>\n"
		      "<button class=\"docs-theme\" type=\"button\" data-docs-theme hidden>Theme</button>\n");
	if (l->settings->repo_url && url_is_harmless(l->settings->repo_url))
		put(out, "<a class=\"docs-repo\" href=\"", l->settings->repo_url, "\">Repository</a>\n");
	buf_adds(out, "</header>\n");
}

/* The navigation of pages as deep as this one; those that are very deep have one each. */
static const struct navtree_html *nav_of(struct layout *l, const char *url, struct navtree_html *own)
{
	struct buf prefix = { .mem = l->mem };
	size_t depth = 0;

	for (; *url; url++)
		if (*url == '/') {
			buf_adds(&prefix, "../");
			depth++;
		}
	struct navtree_html *html = depth < LAYOUT_DEPTHS ? &l->navs[depth] : own;

	if (!html->marks)
		navtree_render(l->mem, l->nav, buf_text(&prefix), html);
	return html;
}

static void write_nav(struct layout *l, const struct layout_page *p, struct buf *out)
{
	struct navtree_html own = { 0 };

	buf_adds(out, "<nav class=\"md-nav md-nav--primary\" aria-label=\"Pages\">\n<details class=\"docs-menu\" open>"
		      "<summary>Menu</summary>");
	navtree_write(out, l->nav, nav_of(l, p->url, &own), p->nav);
	buf_adds(out, "</details>\n</nav>\n");
}

static void write_article(const struct layout_page *p, struct buf *out)
{
	buf_adds(out, "<main id=\"docs-content\" tabindex=\"-1\">\n<article class=\"md-content__inner md-typeset\">\n");
	if (!(p->part->flags & PART_H1))
		put(out, "<h1>", p->title, "</h1>\n");
	buf_add(out, p->part->article.p, p->part->article.n);
	buf_adds(out, "\n</article>\n");
}

/* Who changed the page last, when, and where it can be changed. */
static void write_source(const struct layout_page *p, struct buf *out)
{
	char when[25];

	if (!p->edit_url && !p->history.changed_ms && !p->history.author)
		return;
	buf_adds(out, "<p class=\"docs-source\">");
	if (p->history.changed_ms) {
		clock_format(p->history.changed_ms, when);
		buf_addf(out, "Last changed <time datetime=\"%s\">%.10s</time>", when, when);
	}
	if (p->history.author)
		put(out, p->history.changed_ms ? " by " : "Last changed by ", p->history.author, "");
	if (p->edit_url)
		put(out, p->history.changed_ms || p->history.author ? " · <a href=\"" : "<a href=\"", p->edit_url,
		    "\">Edit this page</a>");
	buf_adds(out, "</p>\n");
}

static void write_neighbour(const struct shown_item *item, const struct layout_page *p, const char *rel, const char *label,
			    struct buf *out)
{
	if (!item)
		return;
	buf_addf(out, "<a rel=\"%s\" href=\"", rel);
	put(out, "", url_between(out->mem, p->url, item->url), "\"><span>");
	buf_addf(out, "%s</span> ", label);
	html_write_text(out, str_of(item->title));
	buf_adds(out, "</a>\n");
}

static void write_footer(const struct layout *l, const struct layout_page *p, struct buf *out)
{
	write_source(p, out);
	buf_adds(out, "<nav class=\"docs-neighbours\" aria-label=\"Previous and next page\">\n");
	write_neighbour(navtree_neighbour(l->nav, p->nav, -1), p, "prev", "Previous", out);
	write_neighbour(navtree_neighbour(l->nav, p->nav, 1), p, "next", "Next", out);
	buf_adds(out, "</nav>\n");
	if (l->settings->copyright) {
		buf_adds(out, "<footer class=\"docs-copyright\">");
		buf_adds(out, l->settings->copyright);
		buf_adds(out, "</footer>\n");
	}
	buf_adds(out, "</main>\n");
}

void layout_page(struct layout *l, const struct layout_page *p, struct buf *out)
{
	write_head(l, p, out);
	write_header(l, p, out);
	buf_adds(out, "<div class=\"docs-frame\">\n");
	if (!(p->part->flags & PART_HIDE_NAV))
		write_nav(l, p, out);
	write_article(p, out);
	write_footer(l, p, out);
	if (p->part->toc.n && !(p->part->flags & PART_HIDE_TOC)) {
		buf_adds(out, "<nav class=\"md-nav md-nav--secondary\" aria-label=\"On this page\">\n<p>On this page</p>\n");
		buf_add(out, p->part->toc.p, p->part->toc.n);
		buf_adds(out, "\n</nav>\n");
	}
	buf_adds(out, "</div>\n</body>\n</html>\n");
}

void layout_not_found(const struct layout *l, struct buf *out)
{
	const char *base = l->settings->url ? l->settings->url : "/", *host = strstr(base, "://");

	/* It is shown at any depth: what it needs is named from the top of the host. */
	base = host ? strchr(host + 3, '/') : base;
	base = base && *base == '/' && base[1] != '/' ? base : "/";
	put(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Not found - ",
	    l->settings->name, "</title>\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
	put(out, "<link rel=\"stylesheet\" href=\"", arena_printf(out->mem, "%sassets/docs.css", base), "\">\n</head>\n");
	buf_adds(out, "<body class=\"docs-site\">\n<main>\n<article class=\"md-content__inner md-typeset\">\n"
		      "<h1>There is no such page</h1>\n");
	put(out, "<p><a href=\"", base, "\">");
	put(out, "", l->settings->name, "</a></p>\n</article>\n</main>\n</body>\n</html>\n");
}

void layout_moved(const char *url, struct buf *out)
{
	put(out,
	    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Moved</title>\n<link "
	    "rel=\"canonical\" href=\"",
	    url, "\">\n<meta name=\"robots\" content=\"noindex\">\n");
	put(out, "<meta http-equiv=\"refresh\" content=\"0; url=", url, "\">\n</head>\n<body>\n");
	put(out, "<p>This page moved to <a href=\"", url, "\">");
	put(out, "", url, "</a>.</p>\n</body>\n</html>\n");
}
