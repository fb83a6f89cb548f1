/* What a build has to say: lines for a person, and faults of the documentation by file and line. */
#ifndef DOCS_NOTES_H
#define DOCS_NOTES_H

#include "base/arena.h"
#include "base/list.h"

struct note {
	const char *file; /* relative to the source */
	unsigned line;    /* 0: not known */
	const char *what;
	const char *find; /* text of the file that is meant, where the line is not known; NULL */
};
struct notes {
	struct arena *mem;
	void (*log)(void *arg, const char *line); /* NULL: nobody reads */
	void *arg;
	struct note *items; /* the warnings, in their order */
	size_t n, cap;
};

void note_info(struct notes *notes, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
/* A fault of the documentation, which is kept and logged. */
void note_warn(struct notes *notes, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), nonnull(4)));

#endif
