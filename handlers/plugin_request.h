/* A request as plugins see it, and their answer as HTTP. */
#ifndef HANDLERS_PLUGIN_REQUEST_H
#define HANDLERS_PLUGIN_REQUEST_H

#include "plugins/plugin.h"
#include "web/http.h"

/*
 * {method, path, params, query, headers, body, json, form, user}: path is below the plugin's own; query has a text, or a list
 * of those that stand several times; headers are those that say something about the request itself; body where it is text; json
 * and form where it is one.
 */
struct json *plugin_request(struct req *rq, const char *path, const struct params *params);
/*
 * {status, json | text | html | view and vars | redirect, headers} of a plugin's route. ERR_PLUGIN when it is none.
 */
int plugin_answer(struct req *rq, struct resp *rs, const struct plugin *p, const struct json *answer);
/* ERR_NOTFOUND in the words of dispatch. */
int plugin_no_such(struct req *rq);
/* To a path of the portal; ERR_PLUGIN for any other place. */
int plugin_redirect(struct req *rq, struct resp *rs, const char *to);
/*
 * The page or route of a plugin that fits method and path: rows of kind by their ids, "GET /teams/:team" or "/teams/:team"
 * (with method GET). params: of the path. NULL: none.
 */
const struct contribution *plugin_find(struct req *rq, const struct plugin *p, enum contribution_kind kind, const char *path,
				       struct params *params);

#endif
