/* callboard serve: checks everything that can be wrong at the start, then becomes the master. */
#include "server/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "catalog/body_cache.h"
#include "docs/docs.h"
#include "handlers/page.h"
#include "kubernetes/cluster.h"
#include "plugins/action.h"
#include "plugins/board.h"
#include "plugins/decision.h"
#include "plugins/metric.h"
#include "plugins/events.h"
#include "plugins/plugin.h"
#include "server/handover.h"
#include "server/endpoint.h"
#include "server/master.h"
#include "server/parts.h"
#include "web/router.h"

enum { LOCK_TRIES = 40 }; /* 2 s */

static int make_state_dir(struct ctx *cx, const char *path)
{
	struct stat st;

	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return fail(cx, ERR_INTERNAL, "make state directory '%s': %s", path, strerror(errno));
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return fail(cx, ERR_INTERNAL, "state directory '%s' is no directory", path);
	return 0;
}

/* Holds STATE/master.pid locked for as long as the master lives, also over a reload (a POSIX lock belongs to the pid). */
static int lock_state(struct ctx *cx, const char *state, int *out)
{
	const char *path = arena_printf(cx->mem, "%s/master.pid", state), *note;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = handover_take(cx->mem, "lock", &note);

	if (fd < 0)
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return fail(cx, ERR_INTERNAL, "open '%s': %s", path, strerror(errno));
	/* A master that was killed a moment ago holds it until the kernel has done with it. */
	int rc = fcntl(fd, F_SETLK, &lock);

	for (int i = 0; rc < 0 && (errno == EACCES || errno == EAGAIN) && i < LOCK_TRIES; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 50 * 1000000 }, NULL);
		rc = fcntl(fd, F_SETLK, &lock);
	}
	if (rc < 0) {
		struct flock who = lock;

		fcntl(fd, F_GETLK, &who);
		close(fd);
		return fail(cx, ERR_CONFLICT, "another server (process %d) runs in '%s'", (int)who.l_pid, state);
	}
	char pid[16];
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)n, 0) != n) {
		close(fd);
		return fail(cx, ERR_INTERNAL, "write '%s': %s", path, strerror(errno));
	}
	*out = fd;
	return 0;
}

static int find_program(struct ctx *cx, const char **out)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return fail(cx, ERR_INTERNAL, "read /proc/self/exe: %s", strerror(errno));
	*out = arena_strndup(cx->mem, path, (size_t)n);
	return 0;
}

static int open_log(struct ctx *cx, const struct settings *set)
{
	if (settings_open_log(set) < 0)
		return fail(cx, ERR_INTERNAL, "open log '%s': %s", set->log_path, strerror(errno));
	return 0;
}

/* How many answer somebody, be it to say that they are broken; that goes to the log as well. */
static size_t count_plugins(void)
{
	size_t n = 0;

	for (size_t i = 0; i < plugins()->n; i++) {
		const struct plugin *p = &plugins()->items[i];

		n += p->state != PLUGIN_OFF;
		if (p->state == PLUGIN_BROKEN)
			log_error("plugin is broken", "plugin", p->name, "why", p->error, NULL);
	}
	return n;
}

/*
 * What is decided in Lua must be there. When it went between the check of a reload and the reload itself, it is too late to
 * refuse: then nothing is allowed.
 */
static int check_decisions(struct ctx *cx)
{
	struct text_list warnings = { 0 };
	int rc = decision_is_configured(cx) ? decision_check(cx, &warnings) : 0;

	for (size_t i = 0; i < warnings.n; i++)
		log_warn("what is decided in Lua", "why", warnings.items[i], NULL);
	if (rc < 0 && handover_is_successor()) {
		log_error("what is decided in Lua is not there; nothing is allowed that depends on it", "why", cx->err.text,
			  NULL);
		cx->err = (struct err){ 0 };
		return 0;
	}
	return rc;
}

