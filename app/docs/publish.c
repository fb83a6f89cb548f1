/* The published site: pages, other files, the search index, redirects, metadata; and the table that readers need. */
#include "docs/build.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/hash.h"
#include "docs/path.h"

static int count(struct build *b, const char *path, uint64_t bytes)
{
	b->result->bytes += bytes;
	*list_add(b->cx->mem, &b->written) = path;
	if (b->result->bytes > b->max_output)
		return fail(b->cx, ERR_TOOLARGE, "the site is larger than %llu bytes", (unsigned long long)b->max_output);
	return 0;
}

int build_write(struct build *b, const char *path, struct str bytes)
{
	int rc = count(b, path, bytes.n);

	return rc < 0 ? rc : dir_write(b->cx, &b->out, path, bytes);
}

static void settle_nav(struct build *b)
{
	const char **titles = arena_array(b->cx->mem, const char *, b->plan.files.n);

	for (size_t i = 0; i < b->pages.n; i++)
		titles[b->pages.items[i].file] = b->pages.items[i].title;
	for (size_t i = 0; i < b->plan.nav.n; i++) {
		const struct nav_item *n = &b->plan.nav.items[i];
		struct shown_item item = { n->kind, n->depth, n->title, n->url ? n->url : "" };

		if (n->kind == NAV_PAGE) {
			item.url = b->plan.files.items[n->file].url;
			item.title = n->title ? n->title : titles[n->file];
		}
		*list_add(b->cx->mem, &b->now.nav) = item;
	}
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
	return hash64(all.p, all.n) ^ b->rules.hash;
}

static uint64_t page_sum(struct arena *mem, uint64_t frame, const struct built_page *p)
{
	const char *text = arena_printf(mem, "%llx %llx %s\t%s\t%s\t%lld", (unsigned long long)frame,
					(unsigned long long)p->sum, p->title, p->edit_url ? p->edit_url : "",
					p->history.author ? p->history.author : "", (long long)p->history.changed_ms);
	uint64_t sum = hash64(text, strlen(text));

	return sum ? sum : 1;
}

static bool link_previous(struct build *b, const char *dest)
{
	struct stat st;

	return dir_link(b->cx, &b->out, dest, &b->previous_out) && fstatat(b->out.fd, dest, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       count(b, dest, (uint64_t)st.st_size) == 0;
}

static int write_page(struct build *b, const struct built_page *page)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	const struct plan_file *f = &b->plan.files.items[page->file];
	struct buf html = { .mem = &mem };
	struct str bytes;
	struct part p;

	if (dir_read(&cx, &b->parts, f->path, &bytes) < 0 || !part_read(bytes, &p))
		return fail(b->cx, ERR_INTERNAL, "%s: its part is gone", f->source);
	layout_page(&b->layout, &(struct layout_page){ f->url, page->title, &p, page->edit_url, page->history }, &html);
	return build_write(b, f->dest, buf_str(&html));
}

static int publish_page(struct build *b, uint64_t frame, const struct built_page *page)
{
	const struct plan_file *f = &b->plan.files.items[page->file];
	struct stored_page now = { f->url,
				   f->path,
				   page->title,
				   page_sum(b->cx->mem, frame, page),
				   page->edit_url,
				   page->history.author,
				   page->history.changed_ms };
	const struct stored_page *before = b->has_previous ? stored_page(&b->previous, f->url) : NULL;

	*list_add(b->cx->mem, &b->now.pages) = now;
	if (before && before->shown == now.shown && link_previous(b, f->dest))
		return 0;
	return write_page(b, page);
}

