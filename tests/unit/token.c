/* Tokens of people and of their programs: issuing, believing, and every way not to be believed. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/db.h"
#include "ext/json.h"
#include "identity/access_token.h"
#include "identity/local_user.h"
#include "identity/user_token.h"
#include "sql/token.h"
#include "tests/unit/mariadb.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static struct str secret; /* of the key "known" */
static struct str stranger;

static const struct db_query ana_is_there = {
	.name = "ana",
	.sql = "INSERT INTO entity (id, ref, uid, kind, namespace, name, source_id, hash, etag, etag_at, tail_at, body) "
	       "VALUES (1, 'user:default/ana', UUID(), 'user', 'default', 'ana', 1, '', '', 0, 0, '{}')"
};

static void configure(const char *auth)
{
	struct json *conf;

	if (json_parse(&cx, str_of(arena_printf(&mem, "{\"app\":{\"baseUrl\":\"https://p.test/\"},\"auth\":%s}", auth)),
		       &conf) < 0)
		abort();
	cx.conf = conf;
}

/* "user:default/ana", or why not. */
static const char *who_is(const char *token)
{
	const struct who *who = NULL;
	int rc = identity_load(&cx, arena_printf(&mem, "Bearer %s", token), NULL, &who);

	if (rc < 0)
		return rc == ERR_AUTH ? cx.err.text : "not ERR_AUTH";
	return who->kind == WHO_USER && !who->by_cookie ? who->ref : "no user";
}

static struct json *claims_of(const char *token)
{
	struct json *keys, *claims = NULL;

	if (user_token_keys(&cx, &keys) < 0 || crypto_jwt_verify(&cx, token, keys, NULL, &claims) < 0)
		printf("# %s\n", cx.err.text);
	return claims;
}

static void add_key(const char *kid, int64_t expires_ms, struct str *out)
{
	struct buf text = { .mem = &mem };
	struct json *jwk;

	if (crypto_key_make(&cx, out, &jwk) < 0)
		abort();
	json_set(&mem, jwk, "kid", json_str(&mem, kid));
	json_write(&text, jwk);
	if (q_token_key_add_exec(&cx, &(struct q_token_key_add_in){ kid, *out, buf_text(&text), 1, 1, expires_ms }) < 0)
		abort();
}

static void issuing(void)
{
	static const char *const owns[] = { "user:default/ana", "group:default/a", NULL };
	struct user_token t, again;
	struct json *claims, *keys;

	configure("{}");
	OK(user_token_issue(&cx, "user:default/ana", owns, &t) == 0);
	OK(t.lifetime_s == 3600);
	STR_EQ(json_get_text(crypto_jwt_header(&cx, t.text), "typ", ""), "vnd.backstage.user");
	STR_EQ(json_get_text(crypto_jwt_header(&cx, t.text), "alg", ""), "ES256");
	claims = claims_of(t.text);
	STR_EQ(json_get_text(claims, "iss", ""), "https://p.test/api/auth");
	STR_EQ(json_get_text(claims, "sub", ""), "user:default/ana");
	STR_EQ(json_get_text(claims, "aud", ""), "backstage");
	OK(!json_get(claims, "ent"));
	OK(json_get_num(claims, "exp", 0) - json_get_num(claims, "iat", 0) == 3600);
	STR_EQ(who_is(t.text), "user:default/ana");
	/* One key signs for a while. */
	OK(user_token_issue(&cx, "user:default/ana", owns, &again) == 0);
	OK(user_token_keys(&cx, &keys) == 0 && json_len(json_get(keys, "keys")) == 1);
	OK(!json_get(json_get(keys, "keys")->a.items[0], "d"));
}

/* Whoever holds the token can make the one that only names the user, and it is signed. */
static void proof(void)
{
	static const char *const owns[] = { "user:default/ana", NULL };
	struct user_token t;
	struct json *claims, *limited;
	const char *head, *body;

	OK(user_token_issue(&cx, "user:default/ana", owns, &t) == 0);
	claims = claims_of(t.text);
	head = arena_printf(&mem, "{\"typ\":\"vnd.backstage.limited-user\",\"alg\":\"ES256\",\"kid\":\"%s\"}",
			    json_get_text(crypto_jwt_header(&cx, t.text), "kid", ""));
	body = arena_printf(&mem, "{\"sub\":\"user:default/ana\",\"iat\":%.0f,\"exp\":%.0f}", json_get_num(claims, "iat", 0),
			    json_get_num(claims, "exp", 0));
	head = arena_printf(&mem, "%s.%s.%s", crypto_base64url(&mem, str_of(head)), crypto_base64url(&mem, str_of(body)),
			    json_get_text(claims, "uip", ""));
	limited = claims_of(head);
	STR_EQ(json_get_text(limited, "sub", ""), "user:default/ana");
	/* It is no token to come in with. */
	STR_EQ(who_is(head), "Illegal token");
}

