/* Tags of HTML as they stand in a text. */
#ifndef MARKDOWN_HTML_TAG_H
#define MARKDOWN_HTML_TAG_H

#include "markdown/private.h"

struct html_tag {
	const char *name; /* lower case */
	struct attrs attrs;
	size_t end; /* behind the '>' */
	bool empty; /* ends in "/>" */
};

/* Reads the start tag or the end tag at s[at]; false when there is none. */
bool html_start_tag(struct md *md, struct str s, size_t at, struct html_tag *out);
bool html_end_tag(struct md *md, struct str s, size_t at, struct html_tag *out);

#endif
