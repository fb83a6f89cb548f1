/* Schema migrations: each file once, in order, however many processes start together. */
#include "ext/db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* First, for <mysql.h> declares a function with the name of our list_add(). */
#include "ext/db_private.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/log.h"

struct migration {
	long version;
	const char *name; /* of the file */
	bool applied;
};
struct migration_list {
	struct migration *items;
	size_t n, cap;
};

/*
 * DDL ends the transaction it stands in, so the row lock is held by a session of its own while another one works. Both
 * are apart from the process's connection: they may wait for long.
 */
struct session {
	struct ctx cx;
	struct db db;
};

static void session_end(struct session *s)
{
	db_conn_close(s->db.conn);
	s->db.conn = NULL;
}
#define SESSION __attribute__((cleanup(session_end))) struct session

static int session_begin(struct ctx *cx, struct session *s, bool with_database)
{
	s->cx = *cx;
	s->db = *cx->db;
	s->db.depth = 0;
	s->db.doom = 0;
	s->cx.db = &s->db;
	s->db.conn = db_conn_open(cx, &s->db, with_database, 0);
	if (!s->db.conn)
		return cx->err.code;
	return 0;
}

static int run(struct ctx *cx, struct session *s, const char *sql)
{
	int rc = s->db.conn ? db_run(&s->cx, s->db.conn, sql) : ERR_UNAVAILABLE;

	if (rc < 0)
		cx->err = s->cx.err;
	return rc;
}

/* Runs a query and throws its rows away. */
static int run_select(struct ctx *cx, struct session *s, const char *sql)
{
	int rc = run(cx, s, sql);

	if (rc == 0)
		mysql_free_result(mysql_store_result(&s->db.conn->my));
	return rc;
}

static int by_version(const void *a, const void *b)
{
	const struct migration *x = a, *y = b;

	return (x->version > y->version) - (x->version < y->version);
}

/* "0001-job.sql" */
static bool file_version(const char *name, long *version)
{
	char digits[5];

	if (strlen(name) < 10 || name[4] != '-' || !str_ends(name, ".sql"))
		return false;
	memcpy(digits, name, 4);
	digits[4] = '\0';
	return strspn(digits, "0123456789") == 4 && str_long(digits, 0, 9999, version);
}

static int list_files(struct ctx *cx, const char *dir, struct migration_list *out)
{
	DIR *d = opendir(dir);
	long version;

	if (!d)
		return fail(cx, ERR_INTERNAL, "migrations in %s: %s", dir, strerror(errno));
	for (struct dirent *e; (e = readdir(d));)
		if (file_version(e->d_name, &version))
			*list_add(cx->mem, out) = (struct migration){ version, arena_strdup(cx->mem, e->d_name), false };
	closedir(d);
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), by_version);
	for (size_t i = 1; i < out->n; i++)
		if (out->items[i].version == out->items[i - 1].version)
			return fail(cx, ERR_INTERNAL, "migrations in %s: %s and %s have the same number", dir,
				    out->items[i - 1].name, out->items[i].name);
	return 0;
}

/* Marks what table `migration` holds. false when that cannot be read, so also when there is no such table yet. */
static bool mark_applied(struct session *s, struct migration_list *list)
{
	if (mysql_query(&s->db.conn->my, "SELECT version FROM migration"))
		return false;
	MYSQL_RES *res = mysql_store_result(&s->db.conn->my);

	if (!res)
		return false;
	for (MYSQL_ROW row; (row = mysql_fetch_row(res));)
		for (size_t i = 0; i < list->n; i++)
			if (row[0] && strtol(row[0], NULL, 10) == list->items[i].version)
				list->items[i].applied = true;
	mysql_free_result(res);
	return true;
}

static bool all_applied(const struct migration_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!list->items[i].applied)
			return false;
	return true;
}

static int read_file(struct ctx *cx, const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0) {
		int why = errno;

		if (fd >= 0)
			close(fd);
		return fail(cx, ERR_INTERNAL, "%s: %s", path, strerror(why));
	}
	do {
		buf_need(out, 65536);
		n = read(fd, out->p + out->n, 65536);
		if (n > 0)
			out->n += (size_t)n;
	} while (n > 0);
	close(fd);
	return n < 0 ? fail(cx, ERR_INTERNAL, "%s: %s", path, strerror(errno)) : 0;
}

/* The line without its comment: what follows "--" outside quotes. */
static struct str without_comment(struct str line)
{
	char quote = 0;

	for (size_t i = 0; i < line.n; i++) {
		char c = line.p[i];

		if (quote) {
			quote = c == quote ? 0 : quote;
			continue;
		}
		if (c == '\'' || c == '"' || c == '`')
			quote = c;
		bool end = i + 2 >= line.n || line.p[i + 2] == ' ' || line.p[i + 2] == '\t';

		if (c == '-' && i + 1 < line.n && line.p[i + 1] == '-' && end)
			return (struct str){ line.p, i };
	}
	return line;
}

