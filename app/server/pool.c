/* The workers of all pools: started, counted, measured, ended, and started again. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "plugins/board.h"
#include "server/handover.h"
#include "server/master.h"
#include "server/worker.h"

enum {
	CALM_US = 10 * 1000000, /* without a death for so long, a pool is healthy */
	FREE_DEATHS = 5,        /* replaced at once */
	LOUD_DEATHS = 10,       /* then the slow-down is told */
	MEASURE_US = 1000000,
};

static struct slot *slot_of(unsigned i)
{
	return &scoreboard()->slots[i];
}

/* The slot a child writes to; NULL when it has another scoreboard (another version's). */
static struct slot *own_slot(const struct master *m, unsigned i)
{
	return slot_of(i)->pid == m->kids[i].pid ? slot_of(i) : NULL;
}

void pools_adopt(struct master *m)
{
	for (unsigned i = 0; i < MAX_WORKERS; i++) {
		pid_t pid = handover_take_worker(i);

		if (pid <= 0)
			continue;
		m->kids[i] = (struct child){ .pid = pid, .old = true, .born_us = clock_mono_us() };
		if (own_slot(m, i))
			m->kids[i].pool = slot_of(i)->pool < N_POOLS ? slot_of(i)->pool : POOL_WEB;
	}
}

static void become_worker(struct master *m, enum pool p, unsigned i)
{
	struct worker w = { .cx = m->cx, .set = &m->set, .pool = p, .listen_fd = m->socks.of[p].fd, .alive = m->alive[0] };

	scoreboard_set_self(slot_of(i));
	slot_of(i)->pid = getpid();
	close(m->alive[1]);
	close(m->lock);
	close(m->signals);
	watch_close(m->watch);
	sockets_keep(&m->socks, p);
	worker_main(&w);
}

static void start_worker(struct master *m, enum pool p)
{
	unsigned i = 0;

	while (i < MAX_WORKERS && m->kids[i].pid)
		i++;
	if (i == MAX_WORKERS)
		return;
	*slot_of(i) = (struct slot){
		.pool = (uint8_t)p, .state = SLOT_STARTING, .generation = scoreboard()->generation, .born_us = clock_mono_us()
	};
	pid_t pid = fork();

	if (pid == 0)
		become_worker(m, p, i);
	if (pid < 0) {
		log_error("cannot start a worker", "pool", pool_name(p), "why", strerror(errno), NULL);
		slot_of(i)->state = SLOT_FREE;
		m->pools[p].start_us = clock_mono_us() + 1000000;
		return;
	}
	slot_of(i)->pid = pid;
	m->kids[i] = (struct child){ .pid = pid, .pool = p, .born_us = clock_mono_us() };
}

void pools_fill(struct master *m)
{
	unsigned have[N_POOLS] = { 0 };

	for (unsigned i = 0; i < MAX_WORKERS; i++)
		if (m->kids[i].pid && !m->kids[i].old && !m->kids[i].asked)
			have[m->kids[i].pool]++;
	for (enum pool p = 0; p < N_POOLS; p++)
		for (; have[p] < scoreboard()->wanted[p] && clock_mono_us() >= m->pools[p].start_us; have[p]++)
			start_worker(m, p);
}

/*
 * A worker that dies of a request is replaced at once, or a few such requests would stop a whole pool. One that dies before it
 * ever worked will most likely do so again.
 */
static bool died_at_start(const struct child *kid, const struct slot *slot)
{
	bool young = clock_mono_us() - kid->born_us < CALM_US;

	return young && (!slot || (slot->served == 0 && slot->state <= SLOT_IDLE));
}

