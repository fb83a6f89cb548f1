/* The index's memory: chunks that are handed out in small pieces, and bitmaps by number. */
#include <stdlib.h>
#include <string.h>

#include "index/private.h"

void *must_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1); /* lint: lives as long as the index */

	if (!p)
		abort();
	return p;
}

void *must_grow(void *p, size_t n)
{
	p = realloc(p, n ? n : 1); /* lint: lives as long as the index */
	if (!p)
		abort();
	return p;
}

void *must_array(struct memory *m, void *p, size_t old, size_t n, size_t size)
{
	m->bytes += n * size;
	m->bytes -= old * size;
	if (!n) {
		free(p);
		return NULL;
	}
	p = must_grow(p, n * size);
	if (n > old)
		memset((char *)p + old * size, 0, (n - old) * size);
	return p;
}

struct memory *memory_new(void)
{
	struct memory *m = must_alloc(sizeof(*m));

	m->bytes = sizeof(*m);
	m->used = CHUNK_UNITS;
	return m;
}

void memory_free(struct memory *m)
{
	for (uint32_t i = 0; i < m->n_chunks; i++)
		if (!m->joined[i])
			free(m->chunks[i]);
	for (uint32_t i = 0; i < m->n_cells; i++)
		bitmap_free(m->cells[i].set);
	free(m->cells);
	free(m);
}

/* Small pieces are kept by their exact size, larger ones by the next power of two. */
static unsigned class_of(size_t units)
{
	unsigned c = SMALL_UNITS;

	if (units <= SMALL_UNITS)
		return units ? (unsigned)units : 1;
	while ((size_t)SMALL_UNITS << (c - SMALL_UNITS) < units)
		c++;
	return c;
}

static size_t units_of(unsigned class)
{
	return class <= SMALL_UNITS ? class : (size_t)SMALL_UNITS << (class - SMALL_UNITS);
}

static void give(struct memory *m, spot s, unsigned class)
{
	*(spot *)memory_at(m, s) = m->free[class];
	m->free[class] = s;
}

/* What is left of the last chunk is still good for smaller pieces. */
static void give_rest(struct memory *m)
{
	while (m->used < CHUNK_UNITS) {
		uint32_t rest = CHUNK_UNITS - m->used, units = rest < SMALL_UNITS ? rest : SMALL_UNITS;

		give(m, (m->n_chunks - 1) * CHUNK_UNITS + m->used, units);
		m->used += units;
	}
}

/* As many chunks as one piece needs, in a row. */
static void add_chunks(struct memory *m, size_t units)
{
	size_t n = (units + CHUNK_UNITS - 1) / CHUNK_UNITS;

	if (n > CHUNKS - m->n_chunks)
		abort();
	char *p = must_alloc(n * CHUNK_UNITS * UNIT);

	m->bytes += n * CHUNK_UNITS * UNIT;
	m->used = m->n_chunks ? 0 : 1; /* the very first unit is nowhere */
	for (size_t i = 0; i < n || !i; i++) {
		m->joined[m->n_chunks] = i > 0;
		m->chunks[m->n_chunks++] = p + i * CHUNK_UNITS * UNIT;
	}
}

spot memory_alloc(struct memory *m, size_t bytes)
{
	unsigned class = class_of((bytes + UNIT - 1) / UNIT);
	size_t units = units_of(class);
	spot s = m->rising ? 0 : m->free[class];

	if (s) {
		m->free[class] = *(spot *)memory_at(m, s);
		memset(memory_at(m, s), 0, bytes);
		return s;
	}
	if (m->used + units > CHUNK_UNITS) {
		if (m->n_chunks)
			give_rest(m);
		add_chunks(m, units + !m->n_chunks);
	}
	s = (m->n_chunks - 1) * CHUNK_UNITS + m->used;
	if (m->used + units > CHUNK_UNITS) {
		/* It begins in the first chunk of the row, and nothing else is put behind it. */
		while (m->joined[s / CHUNK_UNITS])
			s -= CHUNK_UNITS;
		m->used = CHUNK_UNITS;
	} else {
		m->used += (uint32_t)units;
	}
	return s;
}

void memory_give(struct memory *m, spot s, size_t bytes)
{
	give(m, s, class_of((bytes + UNIT - 1) / UNIT));
}
