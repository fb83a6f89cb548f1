/* Folders that a build writes to. */
#include "docs/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"

enum { PIECE = 1 << 16 };

bool dir_open(struct ctx *cx, const char *path, struct dir *out)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*out = (struct dir){ .fd = fd, .path = path, .mem = cx->mem };
	if (fd >= 0)
		fd_keep(cx->mem, fd);
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

/* Makes the folder of a path, and those above it, unless it is known to be there. */
static void make_folder(struct ctx *cx, struct dir *d, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *folder = slash ? arena_strndup(cx->mem, path, (size_t)(slash - path)) : NULL;

	if (!folder || map_get(&d->made, folder))
		return;
	make_folder(cx, d, folder);
	mkdirat(d->fd, folder, 0755);
	/* The map may outlive the arena of one page. */
	folder = arena_strdup(d->mem, folder);
	map_put(d->mem, &d->made, folder, d);
}

int dir_begin(struct ctx *cx, struct dir *d, const char *path)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, fd;

	make_folder(cx, d, path);
	fd = openat(d->fd, path, flags, 0644);
	if (fd < 0 && errno == EEXIST && unlinkat(d->fd, path, 0) == 0)
		fd = openat(d->fd, path, flags, 0644);
	return fd;
}

/* What a file is called while it is written: no file of a site is hidden. */
static const char *beside(struct ctx *cx, const char *path)
{
	const char *slash = strrchr(path, '/');

	return arena_printf(cx->mem, "%.*s.new", slash ? (int)(slash + 1 - path) : 0, path);
}

/* A file that was made as made is now at path; after a fault it is nowhere. */
static int finish(struct ctx *cx, const struct dir *d, const char *made, const char *path, bool good)
{
	int rc = good && (made == path || renameat(d->fd, made, d->fd, path) == 0) ? 0 : cannot(cx, d, path);

	if (rc < 0)
		unlinkat(d->fd, made, 0);
	return rc;
}

int dir_write(struct ctx *cx, struct dir *d, const char *path, struct str bytes)
{
	const char *made = d->shown ? beside(cx, path) : path;
	AUTO_FD fd = dir_begin(cx, d, made);

	return finish(cx, d, made, path, fd >= 0 && fd_write(fd, bytes.p, bytes.n));
}

bool dir_link(struct ctx *cx, struct dir *d, const char *path, const struct dir *from)
{
	make_folder(cx, d, path);
	return linkat(from->fd, path, d->fd, path, 0) == 0;
}

static bool copy_all(int fd, int from)
{
	char piece[PIECE];
	ssize_t n;

	while ((n = read(from, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !fd_write(fd, piece, (size_t)n))
			return false;
	}
	return true;
}

int dir_copy(struct ctx *cx, struct dir *d, const char *path, int from)
{
	const char *made = d->shown ? beside(cx, path) : path;
	AUTO_FD fd = dir_begin(cx, d, made);

	return finish(cx, d, made, path, fd >= 0 && copy_all(fd, from));
}

void dir_unlink(struct ctx *cx, const struct dir *d, const char *path)
{
	char *copy = arena_strdup(cx->mem, path), *slash;

	unlinkat(d->fd, path, 0);
	while ((slash = strrchr(copy, '/'))) {
		*slash = '\0';
		if (unlinkat(d->fd, copy, AT_REMOVEDIR) < 0)
			return;
	}
}

struct mapping {
	void *at;
	size_t n;
};

static void unmap(void *arg)
{
	const struct mapping *m = arg;

	munmap(m->at, m->n);
}

bool dir_map(struct ctx *cx, const struct dir *d, const char *path, struct str *out)
{
	AUTO_FD fd = openat(d->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct mapping *m = arena_new(cx->mem, struct mapping);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return false;
	*m = (struct mapping){ mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0), (size_t)st.st_size };
	if (m->at == MAP_FAILED)
		return false;
	arena_defer(cx->mem, unmap, m);
	*out = (struct str){ m->at, m->n };
	return true;
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
