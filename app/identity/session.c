/* Sessions of people who signed in: a random token in a cookie, its hash in the database. */
#include "identity/session.h"

#include "base/duration.h"
#include "base/list.h"
#include "base/log.h"
#include "base/utf8.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "identity/attempt.h"
#include "identity/membership.h"
#include "sql/identity.h"

enum {
	TOKEN_BYTES = 32,
	TOKEN_TEXT = 43,
	TOUCH_MS = 60 * 1000,
	SWEEP_MS = 10 * 60 * 1000,
	SWEEP_MOST = 1000,
	KEPT_EACH = 100,
};

struct limits {
	int64_t idle_ms, absolute_ms;
};

static int64_t setting_ms(struct ctx *cx, const char *name, int64_t dflt)
{
	const struct json *v = json_path(cx->conf, "auth", "session", name, NULL);
	struct ctx quiet = { .mem = cx->mem };
	int64_t ms;

	return v && config_duration_ms(&quiet, v, &ms) == 0 && ms > 0 ? ms : dflt;
}

static struct limits limits(struct ctx *cx)
{
	return (struct limits){ .idle_ms = setting_ms(cx, "idle", 12 * 3600 * 1000LL),
				.absolute_ms = setting_ms(cx, "absolute", 7 * 24 * 3600 * 1000LL) };
}

long session_seconds(struct ctx *cx)
{
	return (long)(limits(cx).absolute_ms / 1000);
}

static struct str hash_token(struct arena *mem, const char *token)
{
	unsigned char *hash = arena_raw(mem, CRYPTO_SHA256);

	crypto_sha256(str_of(token), hash);
	return (struct str){ (const char *)hash, CRYPTO_SHA256 };
}

/* A session with this end, of what will be or was read. */
static int64_t expiry(struct limits l, int64_t created, int64_t seen)
{
	int64_t idle = seen + l.idle_ms, absolute = created + l.absolute_ms;

	return idle < absolute ? idle : absolute;
}

/* What a column of most characters takes of a text from outside. */
static const char *cut(struct arena *mem, const char *s, size_t most)
{
	char *copy = arena_strndup(mem, s ? s : "", s && strlen(s) > most ? most : s ? strlen(s) : 0);

	utf8_trim_partial(copy);
	return copy;
}

static const char *write_json(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (!json_is(v, JSON_OBJECT))
		return "{}";
	json_write(&b, v);
	return buf_text(&b);
}

static const char *write_owns(struct arena *mem, const char *const *owns)
{
	struct buf b = { .mem = mem };

	buf_addc(&b, '[');
	for (size_t i = 0; owns[i]; i++) {
		buf_adds(&b, i ? "," : "");
		json_write_text(&b, str_of(owns[i]));
	}
	buf_addc(&b, ']');
	return buf_text(&b);
}

/* Programs that sign in anew with each request must not fill the table; that they are not trimmed now is no reason to refuse.
 */
static void trim(struct ctx *cx, const char *ref)
{
	if (q_session_trim_exec(cx, &(struct q_session_trim_in){ .ref = ref, .same_ref = ref, .keep = KEPT_EACH }) == 0)
		return;
	log_warn("old sessions cannot be taken away", "user", ref, "error", cx->err.text, NULL);
	cx->err = (struct err){ 0 };
}

int session_start(struct ctx *cx, const struct signed_in *who, const char **token)
{
	struct limits l = limits(cx);
	unsigned char raw[TOKEN_BYTES];
	const char **owns;
	int rc = membership_find(cx, who->ref, &owns);

	if (rc < 0)
		return rc;
	crypto_random(raw, sizeof(raw));
	*token = crypto_base64url(cx->mem, (struct str){ (const char *)raw, sizeof(raw) });
	rc = q_session_add_exec(cx, &(struct q_session_add_in){ .token_hash = hash_token(cx->mem, *token),
								.ref = who->ref,
								.provider = cut(cx->mem, who->provider, 63),
								.subject = cut(cx->mem, who->subject, 255),
								.life_ms = expiry(l, 0, 0),
								.ip = cut(cx->mem, who->ip, 64),
								.agent = cut(cx->mem, who->agent, 255),
								.profile = write_json(cx->mem, who->profile),
								.owns = write_owns(cx->mem, owns),
								.has_proven = who->proven_ms != 0,
								.proven = who->proven_ms });
	if (rc < 0)
		return rc;
	trim(cx, who->ref);
	log_info("signed in", "user", who->ref, "provider", who->provider, "address", who->ip ? who->ip : "", NULL);
	return 0;
}

