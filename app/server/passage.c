/* Connections that are passed on: their bytes, and how they end. */
#include "server/passage.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { ROOM = 16 << 10, TURNS = 16, TICKET_US = 5000000, LAST_US = 5000000 };

void passage_new(struct passages *all, int fd)
{
	struct passage *p = calloc(1, sizeof(*p)); /* lint: comes and goes with its connection */
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };

	if (!p)
		abort();
	p->all = all;
	p->cx = (struct ctx){ .mem = &p->mem, .db = all->w->cx->db, .conf = all->w->cx->conf, .request_id = "" };
	p->heard.mem = &p->mem;
	p->fd[END_CLIENT] = fd;
	p->fd[END_CLUSTER] = -1;
	for (enum passage_end i = 0; i < N_ENDS; i++) {
		p->tags[i] = (struct passage_tag){ p, i };
		p->room[i] = arena_raw(&p->mem, ROOM);
	}
	p->last_us = clock_mono_us();
	p->until_us = p->last_us + TICKET_US;
	p->next = all->first;
	all->first = p;
	all->n++;
	e.data.ptr = &p->tags[END_CLIENT];
	if (epoll_ctl(all->ep, EPOLL_CTL_ADD, fd, &e) < 0)
		abort();
}

void passage_free(struct passage *p)
{
	struct passages *all = p->all;
	struct passage **at = &all->first;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	all->n--;
	log_request_id(p->cx.request_id);
	if (p->begun)
		passage_audit(p, NULL);
	log_request_id(NULL);
	if (p->dial)
		fetch_lane_drop(all->lane, p->dial);
	close(p->fd[END_CLIENT]);
	arena_release(&p->mem);
	free(p);
}

/* ---- one way ---- */

static ssize_t take(struct passage *p, enum passage_end end, char *to, size_t room)
{
	return end == END_CLUSTER ? fetch_dial_recv(p->dial, to, room) : recv(p->fd[end], to, room, 0);
}

static ssize_t give(struct passage *p, enum passage_end end, const char *bytes, size_t n)
{
	return end == END_CLUSTER ? fetch_dial_send(p->dial, bytes, n) : send(p->fd[end], bytes, n, MSG_NOSIGNAL);
}

static bool is_blocked(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* False: that end has gone. */
static bool flush(struct passage *p, enum passage_end end)
{
	struct passage_flow *f = &p->to[end];

	while (f->from < f->to && p->can_write[end]) {
		ssize_t n = give(p, end, f->bytes + f->from, f->to - f->from);

		if (n < 0 && !is_blocked())
			return false;
		if (n < 0) {
			p->can_write[end] = false;
			return true;
		}
		f->from += (size_t)n;
		p->last_us = clock_mono_us();
	}
	return true;
}

static void over(struct passage *p, const char *why)
{
	if (!p->why)
		p->why = why;
	p->state = PASSAGE_OVER;
}

/* What has come already still leaves. */
static void last(struct passage *p, const char *why)
{
	if (!p->why)
		p->why = why;
	p->state = PASSAGE_LAST;
	p->until_us = clock_mono_us() + LAST_US;
}

/* One that is being closed takes no more than ends the frame that has begun. */
static size_t room_for(const struct passage *p, enum passage_end from)
{
	if (!p->close_code)
		return ROOM;
	return from == END_CLIENT || ws_between(&p->walk) ? 0 : ws_rest(&p->walk, ROOM);
}

/* Takes what is there when all of before has left. False: there is nothing now. */
static bool fill(struct passage *p, enum passage_end from)
{
	enum passage_end other = from == END_CLIENT ? END_CLUSTER : END_CLIENT;
	struct passage_flow *f = &p->to[other];
	size_t room = room_for(p, from);

	if (f->from < f->to || !p->can_read[from] || !room)
		return false;
	ssize_t n = take(p, from, p->room[other], room);

	if (n < 0 && is_blocked()) {
		p->can_read[from] = false;
		return false;
	}
	if (n <= 0) {
		if (from == END_CLUSTER)
			last(p, "the cluster has ended it");
		else
			over(p, "the client has gone");
		return false;
	}
	*f = (struct passage_flow){ p->room[other], 0, (size_t)n, f->passed + (uint64_t)n };
	p->last_us = clock_mono_us();
	if (from == END_CLUSTER)
		ws_walk(&p->walk, f->bytes, (size_t)n);
	return true;
}

/* ---- ending ---- */

void passage_close(struct passage *p, unsigned code, const char *why)
{
	if (p->close_code)
		return;
	p->close_code = code;
	p->why = arena_strdup(&p->mem, why);
	p->until_us = clock_mono_us() + LAST_US;
}

/* Between two frames of a WebSocket the last one can be ours. */
static void say_goodbye(struct passage *p)
{
	struct passage_flow *f = &p->to[END_CLIENT];
	bool speaks = str_ieq(p->t.upgrade, "websocket");

	if (f->from < f->to || (speaks && !ws_between(&p->walk)))
		return;
	if (speaks)
		*f = (struct passage_flow){ p->room[END_CLIENT], 0, ws_close(p->room[END_CLIENT], p->close_code, p->why),
					    f->passed };
	last(p, p->why);
}

/* ---- both ways ---- */

static bool pass(struct passage *p)
{
	for (int i = 0; i < TURNS && p->state == PASSAGE_OPEN; i++) {
		if (!flush(p, END_CLIENT)) {
			over(p, "the client has gone");
			return false;
		}
		if (!flush(p, END_CLUSTER)) {
			last(p, "the cluster has ended it");
			return false;
		}
		bool took = fill(p, END_CLUSTER);

		if (p->state == PASSAGE_OPEN && fill(p, END_CLIENT))
			took = true;
		if (p->state == PASSAGE_OPEN && p->close_code)
			say_goodbye(p);
		if (!took)
			return false;
	}
	return p->state == PASSAGE_OPEN;
}

static void leave(struct passage *p)
{
	if (!flush(p, END_CLIENT) || p->to[END_CLIENT].from == p->to[END_CLIENT].to)
		over(p, p->why);
}

bool passage_step(struct passage *p)
{
	bool more = false;

	if (p->state == PASSAGE_TICKET)
		passage_ticket(p);
	if (p->state == PASSAGE_ASK && !flush(p, END_CLUSTER))
		passage_refuse(p, fail(&p->cx, ERR_UPSTREAM, "cluster '%s' has closed the connection", p->t.cluster));
	if (p->state == PASSAGE_ASK)
		passage_ask(p);
	if (p->state == PASSAGE_REFUSED)
		passage_refused(p);
	if (p->state == PASSAGE_OPEN)
		more = pass(p);
	if (p->state == PASSAGE_LAST)
		leave(p);
	return more;
}

void passage_say(struct passage *p, const struct buf *text)
{
	p->to[END_CLIENT] = (struct passage_flow){ text->p, 0, text->n, 0 };
	last(p, p->why);
}
