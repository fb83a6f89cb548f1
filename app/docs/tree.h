/* The files of a documentation's source: read and listed without ever leaving its folder. */
#ifndef DOCS_TREE_H
#define DOCS_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/list.h"
#include "base/str.h"

/* A folder that is open; paths are relative to it. Links are followed as long as they stay beneath it. */
struct tree {
	int fd;
};

struct tree_file {
	const char *path; /* relative to the tree */
	uint64_t bytes;
	uint64_t stamp; /* tree_stamp() */
};
struct tree_files {
	struct tree_file *items;
	size_t n, cap;
	uint64_t bytes; /* of all */
};
struct tree_limits {
	size_t files;
	uint64_t bytes; /* of all files together */
};

/* Opens dir until cx->mem is reset. ERR_NOTFOUND. */
int tree_open(struct ctx *cx, const char *dir, struct tree *out);
/* A file's bytes, NUL-terminated, in cx->mem. ERR_NOTFOUND; ERR_DENIED: it lies outside; ERR_TOOLARGE beyond most. */
int tree_read(struct ctx *cx, const struct tree *t, const char *path, size_t most, struct str *out);
bool tree_has_file(const struct tree *t, const char *path);
/*
 * The regular files below folder ("" all), without hidden ones: of each folder first its files, index and README before the
 * others, then its folders, both by name. ERR_DENIED: a link leads outside; ERR_TOOLARGE; ERR_NOTFOUND.
 */
int tree_list(struct ctx *cx, const struct tree *t, const char *folder, const struct tree_limits *limits,
	      struct tree_files *out);
struct stat;
/*
 * Tells whether a file is the very one, with the bytes, that it was before: from its inode, size and times. 0, which equals
 * nothing, when it was written so lately that a second change might have the same time.
 */
uint64_t tree_stamp(const struct stat *st);
/* An open file, to be read; -1 with errno. */
int tree_open_file(const struct tree *t, const char *path);

#endif
