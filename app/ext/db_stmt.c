/* Prepared statements: binding what goes in, fetching what comes out, and many rows at once. */
#include "ext/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "ext/db_private.h"

/* One array execution carries at most so much. */
enum { CHUNK_ROWS = 1000, CHUNK_BYTES = 4 * 1024 * 1024 };

static const char yes = 1, no = 0;

static enum enum_field_types wire_type(enum db_type t)
{
	switch (t) {
	case DB_TEXT:
		return MYSQL_TYPE_STRING;
	case DB_BLOB:
		return MYSQL_TYPE_BLOB;
	case DB_BOOL:
		return MYSQL_TYPE_TINY;
	case DB_F64:
		return MYSQL_TYPE_DOUBLE;
	case DB_I64:
	case DB_U64:
		return MYSQL_TYPE_LONGLONG;
	}
	abort();
}

static bool is_bytes(enum db_type t)
{
	return t == DB_TEXT || t == DB_BLOB;
}

/* What the struct of inputs holds for one field. Text without a pointer is NULL, as is a number without has_x. */
struct input {
	struct str bytes;
	union db_cell cell;
	bool null;
};

static struct input input_of(const struct db_field *f, const void *row)
{
	const char *base = row, *at = base + f->at;
	struct input in = { .bytes = { "", 0 } };

	switch (f->type) {
	case DB_TEXT:
		in.bytes = str_of(*(const char *const *)(const void *)at);
		break;
	case DB_BLOB:
		in.bytes = *(const struct str *)(const void *)at;
		if (!in.bytes.p && f->has_at == DB_NOT_NULL)
			in.bytes = STR("");
		break;
	case DB_BOOL:
		in.cell.b = *(const bool *)(const void *)at;
		break;
	case DB_I64:
	case DB_U64:
	case DB_F64:
		memcpy(&in.cell, at, sizeof(in.cell));
		break;
	}
	if (is_bytes(f->type))
		in.null = in.bytes.p == NULL;
	else if (f->has_at < DB_NULL_OK)
		in.null = !*(const bool *)(const void *)(base + f->has_at);
	return in;
}

static void bind_output(struct db_stmt *s)
{
	const struct db_query *q = s->q;

	for (unsigned i = 0; i < q->n_out; i++) {
		MYSQL_BIND *b = &s->out[i];

		b->buffer_type = wire_type(q->out[i].type);
		b->is_unsigned = q->out[i].type == DB_U64;
		b->length = &s->len[i];
		b->is_null = &s->null[i];
		/* Text: no buffer, so that the fetch only tells the length; its bytes then go straight to the arena. */
		if (!is_bytes(q->out[i].type)) {
			b->buffer = &s->cells[i];
			b->buffer_length = sizeof(s->cells[i]);
		}
	}
}

static struct db_stmt *prepare(struct ctx *cx, struct conn *c, const struct db_query *q)
{
	struct db_stmt *s = arena_new(&c->mem, struct db_stmt);
	unsigned n_cells = q->n_in > q->n_out ? q->n_in : q->n_out;

	*s = (struct db_stmt){ .q = q, .conn = c, .st = mysql_stmt_init(&c->my) };
	if (!s->st)
		abort();
	if (mysql_stmt_prepare(s->st, q->sql, strlen(q->sql))) {
		unsigned code = mysql_stmt_errno(s->st);
		const char *text = arena_strdup(cx->mem, mysql_stmt_error(s->st));

		mysql_stmt_close(s->st);
		db_failed(cx, q->name, code, text);
		return NULL;
	}
	if (mysql_stmt_param_count(s->st) != q->n_in || mysql_stmt_field_count(s->st) != q->n_out) {
		fail(cx, ERR_INTERNAL, "%s: its in and out lines do not fit (%lu inputs, %u columns)", q->name,
		     mysql_stmt_param_count(s->st), mysql_stmt_field_count(s->st));
		mysql_stmt_close(s->st);
		return NULL;
	}
	s->in = arena_array(&c->mem, MYSQL_BIND, q->n_in + 1);
	s->out = arena_array(&c->mem, MYSQL_BIND, q->n_out + 1);
	s->cells = arena_array(&c->mem, union db_cell, n_cells + 1);
	s->len = arena_array(&c->mem, unsigned long, n_cells + 1);
	s->null = arena_array(&c->mem, my_bool, n_cells + 1);
	bind_output(s);
	return s;
}

