/* The sequence of changes to entities, which indexes follow. */
#ifndef CATALOG_CHANGE_H
#define CATALOG_CHANGE_H

#include "base/ctx.h"

/*
 * Notes, within a transaction, that the body of an entity was written or its row removed. All of a transaction are one row in
 * table `change`; its number is taken as the last thing before the commit.
 */
void change_note(struct ctx *cx, uint64_t entity_id);
/* Forgets changes that are more than a day or 20,000 behind. */
int change_sweep(struct ctx *cx);

#endif
