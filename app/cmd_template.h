/* What the parts of `callboard template` share. */
#ifndef CMD_TEMPLATE_H
#define CMD_TEMPLATE_H

#include "cmd.h"
#include "scaffolder/action.h"

/* A template of this machine. */
struct template_file {
	const char *path;
	const char *folder; /* that it is in */
	struct template_source source;
	const struct json *entity;
};

/*
 * The first Template in a file, or in template.yaml or template.yml of a folder. ERR_NOTFOUND; ERR_INPUT: there is none, or
 * what the file's YAML has wrong.
 */
int template_file_read(struct ctx *cx, const char *path, struct template_file *out);
/* A YAML or JSON file that holds an object. */
int template_values_read(struct ctx *cx, const char *path, struct json **out);
/*
 * The actions that come with the portal; those that need its catalog, and unknown ones, do nothing, as in a dry run those that
 * would change something elsewhere. unknown: their ids are added; NULL: they stay unknown.
 */
const struct action_host *template_offline_host(struct ctx *cx, struct text_list *unknown);

struct template_apply {
	const struct json *entity, *values, *secrets;
	struct template_source source;
	const char *out;         /* the workspace, made when missing; NULL: one that is taken away again */
	const char *checkpoints; /* a file that says how far the run is, and from where it is taken up again; NULL: none */
};
/* Runs it for real and prints what happens. SIGINT and SIGTERM cancel it. Errors of scaffold_run(). */
int template_apply(struct ctx *cx, const struct template_apply *a);

int cmd_template_cases(struct ctx *cx, int argc, char **argv);
int cmd_template_lint(struct ctx *cx, int argc, char **argv);
int cmd_template_run(struct ctx *cx, int argc, char **argv);
int cmd_template_test(struct ctx *cx, int argc, char **argv);

#endif
