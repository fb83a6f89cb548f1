/* A file of blocks with checksums: written beside the old one, read block by block. */
#include "index/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "index/private.h"

enum { HEAD = sizeof(struct file_head) };

/* Of the block and its head, in which the sum of the block before stands. */
static uint64_t sum_of_block(const struct file *f, struct file_head head)
{
	head.sum = f->sum;
	memcpy(f->block, &head, HEAD);
	return checksum64(f->block, HEAD + head.n);
}

static char *new_name(struct ctx *cx, const char *path)
{
	return arena_printf(cx->mem, "%s.new", path);
}

static int cannot_write(struct ctx *cx, const char *path, int error)
{
	return fail(cx, ERR_UNAVAILABLE, "%s cannot be written: %s", path, strerror(error));
}

/* ---- writing ---- */

int file_create(struct ctx *cx, const char *path, struct file *out)
{
	*out = (struct file){ .fd = open(new_name(cx, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) };
	if (out->fd < 0)
		return cannot_write(cx, path, errno);
	out->block = must_alloc(HEAD + FILE_BLOCK);
	return 0;
}

static void write_all(struct file *f, const char *p, size_t n)
{
	while (n && !f->bad) {
		ssize_t done = write(f->fd, p, n);

		if (done < 0 && errno != EINTR) {
			f->bad = true;
			f->error = errno;
		} else if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
}

static void write_block(struct file *f, bool last)
{
	struct file_head head = { .n = (uint32_t)f->n, .last = last };

	f->sum = head.sum = sum_of_block(f, head);
	memcpy(f->block, &head, HEAD);
	write_all(f, f->block, HEAD + f->n);
	f->n = 0;
}

void file_put(struct file *f, const void *bytes, size_t n)
{
	if (n > FILE_PIECE)
		abort();
	if (f->n + n > FILE_BLOCK)
		write_block(f, false);
	if (n)
		memcpy(f->block + HEAD + f->n, bytes, n);
	f->n += n;
}

void file_put_u32(struct file *f, uint32_t v)
{
	file_put(f, &v, sizeof(v));
}

void file_put_u64(struct file *f, uint64_t v)
{
	file_put(f, &v, sizeof(v));
}

void file_put_text(struct file *f, struct str text)
{
	file_put_u32(f, (uint32_t)text.n);
	file_put(f, text.p, text.n);
}

/* The name survives a power cut only with its directory. */
static int sync_directory(struct ctx *cx, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dir = !slash ? "." : slash == path ? "/" : arena_strndup(cx->mem, path, (size_t)(slash - path));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return rc;
}

int file_finish(struct ctx *cx, const char *path, struct file *f)
{
	const char *name = new_name(cx, path);

	write_block(f, true);
	if (!f->bad && fsync(f->fd) < 0) {
		f->bad = true;
		f->error = errno;
	}
	file_close(f);
	if (!f->bad && rename(name, path) == 0)
		return sync_directory(cx, path) < 0 ? cannot_write(cx, path, errno) : 0;
	int error = f->bad ? f->error : errno;

	unlink(name);
	return cannot_write(cx, path, error);
}

/* ---- reading ---- */

int file_open(struct ctx *cx, const char *path, struct file *out)
{
	*out = (struct file){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	if (out->fd < 0)
		return fail(cx, errno == ENOENT ? ERR_NOTFOUND : ERR_CONFLICT, "%s cannot be read: %s", path, strerror(errno));
	struct stat st;

	if (fstat(out->fd, &st) == 0 && st.st_size > 0)
		out->size = (uint64_t)st.st_size;
	out->block = must_alloc(HEAD + FILE_BLOCK);
	return 0;
}

static bool read_all(struct file *f, char *p, size_t n)
{
	while (n) {
		ssize_t got = read(f->fd, p, n);

		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
	return true;
}

static void read_block(struct file *f)
{
	struct file_head head;

	f->n = f->at = 0;
	f->bad |= f->head.last || !read_all(f, f->block, HEAD);
	if (f->bad)
		return;
	memcpy(&head, f->block, HEAD);
	f->bad = head.n > FILE_BLOCK || head.last > 1 || !read_all(f, f->block + HEAD, head.n);
	if (!f->bad)
		f->bad = head.sum != sum_of_block(f, head);
	if (f->bad)
		return;
	f->head = head;
	f->sum = head.sum;
	f->n = head.n;
}

const void *file_get(struct file *f, size_t n)
{
	while (f->at == f->n && n && !f->bad)
		read_block(f);
	if (f->n - f->at < n)
		f->bad = true;
	if (f->bad)
		return NULL;
	f->at += n;
	return f->block + HEAD + f->at - n;
}

uint32_t file_get_u32(struct file *f)
{
	const void *p = file_get(f, sizeof(uint32_t));
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

uint64_t file_get_u64(struct file *f)
{
	const void *p = file_get(f, sizeof(uint64_t));
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

struct str file_get_text(struct file *f)
{
	size_t n = file_get_u32(f);
	const char *p = file_get(f, n);

	return p ? (struct str){ p, n } : STR("");
}

bool file_is_read(const struct file *f)
{
	char byte;

	return !f->bad && f->at == f->n && f->head.last && read(f->fd, &byte, 1) == 0;
}

void file_close(struct file *f)
{
	close(f->fd);
	free(f->block);
	f->block = NULL;
}
