/* Finding entities and pages by their names: the palette, and the same as a page for those without scripts. */
#include "base/list.h"
#include "catalog/query.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/may.h"
#include "handlers/page.h"
#include "identity/identity.h"

enum { MOST_WORDS = 200, PALETTE_ROWS = 12, SEARCH_ROWS = 50 };

/* ---- pages ---- */

static const struct {
	const char *title, *url, *icon, *permission, *more;
} pages[] = {
	{ "Home", "/", "house", NULL, "start" },
	{ "Catalog", "/catalog", "layers", "catalog.entity.read", "components services" },
	{ "APIs", "/api-docs", "plug", "catalog.entity.read", "api definitions" },
	{ "Docs", "/docs", "book-open", "catalog.entity.read", "techdocs documentation handbook" },
	{ "Teams", "/catalog?filters[kind]=group", "users", "catalog.entity.read", "groups people org" },
	{ "Graph", "/catalog-graph", "waypoints", "catalog.entity.read", "relations dependencies" },
	{ "Register a location", "/catalog-import", "plus", "catalog.location.create", "import add new" },
	{ "Settings", "/settings", "settings", NULL, "theme profile dark light" },
	{ "Admin", "/admin", "shield", "catalog.ingestion.read", "errors orphans processing jobs locations" },
	{ "Audit log", "/admin/audit", "shield", "audit.read", "admin who did what" },
};

static struct json *found_pages(struct ctx *cx, const char *words)
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

/* ---- entities ---- */

static int add_found(struct ctx *cx, const struct query *q, struct json *rows, uint64_t *total)
{
	struct json *found = NULL;
	struct query_page page;
	int rc = entity_rows(cx, q, &page, &found);

	for (size_t i = 0; rc == 0 && i < found->a.n && rows->a.n < q->limit; i++) {
		const char *ref = json_get_text(found->a.items[i], "ref", "");
		bool there = false;

		for (size_t k = 0; k < rows->a.n; k++)
			there = there || streq(json_get_text(rows->a.items[k], "ref", ""), ref);
		if (!there)
			json_push(cx->mem, rows, found->a.items[i]);
	}
	if (rc == 0 && total)
		*total = page.total;
	return rc;
}

/* Names that begin with the words come before those that hold them; what they hold is found in titles too. */
static int find_entities(struct ctx *cx, const char *words, uint32_t most, struct json *rows, uint64_t *total)
{
	static const char *const fields[] = { "metadata.name", "metadata.title", "spec.profile.displayname",
					      "spec.profile.email" };
	struct json *begins = json_object(cx->mem), *op = json_object(cx->mem);
	struct query q = { .predicate = begins, .orders = { { "metadata.name", false } }, .n_orders = 1, .limit = most };
	int rc;

	json_set(cx->mem, op, "$hasPrefix", json_str(cx->mem, words));
	json_set(cx->mem, begins, "metadata.name", op);
	rc = add_found(cx, &q, rows, NULL);
	q.predicate = NULL;
	q.text = words;
	for (size_t i = 0; i < LEN(fields); i++)
		*list_add(cx->mem, &q.text_fields) = fields[i];
	return rc < 0 ? rc : add_found(cx, &q, rows, total);
}

static const char *asked_words(struct req *rq, const char *name)
{
	const char *words = req_query(rq, name);
	struct str s = str_trim(str_of(words ? words : ""));

	if (s.n > MOST_WORDS)
		s.n = MOST_WORDS;
	return arena_strndup(rq->cx->mem, s.p ? s.p : "", s.n);
}

/* Entities only where somebody may read them: the pages of the portal are for everybody. */
static int find(struct req *rq, const char *words, uint32_t most, struct json *vars)
{
	struct ctx *cx = rq->cx;
	struct json *rows = json_array(cx->mem);
	uint64_t total = 0;
	bool may = page_allows(cx, "catalog.entity.read");
	int rc;

	rc = identity_known(cx);
	if (rc == 0 && *words && may)
		rc = find_entities(cx, words, most, rows, &total);
	json_set(cx->mem, vars, "words", json_str(cx->mem, words));
	json_set(cx->mem, vars, "rows", rows);
	json_set(cx->mem, vars, "pages", found_pages(cx, words));
	json_set(cx->mem, vars, "total", json_num(cx->mem, total > rows->a.n ? (double)total : (double)rows->a.n));
	return rc;
}

int seek_palette(struct req *rq, struct resp *rs)
{
	struct json *vars = json_object(rq->cx->mem);
	int rc = find(rq, asked_words(rq, "q"), PALETTE_ROWS, vars);

	return rc < 0 ? rc : page_render(rq, rs, 200, "search/palette.html", vars);
}

int seek_page(struct req *rq, struct resp *rs)
{
	struct json *vars = json_object(rq->cx->mem);
	int rc = find(rq, asked_words(rq, "query"), SEARCH_ROWS, vars);

	return rc < 0 ? rc : page_render(rq, rs, 200, "search/search.html", vars);
}
