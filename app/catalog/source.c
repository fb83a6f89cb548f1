/* Reading sources: the job that turns a file into entities, and a glob into files. */
#include "catalog/source.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/list.h"
#include "base/log.h"
#include "catalog/problem.h"
#include "ext/crypto.h"
#include "ext/yaml.h"
#include "sql/catalog.h"

struct source {
	uint64_t id;
	struct problem_place place;
	struct q_source_get_out row;
	struct origin_of from;
	bool optional; /* every Location that names it says so: a missing file is none of anybody's problems */
};

static void add_document(struct ctx *cx, struct documents *out, const char *name, const char *message, uint32_t line)
{
	struct document d = { .entity = NULL, .line = line, .source_fault = true };

	*list_add(cx->mem, &d.faults) = (struct fault){ name, message, message, line };
	*list_add(cx->mem, out) = d;
}

int source_documents(struct ctx *cx, const struct catalog_settings *s, const struct origin_of *from, struct str text,
		     struct read_files *files, struct documents *out)
{
	struct yaml_docs docs = { 0 };
	struct map seen = { 0 };
	int rc = yaml_read(cx, text, NULL, &docs);

	if (rc < 0) {
		add_document(cx, out, err_name(rc), arena_strdup(cx->mem, cx->err.text), 0);
		return 0;
	}
	for (size_t i = 0; i < docs.n; i++) {
		struct document d;

		if (docs.items[i].error) {
			add_document(cx, out, "Error", docs.items[i].error, docs.items[i].line);
			continue;
		}
		if (!docs.items[i].value || docs.items[i].value->type == JSON_NULL)
			continue;
		document_process(cx, s, from, docs.items[i].value, files, &d);
		if (d.ref && map_put(cx->mem, &seen, d.ref, out)) {
			add_document(cx, out, "ConflictError",
				     arena_printf(cx->mem, "Duplicate entity %s: it stands twice in this file", d.ref), d.line);
			out->items[out->n - 1].ref = d.ref;
			continue;
		}
		*list_add(cx->mem, out) = d;
	}
	return 0;
}

static int load(struct ctx *cx, uint64_t id, struct source *out)
{
	struct q_link_of_source_out link;
	DB_ROWS rows = { 0 };
	size_t n = 0;
	int rc = q_source_get_one(cx, &(struct q_source_get_in){ .id = id }, &out->row);

	if (rc != 1)
		return rc;
	out->id = id;
	out->place = (struct problem_place){ id, out->row.target };
	out->optional = true;
	out->from.at = (struct location){ out->row.type, out->row.target };
	rc = location_parse(cx, out->row.origin, &out->from.origin);
	if (rc >= 0)
		rc = q_link_of_source_open(cx, &(struct q_link_of_source_in){ .source_id = id }, &rows);
	while (rc >= 0 && (rc = q_link_of_source_next(&rows, &link)) == 1) {
		out->optional &= link.optional;
		n++;
	}
	return rc < 0 ? rc : n > 0;
}

/* ---- the end of a run, in one transaction ---- */

struct ending {
	const struct source *src;
	struct problem_rows problems;
	bool own_only; /* the read failed: entities and files stay as they are */
	const struct read_files *files;
	const char *etag, *content_hash; /* NULL: process anew next time */
	bool dirty;
};

static int write_files(struct ctx *cx, const struct ending *e)
{
	struct q_file_add_in *in = arena_array(cx->mem, struct q_file_add_in, e->files->n);
	int rc = q_file_clear_exec(cx, &(struct q_file_clear_in){ .source_id = e->src->id });

	for (size_t i = 0; i < e->files->n; i++) {
		const struct read_file *f = &e->files->items[i];
		char *sha1 = arena_alloc(cx->mem, 41);

		crypto_sha1_hex(str_of(location_format(cx->mem, &f->loc)), sha1);
		in[i] = (struct q_file_add_in){ e->src->id, sha1, f->loc.type, f->loc.target, f->etag, f->hash };
	}
	return rc < 0 ? rc : q_file_add_many(cx, in, e->files->n);
}

static int write_ending(struct ctx *cx, void *arg)
{
	struct ending *e = arg;
	int rc = problems_write(cx, &e->src->place, &e->problems, e->own_only, &e->dirty);

	if (rc >= 0 && e->files)
		rc = write_files(cx, e);
	if (rc >= 0)
		rc = q_source_done_exec(cx, &(struct q_source_done_in){ .etag = e->etag,
									.content_hash = e->content_hash,
									.read_at = clock_wall_ms(),
									.id = e->src->id });
	return rc < 0 ? rc : 0;
}

