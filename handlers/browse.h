/* What a catalog index shows, which is all in its URL: filters, sorting, page. */
#ifndef HANDLERS_BROWSE_H
#define HANDLERS_BROWSE_H

#include "catalog/query.h"
#include "web/http.h"

enum browse_list { LIST_TYPES, LIST_OWNERS, LIST_LIFECYCLES, LIST_TAGS, LIST_NAMESPACES, LIST_SYSTEMS, BROWSE_LISTS };
enum { BROWSE_ROWS = 20 }; /* of a page, when nobody says more */
enum browse_user { USER_ALL, USER_OWNED, USER_STARRED };

/* What each list is in the URL (Backstage's names), in an entity, and to people. */
struct browse_list_name {
	const char *param, *key, *title;
};
extern const struct browse_list_name browse_lists[BROWSE_LISTS];

struct browse {
	const char *path; /* "/catalog" or "/api-docs" */
	const char *kind; /* lower case; "" until it is chosen */
	bool fixed_kind;  /* the page is about one kind: it is not in the URL */
	enum browse_user user;
	struct text_list lists[BROWSE_LISTS]; /* chosen values */
	bool orphan, error;
	const char *text; /* "" for none */
	const char *sort; /* a column; "name" when nothing was asked for */
	bool down;
	uint64_t offset;
	uint32_t limit;
};

/*
 * Reads filters[kind], filters[user], filters[type], filters[owners], …; also the forms filters[owners][] and
 * filters[owners][0], which Backstage has written. ERR_INPUT names what cannot be meant.
 */
int browse_read(struct req *rq, struct browse *out);
/*
 * The address of a state, as short as it can be. More than one may be needed of almost the same: change a copy. The parts are
 * in a fixed order, so equal states have equal addresses.
 */
const char *browse_url(struct arena *mem, const struct browse *s);
/* The same with another path ("/catalog/export.csv"); sorting and filters, no page. */
const char *browse_query(struct arena *mem, const struct browse *s);

/*
 * The query of a state. without: a list whose choice does not count (BROWSE_LISTS: none), so that its other values can be
 * counted. What it points to lives in cx->mem. stars: what cx->who has starred.
 */
void browse_to_query(struct ctx *cx, const struct browse *s, enum browse_list without, const struct text_list *stars,
		     struct query *out);
bool browse_has(const struct browse *s, enum browse_list list, const char *value);
/* [{name, usual}]: what can be exported of an entity, and what is when nobody says more. */
struct json *export_columns(struct arena *mem);

#endif
