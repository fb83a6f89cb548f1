/* What people choose for themselves: how the portal looks to them. */
#include "handlers/handlers.h"
#include "handlers/page.h"
#include "identity/identity.h"
#include "identity/setting.h"

int settings_show(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem), *owns = json_array(mem);

	for (const char *const *ref = rq->cx->who ? (const char *const *)rq->cx->who->owns : NULL; ref && *ref; ref++)
		json_push(mem, owns, json_str(mem, *ref));
	json_set(mem, vars, "owns", owns);
	json_set(mem, vars, "tab", json_str(mem, "general"));
	return page_render(rq, rs, 200, "settings/general.html", vars);
}

/* Kept by the browser, so that the first byte of every page knows it and nothing flashes; and for the user's other browsers. */
int settings_theme(struct req *rq, struct resp *rs)
{
	struct params form = { 0 };
	int rc = req_form(rq, &form);
	const char *theme = rc == 0 ? params_get(&form, "theme") : NULL, *to = rc == 0 ? params_get(&form, "to") : NULL;

	if (rc < 0)
		return rc;
	if (!theme || (!streq(theme, "light") && !streq(theme, "dark") && !streq(theme, "system")))
		return fail(rq->cx, ERR_INPUT, "theme must be light, dark or system");
	if (rq->cx->who && rq->cx->who->kind == WHO_USER)
		rc = setting_set(rq->cx, rq->cx->who->ref, THEME_BUCKET, THEME_KEY, json_str(rq->cx->mem, theme));
	if (rc < 0)
		return rc;
	resp_cookie(rq, rs, THEME_COOKIE, theme, THEME_KEPT_S);
	return resp_redirect(rs, to && *to ? to : "/settings");
}

int design_show(struct req *rq, struct resp *rs)
{
	return page_render(rq, rs, 200, "design.html", json_object(rq->cx->mem));
}
