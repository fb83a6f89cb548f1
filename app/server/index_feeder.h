/* The index worker's other half: a process that reads the database, so that no question waits for it. */
#ifndef SERVER_INDEX_FEEDER_H
#define SERVER_INDEX_FEEDER_H

#include <sys/types.h>

#include "index/index.h"
#include "server/worker.h"

struct index_feeder {
	pid_t pid;
	int fd;
	struct {
		char *p;
		size_t n, cap;
	} in; /* what has come and is not taken in yet */
	struct arena mem;
};

/* Starts the process, which waits to be told where to begin. To be done while this one is small. It ends with this one. */
int feeder_start(struct ctx *cx, struct index_feeder *f, const struct worker *w);
/* Behind which change it goes on; 0: all entities are read first. */
void feeder_begin(struct index_feeder *f, uint64_t seq);
/* Asks it to look for changes now; to open the log anew. */
void feeder_look(const struct index_feeder *f);
void feeder_turn_log(const struct index_feeder *f);

enum feeder_said { FEEDER_GOES_ON, FEEDER_CAUGHT_UP, FEEDER_TOO_LATE, FEEDER_GONE };
/*
 * Takes in a little of what it has read, when f->fd can be read. FEEDER_CAUGHT_UP: all that was committed a moment ago is in.
 * FEEDER_TOO_LATE: the index is of another time than the database, and is to be built anew (the process has told why).
 */
enum feeder_said feeder_take(struct index_feeder *f, struct index *ix);

#endif
