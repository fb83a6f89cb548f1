/* Statements, bulk execution, transactions, lost connections and migrations against a real MariaDB. */
#include "ext/db.h"

#include <malloc.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/log.h"
#include "tests/unit/mariadb.h"
#include "tests/unit/tap.h"

struct row {
	uint64_t id;
	const char *name, *note;
	struct str raw, opt;
	int64_t n;
	bool has_n, ok;
	double f;
};
#define COLUMNS                                                                                                                \
	{ DB_U64, offsetof(struct row, id), DB_NOT_NULL }, { DB_TEXT, offsetof(struct row, name), DB_NOT_NULL },               \
		{ DB_TEXT, offsetof(struct row, note), DB_NULL_OK }, { DB_BLOB, offsetof(struct row, raw), DB_NOT_NULL },      \
		{ DB_BLOB, offsetof(struct row, opt), DB_NULL_OK },                                                            \
		{ DB_I64, offsetof(struct row, n), offsetof(struct row, has_n) },                                              \
		{ DB_BOOL, offsetof(struct row, ok), DB_NOT_NULL },                                                            \
	{                                                                                                                      \
		DB_F64, offsetof(struct row, f), DB_NOT_NULL                                                                   \
	}
static const struct db_field columns[] = { COLUMNS };
static const struct db_query create = {
	.name = "create",
	.sql = "CREATE TABLE thing (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, note TEXT NULL, "
	       "raw LONGBLOB NOT NULL, opt LONGBLOB NULL, n BIGINT NULL, ok TINYINT NOT NULL, f DOUBLE NOT NULL) "
	       "ENGINE=InnoDB CHARSET=utf8mb4",
};
static const struct db_query insert = {
	.name = "insert",
	.sql = "INSERT INTO thing (id, name, note, raw, opt, n, ok, f) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	.in = columns,
	.n_in = 8,
	.in_size = sizeof(struct row),
};
static const struct db_query all = {
	.name = "all",
	.sql = "SELECT id, name, note, raw, opt, n, ok, f FROM thing ORDER BY id",
	.out = columns,
	.n_out = 8,
	.out_size = sizeof(struct row),
};
static const struct db_query get = {
	.name = "get",
	.sql = "SELECT id, name, note, raw, opt, n, ok, f FROM thing WHERE id = ?",
	.in = columns,
	.n_in = 1,
	.in_size = sizeof(struct row),
	.out = columns,
	.n_out = 8,
	.out_size = sizeof(struct row),
};
static const struct db_query bump = {
	.name = "bump",
	.sql = "UPDATE thing SET n = COALESCE(n, 0) + 1 WHERE id = ?",
	.in = columns,
	.n_in = 1,
	.in_size = sizeof(struct row),
};
static const struct db_query wipe = { .name = "wipe", .sql = "DELETE FROM thing" };
static const struct db_query suicide = { .name = "suicide", .sql = "KILL CONNECTION_ID()" };
static const struct db_query wrong = { .name = "wrong", .sql = "SELECT nothing FROM nowhere" };
static const struct db_query session = {
	.name = "session",
	.sql = "SELECT @@sql_mode LIKE '%STRICT_ALL_TABLES%' AND @@tx_isolation = 'READ-COMMITTED' AND "
	       "@@character_set_client = 'utf8mb4' AND @@time_zone = '+00:00'",
	.out = (const struct db_field[]){ { DB_U64, offsetof(struct row, id), DB_NOT_NULL } },
	.n_out = 1,
	.out_size = sizeof(struct row),
};

static uint64_t count(struct ctx *cx)
{
	DB_ROWS rows = { 0 };
	struct row r;
	uint64_t n = 0;

	if (db_open(cx, &all, NULL, &rows) < 0)
		return UINT64_MAX;
	while (db_next(&rows, &r) == 1)
		n++;
	return n;
}

