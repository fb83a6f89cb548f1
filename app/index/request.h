/*
 * Requests to the index and their answers, as bytes. Numbers are little-endian; a text is a 16-bit length and its bytes.
 *
 *   page    'P' SET, orders (8 bits: how many; each: 8 bits descending, text key), flags (8 bits), limit (32), offset (64),
 *           with PAGE_EDGE: has value (8 bits), text value, id (32)
 *           answer: total (64), flags (8: PAGE_BEFORE, PAGE_AFTER), n (32), n times id (32) and tag (64); when n > 0 and there
 *           is an order, for the first and for the last: has value (8), text value (lower case)
 *   facets  'F' SET, n (16), n text keys
 *           answer: for each key the number of values (32), for each value its count (32) and text as written
 *   ids     'I' SET; answer: the ids, as bytes of a bitmap (ext/bitmap.h)
 *   stats   'S'; answer: struct index_stats as JSON
 *
 *   SET in prefix form: 'A' all, 'N' none, '=' key value (lower case), 'E' key (is there), '^' key prefix (lower case),
 *   '*' term (lower case) n (8 bits) keys (has the term as a part of a value of one of them), '#' those with an error,
 *   '&' n (16) SETs, '|' n (16) SETs, '!' SET.
 */
#ifndef INDEX_REQUEST_H
#define INDEX_REQUEST_H

#include "base/buf.h"

enum {
	PAGE_LACKING_LAST = 1, /* documents without the first order's key come last; else they are left out */
	PAGE_BACKWARDS = 2,    /* what stands before the edge: its last `limit`, given in the list's own order */
	PAGE_EDGE = 4,         /* only what stands behind (or before) this value of the first order, and this id; not itself */
};
enum { PAGE_BEFORE = 1, PAGE_AFTER = 2 };

void ask_u8(struct buf *b, unsigned v);
void ask_u16(struct buf *b, unsigned v);
void ask_u32(struct buf *b, uint32_t v);
void ask_u64(struct buf *b, uint64_t v);
/* Longer than 65535 bytes: cut, which fits nothing (indexed values are shorter). */
void ask_text(struct buf *b, struct str text);

/* Reads an answer or a request; what is not there reads as 0 or "" and sets bad. */
struct reader {
	const char *p, *end;
	bool bad;
};
unsigned read_u8(struct reader *r);
unsigned read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
struct str read_text(struct reader *r); /* points into the bytes */

#endif
