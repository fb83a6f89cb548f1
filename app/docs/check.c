/* Looks for faults of a documentation site: what leads nowhere, and what nothing leads to. */
#include <stdlib.h>

#include "base/folder.h"
#include "docs/build.h"
#include "docs/path.h"

/* Has the page's article an element with this id? */
static bool has_anchor(const struct built_page *page, const char *id)
{
	ARENA mem = { 0 };
	struct buf want = { .mem = &mem };

	buf_adds(&want, " id=\"");
	html_write_text(&want, str_of(id));
	buf_addc(&want, '"');
	return memmem(page->part.article.p, page->part.article.n, want.p, want.n) != NULL;
}

/* Pages are in the order of the plan's files. */
static const struct built_page *page_of(const struct build *b, size_t file)
{
	size_t from = 0, end = b->pages.n;

	while (end - from > 1) {
		size_t middle = from + (end - from) / 2;

		if (b->pages.items[middle].file <= file)
			from = middle;
		else
			end = middle;
	}
	return &b->pages.items[from];
}

static void check_anchor(struct build *b, size_t file, const char *target)
{
	const char *hash = strchr(target, '#');
	long at = *target == '#' ? (long)file
				 : plan_target(b->cx->mem, &b->plan, file, (struct str){ target, strcspn(target, "?#") });
	const char *id = hash ? path_decode(b->cx->mem, str_of(hash + 1)) : "";

	if (!*id || at == NO_FILE || !b->plan.files.items[at].page || has_anchor(page_of(b, (size_t)at), id))
		return;
	note_warn(&b->notes, b->plan.files.items[file].source, 0, "%s: %s has no such anchor", target,
		  b->plan.files.items[at].source);
	b->notes.items[b->notes.n - 1].find = target;
}

static void check_anchors(struct build *b, const struct built_page *page)
{
	struct str needs = page->part.needs;

	while (needs.p && needs.n) {
		struct str line = str_cut(&needs, '\n'), kind = str_cut(&line, '\t'), url = str_cut(&line, '\t');

		if (str_is(kind, "L") && !str_is(url, "-"))
			check_anchor(b, page->file, arena_strndup(b->cx->mem, line.p, line.n));
	}
}

static void check_orphan(struct build *b, const struct plan_file *f)
{
	const struct mkdocs *m = &b->plan.settings;

	if (!f->in_nav && m->nav && !ignore_matches(b->cx->mem, &m->not_in_nav, f->path))
		note_warn(&b->notes, f->source, 0, "the page is not in nav");
}

static unsigned line_of(struct str text, const char *at)
{
	unsigned line = 1;

	for (const char *p = text.p; p < at; p++)
		line += *p == '\n';
	return line;
}

/* The line of a note that only names a text: its k-th occurrence, where k notes of the file name it. */
static void find_line(struct build *b, size_t i)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	struct note *n = &b->notes.items[i];
	struct str text;
	const char *at;

	if (n->line || !n->find || !*n->find || tree_read(&cx, &b->tree, n->file, PAGE_MAX, &text) < 0)
		return;
	at = memmem(text.p, text.n, n->find, strlen(n->find));
	for (size_t k = 0; k < i && at; k++) {
		const struct note *other = &b->notes.items[k];
		const char *next = at + 1;

		if (other->find && streq(other->file, n->file) && streq(other->find, n->find) && streq(other->what, n->what))
			next = memmem(next, text.n - (size_t)(next - text.p), n->find, strlen(n->find));
		else
			continue;
		at = next ? next : at;
	}
	n->line = at ? line_of(text, at) : 0;
}

static int by_place(const void *a, const void *b)
{
	const struct site_fault *x = a, *y = b;
	int order = strcmp(x->file, y->file);

	if (order == 0)
		order = (x->line > y->line) - (x->line < y->line);
	return order ? order : strcmp(x->what, y->what);
}

static void hand_out(struct build *b, struct site_fault **faults, size_t *n)
{
	*n = b->notes.n;
	*faults = arena_array(b->cx->mem, struct site_fault, *n + 1);
	for (size_t i = 0; i < *n; i++)
		find_line(b, i);
	for (size_t i = 0; i < *n; i++) {
		const struct note *note = &b->notes.items[i];

		(*faults)[i] = (struct site_fault){ note->file ? note->file : "mkdocs.yml", note->line, note->what };
	}
	qsort(*faults, *n, sizeof(**faults), by_place);
}

int site_check(struct ctx *cx, const struct site_options *options, struct site_fault **faults, size_t *n)
{
	struct site_result result = { 0 };
	struct build b = {
		.cx = cx, .options = options, .result = &result, .notes = { .mem = cx->mem }, .max_output = UINT64_MAX
	};
	int rc = build_plan(&b);

	if (rc == 0)
		rc = dir_make(cx, options->out, &b.reader);
	if (rc < 0)
		return rc;
	rc = build_parts(&b);
	for (size_t i = 0; i < b.pages.n && rc == 0; i++) {
		check_orphan(&b, &b.plan.files.items[b.pages.items[i].file]);
		check_anchors(&b, &b.pages.items[i]);
	}
	folder_remove(options->out);
	if (rc == 0)
		hand_out(&b, faults, n);
	return rc;
}