static struct db_stmt *statement(struct ctx *cx, struct conn *c, const struct db_query *q)
{
	struct db_stmt **bucket = &c->bucket[hash64(&q, sizeof(q)) % STMT_BUCKETS];

	for (struct db_stmt *s = *bucket; s; s = s->next)
		if (s->q == q && !s->busy)
			return s;
	struct db_stmt *s = prepare(cx, c, q);

	if (s) {
		s->next = *bucket;
		*bucket = s;
	}
	return s;
}

static int stmt_failed(struct ctx *cx, struct db_stmt *s)
{
	return db_failed(cx, s->q->name, mysql_stmt_errno(s->st), mysql_stmt_error(s->st));
}

static int null_input(struct ctx *cx, const struct db_query *q, unsigned field)
{
	return fail(cx, ERR_INTERNAL, "%s: input %u must not be NULL", q->name, field + 1);
}

static int too_large(struct ctx *cx, const struct conn *c, const struct db_query *q, size_t n)
{
	return fail(cx, ERR_TOOLARGE, "%s: %zu bytes are more than the database takes (max_allowed_packet = %zu)", q->name, n,
		    c->packet);
}

static int bind_input(struct ctx *cx, struct db_stmt *s, const void *row)
{
	const struct db_query *q = s->q;
	size_t total = 64 * (size_t)q->n_in;

	for (unsigned i = 0; i < q->n_in; i++) {
		const struct db_field *f = &q->in[i];
		struct input in = input_of(f, row);
		MYSQL_BIND *b = &s->in[i];

		if (in.null && f->has_at == DB_NOT_NULL)
			return null_input(cx, q, i);
		*b = (MYSQL_BIND){ .buffer_type = wire_type(f->type), .is_unsigned = f->type == DB_U64 };
		s->null[i] = in.null ? yes : no;
		s->cells[i] = in.cell;
		s->len[i] = in.bytes.n;
		b->is_null = &s->null[i];
		b->length = &s->len[i];
		b->buffer = is_bytes(f->type) ? (void *)(uintptr_t)in.bytes.p : &s->cells[i];
		b->buffer_length = is_bytes(f->type) ? in.bytes.n : sizeof(s->cells[i]);
		total += in.bytes.n;
	}
	if (total > s->conn->packet)
		return too_large(cx, s->conn, q, total);
	return q->n_in && mysql_stmt_bind_param(s->st, s->in) ? stmt_failed(cx, s) : 0;
}

int db_open(struct ctx *cx, const struct db_query *q, const void *in, struct db_rows *rows)
{
	uint64_t start = clock_mono_us();
	struct conn *c = db_conn(cx);
	struct db_stmt *s = c ? statement(cx, c, q) : NULL;
	int rc;

	*rows = (struct db_rows){ .cx = cx, .q = q };
	if (!s)
		return cx->err.code;
	rc = bind_input(cx, s, in);
	if (rc < 0)
		return rc;
	db_count.statements++;
	if (mysql_stmt_execute(s->st))
		return stmt_failed(cx, s);
	if (q->n_out) {
		if (mysql_stmt_bind_result(s->st, s->out) || mysql_stmt_store_result(s->st))
			return stmt_failed(cx, s);
		s->busy = true;
		c->busy++;
		rows->stmt = s;
	} else {
		cx->db->affected = mysql_stmt_affected_rows(s->st);
	}
	db_note_time(cx, q->name, start);
	return 0;
}

