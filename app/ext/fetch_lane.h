/* Requests that nobody waits for: many under way at once, beside an event loop (libcurl). */
#ifndef EXT_FETCH_LANE_H
#define EXT_FETCH_LANE_H

#include <sys/types.h>

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
/*
 * Connects to the server of rq->url, under rq's rules on certificates and addresses, and sends nothing. done is called with 0
 * and an empty answer once that stands, and must send something (libcurl may think that nobody uses it). From then on the bytes
 * are the caller's, until fetch_lane_drop() closes it. On an error it is gone, as other tickets are. A lane that dials does
 * nothing else.
 */
struct fetch_ticket *fetch_lane_dial(struct fetch_lane *lane, struct ctx *cx, const struct fetch_request *rq,
				     fetch_done_fn *done, void *arg);
/* Its socket, to wait for; what can be read may have been taken from it already, so it is read until there is no more. */
int fetch_dial_fd(const struct fetch_ticket *t);
/* As recv(2) and send(2) without blocking: -1 with EAGAIN, or EIO. 0 from recv: the server has closed it. */
ssize_t fetch_dial_recv(const struct fetch_ticket *t, void *to, size_t room);
ssize_t fetch_dial_send(const struct fetch_ticket *t, const void *bytes, size_t n);
/* Goes on with what has come and what is due; calls done, which may start more. */
void fetch_lane_turn(struct fetch_lane *lane);
/* Milliseconds until fetch_lane_turn() is due though nothing comes; -1: it is not. */
int fetch_lane_due_ms(const struct fetch_lane *lane);

#endif
