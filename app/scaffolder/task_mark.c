/* Checkpoints of a task: what an action did once, or has begun to do. */
#include "ext/crypto.h"
#include "scaffolder/task_private.h"

struct mark {
	struct live *l;
	unsigned char hash[CRYPTO_SHA256];
	struct str value; /* p NULL: it failed */
	bool begins;
	struct q_task_checkpoint_out found;
	bool there;
};

static struct mark mark_of(struct live *l, const char *key)
{
	struct mark m = { .l = l };

	crypto_sha256(str_of(key), m.hash);
	return m;
}

static struct str hash_of(const struct mark *m)
{
	return (struct str){ (const char *)m->hash, sizeof(m->hash) };
}

static int read_mark(struct ctx *cx, void *arg)
{
	struct mark *m = arg;

	int rc = q_task_checkpoint_one(cx, &(struct q_task_checkpoint_in){ m->l->id, hash_of(m) }, &m->found);

	m->there = rc == 1;
	return rc < 0 ? rc : 0;
}

int task_hold(struct ctx *cx, const struct live *l)
{
	struct q_task_lock_out row;
	int rc = q_task_lock_one(cx, &(struct q_task_lock_in){ l->id }, &row);

	if (rc == 1 && row.run == l->run)
		return 0;
	return rc < 0 ? rc : fail(cx, ERR_CONFLICT, "another worker has the task %s", l->id);
}

static int write_mark(struct ctx *cx, void *arg)
{
	struct mark *m = arg;
	const char *id = m->l->id;
	int rc = task_hold(cx, m->l);

	if (rc < 0)
		return rc;
	if (m->begins)
		return q_task_checkpoint_begin_exec(cx, &(struct q_task_checkpoint_begin_in){ id, hash_of(m) });
	if (m->value.p)
		return q_task_checkpoint_keep_exec(cx, &(struct q_task_checkpoint_keep_in){ id, hash_of(m), m->value });
	return q_task_checkpoint_drop_exec(cx, &(struct q_task_checkpoint_drop_in){ id, hash_of(m) });
}

static const char *use_of(struct ctx *cx, const struct mark *m)
{
	return arena_printf(cx->mem, "checkpoint %s", crypto_base64(cx->mem, hash_of(m)));
}

int task_recall(struct ctx *cx, void *arg, const char *key, struct json **out, bool *unsure)
{
	struct mark m = mark_of(arg, key);
	int rc = task_patiently(m.l, cx, read_mark, &m);

	if (rc < 0 || !m.there)
		return rc;
	if (m.found.value.p)
		return task_open(cx, m.l->id, use_of(cx, &m), m.found.value, out);
	if (unsure) {
		*unsure = true;
		return 0;
	}
	return fail(cx, ERR_CONFLICT,
		    "It is not known whether this was done (%s): a worker ended in the middle of it. Look whether it was, then "
		    "retry",
		    key);
}

int task_begin(struct ctx *cx, void *arg, const char *key)
{
	struct mark m = mark_of(arg, key);

	m.begins = true;
	return task_patiently(m.l, cx, write_mark, &m);
}

int task_keep(struct ctx *cx, void *arg, const char *key, const struct json *value)
{
	struct mark m = mark_of(arg, key);
	int rc = value ? task_seal(cx, m.l->id, use_of(cx, &m), value, &m.value) : 0;

	return rc < 0 ? rc : task_patiently(m.l, cx, write_mark, &m);
}
