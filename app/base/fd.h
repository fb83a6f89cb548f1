/* File descriptors and directories that are closed where a variable ends, or with an arena. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <dirent.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/arena.h"

static inline void fd_close_at_end(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void dir_close_at_end(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* AUTO_FD fd = open(...): negative ones are left alone. AUTO_DIR d = opendir(...): NULL is. */
#define AUTO_FD __attribute__((cleanup(fd_close_at_end))) int
#define AUTO_DIR __attribute__((cleanup(dir_close_at_end))) DIR *

/* It is closed when the arena is reset. */
void fd_keep(struct arena *mem, int fd);
/* Writes all; false with errno. */
bool fd_write(int fd, const void *bytes, size_t n);
/*
 * All of it, on a socket that waits. False with errno: who is there has gone, or the socket's own time limit is over. A signal
 * ends it, too.
 */
bool fd_send(int fd, const void *bytes, size_t n);
/* The same; errno is 0 when who is there has sent no more. */
bool fd_receive(int fd, void *bytes, size_t n);

#endif
