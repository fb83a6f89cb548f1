/* Answers whose body comes piece by piece (libcurl): the head first, and nothing of the body until somebody takes it. */
#include "ext/fetch_private.h"

#include <stdlib.h>

enum { LOOK_MS = 1000 };

struct fetch_flow {
	struct transfer t;
	struct fetch_answer head;
	bool has_head, over; /* over: nothing more comes, rc says why */
	int rc;
	const struct fetch_sink *to; /* NULL: the body has to wait */
	size_t poured;
	int refused; /* what piece() said */
};

/* ---- what libcurl calls ---- */

void fetch_flow_head(struct fetch_flow *f)
{
	long status = 0;

	curl_easy_getinfo(f->t.easy, CURLINFO_RESPONSE_CODE, &status);
	/* 100 and the like come before it; of a redirect only the next one is it. Behind a body there may be more headers. */
	if (f->has_head || status < 200 || fetch_moves_on(&f->t))
		return;
	fetch_fill(&f->t, &f->head);
	f->has_head = true;
}

size_t fetch_flow_body(struct fetch_flow *f, const char *bytes, size_t n)
{
	if (!f->has_head)
		return n; /* a redirect's */
	if (!f->to)
		return CURL_WRITEFUNC_PAUSE;
	f->t.too_large = n > f->t.max - f->poured;
	if (f->t.too_large)
		return CURL_WRITEFUNC_ERROR;
	f->poured += n;
	f->refused = f->to->piece(f->t.cx, (struct str){ bytes, n }, f->to->arg);
	return f->refused < 0 ? CURL_WRITEFUNC_ERROR : n;
}

/* ---- the exchange ---- */

static void leave(struct fetch_flow *f, int rc)
{
	f->over = true;
	f->rc = rc;
	curl_multi_remove_handle(fetch_pool(FETCH_FLOW), f->t.easy);
}

static void enter(struct fetch_flow *f)
{
	if (curl_multi_add_handle(fetch_pool(FETCH_FLOW), f->t.easy) != CURLM_OK)
		abort();
}

static void end_hop(struct fetch_flow *f, CURLcode code)
{
	struct fetch_answer answer;

	/* Its words are there already. */
	if (f->refused < 0) {
		leave(f, f->refused);
		return;
	}
	curl_multi_remove_handle(fetch_pool(FETCH_FLOW), f->t.easy);
	int rc = fetch_finish(&f->t, code, &answer);

	if (rc > 0) {
		enter(f);
		return;
	}
	if (rc == 0 && !f->has_head)
		f->head = answer;
	f->over = true;
	f->rc = rc;
}

/* One flow is there at a time, so what is said in its pool is about it. */
static void step(struct fetch_flow *f)
{
	CURLM *m = fetch_pool(FETCH_FLOW);
	bool had_head = f->has_head;
	int running, left;

	if (curl_multi_perform(m, &running) != CURLM_OK)
		abort();
	for (CURLMsg *msg; !f->over && (msg = curl_multi_info_read(m, &left));)
		if (msg->easy_handle == f->t.easy)
			end_hop(f, msg->data.result);
	if (!f->over && f->has_head == had_head && curl_multi_poll(m, NULL, 0, LOOK_MS, NULL) != CURLM_OK)
		abort();
}

static void close_flow(void *arg)
{
	struct fetch_flow *f = arg;

	if (f->t.easy && !f->over)
		leave(f, 0);
	fetch_clean(&f->t);
}

int fetch_open(struct ctx *cx, const struct fetch_request *rq, struct fetch_answer *head, struct fetch_flow **out)
{
	struct fetch_flow *f = arena_new(cx->mem, struct fetch_flow);

	f->t.cx = cx;
	f->t.rq = rq;
	f->t.flow = f;
	f->over = true;
	arena_defer(cx->mem, close_flow, f);
	int rc = fetch_start(&f->t);

	if (rc < 0)
		return rc;
	f->over = false;
	enter(f);
	while (!f->has_head && !f->over)
		step(f);
	*head = f->head;
	*out = f;
	return f->over ? f->rc : 0;
}

int fetch_pour(struct ctx *cx, struct fetch_flow *f, const struct fetch_sink *to)
{
	f->to = to;
	/* What waited comes at once. */
	if (!f->over && curl_easy_pause(f->t.easy, CURLPAUSE_CONT) != CURLE_OK && !f->refused && !f->t.too_large)
		return fail(cx, ERR_UPSTREAM, "%s: the answer cannot be taken", f->t.shown);
	while (!f->over) {
		step(f);
		if (!f->over && to->ending && to->ending(to->arg))
			leave(f, fail(cx, ERR_UNAVAILABLE, "%s: the answer was ended early", f->t.shown));
	}
	return f->rc;
}