/* A broken one is no reason to refuse a reload, unless it is the policy: then they are not even tried. */
static int try_plugins(struct ctx *cx)
{
	int rc = plugins_check(cx);

	if (rc < 0 || !decision_is_configured(cx))
		return rc;
	rc = plugins_prepare(cx);
	return rc < 0 ? rc : decision_check(cx, &(struct text_list){ 0 });
}

static void leave_out_pool(struct ctx *cx, struct master *m, enum pool p)
{
	if (!json_path(cx->conf, "server", "pools", pool_name(p), "workers", NULL))
		m->set.workers[p] = 0;
}

/* They are watched before they are read, so that no change is missed. */
static int prepare_plugins(struct ctx *cx, struct master *m)
{
	if (reload_is_check())
		return try_plugins(cx);
	m->watch = watch_open(cx);
	int rc = plugins_prepare(cx);

	events_prepare();
	docs_prepare();
	if (rc == 0)
		rc = actions_prepare(cx);
	actions_proxy(endpoint_aim);
	if (rc == 0)
		rc = check_decisions(cx);
	if (rc < 0)
		return rc;
	if (count_plugins() == 0 && actions()->n == 0)
		leave_out_pool(cx, m, POOL_PLUGIN);
	if (!decision_wanted(cx))
		leave_out_pool(cx, m, POOL_POLICY);
	/* Rules look at what is asked for. */
	if (!plugins_contribute(CONTRIBUTES_HEALTH)->n || !clusters_wanted(cx))
		leave_out_pool(cx, m, POOL_RULES);
	return 0;
}

/* What is loaded once, before the fork, and shared by all workers. */
static int prepare(struct ctx *cx, struct master *m)
{
	int rc = settings_read(cx, &m->set);

	if (rc == 0)
		rc = route_check(cx, routes, n_routes);
	if (rc == 0)
		rc = page_prepare(cx);
	if (rc == 0)
		rc = parts_prepare(cx);
	if (rc == 0 && !clusters_wanted(cx)) {
		leave_out_pool(cx, m, POOL_KUBE);
		leave_out_pool(cx, m, POOL_TUNNEL);
	}
	if (rc == 0)
		rc = find_program(cx, &m->exe);
	return rc < 0 ? rc : prepare_plugins(cx, m);
}

/* Shared by all workers; a program that takes our place begins with an empty one. */
static void share_body_cache(const struct settings *set)
{
	void *p = set->body_cache ? mmap(NULL, set->body_cache, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
				  : MAP_FAILED;

	if (p != MAP_FAILED)
		body_cache_setup(p, set->body_cache);
	else if (set->body_cache)
		log_warn("no memory for server.bodyCache; it goes on without", "why", strerror(errno), NULL);
}

static int acquire(struct ctx *cx, struct master *m)
{
	int rc = open_log(cx, &m->set);

	if (rc == 0)
		rc = make_state_dir(cx, m->set.state);
	if (rc == 0)
		rc = lock_state(cx, m->set.state, &m->lock);
	if (rc == 0)
		rc = sockets_open(cx, &m->set, &m->socks);
	if (rc == 0)
		rc = scoreboard_create(cx, m->set.state, handover_is_successor());
	if (rc == 0)
		rc = plugin_board_prepare(cx, m->set.state);
	plugin_metrics_prepare();
	if (rc == 0 && !scoreboard()->started_ms)
		scoreboard()->started_ms = clock_wall_ms();
	if (rc == 0)
		share_body_cache(&m->set);
	return rc;
}

int cmd_serve(struct ctx *cx, int argc, char **argv)
{
	struct master *m = arena_new(cx->mem, struct master);
	int rc;

	if (argc > 1)
		return fail(cx, ERR_INPUT, "serve takes no argument, not even '%s'", argv[1]);
	m->cx = cx;
	rc = prepare(cx, m);
	if (rc == 0 && reload_is_check())
		return 0;
	if (rc == 0)
		rc = acquire(cx, m);
	return rc < 0 ? rc : master_run(m);
}
