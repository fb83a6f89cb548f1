/*
 * A worker of the pool "wait": takes requests as others do, and holds the answers that wait for something to happen, all in one
 * loop over their connections, the listening socket and the bells.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/bell.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "server/held.h"
#include "server/scoreboard.h"
#include "web/park.h"

enum {
	EVENTS = 64,
	AT_ONCE = 16, /* requests that are taken before those who wait have their turn */
	TICK_MS = 250,
	LEAVE_US = 2000000, /* for readers to take what waits, when the worker has to end */
	OTHER_FILES = 1100, /* descriptors below those of held connections, and some more */
	BELLS_RANG = 2,
};

static struct {
	struct worker *w;
	struct held_set *held;
	int ep;
	size_t most;
	bool listens;
	uint64_t left; /* requests to be served */
} ww;

/* Called by the handler of each answer that wants to wait. */
static bool has_room(void)
{
	bool room = held_count(ww.held) < ww.most;

	if (!room)
		counter_add(COUNTER_HELD_REFUSED, 1);
	return room;
}

static void hold(struct fcgi *f, struct park *p)
{
	held_add(ww.held, f, p);
}

/* As many files as the system lets us have: each answer is one. */
static size_t most_held(const struct settings *set)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		abort();
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	rlim_t room = files.rlim_cur > OTHER_FILES ? files.rlim_cur - OTHER_FILES : 0;

	if (room >= set->wait_limit)
		return (size_t)set->wait_limit;
	log_warn("a process may have too few files open for server.waitLimit (see ulimit -n)", NULL);
	return (size_t)room;
}

static bool another_has_room(void)
{
	const struct board *b = scoreboard();

	for (size_t i = 0; i < MAX_WORKERS; i++) {
		const struct slot *s = &b->slots[i];

		if (s->pid && s != scoreboard_self() && s->pool == POOL_WAIT && s->generation == b->generation &&
		    s->state >= SLOT_IDLE && s->state <= SLOT_BUSY && s->held < ww.most)
			return true;
	}
	return false;
}

/* One that is full leaves new ones to the others. When all are full it takes them, to say so. */
static bool may_listen(void)
{
	return held_count(ww.held) < ww.most || !another_has_room();
}

static void listen_or_not(void)
{
	bool listens = may_listen();

	if (listens == ww.listens)
		return;
	ww.listens = listens;
	if (listens)
		worker_listen(ww.w, ww.ep);
	else if (epoll_ctl(ww.ep, EPOLL_CTL_DEL, ww.w->listen_fd, NULL) < 0)
		abort();
}

static void take_requests(struct fcgi *f)
{
	for (int i = 0; i < AT_ONCE && ww.left && may_listen(); i++) {
		slot_begin(SLOT_READING, ww.w->set->request_limit_us);
		bool served = worker_serve_request(ww.w, f);

		worker_round_done(ww.w);
		if (!served)
			return;
		ww.left--;
	}
}

/* Connections first: those that are closed now are not asked to look. */
static void take_events(struct fcgi *f, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(ww.ep, events, EVENTS, timeout_ms);
	bool connects = n == 0 && ww.listens && f;

	for (int i = 0; i < n; i++) {
		if (events[i].data.u64 == WORKER_CONNECTS)
			connects = true;
		else if (!events[i].data.u64)
			worker_ending();
		else if (events[i].data.u64 != BELLS_RANG)
			held_event(ww.held, &events[i]);
	}
	/* Also after a while without: the one that was woken for it may not have taken it. */
	if (connects && f)
		take_requests(f);
}

static void end_all(void)
{
	uint64_t began = clock_mono_us();

	slot_state(SLOT_ENDING);
	held_end(ww.held);
	held_round(ww.held);
	while (held_count(ww.held) && clock_mono_us() - began < LEAVE_US) {
		take_events(NULL, 20);
		held_round(ww.held);
	}
}

static void hear_bells(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET, .data.u64 = BELLS_RANG };

	if (bells_fd() >= 0 && epoll_ctl(ww.ep, EPOLL_CTL_ADD, bells_fd(), &e) < 0)
		abort();
}

void worker_run_waiting(struct worker *w)
{
	struct arena keep = { 0 };
	struct fcgi *f = fcgi_new(&keep, w->listen_fd, w->set->body_limit);
	bool more = false;

	ww.w = w;
	ww.ep = worker_epoll();
	ww.held = held_new(&keep, w, ww.ep);
	ww.most = most_held(w->set);
	ww.left = worker_requests(w);
	fcgi_on_ending(f, worker_ending);
	fcgi_on_park(f, hold);
	park_set_room(has_room);
	hear_bells();
	slot_state(SLOT_IDLE);
	while (!worker_asked() && ww.left) {
		listen_or_not();
		take_events(f, more ? 0 : TICK_MS);
		more = held_round(ww.held);
	}
	if (ww.listens)
		epoll_ctl(ww.ep, EPOLL_CTL_DEL, w->listen_fd, NULL);
	end_all();
	close(ww.ep);
	arena_release(&keep);
}
