/* What every feature function is given first: memory, database, who asks, and where an error is worded. */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include <stdbool.h>

#include "base/arena.h"

struct db;
struct json;
struct who;
struct asked;

enum {
	ERR_NONE_,
#define ERR(name, status, api) ERR_##name##_,
#include "base/errors.def"
#undef ERR
	ERR_COUNT_
};
enum {
#define ERR(name, status, api) ERR_##name = -ERR_##name##_,
#include "base/errors.def"
#undef ERR
};

struct err {
	int code;        /* 0 or a negative ERR_* */
	char text[1024]; /* for a person: what is wrong and where */
};

struct ctx {
	struct arena *mem;         /* lives until the answer is sent or the job ends */
	struct db *db;             /* this process's connection; NULL where a command needs none */
	const struct json *conf;   /* the merged configuration (app-config.yaml and friends), never NULL in a server */
	const struct who *who;     /* who asks; NULL inside the system */
	int who_rc;                /* of a page for everybody: why it could not be found out who asks; 0: it is known */
	const char *request_id;    /* "" outside a request */
	const struct asked *asked; /* from where, and for what (identity/audit.h); NULL outside a request */
	struct err err;
};

/*
 * Words an error once, where it is detected: return fail(cx, ERR_NOTFOUND, "no entity '%s'", ref);
 * Everybody else passes the code on. Returns code.
 */
int fail(struct ctx *cx, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4), nonnull(3), cold));
/* Prepends context to the error already there: fail_in(cx, rc, "line %d", 3) -> "line 3: ...". Returns code. */
int fail_in(struct ctx *cx, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4), nonnull(3), cold));
/* HTTP status of a code; 500 for what is unknown. */
int err_status(int code);
/* Name in an API answer ("NotFoundError"). */
const char *err_name(int code);

#endif
