/* The commands of the program: callboard COMMAND. */
#ifndef CMD_H
#define CMD_H

#include "base/ctx.h"
#include "server/serve.h"

#define CALLBOARD_VERSION "0.1.0"

/*
 * A command gets its own name as argv[0]; --config was taken out. It prints its result to standard output and returns 0 (good),
 * a worded error (main prints it; exit status 1), the exit status itself when it has told the user, or cmd_usage().
 */
int cmd_config(struct ctx *cx, int argc, char **argv);
int cmd_doctor(struct ctx *cx, int argc, char **argv);
int cmd_docs(struct ctx *cx, int argc, char **argv);
int cmd_lint(struct ctx *cx, int argc, char **argv);
int cmd_migrate(struct ctx *cx, int argc, char **argv);
int cmd_plugin(struct ctx *cx, int argc, char **argv);
/* Parts of it: check DIR, test DIR, new NAME [--dir DIR]. */
int cmd_plugin_check(struct ctx *cx, const char *dir);
int cmd_plugin_test(struct ctx *cx, const char *dir);
int cmd_plugin_new(struct ctx *cx, int argc, char **argv);
int cmd_request(struct ctx *cx, int argc, char **argv);
int cmd_routes(struct ctx *cx, int argc, char **argv);
int cmd_template(struct ctx *cx, int argc, char **argv);
int cmd_token(struct ctx *cx, int argc, char **argv);
/* The part of it that is about personal tokens. */
int cmd_access_token(struct ctx *cx, int argc, char **argv);
int cmd_user(struct ctx *cx, int argc, char **argv);

/* The command line was not understood: return cmd_usage(cx, "no such method '%s'", m); exit status 2 and the command's help. */
enum { CMD_USAGE = -1000 };
#define cmd_usage(cx, ...) fail((cx), CMD_USAGE, __VA_ARGS__)

#endif
