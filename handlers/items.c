/* Sending the entities of a query as a JSON list: at once when they are few, else piece by piece as they are read. */
#include "handlers/items.h"

#include "base/log.h"
#include "ext/json.h"
#include "server/scoreboard.h"
#include "web/stream.h"

struct sending {
	struct items it;
	struct query q;
	size_t at;        /* the next of it.page.hits */
	struct buf first; /* the piece that was made before the answer began */
	struct query_edge edge;
	struct buf value; /* of the edge: outlives the piece that it ends */
	bool any;
};

/* Where the next page goes on; the piece that ends there has its memory taken before. */
static void keep_edge(struct sending *s)
{
	s->edge = s->it.page.last;
	buf_clear(&s->value);
	if (s->edge.value) {
		buf_adds(&s->value, s->edge.value);
		s->edge.value = buf_text(&s->value);
	}
}

/* The hits that stand behind those of the page. */
static int next_page(struct ctx *cx, struct sending *s)
{
	int rc;

	s->q.edge = &s->edge;
	s->q.offset = 0;
	s->q.limit = s->it.behind < ITEMS_PIECE ? (uint32_t)s->it.behind : ITEMS_PIECE;
	s->at = 0;
	rc = query_page(cx, &s->q, &s->it.page);
	s->it.behind = s->it.page.after && s->it.page.n ? s->it.behind - s->it.page.n : 0;
	keep_edge(s);
	return rc;
}

static int add_item(struct ctx *cx, struct sending *s, struct str body, struct buf *out)
{
	struct json *entity;
	int rc = 0;

	if (s->any)
		buf_addc(out, ',');
	s->any = true;
	if (!s->it.fields->n) {
		buf_add(out, body.p, body.n);
		return 0;
	}
	rc = json_parse(cx, body, &entity);
	if (rc == 0)
		json_write(out, fields_of(cx->mem, s->it.fields, entity));
	return rc;
}

static bool done(const struct sending *s)
{
	return s->at == s->it.page.n && s->it.behind == 0;
}

static int add_piece(struct ctx *cx, struct sending *s, struct buf *out)
{
	struct entities found = { 0 };
	int rc = 0;

	if (s->at == s->it.page.n && s->it.behind)
		rc = next_page(cx, s);
	size_t left = s->it.page.n - s->at, n = left < ITEMS_PIECE ? left : ITEMS_PIECE;

	if (rc == 0)
		rc = query_bodies(cx, &s->q, s->it.page.hits + s->at, n, &found);
	s->at += n;
	for (size_t i = 0; rc == 0 && i < found.n; i++)
		rc = add_item(cx, s, found.items[i].body, out);
	if (done(s))
		buf_adds(out, s->it.tail);
	return rc;
}

/* Each piece has memory of its own and as much time as a request, so neither grows with the list. */
static int send_pieces(struct ctx *cx, struct stream *to, void *arg)
{
	struct sending *s = arg;
	struct arena *outer = cx->mem;
	ARENA mem = { 0 };
	int rc = stream_write(cx, to, buf_str(&s->first));

	cx->mem = &mem;
	while (rc == 0 && !done(s)) {
		struct buf out = { .mem = &mem };

		slot_renew();
		rc = add_piece(cx, s, &out);
		if (rc < 0)
			log_error("a list breaks off", "error", cx->err.text, NULL);
		else
			rc = stream_write(cx, to, buf_str(&out));
		arena_reset(&mem);
	}
	cx->mem = outer;
	return rc;
}

int items_send(struct req *rq, struct resp *rs, const struct items *it)
{
	struct ctx *cx = rq->cx;
	struct sending *s = arena_new(cx->mem, struct sending);
	int rc;

	*s = (struct sending){ .it = *it, .q = *it->query, .first.mem = cx->mem, .value.mem = cx->mem };
	s->q.passing = it->page.n + it->behind > ITEMS_PIECE;
	keep_edge(s);
	buf_adds(&s->first, it->head);
	rc = add_piece(cx, s, &s->first);
	if (rc < 0)
		return rc;
	if (done(s))
		return resp_json_text(rs, 200, buf_str(&s->first));
	resp_json_text(rs, 200, STR(""));
	/* nginx takes it as fast as we make it, so that a slow reader does not hold a worker */
	resp_header(rs, "X-Accel-Buffering", "yes");
	rs->stream = send_pieces;
	rs->stream_arg = s;
	return 0;
}