static void settings(void)
{
	static const char *const owns[] = { "user:default/ana", "group:default/a", NULL };
	const char *huge[400] = { 0 };
	const struct who *who = NULL;
	struct user_token t;

	configure("{\"omitIdentityTokenOwnershipClaim\":false,\"identityTokenExpiration\":\"2 hours\"}");
	OK(user_token_issue(&cx, "user:default/ana", owns, &t) == 0 && t.lifetime_s == 7200);
	OK(json_len(json_get(claims_of(t.text), "ent")) == 2);
	OK(identity_load(&cx, arena_printf(&mem, "Bearer %s", t.text), NULL, &who) == 0);
	STR_EQ(who->owns[1], "group:default/a");
	for (size_t i = 0; i < LEN(huge) - 1; i++)
		huge[i] = arena_printf(&mem, "group:default/%0100zu", i);
	OK(user_token_issue(&cx, "user:default/ana", huge, &t) == ERR_TOOLARGE);
	configure("{\"backstageTokenExpiration\":{\"minutes\":1}}");
	OK(user_token_issue(&cx, "user:default/ana", owns, &t) == 0 && t.lifetime_s == 600);
	configure("{\"backstageTokenExpiration\":{\"days\":30}}");
	OK(user_token_issue(&cx, "user:default/ana", owns, &t) == 0 && t.lifetime_s == 86400);
	configure("{}");
}

/* A key that is too old signs no more, but what it signed is believed until it expires. */
static void rotation(void)
{
	static const char *const owns[] = { "user:default/ana", NULL };
	static const struct db_query age = { .name = "age", .sql = "UPDATE user_token_key SET signs_until = 1" };
	static const struct db_query end = { .name = "end", .sql = "UPDATE user_token_key SET expires_at = 1" };
	struct user_token old, new;
	struct json *keys;

	OK(user_token_issue(&cx, "user:default/ana", owns, &old) == 0);
	OK(db_exec(&cx, &age, NULL) == 0);
	OK(user_token_issue(&cx, "user:default/ana", owns, &new) == 0);
	OK(!streq(json_get_text(crypto_jwt_header(&cx, old.text), "kid", ""),
		  json_get_text(crypto_jwt_header(&cx, new.text), "kid", "")));
	STR_EQ(who_is(old.text), "user:default/ana");
	STR_EQ(who_is(new.text), "user:default/ana");
	OK(user_token_keys(&cx, &keys) == 0 && json_len(json_get(keys, "keys")) == 2);
	OK(db_exec(&cx, &end, NULL) == 0 && db_exec(&cx, &age, NULL) == 0);
	STR_EQ(who_is(old.text), "Illegal token");
	OK(user_token_issue(&cx, "user:default/ana", owns, &new) == 0);
	OK(user_token_keys(&cx, &keys) == 0 && json_len(json_get(keys, "keys")) == 1);
}

/* A token with header and claims as given, signed by key. */
static const char *made(struct str key, const char *header, const char *claims)
{
	struct json *h, *c;
	const char *token;

	if (json_parse(&cx, str_of(header), &h) < 0 || json_parse(&cx, str_of(claims), &c) < 0 ||
	    crypto_jwt_sign(&cx, key, h, c, &token) < 0)
		abort();
	return token;
}

#define HEADER "{\"typ\":\"vnd.backstage.user\",\"alg\":\"ES256\",\"kid\":\"known\"}"

/* Claims of a good token, but with iat and exp so far from now, in seconds. */
static const char *claims(const char *iss, const char *aud, const char *sub, int iat, int exp)
{
	long long now = clock_wall_ms() / 1000;

	return arena_printf(&mem, "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"iat\":%lld,\"exp\":%lld}", iss, sub, aud,
			    now + iat, now + exp);
}

#define ISS "https://p.test/api/auth"
#define ANA "user:default/ana"

