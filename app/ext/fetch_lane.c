/* Requests that nobody waits for (libcurl): each lane a set of its own, driven by what an event loop says. */
#include "ext/fetch_lane.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "ext/fetch_private.h"

enum { EVENTS = 32, CONNECTIONS = 6, LANE_KEPT = 8, DIALS_KEPT = 100000 };

struct fetch_lane {
	CURLM *multi;
	int outer, ep;   /* the loop's set; this lane's own, which is in it */
	uint64_t due_us; /* monotonic; 0: nothing is due */
	struct fetch_ticket *tickets;
};

struct fetch_ticket {
	struct transfer t;
	struct fetch_ticket *next;
	fetch_done_fn *done;
	void *arg;
	int refused; /* it could not even be started: the words are in t.cx->err */
	bool dials;  /* it is over when it is connected, and stays */
};

/* ---- what libcurl wants to be told ---- */

/* added: has the socket been in the set? libcurl keeps the mark for us. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *added)
{
	struct fetch_lane *l = arg;
	struct epoll_event e = { .events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
					   (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0),
				 .data.fd = fd };

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		/* It may be closed already, and out of the set with that. */
		epoll_ctl(l->ep, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (epoll_ctl(l->ep, added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) < 0 &&
	    epoll_ctl(l->ep, added ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e) < 0)
		abort();
	curl_multi_assign(l->multi, fd, l);
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct fetch_lane *l = arg;

	(void)multi;
	l->due_us = ms < 0 ? 0 : clock_mono_us() + (uint64_t)ms * 1000;
	return 0;
}

struct fetch_lane *fetch_lane_new(int ep, void *tag)
{
	struct fetch_lane *l = calloc(1, sizeof(*l)); /* lint: comes and goes with its server */
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = tag };

	/* libcurl itself is made ready there. */
	fetch_pool(FETCH_ANY);
	if (!l)
		abort();
	l->outer = ep;
	l->ep = epoll_create1(EPOLL_CLOEXEC);
	l->multi = curl_multi_init();
	if (l->ep < 0 || !l->multi || epoll_ctl(ep, EPOLL_CTL_ADD, l->ep, &e) < 0)
		abort();
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS);
	curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)LANE_KEPT);
	return l;
}

/* ---- tickets ---- */

static void leave(struct fetch_lane *l, struct fetch_ticket *t)
{
	if (t->t.easy)
		curl_multi_remove_handle(l->multi, t->t.easy);
	fetch_clean(&t->t);
	for (struct fetch_ticket **at = &l->tickets; *at; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	free(t);
}

void fetch_lane_drop(struct fetch_lane *l, struct fetch_ticket *t)
{
	leave(l, t);
}

void fetch_lane_free(struct fetch_lane *l)
{
	for (struct fetch_ticket *t = l->tickets, *next; t; t = next) {
		next = t->next;
		leave(l, t);
	}
	curl_multi_cleanup(l->multi);
	epoll_ctl(l->outer, EPOLL_CTL_DEL, l->ep, NULL);
	close(l->ep);
	free(l);
}

/*
 * What is spoken afterwards is HTTP/1.1, so nothing else is agreed upon; a proxy on the way only passes the bytes. The lane has
 * as many connections as are asked for. Without the folder, which says the same as the file, libcurl reads the system's
 * authorities once for all of them.
 */
static void only_connect(const struct fetch_lane *l, CURL *e)
{
	curl_multi_setopt(l->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 0L);
	curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)DIALS_KEPT);
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_HTTPPROXYTUNNEL, 1L);
}

