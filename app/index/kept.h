/* Answers that are given again while nothing has changed: the first pages of a portal ask everybody's questions. */
#ifndef INDEX_KEPT_H
#define INDEX_KEPT_H

#include "index/index.h"

struct kept;

struct kept *kept_new(void);
void kept_free(struct kept *k);
/* index_answer(), or what it gave for the same bytes since the index was last changed. Takes 4 MiB at most. */
int kept_answer(struct kept *k, struct ctx *cx, const struct index *ix, struct str request, struct buf *answer);

#endif
