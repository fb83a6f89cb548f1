/* What somebody may see: worked out once for all who have the same rights, and kept up to date with what is new. */
#include <stdlib.h>
#include <string.h>

#include "ext/bitmap.h"
#include "search/private.h"

enum { SIGHTS = 8 };

struct sight {
	char *rights; /* numbers of types, then the bytes of what is allowed: compared whole, for nobody shall have another's */
	size_t n_rights, cap_rights, n_types;
	uint64_t used;         /* the question that last had it */
	uint64_t entity_turn;  /* as it was then */
	uint32_t turn, n_docs; /* documents from n_docs on are not judged yet */
	uint64_t *bits;
	size_t cap;
};

static bool is_type(const uint32_t *types, size_t n, uint32_t type)
{
	for (size_t i = 0; i < n; i++)
		if (types[i] == type)
			return true;
	return false;
}

/* Whose entity may not be read, or is not there any more, is as if it was not there. */
static void judge(struct engine *e, struct sight *s, const struct bitmap *entities)
{
	const uint32_t *types = (const uint32_t *)(const void *)s->rights;

	s->bits = engine_grow(&e->bytes, s->bits, 0, bits_words(e->n_docs), &s->cap, sizeof(*s->bits));
	for (uint32_t i = s->n_docs; i < e->n_docs; i++) {
		const struct light *d = &e->lights[i];
		bool seen = is_type(types, s->n_types, d->type) && (!d->entity || bitmap_has(entities, d->entity));

		(seen ? bits_add : bits_remove)(s->bits, i);
	}
	s->n_docs = e->n_docs;
}

static int update(struct ctx *cx, struct engine *e, struct sight *s, struct str allowed)
{
	if (s->turn != e->turn || s->entity_turn != e->entity_turn)
		s->n_docs = 0;
	s->turn = e->turn;
	s->entity_turn = e->entity_turn;
	if (s->n_docs == e->n_docs)
		return 0;
	if (!allowed.n) {
		judge(e, s, e->entities);
		return 0;
	}
	struct bitmap *may = bitmap_read(allowed.p, allowed.n);

	if (!may)
		return fail(cx, ERR_INPUT, "what may be read is no set of numbers");
	struct bitmap *there = bitmap_and_of(e->entities, may);

	judge(e, s, there);
	bitmap_free(there);
	bitmap_free(may);
	return 0;
}

/* The one of these rights, or the one that was not asked for longest, which becomes theirs. */
static struct sight *find(struct engine *e, struct str rights, size_t n_types)
{
	size_t cap = SIGHTS;
	struct sight *oldest;

	if (!e->sights) {
		cap = 0;
		e->sights = engine_grow(&e->bytes, NULL, 0, SIGHTS, &cap, sizeof(*e->sights));
	}
	oldest = e->sights;
	for (size_t i = 0; i < SIGHTS; i++) {
		struct sight *s = &e->sights[i];

		if (s->used && s->n_types == n_types && str_eq((struct str){ s->rights, s->n_rights }, rights))
			return s;
		if (s->used < oldest->used)
			oldest = s;
	}
	oldest->rights = engine_grow(&e->bytes, oldest->rights, 0, rights.n + 1, &oldest->cap_rights, 1);
	memcpy(oldest->rights, rights.p, rights.n);
	oldest->n_rights = rights.n;
	oldest->n_types = n_types;
	oldest->n_docs = 0;
	return oldest;
}

int sight_of(struct ctx *cx, struct engine *e, const uint32_t *types, size_t n_types, struct str allowed, const uint64_t **out)
{
	struct buf rights = { .mem = cx->mem };
	struct sight *s;
	int rc;

	buf_add(&rights, types, n_types * sizeof(*types));
	buf_add(&rights, allowed.p ? allowed.p : "", allowed.n);
	s = find(e, buf_str(&rights), n_types);
	s->used = ++e->questions;
	rc = update(cx, e, s, allowed);
	if (rc < 0)
		s->used = 0;
	*out = s->bits;
	return rc;
}

void sights_free(struct engine *e)
{
	for (size_t i = 0; e->sights && i < SIGHTS; i++) {
		free(e->sights[i].rights);
		free(e->sights[i].bits);
	}
	free(e->sights);
}
