/* Sessions, memberships, attempts and accounts against a real MariaDB. */
#include "identity/session.h"

#include "base/hash.h"
#include "base/log.h"
#include "ext/json.h"
#include "identity/attempt.h"
#include "identity/identity.h"
#include "identity/local_user.h"
#include "identity/membership.h"
#include "sql/catalog.h"
#include "tests/unit/mariadb.h"
#include "tests/unit/tap.h"

/* A statement is known by its address, so each has one. */
#define sql(cx, text)                                                                                                          \
	({                                                                                                                     \
		static const struct db_query q_ = { .name = "test", .sql = (text) };                                           \
		db_exec((cx), &q_, NULL);                                                                                      \
	})

static uint64_t add_entity(struct ctx *cx, const char *ref)
{
	static uint64_t id;

	id++;
	struct q_entity_insert_in in = { .id = id,
					 .ref = ref,
					 .uid = arena_printf(cx->mem, "%036llu", (unsigned long long)id),
					 .kind = "group",
					 .namespace = "default",
					 .name = ref,
					 .source_id = 1,
					 .hash = "",
					 .etag = "",
					 .body = STR("{}") };

	OK(q_entity_insert_exec(cx, &in) == 0);
	return id;
}

static void relate(struct ctx *cx, uint64_t id, const char *origin, const char *type, const char *target, const char *inverse)
{
	OK(q_relation_insert_exec(cx, &(struct q_relation_insert_in){ .origin_id = id,
								      .type = type,
								      .target_hash = hash64(target, strlen(target)),
								      .inverse = inverse,
								      .target = target,
								      .origin = origin }) == 0);
}

static const char *joined(struct arena *mem, const char *const *owns)
{
	struct buf b = { .mem = mem };

	for (size_t i = 0; owns[i]; i++)
		buf_addf(&b, "%s%s", i ? " " : "", owns[i]);
	return buf_text(&b);
}

static void set_conf(struct ctx *cx, const char *text)
{
	struct json *conf = NULL;

	OK(json_parse(cx, str_of(text), &conf) == 0);
	cx->conf = conf;
}

/* ana says that she is in a; b says that she is; a lies in top, which lies in a again by b's word. */
static void test_membership(struct ctx *cx)
{
	const char **owns = NULL;
	uint64_t ana = add_entity(cx, "user:default/ana"), a = add_entity(cx, "group:default/a"),
		 b = add_entity(cx, "group:default/b"), top = add_entity(cx, "group:default/top");

	relate(cx, ana, "user:default/ana", "memberOf", "group:default/a", "hasMember");
	relate(cx, b, "group:default/b", "hasMember", "user:default/ana", "memberOf");
	relate(cx, a, "group:default/a", "childOf", "group:default/top", "parentOf");
	relate(cx, a, "group:default/a", "parentOf", "group:default/top", "childOf");
	relate(cx, top, "group:default/top", "parentOf", "group:default/b", "childOf");
	relate(cx, top, "group:default/top", "ownerOf", "user:default/ana", "ownedBy");
	OK(membership_find(cx, "user:default/ana", &owns) == 0);
	STR_EQ(joined(cx->mem, owns), "user:default/ana group:default/a group:default/b");
	OK(membership_find(cx, "user:default/nobody", &owns) == 0);
	STR_EQ(joined(cx->mem, owns), "user:default/nobody");
	set_conf(cx, "{\"auth\":{\"nestedGroups\":true}}");
	OK(membership_find(cx, "user:default/ana", &owns) == 0);
	STR_EQ(joined(cx->mem, owns), "user:default/ana group:default/a group:default/b group:default/top");
	set_conf(cx, "{}");
}

static const char *start(struct ctx *cx, const char *ref)
{
	const char *token = NULL;
	struct json *profile = json_object(cx->mem);

	json_set(cx->mem, profile, "displayName", json_str(cx->mem, "Ana Ã"));
	OK(session_start(cx,
			 &(struct signed_in){ .ref = ref,
					      .provider = "local",
					      .subject = "ana",
					      .ip = "2001:db8::1",
					      .agent = arena_printf(cx->mem, "%254s\xc3\xa9", "x"),
					      .profile = profile },
			 &token) == 0);
	OK(token && strlen(token) == 43);
	return token;
}