static int read_failed(struct ctx *cx, const struct source *src, int code, bool *dirty)
{
	struct fault f = { err_name(code), arena_strdup(cx->mem, cx->err.text), "", 0 };
	struct ending e = { .src = src, .own_only = true };

	log_info("location could not be read", "location", src->row.target, "error", f.message, NULL);
	counter_add(COUNTER_PROCESS_FAILED, 1);
	if (code != ERR_NOTFOUND || !src->optional)
		problem_add(cx, &src->place, NULL, &f, &e.problems);
	for (size_t i = 0; i < e.problems.n; i++)
		e.problems.items[i].missing = code == ERR_NOTFOUND;
	int rc = db_transaction(cx, write_ending, &e);

	*dirty |= e.dirty;
	return rc;
}

/* ---- files ---- */

/* True when none of the files that placeholders named has changed since. */
static int files_unchanged(struct ctx *cx, const struct source *src)
{
	struct q_file_list_out row;
	DB_ROWS rows = { 0 };
	int rc = q_file_list_open(cx, &(struct q_file_list_in){ .source_id = src->id }, &rows), same = 1;

	while (rc >= 0 && same && (rc = q_file_list_next(&rows, &row)) == 1) {
		struct location loc = { row.type, row.target };
		struct read_result r;
		char hash[41];

		if (!row.content_hash)
			return 0;
		if (reader_read(cx, &loc, row.etag, &r) < 0)
			return 0;
		if (r.unchanged)
			continue;
		crypto_sha1_hex(r.bytes, hash);
		same = streq(hash, row.content_hash);
	}
	return rc < 0 ? rc : same;
}

static void content_hash(const struct catalog_settings *s, const struct source *src, struct str bytes, struct arena *mem,
			 char out[41])
{
	char hash[41];

	crypto_sha1_hex(bytes, hash);
	crypto_sha1_hex(str_of(arena_printf(mem, "%s %s %s", hash, s->hash, src->row.origin)), out);
}

/*
 * An etag is kept with a mark of what else decides about the entities, so that a file that has not changed is read anew when
 * the configuration has.
 */
enum { MARK = 12, ETAG_MAX = 500 };

static const char *mark_of(struct ctx *cx, const struct catalog_settings *s, const struct source *src)
{
	char hash[41];

	crypto_sha1_hex(str_of(arena_printf(cx->mem, "%s %s", s->hash, src->row.origin)), hash);
	return arena_printf(cx->mem, "%.*s ", MARK - 1, hash);
}

static const char *known_etag(struct ctx *cx, const struct catalog_settings *s, const struct source *src)
{
	bool holds = src->row.content_hash && src->row.etag && str_starts(src->row.etag, mark_of(cx, s, src));

	return holds ? src->row.etag + MARK : NULL;
}

static const char *marked_etag(struct ctx *cx, const struct catalog_settings *s, const struct source *src, const char *etag)
{
	bool keep = etag && *etag && strlen(etag) <= ETAG_MAX;

	return keep ? arena_printf(cx->mem, "%s%s", mark_of(cx, s, src), etag) : NULL;
}

/* Everything that a new version of a file brings about. */
static int process_file(struct ctx *cx, const struct catalog_settings *s, const struct source *src,
			const struct read_result *read, const char *hash, struct store_result *stored)
{
	struct read_files files = { 0 };
	struct documents docs = { 0 };
	struct ending e = { .src = src, .files = &files, .etag = marked_etag(cx, s, src, read->etag), .content_hash = hash };
	int rc = source_documents(cx, s, &src->from, read->bytes, &files, &docs);

	if (rc >= 0)
		rc = store_documents(cx, s, src->id, docs.items, docs.n, true, stored);
	if (rc < 0)
		return rc;
	counter_add(COUNTER_PROCESSED, docs.n);
	counter_add(COUNTER_PROCESS_CHANGED, stored->changed);
	problems_collect(cx, &src->place, docs.items, docs.n, &e.problems);
	rc = db_transaction(cx, write_ending, &e);
	stored->dirty |= e.dirty;
	if (stored->changed || stored->removed || e.problems.n)
		log_info("location processed", "location", src->row.target, "changed",
			 arena_printf(cx->mem, "%zu", stored->changed), "unchanged",
			 arena_printf(cx->mem, "%zu", stored->unchanged), "removed",
			 arena_printf(cx->mem, "%zu", stored->removed), "problems", arena_printf(cx->mem, "%zu", e.problems.n),
			 NULL);
	return rc;
}

static int run_file(struct ctx *cx, const struct catalog_settings *s, const struct source *src, struct store_result *stored)
{
	const char *etag = known_etag(cx, s, src);
	struct read_result read;
	char hash[41];
	int rc = reader_read(cx, &src->from.at, etag, &read), same;

	counter_add(COUNTER_LOCATIONS_READ, 1);
	if (rc < 0)
		return read_failed(cx, src, rc, &stored->dirty);
	same = src->row.content_hash ? files_unchanged(cx, src) : 0;
	if (same < 0)
		return same;
	if (read.unchanged && same) {
		counter_add(COUNTER_LOCATIONS_SAME, 1);
		return 0;
	}
	if (read.unchanged && (rc = reader_read(cx, &src->from.at, NULL, &read)) < 0)
		return read_failed(cx, src, rc, &stored->dirty);
	content_hash(s, src, read.bytes, cx->mem, hash);
	if (same && streq(hash, src->row.content_hash)) {
		counter_add(COUNTER_LOCATIONS_SAME, 1);
		return 0;
	}
	return process_file(cx, s, src, &read, hash, stored);
}

