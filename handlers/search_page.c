/* The search page: what is typed, types, filters, results; all of it in the address. Also search in one entity's documents. */
#include "base/list.h"
#include "catalog/entity.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/search_hit.h"
#include "handlers/search_params.h"
#include "identity/identity.h"

enum { ROWS = 20, ROWS_MOST = 100, PAGES_MOST = 50, FIELDS = 4, VALUES_SHOWN = 8, SITE_ROWS = 10 };

static const char *const fields[FIELDS] = { "kind", "lifecycle", "owner", "namespace" };
static const char *const titles[FIELDS] = { "Kind", "Lifecycle", "Owner", "Namespace" };

struct search_page {
	struct req *rq;
	struct ctx *cx;
	struct search_question q;
	struct search_answer found;
	uint64_t page;
	struct json *vars;
};

/* ---- addresses ---- */

static void put_param(struct arena *mem, struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s%s=%s", b->n ? "&" : "", name, link_encode(mem, value));
}

/* The address of what is asked for, but with one type (NULL: the same, "": any), and at a page. */
static const char *address(const struct search_page *p, const char *type, uint64_t page)
{
	struct arena *mem = p->cx->mem;
	struct buf b = { .mem = mem };

	put_param(mem, &b, "query", p->q.term);
	for (size_t i = 0; !type && i < p->q.n_types; i++)
		put_param(mem, &b, "types[]", p->q.types[i]);
	if (type && *type)
		put_param(mem, &b, "types[]", type);
	for (size_t i = 0; i < p->q.n_filters; i++)
		for (size_t k = 0; k < p->q.filters[i].n; k++)
			put_param(mem, &b, arena_printf(mem, "filters[%s][]", link_encode(mem, p->q.filters[i].field)),
				  p->q.filters[i].values[k]);
	if (page)
		put_param(mem, &b, "pageCursor", search_cursor(mem, page));
	return arena_printf(mem, "/search?%s", buf_text(&b));
}

/* The same without filters. */
static const char *bare_address(const struct search_page *p, const char *term)
{
	struct search_page bare = *p;

	bare.q.term = term;
	bare.q.n_filters = 0;
	return address(&bare, "", 0);
}

static const char *template_address(const struct search_page *p)
{
	static const char *values[] = { "Template" };
	struct search_filter filter = { "kind", values, 1 };
	struct search_page only = *p;

	only.q.filters = &filter;
	only.q.n_filters = 1;
	return address(&only, SEARCH_CATALOG, 0);
}

/* ---- types ---- */

static bool is_chosen(const struct search_page *p, const char *type)
{
	for (size_t i = 0; i < p->q.n_types; i++)
		if (streq(p->q.types[i], type))
			return true;
	return false;
}

static void add_type(const struct search_page *p, struct json *list, const char *title, const char *icon, const char *url,
		     uint64_t count, bool chosen)
{
	struct json *t = json_object(p->cx->mem);

	json_set(p->cx->mem, t, "title", json_str(p->cx->mem, title));
	json_set(p->cx->mem, t, "icon", json_str(p->cx->mem, icon));
	json_set(p->cx->mem, t, "url", json_str(p->cx->mem, url));
	json_set(p->cx->mem, t, "count", json_num(p->cx->mem, (double)count));
	json_set(p->cx->mem, t, "chosen", json_bool(p->cx->mem, chosen));
	json_push(p->cx->mem, list, t);
}

/* Pages of documentation have their entity's kind in lower case, as Backstage has it. For people it is one kind. */
static void fold_kinds(struct search_answer *found)
{
	for (size_t i = 0; i < found->n_facets; i++) {
		struct search_facet *a = &found->facets[i];

		for (size_t k = i + 1; k < found->n_facets; k++) {
			const struct search_facet *b = &found->facets[k];

			if (!streq(a->field, "kind") || !streq(b->field, "kind") || !str_ieq(a->value, b->value))
				continue;
			a->count += b->count;
			a->value = strcmp(a->value, b->value) < 0 ? a->value : b->value; /* capitals come first */
			found->facets[k] = found->facets[--found->n_facets];
			break;
		}
	}
}

/* search_query() with that in mind. */
static int ask(struct ctx *cx, struct search_question q, struct search_answer *out)
{
	struct search_filter *filters = arena_array(cx->mem, struct search_filter, q.n_filters);
	int rc;

	for (size_t i = 0; i < q.n_filters; i++) {
		struct search_filter *f = &filters[i];

		*f = q.filters[i];
		if (!streq(f->field, "kind"))
			continue;
		f->values = arena_array(cx->mem, const char *, 2 * f->n);
		for (size_t k = 0; k < f->n; k++) {
			f->values[k] = q.filters[i].values[k];
			f->values[f->n + k] = str_lower(cx->mem, f->values[k], strlen(f->values[k]));
		}
		f->n *= 2;
	}
	q.filters = filters;
	rc = search_query(cx, &q, out);
	if (rc == 0)
		fold_kinds(out);
	return rc;
}

