/* Who asked for something that is done later. */
#include "identity/actor.h"

#include "base/list.h"
#include "identity/policy.h"

static const char *const kinds[] = { [WHO_GUEST] = "guest", [WHO_USER] = "user", [WHO_SERVICE] = "service" };

struct json *actor_json(struct arena *mem, const struct who *who)
{
	struct json *v, *owns;

	if (!who)
		return json_null(mem);
	v = json_object(mem);
	owns = json_array(mem);
	for (const char **ref = who->owns; *ref; ref++)
		json_push(mem, owns, json_str(mem, *ref));
	json_set(mem, v, "kind", json_str(mem, kinds[who->kind]));
	json_set(mem, v, "ref", json_str(mem, who->ref));
	json_set(mem, v, "name", json_str(mem, who->name));
	json_set(mem, v, "owns", owns);
	if (who->limits)
		json_set(mem, v, "limits", json_copy(mem, who->limits));
	return v;
}

static const char **read_owns(struct arena *mem, const struct json *list)
{
	const char **out = arena_array(mem, const char *, json_len(list) + 1);

	for (size_t i = 0; i < json_len(list); i++)
		out[i] = json_text(list->a.items[i], "");
	return out;
}

int actor_become(struct ctx *cx, const struct json *actor)
{
	const char *kind = json_get_text(actor, "kind", "");
	struct who *who = arena_new(cx->mem, struct who);

	cx->who = NULL;
	if (json_is(actor, JSON_NULL))
		return 0;
	*who = (struct who){ .ref = json_get_text(actor, "ref", ""),
			     .name = json_get_text(actor, "name", ""),
			     .owns = read_owns(cx->mem, json_get(actor, "owns")),
			     .limits = json_get(actor, "limits") };
	for (size_t i = 0; i < LEN(kinds); i++) {
		if (!streq(kinds[i], kind))
			continue;
		who->kind = (enum who_kind)i;
		cx->who = who;
		return policy_begin(cx);
	}
	return fail(cx, ERR_INTERNAL, "it is not known who asked for this");
}
