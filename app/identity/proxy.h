/* People whom a proxy in front of the portal has signed in: `auth.providers.oauth2Proxy` and `auth.providers.awsalb`. */
#ifndef IDENTITY_PROXY_H
#define IDENTITY_PROXY_H

#include "identity/resolver.h"
#include "identity/session.h"

/* What a request brings. */
struct proxy_request {
	const char *peer; /* address of whoever spoke to nginx */
	/* A header's value (name in lower case); NULL when it is not there, or more than once. */
	const char *(*header)(const void *arg, const char *name);
	const void *arg;
};

/* One of the providers of this file? */
bool proxy_is_provider(const char *name);
/*
 * Who a proxy says that is: 1 with *out and the settings of its provider, 0 when no such provider is set up or nothing is
 * said. Only the word of `auth.trustedProxies` (this machine when it says nothing) counts; that of others is as good as
 * nothing. ERR_AUTH for a token that is not in order, ERR_UNAVAILABLE when it cannot be checked now.
 */
int proxy_find(struct ctx *cx, const struct proxy_request *rq, const struct json **conf, struct profile *out);
/*
 * False when the session was begun on the word of a proxy, which now says that somebody else is there, or nothing: whoever
 * signs out there, or signs in as another, must not find the former user's session here.
 */
bool proxy_agrees(struct ctx *cx, const struct proxy_request *rq, const struct session *s);

#endif
