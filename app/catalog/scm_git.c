/* What the configuration has for a repository that is reached with git. */
#include "catalog/scm.h"
#include "ext/git.h"

/* "https://host/team" names https://host/team and what is below it, not https://host/teams. */
const struct scm_git *scm_git_of(const struct ctx *cx, const char *url)
{
	const struct scm_conf *c = scm_conf(cx);
	const struct scm_git *best = NULL;

	for (size_t i = 0; i < c->gits.n; i++) {
		const struct scm_git *g = &c->gits.items[i];
		size_t n = strlen(g->prefix);

		if (!str_starts(url, g->prefix) || (g->prefix[n - 1] != '/' && url[n] && url[n] != '/'))
			continue;
		if (!best || n > strlen(best->prefix))
			best = g;
	}
	return best;
}

/* Does an integration have something at a URL's host, and as safe on its way? */
static bool is_at(struct ctx *cx, const struct scm *s, const struct url *asked)
{
	const char *const urls[] = { s->base, s->api, s->raw };
	struct err before = cx->err;
	bool is = false;
	struct url u;

	for (size_t k = 0; k < LEN(urls) && !is; k++)
		is = *urls[k] && url_parse(cx, urls[k], &u) == 0 && streq(u.authority, asked->authority) &&
		     streq(u.scheme, asked->scheme);
	cx->err = before;
	return is;
}

const struct scm *scm_at(struct ctx *cx, const char *kind, const struct url *u)
{
	const struct scm_conf *conf = scm_conf(cx);

	for (size_t i = 0; i < conf->scms.n; i++)
		if ((!kind || streq(scm_kind_name(conf->scms.items[i].kind), kind)) && is_at(cx, &conf->scms.items[i], u))
			return &conf->scms.items[i];
	return NULL;
}

/* Each server wants a token as a password, and another name with it. */
static const char *user_of(const struct scm *s)
{
	switch (s->kind) {
	case SCM_GITHUB:
		return "x-access-token";
	case SCM_BITBUCKET_CLOUD:
	case SCM_BITBUCKET_SERVER:
		return *s->username ? s->username : "x-token-auth";
	case SCM_GITLAB:
	case SCM_GITEA:
		break;
	}
	return *s->username ? s->username : "oauth2";
}

static void set_credentials(const struct scm *s, struct git_source *out)
{
	const char *secret = *s->password ? s->password : s->token;

	if (!*secret)
		return;
	out->username = user_of(s);
	out->password = secret;
}

/* "." and ".." would lead from what a prefix names to elsewhere. */
static bool climbs(const char *url)
{
	return strstr(url, "/../") || strstr(url, "/./") || str_ends(url, "/..") || strstr(url, "%2e") || strstr(url, "%2E");
}

int scm_git_source(struct ctx *cx, const char *url, const char *token, struct git_source *out)
{
	const struct scm_git *git = scm_git_of(cx, url);
	const struct scm *s;
	struct scm own;
	struct url u;
	int rc = url_parse(cx, url, &u);

	if (rc < 0)
		return rc;
	*out = (struct git_source){ .url = url };
	s = scm_at(cx, NULL, &u);
	if (climbs(url) || (!git && !s))
		return fail(cx, ERR_DENIED, "%s://%s%s: no entry of integrations names this git server", u.scheme, u.authority,
			    u.path);
	if (git) {
		out->username = git->username;
		out->password = token ? token : git->password;
		out->ssh_key = git->ssh_key;
		out->host_key = git->host_key;
		out->make = git->create;
	}
	if (!s || (git && !token))
		return 0;
	if (token)
		own = scm_with_token(s, token);
	else
		rc = scm_credentials(cx, s, scm_owner_of(cx, s, url), &own);
	if (rc == 0)
		set_credentials(&own, out);
	return rc;
}

int scm_signing_key(struct ctx *cx, const char *url, const char **key)
{
	const struct scm_git *git = scm_git_of(cx, url);
	const struct scm *s = NULL;
	struct url u;
	int rc = git ? 0 : url_parse(cx, url, &u);

	if (rc == 0 && !git)
		s = scm_at(cx, NULL, &u);
	if (rc < 0)
		return rc;
	*key = git ? git->signing_key : s ? s->signing_key : "";
	return **key ? 0
		     : fail(cx, ERR_INPUT, "the commit is to be signed, and integrations.%s has no commitSigningKey for %s",
			    s ? scm_kind_name(s->kind) : "git", s ? s->host : url);
}
