/* What a signed-in browser is told of itself, in Backstage's shape. */
#ifndef HANDLERS_AUTH_ANSWER_H
#define HANDLERS_AUTH_ANSWER_H

#include "base/ctx.h"
#include "base/json.h"

struct session;

/* {providerInfo, profile, backstageIdentity: {token, expiresInSeconds, identity}} of a session, with a fresh user token. */
int auth_answer(struct ctx *cx, const struct session *s, struct json **out);

#endif
