/* callboard.search: what whoever asks may find; in a schedule, everything. */
#include "base/list.h"
#include "plugins/api.h"
#include "search/search.h"

enum { ROWS = 25, MOST_ROWS = 100 };

static int read_texts(struct ctx *cx, const struct json *v, const char *name, struct text_list *out)
{
	if (json_is(v, JSON_STRING))
		*list_add(cx->mem, out) = v->s.p;
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < v->a.n; i++) {
		if (!json_is(v->a.items[i], JSON_STRING))
			return fail(cx, ERR_INPUT, "%s must be a text or a list of texts", name);
		*list_add(cx->mem, out) = v->a.items[i]->s.p;
	}
	return v && !out->n ? fail(cx, ERR_INPUT, "%s must be a text or a list of texts", name) : 0;
}

static int read_options(struct ctx *cx, const struct json *options, struct search_question *q)
{
	static const char *const known[] = { "types", "filters", "limit", NULL };
	const struct json *filters = json_get(options, "filters");
	struct search_filter *list = arena_array(cx->mem, struct search_filter, json_len(filters));
	const struct json *most = json_get(options, "limit");
	double limit = json_get_num(options, "limit", ROWS);
	struct text_list types = { 0 };
	int rc = api_only(cx, options, known);

	if (rc == 0)
		rc = read_texts(cx, json_get(options, "types"), "types", &types);
	if (rc == 0 && filters && !api_is_table(filters))
		rc = fail(cx, ERR_INPUT, "filters must be a table with names, not %s", json_type_name(filters));
	for (size_t i = 0; rc == 0 && json_is(filters, JSON_OBJECT) && i < filters->o.n; i++) {
		struct text_list values = { 0 };

		rc = read_texts(cx, filters->o.m[i].value, "a filter", &values);
		list[q->n_filters++] = (struct search_filter){ filters->o.m[i].key.p, values.items, values.n };
	}
	if (rc == 0 && ((most && !json_is(most, JSON_NUMBER)) || !(limit >= 1 && limit <= MOST_ROWS)))
		rc = fail(cx, ERR_INPUT, "limit must be a number from 1 to %d", MOST_ROWS);
	q->types = types.items;
	q->n_types = types.n;
	q->filters = list;
	q->limit = (unsigned)limit;
	return rc;
}

int api_search_query(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	struct search_question q = { .limit = ROWS };
	const struct json *options = NULL;
	struct search_answer found;
	int rc = api_text(cx, args, n, 0, "term", &q.term);

	(void)p;
	if (rc == 0)
		rc = api_table(cx, args, n, 1, "options", false, &options);
	if (rc == 0 && options)
		rc = read_options(cx, options, &q);
	if (rc == 0)
		rc = search_query(cx, &q, &found);
	if (rc < 0)
		return rc;
	struct json *results = json_array(cx->mem);

	for (size_t i = 0; i < found.n; i++) {
		struct json *one = json_object(cx->mem);

		json_set(cx->mem, one, "type", json_str(cx->mem, found.hits[i].type));
		json_set(cx->mem, one, "document", json_copy(cx->mem, found.hits[i].document));
		json_push(cx->mem, results, one);
	}
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "results", results);
	json_set(cx->mem, *out, "total", json_num(cx->mem, (double)found.total));
	return 0;
}
