/* /api/search: what Backstage's clients search with. Behaviour: backstage-facts 6.1. */
#include "base/utf8.h"
#include "ext/crypto.h"
#include "handlers/handlers.h"
#include "handlers/search_params.h"

enum { TERM_MOST = 100, LIMIT = 25, LIMIT_MOST = 100, LIMIT_EVER = 1000, PART = 220 };

struct asked {
	struct search_question q;
	uint64_t page;
};

static int read_limit(struct req *rq, struct search_question *q)
{
	const char *text = req_query(rq, "pageLimit");
	long n = LIMIT, most = search_setting(json_get(rq->cx->conf, "search"), "maxPageLimit", LIMIT_MOST, LIMIT_EVER);

	if (text && !str_long(text, 0, 1000000000, &n))
		return fail(rq->cx, ERR_INPUT, "The page limit \"%.100s\" is not a number", text);
	if (text && n > most)
		return fail(rq->cx, ERR_INPUT, "The page limit \"%ld\" is greater than \"%ld\"", n, most);
	/* To Backstage's engines 0 is as none. */
	q->limit = n ? (unsigned)n : LIMIT;
	return 0;
}

static int read_asked(struct req *rq, struct asked *a)
{
	const char *term = req_query(rq, "term"), *cursor = req_query(rq, "pageCursor");
	long most = search_setting(json_get(rq->cx->conf, "search"), "maxTermLength", TERM_MOST, INT32_MAX);
	int rc = search_params(rq, &a->q);

	a->q.term = term ? term : "";
	size_t n = utf8_len(a->q.term, strlen(a->q.term));

	if (rc == 0 && n > (size_t)most)
		rc = fail(rq->cx, ERR_INPUT, "The term length \"%zu\" is greater than \"%ld\"", n, most);
	if (rc == 0)
		rc = read_limit(rq, &a->q);
	if (rc == 0 && cursor && *cursor)
		rc = search_cursor_read(rq->cx, cursor, &a->page);
	a->q.offset = (unsigned)(a->page * a->q.limit);
	return rc;
}

/* The tags are another in each answer, so that no document can look as if it was marked. */
static struct json *highlight(struct ctx *cx, const char *term, const struct search_hit *hit, const struct search_marks *m)
{
	struct json *out = json_object(cx->mem), *fields = json_object(cx->mem);
	bool found;
	struct str title = search_highlight(cx, term, str_of(hit->title), SIZE_MAX / 2, m, &found);

	if (found)
		json_set(cx->mem, fields, "title", json_strn(cx->mem, title.p, title.n));
	struct str text = search_highlight(cx, term, hit->text, PART, m, &found);

	if (found)
		json_set(cx->mem, fields, "text", json_strn(cx->mem, text.p, text.n));
	json_set(cx->mem, out, "preTag", json_str(cx->mem, m->before));
	json_set(cx->mem, out, "postTag", json_str(cx->mem, m->behind));
	json_set(cx->mem, out, "fields", fields);
	return json_len(fields) ? out : NULL;
}

static struct json *results(struct ctx *cx, const struct asked *a, const struct search_answer *found)
{
	char tag[37];

	crypto_uuid(tag);
	const struct search_marks m = { arena_printf(cx->mem, "<%s>", tag), arena_printf(cx->mem, "</%s>", tag), NULL };
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; i < found->n; i++) {
		const struct search_hit *hit = &found->hits[i];
		struct json *one = json_object(cx->mem), *marked = *found->found ? highlight(cx, found->found, hit, &m) : NULL;

		json_set(cx->mem, one, "type", json_str(cx->mem, hit->type));
		json_set(cx->mem, one, "document", json_copy(cx->mem, hit->document));
		json_set(cx->mem, one, "rank", json_num(cx->mem, (double)(a->q.offset + i + 1)));
		if (marked)
			json_set(cx->mem, one, "highlight", marked);
		json_push(cx->mem, list, one);
	}
	return list;
}

int search_api_query(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct asked a = { 0 };
	struct search_answer found;
	int rc = read_asked(rq, &a);

	if (rc == 0)
		rc = search_query(cx, &a.q, &found);
	if (rc < 0)
		return rc;
	struct json *out = json_object(cx->mem);

	json_set(cx->mem, out, "results", results(cx, &a, &found));
	json_set(cx->mem, out, "numberOfResults", json_num(cx->mem, (double)found.total));
	if ((uint64_t)a.q.offset + a.q.limit < found.total)
		json_set(cx->mem, out, "nextPageCursor", json_str(cx->mem, search_cursor(cx->mem, a.page + 1)));
	if (a.page)
		json_set(cx->mem, out, "previousPageCursor", json_str(cx->mem, search_cursor(cx->mem, a.page - 1)));
	return resp_json(rs, 200, out);
}
