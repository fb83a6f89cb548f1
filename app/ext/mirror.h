/* Bare mirrors of git repositories on disk. Only for ext/git*.c. */
#ifndef EXT_MIRROR_H
#define EXT_MIRROR_H

#include <git2.h>

#include "ext/git.h"

#define AUTO_REPO __attribute__((cleanup(mirror_closep))) git_repository *
void mirror_closep(git_repository **repo);
#define AUTO_OBJECT __attribute__((cleanup(mirror_objectp))) git_object *
void mirror_objectp(git_object **object);
#define AUTO_TREE __attribute__((cleanup(mirror_treep))) git_tree *
void mirror_treep(git_tree **tree);

/* Prepares libgit2, once for the process. */
void mirror_library(void);
/* What libgit2 said last; "" never. */
const char *mirror_why(void);
/* The URL for messages, without user and password. */
const char *mirror_shown(struct ctx *cx, const char *url);
/* Path of the mirror, with a suffix: ".git" the repository, ".lock" its lock file. */
const char *mirror_path(struct ctx *cx, const struct git_source *src, const char *suffix);
/* Opens an existing mirror. ERR_NOTFOUND. */
int mirror_open(struct ctx *cx, const struct git_source *src, git_repository **repo);
/* The same with the tree of a commit in it, named by its id. ERR_NOTFOUND, ERR_INPUT. */
int mirror_tree(struct ctx *cx, const struct git_source *src, const char *commit, git_repository **repo, git_tree **tree);
/*
 * Opens or makes the mirror and takes its lock, waiting for others; *lock is closed with the process or by the caller.
 * What a killed process left half done is cleared away.
 */
int mirror_lock(struct ctx *cx, const struct git_source *src, git_repository **repo, int *lock);
/* Says that a fetch begins, or that it ended well: one that did neither is cleared up by the next mirror_lock(). */
void mirror_mark(struct ctx *cx, const struct git_source *src, bool busy);

#endif
