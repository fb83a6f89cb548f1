/* mkdocs.yml, read by allow-lists: what is not on one is left out and said. Nothing of it is ever run. */
#ifndef DOCS_MKDOCS_H
#define DOCS_MKDOCS_H

#include "base/json.h"
#include "docs/ignore.h"
#include "docs/notes.h"
#include "docs/tree.h"

struct mkdocs {
	const char *file;   /* relative to the source; NULL: there is none, and defaults hold */
	const char *folder; /* where it lies: "", "services/api" */
	const char *docs;   /* docs_dir relative to the source */
	const char *name, *description, *author, *url, *copyright,
		*language;                               /* description, author, url, copyright: NULL for none */
	const char *repo_url, *edit_uri, *edit_template; /* NULL: none */
	bool directory_urls;
	const struct json *nav;       /* array, NULL: none */
	const struct json *redirects; /* object: old page to new page or URL, NULL: none */
	struct json *extensions;      /* object: name of an extension to its options */
	struct text_list snippets;    /* folders that snippets are looked for in, relative to the source */
	struct text_list css;         /* extra_css, as written */
	struct ignore exclude, not_in_nav;
};

/* What holds where the file is silent; each may be NULL. */
struct mkdocs_defaults {
	const char *name, *repo_url, *edit_uri;
};

/*
 * Reads mkdocs.yaml or mkdocs.yml of a folder of the tree; file names another one, NULL for those. ERR_INPUT with file and
 * line: not YAML, or a field of the wrong type; ERR_DENIED: docs_dir leads outside.
 */
int mkdocs_read(struct ctx *cx, const struct tree *t, const char *folder, const char *file,
		const struct mkdocs_defaults *defaults, struct notes *notes, struct mkdocs *out);

#endif
