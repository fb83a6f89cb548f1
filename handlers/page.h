/* HTML pages: views, the frame around them, and what every view knows. */
#ifndef HANDLERS_PAGE_H
#define HANDLERS_PAGE_H

#include "web/http.h"

/* The theme that was chosen: in the browser, and among the user's settings for their other browsers. */
#define THEME_COOKIE "callboard_theme"
#define THEME_BUCKET "appearance"
#define THEME_KEY "theme"
enum { THEME_KEPT_S = 365 * 86400 };

/*
 * Parses all views of server.views. In the master before the workers are made, so that they share the result; a worker that
 * finds none parsed does it itself. ERR_INPUT names file and line of a bad view.
 */
int page_prepare(struct ctx *cx);
/*
 * Renders handlers/views/<view> with vars, to which are added: portal {name, organization, branding}, user {ref, name, guest,
 * may_sign_in, teams, url}, may {permission: true or false}, theme ("light", "dark", "" for the system's), path, here (path and
 * query), said (what the form before did, "" for nothing), csrf (a token for forms), request_id.
 */
int page_render(struct req *rq, struct resp *rs, int status, const char *view, struct json *vars);
/* The text of a file of server.views. ERR_NOTFOUND. */
int page_view_text(struct ctx *cx, const char *name, struct str *text);
/* user, as every view knows it. */
struct json *page_user(struct ctx *cx);
/* The page of an error: set as dispatch's error page by page_prepare(). */
int page_error(struct req *rq, struct resp *rs, int code, const char *text);

#endif
