/* Bytes that live as long as one request or one job, freed all at once. */
#include "base/arena.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 * 1024, ALIGN = 16, LARGE = 8 << 20 };

struct arena_block {
	struct arena_block *next;
	size_t cap, used;
	_Alignas(max_align_t) char mem[];
};
struct arena_defer {
	struct arena_defer *next;
	void (*fn)(void *);
	void *arg;
};

static size_t round_up(size_t n)
{
	if (n > SIZE_MAX / 2)
		abort();
	return n ? (n + ALIGN - 1) & ~(size_t)(ALIGN - 1) : ALIGN;
}

static struct arena_block *block_new(size_t cap)
{
	struct arena_block *b = malloc(sizeof(*b) + cap);

	if (!b)
		abort();
	*b = (struct arena_block){ .cap = cap };
	return b;
}

void *arena_raw(struct arena *a, size_t n)
{
	size_t want = round_up(n);
	struct arena_block *b = a->head;

	if (!b || b->cap - b->used < want) {
		struct arena_block *fresh = block_new(want > BLOCK ? want : BLOCK);

		/* A big allocation goes behind the head, so its free space stays in use. */
		if (b && want > BLOCK / 2 && b->cap - b->used > 1024) {
			fresh->next = b->next;
			b->next = fresh;
			fresh->used = want;
			a->used += want;
			return fresh->mem;
		}
		fresh->next = b;
		a->head = b = fresh;
	}
	void *p = b->mem + b->used;

	b->used += want;
	a->used += want;
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	return memset(arena_raw(a, n), 0, n);
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		abort();
	return arena_alloc(a, total);
}

void *arena_grow(struct arena *a, void *p, size_t old, size_t n)
{
	struct arena_block *b = a->head;
	size_t have = round_up(old), want = round_up(n);

	if (p && b && (char *)p + have == b->mem + b->used && b->cap - b->used + have >= want) {
		b->used += want - have;
		a->used += want - have;
		return p;
	}
	void *fresh = arena_raw(a, n);

	if (p && old)
		memcpy(fresh, p, old < n ? old : n);
	return fresh;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_raw(a, n + 1);

	if (n)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char shorter[256];
	va_list again;

	/* Most texts are short: they are formatted once. */
	va_copy(again, ap);
	int n = vsnprintf(shorter, sizeof(shorter), fmt, again);

	va_end(again);
	if (n < 0)
		abort();
	if ((size_t)n < sizeof(shorter))
		return arena_strndup(a, shorter, (size_t)n);
	char *p = arena_raw(a, (size_t)n + 1);

	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *p = arena_vprintf(a, fmt, ap);

	va_end(ap);
	return p;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct arena_defer *d = arena_new(a, struct arena_defer);

	*d = (struct arena_defer){ a->deferred, fn, arg };
	a->deferred = d;
}

static void run_deferred(struct arena *a)
{
	while (a->deferred) {
		struct arena_defer *d = a->deferred;

		a->deferred = d->next;
		d->fn(d->arg);
	}
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = NULL;
	bool large = a->used > LARGE;

	run_deferred(a);
	for (struct arena_block *b = a->head, *next; b; b = next) {
		next = b->next;
		if (!keep && b->cap == BLOCK)
			keep = b;
		else
			free(b);
	}
	if (keep)
		*keep = (struct arena_block){ .cap = BLOCK };
	*a = (struct arena){ .head = keep };
	if (large)
		malloc_trim(0); /* one large job must not leave a worker large for good */
}

void arena_release(struct arena *a)
{
	run_deferred(a);
	for (struct arena_block *b = a->head, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){ 0 };
}
