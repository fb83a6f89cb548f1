/* Work of libgit2 in a child process, which can be stopped at any time. Only for ext/git*.c. */
#ifndef EXT_GIT_CHILD_H
#define EXT_GIT_CHILD_H

#include <stdint.h>

#include "base/ctx.h"

enum { GIT_CHILD_TOLD = 384 };

/* What the child does: 0, or its error; told is what it has found out, a text. */
typedef int git_child_fn(struct ctx *cx, void *arg, char told[GIT_CHILD_TOLD]);

struct git_child {
	const char *shown; /* the URL, for messages */
	unsigned timeout_ms;
	bool (*stop)(void *arg); /* asked now and then: shall it end early? NULL: never */
	void *stop_arg;
};

/*
 * libgit2 1.5 waits for a silent server without end, and is fed by strangers: what it does, it does in a child that is killed
 * when its time is up. Errors of fn, ERR_TIMEOUT, ERR_CONFLICT: it was stopped, ERR_UPSTREAM: it died.
 */
int git_child_run(struct ctx *cx, const struct git_child *how, git_child_fn *fn, void *arg, char told[GIT_CHILD_TOLD]);

#endif
