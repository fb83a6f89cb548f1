/* For those who run the portal: is it up to date, what could not be taken in, what waits, where things come from. */
#include <math.h>

#include "base/clock.h"
#include "catalog/overview.h"
#include "catalog/permission.h"
#include "catalog/query.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "jobs/jobs.h"
#include "server/scoreboard.h"

enum { ROWS = 50, MOST_QUEUE = 64 };

static int show(struct req *rq, struct resp *rs, const char *tab, struct json *vars)
{
	json_set(rq->cx->mem, vars, "tab", json_str(rq->cx->mem, tab));
	return page_render(rq, rs, 200, arena_printf(rq->cx->mem, "admin/%s.html", tab), vars);
}

/* ---- overview ---- */

static void add_index(struct ctx *cx, struct json *vars)
{
	static const char *const names[] = { "away", "loading", "ready", "out of memory" };
	const struct index_shared *ix = &scoreboard()->index;
	uint64_t state = ix->state;
	struct json *v = json_object(cx->mem);

	json_set(cx->mem, v, "state", json_str(cx->mem, state < LEN(names) ? names[state] : "away"));
	json_set(cx->mem, v, "entities", json_num(cx->mem, (double)ix->documents));
	json_set(cx->mem, v, "mib", json_num(cx->mem, (double)(ix->bytes >> 20)));
	json_set(cx->mem, v, "limit_mib", json_num(cx->mem, (double)(ix->limit >> 20)));
	json_set(cx->mem, vars, "index", v);
}

static void add_pools(struct ctx *cx, struct json *vars)
{
	const struct board *b = scoreboard();
	struct json *list = json_array(cx->mem);

	for (unsigned p = 0; p < N_POOLS; p++) {
		struct json *v = json_object(cx->mem);
		double workers = 0, busy = 0, served = 0, kb = 0;

		for (size_t i = 0; i < MAX_WORKERS; i++) {
			const struct slot *s = &b->slots[i];

			if (!s->pid || s->pool != p)
				continue;
			workers++;
			busy += s->state == SLOT_BUSY;
			served += (double)s->served;
			kb += (double)s->rss_kb;
		}
		json_set(cx->mem, v, "name", json_str(cx->mem, pool_name(p)));
		json_set(cx->mem, v, "workers", json_num(cx->mem, workers));
		json_set(cx->mem, v, "busy", json_num(cx->mem, busy));
		json_set(cx->mem, v, "served", json_num(cx->mem, served));
		json_set(cx->mem, v, "mib", json_num(cx->mem, (double)((uint64_t)kb >> 10)));
		json_push(cx->mem, list, v);
	}
	json_set(cx->mem, vars, "pools", list);
	json_set(cx->mem, vars, "started", json_num(cx->mem, (double)b->started_ms));
	json_set(cx->mem, vars, "generation", json_num(cx->mem, b->generation));
}

static int add_queues(struct ctx *cx, struct json *vars)
{
	struct json *list = json_array(cx->mem);
	struct job_stat *stats;
	size_t n;
	int rc = job_stats(cx, &stats, &n);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct json *v = json_object(cx->mem);

		json_set(cx->mem, v, "queue", json_str(cx->mem, stats[i].queue));
		json_set(cx->mem, v, "state", json_str(cx->mem, stats[i].state));
		json_set(cx->mem, v, "count", json_num(cx->mem, (double)stats[i].count));
		json_set(cx->mem, v, "late_s", json_num(cx->mem, floor((double)stats[i].oldest_ms / 1000)));
		json_push(cx->mem, list, v);
	}
	json_set(cx->mem, vars, "queues", list);
	return 0;
}

/* Entities that processing says something about, and those that nothing brings any more. */
static int count_states(struct ctx *cx, struct json *vars)
{
	struct filter orphans = { 0 };
	struct query q = { .with_errors = true };
	struct query_page page = { 0 };
	int rc = query_page(cx, &q, &page);

	json_set(cx->mem, vars, "with_errors", json_num(cx->mem, (double)page.total));
	if (rc == 0)
		rc = filter_add(cx, &orphans, "metadata.annotations.backstage.io/orphan=true");
	q = (struct query){ .filter = orphans };
	if (rc == 0)
		rc = query_page(cx, &q, &page);
	json_set(cx->mem, vars, "orphans", json_num(cx->mem, (double)page.total));
	return rc;
}

int admin_show(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct json *vars = json_object(cx->mem), *counts = NULL;
	int rc = overview_counts(cx, &counts);

	if (rc == 0)
		rc = add_queues(cx, vars);
	if (rc == 0)
		rc = count_states(cx, vars);
	if (rc < 0)
		return rc;
	add_index(cx, vars);
	add_pools(cx, vars);
	json_set(cx->mem, vars, "counts", counts);
	return show(rq, rs, "overview", vars);
}

/* ---- errors ---- */

int admin_errors(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct json *vars = json_object(cx->mem), *rows = NULL, *counts = NULL;
	long before = 0;
	int rc = query_number(rq, "before", 0, &before);

	if (rc == 0)
		rc = overview_problems(cx, (uint64_t)before, ROWS, &rows);
	if (rc == 0)
		rc = overview_counts(cx, &counts);
	if (rc < 0)
		return rc;
	json_set(cx->mem, vars, "rows", rows);
	json_set(cx->mem, vars, "counts", counts);
	json_set(cx->mem, vars, "first", json_bool(cx->mem, before == 0));
	json_set(cx->mem, vars, "next",
		 rows->a.n == ROWS ? json_str(cx->mem, link_admin(cx->mem, "errors",
								  arena_printf(cx->mem, "?before=%.0f",
									       json_get_num(rows->a.items[ROWS - 1], "id", 0))))
				   : json_null(cx->mem));
	return show(rq, rs, "errors", vars);
}

