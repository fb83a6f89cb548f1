/* The first page: what is yours, what you starred, what you looked at last, and what there is. */
#include <stdlib.h>

#include "base/list.h"
#include "catalog/query.h"
#include "ext/json.h"
#include "handlers/browse.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/plugins.h"
#include "handlers/sign_in.h"
#include "handlers/stars.h"
#include "handlers/view_words.h"
#include "identity/identity.h"
#include "identity/setting.h"

enum { OWNED_ROWS = 10, STARS_MOST = 50, VISITS_SHOWN = 10 };

/* ---- parts ---- */

/* What people come for is first. */
static unsigned kind_rank(const char *kind)
{
	static const char *const order[] = { "component", "api", "system", "domain", "resource", "template", "group", "user" };
	unsigned i = 0;

	while (i < LEN(order) && !str_ieq(order[i], kind))
		i++;
	return str_ieq(kind, "location") ? i + 1 : i;
}

static int by_rank(const void *a, const void *b)
{
	const struct facet_value *x = a, *y = b;
	unsigned i = kind_rank(x->value), k = kind_rank(y->value);

	return i != k ? (i > k) - (i < k) : strcmp(x->value, y->value);
}

/* [{title, plural, count, url}] of the kinds of what q leaves. */
static int kinds_of(struct ctx *cx, const struct query *q, enum browse_user user, struct json *to)
{
	static const char *kind = "kind";
	struct facet kinds;
	int rc = query_facets(cx, q, &(struct text_list){ .items = &kind, .n = 1 }, &kinds);

	if (rc == 0 && kinds.n)
		qsort(kinds.items, kinds.n, sizeof(*kinds.items), by_rank);
	for (size_t i = 0; rc == 0 && i < kinds.n; i++) {
		const char *value = kinds.items[i].value;
		struct browse b = { .path = "/catalog", .text = "", .sort = "name", .limit = BROWSE_ROWS, .user = user };
		struct json *k = json_object(cx->mem);

		b.kind = str_lower(cx->mem, value, strlen(value));
		json_set(cx->mem, k, "title", json_str(cx->mem, value));
		json_set(cx->mem, k, "plural", json_str(cx->mem, kind_plural(cx->mem, value)));
		json_set(cx->mem, k, "count", json_num(cx->mem, kinds.items[i].count));
		json_set(cx->mem, k, "url", json_str(cx->mem, browse_url(cx->mem, &b)));
		json_push(cx->mem, to, k);
	}
	return rc;
}

/* What one owns oneself or through a team: its kinds, those that have errors, and the first of them. */
static int add_owned(struct ctx *cx, struct json *vars)
{
	struct browse b = { .path = "/catalog", .kind = "", .text = "", .sort = "name", .user = USER_OWNED };
	struct json *rows = json_array(cx->mem), *kinds = json_array(cx->mem), *sick = json_array(cx->mem);
	struct query_page page = { 0 }, bad = { 0 };
	struct query q;
	int rc;

	b.limit = OWNED_ROWS;
	browse_to_query(cx, &b, BROWSE_LISTS, NULL, &q);
	rc = entity_rows(cx, &q, &page, &rows);
	if (rc == 0)
		rc = kinds_of(cx, &q, USER_OWNED, kinds);
	b.error = true;
	browse_to_query(cx, &b, BROWSE_LISTS, NULL, &q);
	if (rc == 0)
		rc = entity_rows(cx, &q, &bad, &sick);
	json_set(cx->mem, vars, "owned", rows);
	json_set(cx->mem, vars, "owned_total", json_num(cx->mem, (double)page.total));
	json_set(cx->mem, vars, "owned_kinds", kinds);
	json_set(cx->mem, vars, "owned_sick", sick);
	return rc;
}

/* Only what is still there, and may still be seen. */
static int add_starred(struct ctx *cx, struct json *vars)
{
	struct text_list stars = { 0 };
	struct json *rows = json_array(cx->mem);
	int rc = stars_of(cx, &stars);

	if (stars.n > STARS_MOST) {
		stars.items += stars.n - STARS_MOST;
		stars.n = STARS_MOST;
	}
	struct entity *found = arena_array(cx->mem, struct entity, stars.n);

	if (rc == 0 && stars.n)
		rc = entity_by_refs(cx, &stars, found);
	for (size_t i = 0; rc == 0 && i < stars.n; i++) {
		struct json *e;

		if (!found[i].body.p)
			continue;
		rc = json_parse(cx, found[i].body, &e);
		if (rc == 0)
			json_push(cx->mem, rows, entity_row(cx->mem, e));
	}
	json_set(cx->mem, vars, "starred", rows);
	return rc;
}

/* What went away or may no longer be seen is not offered again. */
static int add_visited(struct ctx *cx, struct json *vars)
{
	struct visits all = { 0 };
	struct text_list refs = { 0 };
	struct json *rows = json_array(cx->mem);
	int rc = cx->who && cx->who->kind == WHO_USER ? setting_visits(cx, &all) : 0;

	for (size_t i = 0; i < all.n; i++)
		*list_add(cx->mem, &refs) = all.items[i].ref ? all.items[i].ref : "";
	bool *there = arena_array(cx->mem, bool, refs.n);

	if (rc == 0 && refs.n)
		rc = entity_exist(cx, &refs, there);
	for (size_t i = 0; rc == 0 && i < all.n && rows->a.n < VISITS_SHOWN; i++) {
		struct json *v = json_object(cx->mem);

		if (!there[i])
			continue;
		json_set(cx->mem, v, "ref", json_str(cx->mem, refs.items[i]));
		json_set(cx->mem, v, "title", json_str(cx->mem, all.items[i].title));
		json_set(cx->mem, v, "url", json_str(cx->mem, link_entity(cx->mem, refs.items[i])));
		json_set(cx->mem, v, "at", json_num(cx->mem, (double)all.items[i].at));
		json_push(cx->mem, rows, v);
	}
	json_set(cx->mem, vars, "visited", rows);
	return rc;
}

static void add_teams(struct ctx *cx, struct json *vars)
{
	struct json *teams = json_array(cx->mem);

	for (const char *const *ref = (const char *const *)cx->who->owns; *ref; ref++)
		if (str_starts(*ref, "group:"))
			json_push(cx->mem, teams, json_str(cx->mem, *ref));
	json_set(cx->mem, vars, "teams", teams);
}

/* ---- the page ---- */

/* Who is not let in yet is shown the door, whether or not there is anything behind it. */
static bool must_sign_in(struct ctx *cx)
{
	struct err before = cx->err;
	int rc = identity_allow(cx, "catalog.entity.read");

	cx->err = before;
	return rc == ERR_AUTH;
}

int home_show(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct json *vars = json_object(cx->mem), *kinds = json_array(cx->mem);
	int rc = identity_known(cx);

	if (rc < 0)
		return rc;
	if (!cx->who || must_sign_in(cx))
		return sign_in_offered(cx) ? sign_in_first(rq, rs) : fail(cx, ERR_AUTH, "Missing credentials");
	rc = kinds_of(cx, &(struct query){ 0 }, USER_ALL, kinds);
	if (rc == 0)
		rc = add_owned(cx, vars);
	if (rc == 0)
		rc = add_starred(cx, vars);
	if (rc == 0)
		rc = add_visited(cx, vars);
	if (rc < 0)
		return rc;
	add_teams(cx, vars);
	json_set(cx->mem, vars, "kinds", kinds);
	json_set(cx->mem, vars, "later", plugins_widgets(cx));
	return page_render(rq, rs, 200, "home.html", vars);
}
