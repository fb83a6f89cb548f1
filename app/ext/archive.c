/* Unpacks archives of strangers (libarchive). */
#include "ext/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include "base/fd.h"

enum { PIECE = 64 << 10, RATIO = 200, RATIO_FROM = 16 << 20 };

#define AUTO_ARCHIVE __attribute__((cleanup(archive_freep))) struct archive *

static void archive_freep(struct archive **a)
{
	archive_read_free(*a);
}

struct tar {
	struct unpack to;
	struct archive *from;
	const char *below;
};

static int unreadable(struct tar *t)
{
	const char *why = archive_error_string(t->from);

	return fail(t->to.cx, ERR_INPUT, "the archive cannot be read: %s", why ? why : "it is damaged");
}

static bool climbs(const char *path)
{
	for (struct str rest = str_of(path); rest.p;)
		if (str_is(str_cut(&rest, '/'), ".."))
			return true;
	return *path == '/';
}

/* Where an entry goes: its path without the first part and without below; NULL: it is not wanted. */
static const char *place_of(const struct tar *t, const char *path)
{
	size_t n = strlen(t->below);

	while (str_starts(path, "./"))
		path += 2;
	path = strchr(path, '/');
	if (!path || !*++path)
		return NULL;
	if (!n)
		return path;
	return strncmp(path, t->below, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

/* Much out of little is made to fill disks, and to keep us busy: what is passed over counts too. */
static int check_growth(struct tar *t)
{
	int64_t sent = archive_filter_bytes(t->from, -1), grown = archive_filter_bytes(t->from, 0);

	if (grown > RATIO_FROM && sent > 0 && grown / RATIO > sent)
		return fail(t->to.cx, ERR_TOOLARGE, "the archive grows to more than %d times its size", RATIO);
	return 0;
}

static int write_file(struct tar *t, const char *place, bool executable)
{
	char *piece = arena_raw(t->to.cx->mem, PIECE);
	AUTO_FD fd = -1;
	int rc = unpack_file(&t->to, place, executable, &fd);

	while (rc == 0) {
		la_ssize_t n = archive_read_data(t->from, piece, PIECE);

		if (n == 0)
			break;
		rc = n < 0 ? unreadable(t) : unpack_bytes(&t->to, fd, piece, (size_t)n);
		if (rc == 0)
			rc = check_growth(t);
	}
	return rc;
}

static int pass_over(struct tar *t)
{
	const void *piece;
	la_int64_t at;
	size_t n;
	int rc = 0, code = ARCHIVE_OK;

	while (rc == 0 && (code = archive_read_data_block(t->from, &piece, &n, &at)) == ARCHIVE_OK)
		rc = check_growth(t);
	return rc == 0 && code < ARCHIVE_WARN ? unreadable(t) : rc;
}

static int unpack_entry(struct tar *t, struct archive_entry *entry)
{
	/* Newer archives have names in UTF-8; those of older ones are taken as they are. */
	const char *utf8 = archive_entry_pathname_utf8(entry), *name = utf8 ? utf8 : archive_entry_pathname(entry);
	const char *place = name ? place_of(t, name) : NULL;

	if (name && climbs(name))
		return fail(t->to.cx, ERR_INPUT, "the archive has a path that leads outside: %.200s", name);
	if (archive_entry_filetype(entry) == AE_IFDIR || (name && !place))
		return pass_over(t);
	if (!place || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) || !unpack_clean(place)) {
		t->to.done.left_out++;
		return pass_over(t);
	}
	return write_file(t, place, archive_entry_perm(entry) & 0100);
}

/* What an entry needs of memory ends with it. */
static int unpack_all(struct tar *t)
{
	struct ctx *cx = t->to.cx;
	struct arena *keep = cx->mem;
	ARENA mem = { 0 };
	int rc = 0;

	cx->mem = &mem;
	while (rc == 0) {
		struct archive_entry *entry;
		int code = archive_read_next_header(t->from, &entry);

		if (code == ARCHIVE_EOF)
			break;
		rc = code < ARCHIVE_WARN ? unreadable(t) : unpack_entry(t, entry);
		arena_reset(&mem);
	}
	cx->mem = keep;
	return rc;
}

int archive_unpack(struct ctx *cx, int fd, const char *below, const char *to, const struct unpack_limits *limits,
		   struct unpack_result *out)
{
	AUTO_ARCHIVE a = archive_read_new();
	struct tar t = { .to = { .cx = cx, .to = to, .limits = limits }, .from = a, .below = below };
	int rc = unpack_begin(&t.to);

	if (!a)
		abort();
	if (rc < 0)
		return rc;
	archive_read_support_filter_gzip(a);
	archive_read_support_format_tar(a);
	rc = archive_read_open_fd(a, fd, PIECE) == ARCHIVE_OK ? unpack_all(&t) : unreadable(&t);
	*out = t.to.done;
	return rc;
}
