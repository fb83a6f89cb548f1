/* A follower's other half: a process that reads the database, so that no question waits for it. */
#ifndef SERVER_FEEDER_H
#define SERVER_FEEDER_H

#include <sys/types.h>

#include "base/buf.h"
#include "index/request.h"
#include "server/worker.h"

/* Where the process writes what it has read, in frames: a kind ('P' and 'R' are for what it feeds), and bytes. */
struct feeder_out {
	const struct settings *set;
	int fd;
	struct buf out;
	struct arena mem;
};
size_t feeder_frame(struct feeder_out *to, char kind);
/* The end of the frame that began at `at`. */
void feeder_end(struct feeder_out *to, size_t at);
/* A frame of its own: all changes up to seq have been given. */
void feeder_seq(struct feeder_out *to, uint64_t seq);

/* How far somebody is fed: the last change of the catalog that is in, and of another sequence for those that follow two. 0: all
 * is read first. */
struct feeder_at {
	uint64_t seq, other;
};
/* What is read: begin gives a state behind these changes, step does a little as feed_step() does. */
struct feeder_kind {
	const char *what; /* is fed: "index", for the log */
	void *(*begin)(struct ctx *cx, struct feeder_out *to, const struct feeder_at *at);
	int (*step)(void *state);
};
/* Takes one frame in; kinds that are the feeder's own never come. */
typedef void feeder_take_fn(void *held, char kind, struct reader *r, struct arena *mem);

struct feeder {
	pid_t pid;
	int fd;
	struct {
		char *p;
		size_t n, cap;
	} in; /* what has come and is not taken in yet */
	struct arena mem;
};

/* Starts the process, which waits to be told where to begin. To be done while this one is small. It ends with this one. */
int feeder_start(struct ctx *cx, struct feeder *f, const struct feeder_kind *kind, const struct worker *w);
/* Ends it, if it runs, and gives back all that it took: its socket, what came and was not taken in. */
void feeder_stop(struct feeder *f);
/* Behind which changes it goes on. */
void feeder_begin(struct feeder *f, const struct feeder_at *at);
/* Asks it to look for changes now; to open the log anew. */
void feeder_look(const struct feeder *f);
void feeder_turn_log(const struct feeder *f);

enum feeder_said { FEEDER_GOES_ON, FEEDER_CAUGHT_UP, FEEDER_TOO_LATE, FEEDER_GONE };
/*
 * Takes in a little of what it has read, when f->fd can be read. FEEDER_CAUGHT_UP: all that was committed a moment ago is in.
 * *seq: the last change that is. FEEDER_TOO_LATE: what is held is of another time than the database, and is to be built anew
 * (the process has told why).
 */
enum feeder_said feeder_take(struct feeder *f, feeder_take_fn *take, void *held, uint64_t *seq);

#endif
