/* Source-code hosts: the integrations of the configuration, their file URLs, and their APIs. */
#ifndef CATALOG_SCM_H
#define CATALOG_SCM_H

#include "base/ctx.h"
#include "base/json.h"
#include "ext/fetch.h"

enum scm_kind { SCM_GITHUB, SCM_GITLAB, SCM_BITBUCKET_CLOUD, SCM_BITBUCKET_SERVER, SCM_GITEA };

/* As the configuration calls it: "github", "bitbucketCloud". */
const char *scm_kind_name(enum scm_kind kind);
/* An entry of integrations.github[].apps[]. */
struct scm_app {
	const char *id, *key;      /* its number, and its private key in PEM */
	bool public_access;        /* any installation may read what everybody may */
	const struct json *owners; /* the accounts whose installation may be used; NULL: all */
};
/* One entry of integrations.github[] and so on. Base URLs have no trailing slash. */
struct scm {
	enum scm_kind kind;
	const char *host;                        /* host[:port], lower case */
	const char *api;                         /* base URL of the API; "" when there is none */
	const char *raw;                         /* base URL of raw files (GitHub); "" when there is none */
	const char *base;                        /* what people see: "https://host" and perhaps a folder */
	const char *token, *username, *password; /* "" when not set */
	const struct scm_app *apps;              /* GitHub Apps */
	size_t n_apps;
	const char *signing_key; /* armored, of commits; "" when not set */
};
struct scm_list {
	struct scm *items;
	size_t n, cap;
};

/* An entry of backend.reading.allow. */
struct scm_allow {
	const char *host;      /* without port; a suffix with its dot when wild */
	long port_lo, port_hi; /* 0: only the scheme's own port */
	bool wild;
	const char **paths;
	size_t n_paths; /* 0: every path */
};
struct scm_allow_list {
	struct scm_allow *items;
	size_t n, cap;
};

/* An entry of integrations.git[]. */
struct scm_git {
	const char *prefix;                        /* of the repository's URL, without "git+" */
	const char *username, *password, *ssh_key; /* NULL when not set */
	const char *host_key;                      /* of an ssh server, "SHA256:..."; NULL when not set */
	const char *signing_key;                   /* as above */
	bool create;                               /* repositories of this machine are made when they are published to */
};
struct scm_git_list {
	struct scm_git *items;
	size_t n, cap;
};

struct scm_conf {
	struct scm_list scms;
	struct scm_allow_list allow; /* backend.reading.allow */
	struct scm_allow_list ask;   /* scaffolder.http.allow */
	struct scm_git_list gits;
	const char *git_cache; /* folder of the bare mirrors */
};

/*
 * The part of cx->conf that is about reading, made ready once per process and configuration. github.com, gitlab.com and
 * bitbucket.org are there even when nobody configured them. Entries that make no sense are left out with a warning.
 */
const struct scm_conf *scm_conf(const struct ctx *cx);
/* The integration whose host is exactly the URL's; NULL when there is none. */
const struct scm *scm_by_host(const struct ctx *cx, const char *authority);
/* Whether backend.reading.allow names the URL. */
bool scm_allowed(struct ctx *cx, const struct url *u);
/* Whether scaffolder.http.allow names it; *literal: by its full name, so that it may be one inside. */
bool scm_may_ask(struct ctx *cx, const struct url *u, bool *literal);
/* Whether the URL's host is one an integration talks to (pages, API or raw files). */
bool scm_known_host(const struct ctx *cx, const char *authority);

/*
 * The integration of that kind (NULL: of any) that has its pages, its API or its files at the URL's host, with the same
 * scheme; NULL when there is none.
 */
const struct scm *scm_at(struct ctx *cx, const char *kind, const struct url *u);
/* The entry of integrations.git whose prefix fits a repository's URL best; NULL when none does. */
const struct scm_git *scm_git_of(const struct ctx *cx, const char *url);

/*
 * How git reaches a repository: with what integrations.git or the integration of its host has for it, or with token instead
 * (NULL: none). ERR_DENIED: the configuration names no such server.
 */
struct git_source;
int scm_git_source(struct ctx *cx, const char *url, const char *token, struct git_source *out);
/* The commitSigningKey of what has a repository's URL; ERR_INPUT when it has none. */
int scm_signing_key(struct ctx *cx, const char *url, const char **key);

