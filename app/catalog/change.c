/* The sequence of changes to entities, which indexes follow. */
#include "catalog/change.h"

#include "base/clock.h"
#include "base/list.h"
#include "catalog/store.h"
#include "ext/db.h"
#include "index/client.h"
#include "sql/catalog.h"
#include "sql/change.h"

enum { KEEP = 20000, KEEP_MS = 24 * 3600 * 1000, FORGET = 1000 };

/* Of the transaction that is open in this process. */
static struct {
	struct id_list ids;
	uint64_t seq;
} open_change;

static void publish(void)
{
	index_wrote(open_change.seq);
}

static int write_change(struct ctx *cx)
{
	struct q_id_taken_out taken;
	int rc = q_id_take_exec(cx, &(struct q_id_take_in){ .n = 1, .name = "change" });

	if (rc >= 0)
		rc = q_id_taken_one(cx, &taken);
	if (rc < 0)
		return rc;
	open_change.seq = taken.first;
	db_after_commit(cx, publish);
	return q_change_add_exec(cx, &(struct q_change_add_in){ .seq = taken.first,
								.at = clock_wall_ms(),
								.ids = str_of(id_list_json(cx->mem, &open_change.ids)) });
}

void change_note(struct ctx *cx, uint64_t entity_id)
{
	if (db_before_commit(cx, write_change))
		open_change.ids = (struct id_list){ 0 };
	*list_add(cx->mem, &open_change.ids) = entity_id;
}

int change_sweep(struct ctx *cx)
{
	struct q_change_next_out next;
	int rc = q_change_next_one(cx, &next);

	if (rc <= 0)
		return rc;
	struct q_change_forget_in in = { .seq = next.seq > KEEP ? next.seq - KEEP : 0,
					 .at = clock_wall_ms() - KEEP_MS,
					 .limit = FORGET };

	do
		rc = q_change_forget_exec(cx, &in);
	while (rc >= 0 && db_affected(cx) == FORGET);
	return rc < 0 ? rc : 0;
}
