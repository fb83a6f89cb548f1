/* The parts of all pages: taken over from the last build where nothing changed, rendered where something did, then read. */
#include "docs/build.h"
#include "docs/render.h"

#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"

enum { PAGE_CPU_MS = 5000, PAGE_MEMORY = 512 << 20 };

static const struct plan_file *file_of(const struct build *b, const struct built_page *page)
{
	return &b->plan.files.items[page->file];
}

/* ---- what can be taken over ---- */

/* Of a source that is not known to be untouched by what the file system says. */
static bool reads_the_same(const struct build *b, const struct plan_file *f, uint64_t made_of)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	struct str source;

	return tree_read(&cx, &b->tree, f->source, PAGE_MAX, &source) == 0 && part_made_of(source) == made_of;
}

static bool needs_hold(const struct build *b, const struct built_page *page)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	bool links = stored_plan(&b->previous) != b->plan_sum;

	return (!links && !(page->part.flags & PART_SNIPPETS)) ||
	       part_needs_hold(&cx, &b->rules, page->file, links, page->part.needs);
}

/* Did the last build render the page from what is there now? */
static bool take_over(struct build *b, struct built_page *page)
{
	const struct plan_file *f = file_of(b, page);
	struct stored_page before;

	if (!b->has_previous || !stored_find_page(&b->previous, f->url, &before) || !before.made_of ||
	    !streq(before.path, f->path) || !streq(before.source, f->source) ||
	    !part_read(pack_get(&b->previous_pack, before.part), &page->part))
		return false;
	if ((!f->stamp || f->stamp != before.stamp) && !reads_the_same(b, f, before.made_of))
		return false;
	page->place = before.part;
	page->sum = before.sum;
	return needs_hold(b, page);
}

static void list_pages(struct build *b)
{
	for (size_t i = 0; i < b->plan.files.n; i++) {
		struct built_page page = { .file = i, .nav = SIZE_MAX };

		if (!b->plan.files.items[i].page)
			continue;
		page.taken_over = take_over(b, &page);
		*list_add(b->cx->mem, &b->pages) = page;
	}
	b->result->pages = b->pages.n;
}

/* ---- the pack ---- */

/* A number that the last build did not use: its readers must find its files until there is a new table. */
static unsigned free_file(const struct build *b)
{
	unsigned at = 0;

	while (at + 1 < PACK_FILES && b->previous_pack.sizes[at])
		at++;
	return at;
}

/* Files that stay are those of the last build, where it can be linked to: on another file system nothing stays. */
static void keep_files(struct build *b, bool stays[PACK_FILES])
{
	for (unsigned i = 0; i < PACK_FILES; i++) {
		const char *name = pack_name(b->cx->mem, i);

		stays[i] = stays[i] && (b->options->in_place || dir_link(b->cx, &b->reader, name, &b->previous_reader));
		if (!stays[i])
			continue;
		b->pack.sizes[i] = b->previous_pack.sizes[i];
		b->pack.maps[i] = b->previous_pack.maps[i];
	}
}

/* Parts of files that do not stay are written anew. */
static int move_parts(struct build *b, const bool stays[PACK_FILES], unsigned file, int to)
{
	for (size_t i = 0; i < b->pages.n; i++) {
		struct built_page *page = &b->pages.items[i];

		if (!page->taken_over || stays[page->place.file])
			continue;
		struct str part = pack_get(&b->previous_pack, page->place);

		if (!fd_write(to, part.p, part.n))
			return fail(b->cx, ERR_INTERNAL, "the parts of pages: %s", strerror(errno));
		page->place = (struct pack_place){ file, page->place.n, b->pack.sizes[file] };
		b->pack.sizes[file] += page->place.n;
	}
	return 0;
}

