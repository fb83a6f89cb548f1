/* What the pickers of forms look up, as JSON: {items: [{value, label, title, detail}], total}. */
#include <stdlib.h>

#include "ext/json.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "scaffolder/form.h"
#include "scaffolder/form_pick.h"
#include "scaffolder/provider.h"

enum { ROWS = 20, MOST_FILTER = 16384 };

static const char *asked(const struct req *rq, const char *name)
{
	const char *text = req_query(rq, name);

	return text ? text : "";
}

static void add_item(struct arena *mem, struct json *items, const char *value, const char *label, const char *title,
		     const char *detail)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "value", json_str(mem, value));
	json_set(mem, v, "label", json_str(mem, label));
	json_set(mem, v, "title", json_str(mem, title));
	json_set(mem, v, "detail", json_str(mem, detail));
	json_push(mem, items, v);
}

static int answer(struct req *rq, struct resp *rs, struct json *items, double total)
{
	struct json *v = json_object(rq->cx->mem);

	json_set(rq->cx->mem, v, "items", items);
	json_set(rq->cx->mem, v, "total", json_num(rq->cx->mem, total));
	return resp_json(rs, 200, v);
}

static int read_json(struct req *rq, const char *name, enum json_type type, struct json **out)
{
	const char *text = asked(rq, name);
	int rc;

	*out = NULL;
	if (!*text)
		return 0;
	if (strlen(text) > MOST_FILTER)
		return fail(rq->cx, ERR_INPUT, "request/query/%s is longer than %d bytes", name, MOST_FILTER);
	rc = json_parse(rq->cx, str_of(text), out);
	if (rc < 0)
		return fail_in(rq->cx, rc, "request/query/%s", name);
	return (*out)->type == type || (*out)->type == JSON_ARRAY
		       ? 0
		       : fail(rq->cx, ERR_INPUT, "request/query/%s is no filter", name);
}

/* ---- entities ---- */

/* What is typed may be a reference: the name is behind the kind and the namespace. */
static const char *words_of(const char *text)
{
	const char *colon = strrchr(text, ':'), *slash = strrchr(text, '/');
	const char *from = slash && (!colon || slash > colon) ? slash : colon;

	return from ? from + 1 : text;
}

static void to_query(struct req *rq, const struct json *predicate, struct query *q)
{
	static const char *const fields[] = { "metadata.name", "metadata.title", "spec.profile.displayname" };
	const char *words = words_of(asked(rq, "q"));

	*q = (struct query){ .predicate = predicate, .orders = { { "metadata.name", false } }, .n_orders = 1, .limit = ROWS };
	if (!*words)
		return;
	q->text = words;
	for (size_t i = 0; i < LEN(fields); i++)
		*list_add(rq->cx->mem, &q->text_fields) = fields[i];
}

int form_entities(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	const char *kind = asked(rq, "kind"), *ns = asked(rq, "namespace");
	struct json *filter, *predicate, *rows = NULL, *items = json_array(mem);
	struct query_page page;
	struct query q;
	int rc = read_json(rq, "filter", JSON_OBJECT, &filter);

	if (rc < 0)
		return rc;
	predicate = form_entity_predicate(rq->cx, filter, streq(asked(rq, "owned"), "1"));
	if (predicate)
		rc = predicate_check(rq->cx, predicate, "request/query/filter");
	to_query(rq, predicate, &q);
	if (rc == 0)
		rc = entity_rows(rq->cx, &q, &page, &rows);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < rows->a.n; i++) {
		const struct json *e = rows->a.items[i];
		const char *ref = json_get_text(e, "ref", ""), *label = form_ref_text(mem, ref, kind, ns);
		const char *type = json_get_text(e, "type", "");

		add_item(mem, items, ref, label, json_get_text(e, "title", ref),
			 arena_printf(mem, "%s%s%s", ref, *type ? " · " : "", type));
	}
	return answer(rq, rs, items, (double)page.total);
}

/* ---- tags ---- */

static int by_count(const void *a, const void *b)
{
	const struct facet_value *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->value, y->value);
}

int form_tags(struct req *rq, struct resp *rs)
{
	static const char *key = "metadata.tags";
	struct arena *mem = rq->cx->mem;
	struct json *kinds, *filter = json_object(mem), *items = json_array(mem);
	struct query q = { 0 };
	struct facet found;
	size_t total = 0;
	int rc = read_json(rq, "kinds", JSON_ARRAY, &kinds);

	if (rc == 0 && json_len(kinds)) {
		json_set(mem, filter, "kind", kinds);
		q.predicate = form_entity_predicate(rq->cx, filter, false);
		rc = predicate_check(rq->cx, q.predicate, "request/query/kinds");
	}
	if (rc == 0)
		rc = query_facets(rq->cx, &q, &(struct text_list){ .items = &key, .n = 1 }, &found);
	if (rc < 0)
		return rc;
	qsort(found.items, found.n, sizeof(*found.items), by_count);
	for (size_t i = 0; i < found.n; i++) {
		if (!strcasestr(found.items[i].value, asked(rq, "q")))
			continue;
		if (total++ < ROWS)
			add_item(mem, items, found.items[i].value, found.items[i].value, "",
				 arena_printf(mem, "%u", found.items[i].count));
	}
	return answer(rq, rs, items, (double)total);
}

/* ---- repositories ---- */

/* Of a host that does not answer nothing is suggested: the field says why, and takes what is typed. */
static int answer_why(struct req *rq, struct resp *rs)
{
	struct json *v = json_object(rq->cx->mem);

	json_set(rq->cx->mem, v, "items", json_array(rq->cx->mem));
	json_set(rq->cx->mem, v, "total", json_num(rq->cx->mem, 0));
	json_set(rq->cx->mem, v, "why", json_fmt(rq->cx->mem, "Type it: %s.", rq->cx->err.text));
	return resp_json(rs, 200, v);
}

int form_repositories(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	const struct json *repo = form_repo_parts(mem, asked(rq, "repo"));
	bool whole = strchr(asked(rq, "repo"), '?') != NULL;
	struct provider_question q = { .host = whole ? json_get_text(repo, "host", "") : asked(rq, "host"),
				       .what = asked(rq, "what"),
				       .owner = whole ? json_get_text(repo, "owner", "") : asked(rq, "owner"),
				       .repo = whole ? json_get_text(repo, "repo", "") : "",
				       .words = asked(rq, "q") };
	struct json *names, *items = json_array(mem);

	resp_header(rs, "Cache-Control", "private, max-age=60");
	if (provider_names(rq->cx, &q, &names) < 0)
		return answer_why(rq, rs);
	for (size_t i = 0; i < names->a.n; i++) {
		const char *name = json_text(names->a.items[i], "");

		add_item(mem, items, name, name, "", "");
	}
	return answer(rq, rs, items, (double)names->a.n);
}
