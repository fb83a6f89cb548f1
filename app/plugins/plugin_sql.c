/*
 * SQL that a plugin wrote: which tables it names is told by where a table may stand; what may stand nowhere is refused.
 *
 * MariaDB is given another text than the plugin wrote: words of our list, tables by their full name, every other name in
 * backquotes. So a name is never a function, a variable or a part of the language, whatever it is called; and on a connection
 * without a database, a name in the place of a table would be none even if it were overlooked here.
 */
#include "plugins/plugin_sql.h"

#include "base/buf.h"
#include "base/map.h"
#include "plugins/plugin_sql_private.h"

/* What is known within one pair of parentheses. */
struct level {
	bool tables; /* a list of tables goes on: after a comma comes another */
	bool expect; /* a table must come next */
	bool index;  /* the columns of an index: name(10) is the first part of one */
};

struct check {
	struct ctx *cx;
	const struct sql_owner *owner;
	enum sql_use use;
	struct sql_token *t; /* the statement's, SQL_END last */
	size_t i;            /* that is looked at */
	struct level levels[SQL_DEPTH_MAX];
	unsigned depth;
	struct map sets;    /* names that WITH defines */
	struct map aliases; /* names of tables in this statement */
};

static const struct sql_token *after(const struct check *c, size_t n)
{
	size_t k = 0;

	while (k < n && c->t[c->i + k].type != SQL_END)
		k++;
	return &c->t[c->i + k];
}

static const struct sql_token *before(const struct check *c, size_t n)
{
	static const struct sql_token none = { .type = SQL_END };

	return c->i >= n ? &c->t[c->i - n] : &none;
}

static const char *lower(struct check *c, const struct sql_token *t)
{
	return str_lower(c->cx->mem, t->text.p, t->text.n);
}

static int refuse_word(struct check *c)
{
	const struct sql_token *t = &c->t[c->i];

	return sql_refuse(c->cx, t, "%.*s is not allowed here", (int)(t->text.n < 64 ? t->text.n : 64), t->text.p);
}

/* ---- beginnings ---- */

/* The statement's first words; those in between are passed over by rule. */
static int check_begin(struct check *c)
{
	const struct sql_token *a = &c->t[0], *b = a->type == SQL_END ? a : &c->t[1], *d = b->type == SQL_END ? b : &c->t[2];
	bool ignore = sql_is(b, "IGNORE");
	bool good = false;

	if (c->use == SQL_QUERY)
		good = sql_is(a, "SELECT") || sql_is(a, "WITH");
	else if (sql_is(a, "INSERT") || sql_is(a, "REPLACE"))
		good = sql_is(ignore ? d : b, "INTO");
	else if (sql_is(a, "DELETE"))
		good = sql_is(ignore ? d : b, "FROM");
	else if (sql_is(a, "UPDATE"))
		good = true;
	else if (sql_is(a, "CREATE"))
		good = sql_is(b, "TABLE") || sql_is(b, "INDEX") || (sql_is(b, "UNIQUE") && sql_is(d, "INDEX"));
	else if (sql_is(a, "ALTER"))
		good = sql_is(b, "TABLE");
	else if (sql_is(a, "DROP"))
		good = sql_is(b, "TABLE") || sql_is(b, "INDEX");
	if (good)
		return 0;
	return sql_refuse(
		c->cx, a, "it must begin with %s",
		c->use == SQL_QUERY ? "SELECT or WITH"
		: c->use == SQL_EXECUTE
			? "INSERT INTO, REPLACE INTO, UPDATE or DELETE FROM"
			: "CREATE TABLE, CREATE INDEX, ALTER TABLE, DROP TABLE, DROP INDEX, or a statement that writes");
}

/* WITH [RECURSIVE] a AS (...), b AS (...) SELECT: the names, before they are used. */
static void find_sets(struct check *c)
{
	unsigned depth = 0;

	if (!sql_is(&c->t[0], "WITH"))
		return;
	for (size_t i = 1; c->t[i].type != SQL_END && !(depth == 0 && sql_is(&c->t[i], "SELECT")); i++) {
		depth += sql_is_sign(&c->t[i], '(');
		depth -= depth > 0 && sql_is_sign(&c->t[i], ')');
		if (depth == 0 && c->t[i].type == SQL_NAME && sql_is(&c->t[i + 1], "AS")) {
			map_put(c->cx->mem, &c->sets, lower(c, &c->t[i]), c);
			c->t[i].is_set = true;
		}
	}
}

