/* MariaDB through typed, named, server-side prepared statements made by sql/gen.awk. */
#ifndef EXT_DB_H
#define EXT_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"

/* text: NUL-terminated UTF-8 (const char *); blob: struct str, any bytes; numbers are 64 bits. */
enum db_type { DB_TEXT, DB_BLOB, DB_I64, DB_U64, DB_BOOL, DB_F64 };
#define DB_NOT_NULL ((size_t)-1) /* a NULL here is a bug */
#define DB_NULL_OK ((size_t)-2)  /* NULL text is a NULL pointer, NULL blob has p == NULL */

/* One column: its type, where it lives in the row, where its "has_x" lives (numbers that may be NULL). */
struct db_field {
	enum db_type type;
	size_t at, has_at;
};

struct db_query {
	const char *name, *sql;
	const struct db_field *in;
	unsigned n_in;
	const struct db_field *out;
	unsigned n_out;
	size_t in_size, out_size;
};

struct db_rows {
	struct ctx *cx;
	const struct db_query *q;
	void *stmt;
};

/*
 * A connection that opens when it is first used and again after it was lost. conf is `backend.database.connection`:
 * socketPath or host+port, user, password, database, ssl{ca}. Never fails; the first statement does.
 */
struct db *db_new(const struct json *conf);
/* The same without a database chosen: a statement reaches only what it names with its database. */
struct db *db_new_bare(const struct json *conf);
void db_free(struct db *db);
/* The name of its database. */
const char *db_name(const struct db *db);

/*
 * All return 0 (or as stated) or a worded error: ERR_UNAVAILABLE when MariaDB is away or was lost (the next call
 * connects again), ERR_DEADLOCK for a deadlock, lock timeout or certification failure, ERR_CONFLICT for a duplicate
 * key, else ERR_INTERNAL. Texts and blobs of rows live in cx->mem.
 */
int db_exec(struct ctx *cx, const struct db_query *q, const void *in);
/* The same statement for n inputs (contiguous structs) in one round trip: array binding. n may be 0. */
int db_exec_many(struct ctx *cx, const struct db_query *q, const void *in, size_t n);
/* 1 and *out filled, or 0 when there is no row. */
int db_one(struct ctx *cx, const struct db_query *q, const void *in, void *out);
int db_open(struct ctx *cx, const struct db_query *q, const void *in, struct db_rows *rows);
/* 1 row, 0 end. */
int db_next(struct db_rows *rows, void *out);
void db_rows_close(struct db_rows *rows);
#define DB_ROWS __attribute__((cleanup(db_rows_close))) struct db_rows
/*
 * A statement that is known only when it runs, for text that somebody else wrote and that was checked (plugins/plugin_sql.h):
 * prepared, with one parameter a "?", and forgotten. params: a list of texts, numbers, booleans and nulls; NULL: none. Numbers
 * of any kind come as numbers, times as text, bytes as base64. ERR_INPUT for what does not fit, ERR_TOOLARGE beyond
 * DB_TEXT_ROWS or DB_TEXT_BYTES.
 */
enum { DB_TEXT_ROWS = 10000, DB_TEXT_BYTES = 4 << 20 };
struct db_text {
	struct json *rows; /* a list of objects by column; NULL: the statement gives none */
	uint64_t affected, id;
};
int db_text(struct ctx *cx, const char *sql, const struct json *params, struct db_text *out);

/* Rows changed by the last db_exec or db_exec_many. */
uint64_t db_affected(const struct ctx *cx);

/*
 * Runs fn in a transaction: commits when it returns 0 or more, rolls back when it returns an error, and runs it
 * again (up to 8 times, with a growing random pause) on ERR_DEADLOCK. fn must therefore have no effect outside the
 * database. A lost connection at commit is ERR_UNAVAILABLE: it is then not known whether it happened.
 * Nested calls join the outer transaction. Returns what fn returned.
 */
int db_transaction(struct ctx *cx, int (*fn)(struct ctx *cx, void *arg), void *arg);

/*
 * Calls fn once when the transaction that is open has been committed (at once when there is none); never when it is
 * rolled back. At most 8 different functions a transaction.
 */
void db_after_commit(struct ctx *cx, void (*fn)(void));

/*
 * Calls fn as the last part of the transaction that is open, before its commit; an error it returns rolls back. True when it
 * was not asked for yet in this run of the transaction. Only within one; at most 8 different functions.
 */
bool db_before_commit(struct ctx *cx, int (*fn)(struct ctx *cx));

/* True when a trivial statement is answered. */
bool db_ping(struct ctx *cx);
/* Statements and errors since the process began, for /metrics. */
struct db_counters {
	uint64_t statements, errors, reconnects, deadlocks;
};
struct db_counters db_counters(void);

/*
 * Applies the files NNNN-name.sql below dir that are not yet in table `migration`, each once, in order, however many
 * processes do so together (a row in table migration_lock is held with FOR UPDATE). Creates the database when it is
 * missing. Statements in a file end with ";" at a line's end. *applied: how many were. Each must be safe to repeat
 * after a crash in its middle (CREATE TABLE IF NOT EXISTS, …): DDL is not transactional.
 */
int db_migrate(struct ctx *cx, const char *dir, unsigned *applied);

#endif
