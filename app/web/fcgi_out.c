/* The rest of a FastCGI answer without libfcgi, which would wait for a reader that does not read. */
#include "web/fcgi_out.h"

#include <errno.h>
#include <fastcgi.h>
#include <sys/socket.h>
#include <unistd.h>

static void add_record(struct fcgi_out *o, unsigned type, const void *bytes, size_t n)
{
	const unsigned char head[FCGI_HEADER_LEN] = {
		FCGI_VERSION_1,       (unsigned char)type,     (unsigned char)(o->id >> 8),
		(unsigned char)o->id, (unsigned char)(n >> 8), (unsigned char)n,
	};

	o->waiting.mem = &o->mem;
	buf_add(&o->waiting, head, sizeof(head));
	buf_add(&o->waiting, bytes, n);
}

/* An idle answer keeps no memory for what it may have to say. */
static void forget_waiting(struct fcgi_out *o)
{
	arena_release(&o->mem);
	o->waiting = (struct buf){ 0 };
	o->gone = 0;
}

bool fcgi_out_flush(struct fcgi_out *o)
{
	while (fcgi_out_waits(o)) {
		ssize_t n = send(o->fd, o->waiting.p + o->gone, fcgi_out_waits(o), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		o->gone += (size_t)n;
	}
	forget_waiting(o);
	return true;
}

bool fcgi_out_put(struct fcgi_out *o, struct str bytes)
{
	while (bytes.n) {
		size_t part = bytes.n < FCGI_MAX_LENGTH ? bytes.n : FCGI_MAX_LENGTH;

		add_record(o, FCGI_STDOUT, bytes.p, part);
		bytes.p += part;
		bytes.n -= part;
	}
	return fcgi_out_flush(o);
}

bool fcgi_out_end(struct fcgi_out *o)
{
	const FCGI_EndRequestBody end = { .protocolStatus = FCGI_REQUEST_COMPLETE };

	add_record(o, FCGI_STDOUT, "", 0);
	add_record(o, FCGI_END_REQUEST, &end, sizeof(end));
	return fcgi_out_flush(o);
}

size_t fcgi_out_waits(const struct fcgi_out *o)
{
	return o->waiting.n - o->gone;
}

bool fcgi_out_hung_up(struct fcgi_out *o)
{
	char bin[256];
	ssize_t n;

	while ((n = recv(o->fd, bin, sizeof(bin), MSG_DONTWAIT)) > 0)
		;
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

void fcgi_out_close(struct fcgi_out *o)
{
	forget_waiting(o);
	close(o->fd);
	o->fd = -1;
}
