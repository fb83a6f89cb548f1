/* How plugins fare, in memory that all workers share. */
#ifndef PLUGINS_BOARD_H
#define PLUGINS_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "plugins/plugin.h"

enum { PLUGIN_FAILURES = 5 }; /* in a row, then it is switched off */

struct plugin_health {
	uint64_t calls, failures, us; /* us: time of all calls */
	uint64_t most_memory;         /* of one state */
	unsigned in_a_row;            /* failures since the last success */
	bool off;                     /* switched off for its failures */
	int64_t failed_at_ms;         /* wall clock; 0: never */
	char what[96];                /* that failed: "card greeting" */
	char error[512], traceback[2048];
};

/*
 * Shared by the workers to come; after a reload a plugin whose hash is the same keeps what is known of it. Called in the master
 * after plugins_prepare().
 */
int plugin_board_prepare(struct ctx *cx, const char *state_dir);
/* A copy. All zero where there is no board (command-line programs). */
struct plugin_health plugin_health(const struct plugin *p);
bool plugin_is_off(const struct plugin *p);
/* Counts a call: error NULL when it went well. harmful: such failures, one after the other, switch it off. */
void plugin_count(const struct plugin *p, const char *what, uint64_t us, uint64_t memory, const char *error,
		  const char *traceback, bool harmful);
/* What a call that went well gave back is of no use: counts as a failure that is no reason to switch it off. */
void plugin_blame(const struct plugin *p, const char *what, const char *error);
/* A worker died or was ended while it ran this plugin: counts as a failure. Called by the master. */
void plugin_killed(unsigned index, const char *why);
void plugin_switch_on(const struct plugin *p);
/* Which plugin this process runs now (NULL: none), for whoever looks after it; how: the server says with plugin_set_mark(). */
void plugin_mark(const struct plugin *p);
void plugin_set_mark(void (*fn)(unsigned index_1)); /* 0: none, else the plugin's index + 1 */

#endif
