/* Keys and values that plugins keep: each its own, bounded, in the database. */
#include "plugins/keep.h"

#include "base/utf8.h"
#include "ext/json.h"
#include "sql/plugin.h"

enum { SWEEP_MS = 60000, SWEEP_MOST = 500 };
static const int64_t EVENT_AGE_MS = 7LL * 24 * 3600 * 1000;

static int check_key(struct ctx *cx, const struct keep *k)
{
	if (k->key.n == 0 || k->key.n > KEEP_KEY_MAX)
		return fail(cx, ERR_INPUT, "a key must have 1 to %d bytes, not %zu", KEEP_KEY_MAX, k->key.n);
	if (memchr(k->key.p, '\0', k->key.n) || !utf8_valid(k->key.p, k->key.n))
		return fail(cx, ERR_INPUT, "a key must be text in UTF-8 without a zero byte");
	return 0;
}

int keep_get(struct ctx *cx, const struct keep *k, struct json **out)
{
	struct q_plugin_value_get_out row;
	int rc = check_key(cx, k);

	if (rc == 0)
		rc = q_plugin_value_get_one(cx, &(struct q_plugin_value_get_in){ k->plugin, k->kind, k->key }, &row);
	if (rc <= 0)
		return rc;
	rc = json_parse(cx, row.value, out);
	return rc < 0 ? fail_in(cx, ERR_INTERNAL, "a stored value") : 1;
}

/* ---- room ---- */

static int change_space(struct ctx *cx, const struct keep *k, int64_t by)
{
	return by ? q_plugin_space_change_exec(cx, &(struct q_plugin_space_change_in){ k->plugin, k->kind, by, by }) : 0;
}

static int space(struct ctx *cx, const struct keep *k, int64_t *bytes)
{
	struct q_plugin_space_get_out row = { 0 };
	int rc = q_plugin_space_get_one(cx, &(struct q_plugin_space_get_in){ k->plugin, k->kind }, &row);

	*bytes = row.bytes;
	return rc < 0 ? rc : 0;
}

/* Takes the oldest of a cache away, but not the key itself, until there is room again. */
static int evict(struct ctx *cx, const struct keep *k, int64_t *bytes)
{
	int rc = 0, taken = 1;

	while (rc >= 0 && taken && *bytes > KEEP_CACHE_MAX) {
		struct q_plugin_value_oldest_out row;
		DB_ROWS rows = { 0 };
		int64_t freed = 0;

		taken = 0;
		rc = q_plugin_value_oldest_open(cx, &(struct q_plugin_value_oldest_in){ k->plugin, k->kind, k->key }, &rows);
		while (rc >= 0 && *bytes - freed > KEEP_CACHE_MAX && (rc = q_plugin_value_oldest_next(&rows, &row)) == 1) {
			rc = q_plugin_value_delete_exec(cx, &(struct q_plugin_value_delete_in){ k->plugin, k->kind, row.name });
			freed += (int64_t)row.bytes;
			taken++;
		}
		db_rows_close(&rows);
		if (rc >= 0)
			rc = change_space(cx, k, -freed);
		*bytes -= freed;
	}
	return rc < 0 ? rc : 0;
}

/* by: bytes that came. */
static int make_room(struct ctx *cx, const struct keep *k, int64_t by)
{
	int64_t bytes = 0;
	int rc = change_space(cx, k, by);

	if (rc >= 0 && by > 0)
		rc = space(cx, k, &bytes);
	if (rc < 0 || by <= 0)
		return rc;
	if (k->kind == KEEP_CACHE)
		return evict(cx, k, &bytes);
	if (bytes > KEEP_STORE_MAX)
		return fail(cx, ERR_TOOLARGE, "the plugin keeps more than %d MiB: delete something, or give values a ttl",
			    KEEP_STORE_MAX >> 20);
	return 0;
}

/* ---- writing ---- */

struct writing {
	const struct keep *k;
	struct str value; /* JSON; n 0: away */
	int64_t ttl_ms;
	bool keep_end;       /* it expires when it did before */
	keep_change *change; /* NULL: value is there already */
	void *arg;
	struct json *out;
};

static int encode(struct ctx *cx, const struct json *v, struct str *out)
{
	struct buf b = { .mem = cx->mem };

	*out = (struct str){ "", 0 };
	if (!v)
		return 0;
	json_write(&b, v);
	if (b.n > KEEP_VALUE_MAX)
		return fail(cx, ERR_TOOLARGE, "a value may take %d KiB as JSON, not %zu bytes", KEEP_VALUE_MAX >> 10, b.n);
	*out = buf_str(&b);
	return 0;
}

/* The row, locked; made when it is not there. */
static int lock(struct ctx *cx, const struct keep *k, struct q_plugin_value_lock_out *row)
{
	int rc = q_plugin_value_make_exec(cx, &(struct q_plugin_value_make_in){ k->plugin, k->kind, k->key });

	if (rc >= 0)
		rc = q_plugin_value_lock_one(cx, &(struct q_plugin_value_lock_in){ k->plugin, k->kind, k->key }, row);
	return rc == 0 ? fail(cx, ERR_DEADLOCK, "a value went while it was locked") : rc;
}