static void refused(void)
{
	const char *good = claims(ISS, "backstage", ANA, 0, 600), *forged;

	add_key("known", clock_wall_ms() + 3600 * 1000, &secret);
	add_key("past", clock_wall_ms() - 1000, &stranger);
	STR_EQ(who_is(made(secret, HEADER, good)), ANA);
	STR_EQ(who_is(made(stranger, HEADER, good)), "Illegal token");
	STR_EQ(who_is(made(stranger, "{\"typ\":\"vnd.backstage.user\",\"alg\":\"ES256\",\"kid\":\"past\"}", good)),
	       "Illegal token");
	STR_EQ(who_is(made(secret, "{\"typ\":\"vnd.backstage.user\",\"alg\":\"ES256\",\"kid\":\"none\"}", good)),
	       "Illegal token");
	STR_EQ(who_is(made(secret, "{\"typ\":\"vnd.backstage.user\",\"alg\":\"ES256\"}", good)), "Illegal token");
	STR_EQ(who_is(made(secret, "{\"typ\":\"vnd.backstage.user\",\"alg\":\"none\",\"kid\":\"known\"}", good)),
	       "Illegal token");
	STR_EQ(who_is(made(secret, "{\"typ\":\"vnd.backstage.user\",\"alg\":\"HS256\",\"kid\":\"known\"}", good)),
	       "Illegal token");
	STR_EQ(who_is(made(secret, "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"known\"}", good)), "Illegal token");
	STR_EQ(who_is(made(secret, HEADER, claims("https://evil/api/auth", "backstage", ANA, 0, 600))), "Illegal token");
	STR_EQ(who_is(made(secret, HEADER, claims(ISS, "other", ANA, 0, 600))), "Illegal token");
	STR_EQ(who_is(made(secret, HEADER, claims(ISS, "backstage", "group:default/a", 0, 600))), "Illegal token");
	STR_EQ(who_is(made(secret, HEADER, claims(ISS, "backstage", ANA, -7200, -3600))), "Illegal token");
	STR_EQ(who_is(made(secret, HEADER, claims(ISS, "backstage", ANA, 3600, 7200))), "Illegal token");
	STR_EQ(who_is(made(secret, HEADER, "{\"iss\":\"" ISS "\",\"aud\":\"backstage\",\"sub\":\"" ANA "\",\"exp\":4e9}")),
	       "Illegal token");
	forged = made(
		secret, HEADER,
		arena_printf(&mem, "{\"pad\":\"%s\",%s", (const char *)memset(arena_alloc(&mem, 33001), 'x', 33000), good + 1));
	STR_EQ(who_is(forged), "Illegal token");
	STR_EQ(who_is(arena_printf(&mem, "%s.", made(secret, HEADER, good))), "Illegal token");
}

static const char *create(const char *name, const char *scope, long days)
{
	const char *token = NULL;

	return access_token_create(&cx, ANA, name, scope, days, &token, NULL) < 0 ? cx.err.text : token;
}

/* May the holder of the token do it? */
static int may(const char *token, const char *permission)
{
	int rc = identity_load(&cx, arena_printf(&mem, "Bearer %s", token), NULL, &cx.who);

	if (rc == 0)
		rc = identity_allow(&cx, permission);
	cx.who = NULL;
	return rc;
}

static void access_scopes(void)
{
	const char *all = create("all", "all", 1), *read = create("read", "read", 1),
		   *two = create("two", "catalog.location.create, catalog.entity.read", 365);

	OK(str_starts(all, "cbp_") && strlen(all) == 47);
	STR_EQ(who_is(all), ANA);
	OK(may(all, "catalog.entity.delete") == 0);
	OK(may(read, "catalog.entity.read") == 0 && may(read, "scaffolder.task.read") == 0);
	OK(may(read, "catalog.entity.delete") == ERR_DENIED && may(read, "catalog.location.create") == ERR_DENIED);
	OK(may(two, "catalog.location.create") == 0 && may(two, "catalog.entity.read") == 0);
	OK(may(two, "catalog.location.delete") == ERR_DENIED && may(two, "scaffolder.task.create") == ERR_DENIED);
}

static void access_input(void)
{
	STR_EQ(create("", "all", 1), "the token needs a name");
	STR_EQ(create("a\nb", "all", 1), "the name has characters that cannot be shown");
	STR_EQ(create("a", " ", 1), "the token needs a scope: all, read, or names of permissions");
	OK(strstr(create("a", "write", 1), "'write' is no scope"));
	OK(strstr(create("a", "catalog..read", 1), "is no scope"));
	OK(strstr(create("a", "all", 0), "the token must expire"));
	OK(strstr(create("a", "all", 366), "the token must expire"));
}

