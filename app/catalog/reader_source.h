/* The kinds of source behind reader.h: local files and git servers. Only reader*.c includes this. */
#ifndef CATALOG_READER_SOURCE_H
#define CATALOG_READER_SOURCE_H

#include "catalog/reader.h"
#include "catalog/scm.h"

enum { READ_MAX = 10 << 20, READ_MS = 30000, GLOB_MAX = 10000 };

int file_source_read(struct ctx *cx, const char *target, const char *etag, struct read_result *out);
int file_source_glob(struct ctx *cx, const char *pattern, const char ***targets, size_t *n);
/* target as an absolute path without ".", ".." and double slashes; relative ones are relative to the working folder. */
const char *file_source_path(struct ctx *cx, const char *target);

/* A git+ URL: "git+https://host/team/repo.git//dir/file.yaml?ref=main". */
struct git_target {
	const char *url;            /* of the repository, without "git+" */
	const char *host, *repo;    /* "host[:port]" and "team/repo", for comparing */
	const char *path, *ref;     /* decoded; "" when not given */
	const char *before, *after; /* text around the path, as in struct scm_file */
	const char *raw_path;       /* the path as written, still encoded */
	const struct scm_git *conf; /* NULL when integrations.git[] names no prefix of it */
};
/* ERR_INPUT when it is malformed or leaves the repository. */
int git_source_parse(struct ctx *cx, const char *target, struct git_target *out);
/* token: somebody's own, NULL: none. */
int git_source_read(struct ctx *cx, const char *target, const char *etag, const char *token, struct read_result *out);
int git_source_glob(struct ctx *cx, const char *target, const char ***targets, size_t *n);
int git_source_tree(struct ctx *cx, const char *url, const struct read_tree_options *options, struct read_tree *out);
static inline bool is_git_target(const char *target)
{
	return str_starts(target, "git+");
}

int url_source_read(struct ctx *cx, const char *target, const char *etag, const char *token, struct read_result *out);
int url_source_glob(struct ctx *cx, const char *target, const char ***targets, size_t *n);
int url_source_tree(struct ctx *cx, const char *url, const struct read_tree_options *options, struct read_tree *out);
/* ERR_DENIED in Backstage's words. */
int read_denied(struct ctx *cx, const char *target);
/* Whether browsers would run it as a script. */
bool is_script_url(const char *url);

#endif
