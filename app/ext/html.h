/* Cleans HTML that strangers wrote: parsed as browsers do (libgumbo), and written anew from an allow-list. */
#ifndef EXT_HTML_H
#define EXT_HTML_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/list.h"
#include "base/regex.h"
#include "base/str.h"

/* What is allowed beyond the list (techdocs.sanitizer). Zero-initialised: nothing. */
struct html_policy {
	struct text_list iframe_hosts; /* "example.com", "example.com:8443" */
	struct text_list schemes;      /* of links, in lower case, without the colon */
	const struct regex *element;   /* names of custom elements; NULL: none */
	const struct regex *attribute; /* names of their attributes; NULL: none beyond the common ones */
	/*
	 * For a page of the portal, whose scripts and Content-Security-Policy must not be met: no style attribute (alignment
	 * and sizes become attributes), and of data-* only what styles and scripts of articles read.
	 */
	bool strict;
	size_t max_output; /* bytes; 0: 16 MiB */
};

struct html_clean {
	struct str html;
	bool has_h1;
	bool differs; /* with the other value of strict it would be another text */
};

/*
 * Cleans a fragment, as it stands in a <div>. Elements that are not allowed give way to what they hold; script, style, svg,
 * math and the like go with all they hold. What comes out is harmless however often it is parsed again. ERR_TOOLARGE: nested
 * too deep, too many tags, or longer than max_output.
 */
int html_clean(struct ctx *cx, struct str html, const struct html_policy *policy, struct html_clean *out);

/* Appends text so that it means itself, also within the quotes of an attribute. */
void html_write_text(struct buf *out, struct str text);

#endif
