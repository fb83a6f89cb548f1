/* A worker that holds in memory what it reads of the database, follows the database, and answers the other workers of this
 * host. */
#ifndef SERVER_FOLLOWER_H
#define SERVER_FOLLOWER_H

#include "index/client.h"
#include "index/index.h"
#include "server/clients.h"
#include "server/feeder.h"

/* What is held; one of a kind in each process. */
struct follower_kind {
	const char *name; /* "index", for the log */
	const struct feeder_kind *feeder;
	feeder_take_fn *take;
	answer_fn *answer;
	/* What there is at the start: empty, or a snapshot; owner: of which database. */
	void *(*begin)(struct worker *w, const char *owner);
	void (*end)(void *held);
	uint64_t (*seq)(const void *held);
	uint64_t (*other)(const void *held); /* of the second sequence that is followed; NULL: there is none */
	void (*set_seq)(void *held, uint64_t seq);
	/* Does a little of what was put off; true when there is more. */
	bool (*work)(void *held);
	/* Now and then, once it is loaded: puts off what questions will need; true when it did. NULL: nothing. */
	bool (*prepare)(void *held);
	void (*stats)(const void *held, struct index_stats *out);
	/* As a file; may do what was put off. */
	int (*save)(struct ctx *cx, const struct worker *w, void *held, const char *owner);
	const char *snapshot;   /* that file */
	uint64_t limit_kb;      /* of memory; 0: none */
	const char *limit_name; /* the setting it comes from */
	struct index_shared *shared;
};

/* The life of such a worker. */
void follower_run(struct worker *w, const struct follower_kind *kind);

#endif
