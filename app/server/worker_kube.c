/* The worker that asks clusters: the other workers' questions, and the fleet that answers them. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "kubernetes/fleet.h"
#include "kubernetes/wire.h"
#include "plugins/health.h"
#include "server/scoreboard.h"
#include "server/worker.h"

enum { ASKERS = 1024, EVENTS = 64, TICK_MS = 1000, QUIET_US = 5 * 1000000 };

/* Somebody who asks: one question, one answer. */
struct asker {
	struct asker *next;
	int fd;
	struct arena mem;
	struct ctx cx;
	struct kube_head head;
	size_t got;
	char *text;
	struct fleet_wait *wait; /* NULL: it is still saying what it wants, or taking the answer */
	struct buf out;
	size_t sent;
	bool answering;
	uint64_t since_us; /* when it said or took something last */
};

struct desk {
	struct worker *w;
	struct fleet *fleet;
	int ep;
	struct asker *askers;
	unsigned n;
};

static void drop(struct desk *d, struct asker *a)
{
	struct asker **at = &d->askers;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	d->n--;
	if (a->wait)
		fleet_leave(d->fleet, a->wait);
	close(a->fd);
	arena_release(&a->mem);
	free(a);
}

static void watch(const struct desk *d, int op, int fd, uint32_t events, void *what)
{
	if (epoll_ctl(d->ep, op, fd, &(struct epoll_event){ .events = events, .data.ptr = what }) < 0)
		abort();
}

static void accept_all(struct desk *d)
{
	while (d->n < ASKERS) {
		int fd = accept4(d->w->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		if (!worker_peer_is_ours(fd)) {
			close(fd);
			continue;
		}
		struct asker *a = calloc(1, sizeof(*a)); /* lint: comes and goes with its connection */

		if (!a)
			abort();
		a->fd = fd;
		a->cx = (struct ctx){ .mem = &a->mem, .conf = d->w->cx->conf, .request_id = "" };
		a->out.mem = &a->mem;
		a->since_us = clock_mono_us();
		a->next = d->askers;
		d->askers = a;
		d->n++;
		watch(d, EPOLL_CTL_ADD, fd, EPOLLIN, a);
	}
}

/* False: it has gone. */
static bool send_more(const struct desk *d, struct asker *a)
{
	ssize_t n = send(a->fd, a->out.p + a->sent, a->out.n - a->sent, MSG_NOSIGNAL);

	if (n > 0)
		a->since_us = clock_mono_us();
	a->sent += n > 0 ? (size_t)n : 0;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	if (a->sent < a->out.n)
		watch(d, EPOLL_CTL_MOD, a->fd, EPOLLOUT, a);
	return a->sent < a->out.n;
}

/* False: all is said, or it has gone. */
static bool answer(struct desk *d, struct asker *a, int rc)
{
	struct kube_head head = { .code = rc };

	buf_add(&a->out, &head, sizeof(head));
	if (rc < 0)
		buf_adds(&a->out, a->cx.err.text);
	else
		fleet_answer(d->fleet, a->wait, &a->out);
	head.n = (uint32_t)(a->out.n - sizeof(head));
	memcpy(a->out.p, &head, sizeof(head));
	if (a->wait)
		fleet_leave(d->fleet, a->wait);
	a->wait = NULL;
	a->answering = true;
	scoreboard_self()->served++;
	return send_more(d, a);
}

/* False: it has gone, or says what none of ours says. */
static bool read_more(struct asker *a)
{
	const size_t head = sizeof(a->head);
	bool in_head = a->got < head;
	char *to = in_head ? (char *)&a->head + a->got : a->text + (a->got - head);
	ssize_t n = recv(a->fd, to, in_head ? head - a->got : head + a->head.n - a->got, 0);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	a->got += (size_t)n;
	a->since_us = clock_mono_us();
	if (in_head && a->got == head) {
		if (!a->head.n || a->head.n > KUBE_QUESTION_MOST)
			return false;
		a->text = arena_alloc(&a->mem, (size_t)a->head.n + 1);
	}
	return true;
}

static bool is_whole(const struct asker *a)
{
	return a->text && a->got == sizeof(a->head) + a->head.n;
}

/* False: it is to be dropped. One that waits has nothing to say: it has gone. */
static bool serve(struct desk *d, struct asker *a)
{
	int rc;

	if (a->answering)
		return send_more(d, a);
	if (a->wait || !read_more(a))
		return false;
	/* The rest is most often there at once. */
	while (!is_whole(a)) {
		size_t had = a->got;

		if (!read_more(a))
			return false;
		if (a->got == had)
			return true;
	}
	rc = fleet_question(d->fleet, &a->cx, (struct str){ a->text, a->head.n }, &a->wait);
	return rc < 0 ? answer(d, a, rc) : true;
}

static void take_event(struct desk *d, void *data)
{
	struct asker *a = d->askers;

	while (a && a != data)
		a = a->next;
	if (data == d)
		accept_all(d);
	else if (!a)
		fleet_event(d->fleet, data);
	else if (!serve(d, a))
		drop(d, a);
}

/* Those whose answer is there, or who have waited long enough, or who take it too slowly. */
static void look_after(struct desk *d)
{
	uint64_t now = clock_mono_us();

	for (struct asker *a = d->askers, *next; a; a = next) {
		bool stays = a->wait || now < a->since_us + QUIET_US;

		next = a->next;
		if (a->wait && fleet_ready(d->fleet, a->wait))
			stays = answer(d, a, 0);
		if (!stays)
			drop(d, a);
	}
}

static int due_ms(const struct desk *d)
{
	uint64_t now = clock_mono_us();
	int ms = fleet_due_ms(d->fleet), due = ms >= 0 && ms < TICK_MS ? ms : TICK_MS;

	for (const struct asker *a = d->askers; a; a = a->next) {
		uint64_t until = a->wait ? fleet_until_us(a->wait) : UINT64_MAX;
		uint64_t left = until > now ? (until - now) / 1000 + 1 : 0;

		if (left < (uint64_t)due)
			due = (int)left;
	}
	return due;
}

void worker_run_kube(struct worker *w)
{
	struct desk d = { .w = w, .ep = worker_epoll() };
	struct epoll_event events[EVENTS];
	struct arena rules = { 0 };

	d.fleet = fleet_new(w->cx->conf, d.ep);
	if (w->set->workers[POOL_RULES])
		fleet_rules(d.fleet, w->set->listen[POOL_RULES], health_sources(&rules));
	watch(&d, EPOLL_CTL_ADD, w->listen_fd, EPOLLIN, &d);
	slot_state(SLOT_IDLE);
	while (!worker_asked()) {
		int n = epoll_wait(d.ep, events, EVENTS, due_ms(&d));

		for (int i = 0; i < n; i++) {
			if (events[i].data.u64)
				take_event(&d, events[i].data.ptr);
			else
				worker_ending();
		}
		fleet_tick(d.fleet);
		look_after(&d);
	}
	while (d.askers)
		drop(&d, d.askers);
	fleet_free(d.fleet);
	arena_release(&rules);
	close(d.ep);
}
