/* Building a site: looks at its source, builds it when that changed, and shows it from then on. */
#include "docs/job.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/bell.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/log.h"
#include "docs/docs.h"
#include "docs/release.h"
#include "docs/site.h"
#include "docs/fetch.h"
#include "docs/reader.h"
#include "ext/crypto.h"
#include "ext/db.h"
#include "ext/git.h"
#include "ext/json.h"
#include "sql/docs.h"

enum { TRIES = 3, WAIT_MS = 500, LOG_MOST = 256 << 10, LOG_EVERY_US = 250000, SWEEP_MS = 600000, SWEEP_ROWS = 200 };
struct build {
	struct ctx *cx;
	struct docs_conf set;
	const char *ref;
	uint64_t entity_id;
	const struct json *entity;
	struct docs_source source;
	char id[37];         /* of this build, and the name of its folder */
	const char *folder;  /* of this build, with site and reader */
	const char *before;  /* the build that is shown; "": none */
	const char *made_of; /* what the source is, beside its own etag */
	bool alike;          /* the build that is shown was made of the same but for the files */
	struct docs_tree tree;
	struct buf log;
	uint64_t told_us; /* when the log was last kept */
	bool lost;        /* another worker has the job: all that is done from now on is in vain */
};

/* ---- the log ---- */

/* What a person sees while it goes on; that it cannot be kept now is no reason to stop. */
static void keep_log(struct build *b)
{
	struct err before = b->cx->err;
	int rc = q_docs_note_log_exec(
		b->cx,
		&(struct q_docs_note_log_in){ .log = buf_text(&b->log), .log_of = b->id, .ref = b->ref, .building = b->id });

	bell_ring(docs_bell(b->cx->mem, b->ref));
	b->told_us = clock_mono_us();
	b->lost = b->lost || job_alive(b->cx) == ERR_CONFLICT;
	if (rc < 0)
		log_warn("the log of a build cannot be kept", "error", b->cx->err.text, NULL);
	b->cx->err = before;
}

static void say(void *arg, const char *line)
{
	struct build *b = arg;

	if (b->log.n < LOG_MOST) {
		buf_adds(&b->log, line);
		buf_addc(&b->log, '\n');
		if (b->log.n >= LOG_MOST)
			buf_adds(&b->log, "... what follows is not kept\n");
	}
	if (clock_mono_us() - b->told_us > LOG_EVERY_US)
		keep_log(b);
}

/* ---- may it begin? ---- */

/* 1: it has begun; 0: as many as may are on. */
static int begin(struct ctx *cx, void *arg)
{
	struct build *b = arg;
	struct q_docs_gate_lock_out gate;
	struct q_docs_count_on_out on;
	int rc = q_docs_gate_lock_one(cx, &gate);

	if (rc >= 0)
		rc = q_docs_count_on_one(cx, &(struct q_docs_count_on_in){ .ref = b->ref }, &on);
	if (rc < 0 || on.n >= b->set.builds)
		return rc < 0 ? rc : 0;
	rc = q_docs_begin_exec(cx, &(struct q_docs_begin_in){ .building = b->id, .entity_id = b->entity_id, .ref = b->ref });
	return rc < 0 ? rc : 1;
}

/* The more wait, the more seldom each looks. */
static int wait_for_others(struct build *b, struct job *job)
{
	struct q_docs_count_waiting_out waiting = { .n = 1 };
	int rc = q_docs_count_waiting_one(b->cx, &waiting);
	uint64_t turns = 1 + waiting.n / b->set.builds;

	job_again(job, (int64_t)(WAIT_MS * (turns > 60 ? 60 : turns)));
	return rc < 0 ? rc : 0;
}

/* ---- building ---- */

static int find_history(struct ctx *cx, void *arg, const char *path, struct site_history *out)
{
	const struct build *b = arg;
	const struct git_change *change = map_get(&b->tree.tree.history, path);

	(void)cx;
	*out = change ? (struct site_history){ change->author, change->at_ms } : (struct site_history){ 0 };
	return 0;
}

/* Of this very program: another may make other pages of the same source. The same on every host. */
static uint64_t program_mark(void)
{
	static uint64_t mark;
	AUTO_FD fd = mark ? -1 : open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (bytes != MAP_FAILED) {
			mark = hash64(bytes, (size_t)st.st_size);
			munmap(bytes, (size_t)st.st_size);
		}
	}
	return mark;
}

