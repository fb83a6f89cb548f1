/* The commands that run the portal and look at it. */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "base/ctx.h"

/* callboard serve: runs the master in the foreground until SIGTERM or SIGINT. Returns 0 or a worded error. */
int cmd_serve(struct ctx *cx, int argc, char **argv);
/* callboard status: prints what every worker is doing. ERR_UNAVAILABLE when nothing runs. */
int cmd_status(struct ctx *cx, int argc, char **argv);

#endif
