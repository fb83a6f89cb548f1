/* A tree as a stream of bytes: a tar in zstd, written and read piece by piece (libarchive). */
#include "ext/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

/* What both directions have in common. */
struct stream {
	struct ctx *cx;
	struct archive *a;
	void *arg;
	int rc; /* the caller's own error, which libarchive cannot pass on */
};

struct tar_writer {
	struct stream s;
	tar_put put;
	struct archive_entry *entry;
};

struct tar_reader {
	struct stream s;
	tar_get get;
};

static int failed(struct stream *s, int code)
{
	const char *why = archive_error_string(s->a);

	return s->rc < 0 ? s->rc : fail(s->cx, code, "tar: %s", why ? why : "it is damaged");
}

/* ---- writing ---- */

static la_ssize_t on_put(struct archive *a, void *arg, const void *bytes, size_t n)
{
	struct tar_writer *t = arg;

	(void)a;
	if (t->s.rc == 0)
		t->s.rc = t->put(t->s.cx, t->s.arg, (struct str){ bytes, n });
	return t->s.rc < 0 ? -1 : (la_ssize_t)n;
}

struct tar_writer *tar_write(struct ctx *cx, size_t piece, tar_put put, void *arg)
{
	struct tar_writer *t = arena_new(cx->mem, struct tar_writer);

	*t = (struct tar_writer){ .s = { .cx = cx, .a = archive_write_new(), .arg = arg },
				  .put = put,
				  .entry = archive_entry_new() };
	/* Names are bytes, whatever this process takes for its language. */
	if (!t->s.a || !t->entry || archive_write_set_format_pax_restricted(t->s.a) != ARCHIVE_OK ||
	    archive_write_set_format_option(t->s.a, "pax", "hdrcharset", "BINARY") != ARCHIVE_OK ||
	    archive_write_add_filter_zstd(t->s.a) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(t->s.a, (int)piece) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(t->s.a, 1) != ARCHIVE_OK ||
	    archive_write_open(t->s.a, t, NULL, on_put, NULL) != ARCHIVE_OK)
		abort();
	return t;
}

int tar_add(struct tar_writer *t, const struct tar_entry *e)
{
	static const mode_t types[] = { [TAR_FILE] = AE_IFREG, [TAR_FOLDER] = AE_IFDIR, [TAR_LINK] = AE_IFLNK };

	archive_entry_clear(t->entry);
	archive_entry_copy_pathname(t->entry, e->path);
	archive_entry_set_filetype(t->entry, types[e->kind]);
	archive_entry_set_perm(t->entry, e->mode);
	archive_entry_set_size(t->entry, e->kind == TAR_FILE ? (la_int64_t)e->bytes : 0);
	if (e->kind == TAR_LINK)
		archive_entry_copy_symlink(t->entry, e->target);
	return archive_write_header(t->s.a, t->entry) == ARCHIVE_OK ? 0 : failed(&t->s, ERR_INTERNAL);
}

int tar_add_bytes(struct tar_writer *t, struct str bytes)
{
	la_ssize_t n = archive_write_data(t->s.a, bytes.p, bytes.n);

	/* It takes no more than the entry said it has. */
	if (n >= 0 && (size_t)n < bytes.n)
		return fail(t->s.cx, ERR_INTERNAL, "tar: a file has grown meanwhile");
	return n < 0 ? failed(&t->s, ERR_INTERNAL) : 0;
}

int tar_finish(struct tar_writer *t)
{
	return archive_write_close(t->s.a) == ARCHIVE_OK ? 0 : failed(&t->s, ERR_INTERNAL);
}

void tar_writer_close(struct tar_writer **t)
{
	if (!*t)
		return;
	/* What libarchive still has is not wanted any more. */
	(*t)->s.rc = (*t)->s.rc < 0 ? (*t)->s.rc : ERR_INTERNAL;
	archive_entry_free((*t)->entry);
	archive_write_free((*t)->s.a);
	*t = NULL;
}

/* ---- reading ---- */

static la_ssize_t on_get(struct archive *a, void *arg, const void **bytes)
{
	struct tar_reader *t = arg;
	struct str piece = { NULL, 0 };

	(void)a;
	if (t->s.rc == 0)
		t->s.rc = t->get(t->s.cx, t->s.arg, &piece);
	if (t->s.rc < 0)
		return -1;
	la_ssize_t n = t->s.rc == 1 ? (la_ssize_t)piece.n : 0;

	t->s.rc = 0;
	*bytes = piece.p;
	return n;
}

struct tar_reader *tar_read(struct ctx *cx, tar_get get, void *arg)
{
	struct tar_reader *t = arena_new(cx->mem, struct tar_reader);

	*t = (struct tar_reader){ .s = { .cx = cx, .a = archive_read_new(), .arg = arg }, .get = get };
	if (!t->s.a || archive_read_support_filter_zstd(t->s.a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(t->s.a) != ARCHIVE_OK)
		abort();
	/* What goes wrong here is told by the first tar_next(). */
	archive_read_open(t->s.a, t, NULL, on_get, NULL);
	return t;
}

int tar_next(struct tar_reader *t, struct tar_entry *out)
{
	struct archive_entry *e;
	int code = archive_read_next_header(t->s.a, &e);

	if (code == ARCHIVE_EOF)
		return 0;
	if (code != ARCHIVE_OK)
		return failed(&t->s, ERR_INPUT);
	*out = (struct tar_entry){ .path = archive_entry_pathname(e),
				   .mode = archive_entry_perm(e),
				   .bytes = (uint64_t)archive_entry_size(e),
				   .target = archive_entry_symlink(e) };
	switch (archive_entry_filetype(e)) {
	case AE_IFREG:
		out->kind = TAR_FILE;
		break;
	case AE_IFDIR:
		out->kind = TAR_FOLDER;
		break;
	case AE_IFLNK:
		out->kind = TAR_LINK;
		break;
	default:
		return fail(t->s.cx, ERR_INPUT, "tar: neither a file nor a folder nor a link");
	}
	if (!out->path || archive_entry_hardlink(e) || (out->kind == TAR_LINK && !out->target))
		return fail(t->s.cx, ERR_INPUT, "tar: an entry without a name, or a hard link");
	return 1;
}

ssize_t tar_next_bytes(struct tar_reader *t, char *to, size_t n)
{
	la_ssize_t got = archive_read_data(t->s.a, to, n);

	return got < 0 ? failed(&t->s, ERR_INPUT) : got;
}

void tar_reader_close(struct tar_reader **t)
{
	if (*t)
		archive_read_free((*t)->s.a);
	*t = NULL;
}
