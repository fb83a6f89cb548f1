/* Entities that somebody else makes (a plugin's provider): all of them, or what has changed. */
#include "catalog/provide.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/map.h"
#include "catalog/problem.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "jobs/jobs.h"
#include "sql/catalog.h"

enum { PART = 500, PROBLEMS_MAX = 1000 };

struct provision {
	const struct catalog_settings *s;
	struct origin_of from;
	struct problem_place place;
	uint64_t id;
	bool fresh;
	struct map named; /* refs of the set */
	bool unclear;     /* one of it could not be told */
	struct problem_rows problems;
	struct text_list refs; /* of a delta: the problems of these are written anew */
	bool delta;
	struct store_result stored;
	struct provide_result result;
};

static int begin(struct ctx *cx, const char *provider, struct provision *p)
{
	struct location at = { "provider", provider };
	int rc;

	*p = (struct provision){ .s = catalog_settings(cx), .from = { .at = at, .origin = at, .provider = true } };
	if (!p->s)
		return cx->err.code;
	rc = store_source(cx, &at, &at, &p->id, &p->fresh);
	p->place = (struct problem_place){ p->id, provider };
	return rc;
}

/* Processes one entity. What outlives this part lives in keep. */
static void process(struct ctx *cx, struct arena *keep, struct provision *p, struct json *raw, struct read_files *files,
		    struct document *d)
{
	static struct json nothing = { .type = JSON_NULL };

	document_process(cx, p->s, &p->from, raw ? raw : &nothing, files, d);
	if (!d->ref) {
		p->unclear = true;
		return;
	}
	d->ref = arena_strdup(keep, d->ref);
	if (map_put(keep, &p->named, d->ref, p))
		*list_add(cx->mem, &d->faults) =
			(struct fault){ "ConflictError",
					arena_printf(cx->mem, "Duplicate entity %s: the provider brings it twice", d->ref), "",
					0 };
}

/* Stores a part of the set and keeps what is wrong with it. */
static int store_part(struct ctx *cx, struct ctx *part, struct provision *p, struct document *docs, size_t n)
{
	int rc = store_documents(part, p->s, p->id, docs, n, false, &p->stored);

	for (size_t i = 0; i < n; i++)
		p->result.faulty += docs[i].faults.n > 0;
	if (p->problems.n < PROBLEMS_MAX)
		problems_collect(cx, &p->place, docs, n, &p->problems);
	if (rc < 0)
		cx->err = part->err;
	return rc;
}

/* However many parts there are, each has its time. */
static int full_part(struct ctx *cx, struct provision *p, const struct str *texts, size_t n)
{
	ARENA scratch = { 0 };
	struct ctx part = *cx;
	struct document docs[PART];
	struct read_files files = { 0 };

	part.mem = &scratch;
	for (size_t i = 0; i < n; i++) {
		struct json *raw;

		if (json_parse(&part, texts[i], &raw) < 0)
			raw = NULL; /* a text of ours; one that cannot be read is an entity that cannot be told */
		process(&part, cx->mem, p, raw, &files, &docs[i]);
	}
	int rc = store_part(cx, &part, p, docs, n);

	return rc < 0 ? rc : job_alive(cx);
}

static int write_end(struct ctx *cx, void *arg)
{
	struct provision *p = arg;
	int rc = p->delta ? problems_write_of(cx, &p->place, &p->refs, &p->problems, &p->stored.dirty)
			  : problems_write(cx, &p->place, &p->problems, false, &p->stored.dirty);

	/* Nothing is written where nothing has changed. */
	if (rc >= 0 && (p->fresh || p->stored.changed || p->stored.removed))
		rc = q_source_done_exec(cx, &(struct q_source_done_in){ .read_at = clock_wall_ms(), .id = p->id });
	return rc < 0 ? rc : 0;
}

static int finish(struct ctx *cx, struct provision *p, int rc, struct provide_result *out)
{
	if (rc >= 0)
		rc = db_transaction(cx, write_end, p);
	counter_add(COUNTER_PROCESSED, p->stored.changed + p->stored.unchanged);
	counter_add(COUNTER_PROCESS_CHANGED, p->stored.changed);
	p->result.changed = p->stored.changed;
	p->result.unchanged = p->stored.unchanged;
	p->result.removed = p->stored.removed;
	*out = p->result;
	/* Also after an error: what was stored until then is to be put together. */
	struct err why = cx->err;

	store_wake(cx, &p->stored);
	cx->err = why;
	return rc < 0 ? rc : 0;
}

