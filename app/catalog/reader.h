/* Reading the files that locations name: local files and globs, SCM hosts over HTTP, any git server. */
#ifndef CATALOG_READER_H
#define CATALOG_READER_H

#include "base/ctx.h"
#include "base/map.h"
#include "base/str.h"
#include "ext/unpack.h"

/* A location: type "file" or "url", and a target; as text "type:target". */
struct location {
	const char *type, *target;
};

enum { LOCATION_TARGET_MAX = 4096 }; /* bytes: longer ones cannot be stored */

struct read_result {
	bool unchanged; /* the etag still holds; bytes are not set */
	struct str bytes;
	const char *etag; /* opaque, for the next read; "" when the source has none */
};

/*
 * Reads one file.
 * file: an absolute path (symlinks are followed only when the configuration named the path itself; anything but a regular
 *   file is refused); the etag is made of inode, size and mtime, and is "" while the mtime is younger than 2 s, so that a
 *   second change in the same tick is not missed.
 * url: https://github.com/o/r/blob/BRANCH/path and tree-less raw forms of hosts in integrations.github, .gitlab,
 *   .bitbucketCloud, .bitbucketServer, .gitea are read through the provider's raw-file or contents API with the
 *   credentials of that integration; "git+https://host/team/repo.git//dir/file.yaml?ref=main" (git+http, git+ssh, git+file too)
 *   through libgit2, when integrations.git[] has a matching url prefix; anything else only when backend.reading.allow
 *   names host[:port] (exact or *.suffix) and, if given, one of the paths. Redirects must be allowed by the same rules.
 *   At most 10 MiB, 30 s.
 * etag: of the last read or NULL.
 * ERR_NOTFOUND ("Unable to read url, no matching files found for URL"), ERR_DENIED ("... is not allowed. You may need to
 * configure an integration for the target host, or add it to the configured list of allowed hosts at
 * 'backend.reading.allow'"), ERR_UPSTREAM ("Unable to read url, URL, 500 Internal Server Error"), ERR_TOOLARGE, ERR_TIMEOUT.
 * Each message names the target.
 */
int reader_read(struct ctx *cx, const struct location *loc, const char *etag, struct read_result *out);
/* The same for a url, with somebody's own token (NULL: none) in place of what the configuration has for the host. */
int reader_read_as(struct ctx *cx, const char *url, const char *token, struct read_result *out);

/* Whether the target is a glob: a file target with * ? [ {, or a url target of an SCM host or git server with * in its path. */
bool reader_is_glob(struct ctx *cx, const struct location *loc);
/*
 * The targets that match, sorted, all of loc's type; at most 10,000 (more: ERR_TOOLARGE). Globs as glob_match() has them,
 * dotfiles included. GitHub, GitLab, Bitbucket and Gitea globs use the provider's tree API; git+ URLs the mirror.
 */
int reader_glob(struct ctx *cx, const struct location *loc, const char ***targets, size_t *n);

struct read_tree_options {
	const char *etag;  /* of the last read, or NULL */
	const char *to;    /* the folder it is written to; made with its parents */
	const char *token; /* somebody's own, in place of what the configuration has for the host; NULL: none */
	struct unpack_limits limits;
	unsigned timeout_ms; /* of each exchange with the server */
};
struct read_tree {
	bool unchanged;   /* the etag still holds; nothing is written */
	const char *etag; /* the id of the commit */
	struct unpack_result written;
	const char *repository; /* page of the repository; NULL: not known */
	const char *edit;       /* what a file's path below the folder is put behind to edit it; NULL: there is no such page */
	struct map history;     /* struct git_change (ext/git.h) by path below the folder, where the server tells */
};
/*
 * Reads a whole folder, named by a URL: GitHub, GitLab, Bitbucket and Gitea give an archive by their API, git+ URLs are read
 * from their mirror. Symlinks and submodules are left out. Errors as of reader_read(), ERR_TOOLARGE for the limits,
 * ERR_UNAVAILABLE where the disk is full; what was written until then stays for the caller to remove.
 */
int reader_tree(struct ctx *cx, const char *url, const struct read_tree_options *options, struct read_tree *out);

/*
 * What a relative target in the file at base means: for url, reference resolution against its URL (for git+ and SCM URLs the
 * query and fragment of the base are kept, the path replaced); for file, the path relative to base's folder, normalised. An
 * absolute URL or path stays. ERR_INPUT when it cannot be resolved.
 */
int reader_resolve(struct ctx *cx, const struct location *base, const char *target, const char **out);

/*
 * Browser links of a url location as Backstage's integrations make them (…/blob/… for viewing, …/edit/… for editing;
 * *edit NULL when there is none or the URL names a commit; a plain host's view URL is the URL itself, and it has no edit
 * URL), and the location of the source folder ("url:https://github.com/o/r/tree/main/dir/"). Each NULL for file locations.
 * javascript: URLs give https://backstage.io/annotation-rejected-for-security-reasons.
 */
int reader_links(struct ctx *cx, const struct location *loc, const char **view, const char **edit, const char **source);

/*
 * Whether both URLs are files of one repository, judged when both parse as files of a git host known to integrations
 * (or git+): same host, same full name. True also when either is no such URL: then backend.reading.allow decides.
 */
bool reader_same_repository(struct ctx *cx, const char *url, const char *other);

/*
 * "type:target" split at the first colon. ERR_INPUT with Backstage's words: "Unable to parse location ref 'nope', expected
 * '<type>:<target>', e.g. 'url:https://host/path'"; a type http or https gets the hint to prefix url:; a javascript: target is
 * refused.
 */
int location_parse(struct ctx *cx, const char *text, struct location *out);
/* "type:target". */
const char *location_format(struct arena *mem, const struct location *loc);

#endif
