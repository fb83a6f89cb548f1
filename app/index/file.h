/* A file of blocks that each carry a checksum over all that came before: nothing of a torn or changed file is ever believed. */
#ifndef INDEX_FILE_H
#define INDEX_FILE_H

#include "base/ctx.h"
#include "base/str.h"

/* What is written or read in one piece is never longer. */
enum { FILE_BLOCK = 256 << 10, FILE_PIECE = FILE_BLOCK / 4 };

struct file_head {
	uint32_t n, last; /* bytes behind the head; whether the file ends with them */
	uint64_t sum;
};

struct file {
	int fd;
	struct file_head head; /* of the block that was read last */
	char *block;           /* the bytes of a block behind room for its head */
	size_t n, at;          /* bytes in the block; read so far */
	uint64_t sum;
	uint64_t size; /* of a file that is read */
	bool bad;      /* something could not be written, or what was read is not what was written */
	int error;     /* errno, where writing failed */
};

/* Writes to "path.new"; a worded ERR_UNAVAILABLE. */
int file_create(struct ctx *cx, const char *path, struct file *out);
void file_put(struct file *f, const void *bytes, size_t n);
void file_put_u32(struct file *f, uint32_t v);
void file_put_u64(struct file *f, uint64_t v);
void file_put_text(struct file *f, struct str text);
/* Gives it its name when all was written, else removes it; what had the name before stays until then. */
int file_finish(struct ctx *cx, const char *path, struct file *f);

/* ERR_NOTFOUND when there is none, ERR_CONFLICT when it cannot be read. */
int file_open(struct ctx *cx, const char *path, struct file *out);
/* n bytes that stay until the next call; NULL with bad set when they are not there. */
const void *file_get(struct file *f, size_t n);
uint32_t file_get_u32(struct file *f);
uint64_t file_get_u64(struct file *f);
struct str file_get_text(struct file *f);
/* Whether all was read and was good. */
bool file_is_read(const struct file *f);
void file_close(struct file *f);

#endif
