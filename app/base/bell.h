/*
 * Bells: how those who wait for something hear that it may have happened, without asking the database again and again.
 *
 *	bell_ring("task:6a3f");                  a writer, in any process of this host, AFTER its commit
 *	if (bell_count(bell("task:6a3f")) != seen)  one who waits looks at what there is now
 *
 * A bell says "look", never what there is: keys share counters (BELLS of them), so it may ring for nothing, and one that is
 *rung twice may be heard once. Processes on other hosts are not heard: who waits looks by itself now and then as well.
 */
#ifndef BASE_BELL_H
#define BASE_BELL_H

#include <stdint.h>

enum { BELLS = 4096 };

struct bells {
	uint32_t count[BELLS];
};

/* The bell of a key. */
uint32_t bell(const char *key) __attribute__((nonnull));
/* How often it has rung; read it before looking, so that what comes meanwhile is not missed. */
uint32_t bell_count(uint32_t bell);
/* Heard by all processes of this host; without a server (command line, tests) by this process only. Never blocks. */
void bell_ring(const char *key) __attribute__((nonnull));
/* The same for this process alone: for one that has found out for itself. */
void bell_ring_here(const char *key) __attribute__((nonnull));

/*
 * What all processes share from now on: counters, and an eventfd that is written to with each ring and never read. Whoever
 * waits adds it to an epoll set with EPOLLET, which tells of each. For the server only.
 */
void bells_share(struct bells *shared, int fd);
/* That eventfd; -1: there is none. */
int bells_fd(void);

#endif
