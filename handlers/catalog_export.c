/* The list that an index shows, whole, as CSV or JSON: sent piece by piece as it is read. */
#include "base/list.h"
#include "base/log.h"
#include "handlers/browse.h"
#include "handlers/csv.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/stars.h"
#include "server/scoreboard.h"
#include "web/stream.h"

enum { PIECE = 200 };

static const char *const known[] = { "name",      "title", "kind",   "namespace",   "ref",  "type",
				     "lifecycle", "owner", "system", "description", "tags", "source" };
static const char *const usual[] = { "name", "type", "owner", "description" };

struct export
{
	struct query q;
	struct query_edge edge;
	struct buf edge_value; /* outlives the piece that it ends */
	struct text_list columns;
	bool csv, any, end;
};

/* ---- cells ---- */

static const char *joined(struct arena *mem, const struct json *list)
{
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < json_len(list); i++)
		buf_addf(&b, "%s%s", b.n ? ", " : "", json_text(list->a.items[i], ""));
	return buf_text(&b);
}

static const char *cell(struct arena *mem, const struct json *row, const char *column)
{
	if (streq(column, "owner"))
		return joined(mem, json_get(row, "owners"));
	if (streq(column, "tags"))
		return joined(mem, json_get(row, "tags"));
	if (streq(column, "namespace"))
		return json_get_text(row, "ns", "");
	return json_get_text(row, column, "");
}

static void add_json(const struct export *x, const struct json *row, const char *const *cells, struct buf *out)
{
	buf_adds(out, x->any ? ",\n{" : "{");
	for (size_t i = 0; i < x->columns.n; i++) {
		if (i)
			buf_addc(out, ',');
		json_write_text(out, str_of(x->columns.items[i]));
		buf_addc(out, ':');
		if (streq(x->columns.items[i], "tags"))
			json_write(out, json_get(row, "tags"));
		else
			json_write_text(out, str_of(cells[i]));
	}
	buf_adds(out, "}");
}

static void add_row(struct arena *mem, struct export *x, const struct json *row, struct buf *out)
{
	const char *cells[LEN(known)];

	for (size_t i = 0; i < x->columns.n; i++)
		cells[i] = cell(mem, row, x->columns.items[i]);
	if (x->csv)
		csv_row(out, cells, x->columns.n);
	else
		add_json(x, row, cells, out);
	x->any = true;
}

/* ---- pieces ---- */

static int add_piece(struct ctx *cx, struct export *x, struct buf *out)
{
	struct json *rows = NULL;
	struct query_page page;
	int rc = entity_rows(cx, &x->q, &page, &rows);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < rows->a.n; i++)
		add_row(cx->mem, x, rows->a.items[i], out);
	x->end = !page.after || !page.n;
	x->edge = page.last;
	buf_clear(&x->edge_value);
	if (x->edge.value) {
		buf_adds(&x->edge_value, x->edge.value);
		x->edge.value = buf_text(&x->edge_value);
	}
	x->q.edge = &x->edge;
	if (x->end && !x->csv)
		buf_adds(out, "]\n");
	return 0;
}

/* Each piece has memory of its own and as much time as a request. */
static int send_pieces(struct ctx *cx, struct stream *to, void *arg)
{
	struct export *x = arg;
	struct arena *outer = cx->mem;
	ARENA mem = { 0 };
	int rc = 0;

	cx->mem = &mem;
	while (rc == 0 && !x->end) {
		struct buf out = { .mem = &mem };

		slot_renew();
		rc = add_piece(cx, x, &out);
		if (rc < 0)
			log_error("an export breaks off", "error", cx->err.text, NULL);
		else
			rc = stream_write(cx, to, buf_str(&out));
		arena_reset(&mem);
	}
	cx->mem = outer;
	return rc;
}

/* The first piece is made before the answer begins, so that what goes wrong with the question is an error page. */
struct begun {
	struct export x;
	struct buf first;
};

static int send_all(struct ctx *cx, struct stream *to, void *arg)
{
	struct begun *b = arg;
	int rc = stream_write(cx, to, buf_str(&b->first));

	return rc < 0 ? rc : send_pieces(cx, to, &b->x);
}

/* columns=name,owner or columns=name&columns=owner */
static int read_columns(struct req *rq, struct export *x)
{
	for (size_t i = 0; i < rq->query.n; i++) {
		struct str rest = str_of(rq->query.items[i].value);

		if (!streq(rq->query.items[i].name, "columns"))
			continue;
		while (rest.p && rest.n) {
			struct str part = str_cut(&rest, ',');
			size_t k = 0;

			while (k < LEN(known) && !str_is(part, known[k]))
				k++;
			if (k == LEN(known))
				return fail(rq->cx, ERR_INPUT, "There is no column '%.*s'", (int)(part.n < 100 ? part.n : 100),
					    part.p);
			if (x->columns.n < LEN(known))
				*list_add(rq->cx->mem, &x->columns) = known[k];
		}
	}
	for (size_t i = 0, none = !x->columns.n; none && i < LEN(usual); i++)
		*list_add(rq->cx->mem, &x->columns) = usual[i];
	return 0;
}

static void begin(struct begun *b)
{
	if (b->x.csv)
		csv_row(&b->first, b->x.columns.items, b->x.columns.n);
	else
		buf_adds(&b->first, "[");
}

static int export_list(struct req *rq, struct resp *rs, bool csv)
{
	struct begun *b = arena_new(rq->cx->mem, struct begun);
	struct browse s = { .path = "/catalog", .kind = "" };
	struct text_list stars;
	int rc = browse_read(rq, &s);

	*b = (struct begun){ .x = { .csv = csv, .edge_value.mem = rq->cx->mem }, .first.mem = rq->cx->mem };
	if (rc == 0)
		rc = read_columns(rq, &b->x);
	if (rc == 0)
		rc = stars_of(rq->cx, &stars);
	if (rc < 0)
		return rc;
	if (!*s.kind)
		s.kind = "component";
	browse_to_query(rq->cx, &s, BROWSE_LISTS, &stars, &b->x.q);
	b->x.q.offset = 0;
	b->x.q.limit = PIECE;
	b->x.q.passing = true;
	begin(b);
	rc = add_piece(rq->cx, &b->x, &b->first);
	if (rc < 0)
		return rc;
	resp_text(rs, 200, csv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8", STR(""));
	resp_header(rs, "Content-Disposition",
		    arena_printf(rq->cx->mem, "attachment; filename=\"catalog.%s\"", csv ? "csv" : "json"));
	resp_header(rs, "X-Accel-Buffering", "yes");
	rs->stream = send_all;
	rs->stream_arg = b;
	return 0;
}

struct json *export_columns(struct arena *mem)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < LEN(known); i++) {
		struct json *c = json_object(mem);
		bool is_usual = false;

		for (size_t k = 0; k < LEN(usual); k++)
			is_usual = is_usual || streq(usual[k], known[i]);
		json_set(mem, c, "name", json_str(mem, known[i]));
		json_set(mem, c, "usual", json_bool(mem, is_usual));
		json_push(mem, list, c);
	}
	return list;
}

int catalog_export_csv(struct req *rq, struct resp *rs)
{
	return export_list(rq, rs, true);
}

int catalog_export_json(struct req *rq, struct resp *rs)
{
	return export_list(rq, rs, false);
}
