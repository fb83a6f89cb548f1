/* The durable queue: rows in MariaDB, claimed with leases, retried with back-off. */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"

/* Higher runs first among those that are due. */
enum job_priority { JOB_IDLE = 0, JOB_NORMAL = 10, JOB_URGENT = 20 };

/*
 * A job is one row, unique by (queue, key): adding it again only brings its time forward. A recurring job is one whose
 * handler asks for another run with job_again().
 */
struct job {
	uint64_t id;
	const char *queue, *key;
	struct str payload; /* JSON or "" */
	unsigned attempt;   /* 1 for the first try */
	int64_t again_ms;   /* set by job_again(); -1: the job is done and its row removed */
	/* Of the run asked for with job_again(). It was claimed with this one, but what repeats itself is not urgent. */
	enum job_priority priority;
	void *lease_; /* private */
};

struct job_add {
	const char *queue, *key;
	const char *payload; /* NULL: "" */
	int64_t delay_ms;    /* 0: now */
	enum job_priority priority;
	unsigned max_attempts; /* 0: 8 */
};
/*
 * Adds in the caller's transaction, if there is one. When the row exists: its time becomes the earlier of both, its
 * priority the higher; a row that is running is marked to run once more after this run (nothing asked for is lost).
 * Workers of this host are woken by job_wake() after the commit; others find it within 100 ms.
 */
int job_add(struct ctx *cx, const struct job_add *j);
int job_add_many(struct ctx *cx, const struct job_add *j, size_t n);
/* Removes a row that is not running; one that is running ends without another run. */
int job_cancel(struct ctx *cx, const char *queue, const char *key);
/*
 * Runs a job that is there as soon as a worker is free. What it carries stays as it is; one that failed may be tried as often
 * as before, one that runs runs once more. ERR_NOTFOUND.
 */
int job_run_now(struct ctx *cx, const char *queue, const char *key);
/* 1 when there is such a job, whatever its state, else 0. */
int job_there(struct ctx *cx, const char *queue, const char *key);
/* Wakes waiting job workers of this host. Safe in any process of the portal; does nothing in command-line programs. */
void job_wake(void);
/* How: the server says. NULL, as at the start: nobody is woken. */
void job_set_wake(void (*fn)(void));
/* Asks that this job run again after delay_ms, with j->priority, as a fresh first attempt. */
void job_again(struct job *j, int64_t delay_ms);
/* Renews the lease while a long handler works (also done by a timer thread-free check every call; cheap). ERR_CONFLICT: the
 * lease was lost, stop. */
int job_renew(struct ctx *cx, struct job *j);
/*
 * The job that this process runs goes on with another part of its work: its lease and its time begin anew. Nothing where none
 * runs. ERR_CONFLICT: the lease was lost, stop.
 */
int job_alive(struct ctx *cx);
/* What else job_alive() does: the server says. NULL, as at the start: nothing. */
void job_set_alive(void (*fn)(void));

/*
 * A handler does one job. Returning 0 ends it (or repeats it, see job_again); an error is retried after 1 s, 2 s, 4 s, …
 * up to 5 minutes (with jitter), and given up with its reason kept after max_attempts. Its arena lives until it returns.
 */
struct job_handler {
	const char *queue;
	int (*run)(struct ctx *cx, struct job *job);
	unsigned lease_ms;     /* 0: 60,000 */
	unsigned run_limit_ms; /* the worker is killed by the master after this; 0: 600,000 */
};

/* Claims one due job of any handler's queue and runs it. 1: one was run; 0: nothing is due; error: the database is away. */
int job_run_one(struct ctx *cx, const struct job_handler *handlers, size_t n);

/*
 * Ends the leases of jobs whose process on this host has died, and of those that this process lost with its connection: the
 * first time at once, then after a growing pause, so that a job that kills its workers does not kill them all. To be called
 * between two jobs: when a worker starts, and when it finds the database again. Jobs of other hosts are left to their leases.
 */
int job_return_lost(struct ctx *cx);

/* 1 when a job of this queue with at least this priority waits to be run, else 0. */
int job_is_due(struct ctx *cx, const char *queue, enum job_priority least);

/* For /metrics and the admin page: by queue and state. */
struct job_stat {
	const char *queue;
	const char *state; /* "waiting", "due", "running", "failed" */
	uint64_t count;
	int64_t oldest_ms; /* age of the oldest due one, 0 when none */
};
int job_stats(struct ctx *cx, struct job_stat **out, size_t *n);

struct job_row {
	const char *queue, *key, *state; /* as in job_stat */
	uint64_t attempt, max_attempts;
	int64_t run_at_ms, created_at_ms;
	const char *last_error; /* "" when it went well */
};
/* Failed ones first, then those that run, then those that come next; of one queue, or of all (NULL). */
int job_list(struct ctx *cx, const char *queue, uint64_t limit, uint64_t offset, struct job_row **out, size_t *n);

#endif
