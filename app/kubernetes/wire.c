/* Frames between those who ask and the process that asks clusters, and between that and those who run rules. */
#include "kubernetes/wire.h"

#include <sys/socket.h>

bool wire_send(int fd, const void *bytes, size_t n)
{
	for (const char *p = bytes; n > 0;) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

bool wire_receive(int fd, void *bytes, size_t n)
{
	for (char *p = bytes; n > 0;) {
		ssize_t got = recv(fd, p, n, 0);

		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}
