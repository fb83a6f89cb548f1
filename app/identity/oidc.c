/* Sign-in by OpenID Connect: off to the provider, and back with a code. */
#include "identity/oidc.h"

#include "base/log.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "ext/fetch.h"
#include "ext/json.h"
#include "identity/oidc_private.h"

enum { RAW = 32, STATE_MAX = 6000, CODE_MAX = 4096 };

/*
 * Everything that binds a sign-in to the browser follows from one secret, which only the browser's cookie keeps: the nonce, the
 * PKCE verifier, and the seal of the state. So no host has to remember what others began.
 */
static const char *derive(struct arena *mem, const char *label, const char *secret, struct str more)
{
	struct buf b = { .mem = mem };
	struct str inner = crypto_sha2(mem, 256, more);

	buf_adds(&b, label);
	buf_adds(&b, secret);
	buf_add(&b, inner.p, inner.n);
	return crypto_base64url(mem, crypto_sha2(mem, 256, buf_str(&b)));
}

static const char *nonce_of(struct arena *mem, const char *secret)
{
	return derive(mem, "nonce", secret, STR(""));
}

static const char *verifier_of(struct arena *mem, const char *secret)
{
	return derive(mem, "verifier", secret, STR(""));
}

static const char *state_of(struct arena *mem, const char *secret, const struct json *request)
{
	struct buf text = { .mem = mem };
	const char *payload;

	json_write(&text, request);
	payload = crypto_base64url(mem, buf_str(&text));
	return arena_printf(mem, "%s.%s", payload, derive(mem, "state", secret, str_of(payload)));
}

int oidc_start(struct ctx *cx, const struct oidc_provider *p, const struct json *request, struct oidc_start *out)
{
	struct arena *mem = cx->mem;
	struct buf url = { .mem = mem };
	unsigned char raw[RAW];
	const char *endpoint;
	struct json *metadata;
	int rc = oidc_metadata(cx, p, &metadata);

	if (rc == 0)
		rc = oidc_endpoint(cx, p, metadata, "authorization_endpoint", &endpoint);
	if (rc < 0)
		return rc;
	crypto_random(raw, sizeof(raw));
	out->secret = crypto_base64url(mem, (struct str){ (const char *)raw, sizeof(raw) });
	buf_adds(&url, endpoint);
	buf_addc(&url, strchr(endpoint, '?') ? '&' : '?');
	oidc_parameter(&url, "response_type", "code");
	oidc_parameter(&url, "client_id", p->client_id);
	oidc_parameter(&url, "redirect_uri", p->callback);
	oidc_parameter(&url, "scope", p->scope);
	oidc_parameter(&url, "state", state_of(mem, out->secret, request));
	oidc_parameter(&url, "nonce", nonce_of(mem, out->secret));
	oidc_parameter(&url, "code_challenge",
		       crypto_base64url(mem, crypto_sha2(mem, 256, str_of(verifier_of(mem, out->secret)))));
	oidc_parameter(&url, "code_challenge_method", "S256");
	oidc_parameter(&url, "prompt", p->prompt);
	oidc_parameter(&url, "access_type", p->access_type);
	out->url = buf_text(&url);
	return 0;
}

int oidc_request(struct ctx *cx, const struct oidc_provider *p, const char *secret, const char *state, struct json **request)
{
	struct str rest = str_of(state), payload = str_cut(&rest, '.'), bytes;

	if (!secret || strlen(secret) != OIDC_SECRET_LEN)
		return fail(cx, ERR_AUTH, "this browser began no sign-in by '%s', or it took too long; sign in again", p->name);
	if (!state || rest.n == 0 || strlen(state) > STATE_MAX ||
	    !str_secret_eq(rest.p, derive(cx->mem, "state", secret, payload)))
		return fail(cx, ERR_AUTH, "this is not the answer to the sign-in that this browser began; sign in again");
	if (!crypto_base64_decode(cx->mem, payload, &bytes) || json_parse(cx, bytes, request) < 0)
		return fail(cx, ERR_AUTH, "the state of the sign-in cannot be read; sign in again");
	return 0;
}

