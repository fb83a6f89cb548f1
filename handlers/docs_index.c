/* The list of all documentation. */
#include "catalog/query.h"
#include "catalog/ref.h"
#include "docs/docs.h"
#include "docs/ref.h"
#include "handlers/docs_view.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/stars.h"
#include "identity/identity.h"

enum { ROWS = 50 };
enum whose { ALL, OWNED, STARRED, N_WHOSE };
static const struct {
	const char *value, *title, *icon;
} whose_names[N_WHOSE] = {
	[ALL] = { "all", "All", "list" },
	[OWNED] = { "owned", "Owned", "user-round" },
	[STARRED] = { "starred", "Starred", "star" },
};

struct docs_index {
	struct req *rq;
	struct ctx *cx;
	struct json *vars;
	enum whose whose;
	const char *text, *tag;
	long offset;
	struct text_list stars;
};

/* ---- the query ---- */

static struct json *one_of(struct arena *mem, const char *key, const char *op, struct json *operand)
{
	struct json *v = json_object(mem), *test = json_object(mem);

	json_set(mem, test, op, operand);
	json_set(mem, v, key, test);
	return v;
}

static struct json *group(struct arena *mem, const char *op, struct json *list)
{
	struct json *v = json_object(mem);

	json_set(mem, v, op, list);
	return v;
}

/* Its own: what shows another's is found there. */
static struct json *has_docs(struct arena *mem)
{
	return one_of(mem, "metadata.annotations." DOCS_REF, "$exists", json_bool(mem, true));
}

static struct json *texts(struct arena *mem, const char *const *items, size_t n)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < n; i++)
		json_push(mem, list, json_str(mem, items[i]));
	return list;
}

static struct json *is_owned(struct ctx *cx)
{
	size_t n = 0;

	while (cx->who && cx->who->owns[n])
		n++;
	return one_of(cx->mem, "relations.ownedby", "$in", texts(cx->mem, cx->who ? cx->who->owns : NULL, n));
}

static struct json *is_starred(struct ctx *cx, const struct text_list *stars)
{
	struct arena *mem = cx->mem;
	struct json *any = json_array(mem);

	for (size_t i = 0; i < stars->n; i++) {
		struct ref r;
		struct json *v = json_object(mem);

		if (ref_parse(cx, stars->items[i], NULL, NULL, &r) < 0)
			continue;
		json_set(mem, v, "kind", json_str(mem, r.kind));
		json_set(mem, v, "metadata.namespace", json_str(mem, r.ns));
		json_set(mem, v, "metadata.name", json_str(mem, r.name));
		json_push(mem, any, v);
	}
	cx->err = (struct err){ 0 };
	return group(mem, "$any", any);
}

static void to_query(struct docs_index *x, enum whose whose, struct query *out)
{
	static const char *const fields[] = { "metadata.name", "metadata.title", "metadata.description" };
	struct arena *mem = x->cx->mem;
	struct json *all = json_array(mem);

	json_push(mem, all, has_docs(mem));
	if (whose == OWNED)
		json_push(mem, all, is_owned(x->cx));
	if (whose == STARRED)
		json_push(mem, all, is_starred(x->cx, &x->stars));
	if (*x->tag)
		json_push(mem, all, one_of(mem, "metadata.tags", "$in", texts(mem, &x->tag, 1)));
	*out = (struct query){ .predicate = group(mem, "$all", all), .orders = { { "metadata.name", false } }, .n_orders = 1 };
	if (*x->text) {
		out->text = x->text;
		for (size_t i = 0; i < LEN(fields); i++)
			*list_add(mem, &out->text_fields) = fields[i];
	}
}

/* ---- the page ---- */

static const char *url_of(struct docs_index *x, enum whose whose, const char *tag, long offset)
{
	struct arena *mem = x->cx->mem;
	struct buf b = { .mem = mem };

	buf_adds(&b, "/docs");
	if (whose != ALL)
		buf_addf(&b, "?show=%s", whose_names[whose].value);
	if (*x->text)
		buf_addf(&b, "%stext=%s", b.n > 5 ? "&" : "?", link_encode(mem, x->text));
	if (*tag)
		buf_addf(&b, "%stag=%s", b.n > 5 ? "&" : "?", link_encode(mem, tag));
	if (offset > 0)
		buf_addf(&b, "%soffset=%ld", b.n > 5 ? "&" : "?", offset);
	return buf_text(&b);
}

