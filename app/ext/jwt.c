/* Checks signed JSON web tokens against published keys (cjose). */
#include <cjose/cjose.h>
#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "ext/crypto.h"
#include "ext/json.h"

enum { TOKEN_MAX = 64 * 1024, LEEWAY_S = 60, RSA_MIN_BYTES = 256 };

#define AUTO_JWK __attribute__((cleanup(jwk_freep))) cjose_jwk_t *
#define AUTO_JWS __attribute__((cleanup(jws_freep))) cjose_jws_t *

static void jwk_freep(cjose_jwk_t **jwk)
{
	cjose_jwk_release(*jwk);
}

static void jws_freep(cjose_jws_t **jws)
{
	cjose_jws_release(*jws);
}

struct algorithm {
	const char *name, *kty, *crv;
};
/* Asymmetric ones only: with a secret-key algorithm the published key would do as the secret. */
static const struct algorithm algorithms[] = {
	{ "ES256", "EC", "P-256" }, { "ES384", "EC", "P-384" }, { "ES512", "EC", "P-521" },
	{ "RS256", "RSA", NULL },   { "RS384", "RSA", NULL },   { "RS512", "RSA", NULL },
	{ "PS256", "RSA", NULL },   { "PS384", "RSA", NULL },   { "PS512", "RSA", NULL },
};

struct token {
	const char *text;
	const struct algorithm *alg;
	const char *kid; /* NULL: none */
};

/*
 * cjose works with jansson, whose json_object(), json_array(), … have the names of ours. When the program exports its own
 * (it was not built with -fvisibility=hidden), the dynamic linker hands them to cjose, which crashes.
 */
static bool names_are_separate(void)
{
	struct json *(*ours)(struct arena *) = json_object;
	void *found = dlsym(RTLD_DEFAULT, "json_object"), *own;

	memcpy(&own, &ours, sizeof(own));
	return found != own;
}

static bool is_listed(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (streq(name, *list))
			return true;
	return false;
}

static const struct algorithm *find_algorithm(const char *name, const struct jwt_rules *rules)
{
	if (rules->algorithms && !is_listed(name, rules->algorithms))
		return NULL;
	for (size_t i = 0; i < LEN(algorithms); i++)
		if (streq(algorithms[i].name, name))
			return &algorithms[i];
	return NULL;
}

/* One of the three parts: base64url, nothing else. */
static bool decode_part(struct ctx *cx, const struct jwt_rules *rules, struct str part, struct str *out)
{
	if (!part.p || (!rules->padded && memchr(part.p, '=', part.n)) || memchr(part.p, '+', part.n) ||
	    memchr(part.p, '/', part.n))
		return false;
	return crypto_base64_decode(cx->mem, part, out);
}

static int read_header(struct ctx *cx, const struct jwt_rules *rules, struct token *t)
{
	struct str rest = str_of(t->text), head, payload, signature;
	struct json *header;

	if (rest.n > TOKEN_MAX)
		return fail(cx, ERR_AUTH, "the token has more than %d bytes", TOKEN_MAX);
	if (!decode_part(cx, rules, str_cut(&rest, '.'), &head) || !rest.p ||
	    !decode_part(cx, rules, str_cut(&rest, '.'), &payload) || !rest.p || !decode_part(cx, rules, rest, &signature) ||
	    json_parse(cx, head, &header) < 0 || !json_is(header, JSON_OBJECT))
		return fail(cx, ERR_AUTH, "the token is not a signed JWT");

	const char *alg = json_get_text(header, "alg", "");

	t->alg = find_algorithm(alg, rules);
	t->kid = json_get_text(header, "kid", NULL);
	if (!t->alg)
		return fail(cx, ERR_AUTH, "the token's algorithm '%.20s' is not allowed", alg);
	if (json_get(header, "crit"))
		return fail(cx, ERR_AUTH, "the token has critical extensions that are not known here");
	return 0;
}

static bool is_verify_key(const struct json *key)
{
	const struct json *ops = json_get(key, "key_ops");

	if (!streq(json_get_text(key, "use", "sig"), "sig"))
		return false;
	if (!json_is(ops, JSON_ARRAY))
		return true;
	for (size_t i = 0; i < ops->a.n; i++)
		if (streq(json_text(ops->a.items[i], ""), "verify"))
			return true;
	return false;
}

static bool fits(struct ctx *cx, const struct token *t, const struct json *key)
{
	const char *kid = json_get_text(key, "kid", NULL), *modulus = json_get_text(key, "n", "");
	struct str n;

	if (t->kid && (!kid || !streq(kid, t->kid)))
		return false;
	if (!streq(json_get_text(key, "kty", ""), t->alg->kty) || !streq(json_get_text(key, "alg", t->alg->name), t->alg->name))
		return false;
	if (!is_verify_key(key))
		return false;
	if (t->alg->crv)
		return streq(json_get_text(key, "crv", ""), t->alg->crv);
	return crypto_base64_decode(cx->mem, str_of(modulus), &n) && n.n >= RSA_MIN_BYTES;
}

