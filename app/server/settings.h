/* The server's own settings: section `server` of the configuration. */
#ifndef SERVER_SETTINGS_H
#define SERVER_SETTINGS_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/log.h"

enum pool {
#define POOL(id, name, run, socket, per_core, at_least) POOL_##id,
#include "server/pools.def"
#undef POOL
	N_POOLS
};

struct settings {
	unsigned workers[N_POOLS];
	const char *listen[N_POOLS]; /* path of a unix socket or "host:port"; NULL for pools that do not listen */
	const char *state;           /* directory: sockets, scoreboard, lock */
	const char *log_path;        /* NULL: standard error */
	enum log_level log_level;
	uint64_t request_limit_us;  /* of a web or plugin worker for one request */
	uint64_t stream_limit_us;   /* of a stream worker; 0: none */
	uint64_t wait_limit;        /* answers that one worker of the pool "wait" holds */
	uint64_t wait_stall_us;     /* one whose reader takes nothing for so long is broken off */
	uint64_t grace_us;          /* between asking a worker to end and ending it */
	uint64_t max_requests;      /* then a worker is replaced; 0: never */
	uint64_t memory_limit_kb;   /* of one worker's own memory */
	uint64_t index_limit_kb;    /* of the index; 0: none */
	const char *index_snapshot; /* file */
	const char *search_snapshot;
	uint64_t search_limit_kb; /* of what search holds; 0: none */
	size_t body_cache;        /* bytes of memory for bodies that were read lately, of all workers together; 0: none */
	size_t body_limit;
	uint64_t tunnel_limit; /* connections that the worker of the pool "tunnel" passes on */
	uint64_t tunnels_per_user;
	uint64_t tunnel_idle_us, tunnel_longest_us; /* then one is ended */
};

/* From cx->conf; ERR_INPUT names the key that is wrong. Texts live in cx->mem. */
int settings_read(struct ctx *cx, struct settings *out);
/* The state directory alone, for programs that only look on. */
const char *settings_state(const struct ctx *cx);
/* Opens the log file, or opens it again after a rotation. -1 with errno; the log then goes on as before. */
int settings_open_log(const struct settings *set);
const char *pool_name(enum pool p);
/* How much memory a worker of that pool may use for itself; 0: any. */
uint64_t settings_memory_kb(const struct settings *set, enum pool p);
/* Where the index worker listens, for programs that only ask. */
const char *settings_index_socket(const struct ctx *cx);
const char *settings_search_socket(const struct ctx *cx);
const char *settings_kube_socket(const struct ctx *cx);

#endif
