/* Makes a commit of a folder's files and pushes it to a git server (libgit2). */
#ifndef EXT_GIT_PUBLISH_H
#define EXT_GIT_PUBLISH_H

#include "ext/git.h"

/* What becomes of the folder's files in a repository that has files already. */
enum git_put {
	GIT_PUT,    /* they are there afterwards, whatever was */
	GIT_CREATE, /* none may be there: ERR_CONFLICT */
	GIT_CHANGE, /* each has to be there: ERR_NOTFOUND */
	GIT_REMOVE, /* they are not there afterwards; nor are those that were not before */
};

struct git_signature_of {
	const char *name, *email;
};

struct git_publish {
	struct git_source to;   /* ref and cache are not looked at */
	const char *folder;     /* whose files they are */
	const char *scratch;    /* a folder for the repository that is made on the way; it is taken away again */
	const char *branch;     /* that is pushed */
	struct git_source from; /* with on_base: where that is; url NULL: where it is pushed to, which else is a fork of it */
	bool on_base;           /* upon what the repository has; false: a history of its own, for an empty one */
	const char *base;       /* the branch it begins from; NULL: the default branch */
	bool update;            /* with on_base: a branch that is there gets one more commit; false: it must not be there */
	const char *into;       /* with on_base: the folder of the repository that the files go to; NULL: its root */
	enum git_put put;
	const char *const *gone; /* with on_base: paths that are taken away; those that are not there are no error */
	size_t n_gone;
	const char *message;
	struct git_signature_of author, committer;
	int64_t at_s;            /* when: the same files at the same time are the same commit */
	const char *signing_key; /* an armored key of OpenPGP that signs the commit; NULL: nothing does */
	bool empty;              /* a commit is also made when nothing changes */
	bool (*stop)(void *arg); /* as of struct git_child */
	void *stop_arg;
};

struct git_published {
	const char *commit; /* that the branch is at now */
	const char *base;   /* with on_base: the branch it began from */
	bool changed;       /* false: there was nothing to commit, and nothing was pushed */
};

/*
 * Executable files are, links are links, .gitignore is heeded, nothing runs: neither hooks nor filters. When the branch is at
 * this very commit already, that is what was to be done: after a crash it can be done again. ERR_CONFLICT: there is such a
 * branch, or it has moved; ERR_DENIED: a link leads outside of the folder, a name belongs to git, or the server does not want
 * it; ERR_AUTH, ERR_NOTFOUND, ERR_TIMEOUT, ERR_UPSTREAM.
 */
int git_publish(struct ctx *cx, const struct git_publish *p, struct git_published *out);

#endif
