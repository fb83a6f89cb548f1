/* Verifying signed tokens: every algorithm, and every way not to be trusted. */
#include "ext/crypto.h"
#include "ext/json.h"
#include "tests/unit/jwt_vectors.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static struct json *jwks;

/* The subject, or why not. */
static const char *who(const char *token, const struct jwt_rules *rules)
{
	struct json *claims = NULL;

	if (crypto_jwt_verify(&cx, token, jwks, rules, &claims) < 0)
		return arena_printf(&mem, "%s%s", cx.err.code == ERR_AUTH ? "" : "not ERR_AUTH: ", cx.err.text);
	return json_get_text(claims, "sub", "(none)");
}

static void good(void)
{
	static const char *const all[] = { jwt_es256, jwt_es384, jwt_es512, jwt_rs256, jwt_rs384,
					   jwt_rs512, jwt_ps256, jwt_ps384, jwt_ps512, jwt_no_kid };

	for (size_t i = 0; i < LEN(all); i++)
		STR_EQ(who(all[i], NULL), "ana");
	STR_EQ(who(jwt_es256, &(struct jwt_rules){ .issuer = "https://idp.test", .audience = "callboard" }), "ana");
	STR_EQ(who(jwt_many_aud, &(struct jwt_rules){ .audience = "callboard" }), "ana");
	STR_EQ(who(jwt_es256, &(struct jwt_rules){ .algorithms = (const char *const[]){ "RS256", "ES256", NULL } }), "ana");
}

static void bad_claims(void)
{
	STR_EQ(who(jwt_expired, NULL), "the token has expired");
	STR_EQ(who(jwt_early, NULL), "the token is not valid yet");
	STR_EQ(who(jwt_no_exp, NULL), "the token has no time of expiry");
	STR_EQ(who(jwt_text_exp, NULL), "the token has no time of expiry");
	STR_EQ(who(jwt_claims_text, NULL), "the token has no claims");
	STR_EQ(who(jwt_es256, &(struct jwt_rules){ .issuer = "https://idp.tes" }), "the token is of another issuer");
	STR_EQ(who(jwt_es256, &(struct jwt_rules){ .audience = "other" }), "the token is for another audience");
	STR_EQ(who(jwt_many_aud, &(struct jwt_rules){ .audience = "b" }), "the token is for another audience");
}

static void bad_algorithms(void)
{
	const struct jwt_rules only = { .algorithms = (const char *const[]){ "RS256", NULL } };
	const struct jwt_rules loose = { .algorithms = (const char *const[]){ "HS256", "none", NULL } };

	STR_EQ(who(jwt_none, NULL), "the token's algorithm 'none' is not allowed");
	STR_EQ(who(jwt_hmac, NULL), "the token's algorithm 'HS256' is not allowed");
	STR_EQ(who(jwt_none, &loose), "the token's algorithm 'none' is not allowed");
	STR_EQ(who(jwt_hmac, &loose), "the token's algorithm 'HS256' is not allowed");
	STR_EQ(who(jwt_es256, &only), "the token's algorithm 'ES256' is not allowed");
	STR_EQ(who(jwt_critical, NULL), "the token has critical extensions that are not known here");
	STR_EQ(who(jwt_other_kid, NULL), "no key 'gone' for the token's algorithm ES256");
	STR_EQ(who(jwt_weak, NULL), "no key 'weak' for the token's algorithm RS256");
}

/* The token with one character of its text changed. */
static const char *changed(const char *token, size_t at)
{
	char *copy = arena_strdup(&mem, token);

	copy[at] = copy[at] == 'A' ? 'B' : 'A';
	return copy;
}

static void forged(void)
{
	const char *dot = strchr(jwt_es256, '.'), *last = strrchr(jwt_es256, '.');
	size_t payload = (size_t)(dot - jwt_es256) + 30, signature = (size_t)(last - jwt_es256) + 10, accepted = 0;

	STR_EQ(who(changed(jwt_es256, payload), NULL), "the token's signature is wrong");
	STR_EQ(who(changed(jwt_es256, signature), NULL), "the token's signature is wrong");
	STR_EQ(who(changed(jwt_rs256, strlen(jwt_rs256) - 40), NULL), "the token's signature is wrong");
	for (size_t i = 0; i < strlen(jwt_es256); i++)
		accepted += streq(who(changed(jwt_es256, i), NULL), "ana");
	OK(accepted == 0);
	for (size_t i = 0; i < strlen(jwt_es256); i++)
		accepted += streq(who(arena_strndup(&mem, jwt_es256, i), NULL), "ana");
	OK(accepted == 0);
	STR_EQ(who(arena_printf(&mem, "%s=", jwt_es256), NULL), "the token is not a signed JWT");
	STR_EQ(who(arena_printf(&mem, "%s.x", jwt_es256), NULL), "the token is not a signed JWT");
	STR_EQ(who(arena_strndup(&mem, jwt_es256, (size_t)(last - jwt_es256) + 1), NULL), "the token's signature is wrong");
	STR_EQ(who("", NULL), "the token is not a signed JWT");
	STR_EQ(who("a.b.c", NULL), "the token is not a signed JWT");
	STR_EQ(who("W10.e30.AA", NULL), "the token is not a signed JWT");
}

