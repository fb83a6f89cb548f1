/* The answers that a worker of the pool "wait" holds. */
#include "server/held.h"

#include <stdlib.h>

#include "base/bell.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/list.h"
#include "base/log.h"
#include "server/scoreboard.h"
#include "web/fcgi_out.h"
#include "web/park.h"

enum {
	ROUND_US = 20000,
	LOOK_US = 1000000,         /* of those that look by themselves */
	LOOK_ANYWAY_US = 30000000, /* of those that are told */
	NEWS_US = 1000000,
	PING_US = 15000000,
	MOST_WAITING = 4 << 20, /* bytes that a reader has not taken */
	MAX_NEWS = 8,
};

struct held {
	struct park *park;
	struct fcgi_out out;
	size_t at; /* in the set */
	uint32_t bell, seen;
	uint64_t began_us, looked_us, said_us; /* said: when last something was sent, or taken */
	size_t sent;
	bool ending; /* nothing more is to come but what waits */
	bool gone;
};

struct held_set {
	struct worker *w;
	struct arena *mem;
	int ep;
	struct held **items;
	size_t n, cap, next; /* next: whose turn it is */
	uint64_t news_us;
	bool news_failed;
};

struct held_set *held_new(struct arena *mem, struct worker *w, int ep)
{
	struct held_set *s = arena_new(mem, struct held_set);

	*s = (struct held_set){ .w = w, .mem = mem, .ep = ep };
	return s;
}

size_t held_count(const struct held_set *s)
{
	return s->n;
}

/* ---- one of them ---- */

static int write_held(struct ctx *cx, struct stream *to, struct str bytes)
{
	struct held *h = to->sink;

	if (fcgi_out_waits(&h->out) > MOST_WAITING)
		return fail(cx, ERR_UPSTREAM, "the reader does not keep up");
	if (!fcgi_out_waits(&h->out))
		h->said_us = clock_mono_us();
	h->sent += bytes.n;
	if (fcgi_out_put(&h->out, bytes))
		return 0;
	h->gone = true;
	return fail(cx, ERR_UPSTREAM, "the reader has gone");
}

static void finish(struct held *h)
{
	h->ending = true;
	if (!fcgi_out_end(&h->out))
		h->gone = true;
}

/* What breaks off an answer is for the log; readers that go are nothing special. */
static void break_off(struct held_set *s, struct held *h)
{
	if (!h->gone)
		log_warn("a stream is broken off", "error", s->w->cx->err.text, NULL);
	h->gone = true;
}

/* last: it has to end now. */
static void ask(struct held_set *s, struct held *h, bool last)
{
	struct stream to = { .write = write_held, .sink = h };
	int (*say)(struct ctx * cx, struct stream * to, void *arg) = last ? h->park->last : h->park->look;
	int rc = PARK_OVER;

	slot_begin(SLOT_BUSY, s->w->set->request_limit_us);
	s->w->cx->request_id = h->park->request_id;
	log_request_id(h->park->request_id);
	slot_what("", h->park->bell, h->park->request_id);
	h->seen = bell_count(h->bell);
	h->looked_us = clock_mono_us();
	counter_add(COUNTER_HELD_LOOKS, 1);
	if (say)
		rc = say(s->w->cx, &to, h->park->arg);
	if (rc == PARK_MORE)
		h->seen = bell_count(h->bell) - 1;
	if (rc < 0)
		break_off(s, h);
	else if (rc == PARK_OVER || last)
		finish(h);
	worker_round_done(s->w);
}

static void watch(struct held_set *s, struct held *h, int op)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = h };

	if (fcgi_out_waits(&h->out))
		e.events |= EPOLLOUT;
	if (epoll_ctl(s->ep, op, h->out.fd, &e) < 0)
		abort();
}

/* Only while something waits does anybody want to know that there is room. */
static void watch_again(struct held_set *s, struct held *h, size_t waited)
{
	if (!h->gone && (waited != 0) != (fcgi_out_waits(&h->out) != 0))
		watch(s, h, EPOLL_CTL_MOD);
}

/* As sse_ping(). */
static void ping(struct held *h)
{
	h->said_us = clock_mono_us();
	h->sent += 2;
	if (!fcgi_out_put(&h->out, STR(":\n")))
		h->gone = true;
}

/* ---- all of them ---- */