static uint64_t count_of(const struct search_answer *found, const char *field, const char *value)
{
	for (size_t i = 0; i < found->n_facets; i++)
		if (streq(found->facets[i].field, field) && str_ieq(found->facets[i].value, value))
			return found->facets[i].count;
	return 0;
}

/* Templates are entities; people look for them by themselves. */
static void add_types(struct search_page *p)
{
	struct json *list = json_array(p->cx->mem);
	uint64_t all = 0, templates = count_of(&p->found, "kind", "Template");

	for (size_t i = 0; i < p->found.n_facets; i++)
		all += *p->found.facets[i].field ? 0 : p->found.facets[i].count;
	add_type(p, list, "All", "search", address(p, "", 0), all, !p->q.n_types);
	for (size_t i = 0; i < p->found.n_facets; i++) {
		const struct search_facet *f = &p->found.facets[i];

		if (!*f->field)
			add_type(p, list, search_type_title(p->cx->mem, f->value), search_type_icon(f->value),
				 address(p, f->value, 0), f->count, is_chosen(p, f->value));
	}
	if (templates)
		add_type(p, list, "Templates", "layout-template", template_address(p), templates, false);
	json_set(p->cx->mem, p->vars, "types", list);
}

/* ---- filters ---- */

static const struct search_filter *filter_of(const struct search_page *p, const char *field)
{
	for (size_t i = 0; i < p->q.n_filters; i++)
		if (streq(p->q.filters[i].field, field))
			return &p->q.filters[i];
	return NULL;
}

static bool has_value(const struct search_filter *f, const char *value)
{
	for (size_t i = 0; f && i < f->n; i++)
		if (str_ieq(f->values[i], value))
			return true;
	return false;
}

/* What another choice in the same field would give: counted as if nothing was chosen there. */
static int count_without(const struct search_page *p, const struct search_filter *f, struct search_answer *out)
{
	struct search_question q = p->q;
	struct search_filter *others = arena_array(p->cx->mem, struct search_filter, q.n_filters);
	size_t n = 0;

	for (size_t i = 0; i < q.n_filters; i++)
		if (&q.filters[i] != f)
			others[n++] = q.filters[i];
	q.filters = others;
	q.n_filters = n;
	q.fields = &f->field;
	q.n_fields = 1;
	q.limit = q.offset = 0;
	q.facets = false;
	return ask(p->cx, q, out);
}

static void add_value(struct arena *mem, struct json *list, const char *value, uint64_t count, bool chosen)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "value", json_str(mem, value));
	json_set(mem, v, "count", json_num(mem, (double)count));
	json_set(mem, v, "chosen", json_bool(mem, chosen));
	json_push(mem, list, v);
}

static struct json *values_of(struct arena *mem, const char *field, const struct search_filter *chosen,
			      const struct search_answer *found)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; chosen && i < chosen->n; i++)
		add_value(mem, list, chosen->values[i], count_of(found, field, chosen->values[i]), true);
	for (size_t i = 0; i < found->n_facets && list->a.n < VALUES_SHOWN; i++)
		if (streq(found->facets[i].field, field) && !has_value(chosen, found->facets[i].value))
			add_value(mem, list, found->facets[i].value, found->facets[i].count, false);
	return list;
}

static int add_filters(struct search_page *p)
{
	struct arena *mem = p->cx->mem;
	struct json *list = json_array(mem);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < FIELDS; i++) {
		const struct search_filter *chosen = filter_of(p, fields[i]);
		struct search_answer found = p->found;
		struct json *f = json_object(mem);

		if (chosen)
			rc = count_without(p, chosen, &found);
		if (rc < 0)
			return rc;
		struct json *values = values_of(mem, fields[i], chosen, &found);

		if (!chosen && values->a.n < 2)
			continue;
		json_set(mem, f, "field", json_str(mem, fields[i]));
		json_set(mem, f, "title", json_str(mem, titles[i]));
		json_set(mem, f, "values", values);
		json_push(mem, list, f);
	}
	json_set(mem, p->vars, "filters", list);
	return rc;
}

/* ---- the page ---- */