/* Key sets come from outside too. */
static void bad_keys(void)
{
	static const char *const sets[] = {
		"null",
		"{}",
		"{\"keys\":{}}",
		"{\"keys\":[null,1,\"x\",[]]}",
		"{\"keys\":[{\"kty\":\"EC\",\"kid\":\"es256\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"kid\":\"es256\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"kid\":\"es256\",\"crv\":\"P-256\",\"x\":\"!!\",\"y\":\"\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"kid\":\"es256\",\"crv\":\"P-256\",\"x\":1,\"y\":{}}]}",
		"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"es256\",\"k\":\"AAAA\"}]}"
	};
	struct json *good_keys = jwks;

	for (size_t i = 0; i < LEN(sets); i++) {
		OK(json_parse(&cx, str_of(sets[i]), &jwks) == 0);
		OK(!streq(who(jwt_es256, NULL), "ana") && cx.err.code == ERR_AUTH);
	}
	jwks = json_copy(&mem, good_keys);
	for (size_t i = 0; i < json_len(json_get(jwks, "keys")); i++)
		json_set(&mem, json_get(jwks, "keys")->a.items[i], "use", json_str(&mem, "enc"));
	STR_EQ(who(jwt_es256, NULL), "no key 'es256' for the token's algorithm ES256");
	jwks = good_keys;
}

/* What we sign, we believe; members stay in their order. */
static void signing(void)
{
	struct str secret, other;
	struct json *key, *header, *claims, *good_keys = jwks, *list = json_array(&mem);
	const char *token, *second;

	OK(crypto_key_make(&cx, &secret, &key) == 0);
	OK(!json_get(key, "d") && strlen(json_get_text(key, "x", "")) == 43 && strlen(json_get_text(key, "y", "")) == 43);
	json_push(&mem, list, key);
	jwks = json_object(&mem);
	json_set(&mem, jwks, "keys", list);
	OK(json_parse(&cx, STR("{\"typ\":\"x\",\"alg\":\"ES256\"}"), &header) == 0);
	OK(json_parse(&cx, STR("{\"sub\":\"ana\",\"exp\":4102444800}"), &claims) == 0);
	OK(crypto_jwt_sign(&cx, secret, header, claims, &token) == 0);
	OK(str_starts(token, "eyJ0eXAiOiJ4IiwiYWxnIjoiRVMyNTYifQ.eyJzdWIiOiJhbmEiLCJleHAiOjQxMDI0NDQ4MDB9."));
	STR_EQ(who(token, NULL), "ana");
	/* Signatures with leading zeros are rare, and must have all their bytes. */
	for (int i = 0, n = 0; i < 600; i++) {
		n += crypto_jwt_sign(&cx, secret, header, claims, &second) == 0 && strlen(second) == strlen(token);
		if (i == 599)
			OK(n == 600);
	}
	OK(crypto_key_make(&cx, &other, &key) == 0 && crypto_jwt_sign(&cx, other, header, claims, &token) == 0);
	STR_EQ(who(token, NULL), "the token's signature is wrong");
	OK(crypto_jwt_sign(&cx, STR("no key"), header, claims, &token) == ERR_INTERNAL);
	STR_EQ(json_get_text(crypto_jwt_header(&cx, second), "typ", ""), "x");
	OK(!crypto_jwt_header(&cx, "") && !crypto_jwt_header(&cx, "e30") && !crypto_jwt_header(&cx, "!.x") &&
	   !crypto_jwt_header(&cx, "W10.e30.AA"));
	jwks = good_keys;
}

int main(void)
{
	if (json_parse(&cx, str_of(jwks_text), &jwks) < 0)
		return 1;
	good();
	bad_claims();
	bad_algorithms();
	forged();
	bad_keys();
	signing();
	arena_release(&mem);
	return DONE();
}
