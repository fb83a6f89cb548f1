/* Where a provider's settings are, and what a resolver takes a name for; those that ask the database are in session.c and http.
 */
#include "identity/resolver.h"

#include "base/log.h"
#include "ext/json.h"
#include "identity/name.h"
#include "identity/proxy.h"
#include "tests/unit/tap.h"

static struct json *parsed(struct ctx *cx, const char *text)
{
	struct json *v = NULL;

	OK(json_parse(cx, str_of(text), &v) == 0);
	return v;
}

static void test_conf(struct ctx *cx)
{
	cx->conf = parsed(
		cx, "{\"auth\":{\"providers\":{\"flat\":{\"clientId\":\"f\"},\"deep\":{\"development\":{\"clientId\":\"d\"},"
		    "\"production\":{\"clientId\":\"p\"}},\"off\":null,\"text\":\"x\"}}}");
	STR_EQ(json_get_text(provider_conf(cx, "flat"), "clientId", ""), "f");
	STR_EQ(json_get_text(provider_conf(cx, "deep"), "clientId", ""), "d");
	OK(!provider_conf(cx, "off") && !provider_conf(cx, "text") && !provider_conf(cx, "none"));
	cx->conf = parsed(cx, "{\"auth\":{\"environment\":\"production\",\"providers\":{\"deep\":{\"production\":{\"clientId\":"
			      "\"p\"}}}}}");
	STR_EQ(json_get_text(provider_conf(cx, "deep"), "clientId", ""), "p");
}

static void test_names(struct ctx *cx)
{
	OK(is_entity_name("a") && is_entity_name("A.b_c-9"));
	OK(!is_entity_name("") && !is_entity_name("-a") && !is_entity_name("a.") && !is_entity_name("a b") &&
	   !is_entity_name("a/b"));
	OK(is_entity_name("abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123"));
	OK(!is_entity_name("abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij1234"));
	OK(is_user_ref("user:default/ana") && !is_user_ref("user:ana") && !is_user_ref("group:default/ana"));
	OK(!is_user_ref("user:default/Ana") && !is_user_ref("user:default/a/b") && !is_user_ref("user:/ana"));
	STR_EQ(user_ref(cx->mem, "Ana"), "user:default/ana");
}

static int resolve(struct ctx *cx, const char *resolvers, struct profile p, const char **ref)
{
	p.provider = "oidc";
	*ref = NULL;
	return resolve_user(cx, parsed(cx, arena_printf(cx->mem, "{\"signIn\":{\"resolvers\":[%s]}}", resolvers)), &p, ref);
}

