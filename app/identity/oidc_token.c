/* The tokens of an OpenID Connect provider: got for a code, checked, renewed. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "identity/jwks.h"
#include "identity/oidc_private.h"

enum { TIMEOUT_MS = 5000, ANSWER_MAX = 512 * 1024, UNSAID_S = 300 };

void oidc_parameter(struct buf *b, const char *name, const char *value)
{
	if (!*value)
		return;
	if (b->n && b->p[b->n - 1] != '?')
		buf_addc(b, '&');
	buf_addf(b, "%s=%s", name, url_encode(b->mem, value, false));
}

/* What the provider lets us choose from; "client_secret_basic" is what it means when it does not say. */
static const char *auth_method(const struct oidc_provider *p, const struct json *metadata)
{
	const struct json *offered = json_get(metadata, "token_endpoint_auth_methods_supported");
	bool basic = !json_is(offered, JSON_ARRAY), post = false;

	if (*p->auth_method)
		return p->auth_method;
	if (!*p->client_secret)
		return "none";
	for (size_t i = 0; !basic && i < offered->a.n; i++) {
		basic = streq(json_text(offered->a.items[i], ""), "client_secret_basic");
		post = post || streq(json_text(offered->a.items[i], ""), "client_secret_post");
	}
	return basic || !post ? "client_secret_basic" : "client_secret_post";
}

int oidc_ask(struct ctx *cx, const struct oidc_provider *p, struct fetch_request rq, struct fetch_answer *out)
{
	int rc;

	rq.timeout_ms = TIMEOUT_MS;
	rq.max_bytes = ANSWER_MAX;
	rq.allow = oidc_stay;
	rq.allow_arg = arena_strdup(cx->mem, rq.url);
	rq.public_only = oidc_elsewhere(cx, p, rq.url);
	rc = fetch(cx, &rq, out);
	if (rc == 0)
		return 0;
	log_warn("a sign-in provider cannot be asked", "provider", p->name, "error", cx->err.text, NULL);
	return fail(cx, rc == ERR_TIMEOUT ? ERR_TIMEOUT : ERR_UPSTREAM, "the sign-in provider '%s' cannot be reached now",
		    p->name);
}

/* Asks the token endpoint, as the client that we are. *error: the provider's word for why it refuses, "" when it has none. */
static int ask_tokens(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, struct buf *body,
		      struct json **out, const char **error)
{
	struct fetch_header headers[3] = { { "Content-Type", "application/x-www-form-urlencoded" },
					   { "Accept", "application/json" } };
	struct ctx quiet = { .mem = cx->mem, .conf = cx->conf };
	const char *method = auth_method(p, metadata), *url;
	struct fetch_answer answer;
	struct json *v = NULL;
	size_t n = 2;
	int rc = oidc_endpoint(cx, p, metadata, "token_endpoint", &url);

	*error = "";
	if (rc < 0)
		return rc;
	if (streq(method, "client_secret_basic")) {
		const char *pair = arena_printf(cx->mem, "%s:%s", url_encode(cx->mem, p->client_id, false),
						url_encode(cx->mem, p->client_secret, false));

		headers[n++] = (struct fetch_header){ "Authorization",
						      arena_printf(cx->mem, "Basic %s", crypto_base64(cx->mem, str_of(pair))) };
	} else {
		oidc_parameter(body, "client_id", p->client_id);
		if (streq(method, "client_secret_post"))
			oidc_parameter(body, "client_secret", p->client_secret);
	}
	rc = oidc_ask(cx, p,
		      (struct fetch_request){
			      .method = "POST", .url = url, .headers = headers, .n_headers = n, .body = buf_str(body) },
		      &answer);
	if (rc < 0)
		return rc;
	if (json_parse(&quiet, answer.body, &v) < 0 || !json_is(v, JSON_OBJECT))
		v = NULL;
	*out = v;
	if (v && answer.status == 200)
		return 0;
	log_warn("a sign-in provider gives no tokens", "provider", p->name, "status",
		 arena_printf(cx->mem, "%d", answer.status), "error", json_get_text(v, "error", "-"), "description",
		 json_get_text(v, "error_description", "-"), NULL);
	if (answer.status >= 400 && answer.status < 500 && answer.status != 429)
		*error = json_get_text(v, "error", "");
	return fail(cx, ERR_UPSTREAM, "the sign-in provider '%s' did not give its tokens: status %d %.100s", p->name,
		    answer.status, json_get_text(v, "error", ""));
}

