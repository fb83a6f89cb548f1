/* A worker process: serves requests or runs jobs until the master asks it to end. */
#include "server/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "ext/db.h"
#include "jobs/jobs.h"
#include "server/dispatch.h"
#include "server/scoreboard.h"
#include "web/fcgi.h"

static struct {
	const struct settings *set;
	int signals, alive;
	bool ending;
} wk = { .signals = -1, .alive = -1 };

static void (*const runs[])(struct worker *w) = {
#define POOL(id, name, run, socket, per_core, at_least) run,
#include "server/pools.def"
#undef POOL
};

static void take_signals(void)
{
	struct signalfd_siginfo info;

	while (read(wk.signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGUSR1)
			settings_open_log(wk.set);
		else
			wk.ending = true;
	}
}

bool worker_ending(void)
{
	struct pollfd fds[] = { { wk.signals, POLLIN, 0 }, { wk.alive, POLLIN, 0 } };

	if (wk.ending || wk.signals < 0 || poll(fds, LEN(fds), 0) <= 0)
		return wk.ending;
	if (fds[0].revents)
		take_signals();
	if (fds[1].revents)
		wk.ending = true;
	return wk.ending;
}

static void open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	wk.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (wk.signals < 0)
		abort();
	/* Ctrl-C and a closed terminal reach the whole group; only the master decides what they mean. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
/* AddressSanitizer maps terabytes of shadow, which such a limit would count. */
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
enum { CAN_LIMIT = 0 };
#else
enum { CAN_LIMIT = 1 };
#endif

/* The master looks only now and then: this stops a leak that takes all memory within a moment. */
static void limit_memory(const struct settings *set)
{
	rlim_t most = (rlim_t)set->memory_limit_kb * 1024 * 4;

	if (CAN_LIMIT && most)
		setrlimit(RLIMIT_DATA, &(struct rlimit){ most, most });
}

void worker_main(struct worker *w)
{
	struct arena mem = { 0 };
	struct ctx cx = { .mem = &mem, .conf = w->cx->conf, .request_id = "" };

	log_role(pool_name(w->pool));
	prctl(PR_SET_NAME, arena_printf(&mem, "callboard-%s", pool_name(w->pool)));
	wk.alive = w->alive;
	wk.set = w->set;
	job_set_wake(scoreboard_jobs_wake);
	open_signals();
	limit_memory(w->set);
	cx.db = db_new(json_path(cx.conf, "backend", "database", "connection", NULL));
	w->cx = &cx;
	runs[w->pool](w);
	slot_state(SLOT_ENDING);
	db_free(cx.db);
	_exit(0);
}

/* Bumps the shared counters by what this process's connection did since the last call. */
static void count_database(void)
{
	static struct db_counters seen;
	struct db_counters now = db_counters();

	counter_add(COUNTER_DB_STATEMENTS, now.statements - seen.statements);
	counter_add(COUNTER_DB_ERRORS, now.errors - seen.errors);
	counter_add(COUNTER_DB_DEADLOCKS, now.deadlocks - seen.deadlocks);
	counter_add(COUNTER_DB_RECONNECTS, now.reconnects - seen.reconnects);
	seen = now;
}

void worker_round_done(struct worker *w)
{
	count_database();
	log_request_id(NULL);
	w->cx->request_id = "";
	w->cx->who = NULL;
	w->cx->err = (struct err){ 0 };
	arena_reset(w->cx->mem);
	slot_end();
}

/* EPOLLEXCLUSIVE: one new connection wakes one of the waiting workers, not all. */
static int open_epoll(const struct worker *w)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);
	const struct {
		int fd;
		uint32_t events;
	} watch[] = { { w->listen_fd, EPOLLIN | EPOLLEXCLUSIVE }, { wk.signals, EPOLLIN }, { wk.alive, EPOLLIN } };

	for (size_t i = 0; i < LEN(watch); i++) {
		struct epoll_event e = { .events = watch[i].events, .data.fd = watch[i].fd };

		if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, watch[i].fd, &e) < 0)
			abort();
	}
	return ep;
}

/* True when someone connects; false when something else is to be looked at. */
static bool wait_for_request(const struct worker *w, int ep)
{
	struct epoll_event events[3];
	int n = epoll_wait(ep, events, LEN(events), -1);
	bool request = false, other = false;

	for (int i = 0; i < n; i++) {
		if (events[i].data.fd == w->listen_fd)
			request = true;
		else
			other = true;
	}
	return other ? !worker_ending() && request : request;
}

static void serve_one(struct worker *w, struct fcgi *f)
{
	struct req rq = { .cx = w->cx };
	struct resp rs = { .mem = w->cx->mem, .body.mem = w->cx->mem };

	fcgi_read(f, &rq, &rs);
	dispatch(&rq, &rs);
	fcgi_finish(f);
}

/* Not all at the same time: each worker lives a little longer or shorter. */
static uint64_t requests_to_serve(const struct worker *w)
{
	uint64_t max = w->set->max_requests;

	return max ? max + (uint64_t)getpid() % (max / 10 + 1) : UINT64_MAX;
}

void worker_run_requests(struct worker *w)
{
	struct arena keep = { 0 };
	struct fcgi *f = fcgi_new(&keep, w->listen_fd, w->set->body_limit);
	uint64_t limit = w->pool == POOL_STREAM ? w->set->stream_limit_us : w->set->request_limit_us;
	uint64_t left = requests_to_serve(w);
	int ep = open_epoll(w);

	fcgi_on_ending(f, worker_ending);
	slot_state(SLOT_IDLE);
	while (!wk.ending && left > 0) {
		if (!wait_for_request(w, ep))
			continue;
		slot_begin(SLOT_READING, limit ? limit : w->set->request_limit_us);
		if (fcgi_accept(f)) {
			slot_begin(SLOT_BUSY, limit);
			serve_one(w, f);
			left--;
		}
		worker_round_done(w);
	}
	close(ep);
	arena_release(&keep);
}
