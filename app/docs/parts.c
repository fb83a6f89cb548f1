/* The parts of all pages: taken over from the last build where nothing changed, rendered where something did, then read. */
#include "docs/build.h"
#include "docs/render.h"

#include "base/hash.h"

enum { PAGE_CPU_MS = 5000, PAGE_MEMORY = 512 << 20 };

struct queue {
	size_t *items;
	size_t n, cap;
};

static int render(struct build *b, const struct queue *q)
{
	const struct render_job job = {
		.rules = &b->rules,
		.files = q->items,
		.n = q->n,
		.parts = &b->parts,
		.cpu_ms = b->options->page_cpu_ms ? b->options->page_cpu_ms : PAGE_CPU_MS,
		.memory = b->options->page_memory ? b->options->page_memory : PAGE_MEMORY,
		.notes = &b->notes,
	};

	b->result->rendered = q->n;
	return render_pages(b->cx, &job, &b->result->failed);
}

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

/* The page's entries of the search index: itself with what stands before its first heading, and its headings. */
static struct str search_of(struct arena *mem, const char *url, const char *title, const struct part *p)
{
	struct buf out = { .mem = mem };

	buf_need(&out, p->lead.n + p->search.n + strlen(url) + strlen(title) + 64);
	buf_adds(&out, "{\"location\":");
	json_write_text(&out, str_of(url));
	buf_adds(&out, ",\"title\":");
	json_write_text(&out, str_of(title));
	buf_adds(&out, ",\"text\":");
	buf_add(&out, p->lead.p, p->lead.n);
	buf_adds(&out, p->search.n ? "},\n" : "}");
	buf_add(&out, p->search.p, p->search.n);
	return buf_str(&out);
}

static const char *title_of(struct arena *mem, const struct plan_file *f, const struct part *p)
{
	if (f->nav_title)
		return f->nav_title;
	return p->title.n ? arena_strndup(mem, p->title.p, p->title.n) : plan_default_title(mem, f);
}

/* What the site needs to know of a page beside its article. */
static int settle(struct build *b, struct built_page *page, struct str bytes, const struct part *p)
{
	const struct plan_file *f = &b->plan.files.items[page->file];

	warn_of_links(b, f, p->needs);
	page->title = title_of(b->cx->mem, f, p);
	page->flags = p->flags;
	page->sum = checksum64(bytes.p, bytes.n);
	page->edit_url = edit_url(b->cx->mem, &b->plan.settings, f);
	page->search = search_of(b->cx->mem, f->url, page->title, p);
	b->search_bytes += page->search.n;
	if (b->search_bytes > b->max_output)
		return fail(b->cx, ERR_TOOLARGE, "the site is larger than %llu bytes", (unsigned long long)b->max_output);
	return b->options->history ? b->options->history(b->cx, b->options->arg, f->source, &page->history) : 0;
}

/* Did the last build render the page from what is there now? Then its part is taken over. 1: it was, 0: not. */
static int take_over(struct build *b, struct built_page *page)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	const struct plan_file *f = &b->plan.files.items[page->file];
	struct str source, bytes;
	struct part p;

	if (!b->has_previous || tree_read(&cx, &b->tree, f->source, PAGE_MAX, &source) < 0 ||
	    dir_read(&cx, &b->previous_parts, f->path, &bytes) < 0 || !part_read(bytes, &p))
		return 0;
	if (!p.key || p.key != part_key(&b->rules, page->file, source) ||
	    !part_needs_hold(&cx, &b->rules, page->file, p.needs) || !dir_link(&cx, &b->parts, f->path, &b->previous_parts))
		return 0;

	int rc = settle(b, page, bytes, &p);

	return rc < 0 ? rc : 1;
}

static int settle_rendered(struct build *b, struct built_page *page)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	const struct plan_file *f = &b->plan.files.items[page->file];
	struct str bytes;
	struct part p;

	if (dir_read(&cx, &b->parts, f->path, &bytes) < 0 || !part_read(bytes, &p))
		return fail(b->cx, ERR_INTERNAL, "%s: its part is gone", f->source);
	return settle(b, page, bytes, &p);
}

static void list_pages(struct build *b)
{
	for (size_t i = 0; i < b->plan.files.n; i++)
		if (b->plan.files.items[i].page)
			*list_add(b->cx->mem, &b->pages) = (struct built_page){ .file = i };
	b->result->pages = b->pages.n;
}

int build_parts(struct build *b)
{
	struct queue q = { 0 };
	int rc = 0;

	list_pages(b);
	for (size_t i = 0; i < b->pages.n && rc >= 0; i++) {
		rc = take_over(b, &b->pages.items[i]);
		if (rc == 0)
			*list_add(b->cx->mem, &q) = b->pages.items[i].file;
	}
	if (rc >= 0)
		rc = render(b, &q);
	for (size_t i = 0; i < b->pages.n && rc >= 0; i++)
		if (!b->pages.items[i].title)
			rc = settle_rendered(b, &b->pages.items[i]);
	return rc < 0 ? rc : 0;
}
