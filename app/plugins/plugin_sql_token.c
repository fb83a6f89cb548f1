/* A plugin's statement as words. What is no word of the few kinds there are is refused here. */
#include <stdarg.h>
#include <stdio.h>

#include "base/list.h"
#include "base/utf8.h"
#include "plugins/plugin_sql_private.h"

static const struct sql_word words[] = {
#define WORD(text, uses, flags) { text, uses, flags },
#include "plugins/plugin_sql.def"
#undef WORD
};

/* Words that SQL has and a plugin has not: as names they would only be misunderstood. */
static const char *const refused[] = {
	"NATURAL", "STRAIGHT_JOIN", "LATERAL", "PROCEDURE", "OUTFILE", "DUMPFILE", "LOCK",  "REGEXP",  "RLIKE",
	"MATCH",   "FORCE",         "USE",     "RETURNING", "SHOW",    "DESCRIBE", "CALL",  "LOAD",    "GRANT",
	"REVOKE",  "KILL",          "TRIGGER", "DATABASE",  "SCHEMA",  "EXPLAIN",  "PURGE", "ANALYZE", "OPTIMIZE",
};

struct scan {
	struct ctx *cx;
	struct str text;
	size_t at;
	enum sql_use use;
	struct sql_tokens *out;
};

int sql_refuse(struct ctx *cx, const struct sql_token *t, const char *fmt, ...)
{
	char why[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	utf8_trim_partial(why);
	return fail(cx, ERR_INPUT, "SQL, byte %zu: %s", t->at + 1, why);
}

bool sql_is_sign(const struct sql_token *t, char sign)
{
	return t->type == SQL_SIGN && t->text.n == 1 && *t->text.p == sign;
}

bool sql_is(const struct sql_token *t, const char *word)
{
	return t->type == SQL_WORD && streq(t->word->text, word);
}

static char peek(const struct scan *s, size_t ahead)
{
	return s->at + ahead < s->text.n ? s->text.p[s->at + ahead] : '\0';
}

static int refuse_here(struct scan *s, const char *what)
{
	return sql_refuse(s->cx, &(struct sql_token){ .at = s->at }, "%s", what);
}

static void put(struct scan *s, enum sql_type type, const struct sql_word *word, size_t from, size_t to, size_t at)
{
	*list_add(s->cx->mem, s->out) =
		(struct sql_token){ .type = type, .word = word, .text = { s->text.p + from, to - from }, .at = at };
}

static bool is_word_char(char c)
{
	return ascii_alnum(c) || c == '_';
}

/* {visits} */
static int scan_table(struct scan *s)
{
	size_t from = s->at + 1, to = from;

	while (to < s->text.n && (is_word_char(s->text.p[to]) && ascii_lower(s->text.p[to]) == s->text.p[to]))
		to++;
	if (to == from || to >= s->text.n || s->text.p[to] != '}' || !ascii_alpha(s->text.p[from]))
		return refuse_here(s, "a table is written as {name}: small letters, digits and _, a letter first");
	put(s, SQL_TABLE, NULL, from, to, s->at);
	s->at = to + 1;
	return 0;
}

/* 'text', with '' for a quote inside. */
static int scan_string(struct scan *s)
{
	size_t from = s->at + 1, to = from;

	for (; to < s->text.n; to++) {
		unsigned char c = (unsigned char)s->text.p[to];

		if (c == '\\' || c < ' ' || c == 0x7f)
			return refuse_here(
				s, "a text in quotes may hold neither a backslash nor control characters: use a parameter (?)");
		if (c != '\'')
			continue;
		if (to + 1 >= s->text.n || s->text.p[to + 1] != '\'')
			break;
		to++;
	}
	if (to >= s->text.n)
		return refuse_here(s, "a text in quotes has no end");
	put(s, SQL_STRING, NULL, from, to, s->at);
	s->at = to + 1;
	return 0;
}

/* 12, 1.5, .5, 1e-3: nothing may stand close behind. */
static int scan_number(struct scan *s)
{
	size_t from = s->at;

	while (ascii_digit(peek(s, 0)))
		s->at++;
	if (peek(s, 0) == '.') {
		s->at++;
		while (ascii_digit(peek(s, 0)))
			s->at++;
	}
	if (ascii_lower(peek(s, 0)) == 'e') {
		size_t sign = peek(s, 1) == '+' || peek(s, 1) == '-';

		s->at += 1 + sign;
		if (!ascii_digit(peek(s, 0)))
			return refuse_here(s, "this is no number");
		while (ascii_digit(peek(s, 0)))
			s->at++;
	}
	if (is_word_char(peek(s, 0)) || peek(s, 0) == '.')
		return refuse_here(s, "this is no number");
	put(s, SQL_NUMBER, NULL, from, s->at, from);
	return 0;
}

static const struct sql_word *word_of(const char *upper, enum sql_use use)
{
	for (size_t i = 0; i < LEN(words); i++)
		if (streq(words[i].text, upper) && words[i].uses & (use == SQL_MIGRATION ? D : Q))
			return &words[i];
	return NULL;
}

/* Does "(" follow, perhaps after blanks? */
static bool is_called(const struct scan *s)
{
	size_t at = s->at;

	while (at < s->text.n && strchr(" \t\r\n", s->text.p[at]))
		at++;
	return at < s->text.n && s->text.p[at] == '(';
}

static int scan_word(struct scan *s)
{
	size_t from = s->at;
	char upper[SQL_TABLE_MAX + 1];
	const struct sql_word *word;

	while (is_word_char(peek(s, 0)))
		s->at++;
	if (s->at - from > SQL_TABLE_MAX)
		return sql_refuse(s->cx, &(struct sql_token){ .at = from }, "a name has at most %d characters", SQL_TABLE_MAX);
	for (size_t i = from; i < s->at; i++)
		upper[i - from] = s->text.p[i] >= 'a' && s->text.p[i] <= 'z' ? (char)(s->text.p[i] - 32) : s->text.p[i];
	upper[s->at - from] = '\0';
	for (size_t i = 0; i < LEN(refused); i++)
		if (streq(refused[i], upper))
			return sql_refuse(s->cx, &(struct sql_token){ .at = from }, "%s is not allowed", upper);
	word = word_of(upper, s->use);
	if (word && word->flags & ONLY && !is_called(s))
		word = NULL;
	put(s, word ? SQL_WORD : SQL_NAME, word, from, s->at, from);
	return 0;
}

static int scan_sign(struct scan *s)
{
	static const char *const two[] = { "<=", ">=", "<>", "!=", "<<", ">>", "||", "&&" };
	char a = peek(s, 0), b = peek(s, 1);

	if ((a == '-' && b == '-') || (a == '/' && b == '*') || a == '#')
		return refuse_here(s, "comments are not allowed");
	if (a == ';')
		return refuse_here(s, "one statement at a time, without \";\"");
	if (a == '@')
		return refuse_here(s, "variables (@) are not allowed");
	if (a == '`' || a == '"')
		return refuse_here(s, "names stand without quotes, tables in braces like {visits}, and texts in '...'");
	for (size_t i = 0; i < LEN(two); i++) {
		if (a != two[i][0] || b != two[i][1])
			continue;
		put(s, SQL_SIGN, NULL, s->at, s->at + 2, s->at);
		s->at += 2;
		return 0;
	}
	if (!a || !strchr("(),.+-*/%=<>!&|^~", a))
		return refuse_here(s, "this character is not allowed");
	put(s, SQL_SIGN, NULL, s->at, s->at + 1, s->at);
	s->at++;
	return 0;
}

static int scan_next(struct scan *s)
{
	char c = peek(s, 0);

	if (c == '{')
		return scan_table(s);
	if (c == '\'')
		return scan_string(s);
	if (ascii_digit(c) ||
	    (c == '.' && ascii_digit(peek(s, 1)) && (!s->out->n || s->out->items[s->out->n - 1].type != SQL_NAME)))
		return scan_number(s);
	if (ascii_alpha(c) || c == '_')
		return scan_word(s);
	if (c != '?')
		return scan_sign(s);
	put(s, SQL_PARAM, NULL, s->at, s->at + 1, s->at);
	s->at++;
	return 0;
}

int sql_tokenize(struct ctx *cx, struct str text, enum sql_use use, struct sql_tokens *out)
{
	struct scan s = { .cx = cx, .text = text, .use = use, .out = out };
	int rc = 0;

	if (text.n > SQL_TEXT_MAX)
		return fail(cx, ERR_INPUT, "SQL: a statement may have %d KiB", SQL_TEXT_MAX >> 10);
	if (!utf8_valid(text.p, text.n))
		return fail(cx, ERR_INPUT, "SQL: the statement is not UTF-8");
	while (rc == 0 && s.at < text.n) {
		if (strchr(" \t\r\n", text.p[s.at]) && text.p[s.at])
			s.at++;
		else
			rc = scan_next(&s);
	}
	put(&s, SQL_END, NULL, text.n, text.n, text.n);
	return rc;
}
