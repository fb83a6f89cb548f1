/* Files of any git server, named by git+ URLs and read through a local mirror. */
#include "catalog/reader_source.h"

#include "base/str.h"
#include "ext/crypto.h"
#include "ext/git.h"

static int bad(struct ctx *cx, const char *target, const char *why)
{
	return fail(cx, ERR_INPUT, "Incorrect URL: %s, %s", target, why);
}

static bool climbs(struct ctx *cx, const char *path)
{
	const char *s = path, *was;

	for (int i = 0;; i++) {
		was = s;
		s = url_unescape(cx->mem, was);
		if (streq(s, was))
			break;
		if (i == 8)
			return true;
	}
	for (struct str rest = str_of(s); rest.p;) {
		struct str part = str_cut(&rest, '/');

		if (str_is(part, ".") || str_is(part, ".."))
			return true;
	}
	return false;
}

static const char *ref_of(struct ctx *cx, const char *query)
{
	for (struct str rest = str_of(query); rest.p;) {
		struct str part = str_cut(&rest, '&');

		if (part.n > 4 && memcmp(part.p, "ref=", 4) == 0)
			return url_unescape(cx->mem, arena_strndup(cx->mem, part.p + 4, part.n - 4));
	}
	return "";
}

int git_source_parse(struct ctx *cx, const char *target, struct git_target *out)
{
	static const char *const schemes[] = { "https://", "http://", "ssh://", "file://" };
	const char *url = target + 4, *rest = NULL;

	for (size_t i = 0; i < LEN(schemes); i++)
		if (str_starts(url, schemes[i]))
			rest = url + strlen(schemes[i]);
	if (!rest)
		return bad(cx, target, "expected git+https://, git+http://, git+ssh:// or git+file://");
	size_t n = strcspn(rest, "?#");
	const char *text = arena_strndup(cx->mem, rest, n), *inside = strstr(text, "//");
	size_t repo_n = inside ? (size_t)(inside - text) : n;
	const char *repo = arena_strndup(cx->mem, text, repo_n), *slash = strchr(repo, '/');

	if (!slash || strstr(text, "%00"))
		return bad(cx, target, "expected git+https://host/team/repo.git//path/in/it?ref=branch");
	*out = (struct git_target){
		.url = arena_printf(cx->mem, "%.*s%s", (int)(rest - url), url, repo),
		.host = arena_strndup(cx->mem, repo, (size_t)(slash - repo)),
		.repo = slash + 1,
		.raw_path = inside ? inside + 2 : "",
		.before = arena_printf(cx->mem, "git+%.*s%s//", (int)(rest - url), url, repo),
		.after = rest + n,
	};
	if (climbs(cx, out->repo) || climbs(cx, out->raw_path))
		return bad(cx, target, "path traversal is not allowed in the URL");
	if (str_ends(out->repo, ".git"))
		out->repo = arena_strndup(cx->mem, out->repo, strlen(out->repo) - 4);
	out->path = url_unescape(cx->mem, out->raw_path);
	if (rest[n] == '?')
		out->ref = ref_of(cx, arena_strndup(cx->mem, rest + n + 1, strcspn(rest + n + 1, "#")));
	else
		out->ref = "";
	out->conf = scm_git_of(cx, out->url);
	return 0;
}

/* Mirrors that somebody's own token made are not for others. */
static const char *cache_of(struct ctx *cx, const char *token)
{
	char hash[65];

	crypto_sha256_hex(str_of(token), hash);
	return arena_printf(cx->mem, "%s/own-%.32s", scm_conf(cx)->git_cache, hash);
}

static int open_repository(struct ctx *cx, const char *target, const char *token, struct git_target *t, struct git_source *src)
{
	int rc = git_source_parse(cx, target, t);

	if (rc < 0)
		return rc;
	if (!t->conf)
		return read_denied(cx, target);
	*src = (struct git_source){
		.url = t->url,
		.ref = t->ref,
		.cache = scm_conf(cx)->git_cache,
		.username = t->conf->username,
		.password = t->conf->password,
		.ssh_key = t->conf->ssh_key,
		.host_key = t->conf->host_key,
		.timeout_ms = READ_MS,
	};
	if (token) {
		src->cache = cache_of(cx, token);
		src->password = token;
	}
	return 0;
}

static int open_target(struct ctx *cx, const char *target, const char *token, struct git_target *t, struct git_source *src)
{
	int rc = open_repository(cx, target, token, t, src);

	if (rc == 0 && !*t->path)
		return bad(cx, target, "it names no file: expected //path/in/it behind the repository");
	return rc;
}

int git_source_read(struct ctx *cx, const char *target, const char *etag, const char *token, struct read_result *out)
{
	struct git_target t;
	struct git_source src;
	const char *commit;
	int rc = open_target(cx, target, token, &t, &src);

	if (rc < 0)
		return rc;
	rc = git_update(cx, &src, etag && *etag ? etag : NULL, &commit);
	if (rc == 0 && etag && streq(etag, commit)) {
		*out = (struct read_result){ .unchanged = true, .etag = commit };
		return 0;
	}
	if (rc == 0)
		rc = git_read(cx, &src, commit, t.path, READ_MAX, &out->bytes);
	if (rc == ERR_NOTFOUND)
		return fail(cx, rc, "Unable to read url, no matching files found for %s", target);
	if (rc < 0)
		return fail_in(cx, rc, "Unable to read url, %s", target);
	out->etag = commit;
	return 0;
}

int git_source_glob(struct ctx *cx, const char *target, const char ***targets, size_t *n)
{
	struct git_target t;
	struct git_source src;
	const char *commit, **paths;
	int rc = open_target(cx, target, NULL, &t, &src);

	if (rc < 0)
		return rc;
	rc = git_update(cx, &src, NULL, &commit);
	if (rc == 0)
		rc = git_glob(cx, &src, commit, t.path, GLOB_MAX + 1, &paths, n);
	if (rc < 0)
		return fail_in(cx, rc, "Unable to read url, %s", target);
	if (*n > GLOB_MAX)
		return fail(cx, ERR_TOOLARGE, "%s matches more than %d files", target, GLOB_MAX);
	*targets = arena_array(cx->mem, const char *, *n);
	for (size_t i = 0; i < *n; i++)
		(*targets)[i] = arena_printf(cx->mem, "%s%s%s", t.before, url_encode(cx->mem, paths[i], true), t.after);
	return 0;
}

int git_source_tree(struct ctx *cx, const char *url, const struct read_tree_options *options, struct read_tree *out)
{
	struct git_target t;
	struct git_source src;
	int rc = open_repository(cx, url, options->token, &t, &src);

	if (rc < 0)
		return rc;
	size_t n = strlen(t.path);
	const char *folder = arena_strndup(cx->mem, t.path, n && t.path[n - 1] == '/' ? n - 1 : n);

	src.timeout_ms = options->timeout_ms;
	rc = git_update(cx, &src, options->etag, &out->etag);
	out->unchanged = rc == 0 && options->etag && streq(options->etag, out->etag);
	if (rc < 0 || out->unchanged)
		return rc;
	rc = git_tree_write(cx, &src, out->etag, folder, options->to, &options->limits, &out->written);
	return rc < 0 ? rc : git_history(cx, &src, out->etag, folder, &out->history);
}