/* ---- tables ---- */

static bool is_alias_place(const struct check *c)
{
	const struct sql_token *p = before(c, 1);

	return p->type == SQL_TABLE || p->is_set || sql_is_sign(p, ')') || sql_is(p, "AS");
}

static int add_alias(struct check *c)
{
	static const char *const schemas[] = { "mysql", "sys", "information_schema", "performance_schema" };
	const char *name = lower(c, &c->t[c->i]);
	bool bad = str_ieq(name, c->owner->database);

	for (size_t i = 0; i < LEN(schemas); i++)
		bad |= streq(name, schemas[i]);
	/* MariaDB has no such join and takes the word for a name. */
	if (streq(name, "full") && sql_is(after(c, 1), "JOIN"))
		return sql_refuse(c->cx, &c->t[c->i], "there is no FULL JOIN");
	if (bad)
		return sql_refuse(c->cx, &c->t[c->i], "a table cannot be called %s", name);
	map_put(c->cx->mem, &c->aliases, name, c);
	return 0;
}

/* One in the place where a table must be. */
static int take_table(struct check *c)
{
	struct level *l = &c->levels[c->depth];
	struct sql_token *t = &c->t[c->i];
	const struct sql_token *next = after(c, 1);

	l->expect = false;
	if (t->type == SQL_TABLE)
		return sql_is_sign(next, '.') ? sql_refuse(c->cx, t, "a table has no parts") : 0;
	if (t->type == SQL_NAME && map_get(&c->sets, lower(c, t))) {
		t->is_set = true;
		t->alone = !sql_is(next, "AS") && next->type != SQL_NAME;
		return 0;
	}
	if (t->type == SQL_NAME)
		return sql_refuse(c->cx, t, "%.*s: a table is one of the plugin's own and stands in braces, like {visits}",
				  (int)t->text.n, t->text.p);
	return sql_refuse(c->cx, t, "a table in braces is missing here, like {visits}");
}

static bool is_index_word(const struct check *c, const struct sql_token *t)
{
	return c->use == SQL_MIGRATION && t->type == SQL_WORD && (t->word->flags & NAMES || sql_is(t, "KEY"));
}

static bool is_index_statement(const struct check *c)
{
	return c->use == SQL_MIGRATION && !sql_is(&c->t[1], "TABLE") &&
	       (sql_is(&c->t[0], "CREATE") || sql_is(&c->t[0], "DROP"));
}

/* Does the "(" here open the columns of an index? */
static bool opens_index(const struct check *c)
{
	const struct sql_token *p = before(c, 1);

	return is_index_word(c, p) || (p->type == SQL_NAME && is_index_word(c, before(c, 2))) ||
	       (p->type == SQL_TABLE && is_index_statement(c) && c->depth == 0);
}

static int push_level(struct check *c)
{
	struct level *l = &c->levels[c->depth];
	bool table = l->expect && !sql_is(after(c, 1), "SELECT");

	if (c->depth + 1 == SQL_DEPTH_MAX)
		return sql_refuse(c->cx, &c->t[c->i], "more than %d parentheses within each other", SQL_DEPTH_MAX);
	l->expect = false;
	c->levels[++c->depth] = (struct level){ .tables = table, .expect = table, .index = opens_index(c) };
	return 0;
}

static int pop_level(struct check *c)
{
	if (c->levels[c->depth].expect)
		return take_table(c);
	if (c->depth == 0)
		return sql_refuse(c->cx, &c->t[c->i], "a \")\" without its \"(\"");
	c->depth--;
	return 0;
}

/* ---- words ---- */

/* ON UPDATE CASCADE, CREATE INDEX i ON {t}. */
static int check_on(struct check *c)
{
	if (c->use != SQL_MIGRATION)
		return 0;
	if (is_index_statement(c) && c->depth == 0)
		c->levels[0].expect = true;
	else if (!sql_is(after(c, 1), "DELETE") && !sql_is(after(c, 1), "UPDATE"))
		return refuse_word(c);
	return 0;
}

static int check_update(struct check *c)
{
	struct level *l = &c->levels[c->depth];
	const struct sql_token *p = before(c, 1);

	if (c->i == 0) {
		l->tables = l->expect = true;
		return 0;
	}
	l->tables = false;
	return sql_is(p, c->use == SQL_MIGRATION ? "ON" : "KEY") || sql_is(p, "FOR") ? 0 : refuse_word(c);
}

