/* A page of an entity's documentation in the portal's frame, and what is shown where there is none. */
#include "base/log.h"
#include "docs/reader.h"
#include "docs/ref.h"
#include "handlers/docs_file.h"
#include "handlers/docs_view.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/may.h"
#include "handlers/page.h"
#include "handlers/search_hit.h"
#include "handlers/stars.h"

enum { SUGGESTIONS = 6, FOUND = 30 };

struct docs_page {
	struct req *rq;
	struct ctx *cx;
	const char *ref, *path, *base; /* base: where the site is shown, with a slash at its end */
	struct json *entity, *vars;
	struct docs_site site;
};

static void set_text(struct docs_page *p, struct json *v, const char *key, const char *text)
{
	json_set(p->cx->mem, v, key, json_str(p->cx->mem, text ? text : ""));
}

static void set_html(struct docs_page *p, struct json *v, const char *key, struct str html)
{
	json_set(p->cx->mem, v, key, json_strn(p->cx->mem, html.p ? html.p : "", html.n));
}

/* ---- what all of them show ---- */

static int add_frame(struct docs_page *p)
{
	struct arena *mem = p->cx->mem;
	struct json *e = entity_row(mem, p->entity);
	struct text_list stars = { 0 };
	int rc = stars_of(p->cx, &stars);

	json_set(mem, e, "starred", json_bool(mem, stars_has(&stars, p->ref)));
	json_set(mem, p->vars, "e", e);
	set_text(p, p->vars, "crumb", "");
	set_text(p, p->vars, "words", "");
	json_set(mem, p->vars, "docs", docs_site_json(p->cx, &p->site));
	set_text(p, p->vars, "base", p->base);
	set_text(p, p->vars, "events", link_docs_events(mem, p->ref, p->site.path ? p->site.path : ""));
	set_text(p, p->vars, "found_url", link_search_in(mem, p->ref));
	set_text(p, p->vars, "refresh", link_docs_refresh(mem, p->ref));
	json_set(mem, p->vars, "can_refresh",
		 json_bool(mem, json_get_bool(page_may_with(p->cx, p->entity), "catalog.entity.refresh", false)));
	return rc;
}

static int show_state(struct docs_page *p, struct resp *rs)
{
	const char *log, *log_of;
	int rc = docs_log_of(p->cx, p->ref, &log, &log_of);

	if (rc < 0)
		return rc;
	set_text(p, p->vars, "log", log);
	return page_render(p->rq, rs, 200, "docs/state.html", p->vars);
}

/* ---- a page ---- */

/* Where people report what is wrong with a page, made of where it is edited; "" when that is nowhere we know. */
static const char *issue_url(struct docs_page *p, const struct reader_page *page)
{
	static const char *const hosts[][2] = {
		{ "/-/edit/", "/-/issues/new?issue[title]=" },
		{ "/_edit/", "/issues/new?title=" },
		{ "/edit/", "/issues/new?title=" },
	};
	const char *title = arena_printf(p->cx->mem, "Documentation: %s", page->title ? page->title : p->path);

	for (size_t i = 0; page->edit_url && i < LEN(hosts); i++) {
		const char *at = strstr(page->edit_url, hosts[i][0]);

		if (at)
			return arena_printf(p->cx->mem, "%.*s%s%s", (int)(at - page->edit_url), page->edit_url, hosts[i][1],
					    link_encode(p->cx->mem, title));
	}
	return "";
}

static void add_step(struct docs_page *p, struct json *v, const char *key, const struct reader_link *link)
{
	struct json *step = json_object(p->cx->mem);

	if (!link->url)
		return;
	set_text(p, step, "title", link->title);
	set_text(p, step, "url", link->url);
	json_set(p->cx->mem, v, key, step);
}

