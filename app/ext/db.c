/* The connection to MariaDB: opening, losing and finding it again, errors, transactions. */
#include "ext/db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <errmsg.h>
#include <mysqld_error.h>

#include "base/clock.h"
#include "base/log.h"
#include "ext/db_private.h"

enum { TRIES = 8, CONNECT_S = 5, READ_S = 60 };

struct db_counters db_count;

struct db_counters db_counters(void)
{
	return db_count;
}

static unsigned read_port(const struct json *port)
{
	long n;

	if (json_is(port, JSON_STRING) && str_long(json_text(port, ""), 1, 65535, &n))
		return (unsigned)n;
	if (json_is(port, JSON_NUMBER) && port->num >= 1 && port->num <= 65535)
		return (unsigned)port->num;
	return 3306;
}

static const char *keep(struct db *db, const struct json *conf, const char *key)
{
	const char *text = json_get_text(conf, key, NULL);

	return text && *text ? arena_strdup(&db->mem, text) : NULL;
}

struct db *db_new(const struct json *conf)
{
	struct arena mem = { 0 };
	struct db *db = arena_new(&mem, struct db);
	const struct json *ssl = json_get(conf, "ssl");

	db->mem = mem;
	db->socket = keep(db, conf, "socketPath");
	db->host = keep(db, conf, "host");
	db->port = read_port(json_get(conf, "port"));
	db->user = keep(db, conf, "user");
	db->password = keep(db, conf, "password");
	db->name = keep(db, conf, "database");
	db->ssl = json_is(ssl, JSON_OBJECT) || (json_is(ssl, JSON_BOOL) && ssl->b);
	db->ssl_ca = keep(db, ssl, "ca");
	db->ssl_verify = json_get_bool(ssl, "rejectUnauthorized", true);
	if (!db->name)
		db->name = "callboard";
	db->pid = getpid();
	log_mask(db->password);
	return db;
}

struct db *db_new_bare(const struct json *conf)
{
	struct db *db = db_new(conf);

	db->bare = true;
	return db;
}

const char *db_name(const struct db *db)
{
	return db->name;
}

static void conn_destroy(struct conn *c)
{
	struct arena mem = c->mem;

	for (size_t i = 0; i < STMT_BUCKETS; i++)
		for (struct db_stmt *s = c->bucket[i]; s; s = s->next)
			mysql_stmt_close(s->st);
	mysql_close(&c->my);
	arena_release(&mem);
}

void db_conn_close(struct conn *c)
{
	if (!c)
		return;
	c->lost = true;
	if (!c->busy)
		conn_destroy(c);
}

void db_free(struct db *db)
{
	if (!db)
		return;
	struct arena mem = db->mem;

	if (db->pid == getpid())
		db_conn_close(db->conn);
	arena_release(&mem);
}

