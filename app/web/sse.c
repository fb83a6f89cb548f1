/* Writes streamed bodies and server-sent events. */
#include "web/stream.h"

#include "base/buf.h"

int stream_write(struct ctx *cx, struct stream *to, struct str bytes)
{
	int rc = to->write(cx, to, bytes);

	if (rc == 0)
		to->sent += bytes.n;
	return rc;
}

/* A line break in a field would begin another field. */
static void add_field(struct buf *b, const char *name, const char *value)
{
	if (!value || strpbrk(value, "\r\n"))
		return;
	buf_adds(b, name);
	buf_adds(b, value);
	buf_addc(b, '\n');
}

void sse_write(struct buf *b, const char *id, const char *event, const char *data)
{
	add_field(b, "id: ", id);
	add_field(b, "event: ", event);
	buf_adds(b, "data: ");
	for (const char *c = data; *c; c++) {
		if (*c == '\r' && c[1] == '\n')
			continue;
		if (*c == '\n' || *c == '\r')
			buf_adds(b, "\ndata: ");
		else
			buf_addc(b, *c);
	}
	buf_adds(b, "\n\n");
}

int sse_event(struct ctx *cx, struct stream *to, const char *id, const char *event, const char *data)
{
	ARENA mem = { 0 };
	struct buf b = { .mem = &mem };

	sse_write(&b, id, event, data);
	return stream_write(cx, to, buf_str(&b));
}

int sse_ping(struct ctx *cx, struct stream *to)
{
	/* Without an empty line: simple readers take what ends with one for an event. */
	return stream_write(cx, to, STR(":\n"));
}

bool stream_ending(const struct stream *to)
{
	return to->ending && to->ending();
}
