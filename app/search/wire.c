/* Documents, questions and answers as bytes between the processes of one host. Numbers are little-endian. */
#include "index/request.h"
#include "search/engine.h"

#include <string.h>

static void put_text(struct buf *to, struct str s)
{
	ask_u32(to, (uint32_t)s.n);
	buf_add(to, s.p ? s.p : "", s.n);
}

static struct str get_text(struct reader *r)
{
	size_t n = read_u32(r);
	struct str s = { r->p, n };

	if (r->bad || n > (size_t)(r->end - r->p)) {
		r->bad = true;
		return (struct str){ "", 0 };
	}
	r->p += n;
	return s;
}

/* How many items follow, each of which takes at least four bytes. */
static size_t get_count(struct reader *r)
{
	size_t n = read_u32(r);

	r->bad = r->bad || n > (size_t)(r->end - r->p) / sizeof(uint32_t);
	return r->bad ? 0 : n;
}

static void put_texts(struct buf *to, const struct str *list, size_t n)
{
	ask_u32(to, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		put_text(to, list[i]);
}

static struct str *get_texts(struct arena *mem, struct reader *r, size_t *n)
{
	*n = get_count(r);
	struct str *list = arena_array(mem, struct str, *n);

	for (size_t i = 0; i < *n; i++)
		list[i] = get_text(r);
	return list;
}

static void put_float(struct buf *to, double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	ask_u64(to, bits);
}

static double get_float(struct reader *r)
{
	uint64_t bits = read_u64(r);
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d == d ? d : 0;
}

static struct reader reader_of(struct str bytes)
{
	return (struct reader){ bytes.p, bytes.p + bytes.n, false };
}

/* ---- documents ---- */

void engine_write(struct buf *to, const struct engine_doc *d)
{
	const struct str texts[] = { d->type, d->name, d->title, d->tags, d->other, d->text, d->ref, d->owner };

	ask_u64(to, d->key);
	ask_u64(to, d->tag);
	ask_u32(to, d->entity);
	put_float(to, (double)d->weight);
	for (size_t i = 0; i < LEN(texts); i++)
		put_text(to, texts[i]);
	ask_u32(to, (uint32_t)d->n_pairs);
	for (size_t i = 0; i < d->n_pairs; i++) {
		put_text(to, d->pairs[i].field);
		put_text(to, d->pairs[i].value);
	}
}

bool engine_read(struct arena *mem, struct str bytes, struct engine_doc *out)
{
	struct reader r = reader_of(bytes);
	struct str *const texts[] = { &out->type,  &out->name, &out->title, &out->tags,
				      &out->other, &out->text, &out->ref,   &out->owner };

	out->key = read_u64(&r);
	out->tag = read_u64(&r);
	out->entity = read_u32(&r);
	out->weight = (float)get_float(&r);
	for (size_t i = 0; i < LEN(texts); i++)
		*texts[i] = get_text(&r);
	out->n_pairs = get_count(&r);
	out->pairs = arena_array(mem, struct engine_pair, out->n_pairs);
	for (size_t i = 0; i < out->n_pairs; i++) {
		out->pairs[i].field = get_text(&r);
		out->pairs[i].value = get_text(&r);
	}
	return !r.bad && r.p == r.end;
}

/* ---- questions ---- */

void engine_ask(struct buf *to, const struct engine_question *q)
{
	put_text(to, q->term);
	put_texts(to, q->types, q->n_types);
	put_texts(to, q->chosen, q->n_chosen);
	ask_u32(to, (uint32_t)q->n_filters);
	for (size_t i = 0; i < q->n_filters; i++) {
		put_text(to, q->filters[i].field);
		put_texts(to, q->filters[i].values, q->filters[i].n);
	}
	ask_u32(to, q->entity);
	put_text(to, q->allowed);
	put_texts(to, q->owns, q->n_owns);
	ask_u32(to, q->offset);
	ask_u32(to, q->limit);
	ask_u8(to, q->facets);
	put_texts(to, q->fields, q->n_fields);
}

bool engine_asked(struct arena *mem, struct str bytes, struct engine_question *out)
{
	struct reader r = reader_of(bytes);

	out->term = get_text(&r);
	out->types = get_texts(mem, &r, &out->n_types);
	out->chosen = get_texts(mem, &r, &out->n_chosen);
	out->n_filters = get_count(&r);
	out->filters = arena_array(mem, struct engine_filter, out->n_filters);
	for (size_t i = 0; i < out->n_filters; i++) {
		out->filters[i].field = get_text(&r);
		out->filters[i].values = get_texts(mem, &r, &out->filters[i].n);
	}
	out->entity = read_u32(&r);
	out->allowed = get_text(&r);
	out->owns = get_texts(mem, &r, &out->n_owns);
	out->offset = read_u32(&r);
	out->limit = read_u32(&r);
	out->facets = read_u8(&r);
	out->fields = get_texts(mem, &r, &out->n_fields);
	return !r.bad && r.p == r.end;
}

/* ---- answers ---- */

void engine_say(struct buf *to, const struct engine_answer *a)
{
	ask_u64(to, a->total);
	ask_u32(to, (uint32_t)a->n);
	for (size_t i = 0; i < a->n; i++) {
		ask_u64(to, a->hits[i].key);
		ask_u64(to, a->hits[i].tag);
		put_float(to, a->hits[i].score);
	}
	ask_u32(to, (uint32_t)a->n_counts);
	for (size_t i = 0; i < a->n_counts; i++) {
		put_text(to, a->counts[i].field);
		put_text(to, a->counts[i].value);
		ask_u64(to, a->counts[i].n);
	}
	put_text(to, a->meant);
}

bool engine_said(struct arena *mem, struct str bytes, struct engine_answer *out)
{
	struct reader r = reader_of(bytes);

	out->total = read_u64(&r);
	out->n = get_count(&r);
	out->hits = arena_array(mem, struct engine_hit, out->n);
	for (size_t i = 0; i < out->n; i++) {
		out->hits[i].key = read_u64(&r);
		out->hits[i].tag = read_u64(&r);
		out->hits[i].score = get_float(&r);
	}
	out->n_counts = get_count(&r);
	out->counts = arena_array(mem, struct engine_count, out->n_counts);
	for (size_t i = 0; i < out->n_counts; i++) {
		out->counts[i].field = get_text(&r);
		out->counts[i].value = get_text(&r);
		out->counts[i].n = read_u64(&r);
	}
	out->meant = get_text(&r);
	return !r.bad && r.p == r.end;
}
