/* The rest of a FastCGI answer without libfcgi, which would wait for a reader that does not read. */
#ifndef WEB_FCGI_OUT_H
#define WEB_FCGI_OUT_H

#include <stdbool.h>

#include "base/buf.h"

struct fcgi;

struct fcgi_out {
	int fd;
	unsigned id; /* of the request on its connection */
	struct arena mem;
	struct buf waiting; /* what the reader has not taken yet, as records */
	size_t gone;        /* of it */
};

/* Takes the accepted request's connection, of which everything was flushed: f is free for the next. False: no descriptor is
 * left. */
bool fcgi_leave(struct fcgi *f, struct fcgi_out *out);
/* Sends what the reader takes now and keeps the rest. None of them blocks. False: the reader has gone. */
bool fcgi_out_put(struct fcgi_out *o, struct str bytes);
bool fcgi_out_flush(struct fcgi_out *o);
/* Says that the answer is complete; it is once fcgi_out_waits() is 0. */
bool fcgi_out_end(struct fcgi_out *o);
size_t fcgi_out_waits(const struct fcgi_out *o);
/* True when the other side has closed. What it says, if anything, is not for us. */
bool fcgi_out_hung_up(struct fcgi_out *o);
void fcgi_out_close(struct fcgi_out *o);

#endif
