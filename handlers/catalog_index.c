/* The catalog's index: a table of entities with filters that count, its whole state in the URL. */
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/index_page.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/stars.h"
#include "handlers/view_words.h"
#include "identity/identity.h"

/* ---- kinds ---- */

static int count_kinds(struct ctx *cx, struct facet *out)
{
	static const char *kind = "kind";

	return query_facets(cx, &(struct query){ 0 }, &(struct text_list){ .items = &kind, .n = 1 }, out);
}

/* What is shown when nobody asked for a kind: components, or what there is instead. */
static const char *first_kind(struct arena *mem, const struct facet *kinds)
{
	for (size_t i = 0; i < kinds->n; i++)
		if (str_ieq(kinds->items[i].value, "component"))
			return "component";
	return kinds->n ? str_lower(mem, kinds->items[0].value, strlen(kinds->items[0].value)) : "component";
}

/* A kind as its entities write it; one that nobody has, as it was asked for. */
static const char *kind_title(const struct index_page *p)
{
	for (size_t i = 0; i < p->kinds.n; i++)
		if (str_ieq(p->kinds.items[i].value, p->s.kind))
			return p->kinds.items[i].value;
	char *title = arena_strdup(p->cx->mem, p->s.kind);

	if (*title >= 'a' && *title <= 'z')
		*title = (char)(*title - 32);
	return title;
}

/* Another kind is another list: of what was chosen, only whose entities they are stays. */
static struct json *kinds_json(const struct index_page *p)
{
	struct arena *mem = p->cx->mem;
	struct json *list = json_array(mem);

	for (size_t i = 0; i < p->kinds.n; i++) {
		const struct facet_value *kind = &p->kinds.items[i];
		struct browse s = { .path = "/catalog", .text = "", .sort = "name", .limit = p->s.limit, .user = p->s.user };
		struct json *k = json_object(mem);

		s.kind = str_lower(mem, kind->value, strlen(kind->value));
		json_set(mem, k, "title", json_str(mem, kind->value));
		json_set(mem, k, "total", json_num(mem, kind->count));
		json_set(mem, k, "url", json_str(mem, browse_url(mem, &s)));
		json_set(mem, k, "chosen", json_bool(mem, str_ieq(kind->value, p->s.kind)));
		json_push(mem, list, k);
	}
	return list;
}

/* ---- the table ---- */

struct column {
	const char *name, *title, *kinds; /* kinds: those that have it; NULL: those without a row of their own */
	bool sorts;
};
/* backstage-facts 2.2, but that descriptions stand behind the names: a column of its own leaves neither enough room. */
static const struct column columns[] = {
	{ "name", "Name", "", true },
	{ "system", "System", NULL, true },
	{ "owner", "Owner", " domain system ", true },
	{ "type", "Type", " group template location ", true },
	{ "lifecycle", "Lifecycle", NULL, true },
	{ "namespace", "Namespace", "", true },
	{ "target", "Targets", " location ", true },
	{ "tags", "Tags", " user domain system group template ", false },
};

static bool has_column(const struct index_page *p, const struct column *c, bool namespaces)
{
	static const char special[] = " user domain system group template location ";
	const char *kind = arena_printf(p->cx->mem, " %s ", p->s.kind);

	if (streq(c->name, "namespace"))
		return namespaces;
	if (streq(c->name, "type") && p->s.lists[LIST_TYPES].n == 1)
		return false;
	if (c->kinds && !*c->kinds)
		return true;
	if (strstr(special, kind))
		return c->kinds && strstr(c->kinds, kind);
	return !streq(c->name, "target");
}

static const char *sorted_url(const struct index_page *p, const char *column)
{
	struct browse s = p->s;

	s.offset = 0;
	s.down = streq(s.sort, column) && !s.down;
	s.sort = column;
	return browse_url(p->cx->mem, &s);
}

