/* Answers that are given again while nothing has changed: the first pages of a portal ask everybody's questions. */
#ifndef INDEX_KEPT_H
#define INDEX_KEPT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/str.h"

struct kept;

struct kept *kept_new(void);
void kept_free(struct kept *k);
/* Works out the answer to a request, of what is asked for. */
typedef int kept_fn(void *asked, struct ctx *cx, struct str request, struct buf *answer);
/* fn(), or what it gave for the same bytes while `changes` was the same. Takes 4 MiB at most. */
int kept_answer(struct kept *k, struct ctx *cx, uint64_t changes, struct str request, kept_fn *fn, void *asked,
		struct buf *answer);

#endif
