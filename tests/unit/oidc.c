/* OpenID Connect without a provider: settings, the state that binds a sign-in to its browser, the claims of an id_token. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "identity/oidc_private.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };

static struct json *parsed(const char *text)
{
	struct json *v;

	if (json_parse(&cx, str_of(text), &v) < 0)
		abort();
	return v;
}

/* Where the metadata of a provider with these settings is, or what is wrong. */
static const char *url_of(const char *name, const char *settings)
{
	struct oidc_provider p;

	cx.conf = parsed(arena_printf(&mem, "{\"auth\":{\"providers\":{\"%s\":{\"development\":%s}}}}", name, settings));
	return oidc_provider_find(&cx, name, "development", "https://p.test", &p) < 0 ? cx.err.text : p.metadata_url;
}

static void places(void)
{
	STR_EQ(url_of("oidc", "{\"clientId\":\"a\",\"metadataUrl\":\"https://i.test/x/.well-known/openid-configuration\"}"),
	       "https://i.test/x/.well-known/openid-configuration");
	STR_EQ(url_of("oidc", "{\"clientId\":\"a\",\"metadataUrl\":\"https://i.test/x\"}"),
	       "https://i.test/x/.well-known/openid-configuration");
	STR_EQ(url_of("google", "{\"clientId\":\"a\"}"), "https://accounts.google.com/.well-known/openid-configuration");
	STR_EQ(url_of("gitlab", "{\"clientId\":\"a\"}"), "https://gitlab.com/.well-known/openid-configuration");
	STR_EQ(url_of("gitlab", "{\"clientId\":\"a\",\"audience\":\"https://g.test/\"}"),
	       "https://g.test/.well-known/openid-configuration");
	STR_EQ(url_of("okta", "{\"clientId\":\"a\",\"audience\":\"https://o.test\",\"authServerId\":\"d\"}"),
	       "https://o.test/oauth2/d/.well-known/openid-configuration");
	STR_EQ(url_of("auth0", "{\"clientId\":\"a\",\"domain\":\"d.auth0.test\"}"),
	       "https://d.auth0.test/.well-known/openid-configuration");
	STR_EQ(url_of("onelogin", "{\"clientId\":\"a\",\"issuer\":\"https://o.test/oidc/2\"}"),
	       "https://o.test/oidc/2/.well-known/openid-configuration");
	STR_EQ(url_of("microsoft", "{\"clientId\":\"a\",\"tenantId\":\"t\"}"),
	       "https://login.microsoftonline.com/t/v2.0/.well-known/openid-configuration");
	STR_EQ(url_of("oidc", "{\"clientId\":\"a\"}"), "auth.providers.oidc: metadataUrl is missing");
	STR_EQ(url_of("github", "{\"clientId\":\"a\"}"), "'github' is no OpenID Connect provider");
	STR_EQ(url_of("oidc", "{\"metadataUrl\":\"https://i.test\"}"), "auth.providers.oidc: clientId is missing");
	STR_EQ(url_of("oidc", "{\"clientId\":\"a\",\"metadataUrl\":\"ftp://i.test\"}"),
	       "auth.providers.oidc: metadataUrl is no http or https address");
}

static void choices(void)
{
	struct oidc_provider p;

	cx.conf =
		parsed("{\"auth\":{\"environment\":\"production\",\"providers\":{\"oidc\":{\"production\":{\"clientId\":\"a\","
		       "\"clientSecret\":\"b-secret\",\"metadataUrl\":\"https://i.test\",\"scope\":\"email openid\","
		       "\"additionalScopes\":[\"groups\",\"email\"],\"prompt\":\"auto\"},\"development\":{}}}}}");
	OK(oidc_provider_find(&cx, "oidc", "production", "https://p.test", &p) == 0);
	STR_EQ(p.scope, "openid email groups");
	STR_EQ(p.prompt, "");
	STR_EQ(p.callback, "https://p.test/api/auth/oidc/handler/frame");
	STR_EQ(p.access_type, "");
	OK(p.keep_tokens);
	OK(oidc_provider_find(&cx, "oidc", NULL, "https://p.test", &p) == 0);
	OK(oidc_provider_find(&cx, "oidc", "development", "https://p.test", &p) == ERR_NOTFOUND);
	OK(oidc_provider_find(&cx, "none", NULL, "https://p.test", &p) == ERR_NOTFOUND);
	OK(oidc_is_provider(&cx, "oidc") && !oidc_is_provider(&cx, "none"));
}

