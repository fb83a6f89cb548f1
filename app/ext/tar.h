/* A tree as a stream of bytes: a tar in zstd, written and read piece by piece (libarchive). For our own; strangers' are
 * archive.h's. */
#ifndef EXT_TAR_H
#define EXT_TAR_H

#include <stdint.h>
#include <sys/types.h>

#include "base/ctx.h"
#include "base/str.h"

enum tar_kind { TAR_FILE, TAR_FOLDER, TAR_LINK };
struct tar_entry {
	const char *path;
	enum tar_kind kind;
	mode_t mode;        /* permissions only */
	uint64_t bytes;     /* of a file */
	const char *target; /* of a link */
};

/*
 * Writing. put is given the stream in pieces of `piece` bytes; the last may have fewer. An error of put is that of the function
 * that was called. What is named in cx->mem when it begins has to live until it is closed.
 */
typedef int (*tar_put)(struct ctx *cx, void *arg, struct str bytes);
struct tar_writer;
struct tar_writer *tar_write(struct ctx *cx, size_t piece, tar_put put, void *arg);
int tar_add(struct tar_writer *t, const struct tar_entry *e);
/* Of the file that was added last: as many bytes as it said, in order. */
int tar_add_bytes(struct tar_writer *t, struct str bytes);
/* Gives put what it was not given yet. */
int tar_finish(struct tar_writer *t);
void tar_writer_close(struct tar_writer **t);
#define AUTO_TAR_WRITER __attribute__((cleanup(tar_writer_close))) struct tar_writer *

/* Reading. get gives the next piece, which has to live until it is asked for another one; 1, or 0 at the end. */
typedef int (*tar_get)(struct ctx *cx, void *arg, struct str *bytes);
struct tar_reader;
struct tar_reader *tar_read(struct ctx *cx, tar_get get, void *arg);
/* 1 and the next entry, whose texts live as long as it is the last; 0 at the end. ERR_INPUT: this is no such stream. */
int tar_next(struct tar_reader *t, struct tar_entry *out);
/* The next bytes of the file that was read last, at most n: how many, 0 at its end. */
ssize_t tar_next_bytes(struct tar_reader *t, char *to, size_t n);
void tar_reader_close(struct tar_reader **t);
#define AUTO_TAR_READER __attribute__((cleanup(tar_reader_close))) struct tar_reader *

#endif
