/* Skeletons: trees of files, and names of files, that are rendered with values (fetch:template). */
#ifndef SCAFFOLDER_SKELETON_H
#define SCAFFOLDER_SKELETON_H

#include "scaffolder/workspace.h"

struct skeleton {
	const struct json *values;       /* an object; NULL: empty */
	const struct json *copy_without; /* globs: what fits is copied as it is, under a rendered name; NULL: none */
	const char *extension;           /* ".njk": only such files are rendered, and lose it; NULL: all */
	bool cookiecutter;               /* {{ cookiecutter.x }} in place of ${{ values.x }} */
	bool replace;                    /* what is there already is replaced */
	bool trim_blocks, lstrip_blocks;
	/* What was done, a line each; may be NULL. */
	void (*say)(void *arg, const char *line);
	void *say_arg;
};

/*
 * Renders what is in the folder `source` of from into the folder `target` of to. Binary files and links are copied as they are,
 * modes are kept, and what gets an empty part in its path is left out. ERR_INPUT names file and line of what cannot be rendered
 * ("src/main.go:3: ..."); other errors as of workspaces.
 */
int skeleton_tree(struct ctx *cx, const struct skeleton *s, const struct workspace *from, const char *source,
		  struct workspace *to, const char *target);
/* The same for one file, whose target is not rendered. */
int skeleton_file(struct ctx *cx, const struct skeleton *s, const struct workspace *from, const char *source,
		  struct workspace *to, const char *target);

#endif
