/* What a source-code host has: owners, their repositories, branches of one. For fields of forms that suggest them. */
#ifndef SCAFFOLDER_PROVIDER_H
#define SCAFFOLDER_PROVIDER_H

#include "base/ctx.h"
#include "base/json.h"

struct provider_question {
	const char *host;         /* of an integration */
	const char *what;         /* owners, repositories, branches */
	const char *owner, *repo; /* "" where it is not known */
	const char *words;        /* a part of the name; "" for any */
};

/*
 * Names as a list of texts, at most PROVIDER_MOST, with the integration's own token. ERR_INPUT for a host that no integration
 * has or that cannot be asked, and when the owner or repository is missing; else errors of fetch(), within four seconds.
 */
enum { PROVIDER_MOST = 50 };
int provider_names(struct ctx *cx, const struct provider_question *q, struct json **out);

#endif
