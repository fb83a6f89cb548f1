/* The master: starts workers, watches them, replaces them; never touches a request itself. */
#ifndef SERVER_MASTER_H
#define SERVER_MASTER_H

#include "base/ctx.h"
#include "server/settings.h"
#include "server/scoreboard.h"
#include "server/sockets.h"
#include "server/watch.h"

struct child {
	pid_t pid; /* 0: this slot is free */
	enum pool pool;
	bool old;          /* runs what was before a reload */
	bool asked, ended; /* to leave; by force */
	uint64_t born_us, asked_us;
};

struct pool_state {
	unsigned storm;         /* unexpected deaths, one after the other */
	uint64_t last_death_us; /* 0: none yet */
	uint64_t start_us;      /* no new worker before */
};

struct master {
	struct ctx *cx;
	struct settings set;
	struct sockets socks;
	struct watch *watch; /* of the plugins' files; NULL: none */
	const char *exe;     /* path of the program, as it was at the start */
	int lock, alive[2], signals, bells;
	struct child kids[MAX_WORKERS]; /* by slot */
	struct pool_state pools[N_POOLS];
	bool running;         /* READY was said */
	bool stopping, again; /* SIGHUP came while another reload was under way */
	uint64_t stop_us, began_us, measured_us;
	pid_t checker; /* tries the new program and configuration before a reload */
	uint64_t checker_us;
	uint64_t watchdog_us, fed_us;
};

/* Supervises until told to stop. Returns 0. m: cx, set, socks, lock, exe filled; the scoreboard is there. */
int master_run(struct master *m);

/* pool.c: the workers of all pools. */
void pools_adopt(struct master *m);              /* those of the predecessor */
void pools_reap(struct master *m);               /* takes note of those that ended */
void pools_fill(struct master *m);               /* starts those that are missing */
void pools_watch(struct master *m);              /* ends those that hang, leak or do not leave */
bool pools_ready(const struct master *m);        /* all that are wanted have come up */
void pools_ask(struct master *m, bool old_only); /* asks them to leave */
void pools_signal(const struct master *m, int sig);
unsigned pools_count(const struct master *m, bool old_only);

/* reload.c: a new configuration or program, without a request lost. */
void reload_begin(struct master *m);               /* tries them in a process of its own */
void reload_checked(struct master *m, int status); /* and replaces this program if that went well */
void reload_watch(struct master *m);
/* True in the process that only tries whether the program and configuration would start. */
bool reload_is_check(void);

#endif
