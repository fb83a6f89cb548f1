/* The folder that one run of a template works in: paths, opening beneath it, reading and writing. */
#include "scaffolder/workspace.h"

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
#include "base/folder.h"
#include "base/utf8.h"
#include "scaffolder/workspace_private.h"

enum { NAME_MOST = 255, PATH_MOST = 4000, HEAD = 8000 };
static const struct workspace_limits usual = { .bytes = 512ULL << 20, .files = 50000 };

/* ---- paths ---- */

/* Git and file systems without case take these for ".git" as well. */
static bool is_git(struct str part)
{
	while (part.n && (part.p[part.n - 1] == '.' || part.p[part.n - 1] == ' '))
		part.n--;
	if (part.n == 5 && strncasecmp(part.p, "git~1", 5) == 0)
		return true;
	return part.n >= 4 && strncasecmp(part.p, ".git", 4) == 0 && (part.n == 4 || part.p[4] == ':');
}

static int outside(struct ctx *cx)
{
	return fail(cx, ERR_DENIED, "Relative path is not allowed to refer to a directory outside its parent");
}

/* Takes the last part off; false when there is none. */
static bool go_up(struct buf *b)
{
	const char *slash = b->n ? memrchr(b->p, '/', b->n) : NULL;

	if (!b->n)
		return false;
	b->n = slash ? (size_t)(slash - b->p) : 0;
	b->p[b->n] = '\0';
	return true;
}

static int add_part(struct ctx *cx, struct buf *b, struct str part)
{
	if (part.n == 0 || str_is(part, "."))
		return 0;
	if (str_is(part, ".."))
		return go_up(b) ? 0 : outside(cx);
	if (is_git(part))
		return fail(cx, ERR_DENIED, "'%.*s' may not be touched: it belongs to git", (int)part.n, part.p);
	if (part.n > NAME_MOST || b->n + part.n > PATH_MOST)
		return fail(cx, ERR_INPUT, "the path of '%.60s…' is too long", part.p);
	if (b->n)
		buf_addc(b, '/');
	buf_add(b, part.p, part.n);
	return 0;
}

int workspace_path(struct ctx *cx, const char *path, const char **out)
{
	const size_t shown = sizeof(WORKSPACE_SHOWN) - 1;
	struct buf b = { .mem = cx->mem };
	int rc = 0;

	if (strncmp(path, WORKSPACE_SHOWN, shown) == 0 && (path[shown] == '/' || !path[shown]))
		path += shown;
	else if (*path == '/')
		return outside(cx);
	if (!utf8_valid(path, strlen(path)))
		return fail(cx, ERR_INPUT, "the path '%s' is not UTF-8", utf8_scrub(cx->mem, path));
	for (struct str rest = str_of(path); rc == 0 && rest.p;)
		rc = add_part(cx, &b, str_cut(&rest, '/'));
	*out = buf_text(&b);
	return rc;
}

/* ---- opening beneath ---- */

int workspace_at(const struct workspace *w, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)(flags | (flags & O_PATH ? O_CLOEXEC : O_CLOEXEC | O_NONBLOCK | O_NOCTTY)),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, w->fd, *path ? path : ".", &how, sizeof(how));
}

int workspace_error(struct ctx *cx, const char *path)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return fail(cx, ERR_NOTFOUND, "%s: no such file or directory", path);
	case EXDEV:
	case ELOOP:
		return fail(cx, ERR_DENIED, "%s: a link leads out of the workspace", path);
	case EISDIR:
		return fail(cx, ERR_INPUT, "%s: is a folder", path);
	case EEXIST:
	case ENOTEMPTY:
		return fail(cx, ERR_CONFLICT, "%s: is there already", path);
	case ENOSPC:
	case EDQUOT:
		return fail(cx, ERR_UNAVAILABLE, "%s: the disk is full", path);
	default:
		return fail(cx, ERR_INTERNAL, "%s: %s", path, strerrordesc_np(errno));
	}
}

static void remove_path(void *arg)
{
	folder_remove(arg);
}

int workspace_source(struct ctx *cx, const char *path, struct workspace *out)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail(cx, ERR_NOTFOUND, "%s: %s", path, strerrordesc_np(errno));
	fd_keep(cx->mem, fd);
	*out = (struct workspace){ .fd = fd, .path = arena_strdup(cx->mem, path), .limits = usual };
	return 0;
}

