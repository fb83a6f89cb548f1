/* Dry runs: a template runs to its end, what it would change elsewhere is left out, and its files are shown. */
#ifndef SCAFFOLDER_DRY_RUN_H
#define SCAFFOLDER_DRY_RUN_H

#include "scaffolder/run.h"

struct dry_run {
	const struct json *entity; /* a good one: template_entity() */
	const struct json *values, *secrets, *user;
	const struct json *files; /* [{path, base64Content}]: the folder of the template; NULL: source says where that is */
	struct template_source source; /* only with files NULL */
	const struct action_host *host;
	struct json *log; /* a list that gets the log as well, also of a run that fails; NULL: none */
	const char *out;  /* a folder that gets the files, links and modes too; NULL: none */
	/* May an action run? NULL: any may. */
	int (*allow)(struct ctx *cx, void *arg, const struct action *a, const struct json *input);
};

/*
 * {log: [{body: {message, stepId, status}}], directoryContents: [{path, executable, base64Content}], output, steps}. The error
 * is that of the first step that failed. All folders are gone when cx->mem is reset.
 */
int dry_run(struct ctx *cx, const struct dry_run *d, struct json **result);
/* The folder for workspaces, in server.state. */
const char *scaffold_folder(const struct ctx *cx);
/* Takes away what a process that died has left in a folder of such folders an hour ago or more. */
void scaffold_sweep(struct ctx *cx, const char *folder);

#endif
