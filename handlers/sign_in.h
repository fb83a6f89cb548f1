/* What all ways to sign in share: where people go on to, and the cookie. */
#ifndef HANDLERS_SIGN_IN_H
#define HANDLERS_SIGN_IN_H

#include "web/http.h"

/* A path of this portal to go on to: the text itself, or "/" for NULL and for all that could lead elsewhere or back to /login.
 */
const char *sign_in_target(const char *to);
/* How people call a provider: "Google", "single sign-on"; its name, when it is none of those we know. */
const char *sign_in_title(const char *provider);
/* Is there any way to sign in (guests need none)? */
bool sign_in_offered(const struct ctx *cx);
/* Sends who asks to the sign-in page, and from there back to the page asked for. */
int sign_in_first(struct req *rq, struct resp *rs);
/* Ends the browser's former session and gives it the new one's token. */
int sign_in_keep(struct req *rq, struct resp *rs, const char *token);
/* Ends the browser's former session, gives it the new one's token and sends it to a target. */
int sign_in_done(struct req *rq, struct resp *rs, const char *token, const char *to);
/* The sign-in page with what went wrong, for providers that come back with an error (worded in cx->err; rc is its code). */
int sign_in_failed(struct req *rq, struct resp *rs, int rc, const char *to);

#endif
