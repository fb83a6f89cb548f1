/* Work of libgit2 in a child process, which can be stopped at any time. */
#include "ext/git_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { LOOK_MS = 100 };

struct outcome {
	int rc;
	char told[GIT_CHILD_TOLD];
	char text[sizeof(((struct err *)NULL)->text)];
};

enum ending { TOLD, DIED, LATE, STOPPED };

static void run_child(struct ctx *cx, pid_t parent, git_child_fn *fn, void *arg, int to)
{
	struct outcome o = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1); /* it died before we could ask to be told */
	signal(SIGPIPE, SIG_IGN);
	o.rc = fn(cx, arg, o.told);
	memcpy(o.text, cx->err.text, sizeof(o.text));
	_exit(write(to, &o, sizeof(o)) == (ssize_t)sizeof(o) ? 0 : 1);
}

/* Reads what the child found out. */
static enum ending wait_for(const struct git_child *how, int from, uint64_t deadline, struct outcome *o)
{
	for (;;) {
		uint64_t now = clock_mono_us();
		struct pollfd p = { .fd = from, .events = POLLIN };

		if (now >= deadline)
			return LATE;
		if (how->stop && how->stop(how->stop_arg))
			return STOPPED;

		uint64_t left = (deadline - now) / 1000 + 1;
		int ready = poll(&p, 1, (int)(how->stop && left > LOOK_MS ? LOOK_MS : left));

		if (ready > 0)
			return read(from, o, sizeof(*o)) == (ssize_t)sizeof(*o) ? TOLD : DIED;
	}
}

static int judge(struct ctx *cx, const struct git_child *how, enum ending ending, const struct outcome *o)
{
	switch (ending) {
	case LATE:
		return fail(cx, ERR_TIMEOUT, "%s: the git server was too slow", how->shown);
	case STOPPED:
		return fail(cx, ERR_CONFLICT, "%s: cancelled", how->shown);
	case DIED:
		return fail(cx, ERR_UPSTREAM, "%s: reading it with git failed", how->shown);
	case TOLD:
		break;
	}
	return o->rc < 0 ? fail(cx, o->rc, "%s", o->text) : 0;
}

int git_child_run(struct ctx *cx, const struct git_child *how, git_child_fn *fn, void *arg, char told[GIT_CHILD_TOLD])
{
	uint64_t deadline = clock_mono_us() + 1000ull * how->timeout_ms;
	struct outcome o = { 0 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(cx, ERR_UNAVAILABLE, "no pipe for git");

	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		run_child(cx, parent, fn, arg, ends[1]);
	close(ends[1]);

	enum ending ending = pid > 0 ? wait_for(how, ends[0], deadline, &o) : DIED;

	close(ends[0]);
	if (pid < 0)
		return fail(cx, ERR_UNAVAILABLE, "no process for git");
	if (ending != TOLD)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	memcpy(told, o.told, GIT_CHILD_TOLD);
	return judge(cx, how, ending, &o);
}
