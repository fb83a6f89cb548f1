/* A body that is sent while it comes into being: server-sent events, logs, large downloads. */
#ifndef WEB_STREAM_H
#define WEB_STREAM_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/str.h"

struct stream {
	/* Sends and flushes; ERR_UPSTREAM when the reader has gone. */
	int (*write)(struct ctx *cx, struct stream *to, struct str bytes);
	/* True when the worker is asked to end: close the answer soon. NULL: never. */
	bool (*ending)(void);
	void *sink;
	size_t sent; /* bytes so far */
};

/* Sends bytes now. 0, or ERR_UPSTREAM when the reader has gone: return it. */
int stream_write(struct ctx *cx, struct stream *to, struct str bytes);
/*
 * One server-sent event; data may have several lines. id and event may be NULL. Same errors.
 * The answer's content type is SSE_TYPE.
 */
int sse_event(struct ctx *cx, struct stream *to, const char *id, const char *event, const char *data);
/* The same into a buffer, for those who send it more than once. */
void sse_write(struct buf *b, const char *id, const char *event, const char *data);
/* A comment line that keeps proxies from closing an idle answer. */
int sse_ping(struct ctx *cx, struct stream *to);
/* True when the answer should end soon: the client connects again and asks for what is missing. */
bool stream_ending(const struct stream *to);

#define SSE_TYPE "text/event-stream; charset=utf-8"

#endif
