/* Whole folders of git repositories, and who changed their files last (libgit2). */
#include <stdlib.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/utf8.h"
#include "ext/git.h"
#include "ext/mirror.h"

enum { DEPTH_MAX = 64, ENTRIES_MAX = 1000000, COMMITS_MAX = 5000, CHANGES_MAX = 200000, HISTORY_US = 2000000 };

#define AUTO_ODB __attribute__((cleanup(odb_freep))) git_odb *
#define AUTO_ODB_OBJECT __attribute__((cleanup(odb_object_freep))) git_odb_object *
#define AUTO_WALK __attribute__((cleanup(walk_freep))) git_revwalk *
#define AUTO_COMMIT __attribute__((cleanup(commit_freep))) git_commit *
#define AUTO_DIFF __attribute__((cleanup(diff_freep))) git_diff *
#define AUTO_ENTRY __attribute__((cleanup(entry_freep))) git_tree_entry *

static void odb_freep(git_odb **odb)
{
	git_odb_free(*odb);
}

static void odb_object_freep(git_odb_object **object)
{
	git_odb_object_free(*object);
}

static void walk_freep(git_revwalk **walk)
{
	git_revwalk_free(*walk);
}

static void commit_freep(git_commit **commit)
{
	git_commit_free(*commit);
}

static void diff_freep(git_diff **diff)
{
	git_diff_free(*diff);
}

static void entry_freep(git_tree_entry **entry)
{
	git_tree_entry_free(*entry);
}

/* The tree at folder below root; *out NULL when there is none. */
static int tree_at(git_repository *repo, git_tree *root, const char *folder, git_tree **out)
{
	AUTO_ENTRY entry = NULL;

	*out = NULL;
	if (!*folder)
		return git_tree_dup(out, root);
	int code = git_tree_entry_bypath(&entry, root, folder);

	if (code == GIT_ENOTFOUND || (code == 0 && git_tree_entry_type(entry) != GIT_OBJECT_TREE))
		return 0;
	return code < 0 ? code : git_tree_lookup(out, repo, git_tree_entry_id(entry));
}

/* ---- writing ---- */

/* Trees may share subtrees, so a small repository can hold endless paths: entries are counted. */
struct writer {
	struct unpack to;
	git_repository *repo;
	git_odb *odb;
	size_t entries;
};

static int write_blob(struct writer *w, const git_oid *id, const char *path, bool executable)
{
	struct ctx *cx = w->to.cx;
	AUTO_ODB_OBJECT object = NULL;
	AUTO_FD fd = -1;
	git_object_t type;
	size_t n;

	/* The size is known before the bytes are unpacked. */
	if (git_odb_read_header(&n, &type, w->odb, id) < 0)
		return fail(cx, ERR_UPSTREAM, "%s: %s", path, mirror_why());
	if (n > w->to.limits->bytes - w->to.done.bytes)
		return fail(cx, ERR_TOOLARGE, "the source is larger than %llu MiB",
			    (unsigned long long)(w->to.limits->bytes >> 20));
	if (git_odb_read(&object, w->odb, id) < 0)
		return fail(cx, ERR_UPSTREAM, "%s: %s", path, mirror_why());
	int rc = unpack_file(&w->to, path, executable, &fd);

	return rc < 0 ? rc : unpack_bytes(&w->to, fd, git_odb_object_data(object), git_odb_object_size(object));
}

static int write_tree(struct writer *w, const git_tree *tree, const char *prefix, unsigned depth);

static int write_entry(struct writer *w, const git_tree_entry *entry, const char *prefix, unsigned depth)
{
	struct ctx *cx = w->to.cx;
	const char *path = arena_printf(cx->mem, "%s%s", prefix, git_tree_entry_name(entry));
	git_filemode_t mode = git_tree_entry_filemode(entry);
	AUTO_TREE below = NULL;

	if (++w->entries > ENTRIES_MAX)
		return fail(cx, ERR_TOOLARGE, "the repository has more than %d files", ENTRIES_MAX);
	if (!unpack_clean(path) ||
	    (mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE && mode != GIT_FILEMODE_TREE) ||
	    depth == DEPTH_MAX) {
		w->to.done.left_out++;
		return 0;
	}
	if (mode != GIT_FILEMODE_TREE)
		return write_blob(w, git_tree_entry_id(entry), path, mode == GIT_FILEMODE_BLOB_EXECUTABLE);
	if (git_tree_lookup(&below, w->repo, git_tree_entry_id(entry)) < 0)
		return fail(cx, ERR_UPSTREAM, "%s: %s", path, mirror_why());
	return write_tree(w, below, arena_printf(cx->mem, "%s/", path), depth + 1);
}

static int write_tree(struct writer *w, const git_tree *tree, const char *prefix, unsigned depth)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < git_tree_entrycount(tree); i++)
		rc = write_entry(w, git_tree_entry_byindex(tree, i), prefix, depth);
	return rc;
}

