/* Requests and answers over FastCGI (libfcgi). */
#ifndef WEB_FCGI_H
#define WEB_FCGI_H

#include "web/http.h"

struct fcgi;
struct park;

/*
 * One per worker, on a listening socket that must be non-blocking (so that of several workers that were woken the losers
 * go back to waiting). Bodies above body_limit bytes are refused. Lives in mem.
 */
struct fcgi *fcgi_new(struct arena *mem, int listen_fd, size_t body_limit);
/* True when a request was taken; false when another worker was faster or what came was none. */
bool fcgi_accept(struct fcgi *f);
/*
 * Fills rq (whose cx is set) with the accepted request and prepares rs to be sent back. An unreadable request is filled
 * as far as it goes, with rq->fault set: ERR_INPUT, ERR_TOOLARGE.
 */
void fcgi_read(struct fcgi *f, struct req *rq, struct resp *rs);
/* Ends the accepted request and its connection. Texts of rq from the connection are gone after it. */
void fcgi_finish(struct fcgi *f);
/* What tells streamed answers to end soon. */
void fcgi_on_ending(struct fcgi *f, bool (*ending)(void));
/*
 * Who holds answers that wait, once their head has left: hold takes p and, with fcgi_leave() (web/fcgi_out.h), the connection.
 * Without it they are sent as other streams are.
 */
void fcgi_on_park(struct fcgi *f, void (*hold)(struct fcgi *f, struct park *p));

#endif
