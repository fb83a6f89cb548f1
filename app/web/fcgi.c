/* Requests and answers over FastCGI (libfcgi). */
#include "web/fcgi.h"

#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "web/fcgi_out.h"
#include "web/park.h"
#include "web/stream.h"

/* A body that is too large is still read to here, so that nginx gets to see our answer. */
enum { DRAIN_LIMIT = 64 * 1024 * 1024, FIRST_KEPT_FD = 1024 };

struct fcgi {
	FCGX_Request rq;
	size_t body_limit;
	bool (*ending)(void);
	void (*hold)(struct fcgi *f, struct park *p);
};

struct fcgi *fcgi_new(struct arena *mem, int listen_fd, size_t body_limit)
{
	struct fcgi *f = arena_new(mem, struct fcgi);

	if (FCGX_Init() != 0 || FCGX_InitRequest(&f->rq, listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		abort();
	f->body_limit = body_limit;
	return f;
}

void fcgi_on_ending(struct fcgi *f, bool (*ending)(void))
{
	f->ending = ending;
}

void fcgi_on_park(struct fcgi *f, void (*hold)(struct fcgi *f, struct park *p))
{
	f->hold = hold;
}

/*
 * libfcgi uses select(), which knows no descriptors from 1024 up: those that are kept for long go there, so that it always
 * finds a low one for the next. It is not asked to close, since it would end the connection for all who have it open.
 */
bool fcgi_leave(struct fcgi *f, struct fcgi_out *out)
{
	int fd = fcntl(f->rq.ipcFd, F_DUPFD_CLOEXEC, FIRST_KEPT_FD);

	if (fd < 0)
		return false;
	*out = (struct fcgi_out){ .fd = fd, .id = (unsigned)f->rq.requestId };
	close(f->rq.ipcFd);
	f->rq.ipcFd = -1;
	FCGX_Free(&f->rq, 0);
	return true;
}

bool fcgi_accept(struct fcgi *f)
{
	return FCGX_Accept_r(&f->rq) == 0;
}

void fcgi_finish(struct fcgi *f)
{
	FCGX_Finish_r(&f->rq);
}

static int write_bytes(struct fcgi *f, struct str bytes)
{
	while (bytes.n) {
		int part = bytes.n > INT_MAX / 2 ? INT_MAX / 2 : (int)bytes.n;

		if (FCGX_PutStr(bytes.p, part, f->rq.out) < part)
			return -1;
		bytes.p += part;
		bytes.n -= (size_t)part;
	}
	return 0;
}

static int write_piece(struct ctx *cx, struct stream *to, struct str bytes)
{
	struct fcgi *f = to->sink;

	if (write_bytes(f, bytes) < 0 || FCGX_FFlush(f->rq.out) < 0)
		return fail(cx, ERR_UPSTREAM, "the reader has gone");
	return 0;
}

static size_t send_stream(struct req *rq, struct resp *rs)
{
	struct fcgi *f = rs->sink;
	struct stream to = { .write = write_piece, .ending = f->ending, .sink = f };

	if (FCGX_FFlush(f->rq.out) == 0)
		rs->stream(rq->cx, &to, rs->stream_arg);
	return to.sent;
}

static size_t send_answer(struct req *rq, struct resp *rs)
{
	struct buf head = { .mem = rs->mem };
	struct fcgi *f = rs->sink;

	resp_head(rq, rs, &head);
	if (write_bytes(rs->sink, buf_str(&head)) < 0)
		return 0;
	if (rq->method == HEAD)
		return 0;
	if (rs->park && f->hold) {
		if (FCGX_FFlush(f->rq.out) == 0)
			f->hold(f, park_take(rs));
		return 0;
	}
	if (rs->stream)
		return send_stream(rq, rs);
	return write_bytes(rs->sink, buf_str(&rs->body)) < 0 ? 0 : rs->body.n;
}

/* Reads on without keeping, up to DRAIN_LIMIT. */
static void drain(struct fcgi *f)
{
	char bin[8192];

	for (size_t n = 0; n < DRAIN_LIMIT;) {
		int got = FCGX_GetStr(bin, sizeof(bin), f->rq.in);

		if (got <= 0)
			return;
		n += (size_t)got;
	}
}

static int too_large(struct fcgi *f, struct req *rq)
{
	drain(f);
	return fail(rq->cx, ERR_TOOLARGE, "the body is larger than %zu bytes", f->body_limit);
}

static int read_body(struct fcgi *f, struct req *rq)
{
	struct buf b = { .mem = rq->cx->mem };
	const char *said = req_header(rq, "content-length");
	long length = 0;

	if (said && !str_long(said, 0, LONG_MAX, &length))
		return fail(rq->cx, ERR_INPUT, "Content-Length is no number");
	if ((size_t)length > f->body_limit)
		return too_large(f, rq);
	if (length)
		buf_need(&b, (size_t)length);
	for (;;) {
		char part[4096];
		int got = FCGX_GetStr(part, sizeof(part), f->rq.in);

		if (got <= 0)
			break;
		if (b.n + (size_t)got > f->body_limit)
			return too_large(f, rq);
		buf_add(&b, part, (size_t)got);
	}
	if (b.n < (size_t)length)
		return fail(rq->cx, ERR_INPUT, "the body ended after %zu of %ld bytes", b.n, length);
	rq->body = buf_str(&b);
	return 0;
}

void fcgi_read(struct fcgi *f, struct req *rq, struct resp *rs)
{
	struct err first;

	rs->send = send_answer;
	rs->sink = f;
	rq->fault = req_from_cgi(rq, f->rq.envp);
	first = rq->cx->err;
	int rc = read_body(f, rq);

	if (rq->fault == 0)
		rq->fault = rc;
	else
		rq->cx->err = first;
}
