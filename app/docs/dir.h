/* Folders that a build writes to. Paths are relative to the folder; folders on the way are made. */
#ifndef DOCS_DIR_H
#define DOCS_DIR_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/str.h"

struct dir {
	int fd;
	const char *path;
};

/* Makes a folder that must not be there yet. ERR_CONFLICT, ERR_INTERNAL. */
int dir_make(struct ctx *cx, const char *path, struct dir *out);
/* Opens one that is there; false when it is not. */
bool dir_open(struct ctx *cx, const char *path, struct dir *out);
/* ERR_INTERNAL for a full disk and the like. */
int dir_write(struct ctx *cx, const struct dir *d, const char *path, struct str bytes);
/* The file at path of from becomes one of d, without a copy. False when that cannot be done. */
bool dir_link(struct ctx *cx, const struct dir *d, const char *path, const struct dir *from);
/* Copies all bytes of a descriptor. */
int dir_copy(struct ctx *cx, const struct dir *d, const char *path, int from);
/* ERR_NOTFOUND. */
int dir_read(struct ctx *cx, const struct dir *d, const char *path, struct str *out);
/* Removes a folder with all that is in it, if it is there. */
void dir_remove(const char *path);

#endif
