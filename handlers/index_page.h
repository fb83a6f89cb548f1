/* What the parts of the catalog's index work on. */
#ifndef HANDLERS_INDEX_PAGE_H
#define HANDLERS_INDEX_PAGE_H

#include "handlers/browse.h"

enum { CHOICES_SHOWN = 8, CHOICES_ALL = 500 };

struct index_page {
	struct req *rq;
	struct ctx *cx;
	struct browse s;
	struct text_list stars;
	struct facet kinds;
	struct query_page page;
	struct json *vars;
};

/* Reads what is asked for and what it stands on. kind NULL: the address says which. */
int index_open(struct req *rq, struct index_page *p, const char *path, const char *kind);

/* The page of an index: what view draws, in that section of the side bar. */
int index_show(struct req *rq, struct resp *rs, const char *path, const char *kind, const char *section, const char *view);

/* vars.filters: each list with its values and how many entities each would leave. */
int index_add_filters(struct index_page *p);
/* vars.users: how many there are for each choice of whose. */
int index_add_users(struct index_page *p);
/* vars.chips: every filter that is on, each with the address of the list without it. */
void index_add_chips(struct index_page *p);

#endif
