/* What an id_token must say beyond a good signature (OpenID Connect Core, 3.1.3.7). */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "ext/crypto.h"
#include "identity/oidc_private.h"

enum { LEEWAY_S = 60, SUBJECT_MAX = 255 };

#define TENANT "{tenantid}"

/* Microsoft's common endpoints name the issuer with a gap for the tenant, which the token names. */
static const char *issuer_of(struct arena *mem, const char *issuer, const struct json *claims)
{
	const char *gap = strstr(issuer, TENANT), *tenant = json_get_text(claims, "tid", "");

	if (!gap)
		return issuer;
	for (const char *c = tenant; *c; c++)
		if (!ascii_alnum(*c) && *c != '-')
			return issuer;
	return arena_printf(mem, "%.*s%s%s", (int)(gap - issuer), issuer, tenant, gap + strlen(TENANT));
}

static bool is_text(const struct json *v, const char *want)
{
	return json_is(v, JSON_STRING) && str_is(v->s, want);
}

/* One audience is us; of several, we must be the one that it was made for. */
static int check_audience(struct ctx *cx, const struct json *claims, const char *client)
{
	const struct json *aud = json_get(claims, "aud"), *azp = json_get(claims, "azp");
	bool found = is_text(aud, client);

	for (size_t i = 0; json_is(aud, JSON_ARRAY) && i < aud->a.n; i++)
		found = found || is_text(aud->a.items[i], client);
	if (!found)
		return fail(cx, ERR_AUTH, "the provider's token is for another audience");
	if (json_is(aud, JSON_ARRAY) && aud->a.n > 1 && !azp)
		return fail(cx, ERR_AUTH, "the provider's token is for several, and does not say for whom it was made");
	if (azp && !is_text(azp, client))
		return fail(cx, ERR_AUTH, "the provider's token was made for another");
	return 0;
}

static int check_times(struct ctx *cx, const struct json *claims)
{
	double now = (double)clock_wall_ms() / 1000, iat = json_get_num(claims, "iat", NAN);

	if (!isfinite(iat))
		return fail(cx, ERR_AUTH, "the provider's token does not say when it was made");
	if (iat > now + LEEWAY_S)
		return fail(cx, ERR_AUTH, "the provider's token is of the future: is one of the clocks wrong?");
	return 0;
}

/* The left half of the access token's hash: both belong together. */
static int check_at_hash(struct ctx *cx, const struct json *claims, const struct oidc_expected *expected)
{
	const struct json *at_hash = json_get(claims, "at_hash");
	size_t n = strlen(expected->alg);
	long bits;
	struct str hash;

	if (!at_hash || !expected->access_token)
		return 0;
	if (n < 3 || !str_long(expected->alg + n - 3, 256, 512, &bits) || (bits != 256 && bits != 384 && bits != 512))
		return fail(cx, ERR_AUTH, "the provider's token has an at_hash of unknown make");
	hash = crypto_sha2(cx->mem, (unsigned)bits, str_of(expected->access_token));
	hash.n /= 2;
	if (!is_text(at_hash, crypto_base64url(cx->mem, hash)))
		return fail(cx, ERR_AUTH, "the provider's tokens do not belong together");
	return 0;
}

int oidc_check_claims(struct ctx *cx, const struct json *claims, const struct oidc_expected *expected)
{
	const struct json *sub = json_get(claims, "sub");
	int rc;

	if (!is_text(json_get(claims, "iss"), issuer_of(cx->mem, expected->issuer, claims)))
		return fail(cx, ERR_AUTH, "the provider's token is of another issuer");
	rc = check_audience(cx, claims, expected->client_id);
	if (rc == 0)
		rc = check_times(cx, claims);
	if (rc < 0)
		return rc;
	if (!json_is(sub, JSON_STRING) || !sub->s.n || sub->s.n > SUBJECT_MAX || memchr(sub->s.p, 0, sub->s.n))
		return fail(cx, ERR_AUTH, "the provider's token names nobody");
	if (expected->nonce && !is_text(json_get(claims, "nonce"), expected->nonce))
		return fail(cx, ERR_AUTH, "the provider's token is not for this sign-in (nonce)");
	return check_at_hash(cx, claims, expected);
}
