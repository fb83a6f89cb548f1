/* Bare mirrors of git repositories on disk. */
#include "ext/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "ext/crypto.h"
#include "ext/fetch.h"

enum { OPEN_FILES = 16 };

void mirror_closep(git_repository **repo)
{
	git_repository_free(*repo);
}

void mirror_objectp(git_object **object)
{
	git_object_free(*object);
}

void mirror_library(void)
{
	static bool ready;
	static const git_config_level_t levels[] = { GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_XDG,
						     GIT_CONFIG_LEVEL_PROGRAMDATA };

	if (ready)
		return;
	if (git_libgit2_init() < 0)
		abort();
	/* No git configuration of this machine or user changes what is fetched from where. */
	for (size_t i = 0; i < LEN(levels); i++)
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
	/* The check protects users of a work tree from its owner's hooks and filters; bare mirrors run neither. */
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	git_libgit2_opts(GIT_OPT_SET_USER_AGENT, "callboard");
	ready = true;
}

const char *mirror_why(void)
{
	const git_error *e = git_error_last();

	return e && e->message && *e->message ? e->message : "unknown error";
}

const char *mirror_shown(struct ctx *cx, const char *url)
{
	struct url u;

	if (url_parse(cx, url, &u) < 0)
		return "(not a URL)";
	return arena_printf(cx->mem, "%s://%s%s", u.scheme, u.authority, u.path);
}

const char *mirror_path(struct ctx *cx, const struct git_source *src, const char *suffix)
{
	char name[65];

	crypto_sha256_hex(str_of(src->url), name);
	return arena_printf(cx->mem, "%s/%s%s", src->cache, name, suffix);
}

int mirror_open(struct ctx *cx, const struct git_source *src, git_repository **repo)
{
	mirror_library();
	if (git_repository_open_bare(repo, mirror_path(cx, src, ".git")) < 0)
		return fail(cx, ERR_NOTFOUND, "no copy of %s is here yet", mirror_shown(cx, src->url));
	return 0;
}

/* Lock files of references and half-written packs. Whoever wrote them is dead: we hold the mirror's lock. */
static int remove_left_over(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base;

	(void)st;
	if (type == FTW_F && (str_ends(name, ".lock") || str_starts(name, "pack_git2_") || str_starts(name, "tmp_")))
		unlink(path);
	return 0;
}

void mirror_mark(struct ctx *cx, const struct git_source *src, bool busy)
{
	const char *path = mirror_path(cx, src, ".busy");

	if (!busy) {
		unlink(path);
		return;
	}

	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
}

static int take_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	while (fd >= 0 && flock(fd, LOCK_EX) < 0)
		if (errno != EINTR) {
			close(fd);
			return -1;
		}
	return fd;
}

int mirror_lock(struct ctx *cx, const struct git_source *src, git_repository **repo, int *lock)
{
	const char *path = mirror_path(cx, src, ".git"), *busy = mirror_path(cx, src, ".busy");

	mirror_library();
	if (!folder_make(cx->mem, src->cache, 0700))
		return fail(cx, ERR_INTERNAL, "cannot make the folder '%s': %s", src->cache, strerrordesc_np(errno));

	int fd = take_lock(mirror_path(cx, src, ".lock"));

	if (fd < 0)
		return fail(cx, ERR_INTERNAL, "cannot lock in '%s': %s", src->cache, strerrordesc_np(errno));
	if (access(busy, F_OK) == 0)
		nftw(path, remove_left_over, OPEN_FILES, FTW_PHYS);
	if (git_repository_open_bare(repo, path) < 0) {
		/* Missing, or damaged: it is only a copy. */
		folder_remove(path);
		if (git_repository_init(repo, path, 1) < 0) {
			close(fd);
			return fail(cx, ERR_INTERNAL, "cannot make a mirror in '%s': %s", src->cache, mirror_why());
		}
	}
	*lock = fd;
	return 0;
}

void mirror_treep(git_tree **tree)
{
	git_tree_free(*tree);
}

int mirror_tree(struct ctx *cx, const struct git_source *src, const char *commit, git_repository **repo, git_tree **tree)
{
	AUTO_OBJECT object = NULL;
	git_oid id;
	int rc = mirror_open(cx, src, repo);

	if (rc < 0)
		return rc;
	if (strlen(commit) != GIT_OID_HEXSZ || git_oid_fromstr(&id, commit) < 0)
		return fail(cx, ERR_INPUT, "'%.60s' is not the id of a commit", commit);
	if (git_object_lookup(&object, *repo, &id, GIT_OBJECT_COMMIT) < 0 ||
	    git_commit_tree(tree, (const git_commit *)object) < 0)
		return fail(cx, ERR_NOTFOUND, "%s: no commit %s", mirror_shown(cx, src->url), commit);
	return 0;
}
