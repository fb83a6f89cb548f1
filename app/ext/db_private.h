/* What the files of the MariaDB wrapper share; only they see <mysql.h>. */
#ifndef EXT_DB_PRIVATE_H
#define EXT_DB_PRIVATE_H

#include <sys/types.h>

#include <mysql.h>

#include "ext/db.h"

enum { STMT_BUCKETS = 256, SLOW_MS = 500, MAX_AFTER = 8 };

/* A prepared statement with its bindings. One that is open already is prepared once more. */
struct db_stmt {
	struct db_stmt *next; /* in its bucket */
	const struct db_query *q;
	struct conn *conn;
	MYSQL_STMT *st;
	MYSQL_BIND *in, *out;
	union db_cell *cells; /* numbers on their way to a row */
	unsigned long *len;
	my_bool *null;
	bool busy;
};

union db_cell {
	int64_t i;
	uint64_t u;
	double f;
	signed char b;
};

/* One connection with its statements. Lives until it is lost and its last open result is closed. */
struct conn {
	struct arena mem;
	MYSQL my;
	struct db_stmt *bucket[STMT_BUCKETS];
	size_t packet; /* most bytes that the server takes at once */
	unsigned busy; /* open results */
	bool lost;
};

struct db {
	struct arena mem; /* of this struct too */
	const char *socket, *host, *user, *password, *name;
	const char *ssl_ca;
	bool ssl, ssl_verify;
	bool bare; /* no database is chosen */
	unsigned port;
	struct conn *conn;      /* NULL: not connected */
	struct conn *inherited; /* a parent process's, not to be touched */
	pid_t pid;
	unsigned depth;                           /* of transactions */
	int doom;                                 /* why the transaction cannot be committed any more; 0: it can */
	int (*before[MAX_AFTER])(struct ctx *cx); /* to call before it is committed */
	void (*after[MAX_AFTER])(void);           /* and when it is */
	unsigned n_before, n_after;
	uint64_t affected;
};

extern struct db_counters db_count;

/* Opens a session. with_database: select db->name. read_s 0: wait without limit. NULL and a worded error when it fails. */
struct conn *db_conn_open(struct ctx *cx, const struct db *db, bool with_database, unsigned read_s);
/* Closes it now, or when its last open result is closed. NULL is fine. */
void db_conn_close(struct conn *c);
/* The connection to use, opened when needed; NULL and a worded error when it cannot be. */
struct conn *db_conn(struct ctx *cx);
/*
 * Words the error of a failed call, forgets a lost connection, counts and logs. text: read before that, so it may be the
 * connection's own. Returns the ERR_ code.
 */
int db_failed(struct ctx *cx, const char *what, unsigned code, const char *text);
/* Runs text as it is. */
int db_run(struct ctx *cx, struct conn *c, const char *sql);
/* Logs what took longer than SLOW_MS. */
void db_note_time(const struct ctx *cx, const char *what, uint64_t start_us);

#endif
