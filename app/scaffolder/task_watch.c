/*
 * A process beside the one that runs a task: an action may be deep in C for minutes, and meanwhile somebody has to keep the
 * lease and to hear of a cancellation.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "ext/db.h"
#include "scaffolder/task_private.h"
#include "sql/scaffolder.h"

enum { BEAT_MS = 500, LEAVES_MS = 1000 };

struct task_watcher {
	struct task_watch *seen; /* shared */
	pid_t pid;
	int end; /* closed: it leaves */
};

/* ---- in the process beside ---- */

static void look(struct ctx *cx, struct task_watch *seen, const char *id, uint64_t run, struct job *job)
{
	struct q_task_asked_out row;
	int rc = q_task_beat_exec(cx, &(struct q_task_beat_in){ id, run });

	if (rc == 0)
		rc = q_task_asked_one(cx, &(struct q_task_asked_in){ id }, &row);
	if (rc == 1 && row.cancelled)
		__atomic_store_n(&seen->cancelled, true, __ATOMIC_RELEASE);
	if (rc == 0 || (rc == 1 && row.run != run))
		__atomic_store_n(&seen->lost, true, __ATOMIC_RELEASE);
	if (rc >= 0 && job_renew(cx, job) == ERR_CONFLICT)
		__atomic_store_n(&seen->lost, true, __ATOMIC_RELEASE);
}

/* Its own connection: the other's is not to be touched, not even to close it. */
static void watch(const struct ctx *of, struct task_watch *seen, const char *id, uint64_t run, struct job *job, int end)
{
	struct arena mem = { 0 };
	struct ctx cx = { .mem = &mem, .conf = of->conf, .request_id = of->request_id };
	struct pollfd fd = { .fd = end, .events = POLLIN };

	prctl(PR_SET_NAME, "callboard-watch");
	cx.db = db_new(json_path(cx.conf, "backend", "database", "connection", NULL));
	while (poll(&fd, 1, BEAT_MS) == 0) {
		look(&cx, seen, id, run, job);
		cx.err = (struct err){ 0 };
		arena_reset(&mem);
	}
	db_free(cx.db);
	_exit(0);
}

/* ---- in the one that runs the task ---- */

struct task_watcher *task_watch_begin(struct ctx *cx, const char *id, uint64_t run, struct job *job)
{
	struct task_watcher *w = arena_new(cx->mem, struct task_watcher);
	pid_t parent = getpid();
	int ends[2];

	w->seen = mmap(NULL, sizeof(*w->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w->seen == MAP_FAILED || pipe2(ends, O_CLOEXEC) < 0)
		abort();
	w->pid = fork();
	if (w->pid < 0)
		abort();
	if (w->pid == 0) {
		/* The worker may be gone before this is heard. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		close(ends[1]);
		watch(cx, w->seen, id, run, job, ends[0]);
	}
	close(ends[0]);
	w->end = ends[1];
	return w;
}

const struct task_watch *task_watch_seen(const struct task_watcher *w)
{
	return w->seen;
}

static bool has_left(pid_t pid, int options)
{
	pid_t left = waitpid(pid, NULL, options);

	return left == pid || (left < 0 && errno == ECHILD);
}

void task_watch_end(struct task_watcher *w)
{
	uint64_t began = clock_mono_us();

	close(w->end);
	while (!has_left(w->pid, WNOHANG)) {
		if (clock_mono_us() - began > LEAVES_MS * 1000) {
			kill(w->pid, SIGKILL);
			has_left(w->pid, 0);
			break;
		}
		poll(NULL, 0, 1);
	}
	munmap(w->seen, sizeof(*w->seen));
}
