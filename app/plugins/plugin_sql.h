/* SQL that a plugin wrote: hostile until it was read here. */
#ifndef PLUGINS_PLUGIN_SQL_H
#define PLUGINS_PLUGIN_SQL_H

#include "base/ctx.h"
#include "base/str.h"

enum sql_use {
	SQL_QUERY,     /* SELECT, also WITH */
	SQL_EXECUTE,   /* INSERT, REPLACE, UPDATE, DELETE */
	SQL_MIGRATION, /* those, and CREATE, ALTER and DROP of tables and indexes */
};
enum { SQL_TEXT_MAX = 64 << 10, SQL_DEPTH_MAX = 32, SQL_TABLE_MAX = 64 };

/* Whose statement, and where its tables are. */
struct sql_owner {
	const char *plugin;   /* {visits} is plugin_PLUGIN_visits: "-" of its name becomes "_", "_" of the table's "__", so that
				 no two meet */
	const char *database; /* each table is named with it, so that a name without {} is none */
};

/*
 * Reads a statement of a plugin and writes it anew, word by word: words that are known for this use as they are, tables in {}
 * by their full name, every other name in backquotes. What is not known to be harmless is refused: tables without {}, functions
 * beyond a list, variables, comments, a second statement. ERR_INPUT says what and where. *out in cx->mem, for a connection
 * without a database (db_new_bare()).
 */
int plugin_sql(struct ctx *cx, const struct sql_owner *owner, struct str text, enum sql_use use, const char **out);

#endif