/* Slower and slower while workers die at their start, but never for good: what they need may come back. */
static void note_death(struct master *m, enum pool p)
{
	struct pool_state *s = &m->pools[p];
	uint64_t now = clock_mono_us();
	uint64_t quiet_since = s->start_us > s->last_death_us ? s->start_us : s->last_death_us;

	if (now > quiet_since + CALM_US)
		s->storm = 0;
	s->last_death_us = now;
	s->storm++;
	if (s->storm <= FREE_DEATHS)
		return;
	unsigned steps = s->storm - FREE_DEATHS;
	uint64_t wait_ms = steps > 7 ? 10000 : 100U << (steps - 1);

	s->start_us = now + wait_ms * 1000;
	if (s->storm % LOUD_DEATHS == 0) {
		char ms[24], deaths[16];

		snprintf(ms, sizeof(ms), "%llu", (unsigned long long)wait_ms);
		snprintf(deaths, sizeof(deaths), "%u", s->storm);
		log_error("workers keep dying; the next is started later", "pool", pool_name(p), "deaths", deaths, "wait_ms",
			  ms, NULL);
	}
}

static void describe(int status, char *out, size_t n)
{
	if (WIFSIGNALED(status))
		snprintf(out, n, "signal %d (%s)", WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
	else
		snprintf(out, n, "exit %d", WEXITSTATUS(status));
}

/* The worker may have died in the middle of writing these. */
static void what_it_did(struct slot *slot, char *out, size_t n)
{
	slot->method[sizeof(slot->method) - 1] = '\0';
	slot->what[sizeof(slot->what) - 1] = '\0';
	slot->request_id[sizeof(slot->request_id) - 1] = '\0';
	snprintf(out, n, "%s %s", slot->method, slot->what);
}

/* A worker that died took one request with it: its number and route go to the log, where the user's page points. */
static void log_death(const struct child *kid, struct slot *slot, int status)
{
	char pid[16], how[48], age[24], what[128] = "";

	snprintf(pid, sizeof(pid), "%d", (int)kid->pid);
	snprintf(age, sizeof(age), "%.1f", (double)(clock_mono_us() - kid->born_us) / 1e6);
	describe(status, how, sizeof(how));
	if (slot && slot->what[0])
		what_it_did(slot, what, sizeof(what));
	log_error("worker died", "pool", pool_name(kid->pool), "worker", pid, "how", how, "age_s", age, "during", what,
		  "died_request", slot ? slot->request_id : "", NULL);
}

/*
 * One that took its worker with it has failed, however it went. Of before a reload, its number means another plugin today; at a
 * stop, it is no fault of its own.
 */
static void blame_plugin(const struct master *m, const struct child *kid, const struct slot *slot, int status)
{
	char how[48], why[128];

	if (!slot || !slot->plugin || kid->old || m->stopping)
		return;
	describe(status, how, sizeof(how));
	if (slot->end_reason == END_TIMEOUT)
		snprintf(why, sizeof(why), "the worker that ran it took too long and was ended");
	else if (slot->end_reason == END_MEMORY)
		snprintf(why, sizeof(why), "the worker that ran it used far too much memory and was ended");
	else
		snprintf(why, sizeof(why), "the worker that ran it died: %s", how);
	plugin_killed(slot->plugin - 1U, why);
}

static void reaped(struct master *m, unsigned i, int status)
{
	struct child *kid = &m->kids[i];
	struct slot *slot = own_slot(m, i);
	bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	enum end_reason why = slot && slot->end_reason < N_END_REASONS ? slot->end_reason : END_RECYCLED;

	if (!well && !kid->ended) {
		log_death(kid, slot, status);
		why = END_CRASHED;
		if (!kid->old && died_at_start(kid, slot))
			note_death(m, kid->pool);
	}
	if (!well)
		blame_plugin(m, kid, slot, status);
	if (!m->stopping && !kid->old)
		scoreboard()->ends[kid->pool][why]++;
	if (slot)
		memset(slot, 0, sizeof(*slot));
	*kid = (struct child){ 0 };
}

void pools_reap(struct master *m)
{
	int status;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		if (pid == m->checker) {
			m->checker = 0;
			reload_checked(m, status);
			continue;
		}
		for (unsigned i = 0; i < MAX_WORKERS; i++)
			if (m->kids[i].pid == pid)
				reaped(m, i, status);
	}
}

static void ask(struct child *kid)
{
	if (kid->asked)
		return;
	kid->asked = true;
	kid->asked_us = clock_mono_us();
	kill(kid->pid, SIGTERM);
}

void pools_ask(struct master *m, bool old_only)
{
	for (unsigned i = 0; i < MAX_WORKERS; i++)
		if (m->kids[i].pid && (m->kids[i].old || !old_only))
			ask(&m->kids[i]);
}

