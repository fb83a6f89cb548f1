/* Answering requests. */
#include "index/private.h"

static void answer_stats(const struct index *ix, struct buf *out)
{
	struct index_stats s;

	index_stats(ix, &s);
	buf_addf(out, "{\"seq\":%lu,\"documents\":%lu,\"keys\":%lu,\"values\":%lu,\"bytes\":%lu}", (unsigned long)s.seq,
		 (unsigned long)s.documents, (unsigned long)s.keys, (unsigned long)s.values, (unsigned long)s.bytes);
}

static void answer_ids(struct ask *a, struct buf *out)
{
	struct set s = set_read(a);
	struct bitmap *ids = s.map ? bitmap_copy(s.map) : bitmap_new();
	size_t n;

	if (!s.map)
		bitmap_add_many(ids, s.list, s.n);
	n = bitmap_size(ids);
	buf_need(out, n);
	bitmap_write(ids, out->p + out->n);
	out->n += n;
	bitmap_free(ids);
	set_free(&s);
}

int index_answer(struct ctx *cx, const struct index *ix, struct str request, struct buf *answer)
{
	struct ask a = { cx, ix, { request.p, request.p + request.n, false } };
	int rc = 0;

	switch (read_u8(&a.r)) {
	case 'P':
		page_answer(&a, answer);
		break;
	case 'F':
		rc = facets_answer(&a, answer);
		break;
	case 'I':
		answer_ids(&a, answer);
		break;
	case 'S':
		answer_stats(ix, answer);
		break;
	default:
		a.r.bad = true;
	}
	if (a.r.bad || (rc == 0 && a.r.p != a.r.end))
		return fail(cx, ERR_INPUT, "the request to the index is malformed at byte %zu of %zu",
			    (size_t)(a.r.p - request.p), request.n);
	return rc;
}
