/* The files of the published site: written, copied, or those of the last build. */
#include <fcntl.h>
#include <sys/stat.h>

#include "docs/build.h"

static int count(struct build *b, const char *path, uint64_t bytes, uint64_t stamp)
{
	b->result->bytes += bytes;
	*list_add(b->cx->mem, &b->now.files) = (struct stored_file){ path, bytes, stamp };
	map_put(b->cx->mem, &b->written, path, b);
	if (b->result->bytes > b->max_output)
		return fail(b->cx, ERR_TOOLARGE, "the site is larger than %llu bytes", (unsigned long long)b->max_output);
	return 0;
}

int build_write(struct build *b, const char *path, struct str bytes)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	int rc = count(b, path, bytes.n, 0);

	if (rc == 0 && dir_write(&cx, &b->out, path, bytes) < 0)
		rc = fail(b->cx, ERR_INTERNAL, "%s", cx.err.text);
	return rc;
}

/* Is the file where it was put, as large as it was? */
static bool is_there(const struct build *b, const struct stored_file *f)
{
	struct stat st;

	return fstatat(b->out.fd, f->path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == f->bytes;
}

/* Stamp: as which it is kept. 0 also where another file of this build has the path already: the last one has it. */
static int keep(struct build *b, const char *path, const struct stored_file *f, uint64_t stamp)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	int rc;

	if (map_get(&b->written, path) ||
	    !(b->options->in_place ? is_there(b, f) : dir_link(&cx, &b->out, path, &b->previous_out)))
		return 0;
	rc = count(b, path, f->bytes, stamp);
	return rc < 0 ? rc : 1;
}

int build_keep(struct build *b, const char *path)
{
	struct stored_file f;

	return b->has_previous && stored_find_file(&b->previous, path, &f) ? keep(b, path, &f, f.stamp) : 0;
}

int build_copy(struct build *b, const char *path, int from)
{
	struct stored_file f;
	struct stat st;
	uint64_t stamp;
	int rc = 0;

	if (fstat(from, &st) < 0)
		return fail(b->cx, ERR_INTERNAL, "%s: it cannot be read", path);
	stamp = tree_stamp(&st);
	if (stamp && b->has_previous && stored_find_file(&b->previous, path, &f) && f.stamp == stamp)
		rc = keep(b, path, &f, stamp);
	if (rc == 0) {
		rc = count(b, path, (uint64_t)st.st_size, stamp);
		return rc < 0 ? rc : dir_copy(b->cx, &b->out, path, from);
	}
	return rc < 0 ? rc : 0;
}

void build_remove_old(struct build *b)
{
	for (size_t i = 0; i < b->previous.files && b->options->in_place; i++) {
		const char *path = stored_file_at(&b->previous, i).path;

		if (!map_get(&b->written, path))
			dir_unlink(b->cx, &b->out, path);
	}
}
