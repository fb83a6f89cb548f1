/* Reads files from mirrors of git repositories (libgit2). */
#include "ext/git.h"

#include "base/list.h"
#include "ext/mirror.h"

enum { DEPTH_MAX = 64, ENTRIES_MAX = 1000000 };

#define AUTO_ENTRY __attribute__((cleanup(entry_freep))) git_tree_entry *
#define AUTO_BLOB __attribute__((cleanup(blob_freep))) git_blob *
#define AUTO_ODB __attribute__((cleanup(odb_freep))) git_odb *

static void entry_freep(git_tree_entry **entry)
{
	git_tree_entry_free(*entry);
}

static void blob_freep(git_blob **blob)
{
	git_blob_free(*blob);
}

static void odb_freep(git_odb **odb)
{
	git_odb_free(*odb);
}

/* Segments that are neither empty nor "." nor "..". */
static bool is_clean_path(const char *path)
{
	for (struct str rest = str_of(path); rest.p;) {
		struct str part = str_cut(&rest, '/');

		if (part.n == 0 || str_is(part, ".") || str_is(part, ".."))
			return false;
	}
	return true;
}

static bool is_file(const git_tree_entry *entry)
{
	git_filemode_t mode = git_tree_entry_filemode(entry);

	return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

static int read_blob(struct ctx *cx, git_repository *repo, const git_oid *id, const char *path, size_t max, struct str *out)
{
	AUTO_ODB odb = NULL;
	AUTO_BLOB blob = NULL;
	git_object_t type;
	size_t n;

	/* The size is known before the bytes are unpacked. */
	if (git_repository_odb(&odb, repo) < 0 || git_odb_read_header(&n, &type, odb, id) < 0)
		return fail(cx, ERR_UPSTREAM, "%s: %s", path, mirror_why());
	if (n > max)
		return fail(cx, ERR_TOOLARGE, "%s: %zu bytes are more than the %zu allowed", path, n, max);
	if (git_blob_lookup(&blob, repo, id) < 0)
		return fail(cx, ERR_UPSTREAM, "%s: %s", path, mirror_why());
	n = (size_t)git_blob_rawsize(blob);
	*out = (struct str){ arena_strndup(cx->mem, git_blob_rawcontent(blob), n), n };
	return 0;
}

int git_read(struct ctx *cx, const struct git_source *src, const char *commit, const char *path, size_t max, struct str *out)
{
	AUTO_REPO repo = NULL;
	AUTO_TREE tree = NULL;
	AUTO_ENTRY entry = NULL;

	if (!is_clean_path(path))
		return fail(cx, ERR_INPUT, "'%.200s' is not a path within a repository", path);

	int rc = mirror_tree(cx, src, commit, &repo, &tree);

	if (rc < 0)
		return rc;
	if (git_tree_entry_bypath(&entry, tree, path) < 0)
		return fail(cx, ERR_NOTFOUND, "%s: no file '%.200s'", mirror_shown(cx, src->url), path);
	if (!is_file(entry))
		return fail(cx, ERR_INPUT, "%s: '%.200s' is not a regular file", mirror_shown(cx, src->url), path);
	return read_blob(cx, repo, git_tree_entry_id(entry), path, max, out);
}

/* A walk through a tree. Trees may share subtrees, so a small repository can hold endless paths: entries are counted. */
struct walk {
	struct ctx *cx;
	git_repository *repo;
	const char *glob;
	size_t fixed; /* bytes of glob before the first wildcard */
	size_t max, entries;
	struct {
		const char **items;
		size_t n, cap;
	} found;
};

/* Can anything below folder (with its slash) match? */
static bool may_hold(const struct walk *w, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(folder, w->glob, n < w->fixed ? n : w->fixed) == 0;
}

static int walk_tree(struct walk *w, const git_tree *tree, const char *prefix, unsigned depth);

static int walk_entry(struct walk *w, const git_tree_entry *entry, const char *prefix, unsigned depth)
{
	const char *path = arena_printf(w->cx->mem, "%s%s", prefix, git_tree_entry_name(entry));
	AUTO_TREE below = NULL;

	if (++w->entries > ENTRIES_MAX)
		return fail(w->cx, ERR_TOOLARGE, "the repository has more than %d files", ENTRIES_MAX);
	if (is_file(entry)) {
		if (is_clean_path(path) && glob_match(w->glob, path, false))
			*list_add(w->cx->mem, &w->found) = path;
		return 0;
	}
	if (git_tree_entry_filemode(entry) != GIT_FILEMODE_TREE)
		return 0;
	path = arena_printf(w->cx->mem, "%s/", path);
	if (depth == DEPTH_MAX || !may_hold(w, path))
		return 0;
	if (git_tree_lookup(&below, w->repo, git_tree_entry_id(entry)) < 0)
		return fail(w->cx, ERR_UPSTREAM, "%s: %s", path, mirror_why());
	return walk_tree(w, below, path, depth + 1);
}

static int walk_tree(struct walk *w, const git_tree *tree, const char *prefix, unsigned depth)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && w->found.n < w->max && i < git_tree_entrycount(tree); i++)
		rc = walk_entry(w, git_tree_entry_byindex(tree, i), prefix, depth);
	return rc;
}

int git_glob(struct ctx *cx, const struct git_source *src, const char *commit, const char *glob, size_t max,
	     const char ***paths, size_t *n)
{
	AUTO_REPO repo = NULL;
	AUTO_TREE tree = NULL;
	int rc = mirror_tree(cx, src, commit, &repo, &tree);

	if (rc < 0)
		return rc;

	struct walk w = { .cx = cx, .repo = repo, .glob = glob, .fixed = strcspn(glob, "*?[{\\"), .max = max };

	rc = walk_tree(&w, tree, "", 1);
	if (rc < 0)
		return rc;
	*paths = w.found.items;
	*n = w.found.n;
	return 0;
}