/* A file or folder of a repository, as a browser URL names it. */
struct scm_file {
	const struct scm *scm;
	const char *repo;           /* full name, decoded: "owner/name", "group/sub/name", "PROJECT/name" */
	const char *ref;            /* branch, tag or commit, decoded; "" for the default branch (Bitbucket Server) */
	const char *path;           /* decoded, no leading slash; "" for the root */
	const char *before, *after; /* the URL's text around the path: before + encoded path + after is the URL */
};

/*
 * Parses a URL of a configured host. ERR_DENIED when no integration has the host, ERR_INPUT ("Incorrect
 * URL: ...") when the host is known but the URL names no file or leaves the repository with "..".
 */
int scm_parse(struct ctx *cx, const char *url, struct scm_file *out);
/* The browser URL of another path in the same repository at the same ref. */
const char *scm_file_url(struct ctx *cx, const struct scm_file *f, const char *path);
/* The URL in the form that lists folders (tree), that shows (blob) and that edits; *edit NULL when the host has none. */
const char *scm_tree_url(struct ctx *cx, const struct scm *scm, const char *url);
const char *scm_edit_url(struct ctx *cx, const struct scm *scm, const char *url);

/* Sets the headers of a request to the API: accept (NULL: none) and the credentials. */
void scm_headers(struct ctx *cx, const struct scm *s, const char *accept, struct fetch_request *rq);
/* The integration with somebody's own token in place of its credentials. */
struct scm scm_with_token(const struct scm *s, const char *token);

/* ---- GitHub Apps ---- */

/* Whether an integration may do more than anybody. */
bool scm_has_credentials(const struct scm *s);
/* The account that a URL of the integration is about: of a repository, an organization or a user; "" when it names none. */
const char *scm_owner_of(struct ctx *cx, const struct scm *s, const char *url);
/*
 * *out: the integration with the token of the installation of its apps that owner has; as it is when there is none, or no app.
 * Asks GitHub when that is not known, or ends soon. ERR_INPUT (a key that is none), ERR_AUTH (an app that is not known),
 * ERR_DENIED (suspended), ERR_UPSTREAM and what fetch() gives, each naming the app.
 */
int scm_credentials(struct ctx *cx, const struct scm *s, const char *owner, struct scm *out);
/* Adds to list the accounts where apps of the integration are installed and may be used, for each app. Errors as above. */
int scm_app_owners(struct ctx *cx, const struct scm *s, struct json *list);

/* The URL of the file's repository in the API. */
const char *scm_repo_url(struct ctx *cx, const struct scm_file *f);
/* A request for the file's bytes; headers live in cx->mem. ERR_INPUT when the integration cannot read files. */
int scm_read_request(struct ctx *cx, const struct scm_file *f, struct fetch_request *rq);
/* The bytes in an answer of status 200 (Gitea wraps them in JSON). */
int scm_read_body(struct ctx *cx, const struct scm_file *f, const struct fetch_answer *an, struct str *out);
/* A request for the commit that the file's ref names, and its id in an answer of status 200. */
void scm_commit_request(struct ctx *cx, const struct scm_file *f, struct fetch_request *rq);
int scm_commit_id(struct ctx *cx, const struct scm_file *f, const struct fetch_answer *an, const char **id);
/* A request for a tar.gz of a commit, with at least what is below the file's path. */
void scm_archive_request(struct ctx *cx, const struct scm_file *f, const char *commit, struct fetch_request *rq);
/* The page of the file's repository. */
const char *scm_repo_page(struct ctx *cx, const struct scm_file *f);
/*
 * Paths of the repository's regular files that match f->path as a glob, sorted; at most max (more: ERR_TOOLARGE).
 * rq gives what each request shares (limits, allow).
 */
int scm_glob(struct ctx *cx, const struct scm_file *f, const struct fetch_request *rq, size_t max, const char ***paths,
	     size_t *n);
/* Words an answer that is neither 2xx nor 304: ERR_NOTFOUND or ERR_UPSTREAM, naming target. */
int scm_fail_status(struct ctx *cx, const char *target, const struct fetch_answer *an);

#endif
