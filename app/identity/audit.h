/* The audit log: who did what. One row and one line of the log an event, in the shape of Backstage's auditor. */
#ifndef IDENTITY_AUDIT_H
#define IDENTITY_AUDIT_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/list.h"
#include "jobs/jobs.h"

enum audit_severity { AUDIT_LOW, AUDIT_MEDIUM, AUDIT_HIGH, AUDIT_CRITICAL };
enum audit_status { AUDIT_SUCCEEDED, AUDIT_FAILED };

/* What a handler says of the request beyond what its route tells. */
struct audit_words {
	const char *permission; /* NULL: the route's */
	struct json *meta;      /* an object */
};

/* From where a request came, and what it asked for: cx->asked. None is NULL. */
struct asked {
	const char *ip, *agent, *host, *method, *url;
	struct audit_words *words; /* NULL: nobody reads them */
};

struct audit_event {
	const char *plugin;   /* "catalog"; "auth" for sign-ins */
	const char *event_id; /* "location-mutate", "sign-in", "sign-out" */
	enum audit_severity severity;
	enum audit_status status;
	const struct json *meta; /* an object; NULL: none. No secrets. */
	const char *error;       /* NULL: none */
	const char *actor;       /* NULL: cx->who. Say it where who acts is not yet who asks: at a sign-in */
	bool read;               /* somebody only looked: no row, and a line at the level that is configured for it */
	bool only_log;           /* no row: for what anybody on the network can cause without end */
};
/*
 * Records what happened; where the request came from is in cx->asked. Never fails, and leaves cx->err alone: while the database
 * is away there is the line in the log. Call it after the transaction, not in it. Every request that changes something is
 * recorded by dispatch; this is for what has no request of its own, or a name of its own.
 */
void audit(struct ctx *cx, const struct audit_event *e);

/*
 * For handlers of an API: somebody has read something (event_id: "resource-fetch"), or could not (rc < 0, with cx->err). A line
 * at backend.auditor.severityLogLevelMappings.low, which is "debug" and so most often none; never a row. Not for pages, which
 * ask again and again by themselves.
 */
void audit_read(struct ctx *cx, const char *plugin, const char *event_id, struct json *meta, int rc);

/*
 * For handlers: adds to the meta data of the request's event what it is about ("target", "entityRef", "locationId"). A key that
 * is said again becomes a list. Values are cut at 500 bytes; no secrets. Outside a request, nothing happens.
 */
void audit_note(struct ctx *cx, const char *key, const char *value);
/* The request did what this permission is for, which is not its route's: the event is named after it. */
void audit_as(struct ctx *cx, const char *permission);

struct audit_query {
	const char *actor, *event, *status; /* NULL: any */
	const char *text;                   /* a part of the URL, the meta data or the error; NULL: any */
	int64_t since, until;               /* ms since 1970; until 0: no end */
	uint64_t before;                    /* rows that are older than this one; 0: from the newest on */
	unsigned limit;
};
struct audit_row {
	uint64_t id;
	int64_t at;
	const char *plugin, *event, *severity, *status, *actor, *ip, *agent, *method, *url, *request_id, *meta, *error;
};
struct audit_rows {
	struct audit_row *items;
	size_t n, cap;
};
/* Adds what fits, the newest first. */
int audit_find(struct ctx *cx, const struct audit_query *q, struct audit_rows *out);
/* Adds the event ids there are, at most 200. */
int audit_events(struct ctx *cx, struct text_list *out);

/* ERR_INPUT when audit.keep is less than a day. */
int audit_prepare(struct ctx *cx);
/* Takes away what is older than audit.keep; every six hours. */
int audit_job(struct ctx *cx, struct job *job);

#endif
