/* The sweep: finds again what a crash in the middle of a removal or before a stitching, or two at the same moment, left behind.
 */
#include "base/list.h"
#include "catalog/change.h"
#include "catalog/source.h"
#include "sql/catalog.h"

/* Who claims an entity that is not there is read anew. */
static int serve_claims(struct ctx *cx, void *arg)
{
	struct q_claim_lost_out row;
	struct id_list ids = { 0 };
	DB_ROWS rows = { 0 };
	int rc = q_claim_lost_open(cx, &rows);

	(void)arg;
	while (rc >= 0 && (rc = q_claim_lost_next(&rows, &row)) == 1)
		*list_add(cx->mem, &ids) = row.source_id;
	for (size_t i = 0; rc >= 0 && i < ids.n; i++) {
		rc = q_source_forget_exec(cx, &(struct q_source_forget_in){ .id = ids.items[i] });
		if (rc >= 0)
			rc = store_schedule(cx, ids.items[i], true);
	}
	return rc < 0 ? rc : 0;
}

static int sweep(struct ctx *cx, const struct catalog_settings *s, struct store_result *out)
{
	struct q_source_unlinked_out source;
	struct q_entity_sourceless_out entity;
	struct id_list sources = { 0 }, entities = { 0 };
	DB_ROWS rows = { 0 }, more = { 0 };
	int rc = q_source_unlinked_open(cx, &rows);

	while (rc >= 0 && (rc = q_source_unlinked_next(&rows, &source)) == 1)
		*list_add(cx->mem, &sources) = source.id;
	db_rows_close(&rows);
	if (rc >= 0)
		rc = q_entity_sourceless_open(cx, &more);
	while (rc >= 0 && (rc = q_entity_sourceless_next(&more, &entity)) == 1)
		*list_add(cx->mem, &entities) = entity.id;
	db_rows_close(&more);
	if (rc >= 0 && sources.n)
		rc = store_collect(cx, &sources, s->keep_orphans, out);
	if (rc >= 0 && entities.n)
		rc = store_remove(cx, &entities, s->keep_orphans, out);
	if (rc >= 0)
		rc = db_transaction(cx, serve_claims, NULL);
	return rc < 0 ? rc : change_sweep(cx);
}

int sweep_job(struct ctx *cx, struct job *job)
{
	const struct catalog_settings *s = catalog_settings(cx);
	struct store_result out = { 0 };
	int rc = s ? sweep(cx, s, &out) : cx->err.code;

	if (rc < 0)
		return rc;
	/* Dirty rows whose stitching was never queued (a crash between commit and queue) are found here as well. */
	struct q_dirty_oldest_out row;

	out.dirty |= q_dirty_oldest_one(cx, &row) == 1;
	store_wake(cx, &out);
	job_again(job, 30000);
	return 0;
}