static int check_table(struct check *c)
{
	if (c->i != 1)
		return refuse_word(c);
	c->levels[0].expect = true;
	c->levels[0].tables = sql_is(&c->t[0], "DROP");
	return 0;
}

/* Words whose place matters and that are no question of tables alone. */
static int check_place(struct check *c)
{
	const struct sql_token *t = &c->t[c->i], *p = before(c, 1), *next = after(c, 1);
	bool good = true;

	if (sql_is(t, "INTO"))
		good = sql_is(p, "INSERT") || sql_is(p, "REPLACE") || (sql_is(p, "IGNORE") && !sql_is(before(c, 2), "UPDATE"));
	else if (sql_is(t, "IGNORE"))
		good = c->i == 1 && (sql_is(p, "INSERT") || sql_is(p, "UPDATE") || sql_is(p, "DELETE"));
	else if (sql_is(t, "INSERT") || sql_is(t, "WITH") || sql_is(t, "CREATE") || sql_is(t, "ALTER"))
		good = c->i == 0;
	else if (sql_is(t, "REPLACE"))
		good = c->i == 0 || sql_is_sign(next, '(');
	else if (sql_is(t, "DELETE"))
		good = c->i == 0 || (c->use == SQL_MIGRATION && sql_is(p, "ON"));
	else if (sql_is(t, "USING"))
		good = sql_is_sign(next, '(') && !sql_is(&c->t[0], "DELETE");
	else if (sql_is(t, "FOR"))
		good = sql_is(next, "UPDATE");
	else if (sql_is(t, "JOIN"))
		good = c->levels[c->depth].tables;
	else if (sql_is(t, "RENAME"))
		good = sql_is(next, "COLUMN") || sql_is(next, "INDEX") || sql_is(next, "KEY") || sql_is(next, "TO");
	return good ? 0 : refuse_word(c);
}

static int check_word(struct check *c)
{
	struct level *l = &c->levels[c->depth];
	const struct sql_token *t = &c->t[c->i];
	int rc = check_place(c);

	if (rc < 0)
		return rc;
	if (t->word->flags & (ENDS_TABLES | SELECTS))
		l->tables = false;
	if (t->word->flags & OPENS_TABLES)
		l->tables = true;
	if (t->word->flags & (OPENS_TABLES | JOINS) || sql_is(t, "INTO") || sql_is(t, "REFERENCES"))
		l->expect = true;
	if (sql_is(t, "TO") && sql_is(before(c, 1), "RENAME"))
		l->expect = true;
	if (sql_is(t, "ON"))
		return check_on(c);
	if (sql_is(t, "UPDATE"))
		return check_update(c);
	return sql_is(t, "TABLE") ? check_table(c) : 0;
}

/* ---- names and signs ---- */

static bool is_prefix(const struct check *c)
{
	return c->levels[c->depth].index && after(c, 2)->type == SQL_NUMBER && sql_is_sign(after(c, 3), ')');
}

static int check_name(struct check *c)
{
	const struct sql_token *t = &c->t[c->i];

	if (sql_is_sign(after(c, 1), '(') && !is_index_word(c, before(c, 1)) && !is_prefix(c))
		return sql_refuse(c->cx, t, "the function %.*s() is not allowed", (int)t->text.n, t->text.p);
	return c->levels[c->depth].tables && is_alias_place(c) ? add_alias(c) : 0;
}

static int check_sign(struct check *c)
{
	const struct sql_token *t = &c->t[c->i];

	if (sql_is_sign(t, '('))
		return push_level(c);
	if (sql_is_sign(t, ')'))
		return pop_level(c);
	if (sql_is_sign(t, ',') && c->levels[c->depth].tables)
		c->levels[c->depth].expect = true;
	return 0;
}

/* CREATE TABLE {t} (...) and nothing behind it: no engine, no connection, no other table's rows. */
static int check_create_table(struct check *c)
{
	if (!sql_is(&c->t[0], "CREATE") || !sql_is(&c->t[1], "TABLE") || c->depth > 0 || c->i < 2)
		return 0;
	if (before(c, 1)->type == SQL_TABLE && !sql_is_sign(&c->t[c->i], '('))
		return sql_refuse(c->cx, &c->t[c->i], "columns in parentheses follow the table's name");
	return sql_is_sign(before(c, 1), ')') ? sql_refuse(c->cx, &c->t[c->i], "nothing may follow the table's columns") : 0;
}

