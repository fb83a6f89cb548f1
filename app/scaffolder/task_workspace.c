/*
 * The workspace of a task in the database, so that any host goes on with it. A copy is written before the state that names it,
 * row by row: one that no state names is of no use to anybody, and goes with the next, or with the task.
 */
#include "base/log.h"
#include "ext/json.h"
#include "scaffolder/task_private.h"
#include "sql/scaffolder.h"

/* A row is no larger than any server takes as a packet. */
enum { PIECE = 512 << 10, LIMIT_MIB = 256, LIMIT_MOST = 1024 };

/* ---- settings ---- */

static const struct json *setting(const struct ctx *cx, const char *key)
{
	return json_path(cx->conf, "scaffolder", "taskRecovery", key, NULL);
}

bool task_workspace_wanted(const struct ctx *cx)
{
	return !streq(json_text(setting(cx, "workspaceProvider"), "local"), "local");
}

static uint64_t limit_mib(const struct ctx *cx)
{
	return (uint64_t)json_get_num(json_path(cx->conf, "scaffolder", "taskRecovery", NULL), "workspaceLimit", LIMIT_MIB);
}

int task_workspace_prepare(struct ctx *cx)
{
	const struct json *most = setting(cx, "workspaceLimit");
	const char *name = json_text(setting(cx, "workspaceProvider"), "");

	/* Backstage takes its database, too, where it has no module of that name. */
	if (*name && !streq(name, "local") && !streq(name, "database"))
		log_warn("files of tasks are kept in the database: there is no such provider", "setting",
			 "scaffolder.taskRecovery.workspaceProvider", "value", name, NULL);
	if (most && (!json_is(most, JSON_NUMBER) || !(most->num >= 1 && most->num <= LIMIT_MOST) ||
		     most->num != (double)(unsigned)most->num))
		return fail(cx, ERR_INPUT,
			    "configuration: scaffolder.taskRecovery.workspaceLimit must be a whole number from 1 to %d (MiB)",
			    LIMIT_MOST);
	return 0;
}

/* ---- one piece after the other ---- */

struct pieces {
	struct live *l;
	struct task_copy copy; /* pieces: how many there have to be, when it is read */
	uint64_t at, bytes, most;
	struct arena mem; /* of one piece */
	struct str sealed;
	bool there;
};

/* No piece opens as another one, of another copy or of another task. */
static const char *use_of(struct arena *mem, const struct pieces *p)
{
	return arena_printf(mem, "workspace %llu %llu %llu", (unsigned long long)p->copy.run, (unsigned long long)p->copy.n,
			    (unsigned long long)p->at);
}

/* Only whoever has the task. */
static int write_piece(struct ctx *cx, void *arg)
{
	const struct pieces *p = arg;
	int rc = task_hold(cx, p->l);

	return rc < 0 ? rc
		      : q_task_workspace_put_exec(
				cx, &(struct q_task_workspace_put_in){ p->l->id, p->copy.run, p->copy.n, p->at, p->sealed });
}

static int seal_piece(struct ctx *cx, struct pieces *p, struct str bytes)
{
	int rc = task_seal_bytes(cx, p->l->id, use_of(cx->mem, p), bytes, &p->sealed);

	return rc < 0 ? rc : task_patiently(p->l, cx, write_piece, p);
}

static int put(struct ctx *cx, void *arg, struct str bytes)
{
	struct pieces *p = arg;
	struct arena *keep = cx->mem;

	p->bytes += bytes.n;
	if (p->bytes > p->most << 20)
		return fail(cx, ERR_TOOLARGE,
			    "The workspace has more than %llu MiB, compressed: no more is kept in the database "
			    "(scaffolder.taskRecovery.workspaceLimit)",
			    (unsigned long long)p->most);
	cx->mem = &p->mem;
	int rc = seal_piece(cx, p, bytes);

	cx->mem = keep;
	arena_reset(&p->mem);
	p->at++;
	return rc;
}

