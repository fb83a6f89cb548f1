/* The text of a YAML stream before it is parsed: characters, lines, document separators. Only for ext/yaml.c. */
#ifndef EXT_YAML_TEXT_H
#define EXT_YAML_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* A place at the beginning of a line. */
struct yaml_place {
	size_t at;
	unsigned line; /* 1-based */
};

/*
 * Offset of the first character at or after from that may not stand in YAML, or text.n; *why says what is wrong. *odd is
 * set when there are characters before it that libyaml takes for line breaks or refuses although YAML 1.2 takes them as text.
 */
size_t yaml_bad_at(struct str text, size_t from, bool *odd, const char **why);
/* A copy of faultless text with stand-ins for those characters; yaml_odd_restore() puts them back (in place). */
struct str yaml_odd_hide(struct arena *mem, struct str text);
void yaml_odd_restore(char *s, size_t *n);

/* The beginning of the next line, or text.n. */
struct yaml_place yaml_next_line(struct str text, struct yaml_place from);
/* The first line at or after from that is only a document separator; at text.n when there is none. */
struct yaml_place yaml_separator(struct str text, struct yaml_place from);

#endif