static void add_columns(struct index_page *p, const struct json *rows)
{
	struct arena *mem = p->cx->mem;
	struct json *list = json_array(mem);
	bool namespaces = false;

	for (size_t i = 0; i < rows->a.n; i++)
		namespaces = namespaces || !streq(json_get_text(rows->a.items[i], "ns", ""), "default");
	for (size_t i = 0; i < LEN(columns); i++) {
		const struct column *c = &columns[i];
		bool sorted = streq(p->s.sort, c->name);
		struct json *column = json_object(mem);

		if (!has_column(p, c, namespaces))
			continue;
		json_set(mem, column, "name", json_str(mem, c->name));
		json_set(mem, column, "title", json_str(mem, c->title));
		json_set(mem, column, "url", c->sorts ? json_str(mem, sorted_url(p, c->name)) : json_null(mem));
		json_set(mem, column, "sorted", json_str(mem, !sorted ? "" : p->s.down ? "descending" : "ascending"));
		json_push(mem, list, column);
	}
	json_set(mem, p->vars, "columns", list);
}

static int add_rows(struct index_page *p)
{
	struct ctx *cx = p->cx;
	struct json *rows = NULL;
	struct query q;
	int rc;

	browse_to_query(cx, &p->s, BROWSE_LISTS, &p->stars, &q);
	rc = entity_rows(cx, &q, &p->page, &rows);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < rows->a.n; i++) {
		struct json *row = rows->a.items[i];

		json_set(cx->mem, row, "starred", json_bool(cx->mem, stars_has(&p->stars, json_get_text(row, "ref", ""))));
	}
	add_columns(p, rows);
	json_set(cx->mem, p->vars, "rows", rows);
	return 0;
}

/* How many rows a page may have: each with the address of the list from its beginning, null for the one that is shown. */
static struct json *sizes_json(const struct index_page *p)
{
	static const uint32_t sizes[] = { BROWSE_ROWS, 50, 100, 200 };
	struct arena *mem = p->cx->mem;
	struct json *list = json_array(mem);
	struct browse s = p->s;

	s.offset = 0;
	for (size_t i = 0; i < LEN(sizes); i++) {
		struct json *size = json_object(mem);

		s.limit = sizes[i];
		json_set(mem, size, "rows", json_num(mem, sizes[i]));
		json_set(mem, size, "url", s.limit == p->s.limit ? json_null(mem) : json_str(mem, browse_url(mem, &s)));
		json_push(mem, list, size);
	}
	return list;
}

static void add_pager(struct index_page *p)
{
	struct arena *mem = p->cx->mem;
	struct browse s = p->s;
	uint64_t total = p->page.total, last = total ? (total - 1) / s.limit * s.limit : 0;
	const struct {
		const char *name;
		bool there;
		uint64_t offset;
	} links[] = {
		{ "first", p->s.offset > 0, 0 },
		{ "previous", p->s.offset > 0, p->s.offset > s.limit ? p->s.offset - s.limit : 0 },
		{ "next", p->s.offset + p->page.n < total && p->page.n, p->s.offset + s.limit },
		{ "last", p->s.offset < last, last },
	};
	struct json *pager = json_object(mem);

	for (size_t i = 0; i < LEN(links); i++) {
		s.offset = links[i].offset;
		json_set(mem, pager, links[i].name, links[i].there ? json_str(mem, browse_url(mem, &s)) : json_null(mem));
	}
	json_set(mem, pager, "from", json_num(mem, p->page.n ? (double)p->s.offset + 1 : 0));
	json_set(mem, pager, "to", json_num(mem, (double)(p->s.offset + p->page.n)));
	if (total > BROWSE_ROWS || p->s.limit != BROWSE_ROWS)
		json_set(mem, pager, "sizes", sizes_json(p));
	json_set(mem, p->vars, "pager", pager);
}

/* ---- pages ---- */

