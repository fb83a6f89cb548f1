/* What an entity is related to, in the groups in which people look for it. */
#ifndef HANDLERS_RELATED_H
#define HANDLERS_RELATED_H

#include "base/ctx.h"
#include "base/json.h"
#include "catalog/light.h"
#include "catalog/store.h"

enum { RELATED_SHOWN = 6 }; /* rows of a group on the overview */

struct related {
	const char *id, *type; /* id: "depends-on"; type: of the relation */
	const char *kind;      /* of all its targets, lower case; NULL: any */
	const char *title;     /* "Depends on", "Subcomponents" */
	const char *tab;       /* where all of them are listed; "" for nowhere */
	struct text_list refs;
	size_t total; /* refs may be fewer: see entity_parse() */
};
struct related_list {
	struct related *items;
	size_t n, cap;
};

/* The groups of an entity's document that have members, in the order in which they matter. What is told elsewhere (owner, parts
 * of what, members, what somebody owns) is left out. counts NULL: doc has all relations. */
void related_of(struct arena *mem, const struct json *doc, const struct relation_counts *counts, struct related_list *out);
/* The group with this id; NULL when it has no members. */
struct related *related_find(const struct related_list *list, const char *id);
/*
 * entity_row()s of refs[from .. from + n), with known: true; {ref, known: false} for what is not in the catalog (or not for
 * this reader).
 */
int related_rows(struct ctx *cx, const struct text_list *refs, size_t from, size_t n, struct json **out);
/* {id, type, title, kind, total, rows, more: address of all of them or ""} for each group, with its first rows. */
int related_cards(struct ctx *cx, const struct json *doc, const struct relation_counts *counts, struct json **out);

#endif
