/* Statements that are known only when they run: parameters and rows as JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ext/crypto.h"
#include "ext/db_private.h"

enum { PARAMS_MAX = 1000, COLUMNS_MAX = 500, BINARY_CHARSET = 63 };

/* One that is executed once. */
struct once {
	struct ctx *cx;
	struct conn *conn;
	MYSQL_STMT *st;
	MYSQL_RES *meta;
	unsigned n;          /* columns */
	MYSQL_FIELD *fields; /* of meta */
	MYSQL_BIND *out;
	double *numbers;
	unsigned long *len;
	my_bool *null;
	size_t bytes;
};

static void once_close(struct once *o)
{
	if (o->meta)
		mysql_free_result(o->meta);
	if (o->st)
		mysql_stmt_close(o->st);
}
#define ONCE __attribute__((cleanup(once_close))) struct once

static int failed(struct once *o)
{
	unsigned code = mysql_stmt_errno(o->st);
	const char *text = mysql_stmt_error(o->st);

	/* What ends a statement while its rows come is told at the connection. */
	if (!code) {
		code = mysql_errno(&o->conn->my);
		text = mysql_error(&o->conn->my);
	}
	return db_failed(o->cx, "sql", code, text);
}

/* ---- parameters ---- */

static int bind_param(struct ctx *cx, const struct json *v, size_t i, MYSQL_BIND *b)
{
	static const double exact = 9007199254740992; /* 2^53: up to here a double holds every whole number */
	int64_t *whole;

	switch (v ? v->type : JSON_NULL) {
	case JSON_NULL:
		*b = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_NULL };
		return 0;
	case JSON_STRING:
		*b = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING,
				   .buffer = (void *)(uintptr_t)(v->s.p ? v->s.p : ""),
				   .buffer_length = v->s.n,
				   .length_value = v->s.n };
		b->length = &b->length_value;
		return 0;
	case JSON_BOOL:
	case JSON_NUMBER:
		if (v->type == JSON_NUMBER && !(v->num >= -exact && v->num <= exact && v->num == (double)(int64_t)v->num)) {
			*b = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_DOUBLE, .buffer = arena_alloc(cx->mem, sizeof(double)) };
			memcpy(b->buffer, &v->num, sizeof(double));
			return 0;
		}
		whole = arena_new(cx->mem, int64_t);
		*whole = v->type == JSON_BOOL ? v->b : (int64_t)v->num;
		*b = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = whole };
		return 0;
	default:
		return fail(cx, ERR_INPUT, "parameter %zu must be a text, a number, a boolean or null, not %s", i + 1,
			    json_type_name(v));
	}
}

static int bind_params(struct once *o, const struct json *params)
{
	size_t n = json_len(params), wanted = mysql_stmt_param_count(o->st);

	if (n != wanted)
		return fail(o->cx, ERR_INPUT, "the statement has %zu ? and there are %zu parameters", wanted, n);
	if (n > PARAMS_MAX)
		return fail(o->cx, ERR_INPUT, "a statement may have %d parameters", PARAMS_MAX);
	MYSQL_BIND *in = arena_array(o->cx->mem, MYSQL_BIND, n + 1);

	for (size_t i = 0; i < n; i++) {
		int rc = bind_param(o->cx, params->a.items[i], i, &in[i]);

		if (rc < 0)
			return rc;
	}
	return n && mysql_stmt_bind_param(o->st, in) ? failed(o) : 0;
}

/* ---- rows ---- */

static bool is_number(const MYSQL_FIELD *f)
{
	switch (f->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR:
	case MYSQL_TYPE_FLOAT:
	case MYSQL_TYPE_DOUBLE:
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL:
		return true;
	default:
		return false;
	}
}

/* Bytes that are no text: BLOB, BINARY, BIT. Times come with this character set as well. */
static bool is_bytes(const MYSQL_FIELD *f)
{
	switch (f->type) {
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_TIME:
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
	case MYSQL_TYPE_NEWDATE:
	case MYSQL_TYPE_NULL:
		return false;
	default:
		return f->charsetnr == BINARY_CHARSET;
	}
}

