/* Bytes that live as long as one request or one job, freed all at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Allocation never fails: out of memory aborts the process, and the master
 * replaces it. Nothing is freed piecemeal. Zero-initialise before first use.
 */
struct arena {
	struct arena_block *head;
	struct arena_defer *deferred;
	size_t used; /* bytes handed out since the last reset */
};

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc, alloc_size(2), returns_nonnull));
/* n elements of size bytes, zeroed; aborts when the product overflows. */
void *arena_calloc(struct arena *a, size_t n, size_t size) __attribute__((returns_nonnull));
/* Not zeroed: for buffers that are filled at once. */
void *arena_raw(struct arena *a, size_t n) __attribute__((malloc, alloc_size(2), returns_nonnull));
/* Grows p from old to n bytes, in place when p is the newest allocation. */
void *arena_grow(struct arena *a, void *p, size_t old, size_t n) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *a, const char *s) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *a, const char *s, size_t n) __attribute__((returns_nonnull));
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2), returns_nonnull));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0), nonnull(2), returns_nonnull));
/* Calls fn(arg) at the next reset or release, newest first. For handles. */
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);
/* Forgets everything but keeps one block, so the next request allocates none. */
void arena_reset(struct arena *a);
/* Gives all memory back. */
void arena_release(struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_calloc((a), (n), sizeof(type)))
#define ARENA __attribute__((cleanup(arena_release))) struct arena

#endif
