/* Files of a site of documentation, served by nginx once it is known who may have them. */
#ifndef HANDLERS_DOCS_FILE_H
#define HANDLERS_DOCS_FILE_H

#include "docs/docs.h"
#include "web/http.h"

/*
 * The file at path ("img/a.png"; of a folder its index.html) of the site that is shown. as_image: pictures in SVG are given as
 * such, for <img> to show; a browser that opens one runs nothing of it. Otherwise, and whatever else could be active, is plain
 * text. ERR_NOTFOUND.
 */
int docs_file(struct req *rq, struct resp *rs, const struct docs_site *site, const char *path, bool as_image);

/*
 * The entity that a path of /docs or /api/techdocs names (:kind, :namespace, :name), which the asker may read; *ref is its full
 * ref. ERR_NOTFOUND.
 */
int docs_entity(struct req *rq, const char **ref, struct json **entity);

#endif