static int make_value(struct ctx *cx, struct writing *w, const struct q_plugin_value_lock_out *row)
{
	struct json *old = NULL;
	int rc = row->holds ? json_parse(cx, row->value, &old) : 0;

	w->keep_end = row->holds;
	if (rc == 0)
		rc = w->change(cx, w->arg, old, &w->out);
	return rc < 0 ? rc : encode(cx, w->out, &w->value);
}

static int write_value(struct ctx *cx, void *arg)
{
	struct writing *w = arg;
	const struct keep *k = w->k;
	struct q_plugin_value_lock_out row;
	int rc = lock(cx, k, &row);

	if (rc >= 0 && w->change)
		rc = make_value(cx, w, &row);
	if (rc < 0)
		return rc;
	size_t bytes = w->value.n ? w->value.n + k->key.n + KEEP_ROW : 0;

	if (!bytes)
		rc = q_plugin_value_delete_exec(cx, &(struct q_plugin_value_delete_in){ k->plugin, k->kind, k->key });
	else
		rc = q_plugin_value_put_exec(cx, &(struct q_plugin_value_put_in){ .value = w->value,
										  .bytes = bytes,
										  .keep_end = w->keep_end,
										  .ttl_ms = w->ttl_ms,
										  .has_ttl_ms = w->ttl_ms >= 0,
										  .plugin = k->plugin,
										  .kind = k->kind,
										  .name = k->key });
	return rc < 0 ? rc : make_room(cx, k, (int64_t)bytes - (int64_t)row.bytes);
}

int keep_set(struct ctx *cx, const struct keep *k, const struct json *value, int64_t ttl_ms)
{
	struct writing w = { .k = k, .ttl_ms = ttl_ms };
	int rc = check_key(cx, k);

	if (rc == 0)
		rc = encode(cx, value, &w.value);
	return rc < 0 ? rc : db_transaction(cx, write_value, &w);
}

int keep_delete(struct ctx *cx, const struct keep *k)
{
	struct writing w = { .k = k };
	int rc = check_key(cx, k);

	return rc < 0 ? rc : db_transaction(cx, write_value, &w);
}

int keep_update(struct ctx *cx, const struct keep *k, keep_change *change, void *arg, struct json **out)
{
	struct writing w = { .k = k, .ttl_ms = -1, .change = change, .arg = arg };
	int rc = check_key(cx, k);

	if (rc == 0)
		rc = db_transaction(cx, write_value, &w);
	*out = w.out;
	return rc;
}

int keep_list(struct ctx *cx, const struct keep *prefix, struct str after, uint64_t limit, struct json **out)
{
	struct q_plugin_value_list_out row;
	struct buf below = { .mem = cx->mem };
	DB_ROWS rows = { 0 };
	size_t bytes = 0;

	/* No key has this byte. */
	buf_add(&below, prefix->key.p, prefix->key.n);
	buf_addc(&below, '\xff');
	*out = json_array(cx->mem);
	struct q_plugin_value_list_in in = { prefix->plugin, prefix->kind, after, prefix->key, buf_str(&below), limit };
	int rc = q_plugin_value_list_open(cx, &in, &rows);

	while (rc >= 0 && (rc = q_plugin_value_list_next(&rows, &row)) == 1) {
		struct json *item = json_object(cx->mem), *value;

		bytes += row.name.n + row.value.n;
		if (bytes > KEEP_LIST_BYTES)
			return fail(cx, ERR_TOOLARGE, "these are more than %d MiB: ask for fewer at once",
				    KEEP_LIST_BYTES >> 20);
		rc = json_parse(cx, row.value, &value);
		if (rc < 0)
			break;
		json_set(cx->mem, item, "key", json_strn(cx->mem, row.name.p, row.name.n));
		json_set(cx->mem, item, "value", value);
		json_push(cx->mem, *out, item);
	}
	return rc < 0 ? rc : 0;
}

/* ---- the sweep ---- */

static int sweep(struct ctx *cx, void *arg)
{
	struct q_plugin_value_expired_out row;
	DB_ROWS rows = { 0 };
	size_t *n = arg;
	int rc = q_plugin_value_expired_open(cx, &rows);

	*n = 0;
	while (rc >= 0 && (rc = q_plugin_value_expired_next(&rows, &row)) == 1) {
		rc = q_plugin_value_delete_exec(cx, &(struct q_plugin_value_delete_in){ row.plugin, row.kind, row.name });
		if (rc >= 0)
			rc = q_plugin_space_change_exec(
				cx, &(struct q_plugin_space_change_in){ row.plugin, row.kind, -row.bytes, -row.bytes });
		++*n;
	}
	return rc < 0 ? rc : 0;
}

int keep_sweep_job(struct ctx *cx, struct job *job)
{
	size_t n = 0;
	int rc = db_transaction(cx, sweep, &n);

	if (rc >= 0)
		rc = q_plugin_event_forget_exec(cx, &(struct q_plugin_event_forget_in){ EVENT_AGE_MS });
	if (rc >= 0)
		job_again(job, n == SWEEP_MOST ? 1000 : SWEEP_MS);
	return rc < 0 ? rc : 0;
}
