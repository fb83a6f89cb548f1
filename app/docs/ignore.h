/* Patterns as in .gitignore: exclude_docs and not_in_nav of mkdocs.yml. */
#ifndef DOCS_IGNORE_H
#define DOCS_IGNORE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/list.h"

struct ignore {
	struct ignore_rule *items;
	size_t n, cap;
};

/* One pattern a line; '#' begins a comment, '!' takes back. */
void ignore_parse(struct arena *mem, const char *text, struct ignore *out);
/* Does the last rule that fits path (a file, relative) or a folder above it ignore it? */
bool ignore_matches(struct arena *mem, const struct ignore *rules, const char *path);

#endif
