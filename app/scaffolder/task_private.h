/* What the parts of tasks share. Only app/scaffolder/task*.c includes this. */
#ifndef SCAFFOLDER_TASK_PRIVATE_H
#define SCAFFOLDER_TASK_PRIVATE_H

#include "base/list.h"
#include "scaffolder/run.h"
#include "scaffolder/task_run.h"
#include "sql/scaffolder.h"

/* ---- keeping secrets (task_seal.c) ---- */

/*
 * Values that may hold secrets, sealed so that they open only for this task and this use of them. The key is in the database;
 * where backend.auth.keys is set, it takes that as well.
 */
int task_seal(struct ctx *cx, const char *id, const char *use, const struct json *v, struct str *out);
int task_open(struct ctx *cx, const char *id, const char *use, struct str sealed, struct json **out);
/* The same of any bytes. */
int task_seal_bytes(struct ctx *cx, const char *id, const char *use, struct str bytes, struct str *out);
int task_open_bytes(struct ctx *cx, const char *id, const char *use, struct str sealed, struct str *out);

/* ---- events (task_log.c) ---- */

/* What a run writes. Lines of an action wait until there are many, or for a moment. */
struct task_log {
	const char *id;
	uint64_t run, written; /* of this run: how many are in the database */
	struct arena mem;      /* of those that wait */
	struct {
		struct task_line {
			const char *type, *body;
			int64_t at;
		} * items;
		size_t n, cap;
	} waiting;
	uint64_t flushed_us;
	uint64_t bytes; /* of all lines of the task; once they are too many, only what tells of its course is written */
	bool full;
	/* What a run before this one wrote since the last step that ended: said again, it is not written again. */
	struct text_list before;
	size_t at;
};

/* Begins with what was written after the event `done`. Lives in cx->mem. */
int task_log_begin(struct ctx *cx, struct task_log *log, uint64_t done);
/* ERR_CONFLICT: somebody else has the task now. */
int task_log_add(struct ctx *cx, struct task_log *log, const char *type, const struct json *body);
/* Lines have waited long enough. */
bool task_log_stale(const struct task_log *log);
/* All that waits. */
int task_log_flush(struct ctx *cx, struct task_log *log);
/*
 * In a transaction of the caller's, which calls task_log_written() behind its commit. 1: this was done before, and its commit
 * not heard of. ERR_CONFLICT: somebody else has the task.
 */
int task_log_write(struct ctx *cx, const struct task_log *log);
void task_log_written(struct task_log *log);

/* ---- the workspace (task_files.c) ---- */

/* What a workspace was like behind a step: the state of that step names it. */
struct task_copy {
	uint64_t n;           /* they are counted; 0: there is none, the workspace was empty */
	uint64_t sum;         /* of what is in one that lies on the host */
	uint64_t run, pieces; /* of one in the database: who wrote it, in how many rows; run 0: it lies on the host */
};

struct task_files {
	const char *folder; /* of the task; below it workspace, scratch and saved-N */
	struct workspace workspace;
	struct task_copy copy; /* that goes with the last step */
	uint64_t print;        /* what the workspace was like then */
};

struct live;
/* As it was when the copy was made, or empty. ERR_UNAVAILABLE when the copy is not here, or not whole. */
int task_files_open(struct live *l, const struct task_copy *copy);
/* Makes a copy when anything has changed. */
int task_files_save(struct live *l, struct ctx *cx);
/* The state that names the copy is in the database: copies before it are of no use. */
void task_files_saved(struct live *l, struct ctx *cx);
void task_files_remove(struct ctx *cx, const char *id);
const char *task_host(struct arena *mem);

/* ---- the workspace in the database (task_workspace.c) ---- */

/* scaffolder.taskRecovery.workspaceProvider is database, or another one that is not here. */
bool task_workspace_wanted(const struct ctx *cx);
/* ERR_INPUT when its settings are wrong. */
int task_workspace_prepare(struct ctx *cx);
/* Writes the n-th copy. ERR_TOOLARGE beyond scaffolder.taskRecovery.workspaceLimit; ERR_CONFLICT: somebody else has the task.
 */
int task_workspace_save(struct live *l, struct ctx *cx, uint64_t n, struct task_copy *out);
/* Puts a copy into the workspace, which is empty. */
int task_workspace_load(struct live *l, const struct task_copy *copy);
/* Takes away what is older than a copy that a state names. */
void task_workspace_outdated(struct ctx *cx, const char *id, const struct task_copy *copy);
/* In the transaction in which a task ends or begins anew: all of them. */
int task_workspace_wipe(struct ctx *cx, const char *id);
/* Those of tasks that do not run any more. */
int task_workspace_sweep(struct ctx *cx);

/* ---- being watched (task_watch.c) ---- */

/* What the process that keeps the lease tells the one that runs the task. */
struct task_watch {
	bool cancelled, lost;
};
struct task_watcher;
/* Starts that process. */
struct task_watcher *task_watch_begin(struct ctx *cx, const char *id, uint64_t run, struct job *job);
const struct task_watch *task_watch_seen(const struct task_watcher *w);
void task_watch_end(struct task_watcher *w);

/* ---- a run (task_run.c) ---- */

/* A task that runs in this process. */
struct live {
	struct ctx *cx;
	const struct task_runner *r;
	struct job *job;
	const char *id;
	struct q_task_begin_out row; /* as it was claimed */
	uint64_t run;
	bool recovered;
	struct task_log log;
	struct task_files files;
	struct task_watcher *watcher;
	struct json *spec, *secrets;
	struct scaffold_state state;
	uint64_t began_us, step_us, deadline_us;
	int broken; /* the error that keeps it from being written down; ERR_CONFLICT: somebody else has the task */
	bool left, late;
};

/*
 * A transaction of the run. A while is waited for a database that is away; then the run ends here, and goes on from its last
 * step when it is back. cx->mem may be an action's.
 */
int task_patiently(struct live *l, struct ctx *cx, int (*fn)(struct ctx *cx, void *arg), void *arg);

/* In a transaction: the run keeps the task until its end. ERR_CONFLICT: somebody else has it. */
int task_hold(struct ctx *cx, const struct live *l);

/* Checkpoints (task_mark.c), as of scaffold_hooks; arg is a struct live. */
int task_recall(struct ctx *cx, void *arg, const char *key, struct json **out, bool *unsure);
int task_begin(struct ctx *cx, void *arg, const char *key);
int task_keep(struct ctx *cx, void *arg, const char *key, const struct json *value);

/* ---- others ---- */

/* scaffolder.taskTimeout */
int task_timeout_ms(struct ctx *cx, int64_t *out);

/* In the caller's transaction: the job that runs the task. */
int task_enqueue(struct ctx *cx, const char *id);
/* {name, message}: an error as completions tell it. */
struct json *task_error(struct arena *mem, int code, const char *text);
/* {message, output?, error?} */
struct json *task_completion(struct arena *mem, const char *status, const struct json *output, const struct json *error);
/* In the caller's transaction: an event of somebody else than the run. */
int task_tell(struct ctx *cx, const char *id, const char *type, const struct json *body);
const char *task_written(struct arena *mem, const struct json *v);

#endif