static const struct oidc_expected expected = { .issuer = "https://i.test",
					       .client_id = "me",
					       .nonce = "n1",
					       .alg = "ES256",
					       .access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y" };

/* "" when the claims are good, else why not. IAT is now. */
static const char *judge(const char *claims)
{
	const char *iat = strstr(claims, "IAT");

	if (iat)
		claims = arena_printf(&mem, "%.*s%lld%s", (int)(iat - claims), claims, (long long)(clock_wall_ms() / 1000),
				      iat + 3);
	return oidc_check_claims(&cx, parsed(claims), &expected) < 0 ? cx.err.text : "";
}

#define HEAD "{\"iss\":\"https://i.test\",\"sub\":\"s\",\"iat\":IAT"

static void claims(void)
{
	STR_EQ(judge(HEAD ",\"aud\":\"me\",\"nonce\":\"n1\"}"), "");
	STR_EQ(judge(HEAD ",\"aud\":[\"me\"],\"nonce\":\"n1\"}"), "");
	STR_EQ(judge(HEAD ",\"aud\":[\"me\",\"you\"],\"azp\":\"me\",\"nonce\":\"n1\"}"), "");
	STR_EQ(judge(HEAD ",\"aud\":[\"me\",\"you\"],\"nonce\":\"n1\"}"),
	       "the provider's token is for several, and does not say for whom it was made");
	STR_EQ(judge(HEAD ",\"aud\":\"me\",\"azp\":\"you\",\"nonce\":\"n1\"}"), "the provider's token was made for another");
	STR_EQ(judge(HEAD ",\"aud\":\"you\",\"nonce\":\"n1\"}"), "the provider's token is for another audience");
	STR_EQ(judge(HEAD ",\"nonce\":\"n1\"}"), "the provider's token is for another audience");
	STR_EQ(judge(HEAD ",\"aud\":\"me\",\"nonce\":\"n2\"}"), "the provider's token is not for this sign-in (nonce)");
	STR_EQ(judge(HEAD ",\"aud\":\"me\"}"), "the provider's token is not for this sign-in (nonce)");
	STR_EQ(judge("{\"iss\":\"https://e.test\",\"sub\":\"s\",\"iat\":IAT,\"aud\":\"me\",\"nonce\":\"n1\"}"),
	       "the provider's token is of another issuer");
	STR_EQ(judge("{\"iss\":\"https://i.test\",\"iat\":IAT,\"aud\":\"me\",\"nonce\":\"n1\"}"),
	       "the provider's token names nobody");
	STR_EQ(judge("{\"iss\":\"https://i.test\",\"sub\":\"s\",\"aud\":\"me\",\"nonce\":\"n1\"}"),
	       "the provider's token does not say when it was made");
	STR_EQ(judge("{\"iss\":\"https://i.test\",\"sub\":\"s\",\"iat\":99999999999,\"aud\":\"me\",\"nonce\":\"n1\"}"),
	       "the provider's token is of the future: is one of the clocks wrong?");
	/* The access token and its hash from the example of OpenID Connect Core, A.3 (made with RS256). */
	STR_EQ(judge(HEAD ",\"aud\":\"me\",\"nonce\":\"n1\",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ\"}"), "");
	STR_EQ(judge(HEAD ",\"aud\":\"me\",\"nonce\":\"n1\",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RA\"}"),
	       "the provider's tokens do not belong together");
}

/* A token that was renewed need not repeat what binds the first one to its sign-in; all else it says is judged. */
static void renewed(void)
{
	struct oidc_expected later = expected;
	struct json *v = parsed("{\"iss\":\"https://i.test\",\"sub\":\"s\",\"iat\":1,\"aud\":\"me\"}");

	OK(oidc_check_claims(&cx, v, &later) == ERR_AUTH);
	later.nonce = NULL;
	OK(oidc_check_claims(&cx, v, &later) == 0);
	json_set(&mem, v, "aud", json_str(&mem, "you"));
	OK(oidc_check_claims(&cx, v, &later) == ERR_AUTH);
}

/* What the provider does not give anew stays. */
static void taken(void)
{
	struct oidc_tokens t = { 0 };

	oidc_tokens_take(parsed("{\"id_token\":\"i1\",\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":60}"),
			 parsed("{\"exp\":1800000000}"), &t);
	STR_EQ(t.id, "i1");
	OK(t.id_end == 1800000000000LL && t.access_end > clock_wall_ms() && t.access_end <= clock_wall_ms() + 60000);
	oidc_tokens_take(parsed("{\"access_token\":\"a2\",\"refresh_token\":\"\"}"), NULL, &t);
	STR_EQ(t.id, "i1");
	STR_EQ(t.access, "a2");
	STR_EQ(t.refresh, "r1");
}

static void tenants(void)
{
	struct oidc_expected common = {
		.issuer = "https://m.test/{tenantid}/v2.0", .client_id = "me", .nonce = "n1", .alg = "RS256"
	};
	struct json *v = parsed("{\"iss\":\"https://m.test/t-1/v2.0\",\"tid\":\"t-1\",\"sub\":\"s\",\"iat\":1,\"aud\":\"me\","
				"\"nonce\":\"n1\"}");

	OK(oidc_check_claims(&cx, v, &common) == 0);
	json_set(&mem, v, "tid", json_str(&mem, "t-2"));
	OK(oidc_check_claims(&cx, v, &common) == ERR_AUTH);
	json_set(&mem, v, "tid", json_str(&mem, "t/../1"));
	json_set(&mem, v, "iss", json_str(&mem, "https://m.test/t/../1/v2.0"));
	OK(oidc_check_claims(&cx, v, &common) == ERR_AUTH);
}

/* Only the browser's secret opens the state, and only unchanged. */
static void states(void)
{
	const struct oidc_provider p = { .name = "oidc" };
	struct json *request;

	OK(oidc_request(&cx, &p, NULL, "e30.x", &request) == ERR_AUTH);
	OK(oidc_request(&cx, &p, "short", "e30.x", &request) == ERR_AUTH);
	OK(oidc_request(&cx, &p, "0123456789012345678901234567890123456789012", NULL, &request) == ERR_AUTH);
	OK(oidc_request(&cx, &p, "0123456789012345678901234567890123456789012", "", &request) == ERR_AUTH);
	OK(oidc_request(&cx, &p, "0123456789012345678901234567890123456789012", "e30", &request) == ERR_AUTH);
	OK(oidc_request(&cx, &p, "0123456789012345678901234567890123456789012", "e30.AAAA", &request) == ERR_AUTH);
}

int main(void)
{
	log_open("/dev/null", LOG_ERROR_);
	places();
	choices();
	claims();
	renewed();
	taken();
	tenants();
	states();
	return DONE();
}
