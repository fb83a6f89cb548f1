/* Asking the index process. */
#ifndef INDEX_CLIENT_H
#define INDEX_CLIENT_H

#include <sys/types.h>

#include "base/ctx.h"
#include "base/str.h"

/* How the index process is. */
enum index_state { INDEX_AWAY, INDEX_LOADING, INDEX_READY, INDEX_FULL };

/* What the processes of one host know together; zeroed at the start, in the scoreboard. */
struct index_shared {
	uint64_t must_seq; /* written by somebody who may ask next: every answer has seen it */
	uint64_t want_seq; /* written by anyone: an answer has seen it where that takes but a moment */
	uint64_t away_us;  /* monotonic: since when nobody answers; 0: the index is there */
	uint64_t state;    /* enum index_state; this and the next as the index process last said */
	uint64_t seq, documents, keys, values, bytes, limit;
	uint64_t snapshot_ms; /* wall clock: when the last snapshot was written; 0: never */
};

/* A frame on the socket is its length without this number, then what is below, then the request or the answer. */
struct index_ask_head {
	uint32_t n, flags;
	uint64_t must_seq, want_seq;
};
/* code: 0, or ERR_* with its text as the answer. */
struct index_answer_head {
	uint32_t n;
	int32_t code;
};
enum { INDEX_ASK_ANEW = 1 }; /* not an answer that was given before */
enum { INDEX_ASK_MOST = 16 << 20, INDEX_ANSWER_MOST = 128 << 20 };

/* To a process that answers such questions; one each in a process that asks. */
struct index_line {
	const char *name, *things, *limit; /* "The catalog's index", "entities", the setting that limits its memory */
	const char *socket;
	struct index_shared *shared;
	uint32_t flags; /* INDEX_ASK_* */
	int fd;
	pid_t pid; /* that opened it */
};
#define INDEX_LINE(its_name, its_things, its_limit)                                                                            \
	{                                                                                                                      \
		.name = its_name, .things = its_things, .limit = its_limit, .fd = -1                                           \
	}
/* As index_client_setup(). */
void index_line_setup(struct index_line *line, const char *socket, struct index_shared *shared);
/* As index_ask(), of another process of that kind. */
int index_line_ask(struct ctx *cx, struct index_line *line, struct str request, struct str *answer);

/*
 * Where the index listens and what is shared; once, before the first question. Both must last. shared NULL: a command-line
 * program. awaited: who asks next has to see what this process writes (of web workers); else it is seen a moment later.
 */
void index_client_setup(const char *socket, struct index_shared *shared, bool awaited);
/* For who measures: each answer is worked out, though it may have been given before. */
void index_client_anew(void);
/* Takes note of a change that was committed. */
void index_wrote(uint64_t seq);
/*
 * Sends a request (see request.h) and waits for its answer, which lives in cx->mem and has seen what was written on this host
 * before. While the index is away it waits until that has lasted a second, then gives ERR_UNAVAILABLE. Else the errors of
 * index_answer().
 */
int index_ask(struct ctx *cx, struct str request, struct str *answer);

#endif