static void add_results(struct search_page *p)
{
	struct arena *mem = p->cx->mem;
	struct json *rows = json_array(mem);
	uint64_t from = p->q.offset;

	for (size_t i = 0; i < p->found.n; i++)
		json_push(mem, rows, search_hit_row(p->cx, &p->found, &p->found.hits[i]));
	json_set(mem, p->vars, "rows", rows);
	json_set(mem, p->vars, "total", json_num(mem, (double)p->found.total));
	json_set(mem, p->vars, "from", json_num(mem, (double)(from + 1)));
	json_set(mem, p->vars, "to", json_num(mem, (double)(from + p->found.n)));
	bool more = from + p->q.limit < p->found.total && p->page + 1 < PAGES_MOST;

	json_set(mem, p->vars, "previous_url", json_str(mem, p->page ? address(p, NULL, p->page - 1) : ""));
	json_set(mem, p->vars, "next_url", json_str(mem, more ? address(p, NULL, p->page + 1) : ""));
	json_set(mem, p->vars, "meant", json_str(mem, p->found.meant ? p->found.meant : ""));
	json_set(mem, p->vars, "meant_url", json_str(mem, p->found.meant ? bare_address(p, p->found.meant) : ""));
}

/* What a form would forget, as hidden fields. */
static void add_chosen(struct search_page *p)
{
	struct arena *mem = p->cx->mem;
	struct json *types = json_array(mem), *chosen = json_array(mem);

	for (size_t i = 0; i < p->q.n_types; i++)
		json_push(mem, types, json_str(mem, p->q.types[i]));
	for (size_t i = 0; i < p->q.n_filters; i++)
		for (size_t k = 0; k < p->q.filters[i].n; k++) {
			struct json *one = json_object(mem);

			json_set(mem, one, "name", json_fmt(mem, "filters[%s][]", p->q.filters[i].field));
			json_set(mem, one, "value", json_str(mem, p->q.filters[i].values[k]));
			json_push(mem, chosen, one);
		}
	json_set(mem, p->vars, "words", json_str(mem, p->q.term));
	json_set(mem, p->vars, "chosen_types", types);
	json_set(mem, p->vars, "chosen", chosen);
	json_set(mem, p->vars, "bare_url", json_str(mem, bare_address(p, p->q.term)));
}

static int read_asked(struct search_page *p)
{
	const char *cursor = req_query(p->rq, "pageCursor");
	int rc = search_params(p->rq, &p->q);

	p->q.term = search_words(p->rq, "query");
	p->q.fields = fields;
	p->q.n_fields = FIELDS;
	p->q.facets = true;
	p->q.limit = (unsigned)search_setting(json_path(p->cx->conf, "search", "query", NULL), "pageLimit", ROWS, ROWS_MOST);
	if (rc == 0 && cursor && *cursor)
		rc = search_cursor_read(p->cx, cursor, &p->page);
	p->page = p->page < PAGES_MOST ? p->page : PAGES_MOST - 1;
	p->q.offset = (unsigned)(p->page * p->q.limit);
	return rc;
}

int search_show(struct req *rq, struct resp *rs)
{
	struct search_page p = { .rq = rq, .cx = rq->cx, .vars = json_object(rq->cx->mem) };
	int rc = identity_known(rq->cx);

	if (rc == 0)
		rc = read_asked(&p);
	if (rc == 0 && (*p.q.term || p.q.n_types || p.q.n_filters))
		rc = ask(p.cx, p.q, &p.found);
	if (rc == 0)
		rc = add_filters(&p);
	if (rc < 0)
		return rc;
	add_types(&p);
	add_results(&p);
	add_chosen(&p);
	json_set(p.cx->mem, p.vars, "asked", json_bool(p.cx->mem, *p.q.term || p.q.n_types || p.q.n_filters));
	json_set(p.cx->mem, p.vars, "pages", search_portal_pages(p.cx, p.q.term));
	return page_render(rq, rs, 200, "search/search.html", p.vars);
}

/* ---- in one entity's documents ---- */

int search_in_entity(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	const char *types[] = { SEARCH_DOCS };
	struct search_question q = { .term = search_words(rq, "q"), .types = types, .n_types = 1, .limit = SITE_ROWS };
	struct search_answer found = { 0 };
	struct json *vars = json_object(cx->mem), *rows = json_array(cx->mem);
	int rc = entity_id_by_name(cx, req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name"), &q.entity_id);

	if (rc == 0 && *q.term)
		rc = search_query(cx, &q, &found);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < found.n; i++)
		json_push(cx->mem, rows, search_hit_row(cx, &found, &found.hits[i]));
	json_set(cx->mem, vars, "rows", rows);
	json_set(cx->mem, vars, "words", json_str(cx->mem, q.term));
	json_set(cx->mem, vars, "total", json_num(cx->mem, (double)found.total));
	return page_render(rq, rs, 200, "search/site.html", vars);
}