void held_add(struct held_set *s, struct fcgi *f, struct park *p)
{
	struct held *h = arena_new(p->mem, struct held);
	uint64_t now = clock_mono_us();

	if (!fcgi_leave(f, &h->out)) {
		log_warn("no descriptor is left for a stream", NULL);
		park_free(p);
		return;
	}
	h->park = p;
	h->bell = bell(p->bell);
	h->seen = bell_count(h->bell) - 1; /* it looks at once */
	h->began_us = h->said_us = now;
	h->at = s->n;
	*list_add(s->mem, s) = h;
	/* nginx may keep the head to itself until something follows it, and a browser takes the stream for not yet open. */
	if (!p->silent)
		ping(h);
	watch(s, h, EPOLL_CTL_ADD);
	counter_add(COUNTER_HELD_BEGUN, 1);
	slot_held((uint32_t)s->n);
}

static void let_go(struct held_set *s, struct held *h)
{
	fcgi_out_close(&h->out);
	s->items[h->at] = s->items[--s->n];
	s->items[h->at]->at = h->at;
	slot_held((uint32_t)s->n);
	if (h->park->over)
		h->park->over(h->park->over_arg, h->sent);
	park_free(h->park);
}

void held_event(struct held_set *s, const struct epoll_event *e)
{
	struct held *h = e->data.ptr;
	size_t waited = fcgi_out_waits(&h->out);

	if (e->events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP | EPOLLIN) && fcgi_out_hung_up(&h->out))
		h->gone = true;
	if (h->gone || !(e->events & EPOLLOUT))
		return;
	if (!fcgi_out_flush(&h->out))
		h->gone = true;
	if (fcgi_out_waits(&h->out) < waited)
		h->said_us = clock_mono_us();
	watch_again(s, h, waited);
}

static bool has_to_look(const struct held *h, uint64_t now)
{
	uint64_t every = h->park->news ? LOOK_ANYWAY_US : LOOK_US;

	if (h->gone || h->ending || fcgi_out_waits(&h->out))
		return false;
	return h->seen != bell_count(h->bell) || now > h->looked_us + every;
}

static void tend(struct held_set *s, struct held *h, uint64_t now)
{
	size_t waited = fcgi_out_waits(&h->out);

	if (waited && now > h->said_us + s->w->set->wait_stall_us) {
		counter_add(COUNTER_HELD_STALLED, 1);
		h->gone = true;
	} else if (has_to_look(h, now)) {
		ask(s, h, false);
	} else if (!waited && !h->ending && now > h->began_us + park_longest_us(h->park)) {
		ask(s, h, true);
	} else if (!waited && !h->ending && !h->park->silent && now > h->said_us + PING_US) {
		ping(h);
	}
	watch_again(s, h, waited);
}

/* The questions that many share, each asked once. */
static void ask_for_news(struct held_set *s)
{
	int (*asked[MAX_NEWS])(struct ctx * cx) = { NULL };
	size_t n = 0;

	s->news_us = clock_mono_us();
	for (size_t i = 0; i < s->n; i++) {
		int (*news)(struct ctx * cx) = s->items[i]->park->news;
		size_t k = 0;

		while (k < n && asked[k] != news)
			k++;
		if (!news || k < n || n == MAX_NEWS)
			continue;
		asked[n++] = news;
		slot_begin(SLOT_BUSY, s->w->set->request_limit_us);
		bool failed = news(s->w->cx) < 0;

		/* Who waits looks anyway in a while; one line tells that the database is away. */
		if (failed && !s->news_failed)
			log_warn("what other hosts wrote cannot be asked for", "error", s->w->cx->err.text, NULL);
		s->news_failed = failed;
		worker_round_done(s->w);
	}
}

bool held_round(struct held_set *s)
{
	uint64_t began = clock_mono_us(), now = began;
	size_t left = s->n;

	if (s->n && began > s->news_us + NEWS_US)
		ask_for_news(s);
	for (; left && now < began + ROUND_US; left--) {
		if (s->next >= s->n)
			s->next = 0;
		struct held *h = s->items[s->next];

		tend(s, h, now);
		if (h->gone || (h->ending && !fcgi_out_waits(&h->out)))
			let_go(s, h);
		else
			s->next++;
		now = clock_mono_us();
	}
	return left != 0;
}

void held_end(struct held_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct held *h = s->items[i];
		size_t waited = fcgi_out_waits(&h->out);

		if (h->gone || h->ending)
			continue;
		if (waited)
			finish(h);
		else
			ask(s, h, true);
		watch_again(s, h, waited);
	}
}