static void test_values(struct ctx *cx)
{
	struct row in = {
		.id = UINT64_MAX, .name = "Zo\xc3\xab \xf0\x9f\x9a\x80", .raw = { "a\0b\xff", 4 }, .ok = true, .f = -0.1
	};
	struct row out;

	OK(db_exec(cx, &create, NULL) == 0);
	OK(db_one(cx, &session, NULL, &out) == 1 && out.id == 1);
	OK(db_one(cx, &get, &in, &out) == 0);
	OK(db_exec(cx, &insert, &in) == 0);
	OK(db_affected(cx) == 1);
	OK(db_one(cx, &get, &in, &out) == 1);
	OK(out.id == UINT64_MAX);
	STR_EQ(out.name, in.name);
	OK(out.note == NULL && out.opt.p == NULL && !out.has_n);
	OK(str_eq(out.raw, in.raw) && out.ok && out.f == in.f);

	struct row full = { .id = 1, .name = "", .note = "", .opt = { "", 0 }, .n = INT64_MIN, .has_n = true };

	OK(db_exec(cx, &insert, &full) == 0);
	OK(db_one(cx, &get, &full, &out) == 1);
	STR_EQ(out.name, "");
	STR_EQ(out.note, "");
	OK(out.raw.n == 0 && out.opt.p && out.opt.n == 0 && out.has_n && out.n == INT64_MIN && !out.ok);
}

static void test_errors(struct ctx *cx)
{
	struct row in = { .id = 1, .name = "x" }, out;

	OK(db_exec(cx, &insert, &in) == ERR_CONFLICT);
	OK(strstr(cx->err.text, "insert: ") == cx->err.text);
	OK(db_exec(cx, &wrong, NULL) == ERR_INTERNAL);
	in = (struct row){ .id = 2 };
	OK(db_exec(cx, &insert, &in) == ERR_INTERNAL);
	in.name = "a name that is longer than the hundred characters which the column has room for, so that strict mode must "
		  "refuse it and not cut it short";
	OK(db_exec(cx, &insert, &in) == ERR_INTERNAL);
	OK(db_one(cx, &get, &in, &out) == 0);
	struct ctx none = { .mem = cx->mem };

	OK(db_exec(&none, &insert, &in) == ERR_UNAVAILABLE);
}

/* The same statement opened inside itself, and 300 different ones. */
static void test_cache(struct ctx *cx)
{
	struct db_query *many = arena_array(cx->mem, struct db_query, 300);
	unsigned inner_rows = 0, bad = 0;
	struct row a, b;
	DB_ROWS outer = { 0 };

	OK(db_open(cx, &all, NULL, &outer) == 0);
	while (db_next(&outer, &a) == 1) {
		DB_ROWS inner = { 0 };

		db_open(cx, &all, NULL, &inner);
		while (db_next(&inner, &b) == 1)
			inner_rows++;
	}
	OK(inner_rows == 4);
	for (unsigned i = 0; i < 600; i++) {
		if (i < 300)
			many[i] = session;
		bad += db_one(cx, &many[i % 300], NULL, &a) != 1;
	}
	OK(bad == 0);
}

static void test_large(struct ctx *cx)
{
	size_t n = 10 * 1024 * 1024;
	char *bytes = arena_raw(cx->mem, n * 2);
	struct row in = { .id = 7, .name = "large", .raw = { bytes, n } }, out;

	for (size_t i = 0; i < n * 2; i++)
		bytes[i] = (char)(i * 31 >> 3);
	OK(db_exec(cx, &insert, &in) == 0);
	OK(db_one(cx, &get, &in, &out) == 1 && str_eq(out.raw, in.raw));
	in.id = 8;
	in.raw.n = n * 2;
	OK(db_exec(cx, &insert, &in) == ERR_TOOLARGE);
	OK(db_one(cx, &get, &in, &out) == 0);
}

