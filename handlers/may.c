/* What a page may offer: what a person may not do is not shown as a button. */
#include "handlers/may.h"

#include "base/str.h"
#include "catalog/permission.h"
#include "identity/identity.h"
#include "identity/policy.h"

/* A policy that cannot be asked allows nothing; the request itself was decided before. */
static bool may(struct ctx *cx, const char *permission, const struct json *entity)
{
	struct err before = cx->err;
	int rc = policy_may(cx, permission, entity);

	cx->err = before;
	return rc == 1;
}

bool page_allows(struct ctx *cx, const char *permission)
{
	struct err before = cx->err;
	int rc = identity_allow(cx, permission);

	cx->err = before;
	return rc == 0;
}

/* On an error page it may be unknown who looks at it. */
static struct json *collect(struct ctx *cx, const struct json *entity)
{
	struct json *v = json_object(cx->mem);

	for (size_t i = 0; permission_at(i); i++) {
		const struct permission *p = permission_at(i);

		if (!entity || p->resource)
			json_set(cx->mem, v, p->name, json_bool(cx->mem, cx->who && may(cx, p->name, entity)));
	}
	return v;
}

struct json *page_may(struct ctx *cx)
{
	return collect(cx, NULL);
}

struct json *page_may_with(struct ctx *cx, const struct json *entity)
{
	return collect(cx, entity);
}
