/* Reading files from git servers of any make (libgit2). */
#ifndef EXT_GIT_H
#define EXT_GIT_H

#include "base/ctx.h"
#include "base/map.h"
#include "base/str.h"
#include "ext/unpack.h"

struct git_source {
	const char *url;                 /* https, http, ssh, git or file */
	const char *ref;                 /* branch, tag or commit; NULL or "": the remote's HEAD */
	const char *cache;               /* directory that holds the bare mirrors; made when missing */
	const char *username, *password; /* NULL: none */
	const char *ssh_key;             /* file; NULL: none */
	const char *host_key;            /* of an ssh server, "SHA256:..."; NULL: known_hosts says which it is */
	bool make;                       /* published to: a file:// repository that is not there yet is made */
	unsigned timeout_ms;             /* 0: 60,000 */
};

/*
 * Brings the bare mirror of url up to date (clone or incremental fetch; processes take turns by a lock file) and
 * gives the commit id that ref names, 40 hex digits. known: the id of last time or NULL; when the remote still
 * names it (one ls-remote), nothing is fetched. ERR_NOTFOUND (no such ref or repository), ERR_AUTH, ERR_UPSTREAM.
 */
int git_update(struct ctx *cx, const struct git_source *src, const char *known, const char **commit);
/*
 * The bytes of a regular file at path (no leading slash) in commit. ERR_NOTFOUND; ERR_INPUT for symlinks,
 * submodules, folders and paths with ".."; ERR_TOOLARGE above max bytes.
 */
int git_read(struct ctx *cx, const struct git_source *src, const char *commit, const char *path, size_t max, struct str *out);
/* Paths of regular files that match a glob, in order, at most max. */
int git_glob(struct ctx *cx, const struct git_source *src, const char *commit, const char *glob, size_t max,
	     const char ***paths, size_t *n);
/*
 * Writes the regular files of a folder of commit ("" for the root, no slashes at its ends) into the folder to, made with its
 * parents. Symlinks and submodules are left out. ERR_NOTFOUND: no such folder; ERR_TOOLARGE, ERR_UNAVAILABLE: the disk is full.
 * What was written until then stays for the caller to remove.
 */
int git_tree_write(struct ctx *cx, const struct git_source *src, const char *commit, const char *folder, const char *to,
		   const struct unpack_limits *limits, struct unpack_result *out);

struct git_change {
	const char *author;
	int64_t at_ms;
};
/*
 * The last change of files in a folder, as seen from commit: struct git_change by path below the folder. Looks at as many
 * commits, and at as many of their changes, as a second or two allow; what was changed before those is not in it.
 */
int git_history(struct ctx *cx, const struct git_source *src, const char *commit, const char *folder, struct map *out);

#endif