static int bind_columns(struct once *o)
{
	struct arena *mem = o->cx->mem;

	o->n = mysql_num_fields(o->meta);
	o->fields = mysql_fetch_fields(o->meta);
	if (o->n > COLUMNS_MAX)
		return fail(o->cx, ERR_INPUT, "a statement may give %d columns", COLUMNS_MAX);
	o->out = arena_array(mem, MYSQL_BIND, o->n);
	o->numbers = arena_array(mem, double, o->n);
	o->len = arena_array(mem, unsigned long, o->n);
	o->null = arena_array(mem, my_bool, o->n);
	for (unsigned i = 0; i < o->n; i++) {
		MYSQL_BIND *b = &o->out[i];

		*b = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING, .length = &o->len[i], .is_null = &o->null[i] };
		/* Text: no buffer, so that the fetch only tells the length. */
		if (is_number(&o->fields[i])) {
			b->buffer_type = MYSQL_TYPE_DOUBLE;
			b->buffer = &o->numbers[i];
			b->buffer_length = sizeof(double);
		}
	}
	return mysql_stmt_bind_result(o->st, o->out) ? failed(o) : 0;
}

static int take_value(struct once *o, unsigned i, struct json **out)
{
	struct arena *mem = o->cx->mem;
	size_t n = o->len[i];

	o->bytes += 16;
	if (o->null[i] || is_number(&o->fields[i])) {
		*out = o->null[i] ? json_null(mem) : json_num(mem, o->numbers[i]);
		return 0;
	}
	o->bytes += n;
	if (o->bytes > DB_TEXT_BYTES)
		return fail(o->cx, ERR_TOOLARGE, "the statement gives more than %d MiB", DB_TEXT_BYTES >> 20);
	char *bytes = arena_raw(mem, n + 1);
	MYSQL_BIND one = { .buffer_type = MYSQL_TYPE_STRING, .buffer = bytes, .buffer_length = n };

	if (n && mysql_stmt_fetch_column(o->st, &one, i, 0))
		return failed(o);
	bytes[n] = '\0';
	if (is_bytes(&o->fields[i]))
		*out = json_str(mem, crypto_base64(mem, (struct str){ bytes, n }));
	else
		*out = json_str_ref(mem, (struct str){ bytes, n });
	return 0;
}

static int take_row(struct once *o, struct json *rows)
{
	struct json *row = json_object(o->cx->mem);

	for (unsigned i = 0; i < o->n; i++) {
		struct json *v = NULL;
		int rc = take_value(o, i, &v);

		if (rc < 0)
			return rc;
		/* A name that stands twice keeps its last value. */
		json_set(o->cx->mem, row, o->fields[i].name, v);
	}
	json_push(o->cx->mem, rows, row);
	return 0;
}

/* What goes beyond the limits is left where it is: nothing is stored here. */
static int take_rows(struct once *o, struct json **out)
{
	int rc = bind_columns(o), got = 0;

	*out = json_array(o->cx->mem);
	while (rc == 0 && ((got = mysql_stmt_fetch(o->st)) == 0 || got == MYSQL_DATA_TRUNCATED)) {
		if ((*out)->a.n == DB_TEXT_ROWS)
			return fail(o->cx, ERR_TOOLARGE, "the statement gives more than %d rows: use LIMIT", DB_TEXT_ROWS);
		rc = take_row(o, *out);
	}
	return rc == 0 && got != MYSQL_NO_DATA ? failed(o) : rc;
}

int db_text(struct ctx *cx, const char *sql, const struct json *params, struct db_text *out)
{
	uint64_t start = clock_mono_us();
	struct conn *c = db_conn(cx);
	ONCE o = { .cx = cx, .conn = c, .st = c ? mysql_stmt_init(&c->my) : NULL };
	int rc;

	*out = (struct db_text){ 0 };
	if (!c)
		return cx->err.code;
	if (!o.st)
		abort();
	db_count.statements++;
	if (mysql_stmt_prepare(o.st, sql, strlen(sql)))
		return failed(&o);
	rc = bind_params(&o, params);
	if (rc < 0)
		return rc;
	if (mysql_stmt_execute(o.st))
		return failed(&o);
	o.meta = mysql_stmt_result_metadata(o.st);
	if (o.meta) {
		rc = take_rows(&o, &out->rows);
	} else {
		out->affected = mysql_stmt_affected_rows(o.st);
		out->id = mysql_stmt_insert_id(o.st);
	}
	db_note_time(cx, "sql", start);
	return rc;
}