static void set_limits(struct workspace *w, const struct workspace_limits *limits)
{
	if (limits && limits->bytes)
		w->limits.bytes = limits->bytes;
	if (limits && limits->files)
		w->limits.files = limits->files;
}

int workspace_open(struct ctx *cx, const char *path, const struct workspace_limits *limits, struct workspace *out)
{
	struct workspace_entries all = { 0 };
	int rc = workspace_source(cx, path, out);

	if (rc == 0)
		rc = workspace_list(cx, out, "", true, &all);
	for (size_t i = 0; i < all.n; i++)
		out->bytes += all.items[i].bytes;
	out->files = all.n;
	set_limits(out, limits);
	return rc;
}

int workspace_make(struct ctx *cx, const char *in, const struct workspace_limits *limits, struct workspace *out)
{
	char *path = arena_printf(cx->mem, "%s/XXXXXX", in);

	if (!folder_make(cx->mem, in, 0700) || !mkdtemp(path))
		return fail(cx, ERR_INTERNAL, "%s: no folder can be made: %s", in, strerrordesc_np(errno));
	arena_defer(cx->mem, remove_path, path);
	int rc = workspace_source(cx, path, out);

	set_limits(out, limits);
	return rc;
}

/* ---- folders ---- */

int workspace_take(struct ctx *cx, struct workspace *w, const char *path, uint64_t bytes, uint64_t files)
{
	if (bytes > w->limits.bytes - w->bytes)
		return fail(cx, ERR_TOOLARGE, "%s: the workspace would hold more than %llu bytes", path,
			    (unsigned long long)w->limits.bytes);
	if (files > w->limits.files - w->files)
		return fail(cx, ERR_TOOLARGE, "%s: the workspace would have more than %llu files", path,
			    (unsigned long long)w->limits.files);
	w->bytes += bytes;
	w->files += files;
	return 0;
}

void workspace_give(struct workspace *w, uint64_t bytes, uint64_t files)
{
	w->bytes -= bytes < w->bytes ? bytes : w->bytes;
	w->files -= files < w->files ? files : w->files;
}

/* The next folder of the way, opened through the workspace so that a link in it stays beneath. */
static int enter(struct ctx *cx, struct workspace *w, int at, const char *way, const char *name, bool make)
{
	if (make && mkdirat(at, name, 0755) == 0) {
		int rc = workspace_take(cx, w, way, 0, 1);

		if (rc < 0)
			return rc;
	}
	int fd = workspace_at(w, way, O_RDONLY | O_DIRECTORY, 0);

	return fd < 0 ? workspace_error(cx, way) : fd;
}

int workspace_parent(struct ctx *cx, struct workspace *w, const char *path, bool make, const char **name)
{
	int fd = workspace_at(w, "", O_RDONLY | O_DIRECTORY, 0);
	const char *part = path;

	if (fd < 0)
		return workspace_error(cx, path);
	for (const char *slash; (slash = strchr(part, '/')); part = slash + 1) {
		const char *way = arena_strndup(cx->mem, path, (size_t)(slash - path));
		int next = enter(cx, w, fd, way, arena_strndup(cx->mem, part, (size_t)(slash - part)), make);

		close(fd);
		if (next < 0)
			return next;
		fd = next;
	}
	*name = part;
	return fd;
}

int workspace_folder(struct ctx *cx, struct workspace *w, const char *path)
{
	const char *clean, *name;
	int rc = workspace_path(cx, path, &clean);

	if (rc < 0 || !*clean)
		return rc;
	AUTO_FD fd = workspace_parent(cx, w, arena_printf(cx->mem, "%s/", clean), true, &name);

	return fd < 0 ? fd : 0;
}

/* ---- files ---- */

bool workspace_has(struct ctx *cx, const struct workspace *w, const char *path)
{
	struct err before = cx->err;
	struct workspace_entry e;
	bool found = workspace_stat(cx, w, path, &e) == 0;

	cx->err = before;
	return found;
}

int workspace_stat(struct ctx *cx, const struct workspace *w, const char *path, struct workspace_entry *out)
{
	const char *clean;
	struct stat st;
	int rc = workspace_path(cx, path, &clean);

	if (rc < 0)
		return rc;
	AUTO_FD fd = workspace_at(w, clean, O_PATH | O_NOFOLLOW, 0);

	if (fd < 0 || fstat(fd, &st) < 0)
		return workspace_error(cx, clean);
	*out = (struct workspace_entry){ .path = clean,
					 .kind = S_ISDIR(st.st_mode)   ? WORKSPACE_FOLDER
						 : S_ISLNK(st.st_mode) ? WORKSPACE_LINK
								       : WORKSPACE_FILE,
					 .mode = st.st_mode & 07777,
					 .bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0 };
	return 0;
}

