/* Says when a file of a plugin has changed, for those who write one: plugins.watch. */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include <stdbool.h>

#include "base/ctx.h"

struct watch;

/* Begins to look at the directories of plugins, with all that is in them. NULL unless plugins.watch is true. Lives in cx->mem.
 */
struct watch *watch_open(struct ctx *cx);
/* What to poll for input; -1 without a watch. */
int watch_fd(const struct watch *w);
/* How long to wait at most, in ms: most, or less when watch_changed() will have something to say before. */
int watch_wait_ms(const struct watch *w, int most);
/* True once, 100 ms after the last of one or more changes: an editor makes several. */
bool watch_changed(struct watch *w);
/* In a worker: that of the master goes on. */
void watch_close(struct watch *w);

#endif