static int add_whose(struct docs_index *x)
{
	struct arena *mem = x->cx->mem;
	struct json *list = json_array(mem);
	int rc = 0;

	for (enum whose w = ALL; rc == 0 && w < N_WHOSE; w++) {
		struct json *v = json_object(mem);
		struct query_page page = { 0 };
		struct query q;

		to_query(x, w, &q);
		rc = query_page(x->cx, &q, &page);
		json_set(mem, v, "title", json_str(mem, whose_names[w].title));
		json_set(mem, v, "icon", json_str(mem, whose_names[w].icon));
		json_set(mem, v, "count", json_num(mem, (double)page.total));
		json_set(mem, v, "url", json_str(mem, url_of(x, w, x->tag, 0)));
		json_set(mem, v, "current", json_bool(mem, w == x->whose));
		json_push(mem, list, v);
	}
	json_set(mem, x->vars, "whose", list);
	return rc;
}

static void add_tags(struct docs_index *x, struct json *row)
{
	struct arena *mem = x->cx->mem;
	const struct json *tags = json_get(row, "tags");
	struct json *list = json_array(mem);

	for (size_t i = 0; json_is(tags, JSON_ARRAY) && i < tags->a.n; i++) {
		const char *tag = json_text(tags->a.items[i], "");
		struct json *v = json_object(mem);

		json_set(mem, v, "title", json_str(mem, tag));
		json_set(mem, v, "url", json_str(mem, url_of(x, x->whose, tag, 0)));
		json_push(mem, list, v);
	}
	json_set(mem, row, "tag_links", list);
}

/* What is known of the sites behind the rows. */
static int add_sites(struct docs_index *x, struct json *rows)
{
	struct arena *mem = x->cx->mem;
	struct text_list refs = { 0 };

	for (size_t i = 0; i < rows->a.n; i++)
		*list_add(mem, &refs) = json_get_text(rows->a.items[i], "ref", "");
	struct docs_site *sites = arena_array(mem, struct docs_site, refs.n + 1);
	int rc = docs_sites_of(x->cx, &refs, sites);

	for (size_t i = 0; rc == 0 && i < rows->a.n; i++) {
		struct json *row = rows->a.items[i];

		json_set(mem, row, "docs", docs_site_json(x->cx, &sites[i]));
		json_set(mem, row, "docs_url", json_str(mem, link_docs(mem, refs.items[i], "")));
		json_set(mem, row, "starred", json_bool(mem, stars_has(&x->stars, refs.items[i])));
		add_tags(x, row);
	}
	return rc;
}

static int add_rows(struct docs_index *x)
{
	struct arena *mem = x->cx->mem;
	struct json *rows = NULL;
	struct query_page page;
	struct query q;

	to_query(x, x->whose, &q);
	q.offset = (uint64_t)x->offset;
	q.limit = ROWS;
	int rc = entity_rows(x->cx, &q, &page, &rows);

	if (rc == 0)
		rc = add_sites(x, rows);
	if (rc < 0)
		return rc;
	long next = x->offset + (long)rows->a.n, back = x->offset > ROWS ? x->offset - ROWS : 0;

	json_set(mem, x->vars, "rows", rows);
	json_set(mem, x->vars, "total", json_num(mem, (double)page.total));
	json_set(mem, x->vars, "from", json_num(mem, (double)x->offset + 1));
	json_set(mem, x->vars, "to", json_num(mem, (double)next));
	json_set(mem, x->vars, "previous", json_str(mem, x->offset ? url_of(x, x->whose, x->tag, back) : ""));
	json_set(mem, x->vars, "next", json_str(mem, (uint64_t)next < page.total ? url_of(x, x->whose, x->tag, next) : ""));
	return 0;
}

int docs_index(struct req *rq, struct resp *rs)
{
	const char *text = req_query(rq, "text"), *tag = req_query(rq, "tag"), *show = req_query(rq, "show");
	struct docs_index x = {
		.rq = rq, .cx = rq->cx, .vars = json_object(rq->cx->mem), .text = text ? text : "", .tag = tag ? tag : ""
	};
	int rc = query_number(rq, "offset", 0, &x.offset);

	for (enum whose w = ALL; show && w < N_WHOSE; w++)
		if (streq(whose_names[w].value, show))
			x.whose = w;
	if (rc == 0)
		rc = stars_of(rq->cx, &x.stars);
	if (rc == 0)
		rc = add_whose(&x);
	if (rc == 0)
		rc = add_rows(&x);
	if (rc < 0)
		return rc;
	json_set(rq->cx->mem, x.vars, "text", json_str(rq->cx->mem, x.text));
	json_set(rq->cx->mem, x.vars, "tag", json_str(rq->cx->mem, x.tag));
	json_set(rq->cx->mem, x.vars, "show", json_str(rq->cx->mem, x.whose == ALL ? "" : whose_names[x.whose].value));
	json_set(rq->cx->mem, x.vars, "clear_tag", json_str(rq->cx->mem, url_of(&x, x.whose, "", 0)));
	return page_render(rq, rs, 200, "docs/index.html", x.vars);
}
