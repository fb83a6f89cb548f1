/* "Did you mean": entities whose names are like one that is not there. */
#include "handlers/near.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/map.h"
#include "catalog/query.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "handlers/entity_view.h"
#include "handlers/links.h"
#include "web/router.h"

enum { GRAM = 3, GRAMS = 6, NAMES = 4000, SHOWN = 5 };

struct candidate {
	const char *name;
	size_t distance;
};
struct candidates {
	struct candidate *items;
	size_t n, cap;
};

static int by_distance(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return x->distance != y->distance ? (x->distance < y->distance ? -1 : 1) : strcmp(x->name, y->name);
}

/* How far two names may be apart and still be taken for each other. */
static size_t reach(const char *name)
{
	size_t n = strlen(name) / 3;

	return n < 2 ? 2 : n > 8 ? 8 : n;
}

/* Names that share some letters, from the index; whoever mistypes a name leaves some three letters in a row as they are. */
static int collect(struct ctx *cx, const char *name, struct candidates *out)
{
	static const char *key = "metadata.name";
	size_t n = strlen(name), step = n > GRAM * GRAMS ? (n - GRAM) / (GRAMS - 1) : 2;
	struct map seen = { 0 };
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < n && (at == 0 || at + GRAM <= n); at += step) {
		struct query q = { .text = arena_strndup(cx->mem, name + at, n - at < GRAM ? n - at : GRAM) };
		struct facet found;

		*list_add(cx->mem, &q.text_fields) = key;
		rc = query_facets(cx, &q, &(struct text_list){ .items = &key, .n = 1 }, &found);
		for (size_t i = 0; rc == 0 && i < found.n && out->n < NAMES; i++) {
			const char *lower = str_lower(cx->mem, found.items[i].value, strlen(found.items[i].value));
			size_t far = str_distance(name, lower, reach(name) + 1);

			if (far > reach(name) && !strstr(lower, name) && !(strlen(lower) > 4 && strstr(name, lower)))
				continue;
			if (!map_put(cx->mem, &seen, lower, out))
				*list_add(cx->mem, out) = (struct candidate){ lower, far };
		}
	}
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), by_distance);
	return rc;
}

/* The entities of the nearest names: those of the kind that was asked for first. */
static int add_rows(struct ctx *cx, const struct candidates *names, const char *kind, struct json *near)
{
	struct query q = { .limit = SHOWN * 4 };
	struct conjunction all = { 0 };
	struct condition *c = list_add(cx->mem, &all);
	struct entities found = { 0 };
	struct query_page page;
	int rc;

	*c = (struct condition){ .key = "metadata.name" };
	for (size_t i = 0; i < names->n && i < SHOWN; i++)
		*list_add(cx->mem, &c->values) = names->items[i].name;
	*list_add(cx->mem, &q.filter) = all;
	rc = query_page(cx, &q, &page);
	if (rc == 0)
		rc = query_bodies(cx, &q, page.hits, page.n, &found);
	for (int same_kind = 1; same_kind >= 0; same_kind--) {
		for (size_t i = 0; rc == 0 && i < found.n && near->a.n < SHOWN; i++) {
			struct json *doc;

			rc = json_parse(cx, found.items[i].body, &doc);
			if (rc == 0 && str_ieq(json_get_text(doc, "kind", ""), kind) == same_kind)
				json_push(cx->mem, near, entity_row(cx->mem, doc));
		}
	}
	return rc;
}

static const char *param(const struct req *rq, const char *name, const char *dflt)
{
	for (size_t i = 0; i < rq->path_params.n; i++)
		if (streq(rq->path_params.items[i].name, name))
			return rq->path_params.items[i].value;
	return dflt;
}

void near_entity(struct req *rq, int code, struct json *vars)
{
	struct arena *mem = rq->cx->mem;
	struct json *near = json_set(mem, vars, "near", json_array(mem)), *wanted;
	struct candidates names = { 0 };
	struct err before = rq->cx->err;

	json_set(mem, vars, "wanted", json_null(mem));
	if (code != ERR_NOTFOUND || !rq->route || !str_starts(rq->route->pattern, "/catalog/:namespace/"))
		return;
	struct ref r = { param(rq, "kind", "api"), param(rq, "namespace", ""), param(rq, "name", "") };
	const char *kind = str_lower(mem, r.kind, strlen(r.kind)), *name = str_lower(mem, r.name, strlen(r.name));

	wanted = json_set(mem, vars, "wanted", json_object(mem));
	json_set(mem, wanted, "kind", json_str(mem, r.kind));
	json_set(mem, wanted, "name", json_str(mem, r.name));
	json_set(mem, wanted, "ref", json_str(mem, ref_format(mem, &r)));
	json_set(mem, wanted, "search", json_str(mem, link_search(mem, name)));
	if (strlen(name) < 64 && collect(rq->cx, name, &names) == 0 && names.n)
		add_rows(rq->cx, &names, kind, near);
	rq->cx->err = before;
}
