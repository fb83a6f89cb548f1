/* The files of a documentation's source: read and listed without ever leaving its folder. */
#include "docs/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/utf8.h"

enum { MAX_DEPTH = 32, PIECE = 65536, FRESH_MS = 2000 };

int tree_open(struct ctx *cx, const char *dir, struct tree *out)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail(cx, ERR_NOTFOUND, "%s: %s", dir, strerror(errno));
	fd_keep(cx->mem, fd);
	out->fd = fd;
	return 0;
}

static int open_beneath(const struct tree *t, const char *path, int flags)
{
	/* What is not opened for reading takes no flags of reading. */
	int more = flags & O_PATH ? O_CLOEXEC : O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	struct open_how how = { .flags = (unsigned)(flags | more), .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, t->fd, *path ? path : ".", &how, sizeof(how));
}

int tree_open_file(const struct tree *t, const char *path)
{
	struct stat st;
	int fd = open_beneath(t, path, O_RDONLY);

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

static int cannot(struct ctx *cx, const char *path)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return fail(cx, ERR_NOTFOUND, "%s: there is no such file", path);
	case EXDEV:
	case ELOOP:
		return fail(cx, ERR_DENIED, "%s: it lies outside of the documentation's source", path);
	default:
		return fail(cx, ERR_DENIED, "%s: it cannot be read: %s", path, strerror(errno));
	}
}

static int read_all(struct ctx *cx, int fd, const char *path, size_t most, struct buf *b)
{
	for (;;) {
		buf_need(b, PIECE);

		ssize_t got = read(fd, b->p + b->n, PIECE);

		if (got < 0 && errno != EINTR)
			return cannot(cx, path);
		if (got == 0)
			return 0;
		b->n += got > 0 ? (size_t)got : 0;
		if (b->n > most)
			return fail(cx, ERR_TOOLARGE, "%s: larger than %zu bytes", path, most);
	}
}

int tree_read(struct ctx *cx, const struct tree *t, const char *path, size_t most, struct str *out)
{
	struct buf b = { .mem = cx->mem };
	AUTO_FD fd = tree_open_file(t, path);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot(cx, path);
	if (st.st_size > 0 && (uint64_t)st.st_size <= most)
		buf_need(&b, (size_t)st.st_size + PIECE);

	int rc = read_all(cx, fd, path, most, &b);

	if (rc < 0)
		return rc;
	b.p[b.n] = '\0';
	*out = buf_str(&b);
	return 0;
}

bool tree_has_file(const struct tree *t, const char *path)
{
	AUTO_FD fd = tree_open_file(t, path);

	return fd >= 0;
}

uint64_t tree_stamp(const struct stat *st)
{
	const uint64_t of[] = { st->st_dev,
				st->st_ino,
				(uint64_t)st->st_size,
				(uint64_t)st->st_mtim.tv_sec,
				(uint64_t)st->st_mtim.tv_nsec,
				(uint64_t)st->st_ctim.tv_sec,
				(uint64_t)st->st_ctim.tv_nsec };
	int64_t changed_ms = (int64_t)st->st_ctim.tv_sec * 1000 + st->st_ctim.tv_nsec / 1000000;
	uint64_t sum = checksum64(of, sizeof(of));

	/* Whoever writes a file sets its ctime, whatever becomes of its mtime. */
	return clock_wall_ms() - changed_ms < FRESH_MS ? 0 : sum ? sum : 1;
}

struct entry {
	const char *name;
	bool folder;
	uint64_t bytes, stamp;
};
struct entries {
	struct entry *items;
	size_t n, cap;
};

/* A folder's index comes first, then its README, which is left out beside one. */
static int rank(const struct entry *e)
{
	if (e->folder)
		return 3;
	return str_starts(e->name, "index.") ? 0 : str_starts(e->name, "README.") ? 1 : 2;
}

static int in_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return rank(x) != rank(y) ? rank(x) - rank(y) : strcmp(x->name, y->name);
}

struct walk {
	struct ctx *cx;
	const struct tree *t;
	const struct tree_limits *limits;
	struct tree_files *out;
};

/* What a name of a folder is; a link is what it leads to. 1: it counts, 0: it does not. */
static int look(struct walk *w, int folder, const char *path, struct entry *e)
{
	struct stat st;

	if (fstatat(folder, e->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* gone meanwhile */
	if (S_ISLNK(st.st_mode)) {
		AUTO_FD fd = open_beneath(w->t, path, O_PATH);

		if (fd < 0 && errno == ENOENT)
			return 0; /* a link to nothing */
		if (fd < 0 || fstat(fd, &st) < 0)
			return cannot(w->cx, path);
	}
	e->folder = S_ISDIR(st.st_mode);
	e->bytes = (uint64_t)st.st_size;
	e->stamp = tree_stamp(&st);
	return S_ISREG(st.st_mode) || e->folder;
}

static int take(struct walk *w, const char *path, const struct entry *e)
{
	struct tree_files *out = w->out;

	out->bytes += e->bytes;
	if (out->n >= w->limits->files)
		return fail(w->cx, ERR_TOOLARGE, "more than %zu files", w->limits->files);
	if (out->bytes > w->limits->bytes)
		return fail(w->cx, ERR_TOOLARGE, "the files are larger than %llu bytes together",
			    (unsigned long long)w->limits->bytes);
	*list_add(w->cx->mem, out) = (struct tree_file){ path, e->bytes, e->stamp };
	return 0;
}

static int read_folder(struct walk *w, const char *folder, struct entries *out)
{
	int fd = open_beneath(w->t, folder, O_RDONLY | O_DIRECTORY);
	const struct dirent *d;

	if (fd < 0)
		return cannot(w->cx, folder);

	AUTO_DIR dir = fdopendir(fd);

	if (!dir) {
		close(fd);
		return cannot(w->cx, folder);
	}
	while ((d = readdir(dir))) {
		struct entry e = { .name = arena_strdup(w->cx->mem, d->d_name) };

		if (*d->d_name == '.' || !utf8_valid(d->d_name, strlen(d->d_name)) || strpbrk(d->d_name, "\n\t\\"))
			continue;

		int rc = look(w, fd, *folder ? arena_printf(w->cx->mem, "%s/%s", folder, e.name) : e.name, &e);

		if (rc < 0)
			return rc;
		if (rc)
			*list_add(w->cx->mem, out) = e;
		if (out->n > w->limits->files)
			return fail(w->cx, ERR_TOOLARGE, "more than %zu files", w->limits->files);
	}
	return 0;
}

static int walk_folder(struct walk *w, const char *folder, int depth)
{
	struct entries list = { 0 };
	int rc = depth > MAX_DEPTH ? fail(w->cx, ERR_TOOLARGE, "%s: folders are nested too deep", folder)
				   : read_folder(w, folder, &list);

	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), in_order);
	for (size_t i = 0; i < list.n && rc == 0; i++) {
		const struct entry *e = &list.items[i];
		const char *path = *folder ? arena_printf(w->cx->mem, "%s/%s", folder, e->name) : e->name;

		rc = e->folder ? walk_folder(w, path, depth + 1) : take(w, path, e);
	}
	return rc;
}

int tree_list(struct ctx *cx, const struct tree *t, const char *folder, const struct tree_limits *limits,
	      struct tree_files *out)
{
	struct walk w = { cx, t, limits, out };

	return walk_folder(&w, folder, 0);
}
