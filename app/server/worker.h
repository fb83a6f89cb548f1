/* A worker process: serves requests or runs jobs until the master asks it to end. */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "base/ctx.h"
#include "server/settings.h"

struct worker {
	struct ctx *cx; /* with its own arena and its own database connection */
	const struct settings *set;
	enum pool pool;
	int listen_fd; /* -1: none */
	int alive;     /* reads end-of-file when the master is gone */
};

/* The life of a worker after the fork; ends the process. */
void worker_main(struct worker *w) __attribute__((noreturn));
/* What the kinds of workers in pools.def do. They return when the worker shall end. */
void worker_run_requests(struct worker *w);
void worker_run_waiting(struct worker *w);
void worker_run_jobs(struct worker *w);
void worker_run_tasks(struct worker *w);
void worker_run_index(struct worker *w);
void worker_run_search(struct worker *w);
void worker_run_decisions(struct worker *w);
void worker_run_kube(struct worker *w);
void worker_run_rules(struct worker *w);
void worker_run_tunnel(struct worker *w);
/* Runs jobs of these queues. */
struct job_handler;
struct worker_queue {
	const struct job_handler *handlers;
	size_t n;
	int (*start)(struct ctx *cx); /* before the first job, and when the database was away */
	unsigned (*poll_ms)(void);    /* when to look whether another host has added one */
};
void worker_run_queue(struct worker *w, const struct worker_queue *q);
/*
 * Waits for those who connect and has each served, until the worker shall end or has served enough. serve_one takes one
 * connection; false: there was none left to take. limit_us: of one, before the master ends the worker.
 */
void worker_serve(struct worker *w, uint64_t limit_us, bool (*serve_one)(struct worker *w, void *arg), void *arg);
/*
 * True when the worker should end what it does and leave: the master asked for it or is gone. Cheap enough for a loop
 * that waits. Signals stay blocked in workers, so that no system call of a library is interrupted.
 */
bool worker_ending(void);
/* What worker_ending() said last, without looking. */
bool worker_asked(void);
/* How often the log was opened anew (SIGUSR1), for one who has to pass it on. */
unsigned worker_log_turns(void);
/*
 * An epoll set that says so when worker_ending() has something to look at: with an event whose data is 0. The caller adds what
 * else it waits for.
 */
int worker_epoll(void);
/* Adds the listening socket to it, with events whose data is WORKER_CONNECTS: of the workers that wait, one is woken. */
void worker_listen(const struct worker *w, int ep);
enum { WORKER_CONNECTS = 1 };
/* A serve_one for worker_serve(): one request, arg is its struct fcgi. */
bool worker_serve_request(struct worker *w, void *arg);
/* How many it serves before another takes its place. Not all at the same time: each lives a little longer or shorter. */
uint64_t worker_requests(const struct worker *w);
/* Is who has connected a process of our own user? nginx, which may reach the folder of the sockets, is none. */
bool worker_peer_is_ours(int fd);
/* Ends one request or job: counts, forgets, gives the arena back. */
void worker_round_done(struct worker *w);

#endif
