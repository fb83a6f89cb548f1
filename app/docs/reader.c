/* What the portal's reader shows of a built site, read from what the build left for it. */
#include "docs/reader.h"

#include <stdlib.h>

#include "docs/part.h"
#include "docs/path.h"
#include "docs/stored.h"
#include "ext/html.h"

static int open_site(struct ctx *cx, const char *folder, struct dir *dir, struct stored *site)
{
	if (!dir_open(cx, folder, dir))
		return fail(cx, ERR_NOTFOUND, "there is no such site");
	return stored_read(cx, dir, site);
}

/* "guide/setup/index.html", "guide/setup" and "/guide/setup/" are "guide/setup/". */
static const char *url_of(struct arena *mem, const struct stored *site, const char *path)
{
	const char *url = path_encode(mem, path + strspn(path, "/"));
	size_t n = strlen(url), end = strlen("index.html");

	if (stored_page(site, url))
		return url;
	if (str_ends(url, "index.html") && (n == end || url[n - end - 1] == '/'))
		url = arena_strndup(mem, url, n - end);
	else if (n && !str_ends(url, "/"))
		url = arena_printf(mem, "%s/", url);
	if (*url || stored_page(site, url))
		return url;
	/* A site whose pages are files, or that has no first page, begins with the first page of its navigation. */
	for (size_t i = 0; i < site->nav.n; i++)
		if (site->nav.items[i].kind == NAV_PAGE)
			return stored_page(site, "index.html") ? "index.html" : site->nav.items[i].url;
	return stored_page(site, "index.html") || !site->pages.n ? "index.html" : site->pages.items[0].url;
}

static const char *find_move(const struct stored *site, const char *url)
{
	for (size_t i = 0; i < site->moved.n; i++)
		if (streq(site->moved.items[i].from, url))
			return site->moved.items[i].to;
	return NULL;
}

static const char *under_base(struct arena *mem, const char *base, const char *url)
{
	return url_is_elsewhere(url) && *url ? url : arena_printf(mem, "%s%s", base, url);
}

static struct reader_link link_to(struct arena *mem, const char *base, const struct shown_item *item)
{
	return item ? (struct reader_link){ item->title, under_base(mem, base, item->url) } : (struct reader_link){ 0 };
}

static struct str with_title(struct arena *mem, const struct part *p, const char *title)
{
	struct str article = p->strict.n ? p->strict : p->article;
	struct buf b = { .mem = mem };

	if (p->flags & PART_H1)
		return article;
	buf_adds(&b, "<h1>");
	html_write_text(&b, str_of(title));
	buf_adds(&b, "</h1>\n");
	buf_add(&b, article.p, article.n);
	return buf_str(&b);
}

static void fill_in(struct arena *mem, const struct stored *site, const struct stored_page *page, const struct part *p,
		    const char *base, struct reader_page *out)
{
	size_t at = navtree_find(&site->nav, page->url);
	struct buf nav = { .mem = mem };
	struct navtree_html html;

	navtree_render(mem, &site->nav, base, &html);
	navtree_write(&nav, &site->nav, &html, at);
	*out = (struct reader_page){
		.site_name = site->name,
		.site_description = site->about,
		.title = page->title,
		.article = with_title(mem, p, page->title),
		.nav = buf_str(&nav),
		.toc = p->flags & PART_HIDE_TOC ? STR("") : p->toc,
		.previous = link_to(mem, base, navtree_neighbour(&site->nav, at, -1)),
		.next = link_to(mem, base, navtree_neighbour(&site->nav, at, 1)),
		.edit_url = page->edit_url,
		.author = page->author,
		.changed_ms = page->changed_ms,
		.has_code = p->flags & PART_CODE,
		.has_mermaid = p->flags & PART_MERMAID,
	};
}

int reader_open(struct ctx *cx, const char *folder, const char *path, const char *base, struct reader_page *out)
{
	struct stored site;
	struct dir dir;
	struct str bytes;
	struct part part;
	int rc = open_site(cx, folder, &dir, &site);

	if (rc < 0)
		return rc;

	const char *url = url_of(cx->mem, &site, path), *moved = find_move(&site, url);
	const struct stored_page *page = stored_page(&site, url);

	if (!page && moved) {
		*out = (struct reader_page){ .redirect = under_base(cx->mem, base, moved) };
		return 0;
	}
	if (!page)
		return fail(cx, ERR_NOTFOUND, "there is no page '%s'", path);
	rc = dir_read(cx, &dir, arena_printf(cx->mem, STORED_PARTS "/%s", page->path), &bytes);
	if (rc < 0)
		return rc;
	if (!part_read(bytes, &part))
		return fail(cx, ERR_NOTFOUND, "there is no page '%s' that this version can read", path);
	fill_in(cx->mem, &site, page, &part, base, out);
	return 0;
}

struct guess {
	size_t distance, page;
};

static int by_distance(const void *a, const void *b)
{
	const struct guess *x = a, *y = b;

	return x->distance != y->distance ? (x->distance > y->distance) - (x->distance < y->distance)
					  : (x->page > y->page) - (x->page < y->page);
}

/* The last name of a path, without slashes and ending. */
static const char *last_name(struct arena *mem, const char *path)
{
	size_t n = strlen(path);

	if (str_ends(path, "index.html"))
		n -= strlen("index.html");
	while (n && path[n - 1] == '/')
		n--;

	const char *slash = memrchr(path, '/', n), *name = slash ? slash + 1 : path;

	n -= (size_t)(name - path);
	if (n > 5 && strncmp(name + n - 5, ".html", 5) == 0)
		n -= 5;
	else if (n > 3 && strncmp(name + n - 3, ".md", 3) == 0)
		n -= 3;
	return str_lower(mem, name, n);
}

/* How far a page is from what was asked for: by its name, or by its title with hyphens. */
static size_t distance_to(struct arena *mem, const struct stored_page *p, const char *name, size_t cap)
{
	char *title = str_lower(mem, p->title, strlen(p->title));
	size_t by_name = str_distance(name, last_name(mem, p->url), cap), by_title;

	for (char *c = title; *c; c++)
		if (*c == ' ')
			*c = '-';
	by_title = str_distance(name, title, cap);
	return by_name < by_title ? by_name : by_title;
}

int reader_suggest(struct ctx *cx, const char *folder, const char *path, const char *base, size_t max, struct reader_link **out,
		   size_t *n)
{
	struct stored site;
	struct dir dir;
	int rc = open_site(cx, folder, &dir, &site);

	*n = 0;
	if (rc < 0)
		return rc;

	const char *name = last_name(cx->mem, path);
	size_t cap = strlen(name) / 3 + 1, found = 0;
	struct guess *guesses = arena_array(cx->mem, struct guess, site.pages.n + 1);

	for (size_t i = 0; i < site.pages.n && strlen(name) <= 200; i++) {
		ARENA scratch = { 0 };
		size_t d = distance_to(&scratch, &site.pages.items[i], name, cap);

		if (d < cap)
			guesses[found++] = (struct guess){ d, i };
	}
	qsort(guesses, found, sizeof(*guesses), by_distance);
	*n = found < max ? found : max;
	*out = arena_array(cx->mem, struct reader_link, *n + 1);
	for (size_t i = 0; i < *n; i++) {
		const struct stored_page *p = &site.pages.items[guesses[i].page];

		(*out)[i] = (struct reader_link){ p->title, under_base(cx->mem, base, p->url) };
	}
	return 0;
}
