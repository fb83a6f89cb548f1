/* callboard.store and callboard.cache: keys and values of the plugin's own. */
#include "plugins/api.h"
#include "plugins/keep.h"

enum { UPDATE_US = 1000000 };

static int key_of(struct ctx *cx, const struct plugin *p, enum keep_kind kind, struct json *const *args, size_t n,
		  struct keep *out)
{
	const char *text;
	int rc = api_text(cx, args, n, 0, "key", &text);

	*out = (struct keep){ .plugin = p->name, .kind = kind };
	if (rc == 0)
		out->key = args[0]->s;
	return rc;
}

static int value_at(struct ctx *cx, struct json *const *args, size_t n, size_t i, const struct json **out)
{
	*out = i < n ? args[i] : NULL;
	return *out ? 0 : fail(cx, ERR_INPUT, "argument %zu, value, is missing; delete() takes a value away", i + 1);
}

/* Seconds as milliseconds. */
static int ttl_of(struct ctx *cx, const struct json *v, const char *name, int64_t *ms)
{
	if (!json_is(v, JSON_NUMBER) || !(v->num > 0 && v->num <= 3650.0 * 86400))
		return fail(cx, ERR_INPUT, "%s must be a number of seconds, above 0 and at most ten years", name);
	*ms = (int64_t)(v->num * 1000);
	return 0;
}

static int get(struct ctx *cx, const struct plugin *p, enum keep_kind kind, struct json *const *args, size_t n,
	       struct json **out)
{
	struct keep k;
	int rc = key_of(cx, p, kind, args, n, &k);

	return rc < 0 ? rc : keep_get(cx, &k, out);
}

static int take_away(struct ctx *cx, const struct plugin *p, enum keep_kind kind, struct json *const *args, size_t n)
{
	struct keep k;
	int rc = key_of(cx, p, kind, args, n, &k);

	return rc < 0 ? rc : keep_delete(cx, &k);
}

int api_store_get(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	return get(cx, p, KEEP_STORE, args, n, out);
}

int api_store_set(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	static const char *const known[] = { "ttl", NULL };
	const struct json *value = NULL, *options;
	int64_t ttl_ms = -1;
	struct keep k;
	int rc = key_of(cx, p, KEEP_STORE, args, n, &k);

	(void)out;
	if (rc == 0)
		rc = value_at(cx, args, n, 1, &value);
	if (rc == 0)
		rc = api_table(cx, args, n, 2, "options", false, &options);
	if (rc == 0)
		rc = api_only(cx, options, known);
	if (rc == 0 && json_get(options, "ttl"))
		rc = ttl_of(cx, json_get(options, "ttl"), "ttl", &ttl_ms);
	return rc < 0 ? rc : keep_set(cx, &k, value, ttl_ms);
}

int api_store_delete(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	(void)out;
	return take_away(cx, p, KEEP_STORE, args, n);
}

int api_store_list(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	struct keep prefix = { .plugin = p->name, .kind = KEEP_STORE, .key = STR("") };
	struct str after = STR("");
	double limit = n > 1 && args[1] ? (json_is(args[1], JSON_NUMBER) ? args[1]->num : 0) : 100;
	const char *text;

	if (n > 0 && args[0]) {
		int rc = api_text(cx, args, n, 0, "prefix", &text);

		if (rc < 0)
			return rc;
		prefix.key = args[0]->s;
	}
	if (!(limit >= 1 && limit <= KEEP_LIST_MAX))
		return fail(cx, ERR_INPUT, "argument 2, limit, must be a number from 1 to %d", KEEP_LIST_MAX);
	if (n > 2 && args[2]) {
		int rc = api_text(cx, args, n, 2, "after", &text);

		if (rc < 0)
			return rc;
		after = args[2]->s;
	}
	return keep_list(cx, &prefix, after, (uint64_t)limit, out);
}

struct call_back {
	const struct json *function;
};

/* Others wait for the value meanwhile. */
static int call_back(struct ctx *cx, void *arg, struct json *old, struct json **now)
{
	const struct call_back *c = arg;
	struct sandbox *state = plugin_state();
	uint64_t before = sandbox_deadline(state, UPDATE_US);
	const char *held = api_hold("store.update");
	int rc = sandbox_call_back(cx, state, c->function, &old, 1, now);

	api_hold(held);
	sandbox_deadline_back(state, before);
	return rc < 0 && sandbox_broken(state) ? fail_in(cx, rc, "the function of store.update may take a second") : rc;
}

int api_store_update(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	struct call_back c = { n > 1 ? args[1] : NULL };
	struct keep k;
	int rc = key_of(cx, p, KEEP_STORE, args, n, &k);

	if (rc == 0 && !json_get(c.function, "function"))
		rc = fail(cx, ERR_INPUT, "argument 2 must be a function that makes the new value of the old one");
	return rc < 0 ? rc : keep_update(cx, &k, call_back, &c, out);
}

int api_cache_get(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	return get(cx, p, KEEP_CACHE, args, n, out);
}

int api_cache_set(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *value = NULL;
	int64_t ttl_ms = -1;
	struct keep k;
	int rc = key_of(cx, p, KEEP_CACHE, args, n, &k);

	(void)out;
	if (rc == 0)
		rc = value_at(cx, args, n, 1, &value);
	if (rc == 0)
		rc = ttl_of(cx, n > 2 ? args[2] : NULL, "argument 3, seconds,", &ttl_ms);
	return rc < 0 ? rc : keep_set(cx, &k, value, ttl_ms);
}

int api_cache_delete(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	(void)out;
	return take_away(cx, p, KEEP_CACHE, args, n);
}
