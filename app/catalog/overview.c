/* What those who run the portal look at: problems and locations, a page at a time. */
#include "catalog/overview.h"

#include "sql/overview.h"

int overview_problems(struct ctx *cx, uint64_t before, uint64_t limit, struct json **out)
{
	struct arena *mem = cx->mem;
	DB_ROWS rows = { 0 };
	struct q_overview_problems_out row;
	int rc = q_overview_problems_open(
		cx, &(struct q_overview_problems_in){ .before = before ? before : INT64_MAX, .limit = limit }, &rows);

	*out = json_array(mem);
	while (rc >= 0 && (rc = q_overview_problems_next(&rows, &row)) == 1) {
		struct json *p = json_object(mem);

		json_set(mem, p, "id", json_num(mem, (double)row.id));
		json_set(mem, p, "ref", json_str(mem, row.ref));
		json_set(mem, p, "name", json_str(mem, row.name));
		json_set(mem, p, "message", json_str(mem, row.message));
		json_set(mem, p, "line", json_num(mem, (double)row.line));
		json_set(mem, p, "seen", json_num(mem, (double)row.seen_at));
		json_set(mem, p, "location", json_fmt(mem, "%s:%s", row.type, row.target));
		json_push(mem, *out, p);
	}
	return rc;
}

int overview_locations(struct ctx *cx, const char *after, uint64_t limit, struct json **out)
{
	struct arena *mem = cx->mem;
	DB_ROWS rows = { 0 };
	struct q_overview_locations_out row;
	int rc = q_overview_locations_open(cx, &(struct q_overview_locations_in){ .after = after, .limit = limit }, &rows);

	*out = json_array(mem);
	while (rc >= 0 && (rc = q_overview_locations_next(&rows, &row)) == 1) {
		struct json *l = json_object(mem);

		json_set(mem, l, "id", json_str(mem, row.id));
		json_set(mem, l, "type", json_str(mem, row.type));
		json_set(mem, l, "target", json_str(mem, row.target));
		json_set(mem, l, "by", json_str(mem, row.created_by));
		json_set(mem, l, "since", json_num(mem, (double)row.created_at));
		json_set(mem, l, "read", row.has_read_at ? json_num(mem, (double)row.read_at) : json_null(mem));
		json_set(mem, l, "problems", json_num(mem, (double)row.problems));
		json_push(mem, *out, l);
	}
	return rc;
}

int overview_counts(struct ctx *cx, struct json **out)
{
	struct q_overview_sources_out s;
	struct q_overview_problem_count_out p;
	int rc = q_overview_sources_one(cx, &s);

	if (rc >= 0)
		rc = q_overview_problem_count_one(cx, &p);
	if (rc < 0)
		return rc;
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "problems", json_num(cx->mem, (double)p.count));
	json_set(cx->mem, *out, "sources", json_num(cx->mem, (double)s.sources));
	json_set(cx->mem, *out, "unread", json_num(cx->mem, (double)s.unread));
	json_set(cx->mem, *out, "locations", json_num(cx->mem, (double)s.locations));
	return 0;
}