/* ---- orphans ---- */

int admin_orphans(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct json *vars = json_object(cx->mem), *rows = json_array(cx->mem);
	struct query q = { .orders = { { "metadata.name", false } }, .n_orders = 1, .limit = ROWS };
	struct query_page page = { 0 };
	long offset = 0;
	int rc = query_number(rq, "offset", 0, &offset);

	q.offset = (uint64_t)offset;
	if (rc == 0)
		rc = filter_add(cx, &q.filter, "metadata.annotations.backstage.io/orphan=true");
	if (rc == 0)
		rc = entity_rows(cx, &q, &page, &rows);
	if (rc < 0)
		return rc;
	json_set(cx->mem, vars, "rows", rows);
	json_set(cx->mem, vars, "total", json_num(cx->mem, (double)page.total));
	json_set(cx->mem, vars, "next",
		 page.after && page.n ? json_str(cx->mem, link_admin(cx->mem, "orphans",
								     arena_printf(cx->mem, "?offset=%ld", offset + ROWS)))
				      : json_null(cx->mem));
	json_set(cx->mem, vars, "first", json_bool(cx->mem, offset == 0));
	return show(rq, rs, "orphans", vars);
}

/* ---- jobs ---- */

int admin_jobs(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	const char *queue = req_query(rq, "queue");
	struct json *vars = json_object(cx->mem), *list = json_array(cx->mem);
	struct job_row *rows = NULL;
	size_t n = 0;
	long offset = 0;
	int rc = query_number(rq, "offset", 0, &offset);

	if (queue && !*queue)
		queue = NULL;
	if (rc == 0)
		rc = job_list(cx, queue, ROWS, (uint64_t)offset, &rows, &n);
	if (rc == 0)
		rc = add_queues(cx, vars);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct json *v = json_object(cx->mem);

		json_set(cx->mem, v, "queue", json_str(cx->mem, rows[i].queue));
		json_set(cx->mem, v, "key", json_str(cx->mem, rows[i].key));
		json_set(cx->mem, v, "state", json_str(cx->mem, rows[i].state));
		json_set(cx->mem, v, "attempt", json_num(cx->mem, (double)rows[i].attempt));
		json_set(cx->mem, v, "most", json_num(cx->mem, (double)rows[i].max_attempts));
		json_set(cx->mem, v, "when", json_num(cx->mem, (double)rows[i].run_at_ms));
		json_set(cx->mem, v, "error", json_str(cx->mem, rows[i].last_error));
		json_push(cx->mem, list, v);
	}
	json_set(cx->mem, vars, "rows", list);
	json_set(cx->mem, vars, "queue", json_str(cx->mem, queue ? queue : ""));
	json_set(cx->mem, vars, "first", json_bool(cx->mem, offset == 0));
	json_set(cx->mem, vars, "next",
		 n == ROWS
			 ? json_str(cx->mem, link_admin(cx->mem, "jobs",
							arena_printf(cx->mem, "?queue=%s&offset=%ld",
								     queue ? link_encode(cx->mem, queue) : "", offset + ROWS)))
			 : json_null(cx->mem));
	return show(rq, rs, "jobs", vars);
}

int admin_job_again(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct params form = { 0 };
	int rc = req_form(rq, &form);
	const char *queue = rc == 0 ? params_get(&form, "queue") : NULL, *key = rc == 0 ? params_get(&form, "key") : NULL;

	if (rc < 0)
		return rc;
	if (!queue || !key || strlen(queue) > MOST_QUEUE)
		return fail(cx, ERR_INPUT, "queue and key name the job");
	/* only what is in the table already: nobody makes up jobs here */
	rc = job_run_now(cx, queue, key);
	if (rc < 0)
		return rc;
	return resp_redirect(
		rs, link_admin(cx->mem, "jobs", arena_printf(cx->mem, "?queue=%s&said=queued", link_encode(cx->mem, queue))));
}

/* ---- locations ---- */

int admin_locations(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	const char *after = req_query(rq, "after");
	struct json *vars = json_object(cx->mem), *rows = json_array(cx->mem), *counts = json_object(cx->mem);
	int may = policy_may(cx, "catalog.location.read", NULL), rc = may < 0 ? may : 0;

	if (may == 1)
		rc = overview_locations(cx, after ? after : "", ROWS, &rows);
	if (rc == 0 && may == 1)
		rc = overview_counts(cx, &counts);
	if (rc < 0)
		return rc;
	json_set(cx->mem, vars, "rows", rows);
	json_set(cx->mem, vars, "counts", counts);
	json_set(cx->mem, vars, "first", json_bool(cx->mem, !after));
	json_set(cx->mem, vars, "next",
		 rows->a.n == ROWS
			 ? json_str(cx->mem, link_admin(cx->mem, "locations",
							arena_printf(cx->mem, "?after=%s",
								     json_get_text(rows->a.items[ROWS - 1], "id", ""))))
			 : json_null(cx->mem));
	return show(rq, rs, "locations", vars);
}
