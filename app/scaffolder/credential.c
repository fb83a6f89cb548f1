/* What a sign-in is worth at a source-code host. */
#include "scaffolder/credential.h"

#include "catalog/scm.h"
#include "identity/identity.h"
#include "identity/provider_token.h"
#include "identity/session.h"

/*
 * Scopes that let somebody write repositories. Asking a provider for one of them is how an operator says that its tokens are
 * for more than finding out who somebody is.
 */
static const struct {
	enum scm_kind kind;
	const char *scope;
} writing[] = {
	{ SCM_GITLAB, "api" },
	{ SCM_GITLAB, "write_repository" },
	{ SCM_GITEA, "write:repository" },
};

static bool has_scope(const struct oidc_provider *p, const char *scope)
{
	for (struct str rest = str_of(p->scope); rest.p;)
		if (str_is(str_cut(&rest, ' '), scope))
			return true;
	return false;
}

/* The integration that is the provider's own host; NULL: none is. */
static const struct scm *scm_of(struct ctx *cx, const struct oidc_provider *p)
{
	struct ctx quiet = { .mem = cx->mem };
	struct url at, base;
	const struct scm *s = url_parse(&quiet, p->metadata_url, &at) == 0 ? scm_by_host(cx, at.authority) : NULL;

	if (!s || url_parse(&quiet, s->base, &base) < 0)
		return NULL;
	return streq(at.scheme, base.scheme) && streq(at.authority, base.authority) ? s : NULL;
}

static bool may_write(const struct oidc_provider *p, const struct scm *s)
{
	for (size_t i = 0; i < LEN(writing); i++)
		if (writing[i].kind == s->kind && has_scope(p, writing[i].scope))
			return true;
	return false;
}

bool credential_wanted(struct ctx *cx, const struct oidc_provider *p)
{
	const struct scm *s = p->keep_tokens ? scm_of(cx, p) : NULL;

	return s && may_write(p, s);
}

/* The provider of the session, when it is the one of that host. */
static bool is_of_host(struct ctx *cx, const char *cookie, const char *host, struct oidc_provider *p)
{
	const struct session *s = cx->who ? cx->who->session : NULL;
	struct err before = cx->err;
	bool found = s && cookie && oidc_is_provider(cx, s->provider) &&
		     oidc_provider_find(cx, s->provider, NULL, "", p) == 0 && credential_wanted(cx, p) &&
		     str_ieq(scm_of(cx, p)->host, host);

	cx->err = before;
	return found;
}

int credential_look(struct ctx *cx, const char *cookie, const char *host, const struct json *scopes, enum sign_in_worth *out)
{
	enum provider_token_state state;
	struct oidc_provider p;
	int rc;

	*out = SIGN_IN_NONE;
	if (!is_of_host(cx, cookie, host, &p))
		return 0;
	*out = SIGN_IN_LACKS;
	for (size_t i = 0; json_is(scopes, JSON_ARRAY) && i < scopes->a.n; i++)
		if (!has_scope(&p, json_text(scopes->a.items[i], "")))
			return 0;
	rc = provider_token_look(cx, cookie, true, &state);
	*out = state == PROVIDER_TOKEN_HELD ? SIGN_IN_HELD : state == PROVIDER_TOKEN_AWAY ? SIGN_IN_AWAY : SIGN_IN_ENDED;
	return rc;
}

int credential_take(struct ctx *cx, const char *cookie, const char **token)
{
	struct provider_token t;
	int rc = provider_token_get(cx, cookie, true, &t);

	if (rc == 0 && t.state != PROVIDER_TOKEN_HELD)
		rc = fail(cx, ERR_UNAVAILABLE, "your sign-in has ended meanwhile: look at the form once more");
	*token = t.text;
	return rc;
}

const char *credential_kind(const char *host_kind)
{
	return str_starts(host_kind, "bitbucket") ? "bitbucket" : host_kind;
}
