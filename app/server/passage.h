/* One connection that is passed on: between nginx, which has the client, and a cluster. For the worker of the pool "tunnel". */
#ifndef SERVER_PASSAGE_H
#define SERVER_PASSAGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "ext/fetch_lane.h"
#include "kubernetes/tunnel.h"
#include "server/worker.h"
#include "web/websocket.h"

enum passage_state {
	PASSAGE_TICKET,  /* nginx says what for */
	PASSAGE_DIAL,    /* the cluster is being connected to */
	PASSAGE_ASK,     /* it has been asked to let its connection be taken over */
	PASSAGE_REFUSED, /* and says why not */
	PASSAGE_OPEN,    /* bytes pass both ways */
	PASSAGE_LAST,    /* what the client has to be told still leaves */
	PASSAGE_OVER,
};

enum passage_end { END_CLIENT, END_CLUSTER, N_ENDS };

/* What an event of the worker's epoll set is about. */
struct passage_tag {
	struct passage *of;
	enum passage_end end;
};

/* Bytes on their way to one end: new ones are taken when all have left, so a slow reader slows its writer down. */
struct passage_flow {
	char *bytes;
	size_t from, to;
	uint64_t passed;
};

struct passage {
	struct passage *next;
	struct passages *all;
	enum passage_state state;
	struct arena mem;
	struct ctx cx;
	struct tunnel t;
	struct fetch_request rq;
	struct fetch_ticket *dial; /* NULL: the cluster is not connected to */
	int fd[N_ENDS];            /* -1: none */
	bool can_read[N_ENDS], can_write[N_ENDS];
	struct passage_tag tags[N_ENDS];
	struct passage_flow to[N_ENDS];
	char *room[N_ENDS];
	struct buf heard;                     /* a head that is not whole yet, or what a cluster says instead */
	struct ws_walk walk;                  /* of what has gone to the client */
	bool counted;                         /* it has a place among those of its user */
	bool begun;                           /* it was open, which the audit log knows */
	unsigned close_code;                  /* it is being ended: what its client is told; 0: it goes on */
	const char *why;                      /* it ended, for the log */
	uint64_t began_us, last_us, until_us; /* until_us: of a state that must not last; 0: any time */
};

struct passages {
	struct worker *w;
	struct fetch_lane *lane;
	int ep;
	struct passage *first;
	size_t n;
	bool listens; /* there is room for more */
};

/* Takes over fd, of whoever has just connected. */
void passage_new(struct passages *all, int fd);
/* Gives back what it holds; the audit log is told when it was open. */
void passage_free(struct passage *p);
/* Goes as far as it can. True: there is more to do at once, others have their turn first. */
bool passage_step(struct passage *p);
/* Ends one that is open: the client is told, as far as its protocol has a word for it. */
void passage_close(struct passage *p, unsigned code, const char *why);

/* How it gets there (passage_open.c). */
void passage_ticket(struct passage *p);
void passage_ask(struct passage *p);
/* What is said instead (passage_answer.c): rc's words are in p->cx. */
void passage_refuse(struct passage *p, int rc);
void passage_refused(struct passage *p);
void passage_refuse_head(struct passage *p, int status, struct str head);
/* What the audit log is told: that it has begun, was refused (error), or ended. */
void passage_audit(struct passage *p, const char *error);
/* The value of a header (in lower case) in a head that has been received; p NULL: there is none. */
struct str head_value(struct str head, const char *name);
/* The token with which a server proves that it speaks WebSocket. */
const char *passage_accept(struct arena *mem, const char *key);
/* All of it goes to the client, and then it is over. */
void passage_say(struct passage *p, const struct buf *text);

#endif