static void test_session(struct ctx *cx)
{
	const char *token = start(cx, "user:default/ana");
	const struct who *who = NULL;
	struct session s;

	OK(strcmp(token, start(cx, "user:default/bo")) != 0);
	OK(session_find(cx, token, &s) == 1);
	STR_EQ(s.ref, "user:default/ana");
	STR_EQ(s.ip, "2001:db8::1");
	OK(strlen(s.agent) == 254); /* the sign that did not fit was not torn */
	OK(s.expires_ms - s.created_ms == 12 * 3600 * 1000LL);
	STR_EQ(joined(cx->mem, s.owns), "user:default/ana group:default/a group:default/b");
	OK(identity_load(cx, NULL, token, &who) == 0 && who->kind == WHO_GUEST);
	set_conf(cx, "{\"auth\":{\"providers\":{\"local\":{}}}}");
	OK(identity_load(cx, NULL, token, &who) == 0 && who->kind == WHO_USER && who->by_cookie);
	STR_EQ(who->name, "Ana Ã");
	OK(who->session && who->session->id == s.id);
	OK(identity_load(cx, NULL, "", &who) == 0 && who->kind == WHO_GUEST && !who->session);
	OK(session_find(cx, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &s) == 0);
	OK(session_end(cx, "x") == 0);
	OK(session_end(cx, token) == 0 && session_find(cx, token, &s) == 0 && session_end(cx, token) == 0);
	OK(session_end_all(cx, "user:default/bo") == 0);
	set_conf(cx, "{}");
}

static void test_expiry(struct ctx *cx)
{
	const char *token = start(cx, "user:default/ana");
	struct session s;

	sql(cx, "UPDATE session SET seen = seen - 12 * 3600 * 1000 + 60000");
	sql(cx, "DELETE FROM relation WHERE type = 'hasMember'");
	OK(session_find(cx, token, &s) == 1);
	/* Its use was noted, and the groups are those of now. */
	STR_EQ(joined(cx->mem, s.owns), "user:default/ana group:default/a");
	OK(s.expires_ms - s.seen_ms == 12 * 3600 * 1000LL);
	sql(cx, "UPDATE session SET seen = seen - 12 * 3600 * 1000");
	OK(session_find(cx, token, &s) == 0);
	struct session_list l = { 0 };

	OK(session_list(cx, "user:default/ana", &l) == 0 && l.n == 0);
	/* Shorter times count at once, also for sessions that were begun before. */
	token = start(cx, "user:default/ana");
	sql(cx, "UPDATE session SET created = created - 120000");
	set_conf(cx, "{\"auth\":{\"session\":{\"idle\":\"1m\",\"absolute\":{\"minutes\":2}}}}");
	OK(session_seconds(cx) == 120);
	OK(session_find(cx, token, &s) == 0);
	set_conf(cx, "{\"auth\":{\"session\":{\"idle\":\"1m\",\"absolute\":{\"minutes\":3}}}}");
	OK(session_find(cx, token, &s) == 1);
	set_conf(cx, "{\"auth\":{\"session\":{\"idle\":\"nonsense\",\"absolute\":\"-1h\"}}}");
	OK(session_seconds(cx) == 7 * 24 * 3600);
	set_conf(cx, "{}");
}

static void test_list(struct ctx *cx)
{
	struct session_list l = { 0 }, none = { 0 };

	sql(cx, "DELETE FROM session");
	const char *kept = start(cx, "user:default/ana");
	struct session s;

	start(cx, "user:default/ana");
	start(cx, "user:default/bo");
	OK(session_list(cx, "user:default/ana", &l) == 0 && l.n == 2);
	OK(session_end_one(cx, "user:default/bo", l.items[0].id) == 0);
	OK(session_end_one(cx, "user:default/ana", l.items[0].id) == 1);
	OK(session_end_one(cx, "user:default/ana", l.items[0].id) == 0);
	OK(session_find(cx, kept, &s) == 1 && s.id == l.items[1].id);
	OK(session_end_subject(cx, "oidc", "ana") == 0 && session_find(cx, kept, &s) == 1);
	OK(session_end_all(cx, "user:default/ana") == 0 && session_find(cx, kept, &s) == 0);
	OK(session_end_subject(cx, "local", "ana") == 0);
	OK(session_list(cx, "user:default/bo", &none) == 0 && none.n == 0);
}

