/* The signed header of Amazon's load balancer: `auth.providers.awsalb`. */
#ifndef IDENTITY_ALB_H
#define IDENTITY_ALB_H

#include "identity/resolver.h"

#define ALB_HEADER "x-amzn-oidc-data"

/*
 * Who the token names: 1. conf: issuer, signer (the balancer's ARN; without it any balancer of the region would do, so it is
 * required), region or keyUrl. ERR_AUTH for a token that is not in order, ERR_UNAVAILABLE when its key cannot be had now,
 * ERR_DENIED for settings that lack something.
 */
int alb_find(struct ctx *cx, const struct json *conf, const char *token, struct profile *out);

#endif
