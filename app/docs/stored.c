/* What a build leaves beside the pages' parts: a head, records of fixed size, and the texts that they name by offset. */
#include "docs/stored.h"

#include <stdlib.h>

#include "base/hash.h"

/* Another version of these structs needs another mark. Machines that share a folder have them alike. */
static const char mark[16] = "callboard docs 2";

struct stored_head {
	char mark[sizeof(mark)];
	uint64_t sum; /* of all that follows */
	uint64_t rules, plan, published, sizes[PACK_FILES];
	uint64_t pages, files, moves, nav; /* how many */
	uint64_t texts, nav_html;          /* how many bytes; nav_html is first in texts */
	uint32_t name, about;
};
/* Texts are offsets; 0 is none. */
struct page_record {
	uint64_t shown, made_of, stamp, sum, at;
	int64_t changed_ms;
	uint32_t n, file, url, path, source, title, edit_url, author, nav, unused;
};
struct file_record {
	uint64_t bytes, stamp;
	uint32_t path, unused;
};
struct move_record {
	uint32_t from, to;
};
struct nav_record {
	uint32_t kind, depth, title, url, mark, around;
};

enum { NONE = -1 };

/* ---- writing ---- */

static uint32_t put_text(struct buf *texts, const char *text)
{
	size_t at = texts->n;

	if (!text)
		return 0;
	buf_add(texts, text, strlen(text) + 1);
	return (uint32_t)at;
}

static void put_pages(const struct storing *s, struct buf *out, struct buf *texts)
{
	for (size_t i = 0; i < s->pages.n; i++) {
		const struct stored_page *p = &s->pages.items[i];
		struct page_record r = { .shown = p->shown,
					 .made_of = p->made_of,
					 .stamp = p->stamp,
					 .sum = p->sum,
					 .at = p->part.at,
					 .changed_ms = p->changed_ms,
					 .n = p->part.n,
					 .file = p->part.file,
					 .nav = (uint32_t)p->nav };

		r.url = put_text(texts, p->url);
		r.path = put_text(texts, p->path);
		r.source = put_text(texts, p->source);
		r.title = put_text(texts, p->title);
		r.edit_url = put_text(texts, p->edit_url);
		r.author = put_text(texts, p->author);
		buf_add(out, &r, sizeof(r));
	}
}

static void put_files(const struct storing *s, struct buf *out, struct buf *texts)
{
	for (size_t i = 0; i < s->files.n; i++) {
		const struct stored_file *f = &s->files.items[i];
		struct file_record r = { f->bytes, f->stamp, put_text(texts, f->path), 0 };

		buf_add(out, &r, sizeof(r));
	}
}

static void put_moves(const struct storing *s, struct buf *out, struct buf *texts)
{
	for (size_t i = 0; i < s->moves.n; i++) {
		struct move_record r = { put_text(texts, s->moves.items[i].from), put_text(texts, s->moves.items[i].to) };

		buf_add(out, &r, sizeof(r));
	}
}

static void put_nav(const struct storing *s, const struct navtree_html *html, struct buf *out, struct buf *texts)
{
	for (size_t i = 0; i < s->nav.n; i++) {
		const struct shown_item *item = &s->nav.items[i];
		struct nav_record r = { .kind = item->kind,
					.depth = item->depth,
					.mark = (uint32_t)html->marks[i],
					.around = (uint32_t)item->around };

		r.title = put_text(texts, item->title);
		r.url = put_text(texts, item->url);
		buf_add(out, &r, sizeof(r));
	}
}

static int by_url(const void *a, const void *b)
{
	return strcmp(((const struct stored_page *)a)->url, ((const struct stored_page *)b)->url);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct stored_file *)a)->path, ((const struct stored_file *)b)->path);
}

static int by_from(const void *a, const void *b)
{
	return strcmp(((const struct stored_move *)a)->from, ((const struct stored_move *)b)->from);
}