/* IF EXISTS before a table, IGNORE before one that is updated. */
static bool is_between(const struct check *c)
{
	const struct sql_token *t = &c->t[c->i];

	return (c->use == SQL_MIGRATION && (sql_is(t, "IF") || sql_is(t, "NOT") || sql_is(t, "EXISTS"))) ||
	       (c->i == 1 && sql_is(t, "IGNORE"));
}

static int check_token(struct check *c)
{
	struct level *l = &c->levels[c->depth];
	const struct sql_token *t = &c->t[c->i];
	int rc = check_create_table(c);

	if (rc < 0 || (l->expect && is_between(c)))
		return rc;
	if (l->expect && !sql_is_sign(t, '('))
		return take_table(c);
	switch (t->type) {
	case SQL_WORD:
		return check_word(c);
	case SQL_NAME:
		return check_name(c);
	case SQL_SIGN:
		return check_sign(c);
	case SQL_TABLE:
		return sql_is_sign(after(c, 1), '.') ? 0 : sql_refuse(c->cx, t, "a table cannot stand here");
	case SQL_PARAM:
		return c->use == SQL_MIGRATION ? sql_refuse(c->cx, t, "a migration has no parameters") : 0;
	default:
		return 0;
	}
}

static int check_all(struct check *c)
{
	int rc = check_begin(c);

	if (rc == 0)
		find_sets(c);
	for (c->i = 0; rc == 0 && c->t[c->i].type != SQL_END; c->i++)
		rc = check_token(c);
	if (rc == 0 && c->levels[c->depth].expect)
		return take_table(c);
	if (rc == 0 && c->depth > 0)
		return sql_refuse(c->cx, &c->t[c->i], "a \"(\" without its \")\"");
	return rc;
}

/* a.b: a is a table of this statement. Known only when all of it was read. */
static int check_dots(struct check *c)
{
	for (c->i = 0; c->t[c->i].type != SQL_END; c->i++) {
		const struct sql_token *t = &c->t[c->i], *p = before(c, 1), *next = after(c, 1);

		if (!sql_is_sign(t, '.'))
			continue;
		if (sql_is_sign(before(c, 2), '.') || sql_is_sign(after(c, 2), '.'))
			return sql_refuse(c->cx, t, "a name has two parts at most");
		if (next->type != SQL_NAME && !sql_is_sign(next, '*') && next->type != SQL_WORD)
			return sql_refuse(c->cx, t, "a name is missing behind the dot");
		if (p->type == SQL_TABLE && c->i >= 1)
			continue;
		if (c->use == SQL_MIGRATION || p->type != SQL_NAME ||
		    (!map_get(&c->aliases, lower(c, p)) && !map_get(&c->sets, lower(c, p))))
			return sql_refuse(c->cx, p, "%.*s is no table of this statement",
					  (int)(p->text.n < 64 ? p->text.n : 64), p->text.p);
	}
	return 0;
}

/* A name behind a dot is one, also when it is a word elsewhere. */
static void settle_names(struct check *c)
{
	for (size_t i = 1; c->t[i - 1].type != SQL_END; i++)
		if (c->t[i].type == SQL_WORD && sql_is_sign(&c->t[i - 1], '.'))
			c->t[i] = (struct sql_token){ .type = SQL_NAME, .text = c->t[i].text, .at = c->t[i].at };
}

/* One that writes rows in between. */
static bool is_writing(struct str text)
{
	static const char *const begins[] = { "insert", "replace", "update", "delete" };
	struct str s = str_trim(text);

	for (size_t i = 0; i < LEN(begins); i++) {
		size_t n = strlen(begins[i]), k = 0;

		while (k < n && k < s.n && ascii_lower(s.p[k]) == begins[i][k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

int plugin_sql(struct ctx *cx, const struct sql_owner *owner, struct str text, enum sql_use use, const char **out)
{
	enum sql_use as = use == SQL_MIGRATION && is_writing(text) ? SQL_EXECUTE : use;
	struct check c = { .cx = cx, .owner = owner, .use = as };
	struct sql_tokens tokens = { 0 };
	int rc = sql_tokenize(cx, text, as, &tokens);

	if (rc < 0)
		return rc;
	c.t = tokens.items;
	settle_names(&c);
	rc = check_all(&c);
	if (rc == 0)
		rc = check_dots(&c);
	return rc < 0 ? rc : sql_write(cx, owner, c.t, out);
}
