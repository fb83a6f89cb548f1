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

#endif
