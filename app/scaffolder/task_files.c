/*
 * The workspace of a task: kept as it was behind each step, on this host or in the database, so that a step that died half-way
 * begins anew from there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/log.h"
#include "scaffolder/dry_run.h"
#include "scaffolder/task_private.h"
#include "scaffolder/workspace_private.h"
#include "sql/scaffolder.h"

static const char *folder_of_tasks(const struct ctx *cx)
{
	return arena_printf(cx->mem, "%s/tasks", scaffold_folder(cx));
}

static const char *saved_path(struct ctx *cx, const struct task_files *f, uint64_t n)
{
	return arena_printf(cx->mem, "%s/saved-%llu", f->folder, (unsigned long long)n);
}

const char *task_host(struct arena *mem)
{
	char name[65] = "";

	if (gethostname(name, sizeof(name) - 1) < 0)
		return "";
	return arena_strdup(mem, name);
}

/* ---- what is in a workspace, as one number ---- */

struct mark {
	uint64_t kind, mode, bytes, inode;
	struct timespec written, changed;
};

static struct mark mark_of(const struct workspace *w, const struct workspace_entry *e, bool when)
{
	struct mark m = { .kind = e->kind, .mode = e->mode, .bytes = e->bytes };
	AUTO_FD fd = when ? workspace_at(w, e->path, O_PATH | O_NOFOLLOW, 0) : -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return m;
	m.inode = st.st_ino;
	/* That of a folder changes with what is in it, which has a mark of its own. */
	m.written = e->kind == WORKSPACE_FOLDER ? (struct timespec){ 0 } : st.st_mtim;
	m.changed = e->kind == WORKSPACE_FOLDER ? (struct timespec){ 0 } : st.st_ctim;
	return m;
}

/* when: another one whenever anything was written, even the same again. Else one that a copy has, too. */
static int print_of(struct ctx *cx, const struct workspace *w, bool when, uint64_t *out)
{
	struct workspace_entries all = { 0 };
	int rc = workspace_list(cx, w, "", true, &all);

	*out = all.n;
	for (size_t i = 0; i < all.n; i++) {
		struct mark m = mark_of(w, &all.items[i], when);

		*out = *out * 1099511628211U ^ hash64(&m, sizeof(m));
		*out = *out * 1099511628211U ^ hash64(all.items[i].path, strlen(all.items[i].path));
	}
	return rc;
}

/* ---- opening ---- */

static int make_empty(struct ctx *cx, const char *path)
{
	if (!folder_remove(path) || !folder_make(cx->mem, path, 0700))
		return fail(cx, ERR_UNAVAILABLE, "%s: no folder can be made: %m", path);
	return 0;
}

static int restore(struct live *l, const struct task_copy *copy)
{
	struct ctx *cx = l->cx;
	struct workspace from;
	uint64_t found = 0;
	int rc = workspace_source(cx, saved_path(cx, &l->files, copy->n), &from);

	if (rc < 0)
		return fail(cx, ERR_UNAVAILABLE, "the files of this task are on the host %s, which it does not run on any more",
			    l->row.host);
	rc = print_of(cx, &from, false, &found);
	if (rc == 0 && found != copy->sum)
		return fail(cx, ERR_UNAVAILABLE, "the files of this task are not whole any more");
	return rc == 0 ? workspace_copy(cx, &from, "", &l->files.workspace, "", false) : rc;
}

int task_files_open(struct live *l, const struct task_copy *copy)
{
	struct ctx *cx = l->cx;
	struct task_files *f = &l->files;
	const char *path;
	int rc;

	*f = (struct task_files){ .folder = arena_printf(cx->mem, "%s/%s", folder_of_tasks(cx), l->id), .copy = *copy };
	path = arena_printf(cx->mem, "%s/workspace", f->folder);
	rc = make_empty(cx, path);
	if (rc == 0)
		rc = make_empty(cx, arena_printf(cx->mem, "%s/scratch", f->folder));
	if (rc == 0)
		rc = workspace_open(cx, path, NULL, &f->workspace);
	if (rc == 0 && copy->n)
		rc = copy->run ? task_workspace_load(l, copy) : restore(l, copy);
	return rc == 0 ? print_of(cx, &f->workspace, true, &f->print) : rc;
}

/* ---- keeping ---- */

static int copy_all(struct ctx *cx, const struct task_files *f, struct task_copy *out)
{
	const char *path = saved_path(cx, f, out->n);
	struct workspace to;
	int rc = make_empty(cx, path);

	if (rc == 0)
		rc = workspace_open(cx, path, &f->workspace.limits, &to);
	if (rc == 0)
		rc = workspace_copy(cx, &f->workspace, "", &to, "", false);
	return rc == 0 ? print_of(cx, &to, false, &out->sum) : rc;
}

int task_files_save(struct live *l, struct ctx *cx)
{
	struct task_files *f = &l->files;
	struct task_copy next = { .n = f->copy.n + 1 };
	uint64_t print;
	int rc = print_of(cx, &f->workspace, true, &print);

	if (rc < 0 || print == f->print)
		return rc;
	rc = task_workspace_wanted(cx) ? task_workspace_save(l, cx, next.n, &next) : copy_all(cx, f, &next);
	if (rc == 0) {
		f->copy = next;
		f->print = print;
	}
	return rc;
}

void task_files_saved(struct live *l, struct ctx *cx)
{
	const struct task_copy *copy = &l->files.copy;

	if (copy->run)
		task_workspace_outdated(cx, l->id, copy);
	if (copy->n > 1)
		folder_remove(saved_path(cx, &l->files, copy->n - 1));
}

/* ---- taking away ---- */

void task_files_remove(struct ctx *cx, const char *id)
{
	const char *path = arena_printf(cx->mem, "%s/%s", folder_of_tasks(cx), id);

	if (!folder_remove(path))
		log_warn("a task's files cannot be removed", "path", path, NULL);
}

static bool is_needed(struct ctx *cx, const char *id)
{
	struct q_task_alive_out row;
	int rc = q_task_alive_one(cx, &(struct q_task_alive_in){ id }, &row);

	return rc < 0 || row.n;
}

void task_tidy(struct ctx *cx)
{
	const char *folder = folder_of_tasks(cx);
	AUTO_DIR dir = opendir(folder);
	struct err before = cx->err;

	for (const struct dirent *e; dir && (e = readdir(dir));)
		if (*e->d_name != '.' && !is_needed(cx, e->d_name))
			task_files_remove(cx, e->d_name);
	cx->err = before;
}
