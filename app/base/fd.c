/* File descriptors. */
#include "base/fd.h"

#include <errno.h>
#include <stdint.h>

static void close_fd(void *fd)
{
	close((int)(intptr_t)fd);
}

void fd_keep(struct arena *mem, int fd)
{
	arena_defer(mem, close_fd, (void *)(intptr_t)fd);
}

bool fd_write(int fd, const void *bytes, size_t n)
{
	for (const char *p = bytes; n;) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}