/* What a site is made of beside the files: when that changes, it is built although they are the same. */
static const char *made_of(struct ctx *cx, const struct build *b)
{
	struct buf all = { .mem = cx->mem };
	char hash[41];

	buf_addf(&all, "%llx\n%s\n%s\n%s\n", (unsigned long long)program_mark(),
		 b->source.url ? b->source.url : b->source.folder,
		 json_text(json_path(b->entity, "metadata", "title", NULL), ""),
		 json_text(json_path(b->entity, "metadata", "name", NULL), ""));
	if (json_get(b->set.section, "generator"))
		json_write_stable(&all, json_get(b->set.section, "generator"));
	if (json_get(b->set.section, "sanitizer"))
		json_write_stable(&all, json_get(b->set.section, "sanitizer"));
	crypto_sha1_hex(buf_str(&all), hash);
	return arena_strdup(cx->mem, hash);
}

static const char *folder_of(struct build *b, const char *build)
{
	return arena_printf(b->cx->mem, "%s/%s/%s", b->set.folder, docs_place(b->cx->mem, b->ref), build);
}

static void summary(struct build *b, const struct site_result *r)
{
	say(b, arena_printf(b->cx->mem, "Built %zu pages (%zu anew, %zu with errors, %zu warnings), %.1f MiB", r->pages,
			    r->rendered, r->failed, r->warnings, (double)r->bytes / (1 << 20)));
}

static int render(struct build *b, struct site_result *result)
{
	struct ctx *cx = b->cx;
	const char *name = json_text(json_path(b->entity, "metadata", "name", NULL), "");
	const char *before = b->alike ? folder_of(b, b->before) : NULL;
	const struct site_options options = {
		.source = b->tree.folder,
		.title = json_text(json_path(b->entity, "metadata", "title", NULL), name),
		.out = arena_printf(cx->mem, "%s/site", b->folder),
		.reader = arena_printf(cx->mem, "%s/reader", b->folder),
		.previous_out = before ? arena_printf(cx->mem, "%s/site", before) : NULL,
		.previous_reader = before ? arena_printf(cx->mem, "%s/reader", before) : NULL,
		.assets = json_text(json_path(cx->conf, "server", "static", NULL), NULL),
		.repo_url = b->tree.tree.repository,
		.edit_uri = b->tree.tree.edit,
		.conf = b->set.section,
		.etag = b->tree.etag,
		.history = b->tree.tree.history.n ? find_history : NULL,
		.log = say,
		.arg = b,
		.max_source = b->set.source.bytes,
		.max_files = b->set.source.files,
	};

	if (!folder_make(cx->mem, b->folder, 0750))
		return fail(cx, errno == ENOSPC ? ERR_UNAVAILABLE : ERR_INTERNAL, "make the folder '%s': %s", b->folder,
			    strerrordesc_np(errno));
	return site_build(cx, &options, result);
}

static int publish(struct build *b, const struct site_result *result)
{
	struct ctx *cx = b->cx;
	/* Of a folder that was just written to, no etag says whether it is so still. */
	const char *etag = arena_printf(cx->mem, "%s %s", b->tree.settled ? b->tree.etag : "-", b->made_of);
	const struct docs_publication p = {
		.ref = b->ref,
		.build = b->id,
		.etag = etag,
		.entity_id = b->entity_id,
		.pages = result->pages,
		.entity = b->entity,
		.folder = b->folder,
	};

	summary(b, result);
	keep_log(b);
	if (b->lost)
		return fail(cx, ERR_CONFLICT, "another worker builds %s", b->ref);
	return docs_publish(cx, &p);
}

/* 1: there is a new build; 0: the source is as it was. */
static int look_and_build(struct build *b, const char *etag)
{
	struct ctx *cx = b->cx;
	const char *from = arena_printf(cx->mem, "%s/source", b->folder);
	struct site_result result = { 0 };

	say(b, arena_printf(cx->mem, "Reading %s", b->source.url ? b->source.url : b->source.folder));
	const char *known = b->alike ? arena_strndup(cx->mem, etag, strcspn(etag, " ")) : NULL;
	int rc = docs_fetch(cx, &b->set, &b->source, known, from, &b->tree);

	if (rc < 0 || b->tree.unchanged)
		return rc;
	if (b->tree.tree.written.left_out)
		say(b, arena_printf(cx->mem, "Left out %llu links and files with names that are no text",
				    (unsigned long long)b->tree.tree.written.left_out));
	keep_log(b);
	rc = render(b, &result);
	folder_remove(from);
	if (rc == 0)
		rc = publish(b, &result);
	return rc < 0 ? rc : 1;
}

/* ---- how it ended ---- */

static int note_failure(struct build *b)
{
	struct ctx *cx = b->cx;
	const char *error = arena_strdup(cx->mem, cx->err.text);

	say(b, arena_printf(cx->mem, "Error: %s", error));
	keep_log(b);
	log_info("documentation cannot be built", "entity", b->ref, "error", error, NULL);
	cx->err = (struct err){ 0 };
	return q_docs_failed_exec(cx, &(struct q_docs_failed_in){ .error = error, .ref = b->ref, .building = b->id });
}

