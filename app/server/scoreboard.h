/* What every worker is doing, in memory that all processes of the portal share. */
#ifndef SERVER_SCOREBOARD_H
#define SERVER_SCOREBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bell.h"
#include "base/counters.h"
#include "base/ctx.h"
#include "index/client.h"
#include "server/settings.h"
#include "web/router.h"

enum { MAX_WORKERS = 256, N_LATENCY = 13, N_STATUS = 24 };

enum slot_state { SLOT_FREE, SLOT_STARTING, SLOT_IDLE, SLOT_READING, SLOT_BUSY, SLOT_ENDING };
enum board_state { BOARD_STARTING, BOARD_RUNNING, BOARD_STOPPING };
enum end_reason { END_RECYCLED, END_CRASHED, END_TIMEOUT, END_MEMORY, N_END_REASONS };

/* One worker. Written by the worker while it works and by the master when it starts and ends it. */
struct slot {
	pid_t pid;
	uint8_t pool, state;
	uint16_t end_reason; /* why the master ends it */
	uint32_t generation; /* of the configuration and program it runs */
	uint16_t plugin;     /* that it runs just now: its index + 1; 0: none */
	uint64_t born_us;    /* monotonic */
	uint64_t since_us;   /* when what it does began; 0 when idle */
	uint64_t limit_us;   /* how long that may take; 0: any time */
	uint64_t served;     /* requests or jobs */
	uint32_t held;       /* answers that wait in it: web/park.h */
	uint64_t rss_kb;     /* its own memory, as last measured by the master */
	char method[12];     /* "GET"; "job" */
	char what[92];       /* route pattern; queue and key */
	char request_id[48];
} __attribute__((aligned(64)));

struct route_stat {
	uint64_t status[N_STATUS];       /* as status_at() orders them */
	uint64_t latency[N_LATENCY + 1]; /* how many took at most latency_bound_us(i); the last: longer */
	uint64_t us;                     /* sum */
};

struct board {
	uint64_t magic, layout;
	pid_t master;
	uint32_t state, generation;
	uint32_t jobs_word; /* futex: changes when a job may be due */
	int64_t started_ms; /* wall clock */
	unsigned wanted[N_POOLS];
	uint64_t wait_limit; /* answers that one worker of the pool "wait" holds */
	uint64_t ends[N_POOLS][N_END_REASONS];
	uint64_t counters[N_COUNTERS];
	struct index_shared index, search;
	struct bells bells;
	struct slot slots[MAX_WORKERS];
	size_t n_routes;
	struct route_stat routes[]; /* n_routes, and one for requests that fit no route */
};

/*
 * Opens STATE/scoreboard. keep: goes on with the one there if its layout is ours (after a reload); otherwise a new one
 * replaces it. ERR_INTERNAL when the file cannot be made.
 */
int scoreboard_create(struct ctx *cx, const char *state, bool keep);
/* Maps STATE/scoreboard for looking only. ERR_UNAVAILABLE when there is none, ERR_CONFLICT when another version wrote it. */
int scoreboard_look(struct ctx *cx, const char *state, const struct board **out);
/* The one of this process; NULL in command-line programs. */
struct board *scoreboard(void);
/* The slot of this worker; NULL elsewhere. */
struct slot *scoreboard_self(void);
void scoreboard_set_self(struct slot *slot);

/* What this worker does now. All do nothing outside a worker. */
void slot_state(enum slot_state state);
void slot_begin(enum slot_state state, uint64_t limit_us);
/* The time limit starts anew: for an answer that goes out in pieces. */
void slot_renew(void);
void slot_what(const char *method, const char *what, const char *request_id);
void slot_end(void);
/* Which plugin it runs: index + 1, 0 for none. */
void slot_plugin(unsigned index_1);

/* How many answers wait in it. */
void slot_held(uint32_t n);

/* Counts one answered request; route NULL: none fitted. */
void scoreboard_count(const struct route *route, int status, uint64_t us);
/* The status of place i, 0 for "any other". */
int status_at(size_t i);
uint64_t latency_bound_us(size_t i);

/* Waits until scoreboard_jobs_wake() was called since the last wait returned, or for timeout_ms, or for a signal. */
void scoreboard_jobs_wait(unsigned timeout_ms);
/* Wakes all that wait in scoreboard_jobs_wait(). Does nothing without a scoreboard. */
void scoreboard_jobs_wake(void);

#endif
