/* Writes a statement of a plugin anew, word by word: what was not understood is not there. */
#include "base/buf.h"
#include "plugins/plugin_sql_private.h"

static void put_quoted(struct buf *out, const char *s, size_t n)
{
	buf_addc(out, '`');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '`')
			buf_addc(out, '`');
		buf_addc(out, s[i]);
	}
	buf_addc(out, '`');
}

/* The plugin's "-" as "_", the table's "_" twice: the last single "_" is the border, since no such plugin's name ends in "-".
 */
static int put_table(struct ctx *cx, const struct sql_owner *owner, const struct sql_token *t, struct buf *out)
{
	struct buf name = { .mem = cx->mem };

	buf_adds(&name, "plugin_");
	for (const char *p = owner->plugin; *p; p++)
		buf_addc(&name, *p == '-' ? '_' : *p);
	if (str_ends(owner->plugin, "-"))
		return fail(cx, ERR_INPUT, "a plugin whose name ends in - cannot have tables");
	buf_addc(&name, '_');
	for (size_t i = 0; i < t->text.n; i++) {
		buf_addc(&name, t->text.p[i]);
		if (t->text.p[i] == '_')
			buf_addc(&name, '_');
	}
	if (name.n > SQL_TABLE_MAX)
		return sql_refuse(cx, t, "the table's whole name, %s, is longer than %d characters", name.p, SQL_TABLE_MAX);
	put_quoted(out, owner->database, strlen(owner->database));
	buf_addc(out, '.');
	put_quoted(out, name.p, name.n);
	return 0;
}

static int put_token(struct ctx *cx, const struct sql_owner *owner, const struct sql_token *t, struct buf *out)
{
	switch (t->type) {
	case SQL_WORD:
		buf_adds(out, t->word->text);
		return 0;
	case SQL_NAME:
		/* No table of ours begins like this, wherever the set is known or not. */
		put_quoted(out,
			   t->is_set ? arena_printf(cx->mem, "with_%s", str_lower(cx->mem, t->text.p, t->text.n))
				     : arena_strndup(cx->mem, t->text.p, t->text.n),
			   t->text.n + (t->is_set ? 5 : 0));
		if (t->alone) {
			buf_adds(out, " AS ");
			put_quoted(out, t->text.p, t->text.n);
		}
		return 0;
	case SQL_TABLE:
		return put_table(cx, owner, t, out);
	case SQL_STRING:
		buf_addc(out, '\'');
		buf_add(out, t->text.p, t->text.n);
		buf_addc(out, '\'');
		return 0;
	default:
		buf_add(out, t->text.p, t->text.n);
		return 0;
	}
}

static bool is_close(const struct sql_token *p, const struct sql_token *t)
{
	return sql_is_sign(p, '.') || sql_is_sign(t, '.') ||
	       (sql_is_sign(t, '(') && p->type == SQL_WORD && p->word->flags & FUNCTION);
}

int sql_write(struct ctx *cx, const struct sql_owner *owner, const struct sql_token *t, const char **out)
{
	struct buf b = { .mem = cx->mem };
	int rc = 0;

	for (size_t i = 0; rc == 0 && t[i].type != SQL_END; i++) {
		if (i && !is_close(&t[i - 1], &t[i]))
			buf_addc(&b, ' ');
		rc = put_token(cx, owner, &t[i], &b);
	}
	*out = buf_text(&b);
	return rc;
}
