/* The life of a request: route, who asks, may they, did they mean to, handler, answer. */
#ifndef SERVER_DISPATCH_H
#define SERVER_DISPATCH_H

#include "web/http.h"

/*
 * Answers rq into rs and sends it through rs->send (NULL: the caller does). Every error becomes an answer: JSON of Backstage's
 * shape below /api/ and for clients that ask for JSON, a page elsewhere. One access line is logged.
 */
void dispatch(struct req *rq, struct resp *rs);

/*
 * Renders the page of an error (cx->err; code is a negative ERR_*, text what may be shown). It fills rs with the status
 * given in it, and may answer otherwise: a guest who must sign in is sent to do so. Errors of its own give the plain page.
 */
typedef int error_page_fn(struct req *rq, struct resp *rs, int code, const char *text);
void dispatch_set_error_page(error_page_fn *fn);

#endif
