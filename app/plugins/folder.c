/* The files of one plugin's folder: read without ever leaving it, listed, and summed up. */
#include "plugins/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/list.h"

enum { MAX_DEPTH = 16, PIECE = 65536 };

/* The operator's own link to a folder is followed; what lies in it may not lead out. */
static int open_folder(const char *dir)
{
	return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int open_beneath(int dir, const char *name, int flags)
{
	struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
}

static bool is_hidden(const char *name)
{
	return *name == '.' || strstr(name, "/.");
}

/* A regular file beneath; -1 with errno. */
static int open_file(const char *dir, const char *name, struct stat *st)
{
	AUTO_FD folder = is_hidden(name) ? -1 : open_folder(dir);
	int fd;

	if (folder < 0) {
		errno = ENOENT;
		return -1;
	}
	fd = open_beneath(folder, name, O_RDONLY);
	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

static int cannot(struct ctx *cx, const char *dir, const char *name)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return fail(cx, ERR_NOTFOUND, "%s/%s: there is no such file", dir, name);
	case EXDEV:
		return fail(cx, ERR_DENIED, "%s/%s: it lies outside the plugin's folder (a link leads out)", dir, name);
	default:
		return fail(cx, ERR_DENIED, "%s/%s: it cannot be read: %s", dir, name, strerror(errno));
	}
}

int folder_read(struct ctx *cx, const char *dir, const char *name, struct str *text)
{
	struct stat st;
	struct buf b = { .mem = cx->mem };
	AUTO_FD fd = open_file(dir, name, &st);

	if (fd < 0)
		return cannot(cx, dir, name);
	buf_need(&b, (size_t)(st.st_size < PLUGIN_FILE_MAX ? st.st_size : PLUGIN_FILE_MAX) + 2);
	for (ssize_t n = 1; n > 0 && b.n <= PLUGIN_FILE_MAX; b.n += (size_t)n) {
		buf_need(&b, 4096);
		n = read(fd, b.p + b.n, b.cap - b.n - 1);
		if (n < 0)
			return cannot(cx, dir, name);
	}
	if (b.n > PLUGIN_FILE_MAX)
		return fail(cx, ERR_TOOLARGE, "%s/%s: it is larger than %d MiB", dir, name, PLUGIN_FILE_MAX >> 20);
	b.p[b.n] = '\0';
	*text = buf_str(&b);
	return 0;
}

bool folder_has(const char *dir, const char *name)
{
	struct stat st;
	AUTO_FD fd = open_file(dir, name, &st);

	return fd >= 0;
}

/* ---- the sum ---- */

/* What of a file goes into the sum. Order does not matter: each file's own sum is added. */
struct sum {
	struct ctx *cx;
	const char *dir;
	size_t files, bytes;
	uint64_t total;
};

static int too_much(struct sum *s)
{
	return fail(s->cx, ERR_TOOLARGE, "%s: a plugin has at most %d files and %d MiB", s->dir, PLUGIN_FILES_MAX,
		    PLUGIN_BYTES_MAX >> 20);
}

static void add(struct sum *s, const char *path, uint64_t content, uint64_t size)
{
	uint64_t words[] = { hash64(path, strlen(path)), content, size };

	s->total += hash64(words, sizeof(words));
}

static int sum_file(struct sum *s, int dir, const char *name, const char *path)
{
	AUTO_FD fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	unsigned char piece[PIECE];
	uint64_t content = 0, size = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0) {
		uint64_t words[] = { content, hash64(piece, (size_t)n) };

		content = hash64(words, sizeof(words));
		size += (uint64_t)n;
		s->bytes += (size_t)n;
		if (s->bytes > PLUGIN_BYTES_MAX)
			return too_much(s);
	}
	add(s, path, content, size);
	return 0;
}

/* Of a link counts where it points to; a file of the plugin that it leads to counts by itself. */
static void sum_link(struct sum *s, int dir, const char *name, const char *path)
{
	char to[4096];
	ssize_t n = readlinkat(dir, name, to, sizeof(to));

	add(s, path, hash64(to, n > 0 ? (size_t)n : 0), 0);
}

static int sum_folder(struct sum *s, int fd, const char *path, unsigned depth);

static int sum_entry(struct sum *s, int dir, const char *name, const char *path, unsigned depth)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (++s->files > PLUGIN_FILES_MAX)
		return too_much(s);
	if (S_ISREG(st.st_mode))
		return sum_file(s, dir, name, path);
	if (S_ISLNK(st.st_mode))
		sum_link(s, dir, name, path);
	if (!S_ISDIR(st.st_mode) || depth >= MAX_DEPTH)
		return 0;
	return sum_folder(s, openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), path, depth + 1);
}

/* Takes fd over. */
static int sum_folder(struct sum *s, int fd, const char *path, unsigned depth)
{
	AUTO_DIR dir = fd < 0 ? NULL : fdopendir(fd);
	int rc = 0;

	if (!dir && fd >= 0)
		close(fd);
	for (const struct dirent *e; rc == 0 && dir && (e = readdir(dir));)
		if (!is_hidden(e->d_name))
			rc = sum_entry(s, dirfd(dir), e->d_name,
				       arena_printf(s->cx->mem, "%s%s%s", path, *path ? "/" : "", e->d_name), depth);
	return rc;
}

int folder_hash(struct ctx *cx, const char *dir, struct str salt, const char **out)
{
	ARENA mem = { 0 };
	struct ctx own = { .mem = &mem, .conf = cx->conf, .request_id = "" };
	struct sum s = { .cx = &own, .dir = dir };
	int rc = sum_folder(&s, open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "", 0);

	add(&s, "", hash64(salt.p, salt.n), salt.n);
	*out = arena_printf(cx->mem, "%016llx", (unsigned long long)s.total);
	return rc < 0 ? fail(cx, rc, "%s", own.err.text) : 0;
}
