/* Who asks, and what they may do. */
#include "identity/identity.h"

#include <string.h>

#include "base/str.h"
#include "identity/access_token.h"
#include "identity/external.h"
#include "identity/policy.h"
#include "identity/resolver.h"
#include "identity/session.h"
#include "identity/user_token.h"

/* The token of "Bearer TOKEN"; NULL when the header is something else. */
static const char *bearer(struct arena *mem, const char *authorization)
{
	struct str rest = str_trim(str_of(authorization)), scheme = str_cut(&rest, ' ');

	rest = str_trim(rest);
	if (!rest.n || !str_ieq(arena_strndup(mem, scheme.p, scheme.n), "bearer"))
		return NULL;
	return memchr(rest.p, ' ', rest.n) ? NULL : arena_strndup(mem, rest.p, rest.n);
}

static const struct json *guest_conf(const struct ctx *cx)
{
	const struct json *guest = json_path(cx->conf, "auth", "providers", "guest", NULL);

	return json_is(guest, JSON_OBJECT) ? guest : NULL;
}

/* "user:default/ana" is shown as "ana". */
static const char *name_of(const char *ref)
{
	const char *at = strrchr(ref, '/');

	at = at ? at : strchr(ref, ':');
	return at && at[1] ? at + 1 : ref;
}

static const struct who *guest(struct ctx *cx)
{
	const struct json *conf = guest_conf(cx), *more = json_get(conf, "ownershipEntityRefs");
	const char *ref = conf ? json_get_text(conf, "userEntityRef", "user:development/guest") : "";
	struct who *who = arena_new(cx->mem, struct who);
	size_t n = 0;

	who->owns = arena_array(cx->mem, const char *, json_len(more) + 2);
	if (*ref)
		who->owns[n++] = ref;
	for (size_t i = 0; json_is(more, JSON_ARRAY) && i < more->a.n; i++)
		if (json_is(more->a.items[i], JSON_STRING) && !streq(json_text(more->a.items[i], ""), ref))
			who->owns[n++] = json_text(more->a.items[i], "");
	who->kind = WHO_GUEST;
	who->ref = ref;
	who->name = *ref ? name_of(ref) : "Nobody";
	who->by_cookie = true;
	return who;
}

static int bearer_find(struct ctx *cx, const char *token, const struct who **out)
{
	if (str_starts(token, ACCESS_TOKEN_PREFIX))
		return access_token_find(cx, token, out);
	return user_token_is(cx, token) ? user_token_find(cx, token, out) : external_find(cx, token, out);
}

/* 1: *out is whose session it is; 0: nobody's. */
static int find_user(struct ctx *cx, const char *token, const struct who **out)
{
	struct session *s = arena_new(cx->mem, struct session);
	int rc = session_find(cx, token, s);

	/* Who takes a provider out of the configuration trusts it no longer. */
	if (rc <= 0 || !provider_conf(cx, s->provider))
		return rc < 0 ? rc : 0;
	struct who *who = arena_new(cx->mem, struct who);

	*who = (struct who){ .kind = WHO_USER,
			     .ref = s->ref,
			     .name = json_get_text(s->profile, "displayName", name_of(s->ref)),
			     .owns = s->owns,
			     .by_cookie = true,
			     .session = s };
	*out = who;
	return 1;
}

int identity_load(struct ctx *cx, const char *authorization, const char *cookie, const struct who **out)
{
	const char *token = authorization ? bearer(cx->mem, authorization) : NULL;

	if (token)
		return bearer_find(cx, token, out);
	int rc = cookie ? find_user(cx, cookie, out) : 0;

	if (rc == 0)
		*out = guest(cx);
	return rc < 0 ? rc : 0;
}

int identity_known(struct ctx *cx)
{
	return cx->who_rc < 0 ? fail(cx, cx->who_rc, "it cannot be found out who asks") : 0;
}

int identity_allow(struct ctx *cx, const char *permission)
{
	const struct who *who = cx->who;
	const struct permission *p;
	struct policy_decision d;
	int rc;

	if (!permission)
		return 0;
	if (!who || (who->kind == WHO_GUEST && !guest_conf(cx)))
		return fail(cx, ERR_AUTH, "Missing credentials");
	rc = external_allow(cx, who->limits, permission);
	p = permission_named(cx->mem, permission);
	if (rc == 0)
		rc = policy_decide(cx, p, &d);
	/* Of what is hidden there is nothing to be seen, and that is not an error. */
	if (rc < 0 || d.result != POLICY_DENY || (p->flags & PERMISSION_HIDES))
		return rc;
	if (p->flags & PERMISSION_ADMINS)
		return fail(cx, ERR_DENIED, "This is for admins: those whom permission.rbac.admin names");
	return fail(cx, ERR_DENIED, "%s may not do this: it needs the permission %s",
		    who->kind == WHO_GUEST ? "A guest" : who->ref, permission);
}