int oidc_exchange(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, const char *code,
		  const char *verifier, struct json **out)
{
	struct buf body = { .mem = cx->mem };
	const char *error;
	int rc;

	oidc_parameter(&body, "grant_type", "authorization_code");
	oidc_parameter(&body, "code", code);
	oidc_parameter(&body, "redirect_uri", p->callback);
	oidc_parameter(&body, "code_verifier", verifier);
	rc = ask_tokens(cx, p, metadata, &body, out, &error);
	if (rc < 0 && streq(error, "invalid_grant"))
		return fail(cx, ERR_AUTH, "the sign-in was used already, or took too long; sign in again");
	return rc;
}

int oidc_check_id_token(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, const struct json *tokens,
			const char *nonce, struct json **claims)
{
	const char *token = json_get_text(tokens, "id_token", ""), *url;
	const struct json *keys;
	struct oidc_expected expected = { .issuer = json_get_text(metadata, "issuer", ""),
					  .client_id = p->client_id,
					  .nonce = nonce,
					  .access_token = json_get_text(tokens, "access_token", NULL) };
	int rc = oidc_endpoint(cx, p, metadata, "jwks_uri", &url);

	if (rc == 0 && !*token)
		rc = fail(cx, ERR_UPSTREAM, "the sign-in provider '%s' gave no id_token", p->name);
	if (rc == 0)
		rc = oidc_elsewhere(cx, p, url) ? jwks_get_public(cx, url, token, &keys) : jwks_get(cx, url, token, &keys);
	if (rc == 0 && (rc = crypto_jwt_verify(cx, token, keys, NULL, claims)) < 0)
		return fail_in(cx, rc, "the provider's token is not to be trusted");
	if (rc < 0)
		return rc;
	expected.alg = json_get_text(crypto_jwt_header(cx, token), "alg", "");
	return oidc_check_claims(cx, *claims, &expected);
}

/* ---- what can be kept ---- */

void oidc_tokens_take(const struct json *tokens, const struct json *claims, struct oidc_tokens *out)
{
	const char *access = json_get_text(tokens, "access_token", NULL),
		   *refresh = json_get_text(tokens, "refresh_token", NULL);

	if (claims) {
		out->id = json_get_text(tokens, "id_token", NULL);
		out->id_end = (int64_t)(json_get_num(claims, "exp", 0) * 1000);
	}
	if (access && *access) {
		out->access = access;
		out->access_end = clock_wall_ms() + (int64_t)(json_get_num(tokens, "expires_in", UNSAID_S) * 1000);
	}
	/* Many give a new one each time, and take the one of before no more. */
	if (refresh && *refresh)
		out->refresh = refresh;
}

int oidc_refresh(struct ctx *cx, const struct oidc_provider *p, const char *subject, struct oidc_tokens *t)
{
	struct buf body = { .mem = cx->mem };
	struct json *metadata, *tokens = NULL, *claims = NULL;
	const char *error = "";
	int rc = oidc_metadata(cx, p, &metadata);

	oidc_parameter(&body, "grant_type", "refresh_token");
	oidc_parameter(&body, "refresh_token", t->refresh);
	if (rc == 0)
		rc = ask_tokens(cx, p, metadata, &body, &tokens, &error);
	if (rc < 0)
		return *error ? fail(cx, ERR_AUTH, "the sign-in provider '%s' renews no token: %.100s", p->name, error) : rc;
	if (json_get(tokens, "id_token"))
		rc = oidc_check_id_token(cx, p, metadata, tokens, NULL, &claims);
	if (rc == 0 && claims && !streq(json_get_text(claims, "sub", ""), subject))
		rc = fail(cx, ERR_AUTH, "the provider's new token is of somebody else");
	if (rc == 0)
		oidc_tokens_take(tokens, claims, t);
	return rc;
}
