/* Tokens of people as Backstage issues them. */
#include "identity/user_token.h"

#include <math.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "identity/name.h"
#include "identity/user.h"
#include "sql/token.h"

enum { HOUR_S = 3600, LEAST_S = 600, MOST_S = 86400, LEEWAY_S = 60 };

#define USER_TYPE "vnd.backstage.user"
#define LIMITED_TYPE "vnd.backstage.limited-user"
#define AUDIENCE "backstage"

const char *user_token_issuer(struct ctx *cx)
{
	const char *app = json_get_text(json_get(cx->conf, "app"), "baseUrl", "http://localhost:7007");
	const char *base = json_get_text(json_get(cx->conf, "backend"), "baseUrl", app);
	size_t n = strlen(base);

	while (n && base[n - 1] == '/')
		n--;
	return arena_printf(cx->mem, "%.*s/api/auth", (int)n, base);
}

static int64_t lifetime_s(struct ctx *cx)
{
	const struct json *auth = json_get(cx->conf, "auth"), *v = json_get(auth, "identityTokenExpiration");
	int64_t ms, s;

	v = v ? v : json_get(auth, "backstageTokenExpiration");
	if (!v || config_duration_ms(cx, v, &ms) < 0)
		return HOUR_S;
	s = ms / 1000;
	return s < LEAST_S ? LEAST_S : s > MOST_S ? MOST_S : s;
}

/* A key is used as long as a token holds, so at most two sign at a time, and none for long. */
static int make_key(struct ctx *cx, int64_t now_ms, int64_t life_ms, struct q_token_key_signing_out *key)
{
	char *kid = arena_alloc(cx->mem, 37);
	struct json *jwk;
	struct buf text = { .mem = cx->mem };
	int rc = crypto_key_make(cx, &key->secret, &jwk);

	if (rc < 0)
		return rc;
	crypto_uuid(kid);
	json_set(cx->mem, jwk, "kid", json_str(cx->mem, kid));
	json_write(&text, jwk);
	key->kid = kid;
	key->expires_at = now_ms + 2 * life_ms + LEEWAY_S * 1000;
	rc = q_token_key_add_exec(cx, &(struct q_token_key_add_in){ .kid = kid,
								    .secret = key->secret,
								    .jwk = buf_text(&text),
								    .created_at = now_ms,
								    .signs_until = now_ms + life_ms,
								    .expires_at = key->expires_at });
	return rc < 0 ? rc : q_token_key_sweep_exec(cx, &(struct q_token_key_sweep_in){ now_ms });
}

/* Hosts that make one at the same moment each have one: all of them are published. */
static int signing_key(struct ctx *cx, int64_t life_ms, struct q_token_key_signing_out *key)
{
	int64_t now = clock_wall_ms(), last = now + life_ms + LEEWAY_S * 1000;
	int rc = q_token_key_signing_one(cx, &(struct q_token_key_signing_in){ now }, key);

	if (rc == 0)
		rc = make_key(cx, now, life_ms, key);
	/* Tokens may hold longer now than they did when the key was made. */
	if (rc >= 0 && key->expires_at < last)
		rc = q_token_key_keep_exec(cx, &(struct q_token_key_keep_in){ last, key->kid });
	return rc < 0 ? rc : 0;
}

static struct json *header(struct arena *mem, const char *type, const char *kid)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "typ", json_str(mem, type));
	json_set(mem, v, "alg", json_str(mem, "ES256"));
	json_set(mem, v, "kid", json_str(mem, kid));
	return v;
}

/* What both kinds of token say, in the order that the limited one is put together again in. */
static struct json *times(struct arena *mem, struct json *v, const char *ref, int64_t iat, int64_t life)
{
	json_set(mem, v, "sub", json_str(mem, ref));
	json_set(mem, v, "iat", json_num(mem, (double)iat));
	json_set(mem, v, "exp", json_num(mem, (double)(iat + life)));
	return v;
}

static bool with_ownership(const struct ctx *cx)
{
	return !json_get_bool(json_get(cx->conf, "auth"), "omitIdentityTokenOwnershipClaim", true);
}

static struct json *owns_json(struct arena *mem, const char *const *owns)
{
	struct json *list = json_array(mem);

	for (; *owns; owns++)
		json_push(mem, list, json_str(mem, *owns));
	return list;
}

