/* /api/scaffolder/v2/tasks as Backstage's clients know it. */
#include "handlers/task_api.h"

#include "base/clock.h"
#include "base/list.h"
#include "catalog/ref.h"
#include "handlers/handlers.h"
#include "identity/audit.h"
#include "scaffolder/template.h"

enum { PARAMETER_MOST = 256 };

/* ---- as JSON ---- */

static void set_time(struct arena *mem, struct json *to, const char *key, int64_t ms)
{
	char text[25];

	if (!ms)
		return;
	clock_format(ms, text);
	json_set(mem, to, key, json_str(mem, text));
}

struct json *task_json(struct arena *mem, const struct task *t)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "id", json_str(mem, t->id));
	json_set(mem, v, "spec", json_copy(mem, t->spec));
	json_set(mem, v, "status", json_str(mem, t->status));
	set_time(mem, v, "lastHeartbeatAt", t->heartbeat_ms);
	set_time(mem, v, "createdAt", t->created_ms);
	if (t->created_by)
		json_set(mem, v, "createdBy", json_str(mem, t->created_by));
	return v;
}

/* ---- making one ---- */

int task_check_secrets(struct req *rq, const struct json *secrets)
{
	if (secrets && !json_is(secrets, JSON_OBJECT))
		return fail(rq->cx, ERR_INPUT, "request/body/secrets must be object");
	for (size_t i = 0; i < json_len(secrets); i++)
		if (!json_is(secrets->o.m[i].value, JSON_STRING))
			return fail(rq->cx, ERR_INPUT, "request/body/secrets/%.100s must be string", secrets->o.m[i].key.p);
	return 0;
}

static int read_new(struct req *rq, struct task_new *n)
{
	static const char *const need[] = { "templateRef", "values", NULL };
	struct json *body, *entity = NULL;
	const char *ref;
	int rc = body_object(rq, need, NULL, &body);

	if (rc == 0)
		rc = body_text(rq, body, "templateRef", &ref);
	if (rc == 0 && !json_is(json_get(body, "values"), JSON_OBJECT))
		rc = fail(rq->cx, ERR_INPUT, "request/body/values must be object");
	if (rc == 0)
		rc = task_check_secrets(rq, json_get(body, "secrets"));
	if (rc == 0)
		rc = template_find(rq->cx, ref, &entity);
	if (rc == 0)
		*n = (struct task_new){ .entity = entity,
					.values = json_get(body, "values"),
					.secrets = json_get(body, "secrets"),
					.created_by = task_creator(rq->cx),
					.user = task_user(rq->cx) };
	return rc;
}

static int answer_id(struct req *rq, struct resp *rs, const char *id)
{
	struct json *v = json_object(rq->cx->mem);

	json_set(rq->cx->mem, v, "id", json_str(rq->cx->mem, id));
	return resp_json(rs, 201, v);
}

int task_misfits(struct req *rq, struct resp *rs, struct json *errors)
{
	struct json *v = json_object(rq->cx->mem);

	json_set(rq->cx->mem, v, "errors", errors);
	return resp_json(rs, 400, v);
}

/* What was filled in, each text no longer than scaffolder.auditor.taskParameterMaxLength; -1: as it is. */
static struct json *shortened(struct arena *mem, const struct json *v, double most)
{
	struct json *out;

	if (json_is(v, JSON_STRING) && most >= 0 && (double)v->s.n > most)
		return json_fmt(mem, "%.*s...", (int)most, v->s.p);
	if (json_is(v, JSON_ARRAY)) {
		out = json_array(mem);
		for (size_t i = 0; i < v->a.n; i++)
			json_push(mem, out, shortened(mem, v->a.items[i], most));
		return out;
	}
	if (!json_is(v, JSON_OBJECT))
		return json_copy(mem, v);
	out = json_object(mem);
	for (size_t i = 0; i < v->o.n; i++)
		json_setn(mem, out, v->o.m[i].key, shortened(mem, v->o.m[i].value, most));
	return out;
}

static void note_parameters(struct ctx *cx, const struct json *values)
{
	const struct json *auditor = json_path(cx->conf, "scaffolder", "auditor", NULL);
	double most = json_get_num(auditor, "taskParameterMaxLength", PARAMETER_MOST);
	struct buf b = { .mem = cx->mem };

	json_write(&b, shortened(cx->mem, values, most));
	audit_note(cx, "taskParameters", buf_text(&b));
}

int task_api_create(struct req *rq, struct resp *rs)
{
	struct json *misfits = NULL;
	struct task_new n;
	const char *id;
	int rc = read_new(rq, &n);

	if (rc == 0)
		rc = task_create(rq->cx, &n, &id, &misfits);
	if (rc < 0)
		return misfits ? task_misfits(rq, rs, misfits) : rc;
	audit_note(rq->cx, "taskId", id);
	audit_note(rq->cx, "templateRef", ref_of_entity(rq->cx->mem, n.entity));
	note_parameters(rq->cx, n.values);
	return answer_id(rq, rs, id);
}

