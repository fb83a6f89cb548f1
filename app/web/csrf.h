/* Did they mean to? Tells a form of ours from one that another site made the browser send. */
#ifndef WEB_CSRF_H
#define WEB_CSRF_H

#include "web/http.h"

#define CSRF_FIELD "_csrf"
#define CSRF_HEADER "x-csrf-token"

/*
 * The token for the forms of this answer, to go into a hidden field CSRF_FIELD or the header CSRF_HEADER. It is bound to a
 * random cookie, which is set when the browser has none yet, and masked anew each time so that compression cannot leak
 * it. Lives in rq->cx->mem.
 */
const char *req_csrf_token(const struct req *rq, struct resp *rs);
/* 0, or ERR_DENIED when the token is missing or wrong, or the browser says that another site sent this. */
int csrf_check(struct req *rq);
/*
 * For changes asked for with a cookie but without a form (API calls of our own scripts): ERR_DENIED when the browser says
 * that another site sent this. Clients that are no browsers say nothing and pass.
 */
int csrf_check_origin(struct req *rq);

#endif
