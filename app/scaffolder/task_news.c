/* What those who read the log of a task go by: where it is, and when it is worth while to look. */
#include "scaffolder/task_news.h"

#include "base/bell.h"
#include "base/map.h"
#include "ext/db.h"
#include "sql/scaffolder.h"

const char *task_bell(struct arena *mem, const char *id)
{
	return arena_printf(mem, "task:%s", id);
}

void task_ring(const char *id)
{
	ARENA mem = { 0 };

	bell_ring(task_bell(&mem, id));
}

int task_place(struct ctx *cx, const char *id, struct task_place *out)
{
	struct q_task_place_out row;
	int rc = q_task_place_one(cx, &(struct q_task_place_in){ id }, &row);

	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "No task with id '%.64s' found", id);
	if (rc > 0)
		*out = (struct task_place){ .last_event = row.last_event, .ended = row.ended_at != 0 };
	return rc < 0 ? rc : 0;
}

/* ---- tasks of other hosts ---- */

/* Tasks that had not ended when they were last asked for, or that somebody began to read since then. */
static struct known {
	struct arena mem;
	struct map tasks; /* id: its struct seen */
	struct seen *all;
} known;

struct seen {
	struct seen *next;
	const char *id;
	uint64_t last_event;
	bool there;
};

static void add(struct known *to, const char *id, uint64_t last_event)
{
	struct seen *s = arena_new(&to->mem, struct seen);

	*s = (struct seen){ .next = to->all, .id = arena_strdup(&to->mem, id), .last_event = last_event };
	map_put(&to->mem, &to->tasks, s->id, s);
	to->all = s;
}

void task_reader_joins(const char *id)
{
	if (!map_get(&known.tasks, id))
		add(&known, id, UINT64_MAX);
}

static void ring_here(const char *id)
{
	ARENA mem = { 0 };

	bell_ring_here(task_bell(&mem, id));
}

/* Those that were there and are no more have ended. */
static void ring_for_ended(void)
{
	for (const struct seen *s = known.all; s; s = s->next)
		if (!s->there)
			ring_here(s->id);
}

int task_readers_news(struct ctx *cx)
{
	struct q_task_active_out row;
	struct known now = { 0 };
	DB_ROWS rows = { 0 };
	int rc = q_task_active_open(cx, &rows);

	while (rc >= 0 && (rc = q_task_active_next(&rows, &row)) == 1) {
		struct seen *before = map_get(&known.tasks, row.id);

		if (before)
			before->there = true;
		if (!before || before->last_event != row.last_event)
			ring_here(row.id);
		add(&now, row.id, row.last_event);
	}
	if (rc < 0) {
		arena_release(&now.mem);
		return rc;
	}
	ring_for_ended();
	arena_release(&known.mem);
	known = now;
	return 0;
}
