/* What a master passes to the program that takes its place on a reload: open files and worker pids, by environment. */
#ifndef SERVER_HANDOVER_H
#define SERVER_HANDOVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"

/* Keeps fd open over execve and remembers it under name, with a note for the one who takes it. */
void handover_put(const char *name, int fd, const char *note);
/* The fd that was put under that name, once; -1 when there is none. *note lives in mem. */
int handover_take(struct arena *mem, const char *name, const char **note);
/* The same for one worker: its pid and its slot. */
void handover_put_worker(unsigned slot, pid_t pid);
pid_t handover_take_worker(unsigned slot);
/* True in a program that was started to take a master's place. */
bool handover_is_successor(void);
void handover_begin(void);
/* Forgets that there was a predecessor, so that children do not see it. */
void handover_end(void);
/* Takes everything back when execve failed. */
void handover_cancel(const char *name, int fd);

#endif