/* The key without what is not needed here: a private part, unknown members. */
static cjose_jwk_t *import_key(struct ctx *cx, const struct json *key)
{
	static const char *const members[] = { "kty", "crv", "x", "y", "n", "e" };
	struct json *bare = json_object(cx->mem);
	struct buf text = { .mem = cx->mem };
	cjose_err err;

	for (size_t i = 0; i < LEN(members); i++)
		if (json_is(json_get(key, members[i]), JSON_STRING))
			json_set(cx->mem, bare, members[i], json_get(key, members[i]));
	json_write(&text, bare);
	return cjose_jwk_import(text.p, text.n, &err);
}

static bool is_signed_by(struct ctx *cx, const struct token *t, const struct json *key, struct str *payload)
{
	cjose_err err;
	AUTO_JWK jwk = import_key(cx, key);

	if (!jwk)
		return false;

	AUTO_JWS jws = cjose_jws_import(t->text, strlen(t->text), &err);
	uint8_t *bytes;
	size_t n;

	if (!jws || !cjose_jws_verify(jws, jwk, &err) || !cjose_jws_get_plaintext(jws, &bytes, &n, &err))
		return false;
	*payload = (struct str){ arena_strndup(cx->mem, (const char *)bytes, n), n };
	return true;
}

static int check_signature(struct ctx *cx, const struct token *t, const struct json *jwks, struct str *payload)
{
	const struct json *keys = json_get(jwks, "keys");
	size_t tried = 0;

	for (size_t i = 0; json_is(keys, JSON_ARRAY) && i < keys->a.n; i++) {
		if (!fits(cx, t, keys->a.items[i]))
			continue;
		tried++;
		if (is_signed_by(cx, t, keys->a.items[i], payload))
			return 0;
	}
	if (tried)
		return fail(cx, ERR_AUTH, "the token's signature is wrong");
	if (t->kid)
		return fail(cx, ERR_AUTH, "no key '%.100s' for the token's algorithm %s", t->kid, t->alg->name);
	return fail(cx, ERR_AUTH, "no key for the token's algorithm %s", t->alg->name);
}

static bool has_audience(const struct json *aud, const char *wanted)
{
	if (json_is(aud, JSON_STRING))
		return str_is(aud->s, wanted);
	for (size_t i = 0; json_is(aud, JSON_ARRAY) && i < aud->a.n; i++)
		if (json_is(aud->a.items[i], JSON_STRING) && str_is(aud->a.items[i]->s, wanted))
			return true;
	return false;
}

static int check_claims(struct ctx *cx, const struct json *claims, const struct jwt_rules *rules)
{
	const struct json *nbf = json_get(claims, "nbf"), *iss = json_get(claims, "iss");
	double now = (double)clock_wall_ms() / 1000, exp = json_get_num(claims, "exp", NAN);

	if (!json_is(claims, JSON_OBJECT))
		return fail(cx, ERR_AUTH, "the token has no claims");
	if (!isfinite(exp))
		return fail(cx, ERR_AUTH, "the token has no time of expiry");
	if (now >= exp + LEEWAY_S)
		return fail(cx, ERR_AUTH, "the token has expired");
	if (nbf && (!json_is(nbf, JSON_NUMBER) || !(now >= nbf->num - LEEWAY_S)))
		return fail(cx, ERR_AUTH, "the token is not valid yet");
	if (rules->issuer && (!json_is(iss, JSON_STRING) || !str_is(iss->s, rules->issuer)))
		return fail(cx, ERR_AUTH, "the token is of another issuer");
	if (rules->audience && !has_audience(json_get(claims, "aud"), rules->audience))
		return fail(cx, ERR_AUTH, "the token is for another audience");
	return 0;
}

int crypto_jwt_verify(struct ctx *cx, const char *token, const struct json *jwks, const struct jwt_rules *rules,
		      struct json **claims)
{
	static const struct jwt_rules none;
	struct token t = { .text = token };
	struct str payload;
	struct json *v;

	rules = rules ? rules : &none;
	if (!names_are_separate())
		return fail(cx, ERR_INTERNAL, "tokens cannot be checked: the program was built without -fvisibility=hidden");

	int rc = read_header(cx, rules, &t);

	if (rc == 0)
		rc = check_signature(cx, &t, jwks, &payload);
	if (rc == 0 && json_parse(cx, payload, &v) < 0)
		rc = fail(cx, ERR_AUTH, "the token has no claims");
	if (rc == 0)
		rc = check_claims(cx, v, rules);
	if (rc == 0)
		*claims = v;
	return rc;
}
