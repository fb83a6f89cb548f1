/* A request to a cluster: who asks, and whom it believes. */
#include "kubernetes/cluster_private.h"

enum { CONNECT_MS = 3000, HEADERS = 2 };

const char *cluster_user_token(const struct cluster *c, const struct json *auth)
{
	const struct json *given = json_get(auth, c->provider);
	const char *token = NULL;

	if (c->credential != CREDENTIAL_USER)
		return NULL;
	if (streq(c->provider, "oidc") && c->oidc)
		token = json_get_text(given, c->oidc, NULL);
	else if (!streq(c->provider, "oidc"))
		token = json_text(given, NULL);
	return token && *token ? token : NULL;
}

const char *cluster_sign_in(const struct cluster *c, bool *access)
{
	*access = !streq(c->provider, "oidc");
	if (c->credential != CREDENTIAL_USER || (c->from_catalog && !c->is_named))
		return NULL;
	return !*access ? c->oidc : streq(c->provider, "google") ? "google" : "microsoft";
}

const char *cluster_session_token(const struct cluster *c, const struct cluster_user *u)
{
	bool access;
	const char *provider = cluster_sign_in(c, &access);

	if (!provider || !u->provider || !streq(provider, u->provider))
		return NULL;
	return access ? u->access : u->id;
}

int clusters_want(struct ctx *cx, const char *provider, bool *id, bool *access)
{
	struct clusters all = { 0 };
	int rc = clusters_load(cx, &all);

	*id = *access = false;
	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		bool other;
		const char *wanted = cluster_sign_in(all.items[i], &other);

		if (wanted && streq(wanted, provider))
			*(other ? access : id) = true;
	}
	return rc;
}

static int find_token(struct ctx *cx, const struct cluster *c, const char *user_token, const char **out)
{
	*out = NULL;
	if (c->credential == CREDENTIAL_FILE) {
		int rc = cluster_file(cx, c->token_file, out);

		if (rc < 0)
			return rc;
	} else if (c->credential == CREDENTIAL_TOKEN) {
		*out = c->token;
	} else if (c->credential == CREDENTIAL_USER) {
		if (!user_token)
			return fail(cx, ERR_AUTH, "Auth token not found under %s%s%s in request body", c->provider,
				    c->oidc ? "." : "", c->oidc ? c->oidc : "");
		*out = user_token;
	}
	if (*out && (!**out || strpbrk(*out, "\r\n")))
		return fail(cx, ERR_AUTH, "the token for cluster '%s' is no token", c->name);
	return 0;
}

static int find_pem(struct ctx *cx, const struct pem *p, struct str *out)
{
	const char *text = p->text;

	if (!text && p->file) {
		int rc = cluster_file(cx, p->file, &text);

		if (rc < 0)
			return rc;
	}
	*out = str_of(text);
	return 0;
}

int cluster_request(struct ctx *cx, const struct cluster *c, const char *user_token, const char *path,
		    struct fetch_request *out)
{
	struct fetch_header *h = arena_array(cx->mem, struct fetch_header, HEADERS);
	const char *token;
	int rc = find_token(cx, c, user_token, &token);

	*out = (struct fetch_request){ .url = arena_printf(cx->mem, "%s%s", c->url, path),
				       .headers = h,
				       .connect_ms = CONNECT_MS,
				       .stay = true,
				       .unverified = c->skip_tls,
				       .public_only = c->public_only };
	if (rc == 0)
		rc = find_pem(cx, &c->ca, &out->ca);
	if (rc == 0 && c->credential == CREDENTIAL_CERTIFICATE)
		rc = find_pem(cx, &c->certificate, &out->certificate);
	if (rc == 0 && c->credential == CREDENTIAL_CERTIFICATE)
		rc = find_pem(cx, &c->key, &out->key);
	if (rc < 0)
		return rc;
	h[out->n_headers++] = (struct fetch_header){ "Accept", "application/json" };
	if (token)
		h[out->n_headers++] = (struct fetch_header){ "Authorization", arena_printf(cx->mem, "Bearer %s", token) };
	return 0;
}
