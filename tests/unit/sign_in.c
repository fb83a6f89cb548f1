/* Where people are sent after signing in, and the cookie they get, over http and https. */
#include "handlers/sign_in.h"

#include "handlers/links.h"
#include "identity/identity.h"
#include "tests/unit/tap.h"

static struct arena mem;

static void test_target(void)
{
	static const char *const good[] = {
		"/", "/catalog", "/catalog?filters[kind]=api&x=//y", "/loginx", "/a/login", "/%2F/x"
	};
	static const char *const bad[] = { "",
					   "catalog",
					   "//evil.example",
					   "/\\evil.example",
					   "///",
					   "https://evil.example",
					   "javascript:alert(1)",
					   "/a\r\nX: y",
					   "/\t/evil.example",
					   "/a b",
					   "/\x7f",
					   "/login",
					   "/login/",
					   "/login?to=/x",
					   "/login#x",
					   "/logout",
					   " /x" };

	for (size_t i = 0; i < LEN(good); i++)
		STR_EQ(sign_in_target(good[i]), good[i]);
	for (size_t i = 0; i < LEN(bad); i++)
		STR_EQ(sign_in_target(bad[i]), "/");
	STR_EQ(sign_in_target(NULL), "/");
	STR_EQ(sign_in_target(arena_printf(&mem, "/%2000s", "x")), "/");
	STR_EQ(link_login(&mem, "/a?b=c&d"), "/login?to=%2Fa%3Fb%3Dc%26d");
	STR_EQ(link_login(&mem, "/"), "/login");
}

static const char *cookie(bool https)
{
	struct ctx cx = { .mem = &mem, .request_id = "", .conf = json_object(&mem) };
	struct req rq = { .cx = &cx, .method = POST, .https = https };
	struct resp rs = { .mem = &mem };

	OK(sign_in_done(&rq, &rs, "TOKEN", "//evil.example") == 0 && rs.status == 303);
	STR_EQ(params_get(&rs.headers, "Location"), "/");
	return params_get(&rs.headers, "Set-Cookie");
}

static struct json *configured(const char *provider)
{
	struct json *conf = json_object(&mem), *auth = json_set(&mem, conf, "auth", json_object(&mem)),
		    *all = json_set(&mem, auth, "providers", json_object(&mem));

	json_set(&mem, all, provider, json_object(&mem));
	return conf;
}

static void test_offered(void)
{
	static const char *const ways[] = { "local", "oauth2Proxy", "awsalb", "oidc", "gitlab" };
	struct ctx cx = { .mem = &mem, .request_id = "" };

	for (size_t i = 0; i < LEN(ways); i++) {
		cx.conf = configured(ways[i]);
		OK(sign_in_offered(&cx));
	}
	cx.conf = configured("guest");
	OK(!sign_in_offered(&cx));
	cx.conf = json_object(&mem);
	OK(!sign_in_offered(&cx));
}

int main(void)
{
	test_target();
	STR_EQ(cookie(false), "callboard_session=TOKEN; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800");
	STR_EQ(cookie(true), "__Host-callboard_session=TOKEN; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure");
	test_offered();
	arena_release(&mem);
	return DONE();
}
