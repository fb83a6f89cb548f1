/* All rows of a table and then all that change, by a sequence of changes without gaps. */
#ifndef CATALOG_FOLLOW_H
#define CATALOG_FOLLOW_H

#include "base/ctx.h"
#include "base/str.h"
#include "ext/db.h"

/* What goes into the statements below and comes out of them, in the order of their "in" and "out". */
struct follow_number {
	uint64_t seq;
};
struct follow_behind {
	uint64_t after, limit;
};
struct follow_ids {
	const char *ids;
};
struct follow_change {
	uint64_t seq;
	struct str ids;
};
struct follow_row {
	uint64_t id;
	const char *ref, *etag;
	struct str body;
};
struct follow_source {
	const struct db_query *next;   /* the number that the next change will have */
	const struct db_query *behind; /* changes behind a number: that, and their ids */
	const struct db_query *walk;   /* rows by id, behind one */
	const struct db_query *by_ids; /* rows of a list of ids, in its order */
};

/* Who gets them; what is pointed to is valid during the call only. */
struct follow_to {
	void (*row)(void *arg, const struct follow_row *row);
	void (*gone)(void *arg, uint64_t id);
	void (*seq)(void *arg, uint64_t seq); /* all changes up to that one have been given */
	void *arg;
};

struct follow;

/* Behind change seq; 0: all rows first. cx, source and to are used in every step; cx's arena is left alone. */
struct follow *follow_new(struct ctx *cx, const struct follow_source *source, const struct follow_to *to, uint64_t seq);
void follow_free(struct follow *f);
/*
 * Does a little, a few milliseconds: reads on, or looks for changes. 1 when there is more to do at once, 0 when all that was
 * committed before was given; or a worded error, after which it can be tried again. ERR_CONFLICT: change seq is of another time
 * than the database, or what happened since is not known any more; all has to be read anew.
 */
int follow_step(struct follow *f);

/* The catalog's entities. */
extern const struct follow_source follow_entities;

#endif
