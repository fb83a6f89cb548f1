/* Folders that a build writes to. */
#include "docs/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"

enum { OPEN_FILES = 16, PIECE = 1 << 16 };

static void close_fd(void *arg)
{
	close((int)(intptr_t)arg);
}

bool dir_open(struct ctx *cx, const char *path, struct dir *out)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*out = (struct dir){ fd, path };
	if (fd >= 0)
		arena_defer(cx->mem, close_fd, (void *)(intptr_t)fd);
	return fd >= 0;
}

int dir_make(struct ctx *cx, const char *path, struct dir *out)
{
	if (mkdir(path, 0755) < 0)
		return fail(cx, errno == EEXIST ? ERR_CONFLICT : ERR_INTERNAL, "%s: %s", path, strerror(errno));
	if (!dir_open(cx, path, out))
		return fail(cx, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	return 0;
}

static int cannot(struct ctx *cx, const struct dir *d, const char *path)
{
	return fail(cx, ERR_INTERNAL, "%s/%s: %s", d->path, path, strerror(errno));
}

/* Makes the folders above a path. */
static void make_folders(struct ctx *cx, const struct dir *d, const char *path)
{
	char *copy = arena_strdup(cx->mem, path);

	for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdirat(d->fd, copy, 0755);
		*slash = '/';
	}
}

static int open_new(struct ctx *cx, const struct dir *d, const char *path)
{
	int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, fd = openat(d->fd, path, flags, 0644);

	if (fd < 0 && errno == ENOENT) {
		make_folders(cx, d, path);
		fd = openat(d->fd, path, flags, 0644);
	}
	return fd;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

int dir_write(struct ctx *cx, const struct dir *d, const char *path, struct str bytes)
{
	AUTO_FD fd = open_new(cx, d, path);

	return fd < 0 || !write_all(fd, bytes.p, bytes.n) ? cannot(cx, d, path) : 0;
}

bool dir_link(struct ctx *cx, const struct dir *d, const char *path, const struct dir *from)
{
	if (linkat(from->fd, path, d->fd, path, 0) == 0)
		return true;
	if (errno != ENOENT)
		return false;
	make_folders(cx, d, path);
	return linkat(from->fd, path, d->fd, path, 0) == 0;
}

int dir_copy(struct ctx *cx, const struct dir *d, const char *path, int from)
{
	AUTO_FD fd = open_new(cx, d, path);
	char piece[PIECE];
	ssize_t n;

	if (fd < 0)
		return cannot(cx, d, path);
	while ((n = read(from, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !write_all(fd, piece, (size_t)n))
			return cannot(cx, d, path);
	}
	return 0;
}

int dir_read(struct ctx *cx, const struct dir *d, const char *path, struct str *out)
{
	struct buf b = { .mem = cx->mem };
	AUTO_FD fd = openat(d->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fail(cx, ERR_NOTFOUND, "%s/%s: there is no such file", d->path, path);
	buf_need(&b, (size_t)st.st_size + 1);
	while (b.n < (size_t)st.st_size) {
		ssize_t n = read(fd, b.p + b.n, (size_t)st.st_size - b.n);

		if (n < 0 && errno != EINTR)
			return cannot(cx, d, path);
		if (n == 0)
			break;
		b.n += n > 0 ? (size_t)n : 0;
	}
	b.p[b.n] = '\0';
	*out = buf_str(&b);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void dir_remove(const char *path)
{
	nftw(path, remove_one, OPEN_FILES, FTW_DEPTH | FTW_PHYS);
}