int task_workspace_save(struct live *l, struct ctx *cx, uint64_t n, struct task_copy *out)
{
	struct pieces p = { .l = l, .copy = { .n = n, .run = l->run }, .most = limit_mib(cx) };
	int rc = workspace_pack(cx, &l->files.workspace, PIECE, put, &p);

	arena_release(&p.mem);
	p.copy.pieces = p.at;
	*out = p.copy;
	return rc;
}

/* ---- back again ---- */

static int read_piece(struct ctx *cx, void *arg)
{
	struct pieces *p = arg;
	struct q_task_workspace_get_out row;
	int rc = q_task_workspace_get_one(cx, &(struct q_task_workspace_get_in){ p->l->id, p->copy.run, p->copy.n, p->at },
					  &row);

	p->there = rc == 1;
	p->sealed = p->there ? row.bytes : (struct str){ NULL, 0 };
	return rc < 0 ? rc : 0;
}

static int open_piece(struct ctx *cx, struct pieces *p, struct str *bytes)
{
	int rc = task_patiently(p->l, cx, read_piece, p);

	if (rc == 0 && p->there)
		rc = task_open_bytes(cx, p->l->id, use_of(cx->mem, p), p->sealed, bytes);
	if ((rc == 0 && !p->there) || rc == ERR_INTERNAL)
		return fail(cx, ERR_UNAVAILABLE, "they are not whole any more, or their key is not there");
	return rc < 0 ? rc : 1;
}

static int get(struct ctx *cx, void *arg, struct str *bytes)
{
	struct pieces *p = arg;
	struct arena *keep = cx->mem;

	if (p->at == p->copy.pieces)
		return 0;
	arena_reset(&p->mem);
	cx->mem = &p->mem;
	int rc = open_piece(cx, p, bytes);

	cx->mem = keep;
	p->at++;
	return rc;
}

int task_workspace_load(struct live *l, const struct task_copy *copy)
{
	struct pieces p = { .l = l, .copy = *copy };
	int rc = workspace_unpack(l->cx, &l->files.workspace, get, &p);

	arena_release(&p.mem);
	return rc < 0 ? fail_in(l->cx, rc, "the files of this task, which are in the database") : 0;
}

/* ---- taking away ---- */

void task_workspace_outdated(struct ctx *cx, const char *id, const struct task_copy *copy)
{
	struct err before = cx->err;

	/* Nothing depends on it: what stays goes next time, or with the task. */
	q_task_workspace_outdated_exec(cx, &(struct q_task_workspace_outdated_in){ id, copy->run, copy->run, copy->n });
	cx->err = before;
}

int task_workspace_wipe(struct ctx *cx, const char *id)
{
	return q_task_workspace_wipe_exec(cx, &(struct q_task_workspace_wipe_in){ id });
}

/* Unless somebody has retried it meanwhile. */
static int wipe_stray(struct ctx *cx, void *arg)
{
	const char *id = arg;
	struct q_task_lock_out row;
	int rc = q_task_lock_one(cx, &(struct q_task_lock_in){ id }, &row);
	bool alive = rc == 1 && (streq(row.status, "open") || streq(row.status, "processing"));

	return rc < 0 || alive ? rc : task_workspace_wipe(cx, id);
}

int task_workspace_sweep(struct ctx *cx)
{
	struct text_list ids = { 0 };
	struct q_task_workspace_stray_out row;
	DB_ROWS rows = { 0 };
	int rc = q_task_workspace_stray_open(cx, &rows);

	while (rc >= 0 && (rc = q_task_workspace_stray_next(&rows, &row)) == 1)
		*list_add(cx->mem, &ids) = row.task_id;
	for (size_t i = 0; rc >= 0 && i < ids.n; i++)
		rc = db_transaction(cx, wipe_stray, arena_strdup(cx->mem, ids.items[i]));
	return rc < 0 ? rc : 0;
}