static int take_bytes(struct db_rows *rows, unsigned i, struct str *out)
{
	struct db_stmt *s = rows->stmt;
	size_t n = s->len[i];
	char *bytes = arena_raw(rows->cx->mem, n + 1);
	MYSQL_BIND one = { .buffer_type = s->out[i].buffer_type, .buffer = bytes, .buffer_length = n };

	if (n && mysql_stmt_fetch_column(s->st, &one, i, 0))
		return stmt_failed(rows->cx, s);
	bytes[n] = '\0';
	*out = (struct str){ bytes, n };
	return 0;
}

static int take_field(struct db_rows *rows, unsigned i, char *out)
{
	struct db_stmt *s = rows->stmt;
	const struct db_field *f = &rows->q->out[i];
	void *at = out + f->at;
	struct str bytes;
	int rc;

	if (f->has_at < DB_NULL_OK)
		*(bool *)(void *)(out + f->has_at) = !s->null[i];
	if (s->null[i])
		return f->has_at == DB_NOT_NULL ? fail(rows->cx, ERR_INTERNAL, "%s: column %u is NULL", rows->q->name, i + 1)
						: 0;
	switch (f->type) {
	case DB_TEXT:
	case DB_BLOB:
		rc = take_bytes(rows, i, &bytes);
		if (rc < 0)
			return rc;
		if (f->type == DB_TEXT)
			*(const char **)at = bytes.p;
		else
			*(struct str *)at = bytes;
		break;
	case DB_BOOL:
		*(bool *)at = s->cells[i].b != 0;
		break;
	case DB_I64:
	case DB_U64:
	case DB_F64:
		memcpy(at, &s->cells[i], sizeof(s->cells[i]));
		break;
	}
	return 0;
}

int db_next(struct db_rows *rows, void *out)
{
	struct db_stmt *s = rows->stmt;
	int rc;

	if (!s)
		return 0;
	rc = mysql_stmt_fetch(s->st);
	if (rc == MYSQL_NO_DATA)
		return 0;
	if (rc != 0 && rc != MYSQL_DATA_TRUNCATED)
		return stmt_failed(rows->cx, s);
	memset(out, 0, rows->q->out_size);
	for (unsigned i = 0; i < rows->q->n_out; i++) {
		rc = take_field(rows, i, out);
		if (rc < 0)
			return rc;
	}
	return 1;
}

void db_rows_close(struct db_rows *rows)
{
	struct db_stmt *s = rows->stmt;

	if (!s)
		return;
	rows->stmt = NULL;
	mysql_stmt_free_result(s->st);
	s->busy = false;
	s->conn->busy--;
	if (s->conn->lost)
		db_conn_close(s->conn);
}

int db_one(struct ctx *cx, const struct db_query *q, const void *in, void *out)
{
	DB_ROWS rows = { 0 };
	int rc = db_open(cx, q, in, &rows);

	return rc < 0 ? rc : db_next(&rows, out);
}

int db_exec(struct ctx *cx, const struct db_query *q, const void *in)
{
	DB_ROWS rows = { 0 };

	return db_open(cx, q, in, &rows);
}

/* A part of the rows of db_exec_many(), as columns. */
struct chunk {
	const char *rows;
	size_t n;
	struct arena mem;
};

/* As many of the n rows as one packet may carry; 0 when the first alone is too large. */
static size_t chunk_rows(const struct conn *c, const struct db_query *q, const char *rows, size_t n, size_t *bytes)
{
	size_t limit = c->packet < CHUNK_BYTES ? c->packet : CHUNK_BYTES, taken = 0;

	*bytes = 0;
	while (taken < n && taken < CHUNK_ROWS) {
		size_t row = 16 * (size_t)q->n_in;

		for (unsigned i = 0; i < q->n_in; i++)
			row += input_of(&q->in[i], rows + taken * q->in_size).bytes.n;
		if (taken == 0 ? row + 1024 > c->packet : *bytes + row + 1024 > limit) {
			*bytes += taken == 0 ? row : 0;
			break;
		}
		*bytes += row;
		taken++;
	}
	return taken;
}