/* The newest hundred of a user; another's are not touched. */
static void test_most(struct ctx *cx)
{
	const char *tokens[102], *other = start(cx, "user:default/bo");
	struct session s;

	for (size_t i = 0; i < LEN(tokens); i++)
		tokens[i] = start(cx, "user:default/ana");
	OK(session_find(cx, tokens[0], &s) == 0 && session_find(cx, tokens[1], &s) == 0);
	OK(session_find(cx, tokens[2], &s) == 1 && session_find(cx, tokens[101], &s) == 1);
	OK(session_find(cx, other, &s) == 1);
	sql(cx, "DELETE FROM session");
}

static void test_sweep(struct ctx *cx)
{
	struct job job = { .again_ms = -1 };
	const char *token = start(cx, "user:default/ana");
	struct session s;

	start(cx, "user:default/bo");
	sql(cx, "UPDATE session SET expires = 1 WHERE ref = 'user:default/bo'");
	sql(cx, "INSERT INTO sign_in_attempt (bucket, since, failures) VALUES ('x', 1, 3)");
	OK(session_sweep_job(cx, &job) == 0 && job.again_ms > 0);
	OK(session_find(cx, token, &s) == 1);
	OK(sql(cx, "DELETE FROM session WHERE ref = 'user:default/bo'") == 0 && db_affected(cx) == 0);
	OK(sql(cx, "DELETE FROM sign_in_attempt") == 0 && db_affected(cx) == 0);
	/* of whichever there may be more: at once again */
	OK(job.again_ms > 1000);
	sql(cx, "INSERT INTO sign_in_attempt (bucket, since, failures) SELECT UNHEX(SHA2(seq, 256)), 1, 1 FROM seq_1_to_1001");
	OK(session_sweep_job(cx, &job) == 0 && job.again_ms == 1000);
	OK(session_sweep_job(cx, &job) == 0 && job.again_ms > 1000);
}

static void test_attempts(struct ctx *cx)
{
	long wait = 0;
	int rc = 0;

	for (int i = 0; rc == 0 && i < 10; i++)
		rc = attempt_begin(cx, "ana", arena_printf(cx->mem, "10.0.0.%d", i), &wait);
	OK(rc == 0);
	OK(attempt_begin(cx, "ana", "10.0.0.99", &wait) == ERR_TOOMANY);
	OK(wait > 500 && wait <= 600);
	STR_EQ(cx->err.text, "Too many attempts. Try again in 10 minutes.");
	sql(cx, "UPDATE sign_in_attempt SET since = since - 590000");
	OK(attempt_begin(cx, "ana", "10.0.0.99", &wait) == ERR_TOOMANY && wait <= 10);
	STR_EQ(cx->err.text, "Too many attempts. Try again in 1 minute.");
	sql(cx, "UPDATE sign_in_attempt SET since = since - 20000");
	OK(attempt_begin(cx, "ana", "10.0.0.99", &wait) == 0);
	OK(attempt_good(cx, "ana", "10.0.0.99") == 0);
	/* One who has an IPv6 network is one address; and it does not lock out accounts once it may not try. */
	for (int i = 0; rc == 0 && i < 50; i++)
		rc = attempt_begin(cx, arena_printf(cx->mem, "u%d", i), arena_printf(cx->mem, "2001:db8:0:1::%x", i), &wait);
	OK(rc == 0);
	for (int i = 0; i < 12; i++)
		OK(attempt_begin(cx, "bo", "2001:db8:0:1:ffff::1", &wait) == ERR_TOOMANY);
	OK(attempt_begin(cx, "bo", "2001:db8:0:2::1", &wait) == 0);
	sql(cx, "DELETE FROM sign_in_attempt");
}

