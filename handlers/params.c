/* Query parameters that several routes take, refused in the words of Backstage's request validation. */
#include "handlers/handlers.h"

int query_number(struct req *rq, const char *name, long least, long *out)
{
	const char *text = req_query(rq, name);

	if (!text)
		return 0;
	if (!str_long(text, -NUMBER_MOST, NUMBER_MOST, out))
		return fail(rq->cx, ERR_INPUT, "request/query/%s must be integer", name);
	if (*out < least)
		return fail(rq->cx, ERR_INPUT, "request/query/%s must be >= %ld", name, least);
	return 0;
}

int query_filter(struct req *rq, struct filter *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rq->query.n; i++)
		if (streq(rq->query.items[i].name, "filter"))
			rc = filter_add(rq->cx, out, rq->query.items[i].value);
	return rc;
}

int query_fields(struct req *rq, struct fields *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rq->query.n; i++)
		if (streq(rq->query.items[i].name, "fields"))
			rc = fields_add(rq->cx, out, rq->query.items[i].value);
	return rc;
}
