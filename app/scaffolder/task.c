/* Making tasks, and reading what is kept of them. */
#include "scaffolder/task.h"

#include "base/list.h"
#include "catalog/entity.h"
#include "catalog/ref.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "identity/actor.h"
#include "jobs/jobs.h"
#include "scaffolder/permit.h"
#include "scaffolder/source.h"
#include "scaffolder/task_private.h"
#include "scaffolder/template.h"
#include "sql/scaffolder.h"

/* Deaths of workers are counted by whoever runs the task, which tells its readers. */
enum { LIST_MOST = 1000, ATTEMPTS = 1000000, EVENTS_MOST = 1 << 20, SPECS_MOST = 16 << 20 };

/* ---- making one ---- */

static void set_copy(struct arena *mem, struct json *to, const char *key, const struct json *v)
{
	if (v)
		json_set(mem, to, key, json_copy(mem, v));
}

/* Relative addresses in its steps are relative to this. */
static const char *base_url(struct ctx *cx, const struct json *entity)
{
	const struct template_source s = template_source_of(cx, entity);

	return s.folder ? arena_printf(cx->mem, "file://%s/", s.folder) : s.url;
}

static struct json *template_info(struct ctx *cx, const struct json *entity, const char *ref)
{
	struct json *info = json_object(cx->mem), *of = json_object(cx->mem);
	const char *base = base_url(cx, entity);

	json_set(cx->mem, info, "entityRef", json_str(cx->mem, ref));
	if (base)
		json_set(cx->mem, info, "baseUrl", json_str(cx->mem, base));
	set_copy(cx->mem, of, "metadata", json_get(entity, "metadata"));
	json_set(cx->mem, info, "entity", of);
	return info;
}

static struct json *spec_of(struct ctx *cx, const struct task_new *n, const char *ref)
{
	const struct json *spec = json_get(n->entity, "spec");
	struct arena *mem = cx->mem;
	struct json *out = json_object(mem);

	set_copy(mem, out, "apiVersion", json_get(n->entity, "apiVersion"));
	json_set(mem, out, "steps", template_steps(mem, n->entity));
	set_copy(mem, out, "EXPERIMENTAL_recovery", json_get(spec, "EXPERIMENTAL_recovery"));
	json_set(mem, out, "output", json_get(spec, "output") ? json_copy(mem, json_get(spec, "output")) : json_object(mem));
	json_set(mem, out, "parameters", n->values ? json_copy(mem, n->values) : json_object(mem));
	json_set(mem, out, "user", n->user ? json_copy(mem, n->user) : json_object(mem));
	json_set(mem, out, "templateInfo", template_info(cx, n->entity, ref));
	return out;
}

static int check(struct ctx *cx, const struct task_new *n, struct json **misfits)
{
	struct json *none = json_object(cx->mem);

	*misfits = template_misfits(cx->mem, n->entity, n->values ? n->values : none);
	if (!json_len(*misfits))
		*misfits = template_secret_misfits(cx->mem, n->entity, n->secrets ? n->secrets : none);
	if (json_len(*misfits))
		return fail(cx, ERR_INPUT, "the values do not fit the template: %s",
			    json_get_text((*misfits)->a.items[0], "stack", ""));
	*misfits = NULL;
	return 0;
}

int task_enqueue(struct ctx *cx, const char *id)
{
	return job_add(cx,
		       &(struct job_add){ .queue = TASK_QUEUE, .key = id, .priority = JOB_NORMAL, .max_attempts = ATTEMPTS });
}

static int add(struct ctx *cx, void *arg)
{
	const struct q_task_add_in *row = arg;
	int rc = q_task_add_exec(cx, row);

	return rc < 0 ? rc : task_enqueue(cx, row->id);
}

const char *task_written(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	json_write(&b, v);
	return buf_text(&b);
}

int task_create(struct ctx *cx, const struct task_new *n, const char **id, struct json **misfits)
{
	const char *ref = ref_of_entity(cx->mem, n->entity);
	struct q_task_add_in row = { .template_ref = ref, .created_by = n->created_by };
	char *uuid = arena_alloc(cx->mem, 37);
	int rc = check(cx, n, misfits);

	if (rc < 0)
		return rc;
	crypto_uuid(uuid);
	row.id = uuid;
	row.actor = task_written(cx->mem, actor_json(cx->mem, cx->who));
	row.spec = task_written(cx->mem, spec_of(cx, n, ref));
	if (json_len(n->secrets))
		rc = task_seal(cx, uuid, "secrets", n->secrets, &row.secrets);
	if (rc == 0)
		rc = db_transaction(cx, add, &row);
	*id = uuid;
	return rc;
}

