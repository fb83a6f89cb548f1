/* The palette: what search finds first, and the portal's own pages. */
#include "handlers/handlers.h"
#include "handlers/may.h"
#include "handlers/page.h"
#include "handlers/search_hit.h"
#include "identity/identity.h"

enum { PALETTE_ROWS = 12 };

/* ---- pages ---- */

static const struct {
	const char *title, *url, *icon, *permission, *more;
} pages[] = {
	{ "Home", "/", "house", NULL, "start" },
	{ "Catalog", "/catalog", "layers", "catalog.entity.read", "components services" },
	{ "APIs", "/api-docs", "plug", "catalog.entity.read", "api definitions" },
	{ "Docs", "/docs", "book-open", "catalog.entity.read", "techdocs documentation handbook" },
	{ "Create", "/create", "file-plus", "catalog.entity.read", "templates scaffolder new service repository" },
	{ "Teams", "/catalog?filters[kind]=group", "users", "catalog.entity.read", "groups people org" },
	{ "Search", "/search", "search", NULL, "find everything" },
	{ "Graph", "/catalog-graph", "waypoints", "catalog.entity.read", "relations dependencies" },
	{ "Register a location", "/catalog-import", "plus", "catalog.location.create", "import add new" },
	{ "Settings", "/settings", "settings", NULL, "theme profile dark light" },
	{ "Admin", "/admin", "shield", "catalog.ingestion.read", "errors orphans processing jobs locations" },
	{ "Audit log", "/admin/audit", "shield", "audit.read", "admin who did what" },
};

struct json *search_portal_pages(struct ctx *cx, const char *words)
{
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; i < LEN(pages); i++) {
		struct json *p;

		if (*words && !strcasestr(pages[i].title, words) && !strcasestr(pages[i].more, words))
			continue;
		if (pages[i].permission && !page_allows(cx, pages[i].permission))
			continue;
		p = json_object(cx->mem);
		json_set(cx->mem, p, "title", json_str(cx->mem, pages[i].title));
		json_set(cx->mem, p, "url", json_str(cx->mem, pages[i].url));
		json_set(cx->mem, p, "icon", json_str(cx->mem, pages[i].icon));
		json_push(cx->mem, list, p);
	}
	return list;
}

/* ---- the palette ---- */

/* Documents only for those who may find them: the pages of the portal are for everybody. */
int seek_palette(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct search_question q = { .term = search_words(rq, "q"), .limit = PALETTE_ROWS };
	struct search_answer found = { 0 };
	struct json *vars = json_object(cx->mem), *rows = json_array(cx->mem);
	int rc = identity_known(cx);

	if (rc == 0 && *q.term)
		rc = search_query(cx, &q, &found);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < found.n; i++)
		json_push(cx->mem, rows, search_hit_row(cx, &found, &found.hits[i]));
	json_set(cx->mem, vars, "words", json_str(cx->mem, q.term));
	json_set(cx->mem, vars, "rows", rows);
	json_set(cx->mem, vars, "pages", search_portal_pages(cx, q.term));
	json_set(cx->mem, vars, "total", json_num(cx->mem, (double)found.total));
	json_set(cx->mem, vars, "meant", json_str(cx->mem, found.meant ? found.meant : ""));
	return page_render(rq, rs, 200, "search/palette.html", vars);
}
