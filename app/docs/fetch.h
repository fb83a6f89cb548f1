/* Gets the folder that a site is built of. */
#ifndef DOCS_FETCH_H
#define DOCS_FETCH_H

#include "catalog/reader.h"
#include "docs/ref.h"
#include "docs/conf.h"

struct docs_tree {
	const char *folder;    /* with mkdocs.yml */
	const char *etag;      /* of all that is in it: the id of a commit, or made of names, sizes and times */
	bool unchanged;        /* etag is the one that was given; folder is not set */
	bool settled;          /* a later change would change the etag; a folder that was written to just now is not */
	struct read_tree tree; /* of a repository: its pages and its history */
};

/*
 * Brings the source here: a folder of this machine is where it is, a repository's is written to `to`. etag: of last time or
 * NULL. Errors as of reader_tree(), ERR_DENIED where a folder leads outside through a link.
 */
int docs_fetch(struct ctx *cx, const struct docs_conf *s, const struct docs_source *source, const char *etag, const char *to,
	       struct docs_tree *out);

#endif
