/* What the parts of plugin_sql share: words of a statement, and what they mean. */
#ifndef PLUGINS_PLUGIN_SQL_PRIVATE_H
#define PLUGINS_PLUGIN_SQL_PRIVATE_H

#include <stdbool.h>

#include "plugins/plugin_sql.h"

/* Uses and flags of plugin_sql.def. */
enum { Q = 1, D = 2 };
enum {
	SELECTS = 1,
	OPENS_TABLES = 2, /* a list of tables follows */
	JOINS = 4,
	ENDS_TABLES = 8,
	FUNCTION = 16, /* no blank before "(" */
	ONLY = 32,     /* a word only when "(" follows */
	NAMES = 64,    /* the name of an index follows, and "(" may follow that */
};
struct sql_word {
	const char *text;
	unsigned uses, flags;
};

enum sql_type { SQL_WORD, SQL_NAME, SQL_TABLE, SQL_NUMBER, SQL_STRING, SQL_PARAM, SQL_SIGN, SQL_END };
struct sql_token {
	enum sql_type type;
	const struct sql_word *word; /* of SQL_WORD */
	struct str text;             /* as written; of a table without its braces, of a string without its quotes */
	size_t at;                   /* byte in the statement */
	bool is_set;                 /* a name that stands for what WITH defines, where a table may be */
	bool alone;                  /* such a one has no other name here */
};
struct sql_tokens {
	struct sql_token *items;
	size_t n, cap;
};

/* The statement as words, SQL_END behind the last. ERR_INPUT. */
int sql_tokenize(struct ctx *cx, struct str text, enum sql_use use, struct sql_tokens *out);
/* The statement as it is run, of words that were checked. ERR_INPUT for a table whose whole name is too long. */
int sql_write(struct ctx *cx, const struct sql_owner *owner, const struct sql_token *t, const char **out);
/* Words it: what, and where. Returns ERR_INPUT. */
int sql_refuse(struct ctx *cx, const struct sql_token *t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), nonnull(3)));
/* Is it this sign; this word (in upper case)? */
bool sql_is_sign(const struct sql_token *t, char sign);
bool sql_is(const struct sql_token *t, const char *word);

#endif
