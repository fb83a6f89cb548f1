/* What may be an entity's name, and references of users. */
#include "identity/name.h"

#include "base/str.h"

enum { NAME_MOST = 63 };

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool edge = i == 0 || i + 1 == s.n;

		if (!ascii_alnum(s.p[i]) && (edge || !strchr("._-", s.p[i]) || !s.p[i]))
			return false;
	}
	return s.n > 0 && s.n <= NAME_MOST;
}

bool is_entity_name(const char *s)
{
	return is_name(str_of(s));
}

bool is_user_ref(const char *s)
{
	struct str rest, ns;

	if (!str_starts(s, "user:"))
		return false;
	for (const char *c = s; *c; c++)
		if (ascii_lower(*c) != *c)
			return false;
	rest = str_of(s + strlen("user:"));
	ns = str_cut(&rest, '/');
	return rest.p && is_name(ns) && is_name(rest);
}

const char *user_ref(struct arena *mem, const char *name)
{
	const char *lower = str_lower(mem, name, strlen(name));

	return arena_printf(mem, "user:default/%s", lower);
}