int user_token_issue(struct ctx *cx, const char *ref, const char *const *owns, struct user_token *out)
{
	int64_t life = lifetime_s(cx), iat = clock_wall_ms() / 1000;
	struct arena *mem = cx->mem;
	struct json *claims = json_object(mem);
	struct q_token_key_signing_out key;
	const char *limited, *text;
	int rc = signing_key(cx, life * 1000, &key);

	if (rc < 0)
		return rc;
	/* The proof: the signature of a token that only names the user, which whoever holds this one can put together. */
	rc = crypto_jwt_sign(cx, key.secret, header(mem, LIMITED_TYPE, key.kid), times(mem, json_object(mem), ref, iat, life),
			     &limited);
	if (rc < 0)
		return rc;
	json_set(mem, claims, "iss", json_str(mem, user_token_issuer(cx)));
	times(mem, claims, ref, iat, life);
	if (with_ownership(cx))
		json_set(mem, claims, "ent", owns_json(mem, owns));
	json_set(mem, claims, "aud", json_str(mem, AUDIENCE));
	json_set(mem, claims, "uip", json_str(mem, strrchr(limited, '.') + 1));
	rc = crypto_jwt_sign(cx, key.secret, header(mem, USER_TYPE, key.kid), claims, &text);
	if (rc == 0 && strlen(text) > USER_TOKEN_MAX)
		rc = fail(cx, ERR_TOOLARGE, "the token of '%s' would have more than %d bytes: too many groups", ref,
			  USER_TOKEN_MAX);
	*out = (struct user_token){ text, life };
	return rc;
}

bool user_token_is(struct ctx *cx, const char *token)
{
	return streq(json_get_text(crypto_jwt_header(cx, token), "typ", ""), USER_TYPE);
}

static int read_key(struct ctx *cx, struct json *list, const char *jwk)
{
	struct json *v;
	int rc = json_parse(cx, str_of(jwk), &v);

	if (rc == 0)
		json_push(cx->mem, list, v);
	return rc < 0 ? fail_in(cx, ERR_INTERNAL, "a key in table user_token_key") : 0;
}

/* The key that the token names, when it is one of ours that may still be believed. */
static int key_of(struct ctx *cx, const char *token, struct json **set)
{
	const struct json *kid = json_get(crypto_jwt_header(cx, token), "kid");
	struct q_token_key_by_id_out row;
	struct json *list = json_array(cx->mem);
	int rc;

	if (!json_is(kid, JSON_STRING) || kid->s.n > 64)
		return fail(cx, ERR_AUTH, "the token names no key");
	rc = q_token_key_by_id_one(cx, &(struct q_token_key_by_id_in){ json_text(kid, ""), clock_wall_ms() }, &row);
	if (rc > 0)
		rc = read_key(cx, list, row.jwk);
	if (rc < 0)
		return rc;
	*set = json_object(cx->mem);
	json_set(cx->mem, *set, "keys", list);
	return 0;
}

static int check_claims(struct ctx *cx, const struct json *claims)
{
	double now = (double)clock_wall_ms() / 1000, iat = json_get_num(claims, "iat", NAN);

	if (!isfinite(iat) || iat > now + LEEWAY_S)
		return fail(cx, ERR_AUTH, "the token is of the future, or does not say when it was made");
	if (!is_user_ref(json_get_text(claims, "sub", "")))
		return fail(cx, ERR_AUTH, "the token names no user");
	return 0;
}

static const char **owns_of(struct ctx *cx, const struct json *claims)
{
	const struct json *ent = json_get(claims, "ent");
	const char **owns;
	size_t n = 0;

	if (!json_is(ent, JSON_ARRAY))
		return NULL;
	owns = arena_array(cx->mem, const char *, ent->a.n + 1);
	for (size_t i = 0; i < ent->a.n; i++)
		if (json_is(ent->a.items[i], JSON_STRING))
			owns[n++] = json_text(ent->a.items[i], "");
	return owns;
}

static int verify(struct ctx *cx, const char *token, struct json **claims)
{
	static const char *const algorithms[] = { "ES256", NULL };
	const struct jwt_rules rules = { .issuer = user_token_issuer(cx), .audience = AUDIENCE, .algorithms = algorithms };
	struct json *keys = NULL;
	int rc;

	if (strlen(token) > USER_TOKEN_MAX)
		return fail(cx, ERR_AUTH, "the token has more than %d bytes", USER_TOKEN_MAX);
	if (!user_token_is(cx, token))
		return fail(cx, ERR_AUTH, "the token is of another type");
	rc = key_of(cx, token, &keys);
	if (rc == 0)
		rc = crypto_jwt_verify(cx, token, keys, &rules, claims);
	return rc < 0 ? rc : check_claims(cx, *claims);
}

int user_token_find(struct ctx *cx, const char *token, const struct who **out)
{
	struct json *claims = NULL;
	int rc = verify(cx, token, &claims);

	if (rc == ERR_AUTH) {
		log_debug("user token refused", "why", cx->err.text, NULL);
		return fail(cx, ERR_AUTH, "Illegal token");
	}
	return rc < 0 ? rc : user_who(cx, json_get_text(claims, "sub", ""), owns_of(cx, claims), NULL, out);
}

int user_token_keys(struct ctx *cx, struct json **out)
{
	DB_ROWS rows = { 0 };
	struct q_token_key_public_out row;
	struct json *list = json_array(cx->mem);
	int rc = q_token_key_public_open(cx, &(struct q_token_key_public_in){ clock_wall_ms() }, &rows);

	while (rc >= 0 && (rc = q_token_key_public_next(&rows, &row)) > 0)
		rc = read_key(cx, list, row.jwk);
	if (rc < 0)
		return rc;
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "keys", list);
	return 0;
}
