/* The connections of a worker that others ask: one question at a time each. */
#include "server/clients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "index/client.h"
#include "server/scoreboard.h"

/* So long an answer may wait for what jobs of this host wrote. */
enum { MOMENT_US = 2000 };

/* A worker that asks; one question at a time. */
struct client {
	int fd;
	struct arena mem; /* of this question and its answer */
	struct index_ask_head head;
	size_t got; /* bytes of head and request that have come */
	char *request;
	bool waiting; /* the question is there, the answer is not */
	bool writing; /* the answer did not fit into the socket at once */
	uint64_t since_us;
	struct buf out;
	size_t sent;
};

static void watch(struct clients *cs, int op, int fd, uint32_t events, void *what)
{
	struct epoll_event e = { .events = events, .data.ptr = what };

	if (epoll_ctl(cs->ep, op, fd, &e) < 0)
		abort();
}

static void drop(struct clients *cs, struct client *c)
{
	for (size_t i = 0; i < MAX_CLIENTS; i++)
		if (cs->items[i] == c)
			cs->items[i] = NULL;
	cs->n_waiting -= c->waiting;
	close(c->fd);
	arena_release(&c->mem);
	free(c);
}

static void accept_all(struct clients *cs)
{
	for (size_t i = 0; i < MAX_CLIENTS; i++) {
		if (cs->items[i])
			continue;
		int fd = accept4(cs->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		cs->items[i] = calloc(1, sizeof(struct client)); /* lint: comes and goes with its connection */
		if (!cs->items[i])
			abort();
		cs->items[i]->fd = fd;
		watch(cs, EPOLL_CTL_ADD, fd, EPOLLIN, cs->items[i]);
	}
}

static bool is_whole(const struct client *c)
{
	return c->got >= sizeof(c->head) && c->got == c->head.n + sizeof(c->head.n);
}

/* Once its length is known, a question is kept in the memory of its client. */
static bool begin_question(struct client *c, const char *rest, size_t n)
{
	size_t size = c->head.n - (sizeof(c->head) - sizeof(c->head.n));

	if (c->head.n < sizeof(c->head) - sizeof(c->head.n) || c->head.n > INDEX_ASK_MOST || n > size)
		return false;
	c->request = arena_alloc(&c->mem, size + 1);
	memcpy(c->request, rest, n);
	return true;
}

/* False: the client has gone, or said what no client of ours says. */
static bool read_question(struct client *c)
{
	const size_t head = sizeof(c->head);
	char first[8192];
	ssize_t n;

	if (c->got < head) {
		n = recv(c->fd, first, sizeof(first), 0);
		if (n > 0) {
			size_t in_head = (size_t)n < head - c->got ? (size_t)n : head - c->got;

			memcpy((char *)&c->head + c->got, first, in_head);
			c->got += (size_t)n;
			return c->got < head || begin_question(c, first + in_head, (size_t)n - in_head);
		}
	} else {
		n = recv(c->fd, c->request + (c->got - head), c->head.n + sizeof(c->head.n) - c->got, 0);
		c->got += n > 0 ? (size_t)n : 0;
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool send_answer(struct clients *cs, struct client *c)
{
	ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);
	bool whole;

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	c->sent += n > 0 ? (size_t)n : 0;
	whole = c->sent == c->out.n;
	if (c->writing == whole)
		watch(cs, EPOLL_CTL_MOD, c->fd, whole ? EPOLLIN : EPOLLOUT, c);
	c->writing = !whole;
	if (whole) {
		arena_reset(&c->mem);
		c->out = (struct buf){ 0 };
		c->got = c->sent = 0;
	}
	return true;
}

static void answer(struct clients *cs, struct client *c, void *held)
{
	struct ctx cx = { .mem = &c->mem, .conf = cs->conf, .request_id = "" };
	struct str request = { c->request, c->head.n - (sizeof(c->head) - sizeof(c->head.n)) };
	struct index_answer_head head = { 0 };

	c->out.mem = &c->mem;
	buf_add(&c->out, &head, sizeof(head));
	head.code = cs->answer(held, &cx, c->head.flags, request, &c->out);
	if (head.code < 0) {
		c->out.n = sizeof(head);
		buf_adds(&c->out, cx.err.text);
	}
	head.n = (uint32_t)(c->out.n - sizeof(head.n));
	memcpy(c->out.p, &head, sizeof(head));
	c->waiting = false;
	cs->n_waiting--;
	scoreboard_self()->served++;
	if (!send_answer(cs, c))
		drop(cs, c);
}

/*
 * Whoever wrote on behalf of somebody who reads next is waited for; what jobs write is waited for a moment, for they may write
 * a hundred thousand entities in a row.
 */
static bool may_answer(const struct client *c, uint64_t seq, uint64_t now)
{
	return c->head.must_seq <= seq && (c->head.want_seq <= seq || now > c->since_us + MOMENT_US);
}

void clients_answer(struct clients *cs, void *held, uint64_t seq)
{
	uint64_t now = cs->n_waiting ? clock_mono_us() : 0;

	for (size_t i = 0; cs->n_waiting && i < MAX_CLIENTS; i++)
		if (cs->items[i] && cs->items[i]->waiting && may_answer(cs->items[i], seq, now))
			answer(cs, cs->items[i], held);
}

/* Whoever waits for an answer has nothing to say: it has gone. */
static void serve(struct clients *cs, struct client *c)
{
	bool ok = c->writing ? send_answer(cs, c) : !c->waiting && read_question(c);

	if (!ok) {
		drop(cs, c);
	} else if (is_whole(c) && !c->writing) {
		c->waiting = true;
		c->since_us = clock_mono_us();
		cs->n_waiting++;
	}
}

void clients_event(struct clients *cs, void *data)
{
	if (data == cs)
		accept_all(cs);
	else
		serve(cs, data);
}

void clients_listen(struct clients *cs)
{
	watch(cs, EPOLL_CTL_ADD, cs->listen_fd, EPOLLIN, cs);
}

void clients_hang_up(struct clients *cs)
{
	epoll_ctl(cs->ep, EPOLL_CTL_DEL, cs->listen_fd, NULL);
	for (size_t i = 0; i < MAX_CLIENTS; i++)
		if (cs->items[i])
			drop(cs, cs->items[i]);
}

void clients_forget(const struct clients *cs)
{
	close(cs->listen_fd);
	for (size_t i = 0; i < MAX_CLIENTS; i++)
		if (cs->items[i])
			close(cs->items[i]->fd);
}
