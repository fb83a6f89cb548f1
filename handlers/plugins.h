/* What plugins add to pages of the portal. */
#ifndef HANDLERS_PLUGINS_H
#define HANDLERS_PLUGINS_H

#include "base/json.h"
#include "web/http.h"

/* Entries of the side bar: [{title, url, icon, id}]. */
struct json *plugins_nav(struct ctx *cx);
/* Cards of plugins that fit an entity, to be fetched: [{title, url, page}]; page: the address of the same as a page of its own.
 */
struct json *plugins_cards(struct ctx *cx, const struct json *entity);
/* Adds [{title, url, current}] of the tabs of plugins that fit an entity to a list. current: "plugin/id" of the one that is
 * shown. */
void plugins_tabs(struct ctx *cx, const struct json *entity, const char *current, struct json *list);
/* Widgets for the home page, as plugins_cards(). */
struct json *plugins_widgets(struct ctx *cx);
/* Is there a plugin for a request that only a plugin could answer? */
bool plugins_answer(const struct req *rq);

#endif