/* The source's fault is told to people; the database's is the queue's to deal with. */
static bool is_ours(int rc)
{
	return rc == ERR_CONFLICT || rc == ERR_DEADLOCK;
}

static int build(struct build *b, const char *etag)
{
	int rc = look_and_build(b, etag);

	if (rc != 1)
		folder_remove(b->folder);
	if (rc == 1)
		docs_sweep_builds(b->cx, b->ref, b->id, *b->before ? b->before : NULL);
	if (rc == 0)
		rc = q_docs_unchanged_exec(b->cx, &(struct q_docs_unchanged_in){ .ref = b->ref, .building = b->id });
	if (rc < 0 && !is_ours(rc))
		rc = note_failure(b);
	return rc < 0 ? rc : 0;
}

/* 1: it has documentation of its own; 0: it has none, or is none any more. */
static int find_source(struct build *b)
{
	struct ctx *cx = b->cx;
	struct q_docs_entity_out row;
	struct json *entity;
	const char *other, *path;
	int rc = q_docs_entity_one(cx, &(struct q_docs_entity_in){ .ref = b->ref }, &row);

	if (rc < 1)
		return rc;
	rc = json_parse(cx, row.body, &entity);
	if (rc < 0)
		return fail_in(cx, ERR_INTERNAL, "the stored body of %s", b->ref);
	b->entity_id = row.id;
	b->entity = entity;
	if (!docs_has(entity) || (docs_elsewhere(cx, entity, &other, &path) == 0 && other))
		return 0;
	return 1;
}

static int build_site_of(struct ctx *cx, struct job *job)
{
	struct build b = { .cx = cx, .set = docs_conf(cx), .ref = job->key, .log = { .mem = cx->mem } };
	struct q_docs_get_out row;
	int rc = b.set.external ? 0 : q_docs_get_one(cx, &(struct q_docs_get_in){ .ref = b.ref }, &row);

	if (rc < 1)
		return rc;
	rc = find_source(&b);
	if (rc == 0)
		return docs_unpublish(cx, b.ref);
	crypto_uuid(b.id);
	if (rc == 1)
		rc = db_transaction(cx, begin, &b);
	if (rc == 0)
		return wait_for_others(&b, job);
	if (rc < 0)
		return rc;
	b.before = row.build;
	b.folder = folder_of(&b, b.id);
	rc = job->attempt > TRIES ? fail(cx, ERR_INTERNAL, "the worker that built it ended in each of %d attempts", TRIES)
				  : docs_source(cx, b.entity, &b.source);
	if (rc < 0)
		return note_failure(&b);
	b.made_of = made_of(cx, &b);
	b.alike = *b.before && str_ends(row.etag, b.made_of) &&
		  reader_knows(cx, arena_printf(cx->mem, "%s/reader", folder_of(&b, b.before)));
	/* Where there are pages already, their log stays until there is more to say. */
	b.told_us = *b.before ? clock_mono_us() : 0;
	return build(&b, row.etag);
}

int docs_build_job(struct ctx *cx, struct job *job)
{
	int rc = build_site_of(cx, job);

	bell_ring(docs_bell(cx->mem, job->key));
	return rc;
}

/* ---- the sweep ---- */

/* Sites in order, a page of them at a time. *last: where the next begins; NULL behind the last. */
static int sweep_page(struct ctx *cx, const char **last)
{
	struct q_docs_walk_out row;
	struct text_list gone = { 0 };
	DB_ROWS rows = { 0 };
	size_t n = 0;
	int rc = q_docs_walk_open(cx, &(struct q_docs_walk_in){ .after = *last, .limit = SWEEP_ROWS }, &rows);

	for (; rc >= 0 && (rc = q_docs_walk_next(&rows, &row)) == 1; n++) {
		*last = row.ref;
		if (!row.there)
			*list_add(cx->mem, &gone) = row.ref;
	}
	if (n < SWEEP_ROWS)
		*last = NULL;
	db_rows_close(&rows);
	for (size_t i = 0; rc >= 0 && i < gone.n; i++)
		rc = docs_unpublish(cx, gone.items[i]);
	return rc;
}

int docs_sweep_job(struct ctx *cx, struct job *job)
{
	const char *last = "";
	int rc = 0;

	while (rc >= 0 && last && !docs_conf(cx).external)
		rc = sweep_page(cx, &last);
	job_again(job, SWEEP_MS);
	return rc < 0 ? rc : 0;
}