static void sort(struct storing *s)
{
	if (s->pages.n)
		qsort(s->pages.items, s->pages.n, sizeof(*s->pages.items), by_url);
	if (s->files.n)
		qsort(s->files.items, s->files.n, sizeof(*s->files.items), by_path);
	if (s->moves.n)
		qsort(s->moves.items, s->moves.n, sizeof(*s->moves.items), by_from);
}

int stored_write(struct ctx *cx, struct storing *s, struct buf *out)
{
	struct buf texts = { .mem = cx->mem };
	struct navtree_html html;
	struct stored_head head = { .rules = s->rules,
				    .plan = s->plan,
				    .published = s->published,
				    .pages = s->pages.n,
				    .files = s->files.n,
				    .moves = s->moves.n,
				    .nav = s->nav.n };

	sort(s);
	navtree_render(cx->mem, &s->nav, NAVTREE_HOLE, &html);
	buf_add(&texts, html.html.p, html.html.n + 1);
	head.nav_html = html.html.n;
	head.name = put_text(&texts, s->name);
	head.about = put_text(&texts, s->about);
	memcpy(head.mark, mark, sizeof(mark));
	memcpy(head.sizes, s->sizes, sizeof(head.sizes));
	buf_add(out, &head, sizeof(head));
	put_pages(s, out, &texts);
	put_files(s, out, &texts);
	put_moves(s, out, &texts);
	put_nav(s, &html, out, &texts);
	if (texts.n > UINT32_MAX)
		return fail(cx, ERR_TOOLARGE, "the site's titles and navigation are too large");
	buf_add(out, texts.p, texts.n);
	head.texts = texts.n;
	memcpy(out->p, &head, sizeof(head));
	head.sum = checksum64(out->p + offsetof(struct stored_head, rules), out->n - offsetof(struct stored_head, rules));
	memcpy(out->p, &head, sizeof(head));
	return 0;
}

/* ---- reading ---- */

static const char *text(const struct stored *s, uint32_t at)
{
	return at && at < s->head->texts ? s->texts + at : NULL;
}

/* Where it is a fault that there is none. */
static const char *some(const struct stored *s, uint32_t at)
{
	const char *t = text(s, at);

	return t ? t : "";
}

/* Are the parts that the head names together as large as the file? None can be larger, so that their sum cannot overflow. */
static bool fits(const struct stored_head *h, size_t n)
{
	static const size_t sizes[] = { sizeof(struct page_record), sizeof(struct file_record), sizeof(struct move_record),
					sizeof(struct nav_record), 1 };
	const uint64_t counts[] = { h->pages, h->files, h->moves, h->nav, h->texts };
	size_t sum = sizeof(*h);

	for (size_t i = 0; i < LEN(counts); i++) {
		if (counts[i] > n / sizes[i])
			return false;
		sum += counts[i] * sizes[i];
	}
	return sum == n && h->texts && h->nav_html < h->texts;
}

int stored_read(struct ctx *cx, const struct dir *reader, struct stored *out)
{
	struct str bytes;
	const struct stored_head *h;

	if (!dir_map(cx, reader, STORED_FILE, &bytes) || bytes.n < sizeof(*h))
		return fail(cx, ERR_NOTFOUND, "there is no such site");
	h = (const void *)bytes.p;
	/* Behind a last text that ends, every text ends. */
	if (memcmp(h->mark, mark, sizeof(mark)) != 0 || !fits(h, bytes.n) || bytes.p[bytes.n - 1])
		return fail(cx, ERR_NOTFOUND, "the site is damaged, or was written by another version");
	*out = (struct stored){ .pages = h->pages, .files = h->files, .moves = h->moves, .nav = h->nav, .head = h };
	out->records = bytes.p + sizeof(*h);
	out->texts = bytes.p + bytes.n - h->texts;
	out->nav_html = (struct str){ out->texts, h->nav_html };
	out->name = some(out, h->name);
	out->about = text(out, h->about);
	return 0;
}

static size_t records_of(const struct stored *s)
{
	return (size_t)(s->texts - s->records);
}

