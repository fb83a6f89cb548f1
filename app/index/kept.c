/* Answers that are given again while nothing has changed. */
#include "index/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "index/private.h"

enum { SLOTS = 256, MOST_REQUEST = 4 << 10, MOST_ANSWER = 64 << 10, MOST = 4 << 20 };

/* One answer: the request, then what was said. */
struct said {
	size_t n_request, n_answer;
	char bytes[];
};

struct kept {
	uint64_t changes; /* of what was asked, when they were given */
	size_t bytes;
	struct said *slots[SLOTS];
};

struct kept *kept_new(void)
{
	return must_alloc(sizeof(struct kept));
}

static void forget_all(struct kept *k)
{
	for (size_t i = 0; i < SLOTS; i++) {
		free(k->slots[i]);
		k->slots[i] = NULL;
	}
	k->bytes = 0;
}

void kept_free(struct kept *k)
{
	if (k)
		forget_all(k);
	free(k);
}

static void keep(struct kept *k, struct said **slot, struct str request, struct str answer)
{
	size_t n = sizeof(struct said) + request.n + answer.n;

	if (request.n > MOST_REQUEST || answer.n > MOST_ANSWER)
		return;
	if (k->bytes + n > MOST)
		forget_all(k);
	if (*slot)
		k->bytes -= sizeof(**slot) + (*slot)->n_request + (*slot)->n_answer;
	free(*slot);
	*slot = must_alloc(n);
	(*slot)->n_request = request.n;
	(*slot)->n_answer = answer.n;
	memcpy((*slot)->bytes, request.p, request.n);
	memcpy((*slot)->bytes + request.n, answer.p, answer.n);
	k->bytes += n;
}

int kept_answer(struct kept *k, struct ctx *cx, uint64_t changes, struct str request, kept_fn *fn, void *asked,
		struct buf *answer)
{
	struct said **slot = &k->slots[checksum64(request.p, request.n) % SLOTS];
	size_t before = answer->n;
	int rc;

	if (k->changes != changes)
		forget_all(k);
	k->changes = changes;
	if (*slot && str_eq((struct str){ (*slot)->bytes, (*slot)->n_request }, request)) {
		buf_add(answer, (*slot)->bytes + request.n, (*slot)->n_answer);
		return 0;
	}
	rc = fn(asked, cx, request, answer);
	if (rc == 0)
		keep(k, slot, request, (struct str){ answer->p + before, answer->n - before });
	return rc;
}