static void set_options(MYSQL *my, const struct db *db, unsigned read_s)
{
	unsigned connect_s = CONNECT_S, write_s = READ_S, off = 0;
	unsigned long packet = 1024UL * 1024 * 1024;
	my_bool yes = 1;

	mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	if (read_s)
		mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &read_s);
	mysql_options(my, MYSQL_OPT_WRITE_TIMEOUT, &write_s);
	mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &off);
	mysql_options(my, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
	if (!db->ssl)
		return;
	mysql_optionsv(my, MYSQL_OPT_SSL_ENFORCE, &yes);
	if (db->ssl_ca)
		mysql_optionsv(my, MYSQL_OPT_SSL_CA, db->ssl_ca);
	if (db->ssl_verify)
		mysql_optionsv(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

static bool set_session(struct conn *c)
{
	static const char set[] = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
				  "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', tx_isolation = 'READ-COMMITTED', "
				  "autocommit = 1, time_zone = '+00:00', innodb_lock_wait_timeout = 10";
	MYSQL_RES *res;
	MYSQL_ROW row;
	long packet = 0;

	if (mysql_real_query(&c->my, set, sizeof(set) - 1) || mysql_query(&c->my, "SELECT @@max_allowed_packet"))
		return false;
	res = mysql_store_result(&c->my);
	row = res ? mysql_fetch_row(res) : NULL;
	if (row && row[0] && str_long(row[0], 1024, 1L << 40, &packet))
		c->packet = (size_t)packet;
	mysql_free_result(res);
	return c->packet > 0;
}

struct conn *db_conn_open(struct ctx *cx, const struct db *db, bool with_database, unsigned read_s)
{
	struct arena mem = { 0 };
	struct conn *c = arena_new(&mem, struct conn);

	c->mem = mem;
	if (!mysql_init(&c->my))
		abort();
	set_options(&c->my, db, read_s);
	/* A socket wins; without either the server on this host is meant. */
	const char *host = db->socket ? NULL : db->host ? db->host : "127.0.0.1";

	if (mysql_real_connect(&c->my, host, db->user, db->password, with_database && !db->bare ? db->name : NULL, db->port,
			       db->socket, 0) &&
	    set_session(c))
		return c;
	db_count.errors++;
	fail(cx, ERR_UNAVAILABLE, "database %s at %s: %s", db->name, db->socket ? db->socket : host, mysql_error(&c->my));
	log_warn("no connection to the database", "error", cx->err.text, "request_id", cx->request_id, NULL);
	db_conn_close(c);
	return NULL;
}

/* Has the server hung up while nothing was asked? Saves a request after a restart of MariaDB. */
static bool hung_up(struct conn *c)
{
	struct pollfd p = { .fd = (int)mysql_get_socket(&c->my), .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));
}

/* After fork() both processes hold the socket: the child lets go of it without a word to the server. */
static void leave_to_parent(struct db *db)
{
	if (db->conn) {
		close((int)mysql_get_socket(&db->conn->my));
		db->inherited = db->conn;
	}
	db->conn = NULL;
	db->depth = 0;
	db->doom = 0;
	db->pid = getpid();
}

struct conn *db_conn(struct ctx *cx)
{
	struct db *db = cx->db;

	if (!db) {
		fail(cx, ERR_UNAVAILABLE, "no database is configured");
		return NULL;
	}
	if (db->pid != getpid())
		leave_to_parent(db);
	if (db->doom) {
		if (cx->err.code != db->doom)
			fail(cx, db->doom, "the transaction has failed already");
		return NULL;
	}
	if (db->conn && !db->depth && hung_up(db->conn)) {
		db_conn_close(db->conn);
		db->conn = NULL;
		db_count.reconnects++;
	}
	if (!db->conn)
		db->conn = db_conn_open(cx, db, true, READ_S);
	return db->conn;
}

static int classify(unsigned code)
{
	switch (code) {
	case ER_LOCK_DEADLOCK:
	case ER_LOCK_WAIT_TIMEOUT:
	case ER_CHECKREAD:
	case ER_ERROR_DURING_COMMIT: /* Galera: another node was first */
		return ERR_DEADLOCK;
	case ER_DUP_ENTRY:
	case ER_DUP_ENTRY_WITH_KEY_NAME:
		return ERR_CONFLICT;
	case ER_NET_PACKET_TOO_LARGE:
	case CR_NET_PACKET_TOO_LARGE:
		return ERR_TOOLARGE;
	case ER_STATEMENT_TIMEOUT:
		return ERR_TIMEOUT;
	case CR_CONNECTION_ERROR:
	case CR_CONN_HOST_ERROR:
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SERVER_LOST_EXTENDED:
	case CR_MALFORMED_PACKET:
	case CR_COMMANDS_OUT_OF_SYNC:
	case ER_CONNECTION_KILLED:
	case ER_SERVER_SHUTDOWN:
	case ER_NORMAL_SHUTDOWN:
	case ER_UNKNOWN_COM_ERROR: /* Galera: this node is not in the cluster */
	case ER_NEW_ABORTING_CONNECTION:
	case ER_NET_READ_ERROR:
	case ER_NET_READ_INTERRUPTED:
	case ER_NET_ERROR_ON_WRITE:
	case ER_NET_WRITE_INTERRUPTED:
	case ER_OPTION_PREVENTS_STATEMENT: /* read-only: it is a replica now */
		return ERR_UNAVAILABLE;
	default:
		return ERR_INTERNAL;
	}
}

int db_failed(struct ctx *cx, const char *what, unsigned code, const char *text)
{
	struct db *db = cx->db;
	int rc = classify(code);

	/* Before the connection is closed: the text may be in its memory. */
	fail(cx, rc, "%s: %s", what, text);
	if (rc == ERR_UNAVAILABLE) {
		db_conn_close(db->conn);
		db->conn = NULL;
		db_count.reconnects++;
	}
	if (db->depth && (rc == ERR_UNAVAILABLE || rc == ERR_DEADLOCK))
		db->doom = rc;
	if (rc == ERR_DEADLOCK) {
		db_count.deadlocks++;
		return rc;
	}
	if (rc == ERR_CONFLICT)
		return rc;
	char number[16];

	snprintf(number, sizeof(number), "%u", code);
	db_count.errors++;
	log_warn("statement failed", "query", what, "code", number, "error", cx->err.text, "request_id", cx->request_id, NULL);
	return rc;
}

void db_note_time(const struct ctx *cx, const char *what, uint64_t start_us)
{
	uint64_t ms = (clock_mono_us() - start_us) / 1000;
	char text[24];

	if (ms < SLOW_MS)
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)ms);
	log_warn("slow statement", "query", what, "ms", text, "request_id", cx->request_id, NULL);
}

