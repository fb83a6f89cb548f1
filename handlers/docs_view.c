/* What views show of a site of documentation. */
#include "handlers/docs_view.h"

#include "base/json.h"
#include "catalog/ref.h"
#include "docs/ref.h"
#include "handlers/links.h"

struct json *docs_site_json(struct ctx *cx, const struct docs_site *site)
{
	struct arena *mem = cx->mem;
	bool busy = site->asked_ms > site->checked_ms, external = docs_conf(cx).external;
	struct json *v = json_object(mem);

	json_set(mem, v, "shown", json_bool(mem, site->reader != NULL));
	json_set(mem, v, "foreign", json_bool(mem, site->site && !site->reader));
	json_set(mem, v, "busy", json_bool(mem, busy));
	json_set(mem, v, "failed", json_bool(mem, site->state == DOCS_FAILED));
	json_set(mem, v, "error", json_str(mem, site->error ? site->error : ""));
	json_set(mem, v, "built", json_num(mem, (double)site->built_ms));
	json_set(mem, v, "pages", json_num(mem, (double)site->pages));
	json_set(mem, v, "external", json_bool(mem, external));
	return v;
}

const char *docs_url_of(struct ctx *cx, const struct json *entity)
{
	struct err before = cx->err;
	const char *other, *path;

	if (!docs_has(entity))
		return "";
	if (docs_elsewhere(cx, entity, &other, &path) < 0)
		cx->err = before;
	return link_docs(cx->mem, other ? other : ref_of_entity(cx->mem, entity), path);
}

int docs_card(struct ctx *cx, struct json *vars, const struct json *entity)
{
	const char *url = docs_url_of(cx, entity), *ref = ref_of_entity(cx->mem, entity);
	struct docs_site site;

	json_set(cx->mem, vars, "docs_url", json_str(cx->mem, url));
	json_set(cx->mem, vars, "docs", json_null(cx->mem));
	if (!*url || !ref || !str_starts(url, link_docs(cx->mem, ref, "")))
		return 0;
	int rc = docs_site_of(cx, ref, &site);

	if (rc == 0)
		json_set(cx->mem, vars, "docs", docs_site_json(cx, &site));
	return rc;
}
