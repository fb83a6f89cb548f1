/* A documentation site: a folder with mkdocs.yml and Markdown in, HTML out. */
#include "docs/site.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/hash.h"
#include "docs/build.h"

enum { MAX_FILES = 50000, MAX_PAGE_OUTPUT = 16 << 20 };
/* In a reader's folder while the site is brought up to date. */
#define UNFINISHED "unfinished"
static const uint64_t max_source = 1024u << 20, max_output = 2048u << 20;

static uint64_t or_default(uint64_t given, uint64_t dflt)
{
	return given ? given : dflt;
}

/* The author's line below every page is HTML. */
static int clean_copyright(struct build *b)
{
	struct mkdocs *s = &b->plan.settings;
	struct html_clean clean;
	int rc = s->copyright ? html_clean(b->cx, str_of(s->copyright), &b->rules.policy, &clean) : 0;

	if (rc == 0 && s->copyright)
		s->copyright = clean.html.p;
	return rc;
}

int build_plan(struct build *b)
{
	const struct site_options *o = b->options;
	const struct mkdocs_defaults defaults = { o->title, o->repo_url, o->edit_uri };
	const struct tree_limits limits = { or_default(o->max_files, MAX_FILES), or_default(o->max_source, max_source) };
	int rc = tree_open(b->cx, o->source, &b->tree);

	if (rc == 0)
		rc = plan_make(b->cx, &b->tree, &defaults, &limits, &b->notes, &b->plan);
	if (rc == 0)
		rc = part_rules_make(b->cx, &b->plan, json_get(o->conf, "sanitizer"), &b->rules);
	b->rules.max_output = MAX_PAGE_OUTPUT;
	return rc < 0 ? rc : clean_copyright(b);
}

/* Of all that a link of a page can lead to. */
static uint64_t sum_of_plan(struct arena *mem, const struct plan *p)
{
	struct buf all = { .mem = mem };

	for (size_t i = 0; i < p->files.n; i++) {
		const struct plan_file *f = &p->files.items[i];

		buf_add(&all, f->path, strlen(f->path) + 1);
		buf_add(&all, f->source, strlen(f->source) + 1);
		buf_add(&all, f->url, strlen(f->url) + 1);
	}
	return checksum64(all.p, all.n);
}

uint64_t site_published(const struct dir *out)
{
	struct stat st;

	if (fstatat(out->fd, METADATA, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	const uint64_t of[] = { (uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec };

	return checksum64(of, sizeof(of));
}

static bool can_use(struct build *b)
{
	const struct site_options *o = b->options;

	if (!o->previous_out || !o->previous_reader || !dir_open(b->cx, o->previous_out, &b->previous_out) ||
	    !dir_open(b->cx, o->previous_reader, &b->previous_reader) ||
	    faccessat(b->previous_reader.fd, UNFINISHED, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	    stored_read(b->cx, &b->previous_reader, &b->previous) < 0)
		return false;
	memcpy(b->previous_pack.sizes, stored_sizes(&b->previous), sizeof(b->previous_pack.sizes));
	return stored_is_whole(&b->previous) && stored_rules(&b->previous) == b->rules.hash &&
	       stored_published(&b->previous) == site_published(&b->previous_out) &&
	       pack_open(b->cx, &b->previous_reader, &b->previous_pack);
}

static void open_previous(struct build *b)
{
	b->has_previous = can_use(b);
	if (!b->has_previous)
		b->previous_pack = (struct pack){ 0 };
	b->plan_sum = sum_of_plan(b->cx->mem, &b->plan);
}

/* Files of parts that the last table does not name: the one before it did, whose readers have ended. */
static void remove_old_parts(struct build *b)
{
	for (unsigned i = 0; i < PACK_FILES; i++)
		if (!b->previous_pack.sizes[i])
			unlinkat(b->reader.fd, pack_name(b->cx->mem, i), 0);
}

/* From here until the build has ended well a mark says so: whatever ends it, the next one begins from nothing. */
static int begin_in_place(struct build *b)
{
	if (!b->has_previous)
		return fail(b->cx, ERR_CONFLICT, "%s: there is no build that could be brought up to date", b->options->out);
	b->out = b->previous_out;
	b->reader = b->previous_reader;
	b->out.shown = b->reader.shown = true;
	remove_old_parts(b);
	return dir_write(b->cx, &b->reader, UNFINISHED, STR(""));
}

static int begin(struct build *b, const char *reader)
{
	int rc;

	open_previous(b);
	if (b->options->in_place)
		return begin_in_place(b);
	rc = dir_make(b->cx, b->options->out, &b->out);
	return rc < 0 ? rc : dir_make(b->cx, reader, &b->reader);
}

bool site_is_reader(struct arena *mem, const char *folder)
{
	struct text_list names;

	if (!folder_names(mem, folder, &names))
		return errno == ENOENT;
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.items[i];
		unsigned part = 0;
		struct stat st;

		if (lstat(arena_printf(mem, "%s/%s", folder, name), &st) == 0 && !S_ISREG(st.st_mode))
			return false;
		/* A file that is being written has ".new" behind its name. */
		if (str_ends(name, ".new"))
			name = arena_strndup(mem, name, strlen(name) - strlen(".new"));
		while (part < PACK_FILES && !streq(name, pack_name(mem, part)))
			part++;
		if (part == PACK_FILES && !streq(name, STORED_FILE) && !streq(name, UNFINISHED))
			return false;
	}
	return true;
}

int site_build(struct ctx *cx, const struct site_options *options, struct site_result *out)
{
	struct build b = { .cx = cx, .options = options, .result = out };
	const char *reader = options->reader ? options->reader : arena_printf(cx->mem, "%s.parts", options->out);
	int rc;

	*out = (struct site_result){ 0 };
	b.notes = (struct notes){ .mem = cx->mem, .log = options->log, .arg = options->arg };
	b.max_output = or_default(options->max_output, max_output);
	rc = build_plan(&b);
	if (rc == 0)
		rc = begin(&b, reader);
	if (rc == 0)
		rc = build_parts(&b);
	if (rc == 0)
		rc = build_publish(&b);
	if (rc == 0 && options->in_place)
		unlinkat(b.reader.fd, UNFINISHED, 0);
	out->warnings = b.notes.n;
	/* A folder that was there before is not ours to remove. */
	if (rc < 0 && b.out.path && !options->in_place)
		folder_remove(options->out);
	if (b.reader.path && !options->in_place && (rc < 0 || !options->reader))
		folder_remove(reader);
	return rc;
}
