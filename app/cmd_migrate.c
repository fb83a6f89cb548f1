/* callboard migrate: brings the database's schema up to date. */
#include <stdio.h>

#include "cmd.h"
#include "ext/db.h"

int cmd_migrate(struct ctx *cx, int argc, char **argv)
{
	const char *sql = json_get_text(json_get(cx->conf, "server"), "sql", "sql");
	unsigned applied = 0;
	int rc = db_migrate(cx, arena_printf(cx->mem, "%s/schema", sql), &applied);

	(void)argc;
	(void)argv;
	if (rc < 0)
		return rc;
	if (applied)
		printf("%u migration%s applied.\n", applied, applied == 1 ? "" : "s");
	else
		puts("The schema is up to date.");
	return 0;
}
