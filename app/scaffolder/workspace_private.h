/* What the parts of a workspace share. Paths are clean here. Only app/scaffolder/workspace*.c includes this. */
#ifndef SCAFFOLDER_WORKSPACE_PRIVATE_H
#define SCAFFOLDER_WORKSPACE_PRIVATE_H

#include "scaffolder/workspace.h"

enum { WORKSPACE_DEPTH = 64, WORKSPACE_PIECE = 65536 };

/* Opens beneath the workspace; -1 with errno. */
int workspace_at(const struct workspace *w, const char *path, int flags, mode_t mode);
/* The folder that an entry is in, and its name in it; made with those on the way when make. -1 with the error worded. */
int workspace_parent(struct ctx *cx, struct workspace *w, const char *path, bool make, const char **name);
/* Words errno. */
int workspace_error(struct ctx *cx, const char *path);
/* Counts what is about to be written. ERR_TOOLARGE names path. */
int workspace_take(struct ctx *cx, struct workspace *w, const char *path, uint64_t bytes, uint64_t files);
void workspace_give(struct workspace *w, uint64_t bytes, uint64_t files);
/* A file to be written, empty; *fd is the caller's. */
int workspace_create(struct ctx *cx, struct workspace *w, const char *path, mode_t mode, int *fd);
int workspace_put(struct ctx *cx, struct workspace *w, const char *path, int fd, const char *bytes, size_t n);
/* Where a link leads, as it was written. */
int workspace_link(struct ctx *cx, const struct workspace *w, const char *path, const char **target);
/* A link, in place of what was there: it may lead anywhere, since nobody follows it out of here. */
int workspace_make_link(struct ctx *cx, struct workspace *w, const char *path, const char *target);

#endif
