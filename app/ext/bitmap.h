/* Sets of 32-bit numbers, compressed (CRoaring). */
#ifndef EXT_BITMAP_H
#define EXT_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Out of memory aborts. Freed with bitmap_free(), which accepts NULL. */
struct bitmap;

struct bitmap *bitmap_new(void);
struct bitmap *bitmap_copy(const struct bitmap *b);
void bitmap_free(struct bitmap *b);

/* True when that changed something. */
bool bitmap_add(struct bitmap *b, uint32_t n);
void bitmap_add_many(struct bitmap *b, const uint32_t *list, size_t n);
bool bitmap_remove(struct bitmap *b, uint32_t n);
bool bitmap_has(const struct bitmap *b, uint32_t n);
uint64_t bitmap_count(const struct bitmap *b);
/* How many members are at most n: the place behind it. */
uint64_t bitmap_rank(const struct bitmap *b, uint32_t n);
/* Members in ascending order from place `from` (0-based), at most n of them; returns how many. */
size_t bitmap_list(const struct bitmap *b, uint64_t from, size_t n, uint32_t *out);

/* a becomes a OR b. */
void bitmap_or(struct bitmap *a, const struct bitmap *b);
/* What both have, what only a has, as a new one. */
struct bitmap *bitmap_and_of(const struct bitmap *a, const struct bitmap *b);
struct bitmap *bitmap_without_of(const struct bitmap *a, const struct bitmap *b);
/* How many members both have; nothing is made for it. */
uint64_t bitmap_both(const struct bitmap *a, const struct bitmap *b);
/* As bytes, for another process; what is read is not trusted: NULL when it is none. */
size_t bitmap_size(const struct bitmap *b);
void bitmap_write(const struct bitmap *b, char *to);
struct bitmap *bitmap_read(const char *bytes, size_t n);
/* About how much memory it takes. */
size_t bitmap_bytes(const struct bitmap *b);

#endif
