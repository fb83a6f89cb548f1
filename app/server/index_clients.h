/* The connections of the index worker: workers that ask, one question at a time each. */
#ifndef SERVER_INDEX_CLIENTS_H
#define SERVER_INDEX_CLIENTS_H

#include "index/kept.h"
#include "server/settings.h"

enum { MAX_INDEX_CLIENTS = 512 };

struct index_client;

struct index_clients {
	const struct json *conf;
	int ep, listen_fd;
	struct kept *kept;
	struct index_client *items[MAX_INDEX_CLIENTS];
	size_t n_waiting; /* have asked, and have no answer yet */
};

/* Begins and ends taking connections: they come as events of ep whose data is cs itself; those of clients as themselves. */
void index_clients_listen(struct index_clients *cs);
void index_clients_hang_up(struct index_clients *cs);
/* Deals with one event. */
void index_clients_event(struct index_clients *cs, void *data);
/*
 * Answers those who may be answered: what they must have seen is in the index, and what they want to have seen, too, or they
 * have waited a moment for it. Counts them in the worker's slot.
 */
void index_clients_answer(struct index_clients *cs, const struct index *ix);
/* Closes a forked child's copies. */
void index_clients_forget(const struct index_clients *cs);

#endif