/* Tokens do not outlive the person. */
static void access_gone(void)
{
	static const struct db_query away = {
		.name = "away", .sql = "UPDATE entity SET ref = 'user:default/was' WHERE ref = 'user:default/ana'"
	};
	static const struct db_query back = {
		.name = "back", .sql = "UPDATE entity SET ref = 'user:default/ana' WHERE ref = 'user:default/was'"
	};
	static const struct db_query account = { .name = "account",
						 .sql = "INSERT INTO local_user (name, ref, hash, created, changed) VALUES "
							"('ana', 'user:default/ana', 'x', 1, 1)" };
	static const struct db_query no_account = { .name = "no account", .sql = "DELETE FROM local_user" };
	const char *token = create("stays", "all", 1), *revoked = create("revoked", "all", 1);

	STR_EQ(who_is(token), ANA);
	OK(db_exec(&cx, &away, NULL) == 0);
	STR_EQ(who_is(token), "Illegal token");
	configure("{\"providers\":{\"x\":{\"development\":{\"signIn\":{\"resolvers\":[{\"resolver\":"
		  "\"usernameMatchingUserEntityName\","
		  "\"dangerouslyAllowSignInWithoutUserInCatalog\":true}]}}}}}");
	STR_EQ(who_is(token), ANA);
	configure("{\"providers\":{\"x\":{\"signIn\":{\"resolvers\":[{\"resolver\":\"usernameMatchingUserEntityName\"}]}}}}");
	STR_EQ(who_is(token), "Illegal token");
	configure("{}");
	OK(db_exec(&cx, &account, NULL) == 0);
	STR_EQ(who_is(token), ANA);
	OK(local_user_disable(&cx, "ana", true) == 0);
	STR_EQ(who_is(token), "Illegal token");
	OK(local_user_disable(&cx, "ana", false) == 0);
	STR_EQ(who_is(revoked), "Illegal token");
	OK(db_exec(&cx, &no_account, NULL) == 0 && db_exec(&cx, &back, NULL) == 0);
	STR_EQ(who_is(token), "Illegal token");
	STR_EQ(who_is(create("fresh", "all", 1)), ANA);
}

static void access_life(void)
{
	static const struct db_query expire = { .name = "expire",
						.sql = "UPDATE access_token SET expires_at = 5 WHERE name = 'short'" };
	static const struct db_query old = { .name = "old", .sql = "UPDATE access_token SET used_at = 5 WHERE name = 'used'" };
	const char *used = create("used", "all", 1), *shrt = create("short", "all", 1), *gone = create("gone", "all", 1);
	struct access_token_list list = { 0 }, after = { 0 };

	OK(access_token_list(&cx, ANA, &list) == 0 && list.n >= 3);
	for (size_t i = 0; i < list.n; i++) {
		if (streq(list.items[i].name, "gone")) {
			OK(access_token_revoke(&cx, "user:default/bob", list.items[i].id) == ERR_NOTFOUND);
			STR_EQ(who_is(gone), ANA);
			OK(access_token_revoke(&cx, ANA, list.items[i].id) == 0);
			OK(access_token_revoke(&cx, ANA, list.items[i].id) == 0);
		}
	}
	STR_EQ(who_is(gone), "Illegal token");
	OK(db_exec(&cx, &expire, NULL) == 0);
	STR_EQ(who_is(shrt), "Illegal token");
	STR_EQ(who_is("cbp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "Illegal token");
	STR_EQ(who_is("cbp_"), "Illegal token");
	/* Used: noted, again only after a minute. */
	STR_EQ(who_is(used), ANA);
	OK(db_exec(&cx, &old, NULL) == 0);
	STR_EQ(who_is(used), ANA);
	OK(access_token_list(&cx, NULL, &after) == 0);
	for (size_t i = 0; i < after.n; i++) {
		if (streq(after.items[i].name, "used"))
			OK(clock_wall_ms() - after.items[i].used_ms < 30000);
		if (streq(after.items[i].name, "gone"))
			STR_EQ(access_token_state(&after.items[i]), "revoked");
		if (streq(after.items[i].name, "short"))
			STR_EQ(access_token_state(&after.items[i]), "expired");
	}
}

int main(void)
{
	unsigned applied;

	setvbuf(stdout, NULL, _IOLBF, 0);
	log_open("/dev/null", LOG_ERROR_);
	configure("{}");
	cx.db = db_new(mariadb_use(&mem, "unit"));
	OK(db_migrate(&cx, "sql/schema", &applied) == 0);
	OK(db_exec(&cx, &ana_is_there, NULL) == 0);
	issuing();
	proof();
	settings();
	rotation();
	refused();
	access_scopes();
	access_input();
	access_life();
	access_gone();
	db_free(cx.db);
	return DONE();
}
