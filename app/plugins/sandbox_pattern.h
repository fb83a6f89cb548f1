/* Lua's patterns (section 6.4.1 of its manual), with a limit on the work. Knows nothing of a Lua state. */
#ifndef PLUGINS_SANDBOX_PATTERN_H
#define PLUGINS_SANDBOX_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { PATTERN_CAPTURES = 32, PATTERN_SMALL = 16 };

enum pattern_kind {
	PATTERN_SET,
	PATTERN_OPEN,
	PATTERN_PLACE,
	PATTERN_CLOSE,
	PATTERN_BALANCE,
	PATTERN_FRONTIER,
	PATTERN_BACK,
	PATTERN_END
};

struct pattern_item {
	uint8_t kind;
	char repeat;      /* of a set: 0, '?', '*', '+', '-' */
	uint8_t a, b;     /* of a balance; a: which capture */
	uint32_t set[8];  /* one bit a byte */
	int below;        /* while matching: the choice before this one, -1: none */
	size_t least, at; /* while matching: where it may go back to, and where it is */
};

/* The caller gives room for as many items as the text has bytes. */
struct pattern {
	struct pattern_item *items;
	size_t n;
	unsigned captures;
	bool anchored;
};

struct pattern_capture {
	size_t begin, n;
	bool place; /* "()": begin is all that it has */
};

/* One subject. Called every few hundred steps: false ends the search (or it does not return). */
struct pattern_match {
	struct str subject;
	bool (*step)(void *arg, uint64_t steps);
	void *arg;
	uint64_t steps;
	size_t begin, end; /* of the match */
	struct pattern_capture capture[PATTERN_CAPTURES];
};

/* anchors: "^" at the beginning means the beginning. NULL, or what is wrong with the pattern. */
const char *pattern_compile(struct pattern *p, struct str text, bool anchors);
/* The first match that begins at from or behind it (only there: at_once, or an anchored pattern). 1, 0 none, -1 ended by
 * step(). */
int pattern_find(const struct pattern *p, struct pattern_match *m, size_t from, bool at_once);

#endif