static void add_parts(struct docs_page *p, const struct reader_page *page)
{
	struct arena *mem = p->cx->mem;
	struct json *v = json_object(mem);

	set_text(p, v, "title", page->title);
	set_text(p, v, "site", page->site_name);
	set_text(p, v, "edit", page->edit_url ? link_external(page->edit_url) : "");
	set_text(p, v, "issue", issue_url(p, page));
	set_text(p, v, "author", page->author);
	set_html(p, v, "article", page->article);
	set_html(p, v, "nav", page->nav);
	set_html(p, v, "toc", page->toc);
	json_set(mem, v, "changed", json_num(mem, (double)page->changed_ms));
	json_set(mem, v, "code", json_bool(mem, page->has_code));
	json_set(mem, v, "mermaid", json_bool(mem, page->has_mermaid));
	json_set(mem, v, "previous", json_null(mem));
	json_set(mem, v, "next", json_null(mem));
	add_step(p, v, "previous", &page->previous);
	add_step(p, v, "next", &page->next);
	json_set(mem, p->vars, "page", v);
}

/* Diagrams bring styles of their own (the article has none: it was sanitised), and frames come from where the configuration
 * says. */
static void set_policy(struct docs_page *p, struct resp *rs, const struct reader_page *page)
{
	const struct json *hosts = json_path(p->cx->conf, "techdocs", "sanitizer", "allowedIframeHosts", NULL);
	struct buf b = { .mem = p->cx->mem };

	if (page->has_mermaid)
		buf_adds(&b, "; style-src 'self' 'unsafe-inline'");
	for (size_t i = 0; json_is(hosts, JSON_ARRAY) && i < hosts->a.n; i++)
		buf_addf(&b, "%s https://%s", i ? "" : "; frame-src 'self'", json_text(hosts->a.items[i], ""));
	if (b.n)
		resp_policy(rs, buf_text(&b));
}

static int show_page(struct docs_page *p, struct resp *rs, const struct reader_page *page)
{
	if (page->redirect)
		return resp_redirect(rs, page->redirect);
	add_parts(p, page);
	set_policy(p, rs, page);
	return page_render(p->rq, rs, 200, "docs/page.html", p->vars);
}

/* ---- what is not there ---- */

static int show_missing(struct docs_page *p, struct resp *rs)
{
	struct arena *mem = p->cx->mem;
	struct json *list = json_array(mem);
	struct reader_page frame;
	struct reader_link *near = NULL;
	size_t n = 0;
	int rc = reader_suggest(p->cx, p->site.reader, p->path, p->base, SUGGESTIONS, &near, &n);

	if (rc == 0)
		rc = reader_frame(p->cx, p->site.reader, p->base, &frame);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct json *one = json_object(mem);

		set_text(p, one, "title", near[i].title);
		set_text(p, one, "url", near[i].url);
		json_push(mem, list, one);
	}
	add_parts(p, &frame);
	set_text(p, p->vars, "missing", p->path);
	json_set(mem, p->vars, "near", list);
	return page_render(p->rq, rs, 404, "docs/missing.html", p->vars);
}

/* A picture or another file, or nothing. */
static int show_other(struct docs_page *p, struct resp *rs)
{
	int rc = str_ends(p->path, "/") || str_ends(p->path, ".html") ? ERR_NOTFOUND
								      : docs_file(p->rq, rs, &p->site, p->path, true);

	if (rc != ERR_NOTFOUND)
		return rc;
	p->cx->err = (struct err){ 0 };
	return show_missing(p, rs);
}

/* ---- searching in the site ---- */

static int show_found(struct docs_page *p, struct resp *rs, const char *words)
{
	const char *types[] = { SEARCH_DOCS };
	struct arena *mem = p->cx->mem;
	const struct search_question q = {
		.term = words, .types = types, .n_types = 1, .entity_id = p->site.entity_id, .limit = FOUND
	};
	struct search_answer found = { 0 };
	struct json *rows = json_array(mem);
	struct reader_page frame;
	int rc = search_query(p->cx, &q, &found);

	if (rc == 0)
		rc = reader_frame(p->cx, p->site.reader, p->base, &frame);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < found.n; i++) {
		struct json *row = json_object(mem);

		set_text(p, row, "url", link_external(found.hits[i].location));
		set_html(p, row, "title", search_hit_title(p->cx, &found, &found.hits[i]));
		set_html(p, row, "text", search_hit_text(p->cx, &found, &found.hits[i]));
		json_push(mem, rows, row);
	}
	add_parts(p, &frame);
	set_text(p, p->vars, "words", words);
	json_set(mem, p->vars, "rows", rows);
	json_set(mem, p->vars, "total", json_num(mem, (double)found.total));
	return page_render(p->rq, rs, 200, "docs/found.html", p->vars);
}