int provide_full(struct ctx *cx, const char *provider, const struct provided *set, struct provide_result *out)
{
	struct provision p;
	int rc = begin(cx, provider, &p);

	*out = (struct provide_result){ 0 };
	if (rc < 0)
		return rc;
	rc = q_claim_clear_exec(cx, &(struct q_claim_clear_in){ .source_id = p.id });
	for (size_t i = 0; rc >= 0 && i < set->n; i += PART)
		rc = full_part(cx, &p, set->items + i, set->n - i < PART ? set->n - i : PART);
	if (rc >= 0 && !p.unclear)
		rc = store_remove_others(cx, p.s, p.id, &p.named, &p.stored);
	return finish(cx, &p, rc, out);
}

/* ---- a part of it ---- */

static int upsert_part(struct ctx *cx, struct provision *p, struct json *const *items, size_t n)
{
	struct document docs[PART];
	struct read_files files = { 0 };

	for (size_t i = 0; i < n; i++) {
		process(cx, cx->mem, p, items[i], &files, &docs[i]);
		if (docs[i].ref)
			*list_add(cx->mem, &p->refs) = docs[i].ref;
	}
	return store_part(cx, cx, p, docs, n);
}

/* The ids of those that are the provider's own. */
static int own_ids(struct ctx *cx, struct provision *p, const struct text_list *refs, struct id_list *out)
{
	struct q_entity_heads_by_refs_out row;
	DB_ROWS rows = { 0 };
	int rc = q_entity_heads_by_refs_open(cx, &(struct q_entity_heads_by_refs_in){ .refs = text_list_json(cx->mem, refs) },
					     &rows);

	while (rc >= 0 && (rc = q_entity_heads_by_refs_next(&rows, &row)) == 1)
		if (row.source_id == p->id)
			*list_add(cx->mem, out) = row.id;
	return rc < 0 ? rc : 0;
}

static int remove_listed(struct ctx *cx, struct provision *p, const struct json *list)
{
	struct text_list refs = { 0 };
	struct id_list ids = { 0 };
	int rc = 0;

	for (size_t i = 0; i < json_len(list); i++) {
		struct ref ref;

		if (ref_parse(cx, json_text(list->a.items[i], ""), NULL, NULL, &ref) < 0)
			return fail_in(cx, ERR_INPUT, "remove, entry %zu", i + 1);
		*list_add(cx->mem, &refs) = ref_format(cx->mem, &ref);
	}
	for (size_t i = 0; rc >= 0 && i < refs.n; i++) {
		*list_add(cx->mem, &p->refs) = refs.items[i];
		rc = q_claim_remove_exec(cx, &(struct q_claim_remove_in){ .source_id = p->id, .ref = refs.items[i] });
	}
	if (rc >= 0 && refs.n)
		rc = own_ids(cx, p, &refs, &ids);
	return rc < 0 || !ids.n ? rc : store_remove(cx, &ids, p->s->keep_orphans, &p->stored);
}

int provide_delta(struct ctx *cx, const char *provider, const struct json *upsert, const struct json *remove,
		  struct provide_result *out)
{
	struct provision p;
	int rc = begin(cx, provider, &p);

	*out = (struct provide_result){ 0 };
	if (rc < 0)
		return rc;
	p.delta = true;
	*list_add(cx->mem, &p.refs) = ""; /* what could not be told last time */
	for (size_t i = 0, n = json_len(upsert); rc >= 0 && i < n; i += PART)
		rc = upsert_part(cx, &p, upsert->a.items + i, n - i < PART ? n - i : PART);
	if (rc >= 0)
		rc = remove_listed(cx, &p, remove);
	return finish(cx, &p, rc, out);
}

int provide_nothing(struct ctx *cx, const char *provider)
{
	const struct catalog_settings *s = catalog_settings(cx);
	struct location at = { "provider", provider };
	struct store_result stored = { 0 };
	uint64_t id;
	bool fresh;
	int rc = s ? store_source(cx, &at, &at, &id, &fresh) : cx->err.code;

	if (rc >= 0)
		rc = store_remove_source(cx, id, s->keep_orphans, &stored);
	if (rc >= 0)
		store_wake(cx, &stored);
	return rc < 0 ? rc : 0;
}
