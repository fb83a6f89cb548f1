/* HTML pages: views, the frame around them, and what every view knows. */
#ifndef HANDLERS_PAGE_H
#define HANDLERS_PAGE_H

#include "web/http.h"

/*
 * Parses all views of server.views. In the master before the workers are made, so that they share the result; a worker that
 * finds none parsed does it itself. ERR_INPUT names file and line of a bad view.
 */
int page_prepare(struct ctx *cx);
/*
 * Renders handlers/views/<view> with vars, to which are added: portal {name, organization}, user {ref, name, guest}, path, csrf
 * (a token for forms), version.
 */
int page_render(struct req *rq, struct resp *rs, int status, const char *view, struct json *vars);
/* The page of an error: set as dispatch's error page by page_prepare(). */
int page_error(struct req *rq, struct resp *rs, int code, const char *text);

#endif
