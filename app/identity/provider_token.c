/* Tokens that a sign-in provider gave for the user of a session. */
#include "identity/provider_token.h"

#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "ext/json.h"
#include "ext/seal.h"
#include "identity/identity.h"
#include "identity/session.h"
#include "sql/session_token.h"

enum {
	EARLY_MS = 60 * 1000,   /* before its end a token is renewed */
	EARLY_PART = 4,         /* of its life, at most */
	TURN_MS = 20 * 1000,    /* longer than asking a provider takes */
	PATIENCE_MS = 6 * 1000, /* for somebody else who asks it */
	LOOK_NS = 50 * 1000000,
	AWAY_MS = 10 * 1000, /* a provider that did not answer is left alone */
	BYTES_MOST = 128 << 10,
};

/* As they are sealed: what was given, and when to renew it. */
struct kept {
	struct oidc_tokens t;
	int64_t id_due, access_due;
	bool access;
};

/* ---- sealing ---- */

static void key_of(const char *cookie, unsigned char key[SEAL_KEY])
{
	seal_key(str_of(cookie), STR(""), "provider tokens", key);
}

static const char *about(struct arena *mem, const struct session *s)
{
	return arena_printf(mem, "session %llu %s %s", (unsigned long long)s->id, s->provider, s->subject);
}

static void put(struct arena *mem, struct json *v, const char *key, const char *text)
{
	if (text)
		json_set(mem, v, key, json_str(mem, text));
}

/* ERR_TOOLARGE for more than any provider gives. */
static int write_kept(struct ctx *cx, const char *cookie, const struct session *s, const struct kept *k, struct str *out)
{
	struct json *v = json_object(cx->mem);
	struct buf b = { .mem = cx->mem };
	unsigned char key[SEAL_KEY];

	put(cx->mem, v, "id", k->t.id);
	put(cx->mem, v, "access", k->access ? k->t.access : NULL);
	put(cx->mem, v, "refresh", k->t.refresh);
	json_set(cx->mem, v, "idEnd", json_num(cx->mem, (double)k->t.id_end));
	json_set(cx->mem, v, "idDue", json_num(cx->mem, (double)k->id_due));
	json_set(cx->mem, v, "accessEnd", json_num(cx->mem, (double)k->t.access_end));
	json_set(cx->mem, v, "accessDue", json_num(cx->mem, (double)k->access_due));
	json_set(cx->mem, v, "keepAccess", json_bool(cx->mem, k->access));
	json_write(&b, v);
	if (b.n > BYTES_MOST)
		return fail(cx, ERR_TOOLARGE, "the tokens of '%s' take more than %d KiB", s->provider, BYTES_MOST >> 10);
	key_of(cookie, key);
	*out = seal(cx->mem, key, buf_str(&b), about(cx->mem, s));
	return 0;
}

static bool read_kept(struct ctx *cx, const char *cookie, const struct session *s, struct str sealed, struct kept *k)
{
	struct ctx quiet = { .mem = cx->mem };
	unsigned char key[SEAL_KEY];
	struct str text;
	struct json *v;

	key_of(cookie, key);
	if (!sealed.p || !seal_open(cx->mem, key, sealed, about(cx->mem, s), &text) || json_parse(&quiet, text, &v) < 0)
		return false;
	*k = (struct kept){
		.t = { .id = json_get_text(v, "id", NULL),
		       .access = json_get_text(v, "access", NULL),
		       .refresh = json_get_text(v, "refresh", NULL),
		       .id_end = (int64_t)json_get_num(v, "idEnd", 0),
		       .access_end = (int64_t)json_get_num(v, "accessEnd", 0) },
		.id_due = (int64_t)json_get_num(v, "idDue", 0),
		.access_due = (int64_t)json_get_num(v, "accessDue", 0),
		.access = json_get_bool(v, "keepAccess", false),
	};
	return true;
}

/* When a token with that end is to be renewed: well before it, but not all the time where they live shortly. */
static int64_t due(int64_t end, int64_t now)
{
	int64_t early = (end - now) / EARLY_PART;

	return end - (early < EARLY_MS ? early : EARLY_MS);
}

int provider_token_keep(struct ctx *cx, const char *cookie, const struct oidc_tokens *given, bool access)
{
	int64_t now = clock_wall_ms();
	struct kept k = { *given, due(given->id_end, now), due(given->access_end, now), access };
	struct session s;
	struct str sealed;
	int rc = session_find(cx, cookie, &s);

	if (rc <= 0)
		return rc < 0 ? rc : fail(cx, ERR_AUTH, "the session has ended already");
	rc = write_kept(cx, cookie, &s, &k, &sealed);
	return rc < 0 ? rc : q_session_token_keep_exec(cx, &(struct q_session_token_keep_in){ sealed, s.id });
}

/* ---- renewing ---- */

