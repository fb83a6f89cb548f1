/* What is wrong with sources and entities: kept in table problem, shown in status.items. */
#ifndef CATALOG_PROBLEM_H
#define CATALOG_PROBLEM_H

#include "catalog/document.h"
#include "catalog/store.h"
#include "sql/catalog.h"

/* The source it was seen in. */
struct problem_place {
	uint64_t source_id;
	const char *target;
};
struct problem_rows {
	struct q_problem_add_in *items;
	size_t n, cap;
};

/* One fault. d NULL, or a document whose faults are the file's: it is the source's own, seen at its Locations. */
void problem_add(struct ctx *cx, const struct problem_place *at, const struct document *d, const struct fault *f,
		 struct problem_rows *out);
/* The faults and notes of documents, at most 20 of each. */
void problems_collect(struct ctx *cx, const struct problem_place *at, const struct document *docs, size_t n,
		      struct problem_rows *out);
/*
 * Replaces the problems of a source when they differ, and marks the entities that show them (*dirty). own_only: those of its
 * entities stay as they are. In the caller's transaction.
 */
int problems_write(struct ctx *cx, const struct problem_place *at, const struct problem_rows *now, bool own_only, bool *dirty);
/* The same for the problems of some of its entities alone. */
int problems_write_of(struct ctx *cx, const struct problem_place *at, const struct text_list *refs,
		      const struct problem_rows *now, bool *dirty);

#endif