static int apply_text(struct ctx *cx, struct session *work, const char *name, struct str text)
{
	struct buf sql = { .mem = cx->mem };
	unsigned line_no = 0, start = 0;

	while (text.p && text.n) {
		struct str line = str_trim(without_comment(str_cut(&text, '\n')));
		bool ends = line.n && line.p[line.n - 1] == ';';

		line_no++;
		if (!line.n)
			continue;
		start = sql.n ? start : line_no;
		buf_add(&sql, line.p, line.n - ends);
		buf_addc(&sql, '\n');
		if (!ends)
			continue;
		int rc = run(cx, work, buf_text(&sql));

		if (rc < 0)
			return fail_in(cx, rc, "%s line %u", name, start);
		mysql_free_result(mysql_store_result(&work->db.conn->my));
		buf_clear(&sql);
	}
	return sql.n ? fail(cx, ERR_INTERNAL, "%s line %u: the statement has no ';' at its end", name, start) : 0;
}

static int apply_file(struct ctx *cx, struct session *work, const char *dir, const struct migration *m)
{
	struct buf text = { .mem = cx->mem };
	int rc = read_file(cx, arena_printf(cx->mem, "%s/%s", dir, m->name), &text);

	if (rc == 0)
		rc = apply_text(cx, work, m->name, buf_str(&text));
	/* file_version() has let only one form of digits through; quotes in the rest are doubled. */
	struct buf sql = { .mem = cx->mem };

	buf_addf(&sql, "INSERT INTO migration (version, name, applied_at) VALUES (%ld, '", m->version);
	for (const char *c = m->name; *c; c++) {
		if (*c == '\'' || *c == '\\')
			buf_addc(&sql, *c);
		buf_addc(&sql, *c);
	}
	buf_adds(&sql, "', UTC_TIMESTAMP(3))");
	if (rc == 0)
		rc = run(cx, work, buf_text(&sql));
	if (rc == 0)
		log_info("migration applied", "file", m->name, NULL);
	return rc;
}

static int apply_all(struct ctx *cx, struct session *work, const char *dir, struct migration_list *list, unsigned *applied)
{
	SESSION lock = { 0 };
	int rc = session_begin(cx, &lock, true);

	if (rc == 0)
		rc = run(cx, &lock, "SET SESSION innodb_lock_wait_timeout = 3600");
	if (rc == 0)
		rc = run(cx, &lock, "START TRANSACTION");
	if (rc == 0)
		rc = run_select(cx, &lock, "SELECT id FROM migration_lock WHERE id = 1 FOR UPDATE");
	if (rc == 0 && !mark_applied(work, list))
		rc = fail(cx, ERR_UNAVAILABLE, "table migration: %s", mysql_error(&work->db.conn->my));
	for (size_t i = 0; rc == 0 && i < list->n; i++) {
		if (list->items[i].applied)
			continue;
		/* Whoever has lost the lock must not go on. */
		rc = run_select(cx, &lock, "SELECT 1");
		if (rc == 0)
			rc = apply_file(cx, work, dir, &list->items[i]);
		*applied += rc == 0;
	}
	if (rc == 0)
		rc = run(cx, &lock, "COMMIT");
	return rc;
}

static int use_database(struct ctx *cx, struct session *work)
{
	struct buf sql = { .mem = cx->mem };
	MYSQL *my = &work->db.conn->my;

	if (mysql_select_db(my, work->db.name) == 0)
		return 0;
	buf_adds(&sql, "CREATE DATABASE IF NOT EXISTS `");
	for (const char *c = work->db.name; *c; c++) {
		if (*c == '`')
			buf_addc(&sql, '`');
		buf_addc(&sql, *c);
	}
	buf_adds(&sql, "` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
	int rc = run(cx, work, buf_text(&sql));

	if (rc == 0 && mysql_select_db(my, work->db.name))
		rc = fail(cx, ERR_UNAVAILABLE, "database %s: %s", work->db.name, mysql_error(my));
	return rc;
}

int db_migrate(struct ctx *cx, const char *dir, unsigned *applied)
{
	/* Waits where the row is locked by another process that migrates. */
	static const char *const prepare[] = {
		"SET SESSION innodb_lock_wait_timeout = 3600",
		"CREATE TABLE IF NOT EXISTS migration (version INT NOT NULL PRIMARY KEY, "
		"name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, applied_at DATETIME(3) NOT NULL) "
		"ENGINE=InnoDB",
		"CREATE TABLE IF NOT EXISTS migration_lock (id TINYINT NOT NULL PRIMARY KEY) ENGINE=InnoDB",
		"INSERT IGNORE INTO migration_lock (id) VALUES (1)",
	};
	struct migration_list list = { 0 };
	SESSION work = { 0 };
	int rc;

	*applied = 0;
	if (!cx->db)
		return fail(cx, ERR_UNAVAILABLE, "no database is configured");
	rc = list_files(cx, dir, &list);
	if (rc == 0)
		rc = session_begin(cx, &work, false);
	if (rc == 0)
		rc = use_database(cx, &work);
	if (rc < 0 || (mark_applied(&work, &list) && all_applied(&list)))
		return rc;
	for (size_t i = 0; i < LEN(prepare) && rc == 0; i++)
		rc = run(cx, &work, prepare[i]);
	return rc < 0 ? rc : apply_all(cx, &work, dir, &list, applied);
}
