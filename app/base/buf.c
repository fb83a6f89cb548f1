/* A growable byte buffer in an arena. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

/* Room for what most formats make, so that they are formatted once. */
enum { USUAL = 63 };

void buf_need(struct buf *b, size_t n)
{
	size_t want;

	if (__builtin_add_overflow(b->n, n, &want) || want > SIZE_MAX / 4)
		abort();
	if (want + 1 <= b->cap)
		return;
	size_t cap = b->cap * 2 > want + 1 ? b->cap * 2 : want + 1;

	if (cap < 64)
		cap = 64;
	b->p = arena_grow(b->mem, b->p, b->cap, cap);
	b->cap = cap;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	buf_need(b, n);
	if (n)
		memcpy(b->p + b->n, bytes, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	buf_need(b, USUAL);
	int n = vsnprintf(b->p + b->n, b->cap - b->n, fmt, again);

	va_end(again);
	if (n < 0)
		abort();
	if ((size_t)n >= b->cap - b->n) {
		buf_need(b, (size_t)n);
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	}
	va_end(ap);
	b->n += (size_t)n;
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	if (b->p)
		b->p[0] = '\0';
}

const char *buf_text(const struct buf *b)
{
	return b->p ? b->p : "";
}