/* ---- reading ---- */

int task_api_get(struct req *rq, struct resp *rs)
{
	struct task t;
	int rc = task_find_for(rq->cx, req_param(rq, "id"), "scaffolder.task.read", &t);

	return rc < 0 ? rc : resp_json(rs, 200, task_json(rq->cx->mem, &t));
}

static void query_all(struct req *rq, const char *name, struct text_list *out)
{
	for (size_t i = 0; i < rq->query.n; i++)
		if (streq(rq->query.items[i].name, name))
			*list_add(rq->cx->mem, out) = rq->query.items[i].value;
}

/* "desc:created_at", and what decides where that is the same. */
static int read_order(struct req *rq, struct task_query *q)
{
	static const char *const columns[] = { "created_at", "status", "created_by", "last_heartbeat_at", "id" };
	struct text_list all = { 0 };

	query_all(rq, "order", &all);
	for (size_t i = 0; i < all.n; i++) {
		const char *text = all.items[i], *column = strchr(text, ':');
		bool known = false;

		for (size_t k = 0; column && k < LEN(columns); k++)
			known |= streq(column + 1, columns[k]);
		if (!known || !(str_starts(text, "asc:") || str_starts(text, "desc:")))
			return fail(rq->cx, ERR_INPUT,
				    "Invalid order parameter, expected \"<asc or desc>:<field name>\", got \"%.100s\"", text);
		if (i < TASK_ORDERS)
			q->order[i] = text;
	}
	return 0;
}

int task_api_list(struct req *rq, struct resp *rs)
{
	struct text_list users = { 0 }, statuses = { 0 };
	struct json *v = json_object(rq->cx->mem), *list = json_array(rq->cx->mem);
	struct task_query q = { 0 };
	struct task_page page;
	long limit = -1, offset = 0;
	int rc = query_number(rq, "limit", 0, &limit);

	if (rc == 0)
		rc = query_number(rq, "offset", 0, &offset);
	if (rc == 0)
		rc = read_order(rq, &q);
	if (rc < 0)
		return rc;
	query_all(rq, "createdBy", &users);
	query_all(rq, "status", &statuses);
	q.created_by = users.items;
	q.n_created_by = users.n;
	q.status = statuses.items;
	q.n_status = statuses.n;
	q.limit = limit < 0 ? 0 : limit ? (uint64_t)limit : 1;
	q.offset = (uint64_t)offset;
	rc = task_list(rq->cx, &q, &page);
	if (rc < 0)
		return rc;
	for (size_t i = 0; limit && i < page.n; i++)
		json_push(rq->cx->mem, list, task_json(rq->cx->mem, &page.items[i]));
	json_set(rq->cx->mem, v, "tasks", list);
	json_set(rq->cx->mem, v, "totalTasks", json_num(rq->cx->mem, (double)page.total));
	return resp_json(rs, 200, v);
}

/* ---- changing ---- */

int task_api_cancel(struct req *rq, struct resp *rs)
{
	struct json *v = json_object(rq->cx->mem);
	const char *id = req_param(rq, "id");
	struct task t;
	int rc = task_find_for(rq->cx, id, "scaffolder.task.cancel", &t);

	audit_note(rq->cx, "taskId", id);
	if (rc == 0)
		rc = task_cancel(rq->cx, id);
	if (rc < 0)
		return rc;
	json_set(rq->cx->mem, v, "status", json_str(rq->cx->mem, "cancelled"));
	return resp_json(rs, 200, v);
}

int task_api_retry(struct req *rq, struct resp *rs)
{
	static const char *const none[] = { NULL };
	const char *id = req_param(rq, "id");
	struct json *body = NULL, *misfits = NULL;
	struct task t;
	int rc = rq->body.n ? body_object(rq, none, NULL, &body) : 0;

	audit_note(rq->cx, "taskId", id);
	if (rc == 0)
		rc = task_check_secrets(rq, json_get(body, "secrets"));
	if (rc == 0)
		rc = task_find_for(rq->cx, id, "scaffolder.task.read", &t);
	if (rc == 0)
		rc = task_retry_misfits(rq->cx, &t, json_get(body, "secrets"), &misfits);
	if (rc == 0 && json_len(misfits))
		return task_misfits(rq, rs, misfits);
	if (rc == 0)
		rc = task_retry(rq->cx, id, json_get(body, "secrets"));
	return rc < 0 ? rc : answer_id(rq, rs, id);
}