struct json *task_user(struct ctx *cx)
{
	struct json *v = json_object(cx->mem), *entity;
	struct err before = cx->err;
	struct entity found;
	struct ref r;

	if (!cx->who || cx->who->kind == WHO_SERVICE || !*cx->who->ref)
		return v;
	json_set(cx->mem, v, "ref", json_str(cx->mem, cx->who->ref));
	if (ref_parse(cx, cx->who->ref, "user", "default", &r) == 0 && entity_by_name(cx, r.kind, r.ns, r.name, &found) == 0 &&
	    json_parse(cx, found.body, &entity) == 0)
		json_set(cx->mem, v, "entity", entity);
	cx->err = before;
	return v;
}

const char *task_creator(const struct ctx *cx)
{
	return cx->who && *cx->who->ref ? cx->who->ref : NULL;
}

/* ---- reading ---- */

static int not_found(struct ctx *cx, const char *id)
{
	return fail(cx, ERR_NOTFOUND, "No task with id '%.64s' found", id);
}

/* Takes the bytes of its spec from *left; where they are not left, the spec is an empty one. */
static int find(struct ctx *cx, const char *id, struct task *out, size_t *left)
{
	struct json *spec = json_object(cx->mem);
	struct q_task_get_out row;
	int rc = q_task_get_one(cx, &(struct q_task_get_in){ id }, &row);
	size_t n = rc > 0 ? strlen(row.spec) : 0;

	if (rc == 0)
		return not_found(cx, id);
	if (rc > 0 && n <= *left)
		rc = json_parse(cx, str_of(row.spec), &spec);
	if (rc < 0)
		return rc;
	*left -= n <= *left ? n : 0;
	*out = (struct task){ .id = row.id,
			      .status = row.status,
			      .template_ref = *row.template_ref ? row.template_ref : NULL,
			      .created_by = row.created_by,
			      .created_ms = row.created_at,
			      .heartbeat_ms = row.heartbeat_at,
			      .ended_ms = row.ended_at,
			      .spec = spec };
	return 0;
}

int task_find(struct ctx *cx, const char *id, struct task *out)
{
	return find(cx, id, out, &(size_t){ SIZE_MAX });
}

int task_find_for(struct ctx *cx, const char *id, const char *permission, struct task *out)
{
	int rc = task_find(cx, id, out);

	return rc < 0 ? rc : permit_this_task(cx, permission, out);
}

static const char *text_list(struct arena *mem, const char *const *items, size_t n)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < n; i++)
		json_push(mem, list, json_str(mem, items[i]));
	return task_written(mem, list);
}

struct ids {
	const char **items;
	size_t n, cap;
};

