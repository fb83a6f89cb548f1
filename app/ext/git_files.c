/* The files of a folder as entries of a git index. Each folder is opened beneath the one it is in, and no link is followed. */
#include "ext/git_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/utf8.h"
#include "ext/mirror.h"

enum { DEPTH_MAX = 64 };

struct files {
	struct ctx *cx;
	git_repository *repo;
	git_index *index;
	const struct git_publish *p;
	const char *into; /* "" or "a/b/" */
};

/* ---- names ---- */

/* What a checkout on some system takes for ".git". */
static bool is_gits(const char *name)
{
	return str_ieq(name, ".git") || str_ieq(name, "git~1") || str_ieq(name, ".git ") || str_ieq(name, ".git.");
}

/* Files that git reads itself: as links they would make it read something else. */
static bool is_read_by_git(const char *name)
{
	return str_ieq(name, ".gitmodules") || str_ieq(name, ".gitignore") || str_ieq(name, ".gitattributes");
}

int git_files_path(struct ctx *cx, const char *path, const char **out)
{
	struct buf b = { .mem = cx->mem };

	for (struct str rest = str_of(path); rest.p;) {
		struct str part = str_cut(&rest, '/');
		const char *name = arena_strndup(cx->mem, part.p, part.n);

		if (part.n == 0 || str_is(part, "."))
			continue;
		if (str_is(part, "..") || is_gits(name))
			return fail(cx, ERR_DENIED, "'%.200s' is not a path for files of a repository", path);
		buf_addf(&b, "%s%s", b.n ? "/" : "", name);
	}
	*out = buf_text(&b);
	return 0;
}

/* A link beside the file `path`: does it stay within the folder that is published? */
static bool stays_inside(const char *path, const char *target)
{
	long depth = 0;

	for (const char *s = path; (s = strchr(s, '/')); s++)
		depth++;
	if (*target == '/')
		return false;
	for (struct str rest = str_of(target); rest.p;) {
		struct str part = str_cut(&rest, '/');

		depth += str_is(part, "..") ? -1 : part.n == 0 || str_is(part, ".") ? 0 : 1;
		if (depth < 0)
			return false;
	}
	return true;
}

/* ---- entries ---- */

static int add_entry(struct files *f, const char *path, const git_oid *id, git_filemode_t mode)
{
	const char *full = arena_printf(f->cx->mem, "%s%s", f->into, path);
	git_index_entry entry = { .mode = mode, .id = *id, .path = full };
	bool there = f->p->on_base && f->p->put != GIT_PUT && git_index_get_bypath(f->index, full, 0);

	if (f->p->put == GIT_CREATE && there)
		return fail(f->cx, ERR_CONFLICT, "%s: there is such a file in the repository already", full);
	if (f->p->put == GIT_CHANGE && !there)
		return fail(f->cx, ERR_NOTFOUND, "%s: there is no such file in the repository", full);
	if (f->p->put == GIT_REMOVE)
		return there && git_index_remove(f->index, full, 0) < 0
			       ? fail(f->cx, ERR_INTERNAL, "%s: %s", full, mirror_why())
			       : 0;
	if (git_index_add(f->index, &entry) < 0)
		return fail(f->cx, ERR_DENIED, "%s: %s", full, mirror_why());
	return 0;
}

static int add_bytes(struct files *f, const char *path, const void *bytes, size_t n, git_filemode_t mode)
{
	git_oid id;

	if (git_blob_create_from_buffer(&id, f->repo, bytes, n) < 0)
		return fail(f->cx, ERR_INTERNAL, "%s: %s", path, mirror_why());
	return add_entry(f, path, &id, mode);
}

static int add_link(struct files *f, int dir, const char *name, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return fail(f->cx, ERR_INTERNAL, "%s: %s", path, strerrordesc_np(errno));
	target[n] = '\0';
	if (is_read_by_git(name))
		return fail(f->cx, ERR_DENIED, "%s: must be a file, not a link", path);
	if (!stays_inside(path, target))
		return fail(f->cx, ERR_DENIED, "%s: the link leads outside of what is published", path);
	return add_bytes(f, path, target, (size_t)n, GIT_FILEMODE_LINK);
}

