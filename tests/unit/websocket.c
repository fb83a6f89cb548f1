/* WebSockets that are passed on: where frames end, whatever the pieces they come in. */
#include "web/websocket.h"

#include <stdlib.h>

#include "tests/unit/tap.h"

static void feed(struct ws_walk *w, const char *bytes, size_t n, size_t piece)
{
	for (size_t at = 0; at < n; at += piece)
		ws_walk(w, bytes + at, n - at < piece ? n - at : piece);
}

static void test_frames(void)
{
	/* A short one, one that is masked, an empty one, one whose length takes two bytes, one whose length takes eight. */
	static const size_t sizes[] = { 2 + 5, 6 + 3, 2, 4 + 300, 10 + 70000 };
	static const unsigned char heads[][10] = { { 0x82, 5 },
						   { 0x82, 0x83 },
						   { 0x89, 0 },
						   { 0x82, 126, 300 >> 8, 300 & 255 },
						   { 0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70 } };
	static const size_t pieces[] = { 1, 2, 3, 7, 100, 65536 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		struct ws_walk w = { 0 };
		int between = 0, within = 0;

		for (size_t f = 0; f < 5; f++) {
			char *bytes = malloc(sizes[f]);

			memset(bytes, 0xff, sizes[f]);
			memcpy(bytes, heads[f], sizes[f] < 10 ? 2 : 10);
			if (f == 3)
				memset(bytes + 4, 0x7e, 6);
			feed(&w, bytes, sizes[f] - 1, pieces[i]);
			within += !ws_between(&w) && ws_rest(&w, 100) == 1;
			feed(&w, bytes + sizes[f] - 1, 1, 1);
			between += ws_between(&w);
			free(bytes);
		}
		OK(within == 5);
		OK(between == 5);
	}
}

static void test_rest(void)
{
	struct ws_walk w = { 0 };

	ws_walk(&w, "\x82", 1);
	OK(!ws_between(&w));
	OK(ws_rest(&w, 100) == 1);
	ws_walk(&w, "\x64", 1);
	OK(ws_rest(&w, 1000) == 100);
	OK(ws_rest(&w, 60) == 60);
}

static void test_close(void)
{
	char frame[WS_CLOSE_MOST], why[200];
	struct ws_walk w = { 0 };
	size_t n = ws_close(frame, 4001, "bye");

	OK(n == 7);
	OK(memcmp(frame,
		  "\x88\x05\x0f\xa1"
		  "bye",
		  7) == 0);
	memset(why, 'x', sizeof(why));
	why[199] = '\0';
	n = ws_close(frame, 1012, why);
	OK(n == 127);
	OK(frame[1] == 125);
	ws_walk(&w, frame, n);
	OK(ws_between(&w));
	/* A character of three bytes is not cut in two. */
	memcpy(why + 121, "\xe2\x82\xac", 3);
	n = ws_close(frame, 1012, why);
	OK(n == 125);
	OK(frame[124] == 'x');
}

int main(void)
{
	test_frames();
	test_rest();
	test_close();
	return DONE();
}
