/* Local files: reading without following links that nobody configured, and globs. */
#include "catalog/reader_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/names.h"
#include "base/utf8.h"

enum { MAX_VISITED = 100000, MAX_DEPTH = 32, YOUNG_MS = 2000 };

const char *file_source_path(struct ctx *cx, const char *target)
{
	char cwd[4096];
	struct buf out = { .mem = cx->mem };

	if (*target != '/')
		target = arena_printf(cx->mem, "%s/%s", getcwd(cwd, sizeof(cwd)) ? cwd : "", target);
	for (struct str rest = str_of(target); rest.p;) {
		struct str part = str_cut(&rest, '/');

		if (part.n == 0 || str_is(part, "."))
			continue;
		if (str_is(part, "..")) {
			while (out.n && out.p[--out.n] != '/')
				;
			continue;
		}
		buf_addc(&out, '/');
		buf_add(&out, part.p, part.n);
	}
	return out.n ? arena_strndup(cx->mem, out.p, out.n) : "/";
}

/* Bytes of path up to and with the last slash before its first wildcard. */
static size_t plain_folder(const char *path)
{
	size_t n = strcspn(path, "*?[{");

	while (n && path[n - 1] != '/')
		n--;
	return n;
}

/*
 * How many bytes of path the configuration itself named, so that links in them are the operator's own: all of it, or the
 * folders it shares with a configured file location. At least the first slash.
 */
static size_t trusted(struct ctx *cx, const char *path)
{
	const struct json *list = json_path(cx->conf, "catalog", "locations", NULL);
	size_t best = 1;

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const char *target = json_get_text(list->a.items[i], "target", "");

		if (!*target || !streq(json_get_text(list->a.items[i], "type", ""), "file"))
			continue;
		target = file_source_path(cx, target);
		if (streq(target, path))
			return strlen(path);
		size_t folder = plain_folder(target), same = 0;

		while (same < folder && target[same] == path[same])
			same++;
		while (same && path[same - 1] != '/')
			same--;
		if (same > best)
			best = same;
	}
	return best;
}

static int cannot(struct ctx *cx, const char *path, int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return fail(cx, ERR_NOTFOUND, "file %s does not exist", path);
	case ELOOP:
		return fail(cx, ERR_INPUT, "file %s is or passes through a symbolic link that the configuration does not name",
			    path);
	case EACCES:
	case EPERM:
		return fail(cx, ERR_DENIED, "file %s may not be read: %s", path, strerror(error));
	default:
		return fail(cx, ERR_INPUT, "file %s cannot be read: %s", path, strerror(error));
	}
}

