/* Requests that nobody waits for: many under way at once, beside an event loop (libcurl). */
#ifndef EXT_FETCH_LANE_H
#define EXT_FETCH_LANE_H

#include "ext/fetch.h"

/*
 * Connections to one server: requests of one lane share them (HTTP/2 where it is offered), and never those of another lane, so
 * that what is sent in one can never come out at another's server.
 */
struct fetch_lane;

/* ep: an epoll set, in which the lane shows up as an event whose data is tag. */
struct fetch_lane *fetch_lane_new(int ep, void *tag);
/* Ends what is under way, without a word. */
void fetch_lane_free(struct fetch_lane *lane);

/* rc and cx->err as of fetch(); out is filled when rc is 0, and lives in cx->mem. */
typedef void fetch_done_fn(struct ctx *cx, int rc, const struct fetch_answer *out, void *arg);
/*
 * Starts a request. cx and rq must last until done is called, which is never before this returns; redirects are answers.
 * Gives what fetch_lane_drop() takes.
 */
struct fetch_ticket *fetch_lane_start(struct fetch_lane *lane, struct ctx *cx, const struct fetch_request *rq,
				      fetch_done_fn *done, void *arg);
/* Ends a request that is under way: done is not called. */
void fetch_lane_drop(struct fetch_lane *lane, struct fetch_ticket *t);
/* Goes on with what has come and what is due; calls done, which may start more. */
void fetch_lane_turn(struct fetch_lane *lane);
/* Milliseconds until fetch_lane_turn() is due though nothing comes; -1: it is not. */
int fetch_lane_due_ms(const struct fetch_lane *lane);

#endif
