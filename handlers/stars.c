/* What people have starred: kept for them in their settings, where Backstage keeps it. */
#include "handlers/stars.h"

#include "identity/setting.h"

int stars_of(struct ctx *cx, struct text_list *out)
{
	*out = (struct text_list){ 0 };
	return setting_stars(cx, out);
}

int stars_set(struct ctx *cx, const char *ref, bool on)
{
	return setting_star(cx, ref, on);
}

bool stars_has(const struct text_list *stars, const char *ref)
{
	for (size_t i = 0; i < stars->n; i++)
		if (streq(stars->items[i], ref))
			return true;
	return false;
}
