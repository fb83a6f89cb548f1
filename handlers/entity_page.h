/* The page of one entity: what its tabs share. */
#ifndef HANDLERS_ENTITY_PAGE_H
#define HANDLERS_ENTITY_PAGE_H

#include "catalog/entity.h"
#include "catalog/light.h"
#include "web/http.h"

struct entity_page {
	struct req *rq;
	struct ctx *cx;
	struct entity found;
	struct json *doc; /* its document, perhaps with fewer relations than it has */
	struct relation_counts counts;
	const char *kind; /* lower case */
	struct json *vars;
};

enum { RELATIONS_SHOWN = 200, RELATIONS_ALL = INT32_MAX };
/*
 * The entity that the path names (:kind, :namespace, :name), with at most `most` relations of each type and kind, and vars for
 * its view. ERR_NOTFOUND.
 */
int entity_page_open(struct req *rq, size_t most, struct entity_page *out);
/*
 * Fills what views/catalog/entity_head.html needs from an entity's document: e (its entity_row(), with starred, plural and
 * kind_value), section, tabs, tab, can {refresh, remove}, gone {reference: true for what it names in vain}, and what
 * entity_warnings() adds. tab: "" for the overview, else the last part of the address ("definition").
 */
int entity_head(struct req *rq, struct json *vars, const struct json *doc, const char *tab);
/* Adds troubles, troubles_more, dangling and others: what views/catalog/entity_warnings.html shows. */
int entity_warnings(struct ctx *cx, struct json *vars, const struct json *doc);
/* Adds what the card "About" shows: owners with ways to reach them, links. */
int entity_about(struct ctx *cx, struct json *vars, const struct json *doc);
/* The overview of a user or a group. */
int entity_people(struct entity_page *p, struct resp *rs);

#endif
