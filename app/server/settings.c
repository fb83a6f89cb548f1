/* The server's own settings: section `server` of the configuration. */
#include "server/settings.h"

#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "scaffolder/task_run.h"
#include "server/scoreboard.h"

enum { INDEX_EXTRA_KB = 64 << 10, KUBE_TIMES = 4 };

static const struct {
	const char *name;
	bool listens;
	unsigned per_core, at_least;
} pools[] = {
#define POOL(id, name, run, socket, per_core, at_least) { name, socket, per_core, at_least },
#include "server/pools.def"
#undef POOL
};

/* Beside the index there are answers under way, and what any process needs. */
uint64_t settings_memory_kb(const struct settings *set, enum pool p)
{
	uint64_t held = p == POOL_SEARCH ? set->search_limit_kb : set->index_limit_kb;

	/* Lists of many clusters are taken in at once there, beside what it holds. */
	if (p == POOL_KUBE)
		return set->memory_limit_kb * KUBE_TIMES;
	if (p != POOL_INDEX && p != POOL_SEARCH)
		return set->memory_limit_kb;
	return held ? held + held / 4 + INDEX_EXTRA_KB : 0;
}

const char *pool_name(enum pool p)
{
	return pools[p].name;
}

/* A whole number at server.<key>, else dflt. */
static int read_number(struct ctx *cx, const struct json *section, const char *key, double max, uint64_t dflt, uint64_t *out)
{
	const struct json *v = json_get(section, key);

	*out = dflt;
	if (!v)
		return 0;
	if (v->type != JSON_NUMBER || !(v->num >= 0) || v->num > max || v->num != (double)(uint64_t)v->num)
		return fail(cx, ERR_INPUT, "configuration: server.%s must be a whole number from 0 to %.0f", key, max);
	*out = (uint64_t)v->num;
	return 0;
}

/* Of the task pool, scaffolder.concurrentTasksLimit says it; a mistake in it is told where it is read. */
static unsigned default_workers(struct ctx *cx, enum pool p)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned limit;

	if (p == POOL_TASK && task_limit(cx, &limit) == 0)
		return limit;
	unsigned want = pools[p].per_core * (unsigned)(cores > 0 ? cores : 1);

	if (want > 32)
		want = 32;
	return want > pools[p].at_least ? want : pools[p].at_least;
}

static int read_pools(struct ctx *cx, const struct json *server, struct settings *out)
{
	unsigned total = 0;

	for (enum pool p = 0; p < N_POOLS; p++) {
		const struct json *v = json_path(server, "pools", pool_name(p), "workers", NULL);

		out->workers[p] = default_workers(cx, p);
		if (v && (v->type != JSON_NUMBER || !(v->num >= 0 && v->num <= MAX_WORKERS) || v->num != (unsigned)v->num))
			return fail(cx, ERR_INPUT, "configuration: server.pools.%s.workers must be a whole number from 0 to %d",
				    pool_name(p), MAX_WORKERS);
		if (v)
			out->workers[p] = (unsigned)v->num;
		total += out->workers[p];
	}
	/* While the server reloads, old and new workers live side by side. */
	if (total > MAX_WORKERS / 2)
		return fail(cx, ERR_INPUT, "configuration: server.pools asks for %u workers; at most %d are possible", total,
			    MAX_WORKERS / 2);
	if (out->workers[POOL_WEB] == 0)
		return fail(cx, ERR_INPUT, "configuration: server.pools.web.workers must be at least 1");
	return 0;
}

static const char *listens_at(const struct ctx *cx, enum pool p)
{
	const char *address = json_text(json_path(cx->conf, "server", "listen", pool_name(p), NULL), NULL);

	return address ? address : arena_printf(cx->mem, "%s/%s.sock", settings_state(cx), pool_name(p));
}

const char *settings_index_socket(const struct ctx *cx)
{
	return listens_at(cx, POOL_INDEX);
}

const char *settings_search_socket(const struct ctx *cx)
{
	return listens_at(cx, POOL_SEARCH);
}

const char *settings_kube_socket(const struct ctx *cx)
{
	return listens_at(cx, POOL_KUBE);
}

static void read_sockets(struct ctx *cx, struct settings *out)
{
	for (enum pool p = 0; p < N_POOLS; p++)
		if (pools[p].listens)
			out->listen[p] = listens_at(cx, p);
}

static int read_log(struct ctx *cx, const struct json *server, struct settings *out)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	const char *level = json_text(json_path(server, "log", "level", NULL), "info");

	out->log_path = json_text(json_path(server, "log", "path", NULL), NULL);
	for (size_t i = 0; i < LEN(names); i++) {
		if (streq(level, names[i])) {
			out->log_level = (enum log_level)i;
			return 0;
		}
	}
	return fail(cx, ERR_INPUT, "configuration: server.log.level '%s' is none of debug, info, warn, error", level);
}

int settings_open_log(const struct settings *set)
{
	return log_open(set->log_path, set->log_level);
}

const char *settings_state(const struct ctx *cx)
{
	return json_get_text(json_get(cx->conf, "server"), "state", "/run/callboard");
}

int settings_read(struct ctx *cx, struct settings *out)
{
	const struct json *server = json_get(cx->conf, "server");
	const struct {
		const char *key;
		double max;
		uint64_t dflt, unit, *to;
	} numbers[] = {
		{ "requestTimeout", 86400, 30, 1000000, &out->request_limit_us },
		{ "streamTimeout", 86400, 0, 1000000, &out->stream_limit_us },
		{ "waitLimit", 50000, 2000, 1, &out->wait_limit },
		{ "waitStall", 3600, 30, 1000000, &out->wait_stall_us },
		{ "tunnelLimit", 10000, 500, 1, &out->tunnel_limit },
		{ "tunnelsPerUser", 10000, 20, 1, &out->tunnels_per_user },
		{ "tunnelIdle", 86400, 900, 1000000, &out->tunnel_idle_us },
		{ "tunnelLongest", 86400, 14400, 1000000, &out->tunnel_longest_us },
		{ "grace", 3600, 10, 1000000, &out->grace_us },
		{ "maxRequests", 1e9, 20000, 1, &out->max_requests },
		{ "memoryLimit", 1 << 20, 256, 1024, &out->memory_limit_kb },
		{ "indexMemoryLimit", 1 << 24, 4096, 1024, &out->index_limit_kb },
		{ "searchMemoryLimit", 1 << 24, 4096, 1024, &out->search_limit_kb },
	};
	uint64_t body, cache;
	int rc;

	*out = (struct settings){ .state = settings_state(cx) };
	for (size_t i = 0; i < LEN(numbers); i++) {
		if ((rc = read_number(cx, server, numbers[i].key, numbers[i].max, numbers[i].dflt, numbers[i].to)) < 0)
			return rc;
		*numbers[i].to *= numbers[i].unit;
	}
	if ((rc = read_number(cx, server, "bodyLimit", 1 << 30, 10 << 20, &body)) < 0)
		return rc;
	out->body_limit = (size_t)body;
	if ((rc = read_number(cx, server, "bodyCache", 1 << 20, 64, &cache)) < 0)
		return rc;
	out->body_cache = (size_t)cache << 20;
	if ((rc = read_pools(cx, server, out)) < 0 || (rc = read_log(cx, server, out)) < 0)
		return rc;
	read_sockets(cx, out);
	out->index_snapshot = json_get_text(server, "indexSnapshot", arena_printf(cx->mem, "%s/index.snapshot", out->state));
	out->search_snapshot = json_get_text(server, "searchSnapshot", arena_printf(cx->mem, "%s/search.snapshot", out->state));
	return 0;
}
