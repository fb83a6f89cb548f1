/* /api/auth beyond the providers' own parts: what a session is worth as a token, and how to check such tokens. */
#include "handlers/auth_answer.h"
#include "handlers/auth_record.h"
#include "handlers/routes.h"
#include "identity/identity.h"
#include "identity/session.h"
#include "identity/user_token.h"

static struct json *texts(struct arena *mem, const char *const *list)
{
	struct json *v = json_array(mem);

	for (; *list; list++)
		json_push(mem, v, json_str(mem, *list));
	return v;
}

int auth_answer(struct ctx *cx, const struct session *s, struct json **out)
{
	struct arena *mem = cx->mem;
	struct json *v = json_object(mem), *backstage = json_object(mem), *identity = json_object(mem);
	struct user_token token;
	int rc = user_token_issue(cx, s->ref, s->owns, &token);

	if (rc < 0)
		return rc;
	json_set(mem, identity, "type", json_str(mem, "user"));
	json_set(mem, identity, "userEntityRef", json_str(mem, s->ref));
	json_set(mem, identity, "ownershipEntityRefs", texts(mem, s->owns));
	json_set(mem, backstage, "token", json_str(mem, token.text));
	json_set(mem, backstage, "expiresInSeconds", json_num(mem, (double)token.lifetime_s));
	json_set(mem, backstage, "identity", identity);
	json_set(mem, v, "providerInfo", json_object(mem));
	json_set(mem, v, "profile", json_copy(mem, s->profile));
	json_set(mem, v, "backstageIdentity", backstage);
	*out = v;
	return 0;
}

/*
 * Only a browser's session is worth a token: whoever holds a token already must not make it last longer, nor widen what a
 * personal one may do.
 */
int auth_refresh(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	const struct session *s = cx->who && cx->who->kind == WHO_USER && cx->who->by_cookie ? cx->who->session : NULL;
	struct json *v;
	int rc;

	if (!s || !streq(s->provider, req_param(rq, "provider")))
		return fail(cx, ERR_AUTH, "nobody has signed in by '%.63s' with this browser", req_param(rq, "provider"));
	rc = auth_answer(cx, s, &v);
	if (rc < 0)
		return rc;
	resp_header(rs, "Cache-Control", "no-store");
	return resp_json(rs, 200, v);
}

int auth_logout(struct req *rq, struct resp *rs)
{
	const char *with = req_header(rq, "x-requested-with"), *name = session_cookie(rq->https);
	const char *token = req_cookie(rq, name);
	int rc;

	/* Another site's page cannot send this header. */
	if (!with || !streq(with, "XMLHttpRequest"))
		return fail(rq->cx, ERR_AUTH, "Invalid X-Requested-With header");
	rc = token ? session_end(rq->cx, token) : 0;
	if (rc < 0)
		return rc;
	if (rq->cx->who && rq->cx->who->session)
		auth_record(rq, "sign-out", NULL, "provider", rq->cx->who->session->provider, 0);
	resp_cookie(rq, rs, name, "", 0);
	return resp_empty(rs, 200);
}

static void set_list(struct arena *mem, struct json *v, const char *key, const char *const *items)
{
	json_set(mem, v, key, texts(mem, items));
}

int auth_configuration(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	const char *issuer = user_token_issuer(rq->cx);
	struct json *v = json_object(mem);

	json_set(mem, v, "issuer", json_str(mem, issuer));
	json_set(mem, v, "jwks_uri", json_fmt(mem, "%s/.well-known/jwks.json", issuer));
	json_set(mem, v, "userinfo_endpoint", json_fmt(mem, "%s/v1/userinfo", issuer));
	set_list(mem, v, "response_types_supported", (const char *const[]){ "id_token", NULL });
	set_list(mem, v, "subject_types_supported", (const char *const[]){ "public", NULL });
	set_list(mem, v, "id_token_signing_alg_values_supported", (const char *const[]){ "ES256", NULL });
	set_list(mem, v, "scopes_supported", (const char *const[]){ "openid", NULL });
	set_list(mem, v, "token_endpoint_auth_methods_supported", (const char *const[]){ NULL });
	set_list(mem, v, "claims_supported", (const char *const[]){ "sub", "ent", NULL });
	set_list(mem, v, "grant_types_supported", (const char *const[]){ NULL });
	return resp_json(rs, 200, v);
}

int auth_keys(struct req *rq, struct resp *rs)
{
	struct json *v;
	int rc = user_token_keys(rq->cx, &v);

	return rc < 0 ? rc : resp_json(rs, 200, v);
}

/* The claims stand at the top for OpenID Connect's clients, and below "claims" for Backstage's. */
int auth_userinfo(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	const struct who *who = rq->cx->who;
	struct json *v = json_object(mem), *claims = json_object(mem);

	if (!who || who->kind != WHO_USER || who->by_cookie)
		return fail(rq->cx, ERR_AUTH, "say who you are with a user token: Authorization: Bearer TOKEN");
	json_set(mem, v, "sub", json_str(mem, who->ref));
	json_set(mem, v, "ent", texts(mem, who->owns));
	json_set(mem, claims, "sub", json_str(mem, who->ref));
	json_set(mem, claims, "ent", texts(mem, who->owns));
	json_set(mem, v, "claims", claims);
	return resp_json(rs, 200, v);
}
