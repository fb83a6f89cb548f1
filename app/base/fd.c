/* File descriptors. */
#include "base/fd.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

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

bool fd_send(int fd, const void *bytes, size_t n)
{
	for (const char *p = bytes; n;) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

bool fd_receive(int fd, void *bytes, size_t n)
{
	for (char *p = bytes; n;) {
		ssize_t got = recv(fd, p, n, 0);

		if (got <= 0) {
			errno = got ? errno : 0;
			return false;
		}
		p += got;
		n -= (size_t)got;
	}
	return true;
}