/* Errors are those of the database; what the provider says is in the row then. */
static int renew(struct ctx *cx, const char *cookie, const struct session *s, struct kept *k,
		 const struct q_session_token_get_out *row)
{
	const char *id = k->t.id;
	struct q_session_token_renewed_in in = { .tokens = row->tokens, .id = s->id, .turn = row->now + TURN_MS };
	struct oidc_provider p;
	int64_t now;
	int rc = oidc_provider_find(cx, s->provider, NULL, "", &p);

	if (rc == 0)
		rc = oidc_refresh(cx, &p, s->subject, &k->t);
	now = clock_wall_ms();
	if (rc == 0) {
		k->id_due = due(k->t.id_end, now);
		k->access_due = due(k->t.access_end, now);
		/* Some give no id token again: then all that is left is the rest of the first one's life. */
		if (k->t.id == id && !k->access)
			k->t.refresh = NULL;
		rc = write_kept(cx, cookie, s, k, &in.tokens);
	}
	if (rc == ERR_AUTH || rc == ERR_INPUT || rc == ERR_NOTFOUND || rc == ERR_TOOLARGE)
		in.tokens = (struct str){ 0 };
	else if (rc < 0)
		in.away_ms = AWAY_MS;
	if (rc < 0)
		log_warn("the tokens of a session cannot be renewed", "user", s->ref, "provider", s->provider, "error",
			 cx->err.text, NULL);
	cx->err = (struct err){ 0 };
	return q_session_token_renewed_exec(cx, &in);
}

/* How far one who asks has come. */
struct look {
	const char *cookie;
	bool access;
	bool renewed;     /* he has been at the provider: what is there now is all there is */
	int64_t until_ms; /* he waits for somebody else no longer */
};

/* Is what is there good enough? 1: *out says; 0: it has to be renewed; -1: somebody does so. */
static int judge(const struct look *l, const struct kept *k, const struct q_session_token_get_out *row,
		 struct provider_token *out)
{
	int64_t now = clock_wall_ms(), end = l->access ? k->t.access_end : k->t.id_end;
	const char *text = l->access ? k->t.access : k->t.id;
	bool others = row->turn > row->now, away = row->away > row->now;
	bool last = l->renewed || !k->t.refresh || away || (others && now >= l->until_ms);

	if (text && now < end && (now < (l->access ? k->access_due : k->id_due) || last || others)) {
		*out = (struct provider_token){ PROVIDER_TOKEN_HELD, text, !row->used };
		return 1;
	}
	if (last) {
		out->state = away || others ? PROVIDER_TOKEN_AWAY : PROVIDER_TOKEN_NONE;
		return 1;
	}
	return others ? -1 : 0;
}

/* 1: *out is what came of it; 0: look again. */
static int try_get(struct ctx *cx, struct look *l, struct provider_token *out)
{
	const struct session *s = cx->who->session;
	struct q_session_token_get_out row;
	struct kept k;
	int rc = q_session_token_get_one(cx, &(struct q_session_token_get_in){ s->id }, &row);

	*out = (struct provider_token){ 0 };
	if (rc < 0)
		return rc;
	if (rc == 0 || !read_kept(cx, l->cookie, s, row.tokens, &k))
		return 1;
	rc = judge(l, &k, &row, out);
	if (rc > 0)
		return rc;
	if (rc < 0) {
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_NS }, NULL);
		return 0;
	}
	rc = q_session_token_claim_exec(cx, &(struct q_session_token_claim_in){ row.now + TURN_MS, s->id, row.turn });
	if (rc < 0 || db_affected(cx) == 0)
		return rc;
	l->renewed = true;
	return renew(cx, l->cookie, s, &k, &row);
}

static int find(struct ctx *cx, const char *cookie, bool access, struct provider_token *out)
{
	struct look l = { cookie, access, false, clock_wall_ms() + PATIENCE_MS };
	int rc = 0;

	*out = (struct provider_token){ 0 };
	if (!json_get_bool(provider_conf(cx, cx->who->session->provider), "keepTokens", true))
		return 0;
	while (rc == 0)
		rc = try_get(cx, &l, out);
	return rc < 0 ? rc : 0;
}

int provider_token_look(struct ctx *cx, const char *cookie, bool access, enum provider_token_state *out)
{
	struct provider_token t;
	int rc = find(cx, cookie, access, &t);

	*out = t.state;
	return rc;
}

int provider_token_get(struct ctx *cx, const char *cookie, bool access, struct provider_token *out)
{
	const struct session *s = cx->who->session;
	int rc = find(cx, cookie, access, out);

	if (rc < 0 || !out->first)
		return rc;
	rc = q_session_token_used_exec(cx, &(struct q_session_token_used_in){ s->id });
	if (rc == 0)
		out->first = db_affected(cx) > 0;
	return rc;
}
