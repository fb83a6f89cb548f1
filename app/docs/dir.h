/* Folders that a build writes to. Paths are relative to the folder; folders on the way are made. */
#ifndef DOCS_DIR_H
#define DOCS_DIR_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/map.h"
#include "base/str.h"

struct dir {
	int fd;
	const char *path;
	bool shown;        /* others read it: no file is seen half written */
	struct arena *mem; /* of made */
	struct map made;   /* folders that are known to be there */
};

/* Makes a folder that must not be there yet. ERR_CONFLICT, ERR_INTERNAL. */
int dir_make(struct ctx *cx, const char *path, struct dir *out);
/* Opens one that is there; false when it is not. */
bool dir_open(struct ctx *cx, const char *path, struct dir *out);
/* Whoever reads the path finds what was there before, or all of bytes. ERR_INTERNAL for a full disk and the like. */
int dir_write(struct ctx *cx, struct dir *d, const char *path, struct str bytes);
/* Begins an empty file, in place of one that is there (whose other names keep what it was); -1 with errno. */
int dir_begin(struct ctx *cx, struct dir *d, const char *path);
/* The file at path of from becomes one of d, without a copy. False when that cannot be done. */
bool dir_link(struct ctx *cx, struct dir *d, const char *path, const struct dir *from);
/* Copies all bytes of a descriptor. */
int dir_copy(struct ctx *cx, struct dir *d, const char *path, int from);
/* The bytes of a file that nobody changes, until cx->mem is reset. False: there are none. */
bool dir_map(struct ctx *cx, const struct dir *d, const char *path, struct str *out);
/* Removes a file, and the folders above it that are empty then. */
void dir_unlink(struct ctx *cx, const struct dir *d, const char *path);
/* ERR_NOTFOUND. */
int dir_read(struct ctx *cx, const struct dir *d, const char *path, struct str *out);

#endif
