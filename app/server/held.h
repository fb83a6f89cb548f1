/* The answers that a worker of the pool "wait" holds: web/park.h says what they are. */
#ifndef SERVER_HELD_H
#define SERVER_HELD_H

#include <sys/epoll.h>

#include "server/worker.h"
#include "web/fcgi.h"

struct held_set;

/* Lives in mem. Connections are added to the epoll set ep, with events whose data is a pointer for held_event(). */
struct held_set *held_new(struct arena *mem, struct worker *w, int ep);
/* Takes p, whose head has left, and the connection of f. */
void held_add(struct held_set *s, struct fcgi *f, struct park *p);
size_t held_count(const struct held_set *s);
/* Something came of a connection: the reader takes again, or has gone. */
void held_event(struct held_set *s, const struct epoll_event *e);
/*
 * One round, of some 20 ms at most: asks those to look whose bell has rung or who look by themselves now, keeps the others
 * open, and lets go of those that are over. True when some are left that have to look.
 */
bool held_round(struct held_set *s);
/* All end before they are over; those whose readers are slow are still there, for more rounds. */
void held_end(struct held_set *s);

#endif