/* What the userinfo endpoint says; NULL when it says nothing. It is asked for what is missing only, so that is no error. */
static struct json *userinfo(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, const char *access)
{
	struct fetch_header headers[] = { { "Authorization", arena_printf(cx->mem, "Bearer %s", access) },
					  { "Accept", "application/json" } };
	struct ctx quiet = { .mem = cx->mem, .conf = cx->conf };
	struct fetch_answer answer;
	struct json *v = NULL;
	const char *url;

	if (!json_get(metadata, "userinfo_endpoint") || oidc_endpoint(&quiet, p, metadata, "userinfo_endpoint", &url) < 0)
		return NULL;
	if (oidc_ask(&quiet, p, (struct fetch_request){ .url = url, .headers = headers, .n_headers = LEN(headers) }, &answer) ==
		    0 &&
	    answer.status == 200 && json_parse(&quiet, answer.body, &v) == 0 && json_is(v, JSON_OBJECT))
		return v;
	log_warn("a sign-in provider tells nothing of a user", "provider", p->name, "error", quiet.err.text, NULL);
	return NULL;
}

/* Adds to claims what only the userinfo endpoint knows. */
static int complete(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, const struct json *tokens,
		    struct json *claims)
{
	const char *access = json_get_text(tokens, "access_token", "");
	struct json *more;

	if (!*access || (json_get(claims, "email") && json_get(claims, "name")))
		return 0;
	more = userinfo(cx, p, metadata, access);
	if (more && !streq(json_get_text(more, "sub", ""), json_get_text(claims, "sub", "")))
		return fail(cx, ERR_AUTH, "the provider speaks of two different people");
	/* Whether an address was verified is said of the address beside it. */
	if (more && json_get(more, "email"))
		json_remove(claims, "email_verified");
	for (size_t i = 0; more && i < more->o.n; i++)
		if (!json_getn(claims, more->o.m[i].key))
			json_setn(cx->mem, claims, more->o.m[i].key, more->o.m[i].value);
	return 0;
}

/* Many providers that verify every address do not say so; one that holds many companies' directories cannot be believed then.
 */
static bool email_verified(const struct json *metadata, const struct json *claims)
{
	const struct json *said = json_get(claims, "email_verified");

	if (said)
		return streq(json_text(said, ""), "true") || (said->type == JSON_BOOL && said->b);
	return !strstr(json_get_text(metadata, "issuer", ""), "{tenantid}");
}

static int check_answer(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata,
			const struct oidc_answer *answer)
{
	/* Whose answer it is (RFC 9207): another provider's code must not be carried to this one. */
	if (answer->iss && !streq(answer->iss, json_get_text(metadata, "issuer", "")))
		return fail(cx, ERR_AUTH, "this is the answer of another provider than '%s'", p->name);
	if (answer->error)
		return fail(cx, ERR_AUTH, "the sign-in provider '%s' says: %.100s%s%.300s", p->name, answer->error,
			    answer->error_description ? ": " : "", answer->error_description ? answer->error_description : "");
	if (!answer->code || !*answer->code || strlen(answer->code) > CODE_MAX)
		return fail(cx, ERR_INPUT, "the sign-in provider '%s' sent no code", p->name);
	return 0;
}

int oidc_finish(struct ctx *cx, const struct oidc_provider *p, const char *secret, const struct oidc_answer *answer,
		struct profile *out, struct oidc_tokens *given)
{
	struct json *metadata, *tokens, *claims;
	int rc = oidc_metadata(cx, p, &metadata);

	if (rc == 0)
		rc = check_answer(cx, p, metadata, answer);
	if (rc == 0)
		rc = oidc_exchange(cx, p, metadata, answer->code, verifier_of(cx->mem, secret), &tokens);
	if (rc == 0)
		rc = oidc_check_id_token(cx, p, metadata, tokens, nonce_of(cx->mem, secret), &claims);
	if (rc == 0)
		oidc_tokens_take(tokens, claims, given);
	if (rc == 0)
		rc = complete(cx, p, metadata, tokens, claims);
	if (rc < 0)
		return rc;
	*out = (struct profile){ .provider = p->name,
				 .subject = json_get_text(claims, "sub", ""),
				 .email = json_get_text(claims, "email", NULL),
				 .email_verified = email_verified(metadata, claims),
				 .name = json_get_text(claims, "name", NULL),
				 .username = json_get_text(claims, "preferred_username", NULL),
				 .picture = json_get_text(claims, "picture", NULL),
				 .claims = claims };
	return 0;
}