static int render(struct build *b, unsigned file, int to)
{
	struct pack_place *places = arena_array(b->cx->mem, struct pack_place, b->pages.n + 1);
	size_t *files = arena_array(b->cx->mem, size_t, b->pages.n + 1), n = 0;
	struct render_job job = {
		.rules = &b->rules,
		.files = files,
		.to = to,
		.size = b->pack.sizes[file],
		.cpu_ms = b->options->page_cpu_ms ? b->options->page_cpu_ms : PAGE_CPU_MS,
		.memory = b->options->page_memory ? b->options->page_memory : PAGE_MEMORY,
		.notes = &b->notes,
	};
	int rc;

	for (size_t i = 0; i < b->pages.n; i++)
		if (!b->pages.items[i].taken_over)
			files[job.n++] = b->pages.items[i].file;
	b->result->rendered = job.n;
	rc = render_pages(b->cx, &job, places, &b->result->failed);
	b->pack.sizes[file] = job.size;
	for (size_t i = 0; i < b->pages.n && rc == 0; i++)
		if (!b->pages.items[i].taken_over) {
			b->pages.items[i].place = places[n++];
			b->pages.items[i].place.file = file;
		}
	return rc;
}

/* The file of parts that this build adds. */
static int fill_file(struct build *b, const bool stays[PACK_FILES], unsigned file)
{
	const char *name = pack_name(b->cx->mem, file);
	AUTO_FD to = dir_begin(b->cx, &b->reader, name);
	int rc = to < 0 ? fail(b->cx, ERR_INTERNAL, "%s/%s: %s", b->reader.path, name, strerror(errno)) : 0;

	if (rc == 0)
		rc = move_parts(b, stays, file, to);
	if (rc == 0)
		rc = render(b, file, to);
	if (rc < 0)
		return rc;
	if (!b->pack.sizes[file])
		unlinkat(b->reader.fd, name, 0);
	else if (!pack_map(b->cx, &b->reader, &b->pack, file))
		return fail(b->cx, ERR_INTERNAL, "%s/%s: it was changed meanwhile", b->reader.path, name);
	return 0;
}

static int make_pack(struct build *b)
{
	uint64_t live[PACK_FILES] = { 0 };
	bool stays[PACK_FILES];

	for (size_t i = 0; i < b->pages.n; i++)
		if (b->pages.items[i].taken_over)
			live[b->pages.items[i].place.file] += b->pages.items[i].place.n;
	pack_choose(&b->previous_pack, live, stays);
	keep_files(b, stays);
	return fill_file(b, stays, free_file(b));
}

/* ---- what the site needs to know of a page beside its article ---- */

static void warn_of_links(struct build *b, const struct plan_file *f, struct str needs)
{
	while (needs.p && needs.n) {
		struct str line = str_cut(&needs, '\n'), kind = str_cut(&line, '\t'), was = str_cut(&line, '\t');

		if (!str_is(was, "-"))
			continue;
		note_warn(&b->notes, f->source, 0, str_is(kind, "S") ? "there is no snippet %.*s" : "%.*s leads nowhere",
			  (int)line.n, line.p);
		b->notes.items[b->notes.n - 1].find = arena_strndup(b->cx->mem, line.p, line.n);
	}
}

static const char *title_of(struct arena *mem, const struct plan_file *f, const struct part *p)
{
	if (f->nav_title)
		return f->nav_title;
	return p->title.n ? arena_strndup(mem, p->title.p, p->title.n) : plan_default_title(mem, f);
}

static int settle(struct build *b, struct built_page *page)
{
	const struct plan_file *f = file_of(b, page);
	struct str bytes = pack_get(&b->pack, page->place);
	struct part *p = &page->part;

	if (!part_read(bytes, p))
		return fail(b->cx, ERR_INTERNAL, "%s: its part is gone", f->source);
	if (p->flags & PART_LOST)
		warn_of_links(b, f, p->needs);
	if (!page->taken_over)
		page->sum = checksum64(bytes.p, bytes.n);
	page->title = title_of(b->cx->mem, f, p);
	page->edit_url = edit_url(b->cx->mem, &b->plan.settings, f);
	b->search_bytes += p->lead.n + p->search.n + strlen(f->url) + strlen(page->title) + 64;
	if (b->search_bytes > b->max_output)
		return fail(b->cx, ERR_TOOLARGE, "the site is larger than %llu bytes", (unsigned long long)b->max_output);
	return b->options->history ? b->options->history(b->cx, b->options->arg, f->source, &page->history) : 0;
}

int build_parts(struct build *b)
{
	int rc;

	list_pages(b);
	rc = make_pack(b);
	for (size_t i = 0; i < b->pages.n && rc == 0; i++)
		rc = settle(b, &b->pages.items[i]);
	return rc;
}