static const char **read_owns(struct ctx *cx, const char *ref, const char *text)
{
	struct ctx quiet = { .mem = cx->mem };
	struct json *v = NULL;
	size_t n = 0;

	if (json_parse(&quiet, str_of(text), &v) < 0 || !json_is(v, JSON_ARRAY))
		v = json_array(cx->mem);
	const char **owns = arena_array(cx->mem, const char *, v->a.n + 2);

	owns[n++] = ref;
	for (size_t i = 0; i < v->a.n; i++)
		if (!streq(json_text(v->a.items[i], ref), ref))
			owns[n++] = json_text(v->a.items[i], "");
	return owns;
}

static void fill(struct ctx *cx, struct limits l, const struct q_session_by_token_out *row, struct session *out)
{
	struct ctx quiet = { .mem = cx->mem };
	struct json *profile = NULL;

	if (json_parse(&quiet, str_of(row->profile), &profile) < 0 || !json_is(profile, JSON_OBJECT))
		profile = json_object(cx->mem);
	*out = (struct session){ .id = row->id,
				 .ref = row->ref,
				 .provider = row->provider,
				 .subject = row->subject,
				 .ip = row->ip,
				 .agent = row->agent,
				 .created_ms = row->created,
				 .seen_ms = row->seen,
				 .expires_ms = expiry(l, row->created, row->seen),
				 .profile = profile,
				 .owns = read_owns(cx, row->ref, row->owns) };
}

/* Notes that the session is used, with the groups its user has now. That must not fail who asks, as for reading none is needed.
 */
static void touch(struct ctx *cx, struct limits l, const struct q_session_by_token_out *row, struct session *s)
{
	const char **owns = NULL;
	int rc = membership_find(cx, s->ref, &owns);

	if (rc == 0)
		rc = q_session_touch_exec(cx, &(struct q_session_touch_in){ .now = row->now,
									    .expires = expiry(l, row->created, row->now),
									    .owns = write_owns(cx->mem, owns),
									    .id = row->id,
									    .seen = row->seen });
	if (rc < 0) {
		log_warn("a session cannot be kept up", "user", s->ref, "error", cx->err.text, NULL);
		cx->err = (struct err){ 0 };
		return;
	}
	s->owns = owns;
	s->seen_ms = row->now;
	s->expires_ms = expiry(l, row->created, row->now);
}

int session_find(struct ctx *cx, const char *token, struct session *out)
{
	struct limits l = limits(cx);
	struct q_session_by_token_out row;

	if (strlen(token) != TOKEN_TEXT)
		return 0;
	int rc = q_session_by_token_one(cx, &(struct q_session_by_token_in){ .token_hash = hash_token(cx->mem, token) }, &row);

	if (rc <= 0 || row.now >= expiry(l, row.created, row.seen))
		return rc < 0 ? rc : 0;
	fill(cx, l, &row, out);
	if (row.now - row.seen >= TOUCH_MS)
		touch(cx, l, &row, out);
	return 1;
}

int session_end(struct ctx *cx, const char *token)
{
	if (strlen(token) != TOKEN_TEXT)
		return 0;
	return q_session_end_exec(cx, &(struct q_session_end_in){ .token_hash = hash_token(cx->mem, token) });
}

int session_end_one(struct ctx *cx, const char *ref, uint64_t id)
{
	int rc = q_session_end_one_exec(cx, &(struct q_session_end_one_in){ .id = id, .ref = ref });

	return rc < 0 ? rc : db_affected(cx) > 0;
}

int session_end_all(struct ctx *cx, const char *ref)
{
	return q_session_end_all_exec(cx, &(struct q_session_end_all_in){ .ref = ref });
}

int session_end_subject(struct ctx *cx, const char *provider, const char *subject)
{
	return q_session_end_subject_exec(cx, &(struct q_session_end_subject_in){ .provider = provider, .subject = subject });
}

int session_list(struct ctx *cx, const char *ref, struct session_list *out)
{
	struct limits l = limits(cx);
	struct q_session_of_user_out row;
	DB_ROWS rows = { 0 };
	int rc = q_session_of_user_open(cx, &(struct q_session_of_user_in){ .ref = ref }, &rows);

	while (rc >= 0 && (rc = q_session_of_user_next(&rows, &row)) == 1) {
		struct q_session_by_token_out same = { row.id,      row.ref, row.provider, row.subject, row.created, row.seen,
						       row.expires, row.ip,  row.agent,    row.profile, row.owns,    row.now };

		if (row.now < expiry(l, row.created, row.seen))
			fill(cx, l, &same, list_add(cx->mem, out));
	}
	return rc < 0 ? rc : 0;
}

int session_sweep_job(struct ctx *cx, struct job *job)
{
	int rc = q_session_sweep_exec(cx, &(struct q_session_sweep_in){ .limit = SWEEP_MOST });
	bool more = rc == 0 && db_affected(cx) == SWEEP_MOST;

	if (rc == 0)
		rc = attempt_sweep(cx);
	if (rc < 0)
		return rc;
	job_again(job, more || rc == 1 ? 1000 : SWEEP_MS);
	return 0;
}
