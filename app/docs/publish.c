/* The published site: pages, other files, the search index, redirects, metadata; and the table that readers need. */
#include "docs/build.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/hash.h"
#include "docs/path.h"

enum { MAX_NAV = 64 << 20 };

static int settle_nav(struct build *b)
{
	struct built_page **pages = arena_array(b->cx->mem, struct built_page *, b->plan.files.n);
	uint64_t bytes = 0;

	for (size_t i = 0; i < b->pages.n; i++)
		pages[b->pages.items[i].file] = &b->pages.items[i];
	for (size_t i = 0; i < b->plan.nav.n; i++) {
		const struct nav_item *n = &b->plan.nav.items[i];
		struct shown_item item = { .kind = n->kind, .depth = n->depth, .title = n->title, .url = n->url ? n->url : "" };

		if (n->kind == NAV_PAGE) {
			struct built_page *page = pages[n->file];

			item.url = b->plan.files.items[n->file].url;
			item.title = n->title ? n->title : page->title;
			page->nav = page->nav == SIZE_MAX ? i : page->nav;
		}
		bytes += strlen(item.title) + strlen(item.url);
		*list_add(b->cx->mem, &b->now.nav) = item;
	}
	navtree_settle(b->cx->mem, &b->now.nav);
	if (bytes > MAX_NAV)
		return fail(b->cx, ERR_TOOLARGE, "the navigation is larger than %d MiB", MAX_NAV >> 20);
	return 0;
}

/* Of all that every page shows. */
static uint64_t frame_sum(const struct build *b)
{
	const struct mkdocs *s = &b->plan.settings;
	const char *const texts[] = { s->name,      s->description, s->author,   s->url,
				      s->copyright, s->language,    s->repo_url, b->layout.assets };
	struct buf all = { .mem = b->cx->mem };

	for (size_t i = 0; i < LEN(texts); i++)
		buf_addf(&all, "%s\n", texts[i] ? texts[i] : "");
	for (size_t i = 0; i < s->css.n; i++)
		buf_addf(&all, "%s\n", s->css.items[i]);
	for (size_t i = 0; i < b->now.nav.n; i++) {
		const struct shown_item *item = &b->now.nav.items[i];

		buf_addf(&all, "%d %u %s\t%s\n", item->kind, item->depth, item->url, item->title);
	}
	return checksum64(all.p, all.n) ^ b->rules.hash;
}

static uint64_t page_sum(struct arena *mem, uint64_t frame, const struct built_page *p)
{
	const char *text = arena_printf(mem, "%llx %llx %s\t%s\t%s\t%lld", (unsigned long long)frame,
					(unsigned long long)p->sum, p->title, p->edit_url ? p->edit_url : "",
					p->history.author ? p->history.author : "", (long long)p->history.changed_ms);
	uint64_t sum = hash64(text, strlen(text));

	return sum ? sum : 1;
}

static int write_page(struct build *b, const struct built_page *page, struct buf *html)
{
	const struct plan_file *f = &b->plan.files.items[page->file];
	const struct layout_page shown = { f->url, page->title, page->nav, &page->part, page->edit_url, page->history };

	buf_clear(html);
	layout_page(&b->layout, &shown, html);
	return build_write(b, f->dest, buf_str(html));
}

static int publish_page(struct build *b, uint64_t frame, const struct built_page *page, struct buf *html)
{
	const struct plan_file *f = &b->plan.files.items[page->file];
	struct stored_page now = {
		.url = f->url,
		.path = f->path,
		.source = f->source,
		.title = page->title,
		.edit_url = page->edit_url,
		.author = page->history.author,
		.changed_ms = page->history.changed_ms,
		.shown = page_sum(b->cx->mem, frame, page),
		.made_of = page->part.made_of,
		.stamp = f->stamp,
		.sum = page->sum,
		.part = page->place,
		.nav = page->nav,
	};
	struct stored_page before;
	int rc = 0;

	*list_add(b->cx->mem, &b->now.pages) = now;
	if (b->has_previous && stored_find_page(&b->previous, f->url, &before) && before.shown == now.shown)
		rc = build_keep(b, f->dest);
	if (rc == 0)
		return write_page(b, page, html);
	return rc < 0 ? rc : 0;
}

static int publish_pages(struct build *b)
{
	ARENA mem = { 0 };
	struct buf html = { .mem = &mem };
	uint64_t frame = frame_sum(b);
	int rc = 0;

	for (size_t i = 0; i < b->pages.n && rc == 0; i++)
		rc = publish_page(b, frame, &b->pages.items[i], &html);
	return rc;
}

static int publish_file(struct build *b, const struct plan_file *f)
{
	int rc = 0;

	/* One that nobody touched need not be opened. */
	struct stored_file before;

	if (f->stamp && b->has_previous && stored_find_file(&b->previous, f->dest, &before) && before.stamp == f->stamp)
		rc = build_keep(b, f->dest);
	if (rc)
		return rc < 0 ? rc : 0;

	AUTO_FD fd = tree_open_file(&b->tree, f->source);

	if (fd < 0) {
		note_warn(&b->notes, f->source, 0, "it cannot be read");
		return 0;
	}
	return build_copy(b, f->dest, fd);
}

static int publish_files(struct build *b)
{
	int rc = 0;

	for (size_t i = 0; i < b->plan.files.n && rc == 0; i++)
		if (!b->plan.files.items[i].page)
			rc = publish_file(b, &b->plan.files.items[i]);
	return rc;
}