int git_tree_write(struct ctx *cx, const struct git_source *src, const char *commit, const char *folder, const char *to,
		   const struct unpack_limits *limits, struct unpack_result *out)
{
	AUTO_REPO repo = NULL;
	AUTO_TREE root = NULL;
	AUTO_TREE tree = NULL;
	AUTO_ODB odb = NULL;
	int rc = mirror_tree(cx, src, commit, &repo, &root);

	if (rc < 0)
		return rc;
	if (tree_at(repo, root, folder, &tree) < 0 || git_repository_odb(&odb, repo) < 0)
		return fail(cx, ERR_UPSTREAM, "%s: %s", mirror_shown(cx, src->url), mirror_why());
	if (!tree)
		return fail(cx, ERR_NOTFOUND, "%s: no folder '%.200s'", mirror_shown(cx, src->url), folder);
	struct writer w = { .to = { .cx = cx, .to = to, .limits = limits }, .repo = repo, .odb = odb };

	rc = unpack_begin(&w.to);
	if (rc == 0)
		rc = write_tree(&w, tree, "", 1);
	*out = w.to.done;
	return rc;
}

/* ---- history ---- */

struct history {
	struct ctx *cx;
	git_repository *repo;
	const char *folder;
	struct map *out;
	struct git_change *change; /* of the commit that is looked at */
	uint64_t until;
	size_t changes;
};

/* One commit can have as many files as it likes, and trees that share subtrees have more than there are. */
static bool has_ended(const struct history *h)
{
	return h->changes >= CHANGES_MAX || clock_mono_us() >= h->until;
}

static int on_progress(const git_diff *diff, const char *before, const char *now, void *arg)
{
	(void)diff, (void)before, (void)now;
	return has_ended(arg) ? GIT_EUSER : 0;
}

/* Nothing of it is kept in the diff. */
static int on_change(const git_diff *diff, const git_diff_delta *delta, const char *matched, void *arg)
{
	struct history *h = arg;
	const char *path = delta->new_file.path;

	(void)diff, (void)matched;
	if (has_ended(h))
		return GIT_EUSER;
	h->changes++;
	if (!map_get(h->out, path))
		map_put(h->cx->mem, h->out, arena_strdup(h->cx->mem, path), h->change);
	return 1;
}

static int note_changes(struct history *h, git_commit *commit, git_tree *before, git_tree *now)
{
	git_diff_options options;
	const git_signature *author = git_commit_author(commit);
	AUTO_DIFF diff = NULL;

	h->change = arena_new(h->cx->mem, struct git_change);
	h->change->author = utf8_scrub(h->cx->mem, arena_strdup(h->cx->mem, author && author->name ? author->name : ""));
	h->change->at_ms = author ? (int64_t)author->when.time * 1000 : 0;
	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.notify_cb = on_change;
	options.progress_cb = on_progress;
	options.payload = h;
	int code = git_diff_tree_to_tree(&diff, h->repo, before, now, &options);

	return code < 0 && !has_ended(h) ? -1 : 0;
}

/* What a commit changed in the folder. A merge changes nothing itself: its parents did. */
static int look_at(struct history *h, const git_oid *id)
{
	AUTO_COMMIT commit = NULL;
	AUTO_COMMIT parent = NULL;
	AUTO_TREE root = NULL;
	AUTO_TREE parent_root = NULL;
	AUTO_TREE now = NULL;
	AUTO_TREE before = NULL;

	if (git_commit_lookup(&commit, h->repo, id) < 0)
		return -1;
	if (git_commit_parentcount(commit) > 1)
		return 0;
	if (git_commit_tree(&root, commit) < 0 || tree_at(h->repo, root, h->folder, &now) < 0)
		return -1;
	if (git_commit_parentcount(commit) == 1 &&
	    (git_commit_parent(&parent, commit, 0) < 0 || git_commit_tree(&parent_root, parent) < 0 ||
	     tree_at(h->repo, parent_root, h->folder, &before) < 0))
		return -1;
	if (!now || (before && git_oid_equal(git_tree_id(now), git_tree_id(before))))
		return 0;
	return note_changes(h, commit, before, now);
}

int git_history(struct ctx *cx, const struct git_source *src, const char *commit, const char *folder, struct map *out)
{
	AUTO_REPO repo = NULL;
	AUTO_TREE root = NULL;
	AUTO_WALK walk = NULL;
	git_oid id;
	int rc = mirror_tree(cx, src, commit, &repo, &root);

	if (rc < 0)
		return rc;
	struct history h = { .cx = cx, .repo = repo, .folder = folder, .out = out, .until = clock_mono_us() + HISTORY_US };

	if (git_revwalk_new(&walk, repo) < 0 || git_oid_fromstr(&id, commit) < 0 || git_revwalk_push(walk, &id) < 0)
		return fail(cx, ERR_UPSTREAM, "%s: %s", mirror_shown(cx, src->url), mirror_why());
	git_revwalk_sorting(walk, GIT_SORT_TIME);
	for (unsigned i = 0; i < COMMITS_MAX && !has_ended(&h) && git_revwalk_next(&id, walk) == 0; i++)
		if (look_at(&h, &id) < 0)
			return fail(cx, ERR_UPSTREAM, "%s: %s", mirror_shown(cx, src->url), mirror_why());
	return 0;
}
