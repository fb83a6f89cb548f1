/* A worker that holds in memory what it reads of the database, follows it, and answers the other workers of this host. */
#include "server/follower.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "catalog/feed.h"
#include "ext/db.h"
#include "server/scoreboard.h"
#include "server/worker.h"

enum {
	EVENTS = 64,
	WEIGH_US = 1000000,    /* so often memory is compared with its limit */
	PATIENCE_US = 1000000, /* after that the portal counts as started, loaded or not */
	ROUND_LIMIT_US = 120000000,
	SAVE_MS = 300000,
	WAITING_MS = 2, /* a question may have waited long enough */
	IDLE_MS = 1000,
	RETRY_MS = 100,
};

struct server {
	struct worker *w;
	const struct follower_kind *kind;
	struct index_shared *shared;
	const char *owner; /* of the database; NULL: not known yet */
	struct arena keep;
	void *held;
	struct feeder feeder;
	bool ready, full, leaving;
	bool working; /* something was put off */
	bool failing; /* the database has not said yet which one it is */
	uint64_t born_us, weigh_us;
	struct clients clients;
	struct feeder_at saved, saving; /* of the snapshot there is, of the one that is being written */
	int64_t saved_ms;
	pid_t saver;
};

static void set(uint64_t *to, uint64_t n)
{
	__atomic_store_n(to, n, __ATOMIC_RELEASE);
}

/* ---- state ---- */

