/* A growable byte buffer in an arena. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"
#include "base/str.h"

/*
 * p is always NUL-terminated once something was added, so it can be handed to C functions; it may also contain
 * NULs, so use n for the length. There is no buf_free(): the arena owns the bytes.
 */
struct buf {
	struct arena *mem;
	char *p;
	size_t n, cap;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
/* Makes room for n more bytes. */
void buf_need(struct buf *b, size_t n);
/* Keeps the memory, forgets the bytes. */
void buf_clear(struct buf *b);
/* Never NULL, also when nothing was added. */
const char *buf_text(const struct buf *b) __attribute__((returns_nonnull));
static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}

#endif
