/* The folder that one run of a template works in: as a stream of bytes, and made of one again. */
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "ext/tar.h"
#include "scaffolder/workspace_private.h"

/* ---- to a stream ---- */

struct packing {
	struct ctx *cx;
	const struct workspace *w;
	struct tar_writer *to;
	char *piece;
};

static int pack_bytes(struct packing *p, const struct workspace_entry *e)
{
	AUTO_FD fd = workspace_at(p->w, e->path, O_RDONLY | O_NOFOLLOW, 0);
	uint64_t done = 0;
	ssize_t n = 1;
	int rc = fd < 0 ? workspace_error(p->cx, e->path) : 0;

	while (rc == 0 && n > 0) {
		n = read(fd, p->piece, WORKSPACE_PIECE);
		rc = n < 0   ? workspace_error(p->cx, e->path)
		     : n > 0 ? tar_add_bytes(p->to, (struct str){ p->piece, (size_t)n })
			     : 0;
		done += n > 0 ? (uint64_t)n : 0;
	}
	return rc == 0 && done != e->bytes ? fail(p->cx, ERR_INTERNAL, "%s: was changed meanwhile", e->path) : rc;
}

static int pack_entry(struct packing *p, const struct workspace_entry *e)
{
	static const enum tar_kind kinds[] = {
		[WORKSPACE_FILE] = TAR_FILE, [WORKSPACE_FOLDER] = TAR_FOLDER, [WORKSPACE_LINK] = TAR_LINK
	};
	struct tar_entry t = { .path = e->path, .kind = kinds[e->kind], .mode = e->mode, .bytes = e->bytes };
	int rc = e->kind == WORKSPACE_LINK ? workspace_link(p->cx, p->w, e->path, &t.target) : 0;

	if (rc == 0)
		rc = tar_add(p->to, &t);
	return rc == 0 && e->kind == WORKSPACE_FILE ? pack_bytes(p, e) : rc;
}

int workspace_pack(struct ctx *cx, const struct workspace *w, size_t piece,
		   int (*put)(struct ctx *cx, void *arg, struct str bytes), void *arg)
{
	AUTO_TAR_WRITER to = tar_write(cx, piece, put, arg);
	struct packing p = { cx, w, to, arena_raw(cx->mem, WORKSPACE_PIECE) };
	struct workspace_entries all = { 0 };
	int rc = workspace_list(cx, w, "", true, &all);

	for (size_t i = 0; rc == 0 && i < all.n; i++)
		rc = pack_entry(&p, &all.items[i]);
	return rc == 0 ? tar_finish(to) : rc;
}

/* ---- from a stream ---- */

struct unpacking {
	struct ctx *cx;
	struct workspace *w;
	struct tar_reader *from;
	char *piece;
	struct workspace_entries folders; /* get their modes last: one may forbid to put something into it */
};

static int unpack_bytes(struct unpacking *u, const char *path, mode_t mode)
{
	int fd, rc = workspace_create(u->cx, u->w, path, mode, &fd);
	ssize_t n = 1;

	if (rc < 0)
		return rc;
	while (rc == 0 && n > 0) {
		n = tar_next_bytes(u->from, u->piece, WORKSPACE_PIECE);
		rc = n < 0 ? (int)n : workspace_put(u->cx, u->w, path, fd, u->piece, (size_t)n);
	}
	close(fd);
	return rc;
}

static int unpack_entry(struct unpacking *u, const struct tar_entry *e)
{
	const char *path;
	int rc = workspace_path(u->cx, e->path, &path);

	if (rc == 0 && !*path)
		rc = fail(u->cx, ERR_INPUT, "the workspace itself is no file");
	if (rc < 0)
		return rc;
	switch (e->kind) {
	case TAR_LINK:
		return workspace_make_link(u->cx, u->w, path, e->target);
	case TAR_FOLDER:
		*list_add(u->cx->mem, &u->folders) = (struct workspace_entry){ .path = path, .mode = e->mode };
		return workspace_folder(u->cx, u->w, path);
	default:
		return unpack_bytes(u, path, e->mode);
	}
}

int workspace_unpack(struct ctx *cx, struct workspace *w, int (*get)(struct ctx *cx, void *arg, struct str *bytes), void *arg)
{
	AUTO_TAR_READER from = tar_read(cx, get, arg);
	struct unpacking u = { .cx = cx, .w = w, .from = from, .piece = arena_raw(cx->mem, WORKSPACE_PIECE) };
	struct tar_entry e;
	int rc;

	while ((rc = tar_next(from, &e)) == 1 && (rc = unpack_entry(&u, &e)) == 0)
		;
	for (size_t i = u.folders.n; rc == 0 && i > 0; i--)
		rc = workspace_mode(cx, w, u.folders.items[i - 1].path, u.folders.items[i - 1].mode);
	return rc;
}
