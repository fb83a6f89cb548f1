/* A documentation site: a folder with mkdocs.yml and Markdown in, HTML out. Knows no portal; the portal's reader uses what it
 * leaves. */
#ifndef DOCS_SITE_H
#define DOCS_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"

struct site_history {
	const char *author; /* of the last change; NULL: not known */
	int64_t changed_ms; /* wall clock; 0: not known */
};

struct site_options {
	const char *source; /* the folder with mkdocs.yml (or only docs/ or README.md); absolute */
	const char *title;  /* site_name where mkdocs.yml names none; NULL: "Documentation" */
	const char *out;    /* the published site; made, must not exist; whole or (on an error) removed */
	const char *reader; /* what the portal's reader needs of it (reader.h), likewise; NULL: not wanted */
	/* The last build of the same site: pages whose source did not change are taken from it. NULL: all are rendered. */
	const char *previous_out, *previous_reader;
	/*
	 * Brings the last build up to date where it is, file by file, each whole at any time: out and reader are as previous_*,
	 * and are there. ERR_CONFLICT, and nothing is changed: they cannot be used. After another error the site is as far as
	 * it got, and the next build begins from nothing.
	 */
	bool in_place;
	const char *assets; /* the installation's static files, for styles and scripts; NULL: pages have none */
	/* Where mkdocs.yml names none; NULL: no edit links. edit_uri: what a file's path below source is put behind. */
	const char *repo_url, *edit_uri;
	const struct json *conf; /* techdocs.generator and techdocs.sanitizer of the configuration, or NULL */
	const char *etag;        /* into techdocs_metadata.json; NULL: none */
	/* Last change of a source file, relative to source; NULL: not known. */
	int (*history)(struct ctx *cx, void *arg, const char *path, struct site_history *out);
	void (*log)(void *arg, const char *line); /* what happens, for a person; NULL: nobody reads */
	void *arg;
	/* Limits, 0 for the default: whole source and output in bytes, files, seconds of CPU and bytes of memory for rendering.
	 */
	uint64_t max_source, max_output, max_files, page_cpu_ms, page_memory;
};

struct site_result {
	size_t pages, rendered, failed, warnings; /* rendered: not taken from the previous build; failed: pages that show why */
	uint64_t bytes;
};

/*
 * Builds the site. A page that goes over a limit, or kills its renderer, is a page that says so; everything else goes on.
 * ERR_INPUT: mkdocs.yml or docs_dir is not usable (file, line and field in the message); ERR_TOOLARGE; ERR_DENIED: a path
 * or a symlink leads outside; ERR_INTERNAL: the disk is full and the like. After an error out and reader are not there.
 */
int site_build(struct ctx *cx, const struct site_options *options, struct site_result *out);

/* Has the folder nothing in it but what a build leaves for the next one (reader)? An empty one has; one that is not there, too.
 */
bool site_is_reader(struct arena *mem, const char *folder);

/* A fault of the documentation: a link, an anchor, an image or an entry of nav that leads nowhere, a page that nothing leads
 * to. */
struct site_fault {
	const char *file; /* relative to source */
	unsigned line;    /* 0: not known */
	const char *what;
};
/*
 * Looks for faults. Of options out is a folder for the work, which must not exist and is removed; reader and previous_* are not
 * used. Errors as those of site_build().
 */
int site_check(struct ctx *cx, const struct site_options *options, struct site_fault **faults, size_t *n);

#endif
