/* Requests to other servers that are waited for: several at once, and one. */
#include <stdlib.h>

#include "ext/fetch_private.h"

enum { AT_ONCE = 16 };

/* All requests of one call. */
struct batch {
	struct transfer *t;
	struct fetch_answer *out;
	int *rc;
	const char **text;
	size_t n, next, active;
};

static void settle(struct batch *b, struct transfer *t, int rc)
{
	size_t i = (size_t)(t - b->t);

	b->rc[i] = rc;
	b->text[i] = rc < 0 ? arena_strdup(t->cx->mem, t->cx->err.text) : NULL;
	fetch_clean(t);
}

static void enter(struct batch *b, struct transfer *t)
{
	if (curl_multi_add_handle(fetch_pool(t->rq->public_only ? FETCH_PUBLIC : FETCH_ANY), t->easy) != CURLM_OK)
		abort();
	b->active++;
}

static void collect(struct batch *b, CURLM *m)
{
	int left;

	for (CURLMsg *msg; (msg = curl_multi_info_read(m, &left));) {
		struct transfer *t = NULL;
		CURLcode code = msg->data.result;

		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		curl_multi_remove_handle(m, t->easy);
		b->active--;

		int rc = fetch_finish(t, code, &b->out[t - b->t]);

		if (rc > 0)
			enter(b, t);
		else
			settle(b, t, rc);
	}
}

static void run(struct batch *b, bool public_only)
{
	CURLM *m = fetch_pool(public_only ? FETCH_PUBLIC : FETCH_ANY);
	int running;

	while (b->active || b->next < b->n) {
		while (b->active < AT_ONCE && b->next < b->n) {
			struct transfer *t = &b->t[b->next++];

			if (t->rq->public_only != public_only)
				continue;

			int rc = fetch_start(t);

			if (rc < 0)
				settle(b, t, rc);
			else
				enter(b, t);
		}
		if (curl_multi_perform(m, &running) != CURLM_OK)
			abort();
		collect(b, m);
		if (b->active && curl_multi_poll(m, NULL, 0, 1000, NULL) != CURLM_OK)
			abort();
	}
}

void fetch_all(struct ctx *cx, const struct fetch_request *rq, struct fetch_answer *out, int *rc, const char **text, size_t n)
{
	struct batch b = { arena_array(cx->mem, struct transfer, n), out, rc, text, n, 0, 0 };

	for (size_t i = 0; i < n; i++) {
		b.t[i].cx = cx;
		b.t[i].rq = &rq[i];
	}
	run(&b, false);
	b.next = 0;
	run(&b, true);
}

int fetch(struct ctx *cx, const struct fetch_request *rq, struct fetch_answer *out)
{
	const char *text;
	int rc;

	fetch_all(cx, rq, out, &rc, &text, 1);
	return rc;
}