/* ---- which of them ---- */

static int show_site(struct docs_page *p, struct resp *rs)
{
	const char *words = req_query(p->rq, "q");
	struct reader_page page;
	int rc = add_frame(p);

	if (rc < 0)
		return rc;
	if (!p->site.reader)
		return show_state(p, rs);
	if (words && *words)
		return show_found(p, rs, words);
	rc = reader_open(p->cx, p->site.reader, p->path, p->base, &page);
	if (rc == ERR_NOTFOUND)
		return show_other(p, rs);
	/* The links of a page are relative to its address. */
	if (rc == 0 && *p->path && !str_ends(p->path, "/") && !str_ends(p->path, ".html"))
		return resp_redirect(rs, arena_printf(p->cx->mem, "%s/", p->rq->path));
	return rc < 0 ? rc : show_page(p, rs, &page);
}

/* Nobody waits for the answer: what is shown is what there is. */
static void keep_fresh(struct docs_page *p)
{
	if (docs_ask_if_stale(p->cx, &p->site) < 0)
		log_warn("documentation cannot be looked at now", "entity", p->ref, "error", p->cx->err.text, NULL);
	p->cx->err = (struct err){ 0 };
}

/* What a program before an upgrade left for the reader means nothing to this one: it is made anew. */
static int leave_old(struct docs_page *p)
{
	if (!p->site.reader || reader_knows(p->cx, p->site.reader))
		return 0;
	int rc = p->site.state == DOCS_GOOD ? docs_ask(p->cx, p->ref, JOB_URGENT) : 0;

	if (rc == 0)
		rc = docs_site_of(p->cx, p->ref, &p->site);
	p->site.reader = p->site.site = p->site.path = NULL;
	return rc;
}

static int show_none(struct docs_page *p, struct resp *rs)
{
	int rc = add_frame(p);

	return rc < 0 ? rc : page_render(p->rq, rs, 404, "docs/none.html", p->vars);
}

int docs_show(struct req *rq, struct resp *rs)
{
	struct docs_page p = { .rq = rq, .cx = rq->cx, .vars = json_object(rq->cx->mem), .path = req_param(rq, "path") };
	const char *other, *path;
	int rc = docs_entity(rq, &p.ref, &p.entity);

	if (rc < 0)
		return rc;
	p.base = link_docs(rq->cx->mem, p.ref, "");
	if (!*p.path && !str_ends(rq->path, "/"))
		return resp_redirect(
			rs, arena_printf(rq->cx->mem, "%s%s%s", p.base, *rq->query_string ? "?" : "", rq->query_string));
	rc = docs_elsewhere(rq->cx, p.entity, &other, &path);
	if (rc < 0)
		return rc;
	if (other)
		return resp_redirect(rs, link_docs(rq->cx->mem, other, *p.path ? p.path : path));
	if (!docs_has(p.entity))
		return show_none(&p, rs);
	rc = docs_site_of(rq->cx, p.ref, &p.site);
	if (rc < 0)
		return rc;
	keep_fresh(&p);
	rc = leave_old(&p);
	return rc < 0 ? rc : show_site(&p, rs);
}

/* ---- the button ---- */

int docs_refresh(struct req *rq, struct resp *rs)
{
	struct json *entity;
	const char *ref;
	int rc = docs_entity(rq, &ref, &entity);

	if (rc == 0 && !json_get_bool(page_may_with(rq->cx, entity), "catalog.entity.refresh", false))
		return fail(rq->cx, ERR_DENIED, "you may not refresh %s", ref);
	if (rc == 0)
		rc = docs_ask(rq->cx, ref, JOB_URGENT);
	return rc < 0 ? rc : resp_redirect(rs, link_docs(rq->cx->mem, ref, ""));
}
