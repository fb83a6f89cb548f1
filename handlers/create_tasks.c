/* /create/tasks: which tasks there are. All that is chosen stands in the address. */
#include "base/list.h"
#include "catalog/ref.h"
#include "handlers/create_task.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "identity/identity.h"

enum { PAGE = 25 };

static const char *const statuses[] = { "open", "processing", "completed", "failed", "cancelled" };
static const char *const names[] = { "whose", "owner", "status", "template" };

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

/* NULL when it is absent or empty. */
static const char *chosen(const struct req *rq, const char *name)
{
	const char *v = req_query(rq, name);
	struct str s = str_trim(str_of(v));

	return v && s.n ? arena_strndup(rq->cx->mem, s.p, s.n) : NULL;
}

/* A full ref of what somebody typed: "ana" is user:default/ana. */
static int read_ref(struct req *rq, const char *name, const char *kind, const char **out)
{
	const char *text = chosen(rq, name);
	struct ref r;
	int rc = text ? ref_parse(rq->cx, text, kind, "default", &r) : 0;

	*out = NULL;
	if (text && rc == 0)
		*out = ref_format(rq->cx->mem, &r);
	return rc < 0 ? fail_in(rq->cx, rc, "%s", name) : 0;
}

static bool is_status(const char *text)
{
	for (size_t i = 0; i < LEN(statuses); i++)
		if (streq(text, statuses[i]))
			return true;
	return false;
}

struct asked {
	struct task_query q;
	const char *who[1], *status[1];
	bool mine;
};

/* One's own, unless somebody else's or all are asked for; nobody has tasks of their own without signing in. */
static int read_asked(struct req *rq, struct asked *a)
{
	static const char *const known[] = { "whose", "owner", "status", "template", "offset", "said", NULL };
	const char *whose = chosen(rq, "whose"), *owner, *own = task_creator(rq->cx);
	long offset = 0;
	int rc = req_only_query(rq, known);

	*a = (struct asked){ .q.limit = PAGE };
	if (rc == 0 && whose && !streq(whose, "mine") && !streq(whose, "all"))
		rc = fail(rq->cx, ERR_INPUT, "whose is mine or all");
	if (rc == 0)
		rc = read_ref(rq, "owner", "user", &owner);
	if (rc == 0)
		rc = read_ref(rq, "template", "template", &a->q.template_ref);
	if (rc == 0)
		rc = query_number(rq, "offset", 0, &offset);
	a->status[0] = chosen(rq, "status");
	if (rc == 0 && a->status[0] && !is_status(a->status[0]))
		rc = fail(rq->cx, ERR_INPUT, "status is open, processing, completed, failed or cancelled");
	if (rc < 0)
		return rc;
	a->mine = !owner && own && !(whose && streq(whose, "all"));
	a->who[0] = a->mine ? own : owner;
	a->q.created_by = a->who;
	a->q.n_created_by = a->who[0] ? 1 : 0;
	a->q.status = a->status;
	a->q.n_status = a->status[0] ? 1 : 0;
	a->q.offset = (uint64_t)offset;
	return 0;
}

/* This page with one choice changed (value NULL: without it) and from row `offset` on. */
static const char *link_with(const struct req *rq, const char *name, const char *value, uint64_t offset)
{
	struct buf b = { .mem = rq->cx->mem };
	char before = '?';

	buf_adds(&b, rq->path);
	for (size_t i = 0; i < LEN(names); i++) {
		const char *v = name && streq(name, names[i]) ? value : chosen(rq, names[i]);

		if (v) {
			buf_addf(&b, "%c%s=%s", before, names[i], link_encode(rq->cx->mem, v));
			before = '&';
		}
	}
	if (offset)
		buf_addf(&b, "%coffset=%llu", before, (unsigned long long)offset);
	return buf_text(&b);
}

static void add_pages(const struct req *rq, struct json *vars, const struct asked *a, const struct task_page *page)
{
	struct arena *mem = rq->cx->mem;
	uint64_t at = a->q.offset, before = at > PAGE ? at - PAGE : 0;

	json_set(mem, vars, "previous_url", at ? json_str(mem, link_with(rq, NULL, NULL, before)) : json_null(mem));
	json_set(mem, vars, "next_url",
		 at + page->n < page->total ? json_str(mem, link_with(rq, NULL, NULL, at + PAGE)) : json_null(mem));
	json_set(mem, vars, "from", json_num(mem, (double)(at + 1)));
	json_set(mem, vars, "to", json_num(mem, (double)(at + page->n)));
	json_set(mem, vars, "total", json_num(mem, (double)page->total));
}

int create_tasks(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem), *rows = json_array(mem), *all = json_array(mem), *asked = json_object(mem);
	struct task_page page;
	struct asked a;
	bool running = false;
	int rc = read_asked(rq, &a);

	if (rc == 0)
		rc = task_list(rq->cx, &a.q, &page);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < page.n; i++) {
		json_push(mem, rows, create_task_row(mem, &page.items[i]));
		running |= !task_has_ended(&page.items[i]);
	}
	for (size_t i = 0; i < LEN(statuses); i++)
		json_push(mem, all, json_str(mem, statuses[i]));
	for (size_t i = 0; i < LEN(names); i++)
		set_text(mem, asked, names[i], chosen(rq, names[i]) ? chosen(rq, names[i]) : "");
	json_set(mem, vars, "rows", rows);
	json_set(mem, vars, "running", json_bool(mem, running));
	json_set(mem, vars, "statuses", all);
	json_set(mem, vars, "asked", asked);
	json_set(mem, vars, "mine", json_bool(mem, a.mine));
	json_set(mem, vars, "somebody", json_bool(mem, task_creator(rq->cx)));
	json_set(mem, vars, "mine_url", json_str(mem, arena_printf(mem, "%s", link_with(rq, "whose", NULL, 0))));
	json_set(mem, vars, "all_url", json_str(mem, link_with(rq, "whose", "all", 0)));
	add_pages(rq, vars, &a, &page);
	set_text(mem, vars, "tab", "tasks");
	return page_render(rq, rs, 200, "create/tasks.html", vars);
}
