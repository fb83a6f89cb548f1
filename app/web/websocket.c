/* WebSockets that are passed on (RFC 6455). */
#include "web/websocket.h"

#include <string.h>

enum { WHY_MOST = 123, OP_CLOSE = 0x88, MASKED = 0x80, LENGTH = 0x7f, TWO_BYTES = 126, EIGHT_BYTES = 127, MASK_BYTES = 4 };

/* How long a head is, as far as its first two bytes say. */
static unsigned head_size(const struct ws_walk *w)
{
	unsigned length = w->head[1] & LENGTH;

	if (w->got < 2)
		return 2;
	return 2 + (length == TWO_BYTES ? 2 : length == EIGHT_BYTES ? 8 : 0) + (w->head[1] & MASKED ? MASK_BYTES : 0);
}

static uint64_t body_size(const struct ws_walk *w)
{
	unsigned length = w->head[1] & LENGTH, bytes = length == TWO_BYTES ? 2 : length == EIGHT_BYTES ? 8 : 0;
	uint64_t n = bytes ? 0 : length;

	for (unsigned i = 0; i < bytes; i++)
		n = n << 8 | w->head[2 + i];
	return n;
}

void ws_walk(struct ws_walk *w, const char *bytes, size_t n)
{
	while (n) {
		if (w->left) {
			size_t skip = w->left < n ? (size_t)w->left : n;

			w->left -= skip;
			bytes += skip;
			n -= skip;
			continue;
		}
		w->head[w->got++] = (unsigned char)*bytes++;
		n--;
		if (w->got < head_size(w))
			continue;
		w->left = body_size(w);
		w->got = 0;
	}
}

bool ws_between(const struct ws_walk *w)
{
	return !w->got && !w->left;
}

size_t ws_rest(const struct ws_walk *w, size_t most)
{
	if (!w->left)
		return 1;
	return w->left < most ? (size_t)w->left : most;
}

size_t ws_close(char out[WS_CLOSE_MOST], unsigned code, const char *why)
{
	size_t n = strlen(why);

	if (n > WHY_MOST)
		for (n = WHY_MOST; n && ((unsigned char)why[n] & 0xc0) == 0x80; n--)
			;
	out[0] = (char)OP_CLOSE;
	out[1] = (char)(n + 2);
	out[2] = (char)(code >> 8);
	out[3] = (char)(code & 0xff);
	memcpy(out + 4, why, n);
	return n + 4;
}
