/* A worker process: serves requests or runs jobs until the master asks it to end. */
#include "server/worker.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/sanitizer.h"
#include "ext/db.h"
#include "identity/decider.h"
#include "index/client.h"
#include "jobs/jobs.h"
#include "kubernetes/ask.h"
#include "plugins/board.h"
#include "search/search.h"
#include "server/decision_client.h"
#include "server/dispatch.h"
#include "server/scoreboard.h"
#include "web/fcgi.h"

enum { KEEP_FREE = 1 << 20, LOOK_AGAIN_MS = 1000 };

static struct {
	const struct settings *set;
	int signals, alive;
	bool ending;
	unsigned log_turns;
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
		if (info.ssi_signo != SIGUSR1) {
			wk.ending = true;
			continue;
		}
		settings_open_log(wk.set);
		wk.log_turns++;
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

bool worker_asked(void)
{
	return wk.ending;
}

unsigned worker_log_turns(void)
{
	return wk.log_turns;
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

/* The master looks only now and then: this stops a leak that takes all memory within a moment. */
static void limit_memory(const struct settings *set, enum pool p)
{
	rlim_t most = (rlim_t)settings_memory_kb(set, p) * 1024 * 4;

	if (CAN_LIMIT_MEMORY && most)
		setrlimit(RLIMIT_DATA, &(struct rlimit){ most, most });
}

/*
 * A page of entities takes some blocks of 64 KiB, which the next request takes again: it is not worth giving them back to the
 * system in between, page by page.
 */
static void keep_some_memory(void)
{
	mallopt(M_TRIM_THRESHOLD, KEEP_FREE);
	mallopt(M_MMAP_THRESHOLD, KEEP_FREE);
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
	plugin_set_mark(slot_plugin);
	open_signals();
	limit_memory(w->set, w->pool);
	keep_some_memory();
	index_client_setup(w->set->listen[POOL_INDEX], &scoreboard()->index, w->pool != POOL_JOB && w->pool != POOL_TASK);
	search_client_setup(w->set->listen[POOL_SEARCH], &scoreboard()->search);
	kube_client_setup(w->set->workers[POOL_KUBE] ? w->set->listen[POOL_KUBE] : NULL);
	decision_client_setup(w->set->listen[POOL_POLICY]);
	decider_set(decision_ask);
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

int worker_epoll(void)
{
	int ep = epoll_create1(EPOLL_CLOEXEC), fds[] = { wk.signals, wk.alive };

	for (size_t i = 0; i < LEN(fds); i++)
		if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &(struct epoll_event){ .events = EPOLLIN }) < 0)
			abort();
	return ep;
}

/* EPOLLEXCLUSIVE: one new connection wakes one of the waiting workers, not all. */
void worker_listen(const struct worker *w, int ep)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.u64 = WORKER_CONNECTS };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, w->listen_fd, &e) < 0)
		abort();
}

bool worker_peer_is_ours(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && peer.uid == geteuid();
}

/*
 * True when someone connects; false when something else is to be looked at. The kernel wakes one worker for a connection and
 * tells no other: one that is asked to end at the same moment serves it all the same, and each looks again now and then for
 * what another was woken for and did not take (it may have been killed), or it would wait until the next one connects.
 */
static bool wait_for_request(int ep, int listen_fd)
{
	struct epoll_event events[3];
	struct pollfd left = { .fd = listen_fd, .events = POLLIN };
	int n = epoll_wait(ep, events, LEN(events), LOOK_AGAIN_MS), others = 0;

	if (n == 0)
		return poll(&left, 1, 0) == 1;
	for (int i = 0; i < n; i++)
		others += !events[i].data.u64;
	if (others)
		worker_ending();
	return n > others;
}

static uint64_t limit_of(const struct worker *w)
{
	return w->pool == POOL_STREAM ? w->set->stream_limit_us : w->set->request_limit_us;
}

bool worker_serve_request(struct worker *w, void *arg)
{
	struct fcgi *f = arg;
	struct req rq = { .cx = w->cx };
	struct resp rs = { .mem = w->cx->mem, .body.mem = w->cx->mem };

	if (!fcgi_accept(f))
		return false;
	slot_begin(SLOT_BUSY, limit_of(w));
	fcgi_read(f, &rq, &rs);
	dispatch(&rq, &rs);
	fcgi_finish(f);
	return true;
}

/* Not all at the same time: each worker lives a little longer or shorter. */
uint64_t worker_requests(const struct worker *w)
{
	uint64_t max = w->set->max_requests;

	return max ? max + (uint64_t)getpid() % (max / 10 + 1) : UINT64_MAX;
}

void worker_serve(struct worker *w, uint64_t limit_us, bool (*serve_one)(struct worker *w, void *arg), void *arg)
{
	uint64_t left = worker_requests(w);
	int ep = worker_epoll();

	worker_listen(w, ep);
	slot_state(SLOT_IDLE);
	while (!wk.ending && left > 0) {
		if (!wait_for_request(ep, w->listen_fd))
			continue;
		slot_begin(SLOT_READING, limit_us);
		if (serve_one(w, arg))
			left--;
		worker_round_done(w);
	}
	close(ep);
}

void worker_run_requests(struct worker *w)
{
	struct arena keep = { 0 };
	struct fcgi *f = fcgi_new(&keep, w->listen_fd, w->set->body_limit);
	uint64_t limit = limit_of(w);

	fcgi_on_ending(f, worker_ending);
	worker_serve(w, limit ? limit : w->set->request_limit_us, worker_serve_request, f);
	arena_release(&keep);
}
