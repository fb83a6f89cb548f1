/* What may stay of an element: the lists of the HTML cleaner. Only for ext/html.c. */
#ifndef EXT_HTML_PRIVATE_H
#define EXT_HTML_PRIVATE_H

#include "base/buf.h"
#include "ext/html.h"

enum { HTML_MAX_DEPTH = 200, HTML_MAX_NAME = 64, HTML_MAX_ATTRIBUTES = 100 };

/* A text on its way. */
struct cleaning {
	struct ctx *cx;
	const struct html_policy *policy;
	struct buf out;
	size_t most;
	bool has_h1, differs, in_link;
};

/*
 * Cleans what is written as regularly as our own renderers write, without a tree: every element that is not void ends, in
 * order, and all are on the list. False when it is not, or may not be; c is then half written.
 */
bool html_clean_regular(struct cleaning *c, struct str html);

/* Is an element (in lower case) on the list? */
bool html_element_allowed(const char *name);
/* Does an element that is not allowed go with all it holds? */
bool html_element_dropped(const char *name);
bool html_element_void(const char *name);

/* Text of an element: quotes stay as they are. */
void html_write_content(struct buf *out, struct str text);

struct html_attribute {
	const char *element, *name, *value;
	bool custom; /* the element is one of policy->element */
};
/* Writes ` name="value"` when that may stay. Sets *differs when the other strictness would write another thing. */
void html_write_attribute(struct arena *mem, struct buf *out, const struct html_policy *policy, const struct html_attribute *a,
			  bool *differs);

#endif