static void test_accounts(struct ctx *cx)
{
	struct local_user u;
	struct local_users all = { 0 };
	struct profile p;
	long wait;
	const char *huge = arena_printf(cx->mem, "%1025s", "x"), *token = NULL;

	OK(local_user_add(cx, "Ana.K", NULL, "ana@acme.example", "0123456789") == 0);
	OK(local_user_add(cx, "ana.k", NULL, NULL, "0123456789") == ERR_CONFLICT);
	OK(local_user_add(cx, "-x", NULL, NULL, "0123456789") == ERR_INPUT);
	OK(local_user_add(cx, "", NULL, NULL, "0123456789") == ERR_INPUT);
	OK(local_user_add(cx, "x", "ana", NULL, "0123456789") == ERR_INPUT);
	OK(local_user_add(cx, "x", NULL, "no address", "0123456789") == ERR_INPUT);
	OK(local_user_add(cx, "x", NULL, NULL, "012345678") == ERR_INPUT);
	OK(local_user_add(cx, "x", NULL, NULL, huge) == ERR_INPUT);
	OK(local_user_get(cx, "ANA.K", &u) == 0);
	STR_EQ(u.ref, "user:default/ana.k");
	OK(local_user_list(cx, &all) == 0 && all.n == 1);
	OK(local_user_check(cx, "ana.k", "0123456789", "10.0.0.1", &p, &wait) == 0);
	STR_EQ(p.subject, "ana.k");
	STR_EQ(p.email, "ana@acme.example");
	OK(sign_in(cx, json_object(cx->mem), &p, "10.0.0.1", NULL, &token) == 0 && token);
	OK(local_user_check(cx, "ana.k", "0123456788", "10.0.0.1", &p, &wait) == ERR_DENIED);
	OK(local_user_check(cx, "ana.k", huge, "10.0.0.1", &p, &wait) == ERR_DENIED);
	OK(local_user_check(cx, "' OR 1=1", "0123456789", "10.0.0.1", &p, &wait) == ERR_DENIED);
	OK(local_user_disable(cx, "ana.k", true) == 0);
	OK(local_user_check(cx, "ana.k", "0123456789", "10.0.0.1", &p, &wait) == ERR_DENIED);
	STR_EQ(cx->err.text, "Name or password is wrong.");
	OK(local_user_disable(cx, "ana.k", false) == 0);
	OK(local_user_password(cx, "ana.k", "9876543210") == 0);
	OK(local_user_check(cx, "ana.k", "9876543210", "10.0.0.1", &p, &wait) == 0);
	OK(local_user_password(cx, "nobody", "9876543210") == ERR_NOTFOUND);
}

/* A sign-in whose password was checked before it was changed, or before the account was disabled, comes to nothing. */
static void test_race(struct ctx *cx)
{
	const char *token = NULL;
	struct session s;
	struct profile p;
	long wait;

	OK(local_user_add(cx, "race", NULL, NULL, "0123456789") == 0);
	sql(cx, "UPDATE local_user SET changed = changed - 5000");
	OK(local_user_check(cx, "race", "0123456789", "10.0.0.1", &p, &wait) == 0);
	OK(local_user_password(cx, "race", "9876543210") == 0);
	OK(sign_in(cx, json_object(cx->mem), &p, "10.0.0.1", NULL, &token) == 0 && session_find(cx, token, &s) == 0);
	sql(cx, "UPDATE local_user SET changed = changed - 5000");
	OK(local_user_check(cx, "race", "9876543210", "10.0.0.1", &p, &wait) == 0);
	OK(sign_in(cx, json_object(cx->mem), &p, "10.0.0.1", NULL, &token) == 0 && session_find(cx, token, &s) == 1);
	sql(cx, "UPDATE local_user SET disabled = 1 WHERE name = 'race'");
	OK(session_find(cx, token, &s) == 0);
	sql(cx, "DELETE FROM local_user WHERE name = 'race'");
	OK(session_find(cx, token, &s) == 0);
}

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "", .conf = json_object(&mem) };
	unsigned applied;

	log_open("/dev/null", LOG_ERROR_);
	setvbuf(stdout, NULL, _IOLBF, 0);
	cx.db = db_new(mariadb_use(&mem, "sessions"));
	OK(db_migrate(&cx, "sql/schema", &applied) == 0);
	test_membership(&cx);
	/* whose sessions those below are; the password is older than all of them */
	OK(local_user_add(&cx, "ana", NULL, NULL, "0123456789") == 0);
	sql(&cx, "UPDATE local_user SET changed = changed - 24 * 3600 * 1000");
	test_session(&cx);
	test_expiry(&cx);
	test_list(&cx);
	test_most(&cx);
	test_sweep(&cx);
	test_attempts(&cx);
	sql(&cx, "DELETE FROM local_user");
	test_accounts(&cx);
	test_race(&cx);
	db_free(cx.db);
	return DONE();
}
