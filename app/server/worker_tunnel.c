/*
 * The worker of the pool "tunnel": connections that are taken over (exec, attach, port-forward). nginx comes with the ticket
 * that another worker has given for the request, and what it and the cluster say then passes through here, many in one loop.
 */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/passage.h"
#include "server/scoreboard.h"

enum {
	EVENTS = 64,
	TICK_MS = 1000,
	SPARE = 16, /* beyond the limit, for those who are told so */
	LEAVE_US = 2000000,
	CLOSE_IDLE = 4001,
	CLOSE_LONG = 4002,
	CLOSE_RESTART = 1012, /* RFC 6455's registry: service restart */
};

static bool has_room(const struct passages *all)
{
	return all->n < all->w->set->tunnel_limit + SPARE;
}

static void accept_all(struct passages *all)
{
	while (has_room(all)) {
		int fd = accept4(all->w->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		passage_new(all, fd);
		scoreboard_self()->served++;
	}
}

/* Those who find no room wait in the socket's queue. */
static void listen_or_not(struct passages *all)
{
	bool listens = has_room(all);

	if (listens == all->listens)
		return;
	all->listens = listens;
	if (listens)
		worker_listen(all->w, all->ep);
	else if (epoll_ctl(all->ep, EPOLL_CTL_DEL, all->w->listen_fd, NULL) < 0)
		abort();
}

/* Until a connection stands, nobody but nginx can say that it is over: its client has left. */
static void take_event(struct passages *all, const struct epoll_event *e)
{
	const struct passage_tag *tag = e->data.ptr;

	if (e->data.ptr == all) {
		fetch_lane_turn(all->lane);
		return;
	}
	struct passage *p = tag->of;

	if (e->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		p->can_read[tag->end] = true;
	if (e->events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		p->can_write[tag->end] = true;
	/* TLS may have to read before it can write, and the other way round. */
	if (tag->end == END_CLUSTER)
		p->can_read[END_CLUSTER] = p->can_write[END_CLUSTER] = true;
	if (tag->end == END_CLIENT && p->state < PASSAGE_OPEN && e->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		p->state = PASSAGE_OVER;
}

static void look_at_clock(struct passage *p, uint64_t now)
{
	const struct settings *set = p->all->w->set;

	if (p->until_us && now > p->until_us) {
		if (p->state == PASSAGE_ASK)
			passage_refuse(p, fail(&p->cx, ERR_TIMEOUT, "cluster '%s' did not answer in time", p->t.cluster));
		else if (p->state != PASSAGE_REFUSED)
			p->state = PASSAGE_OVER;
	}
	if (p->state != PASSAGE_OPEN)
		return;
	if (now > p->last_us + set->tunnel_idle_us)
		passage_close(p, CLOSE_IDLE, "nothing has been said for too long");
	else if (now > p->began_us + set->tunnel_longest_us)
		passage_close(p, CLOSE_LONG, "it has been open for as long as one may be");
}

/* True: somebody has more to do at once. */
static bool look_after(struct passages *all)
{
	uint64_t now = clock_mono_us();
	bool more = false;

	for (struct passage *p = all->first, *next; p; p = next) {
		next = p->next;
		look_at_clock(p, now);
		more = passage_step(p) || more;
		if (p->state == PASSAGE_OVER)
			passage_free(p);
	}
	slot_held((uint32_t)all->n);
	return more;
}

static void wait_once(struct passages *all, int most_ms)
{
	struct epoll_event events[EVENTS];
	int due = fetch_lane_due_ms(all->lane);
	int n = epoll_wait(all->ep, events, EVENTS, due >= 0 && due < most_ms ? due : most_ms);

	for (int i = 0; i < n; i++) {
		if (!events[i].data.u64)
			worker_ending();
		else if (events[i].data.u64 != WORKER_CONNECTS)
			take_event(all, &events[i]);
	}
	fetch_lane_turn(all->lane);
	/* Also after a while without: the one that was woken for it may not have taken it. */
	if (all->listens)
		accept_all(all);
}

/* Those that stand are told that the portal starts anew; the others get an answer. */
static void end_all(struct passages *all)
{
	uint64_t began = clock_mono_us();

	slot_state(SLOT_ENDING);
	if (all->listens && epoll_ctl(all->ep, EPOLL_CTL_DEL, all->w->listen_fd, NULL) < 0)
		abort();
	all->listens = false;
	for (struct passage *p = all->first; p; p = p->next) {
		if (p->state == PASSAGE_OPEN)
			passage_close(p, CLOSE_RESTART, "the portal starts anew");
		else if (p->state > PASSAGE_TICKET && p->state < PASSAGE_OPEN)
			passage_refuse(p, fail(&p->cx, ERR_UNAVAILABLE, "the portal starts anew"));
	}
	while (look_after(all), all->first && clock_mono_us() - began < LEAVE_US)
		wait_once(all, 20);
	while (all->first)
		passage_free(all->first);
}

/* As many files as the system lets us have: each passage is two. */
static void raise_files(const struct settings *set)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		abort();
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < set->tunnel_limit * 2 + 100)
		log_warn("a process may have too few files open for server.tunnelLimit (see ulimit -n)", NULL);
}

void worker_run_tunnel(struct worker *w)
{
	struct passages all = { .w = w, .ep = worker_epoll() };
	bool more = false;

	raise_files(w->set);
	all.lane = fetch_lane_new(all.ep, &all);
	slot_state(SLOT_IDLE);
	while (!worker_asked()) {
		listen_or_not(&all);
		wait_once(&all, more ? 0 : TICK_MS);
		more = look_after(&all);
	}
	end_all(&all);
	fetch_lane_free(all.lane);
	close(all.ep);
}
