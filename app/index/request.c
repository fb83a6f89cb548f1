/* Requests and answers as bytes: writing and reading numbers and texts. */
#include "index/request.h"

static void put(struct buf *b, uint64_t v, size_t bytes)
{
	unsigned char raw[8];

	for (size_t i = 0; i < bytes; i++)
		raw[i] = (unsigned char)(v >> (8 * i));
	buf_add(b, raw, bytes);
}

void ask_u8(struct buf *b, unsigned v)
{
	put(b, v, 1);
}

void ask_u16(struct buf *b, unsigned v)
{
	put(b, v, 2);
}

void ask_u32(struct buf *b, uint32_t v)
{
	put(b, v, 4);
}

void ask_u64(struct buf *b, uint64_t v)
{
	put(b, v, 8);
}

void ask_text(struct buf *b, struct str text)
{
	size_t n = text.n < UINT16_MAX ? text.n : UINT16_MAX;

	put(b, n, 2);
	buf_add(b, text.p, n);
}

static uint64_t take(struct reader *r, size_t bytes)
{
	uint64_t v = 0;

	if ((size_t)(r->end - r->p) < bytes) {
		r->bad = true;
		r->p = r->end;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)(unsigned char)r->p[i] << (8 * i);
	r->p += bytes;
	return v;
}

unsigned read_u8(struct reader *r)
{
	return (unsigned)take(r, 1);
}

unsigned read_u16(struct reader *r)
{
	return (unsigned)take(r, 2);
}

uint32_t read_u32(struct reader *r)
{
	return (uint32_t)take(r, 4);
}

uint64_t read_u64(struct reader *r)
{
	return take(r, 8);
}

struct str read_text(struct reader *r)
{
	size_t n = read_u16(r);
	struct str text = { r->p, n };

	if ((size_t)(r->end - r->p) < n) {
		r->bad = true;
		r->p = r->end;
		return STR("");
	}
	r->p += n;
	return text;
}
