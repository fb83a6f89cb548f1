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

bool reader_knows(struct ctx *cx, const char *folder)
{
	struct ctx own = *cx; /* why not is of no interest */
	struct stored site;
	struct dir dir;

	return open_site(&own, folder, &dir, &site) == 0;
}

/* A site whose pages are files, or that has no first page, begins with the first page of its navigation. */
static bool find_first(const struct stored *site, struct stored_page *out)
{
	size_t mark;

	if (stored_find_page(site, "index.html", out))
		return true;
	for (size_t i = 0; i < site->nav; i++) {
		struct shown_item item = stored_nav_at(site, i, &mark);

		if (item.kind == NAV_PAGE)
			return stored_find_page(site, item.url, out);
	}
	if (site->pages)
		*out = stored_page_at(site, 0);
	return site->pages > 0;
}

/* "guide/setup/index.html", "guide/setup" and "/guide/setup/" are "guide/setup/". False, and *url: there is no page of this. */
static bool find_page(struct arena *mem, const struct stored *site, const char *path, const char **url, struct stored_page *out)
{
	size_t n, end = strlen("index.html");

	*url = path_encode(mem, path + strspn(path, "/"));
	if (stored_find_page(site, *url, out))
		return true;
	n = strlen(*url);
	if (str_ends(*url, "index.html") && (n == end || (*url)[n - end - 1] == '/'))
		*url = arena_strndup(mem, *url, n - end);
	else if (n && !str_ends(*url, "/"))
		*url = arena_printf(mem, "%s/", *url);
	if (stored_find_page(site, *url, out))
		return true;
	return !**url && find_first(site, out);
}

static const char *under_base(struct arena *mem, const char *base, const char *url)
{
	return url_is_elsewhere(url) && *url ? url : arena_printf(mem, "%s%s", base, url);
}

/* The page before or behind an item. */
static struct reader_link neighbour(struct arena *mem, const struct stored *site, const struct stored_page *page,
				    const char *base, int step)
{
	size_t mark;

	if (page->nav >= site->nav)
		return (struct reader_link){ 0 };
	/* Stepping below the first item wraps to a number that is no item. */
	for (size_t i = page->nav + (size_t)step; i < site->nav; i += (size_t)step) {
		struct shown_item item = stored_nav_at(site, i, &mark);

		if (item.kind == NAV_PAGE && !streq(item.url, page->url))
			return (struct reader_link){ item.title, under_base(mem, base, item.url) };
	}
	return (struct reader_link){ 0 };
}

/* Text with base in its holes. */
static struct str fill_holes(struct arena *mem, struct str text, const char *base)
{
	struct buf escaped = { .mem = mem }, out = { .mem = mem };

	html_write_text(&escaped, str_of(base));
	buf_need(&out, text.n * 2);
	while (text.n) {
		const char *hole = memchr(text.p, *NAVTREE_HOLE, text.n);
		size_t n = hole ? (size_t)(hole - text.p) : text.n;

		buf_add(&out, text.p, n);
		if (hole)
			buf_add(&out, escaped.p, escaped.n);
		n += hole != NULL;
		text = (struct str){ text.p + n, text.n - n };
	}
	return buf_str(&out);
}

/* The navigation, where the item at is marked and the sections around it are open. at behind the last: none is. */
static struct str nav_of(struct arena *mem, const struct stored *site, size_t at, const char *base)
{
	struct {
		size_t *items;
		size_t n, cap;
	} marks = { 0 };
	struct buf nav = { .mem = mem };
	size_t mark, before = site->nav_html.n;

	/* From the item outwards; marks that are not in order are none that were written. */
	for (size_t i = at; i < site->nav; before = mark) {
		i = stored_nav_at(site, i, &mark).around;
		if (mark > before)
			break;
		*list_add(mem, &marks) = mark;
	}
	for (size_t i = 0; i < marks.n / 2; i++) {
		size_t other = marks.items[i];

		marks.items[i] = marks.items[marks.n - 1 - i];
		marks.items[marks.n - 1 - i] = other;
	}
	navtree_mark(&nav, site->nav_html, marks.items, marks.n);
	return fill_holes(mem, buf_str(&nav), base);
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
	*out = (struct reader_page){
		.site_name = site->name,
		.site_description = site->about,
		.title = page->title,
		.article = with_title(mem, p, page->title),
		.nav = nav_of(mem, site, page->nav, base),
		.toc = p->flags & PART_HIDE_TOC ? STR("") : p->toc,
		.previous = neighbour(mem, site, page, base, -1),
		.next = neighbour(mem, site, page, base, 1),
		.edit_url = page->edit_url,
		.author = page->author,
		.changed_ms = page->changed_ms,
		.has_code = p->flags & PART_CODE,
		.has_mermaid = p->flags & PART_MERMAID,
	};
}

/* The texts of a page: of its file of parts, which nobody changes. */
static bool read_part(struct ctx *cx, const struct stored *site, const struct dir *dir, const struct stored_page *page,
		      struct part *out)
{
	struct pack pack = { 0 };
	unsigned file = page->part.file;

	if (file >= PACK_FILES)
		return false;
	pack.sizes[file] = stored_sizes(site)[file];
	return pack_map(cx, dir, &pack, file) && part_read(pack_get(&pack, page->part), out);
}

int reader_open(struct ctx *cx, const char *folder, const char *path, const char *base, struct reader_page *out)
{
	struct stored site;
	struct stored_page page;
	struct dir dir;
	struct part part;
	const char *url, *moved;
	int rc = open_site(cx, folder, &dir, &site);

	if (rc < 0)
		return rc;
	if (find_page(cx->mem, &site, path, &url, &page)) {
		if (!read_part(cx, &site, &dir, &page, &part))
			return fail(cx, ERR_NOTFOUND, "there is no page '%s' that this version can read", path);
		fill_in(cx->mem, &site, &page, &part, base, out);
		return 0;
	}
	moved = stored_find_move(&site, url);
	if (!moved)
		return fail(cx, ERR_NOTFOUND, "there is no page '%s'", path);
	*out = (struct reader_page){ .redirect = under_base(cx->mem, base, moved) };
	return 0;
}

int reader_frame(struct ctx *cx, const char *folder, const char *base, struct reader_page *out)
{
	struct stored site;
	struct dir dir;
	int rc = open_site(cx, folder, &dir, &site);

	if (rc == 0)
		*out = (struct reader_page){
			.site_name = site.name,
			.site_description = site.about,
			.nav = nav_of(cx->mem, &site, site.nav, base),
		};
	return rc;
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
	struct guess *guesses = arena_array(cx->mem, struct guess, site.pages + 1);

	for (size_t i = 0; i < site.pages && strlen(name) <= 200; i++) {
		ARENA scratch = { 0 };
		struct stored_page p = stored_page_at(&site, i);
		size_t d = distance_to(&scratch, &p, name, cap);

		if (d < cap)
			guesses[found++] = (struct guess){ d, i };
	}
	qsort(guesses, found, sizeof(*guesses), by_distance);
	*n = found < max ? found : max;
	*out = arena_array(cx->mem, struct reader_link, *n + 1);
	for (size_t i = 0; i < *n; i++) {
		struct stored_page p = stored_page_at(&site, guesses[i].page);

		(*out)[i] = (struct reader_link){ p.title, under_base(cx->mem, base, p.url) };
	}
	return 0;
}