/* ---- globs ---- */

struct glob_run {
	const struct source *src;
	const char **targets;
	size_t n;
	struct id_list let_go; /* files that match no longer: collected after the commit */
};

/* Links every file that matches to the Locations that name the glob, and lets go of those that match no longer. */
static int link_matches(struct ctx *cx, void *arg)
{
	struct glob_run *g = arg;
	struct q_link_of_source_out link;
	struct q_link_via_out old;
	struct map now = { 0 };
	struct q_link_add_in *parents = NULL;
	size_t n_parents = 0, cap = 0;
	DB_ROWS rows = { 0 }, olds = { 0 };
	int rc = q_link_of_source_open(cx, &(struct q_link_of_source_in){ .source_id = g->src->id }, &rows);

	g->let_go.n = 0;
	while (rc >= 0 && (rc = q_link_of_source_next(&rows, &link)) == 1) {
		if (n_parents == cap)
			parents = list_grow(cx->mem, parents, &cap, sizeof(*parents));
		parents[n_parents++] =
			(struct q_link_add_in){ .entity_id = link.entity_id, .via = g->src->id, .optional = link.optional };
	}
	db_rows_close(&rows);
	for (size_t i = 0; rc >= 0 && i < g->n; i++) {
		struct location loc = { g->src->row.type, g->targets[i] };
		uint64_t id;
		bool fresh;

		rc = store_source(cx, &loc, &g->src->from.origin, &id, &fresh);
		if (rc >= 0 && fresh)
			rc = store_schedule(cx, id, false);
		for (size_t k = 0; rc >= 0 && k < n_parents; k++) {
			parents[k].source_id = id;
			rc = q_link_add_exec(cx, &parents[k]);
		}
		map_put(cx->mem, &now, id_text(cx->mem, id), g);
	}
	if (rc >= 0)
		rc = q_link_via_open(cx, &(struct q_link_via_in){ .via = g->src->id }, &olds);
	while (rc >= 0 && (rc = q_link_via_next(&olds, &old)) == 1)
		if (!map_get(&now, id_text(cx->mem, old.source_id)))
			*list_add(cx->mem, &g->let_go) = old.source_id;
	db_rows_close(&olds);
	for (size_t i = 0; rc >= 0 && i < g->let_go.n; i++)
		rc = q_link_delete_match_exec(cx, &(struct q_link_delete_match_in){ g->let_go.items[i], g->src->id });
	return rc < 0 ? rc : 0;
}

static int run_glob(struct ctx *cx, const struct catalog_settings *s, const struct source *src, struct store_result *stored)
{
	struct glob_run g = { .src = src };
	struct ending e = { .src = src };
	int rc = reader_glob(cx, &src->from.at, &g.targets, &g.n);

	if (rc >= 0 && !g.n)
		rc = fail(cx, ERR_NOTFOUND, "Unable to read %s, no matching files found for %s", src->row.type,
			  src->row.target);
	if (rc < 0)
		return read_failed(cx, src, rc, &stored->dirty);
	rc = db_transaction(cx, link_matches, &g);
	if (rc >= 0)
		rc = store_collect(cx, &g.let_go, s->keep_orphans, stored);
	if (rc >= 0)
		rc = db_transaction(cx, write_ending, &e);
	stored->dirty |= e.dirty;
	return rc;
}

/* ---- jobs ---- */

static int64_t next_run(const struct catalog_settings *s)
{
	return s->interval_ms + (int64_t)((double)random() / RAND_MAX * (double)s->interval_spread_ms);
}

int source_job(struct ctx *cx, struct job *job)
{
	const struct catalog_settings *s = catalog_settings(cx);
	struct store_result stored = { 0 };
	struct source src = { 0 };
	int rc;

	if (!s)
		return cx->err.code;
	rc = load(cx, strtoull(job->key, NULL, 10), &src);
	if (rc <= 0)
		return rc; /* gone, or nothing names it any more */
	rc = reader_is_glob(cx, &src.from.at) ? run_glob(cx, s, &src, &stored) : run_file(cx, s, &src, &stored);
	if (rc < 0)
		return rc;
	store_wake(cx, &stored);
	if (s->processing)
		job_again(job, next_run(s));
	job->priority = JOB_IDLE; /* behind what nobody has read yet */
	return 0;
}