int index_open(struct req *rq, struct index_page *p, const char *path, const char *kind)
{
	int rc;

	*p = (struct index_page){ .rq = rq, .cx = rq->cx, .vars = json_object(rq->cx->mem) };
	p->s.path = path;
	p->s.kind = kind ? kind : "";
	p->s.fixed_kind = kind != NULL;
	rc = browse_read(rq, &p->s);
	if (rc == 0)
		rc = count_kinds(rq->cx, &p->kinds);
	if (rc == 0)
		rc = stars_of(rq->cx, &p->stars);
	if (rc == 0 && !*p->s.kind)
		p->s.kind = first_kind(rq->cx->mem, &p->kinds);
	return rc;
}

/* "Owned service Components": whose, of which type when there is one, and what. */
static const char *list_title(const struct index_page *p)
{
	static const char *const whose[] = { [USER_ALL] = "", [USER_OWNED] = "Owned ", [USER_STARRED] = "Starred " };
	const struct text_list *types = &p->s.lists[LIST_TYPES];

	return arena_printf(p->cx->mem, "%s%s%s%s", whose[p->s.user], types->n == 1 ? types->items[0] : "",
			    types->n == 1 ? " " : "", kind_plural(p->cx->mem, kind_title(p)));
}

static void add_state(struct index_page *p, const char *section)
{
	struct arena *mem = p->cx->mem;
	const char *query = browse_query(mem, &p->s);
	struct browse bare = { .path = p->s.path,
			       .kind = p->s.kind,
			       .fixed_kind = p->s.fixed_kind,
			       .user = p->s.user,
			       .text = "",
			       .sort = "name",
			       .limit = p->s.limit };
	const char *const texts[][2] = {
		{ "section", section },
		{ "kind", kind_title(p) },
		{ "kind_value", p->s.kind },
		{ "kind_param", p->s.fixed_kind ? "" : p->s.kind },
		{ "plural", kind_plural(mem, kind_title(p)) },
		{ "list_title", list_title(p) },
		{ "text", p->s.text },
		{ "sort", p->s.down ? arena_printf(mem, "-%s", p->s.sort) : p->s.sort },
		{ "user_list", p->s.user == USER_OWNED     ? "owned"
			       : p->s.user == USER_STARRED ? "starred"
							   : "all" },
		{ "index_path", p->s.path },
		{ "query", query },
		{ "bare_url", browse_url(mem, &bare) },
	};

	for (size_t i = 0; i < LEN(texts); i++)
		json_set(mem, p->vars, texts[i][0], json_str(mem, texts[i][1]));
	json_set(mem, p->vars, "export_columns", export_columns(mem));
	json_set(mem, p->vars, "orphan", json_bool(mem, p->s.orphan));
	json_set(mem, p->vars, "error", json_bool(mem, p->s.error));
	json_set(mem, p->vars, "limit", p->s.limit == BROWSE_ROWS ? json_null(mem) : json_num(mem, p->s.limit));
	json_set(mem, p->vars, "total", json_num(mem, (double)p->page.total));
	json_set(mem, p->vars, "empty_catalog", json_bool(mem, p->kinds.n == 0));
}

int index_show(struct req *rq, struct resp *rs, const char *path, const char *kind, const char *section, const char *view)
{
	struct index_page p;
	int rc = index_open(rq, &p, path, kind);

	if (rc == 0)
		rc = add_rows(&p);
	if (rc == 0)
		rc = index_add_users(&p);
	if (rc == 0)
		rc = index_add_filters(&p);
	if (rc < 0)
		return rc;
	json_set(p.cx->mem, p.vars, "kinds", p.s.fixed_kind ? json_array(p.cx->mem) : kinds_json(&p));
	index_add_chips(&p);
	add_pager(&p);
	add_state(&p, section);
	return page_render(rq, rs, 200, view, p.vars);
}

int catalog_list(struct req *rq, struct resp *rs)
{
	const char *kind = req_query(rq, "filters[kind]");

	return index_show(rq, rs, "/catalog", NULL, kind && str_ieq(kind, "group") ? "teams" : "catalog", "catalog/index.html");
}

int catalog_list_apis(struct req *rq, struct resp *rs)
{
	return index_show(rq, rs, "/api-docs", "api", "apis", "catalog/index.html");
}
