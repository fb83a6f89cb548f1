/* Sign-in by OpenID Connect: off to the provider, and back with a code. */
#include "identity/oidc.h"

#include "base/log.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "ext/fetch.h"
#include "ext/json.h"
#include "identity/jwks.h"
#include "identity/oidc_private.h"

enum { RAW = 32, TIMEOUT_MS = 5000, ANSWER_MAX = 512 * 1024, STATE_MAX = 6000, CODE_MAX = 4096 };

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

static void add_parameter(struct buf *b, const char *name, const char *value)
{
	if (!*value)
		return;
	if (b->n && b->p[b->n - 1] != '?')
		buf_addc(b, '&');
	buf_addf(b, "%s=%s", name, url_encode(b->mem, value, false));
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
	add_parameter(&url, "response_type", "code");
	add_parameter(&url, "client_id", p->client_id);
	add_parameter(&url, "redirect_uri", p->callback);
	add_parameter(&url, "scope", p->scope);
	add_parameter(&url, "state", state_of(mem, out->secret, request));
	add_parameter(&url, "nonce", nonce_of(mem, out->secret));
	add_parameter(&url, "code_challenge",
		      crypto_base64url(mem, crypto_sha2(mem, 256, str_of(verifier_of(mem, out->secret)))));
	add_parameter(&url, "code_challenge_method", "S256");
	add_parameter(&url, "prompt", p->prompt);
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

static int read_tokens(struct ctx *cx, const struct oidc_provider *p, const struct fetch_answer *answer, struct json **out)
{
	struct json *v = NULL;
	struct ctx quiet = { .mem = cx->mem, .conf = cx->conf };
	bool readable = json_parse(&quiet, answer->body, &v) == 0 && json_is(v, JSON_OBJECT);

	if (readable && answer->status == 200) {
		*out = v;
		return 0;
	}
	log_warn("a sign-in provider refused a code", "provider", p->name, "status",
		 arena_printf(cx->mem, "%d", answer->status), "error", json_get_text(v, "error", "-"), "description",
		 json_get_text(v, "error_description", "-"), NULL);
	if (readable && answer->status >= 400 && answer->status < 500 && streq(json_get_text(v, "error", ""), "invalid_grant"))
		return fail(cx, ERR_AUTH, "the sign-in was used already, or took too long; sign in again");
	return fail(cx, ERR_UPSTREAM, "the sign-in provider '%s' did not give its tokens: status %d %.100s", p->name,
		    answer->status, json_get_text(v, "error", ""));
}

/* One request to an endpoint of the provider. Why it fails is for the log: users cannot do anything about it. */
static int ask(struct ctx *cx, const struct oidc_provider *p, struct fetch_request rq, struct fetch_answer *out)
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

/* The code for the tokens. */
static int exchange(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, const char *secret,
		    const char *code, struct json **out)
{
	struct fetch_header headers[3] = { { "Content-Type", "application/x-www-form-urlencoded" },
					   { "Accept", "application/json" } };
	const char *method = auth_method(p, metadata), *url;
	struct buf body = { .mem = cx->mem };
	struct fetch_answer answer;
	size_t n = 2;
	int rc = oidc_endpoint(cx, p, metadata, "token_endpoint", &url);

	if (rc < 0)
		return rc;
	add_parameter(&body, "grant_type", "authorization_code");
	add_parameter(&body, "code", code);
	add_parameter(&body, "redirect_uri", p->callback);
	add_parameter(&body, "code_verifier", verifier_of(cx->mem, secret));
	if (streq(method, "client_secret_basic")) {
		const char *pair = arena_printf(cx->mem, "%s:%s", url_encode(cx->mem, p->client_id, false),
						url_encode(cx->mem, p->client_secret, false));

		headers[n++] = (struct fetch_header){ "Authorization",
						      arena_printf(cx->mem, "Basic %s", crypto_base64(cx->mem, str_of(pair))) };
	} else {
		add_parameter(&body, "client_id", p->client_id);
		if (streq(method, "client_secret_post"))
			add_parameter(&body, "client_secret", p->client_secret);
	}
	rc = ask(cx, p,
		 (struct fetch_request){
			 .method = "POST", .url = url, .headers = headers, .n_headers = n, .body = buf_str(&body) },
		 &answer);
	return rc < 0 ? rc : read_tokens(cx, p, &answer, out);
}

static int check_id_token(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, const char *secret,
			  const struct json *tokens, struct json **claims)
{
	const char *token = json_get_text(tokens, "id_token", ""), *url;
	const struct json *keys;
	struct oidc_expected expected = { .issuer = json_get_text(metadata, "issuer", ""),
					  .client_id = p->client_id,
					  .nonce = nonce_of(cx->mem, secret),
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
	if (ask(&quiet, p, (struct fetch_request){ .url = url, .headers = headers, .n_headers = LEN(headers) }, &answer) == 0 &&
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
		struct profile *out)
{
	struct json *metadata, *tokens, *claims;
	int rc = oidc_metadata(cx, p, &metadata);

	if (rc == 0)
		rc = check_answer(cx, p, metadata, answer);
	if (rc == 0)
		rc = exchange(cx, p, metadata, secret, answer->code, &tokens);
	if (rc == 0)
		rc = check_id_token(cx, p, metadata, secret, tokens, &claims);
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