/* Tells whether a file is the very one of the last build. */
static const char *stamp_of(struct arena *mem, const struct stat *st)
{
	return arena_printf(mem, "%llx-%llx-%llx.%lx-%llx.%lx", (unsigned long long)st->st_ino, (unsigned long long)st->st_size,
			    (unsigned long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (unsigned long long)st->st_ctim.tv_sec,
			    st->st_ctim.tv_nsec);
}

static int publish_file(struct build *b, const struct plan_file *f)
{
	AUTO_FD fd = tree_open_file(&b->tree, f->source);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		note_warn(&b->notes, f->source, 0, "it cannot be read");
		return 0;
	}

	const char *stamp = stamp_of(b->cx->mem, &st);
	size_t i = (size_t)(uintptr_t)map_get(&b->previous.by_file, f->dest);

	*list_add(b->cx->mem, &b->now.files) = (struct stored_pair){ f->dest, stamp };
	if (b->has_previous && i && streq(b->previous.files.items[i - 1].to, stamp) && link_previous(b, f->dest))
		return 0;

	int rc = count(b, f->dest, (uint64_t)st.st_size);

	return rc < 0 ? rc : dir_copy(b->cx, &b->out, f->dest, fd);
}

static int publish_search(struct build *b)
{
	struct buf out = { .mem = b->cx->mem };

	buf_adds(&out, "{\"config\":{\"indexing\":\"full\",\"lang\":[\"en\"],\"min_search_length\":3,\"prebuild_index\":false,"
		       "\"separator\":\"[\\\\s\\\\-]+\"},\"docs\":[");
	buf_need(&out, b->search_bytes + 3 * b->pages.n);
	for (size_t i = 0; i < b->pages.n; i++) {
		buf_adds(&out, i ? ",\n" : "");
		buf_add(&out, b->pages.items[i].search.p, b->pages.items[i].search.n);
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
	*list_add(b->cx->mem, &b->now.moved) = (struct stored_pair){ old.url, url };
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
	static const char path[] = "techdocs_metadata.json";
	struct arena *mem = b->cx->mem;
	const struct mkdocs *s = &b->plan.settings;
	struct json *v = json_object(mem), *files = json_array(mem);
	struct buf out = { .mem = mem };

	for (size_t i = 0; i < b->written.n; i++)
		json_push(mem, files, json_str(mem, b->written.items[i]));
	json_push(mem, files, json_str(mem, path));
	json_set(mem, v, "site_name", json_str(mem, s->name));
	/* As the generator of Backstage says that there is none. */
	json_set(mem, v, "site_description", json_str(mem, s->description ? s->description : "None"));
	if (b->options->etag)
		json_set(mem, v, "etag", json_str(mem, b->options->etag));
	json_set(mem, v, "build_timestamp", json_num(mem, (double)clock_wall_ms()));
	json_set(mem, v, "files", files);
	json_write(&out, v);
	return build_write(b, path, buf_str(&out));
}

static int publish_reader(struct build *b)
{
	struct buf out = { .mem = b->cx->mem };

	b->now.name = b->plan.settings.name;
	b->now.about = b->plan.settings.description;
	stored_write(&b->now, &out);
	return dir_write(b->cx, &b->reader, STORED_FILE, buf_str(&out));
}

int build_publish(struct build *b)
{
	struct buf not_found = { .mem = b->cx->mem };
	uint64_t frame;
	int rc = build_assets(b);

	if (rc < 0)
		return rc;
	settle_nav(b);
	b->layout.mem = b->cx->mem;
	b->layout.settings = &b->plan.settings;
	b->layout.nav = &b->now.nav;
	frame = frame_sum(b);
	for (size_t i = 0; i < b->pages.n && rc == 0; i++)
		rc = publish_page(b, frame, &b->pages.items[i]);
	for (size_t i = 0; i < b->plan.files.n && rc == 0; i++)
		if (!b->plan.files.items[i].page)
			rc = publish_file(b, &b->plan.files.items[i]);
	layout_not_found(&b->layout, &not_found);
	if (rc == 0)
		rc = build_write(b, "404.html", buf_str(&not_found));
	if (rc == 0)
		rc = publish_moves(b);
	if (rc == 0)
		rc = publish_search(b);
	if (rc == 0)
		rc = publish_reader(b);
	return rc < 0 ? rc : publish_metadata(b);
}
