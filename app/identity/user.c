/* A person who asks, made from the ref that a token or a session names. */
#include "identity/user.h"

#include <string.h>

#include "base/str.h"
#include "identity/membership.h"
#include "sql/token.h"

/* "user:default/ana" is shown as "ana". */
static const char *name_of(const char *ref)
{
	const char *at = strrchr(ref, '/');

	return at && at[1] ? at + 1 : ref;
}

int user_who(struct ctx *cx, const char *ref, const char **owns, const struct json *limits, const struct who **out)
{
	struct who *who = arena_new(cx->mem, struct who);
	struct q_token_user_disabled_out row;
	int rc = q_token_user_disabled_one(cx, &(struct q_token_user_disabled_in){ ref }, &row);

	if (rc > 0)
		return fail(cx, ERR_AUTH, "Illegal token");
	if (rc == 0 && !owns)
		rc = membership_find(cx, ref, &owns);
	if (rc < 0)
		return rc;
	*who = (struct who){ .kind = WHO_USER, .ref = ref, .name = name_of(ref), .owns = owns, .limits = limits };
	*out = who;
	return 0;
}
