/* Who asks, and what they may do. */
#include "identity/identity.h"

#include <string.h>

#include "base/str.h"
#include "identity/external.h"

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

int identity_load(struct ctx *cx, const char *authorization, const char *session_cookie, const struct who **out)
{
	const char *token = authorization ? bearer(cx->mem, authorization) : NULL;

	if (token)
		return external_find(cx, token, out);
	/* Nobody signs in yet, so no session cookie is ours: whoever sends one is the guest. */
	(void)session_cookie;
	*out = guest(cx);
	return 0;
}

int identity_allow(struct ctx *cx, const char *permission)
{
	const struct who *who = cx->who;

	if (!permission)
		return 0;
	if (!who || (who->kind == WHO_GUEST && !guest_conf(cx)))
		return fail(cx, ERR_AUTH, "Missing credentials");
	if (who->kind == WHO_SERVICE)
		return external_allow(cx, who->limits, permission);
	if (!json_get_bool(json_get(cx->conf, "permission"), "enabled", false) || who->kind == WHO_USER)
		return 0;
	if (streq(permission_action(permission), "read"))
		return 0;
	return fail(cx, ERR_DENIED, "guests may only read here");
}
