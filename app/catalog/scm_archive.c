/* Whole repositories, as the API of each source-code host gives them: a commit's id, and its tree as an archive. */
#include "base/json.h"
#include "base/str.h"
#include "catalog/scm.h"
#include "ext/json.h"

/* "&name=value", or nothing where there is no value. */
static const char *parameter(struct ctx *cx, const char *name, const char *value)
{
	return *value ? arena_printf(cx->mem, "&%s=%s", name, url_encode(cx->mem, value, false)) : "";
}

void scm_commit_request(struct ctx *cx, const struct scm_file *f, struct fetch_request *rq)
{
	const char *repo = scm_repo_url(cx, f), *ref = url_encode(cx->mem, *f->ref ? f->ref : "HEAD", false);

	switch (f->scm->kind) {
	case SCM_GITHUB:
		rq->url = arena_printf(cx->mem, "%s/commits/%s", repo, ref);
		break;
	case SCM_GITEA:
		rq->url = arena_printf(cx->mem, "%s/git/commits/%s", repo, ref);
		break;
	case SCM_GITLAB:
		rq->url = arena_printf(cx->mem, "%s/repository/commits?per_page=1%s", repo, parameter(cx, "ref_name", f->ref));
		break;
	case SCM_BITBUCKET_CLOUD:
		rq->url = arena_printf(cx->mem, "%s/commits/%s?pagelen=1", repo, *f->ref ? ref : "");
		break;
	case SCM_BITBUCKET_SERVER:
		rq->url = arena_printf(cx->mem, "%s/commits?limit=1%s", repo, parameter(cx, "until", f->ref));
		break;
	}
	scm_headers(cx, f->scm, "application/json", rq);
}

/* Where each host has the id. */
static const char *id_in(enum scm_kind kind, const struct json *v)
{
	const struct json *list = kind == SCM_GITLAB ? v : json_get(v, "values");
	const struct json *first = json_is(list, JSON_ARRAY) && list->a.n ? list->a.items[0] : NULL;

	switch (kind) {
	case SCM_GITHUB:
	case SCM_GITEA:
		return json_get_text(v, "sha", "");
	case SCM_GITLAB:
	case SCM_BITBUCKET_SERVER:
		return json_get_text(first, "id", "");
	case SCM_BITBUCKET_CLOUD:
		return json_get_text(first, "hash", "");
	}
	return "";
}

int scm_commit_id(struct ctx *cx, const struct scm_file *f, const struct fetch_answer *an, const char **id)
{
	struct json *v;
	int rc = json_parse(cx, an->body, &v);

	if (rc < 0)
		return fail_in(cx, ERR_UPSTREAM, "answer of %s", an->url);
	*id = id_in(f->scm->kind, v);
	if (strlen(*id) < 7 || strlen(*id) > 64 || strspn(*id, "0123456789abcdef") != strlen(*id))
		return fail(cx, ERR_UPSTREAM, "answer of %s names no commit", an->url);
	return 0;
}

void scm_archive_request(struct ctx *cx, const struct scm_file *f, const char *commit, struct fetch_request *rq)
{
	const char *repo = scm_repo_url(cx, f);

	switch (f->scm->kind) {
	case SCM_GITHUB:
		rq->url = arena_printf(cx->mem, "%s/tarball/%s", repo, commit);
		break;
	case SCM_GITEA:
		rq->url = arena_printf(cx->mem, "%s/archive/%s.tar.gz", repo, commit);
		break;
	case SCM_GITLAB:
		rq->url = arena_printf(cx->mem, "%s/repository/archive.tar.gz?sha=%s%s", repo, commit,
				       parameter(cx, "path", f->path));
		break;
	case SCM_BITBUCKET_CLOUD:
		rq->url = arena_printf(cx->mem, "%s/get/%s.tar.gz", scm_repo_page(cx, f), commit);
		break;
	case SCM_BITBUCKET_SERVER:
		rq->url = arena_printf(cx->mem, "%s/archive?format=tgz&prefix=tree&at=%s%s", repo, commit,
				       parameter(cx, "path", f->path));
		break;
	}
	scm_headers(cx, f->scm, NULL, rq);
}

const char *scm_repo_page(struct ctx *cx, const struct scm_file *f)
{
	const char *slash = strrchr(f->repo, '/');

	if (f->scm->kind == SCM_BITBUCKET_SERVER && slash)
		return arena_printf(cx->mem, "%s/projects/%.*s/repos/%s", f->scm->base, (int)(slash - f->repo), f->repo,
				    slash + 1);
	return arena_printf(cx->mem, "%s/%s", f->scm->base, url_encode(cx->mem, f->repo, true));
}