static void go_away(struct server *s, enum index_state state)
{
	uint64_t none = 0;

	set(&s->shared->state, state);
	__atomic_compare_exchange_n(&s->shared->away_us, &none, clock_mono_us(), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static void report(struct server *s)
{
	struct index_stats stats;

	s->kind->stats(s->held, &stats);
	set(&s->shared->seq, stats.seq);
	set(&s->shared->documents, stats.documents);
	set(&s->shared->keys, stats.keys);
	set(&s->shared->values, stats.values);
	set(&s->shared->bytes, stats.bytes);
	set(&s->shared->limit, s->kind->limit_kb * 1024);
}

static void stop_listening(struct server *s)
{
	if (s->ready)
		clients_hang_up(&s->clients);
	s->ready = false;
}

static void become_ready(struct server *s)
{
	char documents[24], ms[24];

	report(s);
	snprintf(documents, sizeof(documents), "%llu", (unsigned long long)s->shared->documents);
	snprintf(ms, sizeof(ms), "%llu", (unsigned long long)(clock_mono_us() - s->born_us) / 1000);
	log_info(arena_printf(s->w->cx->mem, "the %s is loaded", s->kind->name), "documents", documents, "ms", ms, NULL);
	s->ready = true;
	clients_listen(&s->clients);
	set(&s->shared->state, INDEX_READY);
	slot_state(SLOT_IDLE);
}

/* ---- following the database ---- */

/* Another such worker begins where this one ends; without the snapshot where that one would be of no use either. */
static void leave(struct server *s, bool snapshot_too)
{
	if (snapshot_too)
		unlink(s->kind->snapshot);
	stop_listening(s);
	go_away(s, INDEX_LOADING);
	s->leaving = true;
}

static void follow(struct server *s)
{
	uint64_t seq = s->kind->seq(s->held), before = seq;
	enum feeder_said said = feeder_take(&s->feeder, s->kind->take, s->held, &seq);

	if (seq != before)
		s->kind->set_seq(s->held, seq);
	switch (said) {
	case FEEDER_GOES_ON:
		break;
	case FEEDER_CAUGHT_UP:
		if (!s->ready)
			become_ready(s);
		break;
	case FEEDER_TOO_LATE:
		leave(s, true);
		break;
	case FEEDER_GONE:
		log_error("the process that reads the database has died", "for", s->kind->name, NULL);
		leave(s, false);
	}
	if (seq != s->shared->seq)
		report(s);
}

/* Rather no answers than a machine without memory. Only another configuration, read at a reload, changes that. */
static void weigh(struct server *s, uint64_t now)
{
	char limit[24];

	if (now < s->weigh_us + WEIGH_US)
		return;
	s->weigh_us = now;
	report(s);
	if (s->kind->prepare && s->ready && !s->working)
		s->working = s->kind->prepare(s->held);
	if (!s->shared->limit || s->shared->bytes <= s->shared->limit)
		return;
	snprintf(limit, sizeof(limit), "%llu", (unsigned long long)s->shared->limit >> 20);
	log_error(arena_printf(s->w->cx->mem,
			       "the %s needs more memory than %s allows; it answers nothing until that is raised",
			       s->kind->name, s->kind->limit_name),
		  "limit_mib", limit, NULL);
	stop_listening(s);
	go_away(s, INDEX_FULL);
	feeder_stop(&s->feeder);
	s->kind->end(s->held);
	s->held = NULL;
	s->full = true;
	slot_state(SLOT_IDLE);
}

/* ---- the snapshot ---- */

static struct feeder_at at_of(const struct server *s)
{
	return (struct feeder_at){ s->kind->seq(s->held), s->kind->other ? s->kind->other(s->held) : 0 };
}

static bool worth_saving(const struct server *s)
{
	if (!s->held || !s->ready)
		return false;
	struct feeder_at at = at_of(s);

	return at.seq > s->saved.seq || at.other > s->saved.other;
}

static int save(struct server *s)
{
	struct ctx *cx = s->w->cx;
	int rc = s->kind->save(cx, s->w, s->held, s->owner);

	if (rc < 0)
		log_error("a snapshot could not be written", "of", s->kind->name, "why", cx->err.text, NULL);
	return rc;
}

/* The child holds what we held at this moment, while we go on. It must not keep our connections open. */
static void save_aside(struct server *s)
{
	s->saved_ms = clock_wall_ms();
	if (!worth_saving(s))
		return;
	s->saving = at_of(s);
	s->saver = fork();
	if (s->saver < 0)
		log_error("a snapshot could not be written", "of", s->kind->name, "why", strerror(errno), NULL);
	if (s->saver != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	scoreboard_set_self(NULL);
	clients_forget(&s->clients);
	close(s->feeder.fd);
	_exit(save(s) < 0);
}

static void care_for_snapshot(struct server *s)
{
	int status;

	if (s->saver > 0 && waitpid(s->saver, &status, WNOHANG) == s->saver) {
		s->saver = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
			s->saved = s->saving;
			set(&s->shared->snapshot_ms, (uint64_t)clock_wall_ms());
		}
	}
	if (s->saver <= 0 && clock_wall_ms() > s->saved_ms + SAVE_MS)
		save_aside(s);
}

/* ---- the loop ---- */

static void answer(struct server *s)
{
	if (s->ready)
		clients_answer(&s->clients, s->held, s->kind->seq(s->held));
}

static void take_signals(struct server *s)
{
	unsigned before = worker_log_turns();

	worker_ending();
	if (worker_log_turns() != before && s->feeder.pid > 0)
		feeder_turn_log(&s->feeder);
}

static void event(struct server *s, void *data)
{
	if (!data)
		take_signals(s);
	else if (data == &s->feeder)
		follow(s);
	else
		clients_event(&s->clients, data);
}

/* Who waits for changes has them looked for; they come as an event. */
static void turn(struct server *s)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(s->clients.ep, events, EVENTS, s->working ? 0 : s->clients.n_waiting ? WAITING_MS : IDLE_MS);

	if (s->ready)
		slot_begin(SLOT_BUSY, ROUND_LIMIT_US);
	for (int i = 0; i < n && !s->leaving; i++)
		event(s, events[i].data.ptr);
	if (s->leaving)
		return;
	if (s->ready)
		set(&s->shared->away_us, 0);
	answer(s);
	if (n > 0 && s->clients.n_waiting)
		feeder_look(&s->feeder);
	s->working = s->kind->work(s->held);
	weigh(s, clock_mono_us());
	if (s->full)
		return;
	care_for_snapshot(s);
}

/*
 * A portal that starts waits for it, but not long: all else works without. One that reloads waits until it is loaded,
 * for the old one answers meanwhile; but not for a database that is away.
 */
static void count_as_started(const struct server *s)
{
	bool vain = scoreboard()->state == BOARD_STARTING || !s->owner;

	if (!s->ready && vain && clock_mono_us() > s->born_us + PATIENCE_US)
		slot_state(SLOT_IDLE);
}

/* Until the database is there and says which one it is. Then the other half is started, while this one is small. */
static void begin(struct server *s)
{
	struct ctx *cx = s->w->cx;
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = &s->feeder };
	const char *owner;

	if (feed_owner(cx, &owner) < 0 || feeder_start(cx, &s->feeder, s->kind->feeder, s->w) < 0) {
		if (!s->failing)
			log_warn("it cannot begin now, trying again", "what", s->kind->name, "why", cx->err.text, NULL);
		s->failing = true;
		return;
	}
	s->owner = arena_strdup(&s->keep, owner);
	db_free(cx->db);
	cx->db = NULL;
	s->held = s->kind->begin(s->w, s->owner);
	s->saved = at_of(s);
	feeder_begin(&s->feeder, &s->saved);
	if (epoll_ctl(s->clients.ep, EPOLL_CTL_ADD, s->feeder.fd, &e) < 0)
		abort();
}

void follower_run(struct worker *w, const struct follower_kind *kind)
{
	static struct server server;
	struct server *s = &server;

	s->w = w;
	s->kind = kind;
	s->shared = kind->shared;
	s->clients = (struct clients){
		.conf = w->cx->conf, .ep = worker_epoll(), .listen_fd = w->listen_fd, .answer = kind->answer
	};
	s->born_us = clock_mono_us();
	s->saved_ms = clock_wall_ms();
	go_away(s, INDEX_LOADING);
	while (!worker_asked() && !s->leaving) {
		count_as_started(s);
		if (!s->owner)
			begin(s);
		if (s->owner && !s->full) {
			turn(s);
		} else {
			scoreboard_jobs_wait(RETRY_MS);
			worker_ending();
		}
		if (s->ready)
			worker_round_done(w);
	}
	if (s->saver > 0 && kill(s->saver, SIGKILL) == 0)
		waitpid(s->saver, NULL, 0);
	feeder_stop(&s->feeder);
	if (worth_saving(s))
		save(s);
}
