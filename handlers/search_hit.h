/* What search found, as views show it. */
#ifndef HANDLERS_SEARCH_HIT_H
#define HANDLERS_SEARCH_HIT_H

#include "search/search.h"
#include "web/http.h"

/*
 * {type, type_title, icon, url, ref ("" of what is no entity), title, title_html, text_html, kind, spec_type, lifecycle, owner,
 * about}: about is the entity that a page is of. Texts that end in _html are escaped already.
 */
struct json *search_hit_row(struct ctx *cx, const struct search_answer *found, const struct search_hit *hit);
/* Title and text of a hit, escaped, with <mark> round what was found; of the text the part that fits best. */
struct str search_hit_title(struct ctx *cx, const struct search_answer *found, const struct search_hit *hit);
struct str search_hit_text(struct ctx *cx, const struct search_answer *found, const struct search_hit *hit);
/* "Catalog", "Docs", what a plugin calls its type. */
const char *search_type_title(struct arena *mem, const char *type);
const char *search_type_icon(const char *type);
/* What somebody typed, trimmed and no longer than search takes. */
const char *search_words(struct req *rq, const char *name);
/* [{title, url, icon}]: the portal's own pages that the words name; seek.c. */
struct json *search_portal_pages(struct ctx *cx, const char *words);

#endif
