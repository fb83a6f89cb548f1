/* Sessions of people who signed in: a random token in a cookie, its hash in the database. */
#ifndef IDENTITY_SESSION_H
#define IDENTITY_SESSION_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "jobs/jobs.h"

/* Somebody whose identity was proven just now. */
struct signed_in {
	const char *ref;            /* "user:default/ana" */
	const char *provider;       /* "local", "oidc", … */
	const char *subject;        /* who that is to the provider */
	const char *ip, *agent;     /* of the browser; NULL or "": unknown */
	int64_t proven_ms;          /* when that was, by the clock of the database; 0: now */
	const struct json *profile; /* {"displayName", "email", "picture"}; NULL: nothing is known */
};

struct session {
	uint64_t id;
	const char *ref, *provider, *subject, *ip, *agent;
	int64_t created_ms, seen_ms, expires_ms; /* wall clock of the database; seen to the minute */
	const struct json *profile;              /* an object, never NULL */
	const char **owns;                       /* as in struct who: at most a minute old */
};
struct session_list {
	struct session *items;
	size_t n, cap;
};

/*
 * Starts a session; the newest 100 of a user are kept. *token (43 characters, safe in a cookie) is known to nobody else from
 * then on and kept only as a hash.
 */
int session_start(struct ctx *cx, const struct signed_in *who, const char **token);
/*
 * The session of a token: 1, or 0 for one that is unknown, was ended, was not used for `auth.session.idle` (12 h) or is older
 * than `auth.session.absolute` (7 days), or began by the password of an account that is disabled or whose password was changed
 * since. One statement; at most once a minute it is noted that the session is used, and the
 * groups of its user are looked up again.
 */
int session_find(struct ctx *cx, const char *token, struct session *out);
/* Ends the session of a token. One that is not there is no error. */
int session_end(struct ctx *cx, const char *token);
/* Ends one session of a user by its number: 1, or 0 when he has no such session. */
int session_end_one(struct ctx *cx, const char *ref, uint64_t id);
/* Ends all sessions of a user. */
int session_end_all(struct ctx *cx, const char *ref);
/* Ends all sessions that somebody began as this subject of a provider. */
int session_end_subject(struct ctx *cx, const char *provider, const char *subject);
/* Sessions of a user that have not expired, the one that was used last first. */
int session_list(struct ctx *cx, const char *ref, struct session_list *out);
/* How long a cookie may keep the token, in seconds. */
long session_seconds(struct ctx *cx);

/* Takes away what has expired: sessions, and counts of failed attempts. The job "identity.sweep". */
int session_sweep_job(struct ctx *cx, struct job *job);

#endif
