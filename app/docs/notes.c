/* What a build has to say: lines for a person, and faults of the documentation by file and line. */
#include "docs/notes.h"

#include <stdarg.h>

void note_info(struct notes *notes, const char *fmt, ...)
{
	va_list ap;

	if (!notes->log)
		return;
	va_start(ap, fmt);
	notes->log(notes->arg, arena_vprintf(notes->mem, fmt, ap));
	va_end(ap);
}

void note_warn(struct notes *notes, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);

	const char *what = arena_vprintf(notes->mem, fmt, ap);

	va_end(ap);
	*list_add(notes->mem, notes) = (struct note){ .file = file, .line = line, .what = what };
	if (line)
		note_info(notes, "warning: %s:%u: %s", file, line, what);
	else
		note_info(notes, "warning: %s: %s", file, what);
}
