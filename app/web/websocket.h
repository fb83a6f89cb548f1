/* What one who only passes a WebSocket on has to know of it: where a frame ends, and how it is closed. */
#ifndef WEB_WEBSOCKET_H
#define WEB_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Follows the frames of one direction. Zero-initialise. */
struct ws_walk {
	unsigned char head[14];
	unsigned got;  /* bytes of a head that is not whole yet */
	uint64_t left; /* bytes of the frame whose head was */
};
void ws_walk(struct ws_walk *w, const char *bytes, size_t n);
/* Has all that came been whole frames? Then there may be another. */
bool ws_between(const struct ws_walk *w);
/* As many bytes are surely of the frame that has begun; at least 1 within one. */
size_t ws_rest(const struct ws_walk *w, size_t most);

enum { WS_CLOSE_MOST = 127 };
/* Writes the frame with which a server closes; why is cut where a frame of that kind ends. Returns its size. */
size_t ws_close(char out[WS_CLOSE_MOST], unsigned code, const char *why);

#endif