static void test_many(struct ctx *cx)
{
	enum { N = 2500 };
	struct row *in = arena_array(cx->mem, struct row, N), out;
	char *text = arena_alloc(cx->mem, 4001);
	unsigned bad = 0;

	memset(text, 'x', 4000);
	db_exec(cx, &wipe, NULL);
	for (unsigned i = 0; i < N; i++)
		in[i] = (struct row){ .id = i,
				      .name = i % 2 ? "odd" : "",
				      .note = i % 3 ? text + i : NULL,
				      .raw = { text, i },
				      .n = -(int64_t)i,
				      .has_n = i % 5 == 0,
				      .ok = i % 7 == 0,
				      .f = i / 4.0 };
	OK(db_exec_many(cx, &insert, in, 0) == 0);
	OK(db_exec_many(cx, &insert, in, 1) == 0);
	OK(db_exec_many(cx, &insert, in + 1, N - 1) == 0);
	OK(db_affected(cx) == N - 1);

	DB_ROWS rows = { 0 };

	OK(db_open(cx, &all, NULL, &rows) == 0);
	for (unsigned i = 0; i < N; i++) {
		bad += db_next(&rows, &out) != 1 || out.id != i || strcmp(out.name, in[i].name) || !out.note != !in[i].note ||
		       (out.note && strcmp(out.note, in[i].note)) || !str_eq(out.raw, in[i].raw) || out.has_n != in[i].has_n ||
		       (out.has_n && out.n != in[i].n) || out.ok != in[i].ok || out.f != in[i].f;
	}
	OK(bad == 0);
	OK(db_next(&rows, &out) == 0);
	db_rows_close(&rows);

	/* All or nothing, and a single row after it still works. */
	db_exec(cx, &wipe, NULL);
	in[N - 1].id = 0;
	OK(db_exec_many(cx, &insert, in, N) == ERR_CONFLICT);
	OK(count(cx) == 0);
	OK(db_exec(cx, &insert, in) == 0 && count(cx) == 1);
	/* Two of 9 MB do not fit in one packet. */
	char *big = arena_alloc(cx->mem, 9 * 1024 * 1024);
	struct row two[] = { { .id = 1, .name = "", .raw = { big, 9 * 1024 * 1024 } },
			     { .id = 2, .name = "", .raw = { big, 9 * 1024 * 1024 } } };

	OK(db_exec_many(cx, &insert, two, 2) == 0 && count(cx) == 3);
}

static int insert_then(struct ctx *cx, void *arg)
{
	struct row in = { .id = 100, .name = "tx" };
	int rc = db_exec(cx, &insert, &in);

	return rc < 0 ? rc : *(int *)arg;
}
static int swallow_inner(struct ctx *cx, void *arg)
{
	db_transaction(cx, insert_then, arg);
	return 0;
}
static int kill_inside(struct ctx *cx, void *arg)
{
	struct row in = { .id = 101, .name = "tx" };
	int *runs = arg;

	++*runs;
	db_exec(cx, &insert, &in);
	db_exec(cx, &suicide, NULL);
	/* Must not open another connection in mid-transaction. */
	return db_exec(cx, &insert, &(struct row){ .id = 102, .name = "tx" });
}

static void test_transactions(struct ctx *cx)
{
	int rc = 5, runs = 0;

	db_exec(cx, &wipe, NULL);
	OK(db_transaction(cx, insert_then, &rc) == 5 && count(cx) == 1);
	db_exec(cx, &wipe, NULL);
	rc = ERR_INPUT;
	OK(db_transaction(cx, insert_then, &rc) == ERR_INPUT && count(cx) == 0);
	OK(db_transaction(cx, swallow_inner, &rc) == ERR_INPUT && count(cx) == 0);
	rc = 0;
	OK(db_transaction(cx, swallow_inner, &rc) == 0 && count(cx) == 1);
	db_exec(cx, &wipe, NULL);
	OK(db_transaction(cx, kill_inside, &runs) == ERR_UNAVAILABLE && runs == 1);
	OK(count(cx) == 0);
}

static int stop_inside(struct ctx *cx, void *arg)
{
	int rc = insert_then(cx, arg);

	mariadb_stop(0);
	return rc;
}