static int bind_column(struct ctx *cx, struct db_stmt *s, struct chunk *k, unsigned i)
{
	const struct db_query *q = s->q;
	const struct db_field *f = &q->in[i];
	bool bytes = is_bytes(f->type);
	size_t width = bytes ? sizeof(void *) : f->type == DB_BOOL ? 1 : sizeof(union db_cell);
	char *values = arena_calloc(&k->mem, k->n, width), *nulls = arena_calloc(&k->mem, k->n, 1);
	unsigned long *lens = bytes ? arena_array(&k->mem, unsigned long, k->n) : NULL;

	for (size_t r = 0; r < k->n; r++) {
		struct input in = input_of(f, k->rows + r * q->in_size);

		if (in.null && f->has_at == DB_NOT_NULL)
			return null_input(cx, q, i);
		nulls[r] = in.null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
		memcpy(values + r * width, bytes ? (const void *)&in.bytes.p : (const void *)&in.cell, width);
		if (lens)
			lens[r] = in.bytes.n;
	}
	s->in[i] = (MYSQL_BIND){
		.buffer_type = wire_type(f->type),
		.is_unsigned = f->type == DB_U64,
		.buffer = values,
		.length = lens,
		.u.indicator = nulls,
	};
	return 0;
}

static int exec_chunk(struct ctx *cx, struct db_stmt *s, struct chunk *k)
{
	unsigned n = (unsigned)k->n, none = 0;

	for (unsigned i = 0; i < s->q->n_in; i++) {
		int rc = bind_column(cx, s, k, i);

		if (rc < 0)
			return rc;
	}
	mysql_stmt_attr_set(s->st, STMT_ATTR_ARRAY_SIZE, &n);
	db_count.statements++;
	bool failed = mysql_stmt_bind_param(s->st, s->in) || mysql_stmt_execute(s->st);

	mysql_stmt_attr_set(s->st, STMT_ATTR_ARRAY_SIZE, &none);
	if (failed)
		return stmt_failed(cx, s);
	cx->db->affected += mysql_stmt_affected_rows(s->st);
	return 0;
}

struct many {
	const struct db_query *q;
	const char *rows;
	size_t n;
	uint64_t affected;
};

static int exec_chunks(struct ctx *cx, void *arg)
{
	struct many *m = arg;
	struct conn *c = db_conn(cx);
	struct db_stmt *s = c ? statement(cx, c, m->q) : NULL;
	size_t bytes;

	if (!s)
		return cx->err.code;
	m->affected = cx->db->affected = 0;
	for (size_t done = 0; done < m->n;) {
		const char *rows = m->rows + done * m->q->in_size;
		struct chunk k = { .rows = rows, .n = chunk_rows(c, m->q, rows, m->n - done, &bytes) };
		int rc = k.n ? exec_chunk(cx, s, &k) : too_large(cx, c, m->q, bytes);

		arena_release(&k.mem);
		if (rc < 0)
			return rc;
		done += k.n;
	}
	m->affected = cx->db->affected;
	return 0;
}

int db_exec_many(struct ctx *cx, const struct db_query *q, const void *in, size_t n)
{
	struct many m = { .q = q, .rows = in, .n = n };
	uint64_t start = clock_mono_us();
	int rc;

	if (n == 1)
		return db_exec(cx, q, in);
	if (n == 0 || q->n_in == 0 || q->n_out) {
		if (cx->db)
			cx->db->affected = 0;
		return n == 0 ? 0 : fail(cx, ERR_INTERNAL, "%s: cannot be executed for many rows", q->name);
	}
	rc = db_transaction(cx, exec_chunks, &m);
	cx->db->affected = rc < 0 ? 0 : m.affected;
	db_note_time(cx, q->name, start);
	return rc;
}