int db_run(struct ctx *cx, struct conn *c, const char *sql)
{
	uint64_t start = clock_mono_us();

	db_count.statements++;
	if (mysql_real_query(&c->my, sql, strlen(sql)))
		return db_failed(cx, sql, mysql_errno(&c->my), mysql_error(&c->my));
	db_note_time(cx, sql, start);
	return 0;
}

static void pause_random(unsigned try)
{
	unsigned most = 4u << try;
	uint64_t now = clock_mono_us();
	uint64_t mixed = (now ^ ((uint64_t)getpid() << 20)) * 0x9e3779b97f4a7c15u;
	uint64_t us = 500 + (mixed >> 33) % (most * 1000);
	struct timespec t = { .tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000 };

	nanosleep(&t, NULL);
}

static int try_transaction(struct ctx *cx, int (*fn)(struct ctx *cx, void *arg), void *arg)
{
	struct db *db = cx->db;
	struct conn *c = db_conn(cx);
	int rc = c ? db_run(cx, c, "START TRANSACTION") : ERR_UNAVAILABLE;

	if (rc < 0)
		return rc;
	db->depth = 1;
	db->doom = 0;
	db->n_before = db->n_after = 0;
	rc = fn(cx, arg);
	for (unsigned i = 0; rc >= 0 && !db->doom && i < db->n_before; i++) {
		int last = db->before[i](cx);

		rc = last < 0 ? last : rc;
	}
	/* What the callback has swallowed or worded anew. */
	if (db->doom && (rc >= 0 || db->doom == ERR_DEADLOCK))
		rc = fail_in(cx, db->doom, "the transaction has failed");
	if (rc >= 0) {
		int done = db_run(cx, db->conn, "COMMIT");

		rc = done < 0 ? done : rc;
	}
	if (rc < 0 && db->conn) {
		struct err why = cx->err;

		/* A connection on which not even that works is of no more use. */
		if (mysql_real_query(&db->conn->my, "ROLLBACK", 8)) {
			db_conn_close(db->conn);
			db->conn = NULL;
		}
		cx->err = why;
	}
	db->depth = 0;
	db->doom = 0;
	for (unsigned i = 0; rc >= 0 && i < db->n_after; i++)
		db->after[i]();
	return rc;
}

void db_after_commit(struct ctx *cx, void (*fn)(void))
{
	struct db *db = cx->db;

	if (!db->depth) {
		fn();
		return;
	}
	for (unsigned i = 0; i < db->n_after; i++)
		if (db->after[i] == fn)
			return;
	if (db->n_after == MAX_AFTER)
		abort();
	db->after[db->n_after++] = fn;
}

bool db_before_commit(struct ctx *cx, int (*fn)(struct ctx *cx))
{
	struct db *db = cx->db;

	for (unsigned i = 0; i < db->n_before; i++)
		if (db->before[i] == fn)
			return false;
	if (!db->depth || db->n_before == MAX_AFTER)
		abort();
	db->before[db->n_before++] = fn;
	return true;
}

/* A part of a transaction that failed is not undone by itself, so the whole must not be committed. */
static int join_transaction(struct ctx *cx, int (*fn)(struct ctx *cx, void *arg), void *arg)
{
	struct db *db = cx->db;
	int rc;

	db->depth++;
	rc = fn(cx, arg);
	db->depth--;
	if (rc < 0 && !db->doom)
		db->doom = rc;
	return rc;
}

int db_transaction(struct ctx *cx, int (*fn)(struct ctx *cx, void *arg), void *arg)
{
	int rc = ERR_DEADLOCK;

	if (!cx->db)
		return fail(cx, ERR_UNAVAILABLE, "no database is configured");
	if (cx->db->depth && cx->db->pid == getpid())
		return join_transaction(cx, fn, arg);
	for (unsigned try = 0; try < TRIES && rc == ERR_DEADLOCK; try++) {
		if (try > 0) {
			pause_random(try);
			cx->err = (struct err){ 0 };
		}
		rc = try_transaction(cx, fn, arg);
	}
	if (rc == ERR_DEADLOCK)
		log_warn("transaction given up", "error", cx->err.text, "request_id", cx->request_id, NULL);
	return rc;
}

bool db_ping(struct ctx *cx)
{
	struct conn *c = db_conn(cx);

	if (!c)
		return false;
	if (mysql_ping(&c->my) == 0)
		return true;
	db_failed(cx, "ping", mysql_errno(&c->my), mysql_error(&c->my));
	return false;
}

uint64_t db_affected(const struct ctx *cx)
{
	return cx->db->affected;
}
