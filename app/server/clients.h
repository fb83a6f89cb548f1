/* The connections of a worker that others ask: one question at a time each. */
#ifndef SERVER_CLIENTS_H
#define SERVER_CLIENTS_H

#include "base/buf.h"
#include "base/ctx.h"
#include "server/settings.h"

enum { MAX_CLIENTS = 512 };

struct client;

/* Appends the answer to a request; flags as INDEX_ASK_*. */
typedef int answer_fn(void *held, struct ctx *cx, unsigned flags, struct str request, struct buf *out);

struct clients {
	const struct json *conf;
	int ep, listen_fd;
	answer_fn *answer;
	struct client *items[MAX_CLIENTS];
	size_t n_waiting; /* have asked, and have no answer yet */
};

/* Begins and ends taking connections: they come as events of ep whose data is cs itself; those of clients as themselves. */
void clients_listen(struct clients *cs);
void clients_hang_up(struct clients *cs);
/* Deals with one event. */
void clients_event(struct clients *cs, void *data);
/*
 * Answers those who may be answered from what is held: what they must have seen is in it (change seq is), and what they want to
 * have seen, too, or they have waited a moment for it. Counts them in the worker's slot.
 */
void clients_answer(struct clients *cs, void *held, uint64_t seq);
/* Closes a forked child's copies. */
void clients_forget(const struct clients *cs);

#endif