static struct fetch_ticket *begin(struct fetch_lane *l, struct ctx *cx, const struct fetch_request *rq, bool dials,
				  fetch_done_fn *done, void *arg)
{
	struct fetch_ticket *t = calloc(1, sizeof(*t)); /* lint: comes and goes with its request */

	if (!t)
		abort();
	t->t.cx = cx;
	t->t.rq = rq;
	t->dials = dials;
	t->done = done;
	t->arg = arg;
	t->next = l->tickets;
	l->tickets = t;
	t->refused = fetch_start(&t->t);
	if (t->refused < 0) {
		/* Told with the next turn, as everything else is. */
		l->due_us = clock_mono_us();
		return t;
	}
	/* One connection that takes all is better than six. */
	if (dials)
		only_connect(l, t->t.easy);
	else
		curl_easy_setopt(t->t.easy, CURLOPT_PIPEWAIT, 1L);
	if (curl_multi_add_handle(l->multi, t->t.easy) != CURLM_OK)
		abort();
	return t;
}

struct fetch_ticket *fetch_lane_start(struct fetch_lane *l, struct ctx *cx, const struct fetch_request *rq, fetch_done_fn *done,
				      void *arg)
{
	return begin(l, cx, rq, false, done, arg);
}

/* ---- connections that are the caller's ---- */

struct fetch_ticket *fetch_lane_dial(struct fetch_lane *l, struct ctx *cx, const struct fetch_request *rq, fetch_done_fn *done,
				     void *arg)
{
	return begin(l, cx, rq, true, done, arg);
}

int fetch_dial_fd(const struct fetch_ticket *t)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	curl_easy_getinfo(t->t.easy, CURLINFO_ACTIVESOCKET, &fd);
	return fd;
}

/* As the system says it. */
static ssize_t moved(CURLcode code, size_t n)
{
	if (code == CURLE_OK)
		return (ssize_t)n;
	errno = code == CURLE_AGAIN ? EAGAIN : EIO;
	return -1;
}

ssize_t fetch_dial_recv(const struct fetch_ticket *t, void *to, size_t room)
{
	size_t n = 0;
	CURLcode code = curl_easy_recv(t->t.easy, to, room, &n);

	return moved(code, n);
}

ssize_t fetch_dial_send(const struct fetch_ticket *t, const void *bytes, size_t size)
{
	size_t n = 0;
	CURLcode code = curl_easy_send(t->t.easy, bytes, size, &n);

	return moved(code, n);
}

/* ---- turning ---- */

static void finish(struct fetch_lane *l, struct fetch_ticket *t, int rc, const struct fetch_answer *answer)
{
	struct ctx *cx = t->t.cx;
	fetch_done_fn *done = t->done;
	void *arg = t->arg;

	if (!t->dials || rc < 0)
		leave(l, t);
	done(cx, rc, answer, arg);
}

static struct fetch_ticket *ticket_of(struct fetch_lane *l, const CURL *easy)
{
	struct fetch_ticket *t = l->tickets;

	while (t && t->t.easy != easy)
		t = t->next;
	return t;
}

static bool take_one(struct fetch_lane *l)
{
	struct fetch_answer answer = { 0 };
	struct fetch_ticket *t = l->tickets;
	int left;

	while (t && t->refused == 0)
		t = t->next;
	if (t) {
		finish(l, t, t->refused, &answer);
		return true;
	}
	CURLMsg *msg = curl_multi_info_read(l->multi, &left);

	if (!msg)
		return false;
	t = ticket_of(l, msg->easy_handle);
	if (!t)
		abort();
	CURLcode code = msg->data.result;

	finish(l, t, fetch_finish(&t->t, code, &answer), &answer);
	return true;
}

void fetch_lane_turn(struct fetch_lane *l)
{
	struct epoll_event events[EVENTS];
	int running, n = epoll_wait(l->ep, events, EVENTS, 0);

	for (int i = 0; i < n; i++) {
		int what = (events[i].events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
			   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
			   (events[i].events & EPOLLERR ? CURL_CSELECT_ERR : 0);

		curl_multi_socket_action(l->multi, events[i].data.fd, what, &running);
	}
	if (l->due_us && clock_mono_us() >= l->due_us) {
		l->due_us = 0;
		curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	while (take_one(l))
		;
}

int fetch_lane_due_ms(const struct fetch_lane *l)
{
	uint64_t now = clock_mono_us();

	if (!l->due_us)
		return -1;
	return l->due_us <= now ? 0 : (int)((l->due_us - now) / 1000) + 1;
}
