/* Paths and URLs within a site. */
#ifndef DOCS_PATH_H
#define DOCS_PATH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* folder and path joined and made plain: no ".", no ".."; NULL when it would leave the top. folder may be "". */
const char *path_join(struct arena *mem, const char *folder, const char *path) __attribute__((warn_unused_result));
/* What stands before the last slash; "" when there is none. */
const char *path_folder(struct arena *mem, const char *path);
/* Percent-encodes what cannot stand in the path of a URL. */
const char *path_encode(struct arena *mem, const char *path);
/* Undoes %XX; what is no such sequence stays. */
const char *path_decode(struct arena *mem, struct str text);
/* The way from one URL of a site to another ("guide/one/" and "img/a.png": "../../img/a.png"); the first page has the URL "".
 */
const char *url_between(struct arena *mem, const char *from, const char *to);
/* Has it a scheme, a host, or nothing to look up ("https:…", "//…", "#…", "?…", "/…", "")? */
bool url_is_elsewhere(const char *url);
/* A link that may be shown: http, https, mailto, or without a scheme. */
bool url_is_harmless(const char *url);

#endif