bool stored_is_whole(const struct stored *s)
{
	const char *from = (const char *)&s->head->rules;

	return s->head->sum == checksum64(from, (size_t)(s->records - from) + records_of(s) + s->head->texts);
}

uint64_t stored_rules(const struct stored *s)
{
	return s->head->rules;
}

uint64_t stored_plan(const struct stored *s)
{
	return s->head->plan;
}

uint64_t stored_published(const struct stored *s)
{
	return s->head->published;
}

const uint64_t *stored_sizes(const struct stored *s)
{
	return s->head->sizes;
}

static const struct page_record *pages_of(const struct stored *s)
{
	return (const void *)s->records;
}

static const struct file_record *files_of(const struct stored *s)
{
	return (const void *)(pages_of(s) + s->pages);
}

static const struct move_record *moves_of(const struct stored *s)
{
	return (const void *)(files_of(s) + s->files);
}

static const struct nav_record *nav_of(const struct stored *s)
{
	return (const void *)(moves_of(s) + s->moves);
}

static size_t index_of(uint32_t i)
{
	return i == UINT32_MAX ? SIZE_MAX : i;
}

struct stored_page stored_page_at(const struct stored *s, size_t i)
{
	const struct page_record *r = &pages_of(s)[i];

	return (struct stored_page){
		.url = some(s, r->url),
		.path = some(s, r->path),
		.source = some(s, r->source),
		.title = some(s, r->title),
		.edit_url = text(s, r->edit_url),
		.author = text(s, r->author),
		.changed_ms = r->changed_ms,
		.shown = r->shown,
		.made_of = r->made_of,
		.stamp = r->stamp,
		.sum = r->sum,
		.part = { r->file, r->n, r->at },
		.nav = index_of(r->nav),
	};
}

struct stored_file stored_file_at(const struct stored *s, size_t i)
{
	const struct file_record *r = &files_of(s)[i];

	return (struct stored_file){ some(s, r->path), r->bytes, r->stamp };
}

struct shown_item stored_nav_at(const struct stored *s, size_t i, size_t *at)
{
	const struct nav_record *r = &nav_of(s)[i];

	*at = r->mark < s->nav_html.n ? r->mark : s->nav_html.n;
	/* What an item lies in comes before it. */
	return (struct shown_item){ (enum nav_kind)r->kind, r->depth, some(s, r->title), some(s, r->url),
				    r->around < i ? r->around : SIZE_MAX };
}

/* The record of n, size bytes each, whose text at key is wanted; they are in order of it. NONE. */
static long find(const struct stored *s, const void *records, size_t n, size_t size, size_t key, const char *wanted)
{
	size_t from = 0;

	while (from < n) {
		size_t middle = from + (n - from) / 2;
		uint32_t at;

		memcpy(&at, (const char *)records + middle * size + key, sizeof(at));

		int order = strcmp(wanted, some(s, at));

		if (order == 0)
			return (long)middle;
		if (order < 0)
			n = middle;
		else
			from = middle + 1;
	}
	return NONE;
}

bool stored_find_page(const struct stored *s, const char *url, struct stored_page *out)
{
	long i = find(s, pages_of(s), s->pages, sizeof(struct page_record), offsetof(struct page_record, url), url);

	if (i != NONE)
		*out = stored_page_at(s, (size_t)i);
	return i != NONE;
}

bool stored_find_file(const struct stored *s, const char *path, struct stored_file *out)
{
	long i = find(s, files_of(s), s->files, sizeof(struct file_record), offsetof(struct file_record, path), path);

	if (i != NONE)
		*out = stored_file_at(s, (size_t)i);
	return i != NONE;
}

const char *stored_find_move(const struct stored *s, const char *url)
{
	long i = find(s, moves_of(s), s->moves, sizeof(struct move_record), offsetof(struct move_record, from), url);

	return i == NONE ? NULL : some(s, moves_of(s)[i].to);
}