void pools_signal(const struct master *m, int sig)
{
	for (unsigned i = 0; i < MAX_WORKERS; i++)
		if (m->kids[i].pid)
			kill(m->kids[i].pid, sig);
}

unsigned pools_count(const struct master *m, bool old_only)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MAX_WORKERS; i++)
		n += m->kids[i].pid && (m->kids[i].old || !old_only);
	return n;
}

bool pools_ready(const struct master *m)
{
	unsigned up[N_POOLS] = { 0 };

	for (unsigned i = 0; i < MAX_WORKERS; i++)
		if (m->kids[i].pid && !m->kids[i].old && slot_of(i)->state != SLOT_STARTING)
			up[m->kids[i].pool]++;
	for (enum pool p = 0; p < N_POOLS; p++)
		if (up[p] < scoreboard()->wanted[p])
			return false;
	return true;
}

static void end_by_force(struct child *kid, struct slot *slot, enum end_reason why, const char *message)
{
	char pid[16], what[128] = "";

	snprintf(pid, sizeof(pid), "%d", (int)kid->pid);
	if (slot) {
		what_it_did(slot, what, sizeof(what));
		slot->end_reason = (uint16_t)why;
	}
	log_error(message, "pool", pool_name(kid->pool), "worker", pid, "during", what, "died_request",
		  slot ? slot->request_id : "", NULL);
	kid->ended = kid->asked = true;
	kid->asked_us = clock_mono_us();
	kill(kid->pid, SIGKILL);
}

/* Pages of its own, in KiB; 0 when it has just gone. */
static uint64_t own_memory_kb(pid_t pid)
{
	char path[40], text[128];
	unsigned long all, resident, shared;
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	ok = fgets(text, sizeof(text), f) && sscanf(text, "%lu %lu %lu", &all, &resident, &shared) == 3;
	fclose(f);
	return ok && resident > shared ? (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024 : 0;
}

static bool over_time(const struct slot *slot)
{
	uint64_t since = __atomic_load_n(&slot->since_us, __ATOMIC_ACQUIRE);
	uint64_t limit = __atomic_load_n(&slot->limit_us, __ATOMIC_RELAXED);

	return since && limit && clock_mono_us() > since + limit;
}

static void check_memory(struct master *m, struct child *kid, struct slot *slot)
{
	uint64_t limit = settings_memory_kb(&m->set, kid->pool);

	slot->rss_kb = own_memory_kb(kid->pid);
	if (!limit || slot->rss_kb <= limit)
		return;
	slot->end_reason = END_MEMORY;
	if (slot->rss_kb > 2 * limit)
		end_by_force(kid, slot, END_MEMORY, "worker uses far too much memory");
	else if (!kid->asked)
		log_warn("worker uses too much memory; it leaves after this request", "pool", pool_name(kid->pool), NULL);
	ask(kid);
}

/* Jobs and steps of tasks of before a reload may run to their own limit; all else leaves within the grace, and at a stop
 * everything. */
static bool over_grace(const struct master *m, const struct child *kid)
{
	bool patient = (kid->pool == POOL_JOB || kid->pool == POOL_TASK) && !m->stopping;

	return kid->asked && !patient && clock_mono_us() > (m->stopping ? m->stop_us : kid->asked_us) + m->set.grace_us;
}

void pools_watch(struct master *m)
{
	uint64_t now = clock_mono_us();
	bool measure = now - m->measured_us > MEASURE_US;

	for (unsigned i = 0; i < MAX_WORKERS; i++) {
		struct child *kid = &m->kids[i];
		struct slot *slot = kid->pid ? own_slot(m, i) : NULL;

		if (!kid->pid || kid->ended)
			continue;
		if (slot && over_time(slot))
			end_by_force(kid, slot, END_TIMEOUT, "worker took too long and was ended");
		else if (over_grace(m, kid))
			end_by_force(kid, slot, END_TIMEOUT, "worker did not leave and was ended");
		else if (slot && measure)
			check_memory(m, kid, slot);
	}
	if (measure)
		m->measured_us = now;
}