static bool is_link(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* Opens an absolute normal path, following links only in its first safe bytes. Returns the descriptor or -errno. */
static int open_path(struct ctx *cx, const char *path, size_t safe, int flags)
{
	size_t n = strlen(path);

	flags |= O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	if (safe >= n) {
		int fd = open(path, flags);

		return fd < 0 ? -errno : fd;
	}
	AUTO_FD dir = open(arena_strndup(cx->mem, path, safe), O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return -errno;
	for (const char *p = path + safe;;) {
		size_t len = strcspn(p, "/");
		const char *name = arena_strndup(cx->mem, p, len);
		int fd = openat(dir, name, (p[len] ? O_PATH | O_DIRECTORY | O_CLOEXEC : flags) | O_NOFOLLOW);

		if (fd < 0) {
			int error = errno;

			return is_link(dir, name) ? -ELOOP : -error;
		}
		if (!p[len])
			return fd;
		close(dir);
		dir = fd;
		p += len + 1;
	}
}

static int64_t mtime_ms(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

static const char *etag_of(struct ctx *cx, const struct stat *st)
{
	if (clock_wall_ms() - mtime_ms(st) < YOUNG_MS)
		return "";
	return arena_printf(cx->mem, "%jx-%jx-%jx.%lx", (uintmax_t)st->st_ino, (uintmax_t)st->st_size,
			    (uintmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
}

static int slurp(struct ctx *cx, int fd, const char *path, struct str *out)
{
	struct buf b = { .mem = cx->mem };

	for (;;) {
		buf_need(&b, 64 << 10);
		ssize_t n = read(fd, b.p + b.n, 64 << 10);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot(cx, path, errno);
		if (n == 0)
			break;
		b.n += (size_t)n;
		if (b.n > READ_MAX)
			return fail(cx, ERR_TOOLARGE, "file %s is larger than %d MiB", path, READ_MAX >> 20);
	}
	b.p[b.n] = '\0';
	*out = buf_str(&b);
	return 0;
}

int file_source_read(struct ctx *cx, const char *target, const char *etag, struct read_result *out)
{
	const char *path = file_source_path(cx, target);
	struct stat st;

	if (str_ends(target, "/"))
		return fail(cx, ERR_INPUT, "file %s names a folder, not a file", target);
	AUTO_FD fd = open_path(cx, path, trusted(cx, path), O_RDONLY);

	if (fd < 0)
		return cannot(cx, path, -fd);
	if (fstat(fd, &st) < 0)
		return cannot(cx, path, errno);
	if (!S_ISREG(st.st_mode))
		return fail(cx, ERR_INPUT, "file %s is not a regular file", path);
	out->etag = etag_of(cx, &st);
	if (etag && *etag && streq(etag, out->etag)) {
		out->unchanged = true;
		return 0;
	}
	return slurp(cx, fd, path, &out->bytes);
}

/* A walk that looks for pattern. */
struct walk {
	struct ctx *cx;
	const char *pattern;
	size_t visited;
	int levels; /* folders below the start that can hold a match */
	struct {
		const char **items;
		size_t n, cap;
	} found;
};

static int walk_folder(struct walk *w, int fd, const char *path, int depth);

static int walk_entry(struct walk *w, int dir, const char *folder, const char *name, int depth)
{
	const char *path = arena_printf(w->cx->mem, "%s%s", folder, name);
	struct stat st;

	if (++w->visited > MAX_VISITED)
		return fail(w->cx, ERR_TOOLARGE, "file %s: more than %d files and folders to search", w->pattern, MAX_VISITED);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* gone meanwhile */
	if (S_ISREG(st.st_mode) && glob_match(w->pattern, path, false)) {
		if (!utf8_valid(path, strlen(path))) {
			log_warn("file left out of a search: its name is not UTF-8", "pattern", w->pattern, NULL);
			return 0;
		}
		if (w->found.n == GLOB_MAX)
			return fail(w->cx, ERR_TOOLARGE, "file %s matches more than %d files", w->pattern, GLOB_MAX);
		*list_add(w->cx->mem, &w->found) = path;
	}
	if (!S_ISDIR(st.st_mode) || depth >= w->levels)
		return 0;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return walk_folder(w, fd, arena_printf(w->cx->mem, "%s/", path), depth + 1);
	log_warn("folder left out of a search", "path", path, "error", strerror(errno), NULL);
	return 0;
}

/* Takes fd over. */
static int walk_folder(struct walk *w, int fd, const char *path, int depth)
{
	AUTO_DIR dir = fdopendir(fd);
	const struct dirent *e;
	int rc = 0;

	if (!dir) {
		close(fd);
		return 0;
	}
	while (rc == 0 && (e = readdir(dir)))
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			rc = walk_entry(w, dirfd(dir), path, e->d_name, depth);
	return rc;
}

/* How deep a match can lie below the folder where rest, a pattern, begins. */
static int levels_of(const char *rest)
{
	int n = 0;

	if (strstr(rest, "**"))
		return MAX_DEPTH;
	for (; *rest; rest++)
		n += *rest == '/';
	return n < MAX_DEPTH ? n : MAX_DEPTH;
}

int file_source_glob(struct ctx *cx, const char *pattern, const char ***targets, size_t *n)
{
	const char *path = file_source_path(cx, pattern);
	size_t folder = plain_folder(path);
	struct walk w = { .cx = cx, .pattern = path, .levels = levels_of(path + folder) };
	const char *start = folder > 1 ? arena_strndup(cx->mem, path, folder - 1) : "/";
	size_t safe = trusted(cx, path);
	/* the folder itself is named when all its bytes are */
	int fd = open_path(cx, start, safe >= folder ? strlen(start) : safe, O_RDONLY | O_DIRECTORY);

	*targets = NULL;
	*n = 0;
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return cannot(cx, start, -fd);
	int rc = walk_folder(&w, fd, arena_strndup(cx->mem, path, folder), 0);

	if (rc < 0)
		return rc;
	names_sort(w.found.items, w.found.n);
	*targets = w.found.items;
	*n = w.found.n;
	return 0;
}