/* What the connection said of its own end is read before it is given back: memory that is given back is written over here. */
static void test_lost_at_commit(struct ctx *cx)
{
	int rc = 0;

	mallopt(M_PERTURB, 0xa5);
	OK(db_transaction(cx, stop_inside, &rc) == ERR_UNAVAILABLE);
	mallopt(M_PERTURB, 0);
	OK(str_starts(cx->err.text, "COMMIT: ") && strstr(cx->err.text, "erver"));
	mariadb_start();
	OK(count(cx) == 0);
}

static void test_lost(struct ctx *cx)
{
	struct row in = { .id = 1, .name = "kept" }, out, other;
	DB_ROWS rows = { 0 };

	db_exec(cx, &wipe, NULL);
	db_exec(cx, &insert, &in);
	OK(db_exec(cx, &suicide, NULL) == ERR_UNAVAILABLE);
	OK(db_one(cx, &get, &in, &out) == 1);
	/* Rows that are open already stay readable when the connection goes. */
	OK(db_open(cx, &all, NULL, &rows) == 0);
	db_exec(cx, &suicide, NULL);
	OK(db_one(cx, &get, &in, &other) == 1);
	OK(db_next(&rows, &out) == 1 && out.id == 1);
	db_rows_close(&rows);
	/* A restart between two statements is not even noticed. */
	mariadb_stop(0);
	OK(!db_ping(cx));
	OK(db_one(cx, &get, &in, &out) == ERR_UNAVAILABLE);
	mariadb_start();
	OK(db_one(cx, &get, &in, &out) == 1);
	mariadb_stop(1);
	mariadb_start();
	OK(db_one(cx, &get, &in, &out) == 1);
	STR_EQ(out.name, "kept");
}

static void test_fork(struct ctx *cx)
{
	struct row in = { .id = 1, .name = "" }, out;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(db_one(cx, &get, &in, &out) == 1 && db_exec(cx, &bump, &in) == 0 ? 0 : 1);
	waitpid(pid, &status, 0);
	OK(status == 0);
	OK(db_one(cx, &get, &in, &out) == 1 && out.has_n && out.n == 1);
}

struct cross {
	uint64_t first, second;
	int tell, hear;
	unsigned runs;
};

static int cross_rows(struct ctx *cx, void *arg)
{
	struct cross *x = arg;
	char c = 'x';
	int rc = db_exec(cx, &bump, &(struct row){ .id = x->first, .name = "" });

	/* Both hold their first row before either asks for its second. */
	if (rc == 0 && x->runs++ == 0 && (write(x->tell, &c, 1) != 1 || read(x->hear, &c, 1) != 1))
		return ERR_INTERNAL;
	return rc < 0 ? rc : db_exec(cx, &bump, &(struct row){ .id = x->second, .name = "" });
}

static void test_deadlock(struct ctx *cx)
{
	int a[2], b[2], status = -1;
	struct row out;

	db_exec(cx, &wipe, NULL);
	for (uint64_t i = 1; i <= 2; i++)
		db_exec(cx, &insert, &(struct row){ .id = i, .name = "" });
	OK(pipe(a) == 0 && pipe(b) == 0);
	pid_t pid = fork();

	if (pid == 0) {
		struct cross x = { 1, 2, a[1], b[0], 0 };

		_exit(db_transaction(cx, cross_rows, &x) == 0 ? (int)x.runs : 99);
	}
	struct cross y = { 2, 1, b[1], a[0], 0 };

	OK(db_transaction(cx, cross_rows, &y) == 0);
	waitpid(pid, &status, 0);
	OK(WIFEXITED(status) && WEXITSTATUS(status) + y.runs >= 3 && WEXITSTATUS(status) != 99);
	OK(cx->err.code == 0);
	for (uint64_t i = 1; i <= 2; i++)
		OK(db_one(cx, &get, &(struct row){ .id = i, .name = "" }, &out) == 1 && out.n == 2);
}