/* A page's entries of the search index: itself with what stands before its first heading, and its headings. */
static void add_search(const struct build *b, const struct built_page *page, struct buf *out)
{
	const struct part *p = &page->part;

	buf_adds(out, "{\"location\":");
	json_write_text(out, str_of(b->plan.files.items[page->file].url));
	buf_adds(out, ",\"title\":");
	json_write_text(out, str_of(page->title));
	buf_adds(out, ",\"text\":");
	buf_add(out, p->lead.p, p->lead.n);
	buf_adds(out, p->search.n ? "},\n" : "}");
	buf_add(out, p->search.p, p->search.n);
}

static int publish_search(struct build *b)
{
	struct buf out = { .mem = b->cx->mem };

	buf_need(&out, b->search_bytes + 3 * b->pages.n + 256);
	buf_adds(&out, "{\"config\":{\"indexing\":\"full\",\"lang\":[\"en\"],\"min_search_length\":3,\"prebuild_index\":false,"
		       "\"separator\":\"[\\\\s\\\\-]+\"},\"docs\":[");
	for (size_t i = 0; i < b->pages.n; i++) {
		buf_adds(&out, i ? ",\n" : "");
		add_search(b, &b->pages.items[i], &out);
	}
	buf_adds(&out, "]}");
	return build_write(b, "search/search_index.json", buf_str(&out));
}

/* What "old.md: new.md#part" of the redirects plugin means; NULL: nothing that can be. */
static const char *moved_to(struct build *b, const char *target)
{
	size_t n = strcspn(target, "?#");
	const char *path = url_is_elsewhere(target) ? NULL : path_join(b->cx->mem, "", arena_strndup(b->cx->mem, target, n));
	long file = path ? plan_find(&b->plan, path) : NO_FILE;

	if (file != NO_FILE)
		return arena_printf(b->cx->mem, "%s%s", b->plan.files.items[file].url, target + n);
	return url_is_elsewhere(target) && url_is_harmless(target) ? target : NULL;
}

static int publish_move(struct build *b, const char *from, const char *to)
{
	struct plan_file old = { .path = path_join(b->cx->mem, "", from) };
	const char *url = moved_to(b, to);
	struct buf html = { .mem = b->cx->mem };

	if (!old.path || !*old.path || !str_ends(old.path, ".md") || !url) {
		note_warn(&b->notes, b->plan.settings.file, 0, "redirects: %s to %s leads nowhere", from, to);
		return 0;
	}
	if (plan_find(&b->plan, old.path) != NO_FILE)
		return 0; /* the page is there again */
	plan_place(b->cx->mem, &old, b->plan.settings.directory_urls);
	*list_add(b->cx->mem, &b->now.moves) = (struct stored_move){ old.url, url };
	layout_moved(url_is_elsewhere(url) && *url ? url : url_between(b->cx->mem, old.url, url), &html);
	return build_write(b, old.dest, buf_str(&html));
}

static int publish_moves(struct build *b)
{
	const struct json *list = b->plan.settings.redirects;
	int rc = 0;

	for (size_t i = 0; i < json_len(list) && rc == 0; i++)
		rc = publish_move(b, list->o.m[i].key.p, json_text(list->o.m[i].value, ""));
	return rc;
}

static int publish_metadata(struct build *b)
{
	struct arena *mem = b->cx->mem;
	const struct mkdocs *s = &b->plan.settings;
	struct json *v = json_object(mem), *files = json_array(mem);
	struct buf out = { .mem = mem };

	for (size_t i = 0; i < b->now.files.n; i++)
		json_push(mem, files, json_str(mem, b->now.files.items[i].path));
	json_push(mem, files, json_str(mem, METADATA));
	json_set(mem, v, "site_name", json_str(mem, s->name));
	/* As the generator of Backstage says that there is none. */
	json_set(mem, v, "site_description", json_str(mem, s->description ? s->description : "None"));
	if (b->options->etag)
		json_set(mem, v, "etag", json_str(mem, b->options->etag));
	json_set(mem, v, "build_timestamp", json_num(mem, (double)clock_wall_ms()));
	json_set(mem, v, "files", files);
	json_write(&out, v);
	return build_write(b, METADATA, buf_str(&out));
}

static int publish_table(struct build *b)
{
	struct storing *now = &b->now;
	struct buf out = { .mem = b->cx->mem };
	int rc;

	now->name = b->plan.settings.name;
	now->about = b->plan.settings.description;
	now->rules = b->rules.hash;
	now->plan = b->plan_sum;
	now->published = site_published(&b->out);
	memcpy(now->sizes, b->pack.sizes, sizeof(now->sizes));
	rc = stored_write(b->cx, now, &out);
	return rc < 0 ? rc : dir_write(b->cx, &b->reader, STORED_FILE, buf_str(&out));
}

static int publish_frame(struct build *b)
{
	struct buf not_found = { .mem = b->cx->mem };
	int rc = publish_search(b);

	layout_not_found(&b->layout, &not_found);
	if (rc == 0)
		rc = build_write(b, "404.html", buf_str(&not_found));
	if (rc == 0)
		rc = publish_moves(b);
	return rc < 0 ? rc : publish_metadata(b);
}

int build_publish(struct build *b)
{
	int rc = settle_nav(b);

	if (rc == 0)
		rc = build_assets(b);
	b->layout.mem = b->cx->mem;
	b->layout.settings = &b->plan.settings;
	b->layout.nav = &b->now.nav;
	if (rc == 0)
		rc = publish_pages(b);
	if (rc == 0)
		rc = publish_files(b);
	if (rc == 0)
		rc = publish_frame(b);
	if (rc == 0)
		rc = publish_table(b);
	if (rc == 0)
		build_remove_old(b);
	return rc;
}