/* None of these gets as far as asking the database, of which there is none here. */
static void test_resolve(struct ctx *cx)
{
	const char *ref, *faith = "{\"resolver\":\"dangerouslyAllowSignInWithoutUserInCatalog\"}";

	OK(resolve(cx, faith, (struct profile){ .subject = "17", .username = "Ana", .email = "x@y.z" }, &ref) == 0);
	STR_EQ(ref, "user:default/ana");
	OK(resolve(cx, faith, (struct profile){ .subject = "17", .email = "bo+x@y.z", .email_verified = true }, &ref) == 0);
	STR_EQ(ref, "user:default/bo");
	OK(resolve(cx, faith, (struct profile){ .subject = "17", .email = "bo@y.z" }, &ref) == 0);
	STR_EQ(ref, "user:default/17");
	OK(resolve(cx, faith, (struct profile){ .subject = "auth0|17" }, &ref) == ERR_DENIED);
	STR_EQ(cx->err.text, "No user of the catalog belongs to 'auth0|17'. Ask whoever runs this portal to add one.");
	/* An address that was not verified is as good as none. */
	OK(resolve(cx, "{\"resolver\":\"emailMatchingUserEntityProfileEmail\"}",
		   (struct profile){ .subject = "17", .email = "x@y.z" }, &ref) == ERR_DENIED);
	OK(resolve(cx, "{\"resolver\":\"emailLocalPartMatchingUserEntityName\"}",
		   (struct profile){ .subject = "17", .email = "x@y.z" }, &ref) == ERR_DENIED);
	OK(resolve(cx, "{\"resolver\":\"emailLocalPartMatchingUserEntityName\",\"allowedDomains\":[\"a.b\"]}",
		   (struct profile){ .subject = "17", .email = "x@y.z", .email_verified = true }, &ref) == ERR_DENIED);
	OK(resolve(cx, "{\"resolver\":\"emailLocalPartMatchingUserEntityName\",\"allowedDomains\":\"y.z\"}",
		   (struct profile){ .subject = "17", .email = "x@y.z", .email_verified = true }, &ref) == ERR_DENIED);
	OK(resolve(cx, "{\"resolver\":\"userIdMatchingUserEntityAnnotation\"}", (struct profile){ .subject = "17" }, &ref) ==
	   ERR_DENIED);
	STR_EQ(cx->err.text, "auth.providers.oidc: the resolver needs the option 'annotation'");
	OK(resolve(cx, "{\"resolver\":\"nonsense\"}", (struct profile){ .subject = "17" }, &ref) == ERR_DENIED);
	OK(resolve(cx, "7", (struct profile){ .subject = "17" }, &ref) == ERR_DENIED);
	OK(resolve(cx, "", (struct profile){ .subject = "17", .ref = "user:default/x" }, &ref) == ERR_DENIED);
	OK(resolve_user(cx, json_object(cx->mem), &(struct profile){ .provider = "local", .ref = "user:default/x" }, &ref) ==
	   0);
	STR_EQ(ref, "user:default/x");
}

static const char *header(const void *arg, const char *name)
{
	return streq(name, "x-forwarded-user") ? arg : NULL;
}

static bool believed(struct ctx *cx, const char *trusted, const char *peer)
{
	struct profile p;
	const struct json *conf;

	cx->conf = parsed(
		cx, arena_printf(cx->mem, "{\"auth\":{\"trustedProxies\":%s,\"providers\":{\"oauth2Proxy\":{}}}}", trusted));
	return proxy_find(cx, &(struct proxy_request){ .peer = peer, .header = header, .arg = "ana" }, &conf, &p) == 1;
}

static void test_proxies(struct ctx *cx)
{
	OK(believed(cx, "null", "127.0.0.1") && believed(cx, "null", "::1") && believed(cx, "null", "unix:"));
	OK(believed(cx, "null", "::ffff:127.0.0.1"));
	OK(!believed(cx, "null", "10.0.0.1") && !believed(cx, "null", "") && !believed(cx, "null", "unixx"));
	OK(!believed(cx, "[]", "127.0.0.1") && !believed(cx, "[7, \"nonsense\", \"\"]", "127.0.0.1"));
	OK(believed(cx, "[\"10.1.0.0/16\"]", "10.1.255.255") && !believed(cx, "[\"10.1.0.0/16\"]", "10.2.0.0"));
	OK(believed(cx, "[\"10.1.2.128/25\"]", "10.1.2.128") && !believed(cx, "[\"10.1.2.128/25\"]", "10.1.2.127"));
	OK(believed(cx, "[\"10.1.2.3\"]", "10.1.2.3") && !believed(cx, "[\"10.1.2.3\"]", "10.1.2.4"));
	OK(believed(cx, "[\"fd00::/8\"]", "fd12::1") && !believed(cx, "[\"fd00::/8\"]", "fe80::1"));
	OK(believed(cx, "[\"0.0.0.0/0\"]", "8.8.8.8") && !believed(cx, "[\"0.0.0.0/0\"]", "2001:db8::1"));
	OK(!believed(cx, "[\"10.0.0.0/33\", \"10.0.0.0/\", \"10.0.0.0/-1\", \"10.0.0.0/8x\"]", "10.0.0.0"));
}

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "", .conf = json_object(&mem) };

	log_open("/dev/null", LOG_ERROR_);
	test_conf(&cx);
	test_names(&cx);
	test_resolve(&cx);
	test_proxies(&cx);
	return DONE();
}
