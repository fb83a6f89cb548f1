/* The folder that one run of a template works in: listing, copying, renaming and deleting. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/names.h"
#include "scaffolder/workspace_private.h"

/* ---- listing ---- */

struct walk {
	struct ctx *cx;
	const struct workspace *w;
	struct workspace_entries *out;
	bool deep;
};

static int read_names(struct walk *k, const char *folder, struct text_list *names)
{
	int fd = workspace_at(k->w, folder, O_RDONLY | O_DIRECTORY, 0);
	AUTO_DIR dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		int rc = workspace_error(k->cx, folder);

		if (fd >= 0)
			close(fd);
		return rc;
	}
	for (const struct dirent *e; (e = readdir(dir));)
		if (!streq(e->d_name, ".") && !streq(e->d_name, "..") && !streq(e->d_name, ".git"))
			*list_add(k->cx->mem, names) = arena_strdup(k->cx->mem, e->d_name);
	names_sort(names->items, names->n);
	return 0;
}

static int list_folder(struct walk *k, const char *folder, unsigned depth)
{
	struct text_list names = { 0 };
	int rc = depth > WORKSPACE_DEPTH ? fail(k->cx, ERR_TOOLARGE, "%s: nested too deeply", folder) : 0;

	if (rc == 0)
		rc = read_names(k, folder, &names);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		const char *path = arena_printf(k->cx->mem, "%s%s%s", folder, *folder ? "/" : "", names.items[i]);
		struct workspace_entry e;

		if (k->out->n >= k->w->limits.files)
			return fail(k->cx, ERR_TOOLARGE, "%s: more than %llu files", path,
				    (unsigned long long)k->w->limits.files);
		rc = workspace_stat(k->cx, k->w, path, &e);
		if (rc < 0)
			return rc;
		*list_add(k->cx->mem, k->out) = e;
		if (e.kind == WORKSPACE_FOLDER && k->deep)
			rc = list_folder(k, path, depth + 1);
	}
	return rc;
}

int workspace_list(struct ctx *cx, const struct workspace *w, const char *folder, bool deep, struct workspace_entries *out)
{
	struct walk k = { cx, w, out, deep };
	const char *clean;
	int rc = workspace_path(cx, folder, &clean);

	return rc < 0 ? rc : list_folder(&k, clean, 0);
}

int workspace_glob(struct ctx *cx, const struct workspace *w, const char *glob, struct workspace_entries *out)
{
	struct workspace_entries all = { 0 };
	int rc = workspace_list(cx, w, "", true, &all);

	while (rc == 0 && str_starts(glob, "./"))
		glob += 2;
	for (size_t i = 0; rc == 0 && i < all.n; i++)
		if (glob_match(glob, all.items[i].path, false))
			*list_add(cx->mem, out) = all.items[i];
	return rc;
}

/* ---- deleting ---- */

/* Bytes and entries that went. */
struct gone {
	uint64_t bytes, files;
};

static void empty(int fd, struct gone *gone, unsigned depth);

static int remove_at(int at, const char *name, struct gone *gone, unsigned depth)
{
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (fd < 0)
			return -1;
		empty(fd, gone, depth + 1);
	}
	if (unlinkat(at, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) < 0)
		return -1;
	gone->bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	gone->files++;
	return 0;
}

/* Takes fd over. */
static void empty(int fd, struct gone *gone, unsigned depth)
{
	AUTO_DIR dir = depth > PATH_MAX / 2 ? NULL : fdopendir(fd);

	if (!dir) {
		close(fd);
		return;
	}
	for (const struct dirent *e; (e = readdir(dir));)
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			remove_at(dirfd(dir), e->d_name, gone, depth);
}

int workspace_delete(struct ctx *cx, struct workspace *w, const char *path)
{
	struct gone gone = { 0 };
	const char *clean, *name;
	int rc = workspace_path(cx, path, &clean);

	if (rc == 0 && !*clean)
		rc = fail(cx, ERR_INPUT, "the workspace itself cannot be deleted");
	if (rc < 0 || !workspace_has(cx, w, clean))
		return rc;
	AUTO_FD at = workspace_parent(cx, w, clean, false, &name);

	if (at < 0)
		return at;
	rc = remove_at(at, name, &gone, 0) < 0 ? workspace_error(cx, clean) : 0;
	workspace_give(w, gone.bytes, gone.files);
	return rc;
}

/* ---- renaming ---- */