static void write_file(struct arena *mem, const char *dir, const char *name, const char *text)
{
	FILE *f = fopen(arena_printf(mem, "%s/%s", dir, name), "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		mariadb_bail("cannot write a migration");
}

static void test_migrate(struct arena *mem)
{
	const char *dir = arena_printf(mem, "%s/schema", mariadb.dir);
	struct ctx cx = { .mem = mem, .db = db_new(mariadb_use(mem, "odd`name")), .request_id = "" };
	pid_t pids[4];
	unsigned applied = 9, total = 0;
	int status;

	OK(db_migrate(&cx, dir, &applied) == ERR_INTERNAL);
	OK(mkdir(dir, 0700) == 0);
	write_file(mem, dir, "0001-thing.sql",
		   "-- It's a table;\nCREATE TABLE IF NOT EXISTS thing ( -- with a comment;\n"
		   "  id BIGINT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, note TEXT NULL, -- \"note\n"
		   "  raw LONGBLOB NOT NULL, opt LONGBLOB NULL, n BIGINT NULL, ok TINYINT NOT NULL, f DOUBLE NOT NULL\n"
		   ") ENGINE=InnoDB CHARSET=utf8mb4;\n\n");
	write_file(mem, dir, "0002-more.sql",
		   "INSERT INTO thing VALUES (1, 'a -- b;', NULL, '', NULL, 0, 0, 0);\nDO SLEEP(0.2);\n");
	write_file(mem, dir, "notes.txt", "not SQL");
	for (unsigned i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(db_migrate(&cx, dir, &applied) == 0 ? (int)applied : 99);
	}
	for (unsigned i = 0; i < 4; i++) {
		waitpid(pids[i], &status, 0);
		total += (unsigned)WEXITSTATUS(status);
	}
	OK(total == 2);
	OK(count(&cx) == 1);
	OK(db_migrate(&cx, dir, &applied) == 0 && applied == 0);
	write_file(mem, dir, "0003-bad.sql", "INSERT INTO thing VALUES (2, 'x', NULL, '', NULL, 0, 0, 0);\n\nOOPS;\n");
	OK(db_migrate(&cx, dir, &applied) == ERR_INTERNAL && applied == 0);
	OK(strstr(cx.err.text, "0003-bad.sql line 3: ") == cx.err.text);
	write_file(mem, dir, "0003-bad.sql", "INSERT IGNORE INTO thing VALUES (2, 'x', NULL, '', NULL, 0, 0, 0);\n");
	OK(db_migrate(&cx, dir, &applied) == 0 && applied == 1 && count(&cx) == 2);
	write_file(mem, dir, "0003-twin.sql", "DO 1;\n");
	OK(db_migrate(&cx, dir, &applied) == ERR_INTERNAL);
	db_free(cx.db);
}

int main(void)
{
	ARENA mem = { 0 };

	log_open("/dev/null", LOG_ERROR_);
	setvbuf(stdout, NULL, _IOLBF, 0);
	struct ctx cx = { .mem = &mem, .db = db_new(mariadb_use(&mem, "mysql")), .request_id = "" };
	const struct db_query make = { .name = "make", .sql = "CREATE DATABASE unit" };

	OK(db_exec(&cx, &make, NULL) == 0);
	db_free(cx.db);
	cx.db = db_new(mariadb_use(&mem, "unit"));
	test_values(&cx);
	test_errors(&cx);
	test_cache(&cx);
	test_large(&cx);
	test_many(&cx);
	test_transactions(&cx);
	db_exec(&cx, &wipe, NULL);
	test_lost_at_commit(&cx);
	test_lost(&cx);
	test_fork(&cx);
	cx.err = (struct err){ 0 };
	test_deadlock(&cx);
	test_migrate(&mem);
	OK(db_counters().statements > 600 && db_counters().reconnects > 3);
	db_free(cx.db);
	return DONE();
}