int workspace_read(struct ctx *cx, const struct workspace *w, const char *path, size_t most, struct str *out)
{
	struct buf b = { .mem = cx->mem };
	const char *clean;
	struct stat st;
	int rc = workspace_path(cx, path, &clean);

	if (rc < 0)
		return rc;
	AUTO_FD fd = workspace_at(w, clean, O_RDONLY, 0);

	if (fd < 0 || fstat(fd, &st) < 0)
		return workspace_error(cx, clean);
	if (!S_ISREG(st.st_mode))
		return fail(cx, ERR_INPUT, "%s: is no file", clean);
	for (ssize_t n = 1; n > 0 && b.n <= most; b.n += (size_t)n) {
		buf_need(&b, WORKSPACE_PIECE);
		n = read(fd, b.p + b.n, WORKSPACE_PIECE);
		if (n < 0)
			return workspace_error(cx, clean);
	}
	if (b.n > most)
		return fail(cx, ERR_TOOLARGE, "%s: larger than %zu bytes", clean, most);
	buf_need(&b, 1);
	b.p[b.n] = '\0';
	*out = buf_str(&b);
	return 0;
}

int workspace_head(struct ctx *cx, const struct workspace *w, const char *path, struct str *out)
{
	char *head = arena_raw(cx->mem, HEAD);
	const char *clean;
	int rc = workspace_path(cx, path, &clean);

	if (rc < 0)
		return rc;
	AUTO_FD fd = workspace_at(w, clean, O_RDONLY, 0);
	ssize_t n = fd < 0 ? -1 : read(fd, head, HEAD);

	*out = (struct str){ head, n > 0 ? (size_t)n : 0 };
	return n < 0 ? workspace_error(cx, clean) : 0;
}

int workspace_create(struct ctx *cx, struct workspace *w, const char *path, mode_t mode, int *fd)
{
	const char *name;
	struct stat st;
	AUTO_FD folder = workspace_parent(cx, w, path, true, &name);

	if (folder < 0)
		return folder;
	*fd = workspace_at(w, path, O_WRONLY | O_CREAT | O_EXCL, mode ? mode : 0644);
	bool fresh = *fd >= 0;

	if (!fresh && errno == EEXIST)
		*fd = workspace_at(w, path, O_WRONLY, 0);
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return workspace_error(cx, path);
	int rc = fresh ? workspace_take(cx, w, path, 0, 1) : 0;

	workspace_give(w, (uint64_t)st.st_size, 0);
	if (rc == 0 && (ftruncate(*fd, 0) < 0 || (mode && fchmod(*fd, mode & 0777) < 0)))
		rc = workspace_error(cx, path);
	if (rc < 0)
		close(*fd);
	return rc;
}

int workspace_put(struct ctx *cx, struct workspace *w, const char *path, int fd, const char *bytes, size_t n)
{
	int rc = workspace_take(cx, w, path, n, 0);

	for (size_t done = 0; rc == 0 && done < n;) {
		ssize_t put = write(fd, bytes + done, n - done);

		if (put < 0 && errno != EINTR)
			rc = workspace_error(cx, path);
		done += put > 0 ? (size_t)put : 0;
	}
	return rc;
}

int workspace_write(struct ctx *cx, struct workspace *w, const char *path, struct str bytes, mode_t mode)
{
	const char *clean;
	int fd, rc = workspace_path(cx, path, &clean);

	if (rc == 0 && !*clean)
		rc = fail(cx, ERR_INPUT, "the workspace itself is no file");
	if (rc == 0)
		rc = workspace_create(cx, w, clean, mode, &fd);
	if (rc < 0)
		return rc;
	rc = workspace_put(cx, w, clean, fd, bytes.p, bytes.n);
	close(fd);
	return rc;
}

int workspace_mode(struct ctx *cx, struct workspace *w, const char *path, mode_t mode)
{
	const char *clean;
	int rc = workspace_path(cx, path, &clean);

	if (rc < 0)
		return rc;
	AUTO_FD fd = workspace_at(w, clean, O_RDONLY, 0);

	return fd < 0 || fchmod(fd, mode & 0777) < 0 ? workspace_error(cx, clean) : 0;
}
