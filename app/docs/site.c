/* A documentation site: a folder with mkdocs.yml and Markdown in, HTML out. */
#include "docs/site.h"

#include "docs/build.h"

enum { MAX_FILES = 50000, MAX_PAGE_OUTPUT = 16 << 20 };
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

static void open_previous(struct build *b)
{
	const struct site_options *o = b->options;
	struct dir reader;

	b->has_previous =
		o->previous_out && o->previous_reader && dir_open(b->cx, o->previous_out, &b->previous_out) &&
		dir_open(b->cx, o->previous_reader, &reader) &&
		dir_open(b->cx, arena_printf(b->cx->mem, "%s/" STORED_PARTS, o->previous_reader), &b->previous_parts) &&
		stored_read(b->cx, &reader, &b->previous) == 0;
	if (b->has_previous)
		stored_index(b->cx->mem, &b->previous);
}

static int build_all(struct build *b, const char *reader)
{
	int rc = dir_make(b->cx, reader, &b->reader);

	if (rc == 0)
		rc = dir_make(b->cx, arena_printf(b->cx->mem, "%s/" STORED_PARTS, reader), &b->parts);
	if (rc == 0)
		rc = build_parts(b);
	return rc < 0 ? rc : build_publish(b);
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
	if (rc < 0)
		return rc;
	rc = dir_make(cx, options->out, &b.out);
	if (rc < 0)
		return rc;
	open_previous(&b);
	rc = build_all(&b, reader);
	out->warnings = b.notes.n;
	if (rc < 0)
		dir_remove(options->out);
	/* A folder that was there before is not ours to remove. */
	if (b.reader.path && (rc < 0 || !options->reader))
		dir_remove(reader);
	return rc;
}

void site_remove(const char *folder)
{
	dir_remove(folder);
}