int workspace_rename(struct ctx *cx, struct workspace *w, const char *from, const char *to, bool overwrite)
{
	const char *a, *b, *a_name, *b_name;
	int rc = workspace_path(cx, from, &a);

	if (rc == 0)
		rc = workspace_path(cx, to, &b);
	if (rc == 0 && (!*a || !*b))
		rc = fail(cx, ERR_INPUT, "the workspace itself cannot be renamed");
	if (rc == 0 && !workspace_has(cx, w, a))
		rc = fail(cx, ERR_NOTFOUND, "%s: no such file or directory", a);
	if (rc == 0 && workspace_has(cx, w, b) && !streq(a, b))
		rc = overwrite ? workspace_delete(cx, w, b) : fail(cx, ERR_CONFLICT, "dest already exists: %s", b);
	if (rc < 0)
		return rc;
	AUTO_FD a_at = workspace_parent(cx, w, a, false, &a_name);
	AUTO_FD b_at = a_at < 0 ? -1 : workspace_parent(cx, w, b, true, &b_name);

	if (a_at < 0 || b_at < 0)
		return cx->err.code;
	return renameat(a_at, a_name, b_at, b_name) < 0 ? workspace_error(cx, b) : 0;
}

/* ---- copying ---- */

struct copy {
	struct ctx *cx;
	const struct workspace *from;
	struct workspace *to;
	bool keep;
};

static int copy_bytes(struct copy *c, int in, int out, const char *path)
{
	char *piece = arena_raw(c->cx->mem, WORKSPACE_PIECE);
	int rc = 0;

	for (ssize_t n = 1; rc == 0 && n > 0;) {
		n = read(in, piece, WORKSPACE_PIECE);
		rc = n < 0 ? workspace_error(c->cx, path) : workspace_put(c->cx, c->to, path, out, piece, (size_t)n);
	}
	return rc;
}

static int copy_file(struct copy *c, const struct workspace_entry *e, const char *target)
{
	AUTO_FD in = workspace_at(c->from, e->path, O_RDONLY | O_NOFOLLOW, 0);
	struct stat st;
	int fd;

	if (in < 0 || fstat(in, &st) < 0)
		return workspace_error(c->cx, e->path);
	if (!S_ISREG(st.st_mode))
		return fail(c->cx, ERR_INPUT, "%s: is neither a file nor a folder nor a link", e->path);
	int rc = workspace_create(c->cx, c->to, target, e->mode, &fd);

	if (rc < 0)
		return rc;
	rc = copy_bytes(c, in, fd, target);
	close(fd);
	return rc;
}

int workspace_link(struct ctx *cx, const struct workspace *w, const char *path, const char **target)
{
	char *text = arena_alloc(cx->mem, PATH_MAX);
	AUTO_FD link = workspace_at(w, path, O_PATH | O_NOFOLLOW, 0);

	if (link < 0 || readlinkat(link, "", text, PATH_MAX - 1) < 0)
		return workspace_error(cx, path);
	*target = text;
	return 0;
}

int workspace_make_link(struct ctx *cx, struct workspace *w, const char *path, const char *target)
{
	const char *name;
	int rc = workspace_delete(cx, w, path);
	AUTO_FD at = rc < 0 ? rc : workspace_parent(cx, w, path, true, &name);

	if (at < 0)
		return at;
	rc = workspace_take(cx, w, path, 0, 1);
	return rc == 0 && symlinkat(target, at, name) < 0 ? workspace_error(cx, path) : rc;
}

static int copy_link(struct copy *c, const struct workspace_entry *e, const char *target)
{
	const char *text;
	int rc = workspace_link(c->cx, c->from, e->path, &text);

	return rc == 0 ? workspace_make_link(c->cx, c->to, target, text) : rc;
}

static int copy_entry(struct copy *c, const struct workspace_entry *e, const char *target)
{
	if (e->kind == WORKSPACE_FOLDER)
		return workspace_folder(c->cx, c->to, target);
	if (c->keep && workspace_has(c->cx, c->to, target))
		return 0;
	return e->kind == WORKSPACE_LINK ? copy_link(c, e, target) : copy_file(c, e, target);
}

int workspace_copy(struct ctx *cx, const struct workspace *from, const char *source, struct workspace *to, const char *target,
		   bool keep)
{
	struct copy c = { cx, from, to, keep };
	struct workspace_entries all = { 0 };
	struct workspace_entry e;
	const char *clean;
	int rc = workspace_stat(cx, from, source, &e);

	if (rc == 0)
		rc = workspace_path(cx, target, &clean);
	if (rc < 0)
		return rc;
	if (e.kind != WORKSPACE_FOLDER)
		return *clean ? copy_entry(&c, &e, clean) : fail(cx, ERR_INPUT, "the workspace itself is no file");
	/* Listed before anything is written: the target may lie within the source. */
	rc = workspace_list(cx, from, e.path, true, &all);
	if (rc == 0)
		rc = workspace_folder(cx, to, clean);
	for (size_t i = 0, skip = *e.path ? strlen(e.path) + 1 : 0; rc == 0 && i < all.n; i++)
		rc = copy_entry(&c, &all.items[i],
				arena_printf(cx->mem, "%s%s%s", clean, *clean ? "/" : "", all.items[i].path + skip));
	return rc;
}