static int find_sorted(struct ctx *cx, const struct task_query *q, const struct q_task_count_in *f, struct ids *out)
{
	const char *o[TASK_ORDERS];

	for (size_t i = 0; i < TASK_ORDERS; i++)
		o[i] = q->order[i] ? arena_printf(cx->mem, "%zu%s", i + 1, q->order[i]) : "";
	struct q_task_sorted_in in = { f->any_user,
				       f->users,
				       f->any_status,
				       f->statuses,
				       f->any_template,
				       f->template_ref,
				       .first1 = o[0],
				       .first2 = o[0],
				       .first3 = o[0],
				       .first4 = o[0],
				       .second1 = o[1],
				       .second2 = o[1],
				       .second3 = o[1],
				       .second4 = o[1],
				       .third1 = o[2],
				       .third2 = o[2],
				       .third3 = o[2],
				       .third4 = o[2],
				       .id_up = str_starts(o[0], "1asc:"),
				       .limit = q->limit,
				       .offset = q->offset };
	struct q_task_sorted_out row;
	DB_ROWS rows = { 0 };
	int rc = q_task_sorted_open(cx, &in, &rows);

	while (rc >= 0 && (rc = q_task_sorted_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = row.id;
	return rc;
}

static int find_newest(struct ctx *cx, const struct task_query *q, const struct q_task_count_in *f, struct ids *out)
{
	struct q_task_newest_in in = { f->any_user,     f->users,        f->any_status, f->statuses,
				       f->any_template, f->template_ref, q->limit,      q->offset };
	struct q_task_newest_out row;
	DB_ROWS rows = { 0 };
	int rc = q_task_newest_open(cx, &in, &rows);

	while (rc >= 0 && (rc = q_task_newest_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = row.id;
	return rc;
}

static bool is_asked_for(const struct task_query *q, const char *creator)
{
	for (size_t i = 0; i < q->n_created_by; i++)
		if (streq(q->created_by[i], creator))
			return true;
	return !q->n_created_by;
}

/* Of the creators asked for (none: of all there are), those whose tasks cx->who may read. */
static int permitted(struct ctx *cx, struct task_query *q)
{
	struct ids *made = arena_new(cx->mem, struct ids);
	struct q_task_creators_out row;
	DB_ROWS rows = { 0 };
	int rc = q_task_creators_open(cx, &rows);

	while (rc >= 0 && (rc = q_task_creators_next(&rows, &row)) == 1)
		if (is_asked_for(q, row.created_by))
			*list_add(cx->mem, made) = row.created_by;
	db_rows_close(&rows);
	q->n_created_by = 0;
	for (size_t i = 0; rc >= 0 && i < made->n; i++) {
		rc = permit_task(cx, "scaffolder.task.read", made->items[i]);
		if (rc == 1)
			made->items[q->n_created_by++] = made->items[i];
	}
	q->created_by = made->items;
	return rc < 0 ? rc : 0;
}

int task_list(struct ctx *cx, const struct task_query *asked, struct task_page *out)
{
	struct task_query q = *asked;
	bool any = !q.n_created_by;
	int rc = permit_all_tasks(cx, "scaffolder.task.read");

	*out = (struct task_page){ 0 };
	if (rc == 0) {
		any = false;
		rc = permitted(cx, &q);
	}
	if (rc < 0)
		return rc;
	const struct q_task_count_in filter = { .any_user = any,
						.users = text_list(cx->mem, q.created_by, q.n_created_by),
						.any_status = !q.n_status,
						.statuses = text_list(cx->mem, q.status, q.n_status),
						.any_template = !q.template_ref,
						.template_ref = q.template_ref ? q.template_ref : "" };
	struct q_task_count_out count;
	struct ids ids = { 0 };
	bool newest = !q.order[0] || (streq(q.order[0], "desc:created_at") && !q.order[1]);

	if (!q.limit || q.limit > LIST_MOST)
		q.limit = LIST_MOST;
	rc = newest ? find_newest(cx, &q, &filter, &ids) : find_sorted(cx, &q, &filter, &ids);
	if (rc >= 0)
		rc = q_task_count_one(cx, &filter, &count);
	if (rc < 0)
		return rc;
	size_t left = SPECS_MOST;

	out->total = count.n;
	out->items = arena_array(cx->mem, struct task, ids.n + 1);
	rc = 0;
	for (size_t i = 0; rc == 0 && i < ids.n; i++)
		rc = find(cx, ids.items[i], &out->items[out->n++], &left);
	return rc;
}

int task_completed(struct ctx *cx, const char *task, uint64_t *id)
{
	struct q_task_completed_out row = { 0 };
	int rc = q_task_completed_one(cx, &(struct q_task_completed_in){ task }, &row);

	*id = row.id;
	return rc < 0 ? rc : 0;
}

struct event_list {
	struct task_event *items;
	size_t n, cap;
};

/* How many of them are no more than whoever asks has memory for; the first is, whatever it has. */
static int fitting(struct ctx *cx, const struct q_task_event_sizes_in *in, uint64_t *n)
{
	struct q_task_event_sizes_out row;
	DB_ROWS rows = { 0 };
	uint64_t bytes = 0;
	int rc = q_task_event_sizes_open(cx, in, &rows);

	*n = 0;
	while (rc >= 0 && (rc = q_task_event_sizes_next(&rows, &row)) == 1) {
		bytes += row.bytes;
		if (*n && bytes > EVENTS_MOST)
			return 0;
		++*n;
	}
	return rc;
}

int task_events(struct ctx *cx, const char *id, uint64_t after, size_t limit, struct task_event **out, size_t *n)
{
	struct q_task_events_in in = { id, after, 0 };
	struct event_list list = { 0 };
	struct q_task_events_out row;
	DB_ROWS rows = { 0 };
	int rc = fitting(cx, &(struct q_task_event_sizes_in){ id, after, limit }, &in.limit);

	if (rc >= 0)
		rc = q_task_events_open(cx, &in, &rows);
	while (rc >= 0 && (rc = q_task_events_next(&rows, &row)) == 1) {
		struct json *body;

		rc = json_parse(cx, str_of(row.body), &body);
		if (rc == 0)
			*list_add(cx->mem, &list) = (struct task_event){ row.id, row.type, row.created_at, body };
	}
	*out = list.items;
	*n = list.n;
	return rc;
}
