/* Requests for one file's bytes, in the API of each source-code host. */
#include "catalog/scm.h"

#include "base/json.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "ext/json.h"

static const char *basic(struct ctx *cx, const char *user, const char *password)
{
	return arena_printf(cx->mem, "Basic %s",
			    crypto_base64(cx->mem, str_of(arena_printf(cx->mem, "%s:%s", user, password))));
}

/* The Authorization header's value, or NULL. */
static const char *authorization(struct ctx *cx, const struct scm *s)
{
	switch (s->kind) {
	case SCM_GITHUB:
	case SCM_GITLAB:
		return *s->token ? arena_printf(cx->mem, "Bearer %s", s->token) : NULL;
	case SCM_BITBUCKET_CLOUD:
		if (*s->username && (*s->token || *s->password))
			return basic(cx, s->username, *s->token ? s->token : s->password);
		return *s->token ? arena_printf(cx->mem, "Bearer %s", s->token) : NULL;
	case SCM_BITBUCKET_SERVER:
		if (*s->token)
			return arena_printf(cx->mem, "Bearer %s", s->token);
		return *s->username && *s->password ? basic(cx, s->username, s->password) : NULL;
	case SCM_GITEA:
		if (!*s->password)
			return *s->token ? arena_printf(cx->mem, "token %s", s->token) : NULL;
		return *s->username ? basic(cx, s->username, s->password) : arena_printf(cx->mem, "token %s", s->password);
	}
	return NULL;
}

struct scm scm_with_token(const struct scm *s, const char *token)
{
	struct scm own = *s;

	own.token = token;
	own.username = own.password = "";
	own.apps = NULL;
	own.n_apps = 0;
	return own;
}

bool scm_has_credentials(const struct scm *s)
{
	return *s->token || *s->password || s->n_apps;
}

void scm_headers(struct ctx *cx, const struct scm *s, const char *accept, struct fetch_request *rq)
{
	struct fetch_header *h = arena_array(cx->mem, struct fetch_header, 2);
	const char *auth = authorization(cx, s);

	rq->headers = h;
	rq->n_headers = 0;
	if (accept)
		h[rq->n_headers++] = (struct fetch_header){ "Accept", accept };
	if (auth)
		h[rq->n_headers++] = (struct fetch_header){ "Authorization", auth };
}

const char *scm_repo_url(struct ctx *cx, const struct scm_file *f)
{
	const struct scm *s = f->scm;
	const char *slash = strrchr(f->repo, '/');

	switch (s->kind) {
	case SCM_GITHUB:
	case SCM_GITEA:
		return arena_printf(cx->mem, "%s/repos/%s", s->api, url_encode(cx->mem, f->repo, true));
	case SCM_GITLAB:
		return arena_printf(cx->mem, "%s/projects/%s", s->api, url_encode(cx->mem, f->repo, false));
	case SCM_BITBUCKET_CLOUD:
		return arena_printf(cx->mem, "%s/repositories/%s", s->api, url_encode(cx->mem, f->repo, true));
	case SCM_BITBUCKET_SERVER:
		return arena_printf(cx->mem, "%s/projects/%s/repos/%s", s->api,
				    url_encode(cx->mem, arena_strndup(cx->mem, f->repo, (size_t)(slash - f->repo)), false),
				    url_encode(cx->mem, slash + 1, false));
	}
	return "";
}

/* The API is preferred when it may be used: raw files of a private repository need another kind of credentials. */
static bool github_raw(const struct scm *s)
{
	return *s->raw && !(*s->api && *s->token);
}

int scm_read_request(struct ctx *cx, const struct scm_file *f, struct fetch_request *rq)
{
	const struct scm *s = f->scm;
	const char *path = url_encode(cx->mem, f->path, true), *ref = url_encode(cx->mem, f->ref, false);
	const char *repo = scm_repo_url(cx, f), *accept = NULL;

	if (!*f->path || (!*f->ref && s->kind != SCM_BITBUCKET_SERVER))
		return fail(cx, ERR_INPUT, "Incorrect URL: %s%s, it names no file in a repository", f->before, f->after);
	if (s->kind == SCM_GITHUB && !*s->api && !*s->raw)
		return fail(cx, ERR_INPUT, "GitHub integration '%s' must configure an explicit apiBaseUrl or rawBaseUrl",
			    s->host);
	switch (s->kind) {
	case SCM_GITHUB:
		accept = "application/vnd.github.v3.raw";
		if (github_raw(s))
			rq->url = arena_printf(cx->mem, "%s/%s/%s/%s", s->raw, url_encode(cx->mem, f->repo, true),
					       url_encode(cx->mem, f->ref, true), path);
		else
			rq->url = arena_printf(cx->mem, "%s/contents/%s?ref=%s", repo, path, ref);
		break;
	case SCM_GITEA:
		rq->url = arena_printf(cx->mem, "%s/contents/%s?ref=%s", repo, path, ref);
		break;
	case SCM_GITLAB:
		rq->url = arena_printf(cx->mem, "%s/repository/files/%s/raw?ref=%s", repo, url_encode(cx->mem, f->path, false),
				       ref);
		break;
	case SCM_BITBUCKET_CLOUD:
		rq->url = arena_printf(cx->mem, "%s/src/%s/%s", repo, ref, path);
		break;
	case SCM_BITBUCKET_SERVER:
		rq->url = arena_printf(cx->mem, "%s/raw/%s%s%s", repo, path, *ref ? "?at=" : "", ref);
		break;
	}
	scm_headers(cx, s, accept, rq);
	return 0;
}

int scm_read_body(struct ctx *cx, const struct scm_file *f, const struct fetch_answer *an, struct str *out)
{
	struct json *v;
	int rc;

	if (f->scm->kind != SCM_GITEA) {
		*out = an->body;
		return 0;
	}
	rc = json_parse(cx, an->body, &v);
	if (rc < 0)
		return fail_in(cx, ERR_UPSTREAM, "answer of %s", an->url);
	if (!streq(json_get_text(v, "type", "file"), "file"))
		return fail(cx, ERR_INPUT, "%s%s%s is not a regular file", f->before, f->path, f->after);
	const struct json *content = json_get(v, "content");

	if (!streq(json_get_text(v, "encoding", ""), "base64") || !json_is(content, JSON_STRING) ||
	    !crypto_base64_decode(cx->mem, content->s, out))
		return fail(cx, ERR_UPSTREAM, "answer of %s holds no file in base64", an->url);
	return 0;
}

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} all[] = {
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 413, "Payload Too Large" },
		{ 422, "Unprocessable Entity" },
		{ 429, "Too Many Requests" },
		{ 451, "Unavailable For Legal Reasons" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < LEN(all); i++)
		if (all[i].status == status)
			return all[i].text;
	return "";
}

int scm_fail_status(struct ctx *cx, const char *target, const struct fetch_answer *an)
{
	const char *text = reason(an->status);

	if (an->status == 404)
		return fail(cx, ERR_NOTFOUND, "Unable to read url, no matching files found for %s", target);
	return fail(cx, ERR_UPSTREAM, "Unable to read url, %s, %d%s%s", target, an->status, *text ? " " : "", text);
}