static int add_file(struct files *f, int dir, const char *name, const char *path)
{
	AUTO_FD fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	void *bytes = NULL;
	struct stat st;
	int rc;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(f->cx, ERR_INTERNAL, "%s: %s", path, strerrordesc_np(errno));
	if (st.st_size > 0)
		bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return fail(f->cx, ERR_INTERNAL, "%s: %s", path, strerrordesc_np(errno));
	rc = add_bytes(f, path, bytes ? bytes : "", (size_t)st.st_size,
		       st.st_mode & 0111 ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB);
	if (bytes)
		munmap(bytes, (size_t)st.st_size);
	return rc;
}

/* ---- the walk ---- */

static int walk(struct files *f, int dir, const char *prefix, unsigned depth);

static int walk_folder(struct files *f, int dir, const char *name, const char *path, unsigned depth)
{
	AUTO_FD below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (below < 0)
		return fail(f->cx, ERR_INTERNAL, "%s: %s", path, strerrordesc_np(errno));
	if (depth == DEPTH_MAX)
		return fail(f->cx, ERR_TOOLARGE, "%s: folders are nested deeper than %d", path, DEPTH_MAX);
	return walk(f, below, arena_printf(f->cx->mem, "%s/", path), depth + 1);
}

static int walk_entry(struct files *f, int dir, const char *name, const char *prefix, unsigned depth)
{
	const char *path = arena_printf(f->cx->mem, "%s%s", prefix, name);
	struct stat st;
	int ignored = 0;

	if (is_gits(name))
		return fail(f->cx, ERR_DENIED, "%s: the name belongs to git", path);
	if (!utf8_valid(path, strlen(path)))
		return fail(f->cx, ERR_INPUT, "%s: the name is not UTF-8", utf8_scrub(f->cx->mem, path));
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(f->cx, ERR_INTERNAL, "%s: %s", path, strerrordesc_np(errno));
	/* Before anybody follows it to find out what is ignored. */
	if (S_ISLNK(st.st_mode))
		return add_link(f, dir, name, path);
	if (git_ignore_path_is_ignored(&ignored, f->repo, S_ISDIR(st.st_mode) ? arena_printf(f->cx->mem, "%s/", path) : path) <
	    0)
		return fail(f->cx, ERR_INPUT, "%s: %s", path, mirror_why());
	if (ignored)
		return 0;
	if (S_ISDIR(st.st_mode))
		return walk_folder(f, dir, name, path, depth);
	if (S_ISREG(st.st_mode))
		return add_file(f, dir, name, path);
	return fail(f->cx, ERR_INPUT, "%s: is neither a file nor a folder nor a link", path);
}

static int walk(struct files *f, int dir, const char *prefix, unsigned depth)
{
	int copy = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	AUTO_DIR d = copy < 0 ? NULL : fdopendir(copy);
	struct stat st;
	int rc = 0;

	if (!d)
		return fail(f->cx, ERR_INTERNAL, "%s: %s", prefix, strerrordesc_np(errno));
	/* What git would read of the folder has to be a file of it. */
	if (fstatat(dir, ".gitignore", &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		return fail(f->cx, ERR_DENIED, "%s.gitignore: must be a file, not a link", prefix);
	for (const struct dirent *e; rc == 0 && (e = readdir(d));)
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			rc = walk_entry(f, dir, e->d_name, prefix, depth);
	return rc;
}

static int take_away(struct files *f)
{
	const char *path;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->p->n_gone; i++) {
		rc = git_files_path(f->cx, f->p->gone[i], &path);
		if (rc == 0 && *path && git_index_remove_bypath(f->index, path) < 0)
			rc = fail(f->cx, ERR_INTERNAL, "%s: %s", path, mirror_why());
		if (rc == 0 && *path)
			git_index_remove_directory(f->index, path, 0);
	}
	return rc;
}

int git_files_put(struct ctx *cx, git_repository *repo, git_index *index, const struct git_publish *p)
{
	struct files f = { cx, repo, index, p, "" };
	AUTO_FD dir = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = git_files_path(cx, p->into ? p->into : "", &f.into);

	if (rc == 0 && dir < 0)
		rc = fail(cx, ERR_NOTFOUND, "the folder that is to be published is not there");
	if (rc == 0 && *f.into)
		f.into = arena_printf(cx->mem, "%s/", f.into);
	if (rc == 0)
		rc = take_away(&f);
	return rc < 0 ? rc : walk(&f, dir, "", 1);
}
