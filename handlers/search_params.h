/* What is searched for, as addresses of Backstage's say it. */
#ifndef HANDLERS_SEARCH_PARAMS_H
#define HANDLERS_SEARCH_PARAMS_H

#include "search/search.h"
#include "web/http.h"

/* Adds types[] and filters[FIELD] (also filters[FIELD][], and with numbers) of the query to q. ERR_INPUT for other forms. */
int search_params(struct req *rq, struct search_question *q);
/* A number of a section of the configuration, 1 to most. */
long search_setting(const struct json *section, const char *key, long dflt, long most);
/* The number of a page as the cursor that leads there; back: ERR_INPUT. */
const char *search_cursor(struct arena *mem, uint64_t page);
int search_cursor_read(struct ctx *cx, const char *text, uint64_t *page);

#endif
