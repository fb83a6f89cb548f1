/* Who asks, and what they may do. */
#ifndef IDENTITY_IDENTITY_H
#define IDENTITY_IDENTITY_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/json.h"

#define SESSION_COOKIE "callboard_session"

/* The cookie's name: over https with a prefix that keeps other hosts of the domain from planting their own. */
static inline const char *session_cookie(bool https)
{
	return https ? "__Host-" SESSION_COOKIE : SESSION_COOKIE;
}

enum who_kind { WHO_GUEST, WHO_USER, WHO_SERVICE };

struct session;

struct who {
	enum who_kind kind;
	const char *ref;   /* "user:default/ana"; the subject of a service token; "user:development/guest" */
	const char *name;  /* to show; never NULL */
	const char **owns; /* ownership entity refs, ref included; NULL-terminated, never NULL */
	/* Known by what a browser sends of itself (a session cookie, or nothing at all), so changes need proof that they were
	 * meant. */
	bool by_cookie;
	const struct json *limits; /* accessRestrictions of a service's or a personal token; NULL: none */
	/* Of a browser that signed in (identity/session.h); NULL: none. */
	const struct session *session;
	/* A condition on the entities that may be read (see catalog/permission.h); NULL: all. */
	const struct json *reads;
};

/*
 * Finds who asks from an Authorization header ("Bearer …") or a session cookie; either may be NULL. *out is never NULL on
 * 0 and lives in cx->mem; cx->who is left to the caller. Without both it is the guest, whatever a guest may do.
 * ERR_AUTH for a token that is bad or has expired (a bad or expired cookie is the guest), ERR_UNAVAILABLE when it cannot be
 * checked now. Another scheme than Bearer is as good as none. A guest where the configuration has no `auth.providers.guest` has
 * the ref "".
 */
int identity_load(struct ctx *cx, const char *authorization, const char *cookie, const struct who **out);
/*
 * May cx->who do this ("catalog.entity.read"; NULL: public)? 0; ERR_AUTH for one who gave no credentials where guests are not
 * let in; ERR_DENIED. Permissions that depend on the thing itself are decided again where the thing is known.
 */
int identity_allow(struct ctx *cx, const char *permission);
/*
 * For pages for everybody that show each what he may see: an error when it could not be found out who asks (the database is
 * away), which must look neither like "nothing is there" nor like "sign in".
 */
int identity_known(struct ctx *cx);

#endif
