/* Signing in on the word of a proxy in front of the portal. */
#ifndef HANDLERS_PROXY_H
#define HANDLERS_PROXY_H

#include "identity/proxy.h"
#include "web/http.h"

/* Starts a session for whom a trusted proxy names; *token stays NULL when none does. Errors of proxy_find() and sign_in(). */
int proxy_sign_in(struct req *rq, const char **token);
/* Only what he is called; *name stays NULL when no proxy names anybody. */
int proxy_says(struct req *rq, const char **name);

#endif
