/* Entities to look at: those that thousands refer to are read without most of these relations. */
#ifndef CATALOG_LIGHT_H
#define CATALOG_LIGHT_H

#include "base/ctx.h"
#include "base/json.h"

/* How many relations there are, of one type to entities of one kind. */
struct relation_count {
	struct str type, kind;
	size_t n;
};
struct relation_counts {
	struct relation_count *items;
	size_t n, cap;
};

/*
 * Parses the stored bytes of an entity with at most `most` relations of each type and kind of target; *counts (NULL: not
 * wanted) tells how many there are. Errors are json_parse()'s.
 */
int entity_parse(struct ctx *cx, struct str body, size_t most, struct json **doc, struct relation_counts *counts);
/* Of a type, to entities of a kind (lower case; NULL: any). type NULL: all there are. */
size_t relation_count(const struct relation_counts *counts, const char *type, const char *kind);

#endif
