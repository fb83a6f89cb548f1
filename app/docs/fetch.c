/* Gets the folder that a site is built of. */
#include "docs/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/names.h"
#include "docs/ignore.h"
#include "docs/mkdocs.h"
#include "ext/crypto.h"

enum { DEPTH_MAX = 64, YOUNG_MS = 2000, IGNORE_MOST = 1 << 20 };

/* ---- a folder of this machine ---- */

/* All that is in a folder, as a text that changes when something does. */
struct census {
	struct ctx *cx;
	const struct unpack_limits *limits;
	uint64_t bytes, files;
	int64_t newest_ms;
	struct text_list lines;
	struct ignore
		ignored;  /* what git would not have fetched either: a working copy has its build and its libraries in it */
	const char *docs; /* docs_dir, which counts all the same */
};

static int count_folder(struct census *c, int fd, const char *prefix, unsigned depth);

static void learn_what_counts(struct census *c, const char *folder)
{
	struct ctx own = *c->cx; /* what is wrong with them is said when they are built */
	struct notes notes = { .mem = own.mem };
	struct mkdocs settings;
	struct tree tree;
	struct str text;

	c->docs = "docs";
	if (tree_open(&own, folder, &tree) < 0)
		return;
	if (mkdocs_read(&own, &tree, "", NULL, &(struct mkdocs_defaults){ 0 }, &notes, &settings) == 0)
		c->docs = settings.docs;
	if (tree_read(&own, &tree, ".gitignore", IGNORE_MOST, &text) == 0)
		ignore_parse(own.mem, text.p, &c->ignored);
}

/* One of the two is the other, or in it. */
static bool on_one_way(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), least = n < m ? n : m;

	return memcmp(a, b, least) == 0 && (n == m || (n < m ? b[n] : a[m]) == '/');
}

static bool counts(const struct census *c, const char *folder)
{
	return on_one_way(folder, c->docs) ||
	       !ignore_matches(c->cx->mem, &c->ignored, arena_printf(c->cx->mem, "%s/.", folder));
}

static int count_entry(struct census *c, int dir, const char *prefix, const char *name, unsigned depth)
{
	const char *path = arena_printf(c->cx->mem, "%s%s", prefix, name);
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* gone meanwhile */
	int64_t changed_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;

	if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX && !streq(name, ".git") && counts(c, path)) {
		int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		return fd < 0 ? 0 : count_folder(c, fd, arena_printf(c->cx->mem, "%s/", path), depth + 1);
	}
	if (!S_ISREG(st.st_mode))
		return 0;
	c->newest_ms = changed_ms > c->newest_ms ? changed_ms : c->newest_ms;
	c->bytes += (uint64_t)st.st_size;
	if (c->bytes > c->limits->bytes)
		return fail(c->cx, ERR_TOOLARGE, "the source is larger than %llu MiB",
			    (unsigned long long)(c->limits->bytes >> 20));
	if (++c->files > c->limits->files)
		return fail(c->cx, ERR_TOOLARGE, "the source has more than %llu files", (unsigned long long)c->limits->files);
	*list_add(c->cx->mem, &c->lines) = arena_printf(c->cx->mem, "%s\t%jd\t%jd.%09ld\t%ju\n", path, (intmax_t)st.st_size,
							(intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (uintmax_t)st.st_ino);
	return 0;
}

/* Takes fd over. */
static int count_folder(struct census *c, int fd, const char *prefix, unsigned depth)
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
			rc = count_entry(c, dirfd(dir), prefix, e->d_name, depth);
	return rc;
}

static const char *etag_of(struct census *c)
{
	struct buf all = { .mem = c->cx->mem };
	char hash[41];

	names_sort(c->lines.items, c->lines.n);
	for (size_t i = 0; i < c->lines.n; i++)
		buf_adds(&all, c->lines.items[i]);
	crypto_sha1_hex(str_of(buf_text(&all)), hash);
	return arena_strdup(c->cx->mem, hash);
}

/* The folder without links in its path, if it is in within then, too. */
static int real_folder(struct ctx *cx, const struct docs_source *source, const char **out)
{
	char real[PATH_MAX], border[PATH_MAX];

	if (!realpath(source->within, border) || !realpath(source->folder, real))
		return errno == ENOENT || errno == ENOTDIR
			       ? fail(cx, ERR_NOTFOUND, "the folder %s does not exist", source->folder)
			       : fail(cx, ERR_DENIED, "the folder %s cannot be read: %s", source->folder,
				      strerrordesc_np(errno));
	size_t n = strlen(border);

	if (strncmp(real, border, n) != 0 || (real[n] != '\0' && real[n] != '/'))
		return fail(cx, ERR_DENIED, "the folder %s leads out of %s through a link", source->folder, source->within);
	*out = arena_strdup(cx->mem, real);
	return 0;
}

static int local(struct ctx *cx, const struct docs_conf *s, const struct docs_source *source, const char *etag,
		 struct docs_tree *out)
{
	struct census c = { .cx = cx, .limits = &s->source };
	int rc = real_folder(cx, source, &out->folder);

	if (rc < 0)
		return rc;
	int fd = open(out->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail(cx, ERR_DENIED, "the folder %s cannot be read: %s", out->folder, strerrordesc_np(errno));
	learn_what_counts(&c, out->folder);
	rc = count_folder(&c, fd, "", 1);
	if (rc < 0)
		return rc;
	out->etag = etag_of(&c);
	out->settled = clock_wall_ms() - c.newest_ms > YOUNG_MS;
	out->unchanged = etag && streq(etag, out->etag);
	return 0;
}

/* ---- both ---- */

int docs_fetch(struct ctx *cx, const struct docs_conf *s, const struct docs_source *source, const char *etag, const char *to,
	       struct docs_tree *out)
{
	*out = (struct docs_tree){ 0 };
	if (!source->url)
		return local(cx, s, source, etag, out);
	const struct read_tree_options options = { .etag = etag, .to = to, .limits = s->source, .timeout_ms = s->fetch_ms };
	int rc = reader_tree(cx, source->url, &options, &out->tree);

	out->folder = to;
	out->etag = out->tree.etag;
	out->unchanged = out->tree.unchanged;
	out->settled = true;
	return rc;
}
