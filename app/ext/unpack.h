/* Trees of strangers on their way to a folder of ours: counted, and nothing but regular files. Only for ext/. */
#ifndef EXT_UNPACK_H
#define EXT_UNPACK_H

#include "base/ctx.h"
#include "base/str.h"

struct unpack_limits {
	uint64_t bytes; /* of all files together */
	uint64_t files;
};
struct unpack_result {
	uint64_t bytes, files;
	uint64_t left_out; /* links, devices and names that are no text: not unpacked */
};

struct unpack {
	struct ctx *cx;
	const char *to;
	const struct unpack_limits *limits;
	struct unpack_result done;
};

/* Makes the folder. Errors of all three: ERR_TOOLARGE: a limit; ERR_UNAVAILABLE: the disk is full; ERR_INTERNAL. */
int unpack_begin(struct unpack *u);
/* A new file at place below the folder, which must be a clean path; *fd is the caller's. executable: it may be run. */
int unpack_file(struct unpack *u, const char *place, bool executable, int *fd);
/* More of its bytes. */
int unpack_bytes(struct unpack *u, int fd, const void *bytes, size_t n);
/* Whether a path can be a file's: text, not too long, and without "..", "." or empty parts. */
bool unpack_clean(const char *path);

#endif
