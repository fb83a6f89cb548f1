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
 * What the host's API has at a path ("/user/orgs?per_page=100"), asked with s's credentials; the answer is that of this host
 * alone. ERR_NOTFOUND, ERR_UPSTREAM and errors of fetch().
 */
struct scm;
int provider_get(struct ctx *cx, const struct scm *s, const char *path, unsigned timeout_ms, struct json **out);
/* A text as a part of such a path. ERR_INPUT for "." and "..", which would lead elsewhere. */
int provider_part(struct ctx *cx, const char *text, const char **out);

/*
 * Names as a list of texts, at most PROVIDER_MOST, with the integration's own token. ERR_INPUT for a host that no integration
 * has or that cannot be asked, and when the owner or repository is missing; else errors of fetch(), within four seconds.
 */
enum { PROVIDER_MOST = 50 };
int provider_names(struct ctx *cx, const struct provider_question *q, struct json **out);

#endif
