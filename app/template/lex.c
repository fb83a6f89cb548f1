/* Tokens of a print or tag. */
#include "template/private.h"

static bool name_start(char c)
{
	return ascii_alpha(c) || c == '_';
}

static bool name_char(char c)
{
	return ascii_alnum(c) || c == '_';
}

static size_t skip_string(struct str s, size_t i)
{
	char quote = s.p[i];

	for (i++; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == quote)
			return i + 1;
	}
	return 0;
}

static size_t skip_regex(struct str s, size_t i)
{
	for (i += 2; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '/')
			return i + 1;
	}
	return 0;
}

static bool is_regex(struct str s, size_t i)
{
	return s.p[i] == 'r' && i + 1 < s.n && s.p[i + 1] == '/' && !(i > 0 && name_char(s.p[i - 1]));
}

size_t lex_skip(struct str s, size_t i)
{
	if (s.p[i] == '"' || s.p[i] == '\'')
		return skip_string(s, i);
	return is_regex(s, i) ? skip_regex(s, i) : i;
}

static int lex_string(struct parser *p)
{
	size_t end = skip_string(p->src, p->pos);

	if (!end)
		return parse_fail(p, p->line, "a string does not end");
	char *out = arena_raw(p->mem, end - p->pos);
	size_t n = 0;

	for (size_t i = p->pos + 1; i < end - 1; i++) {
		char c = p->src.p[i];

		p->line += c == '\n';
		if (c == '\\') {
			c = p->src.p[++i];
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	p->tok.t = TOK_STR;
	p->tok.s = (struct str){ out, n };
	p->pos = end;
	return 0;
}

static int lex_regex(struct parser *p)
{
	size_t end = skip_regex(p->src, p->pos), from;

	if (!end)
		return parse_fail(p, p->line, "a regular expression does not end");
	p->tok.t = TOK_REGEX;
	p->tok.s = (struct str){ p->src.p + p->pos + 2, end - p->pos - 3 };
	for (from = end; end < p->src.n && ascii_alpha(p->src.p[end]); end++)
		if (!strchr("gimy", p->src.p[end]) || memchr(p->src.p + from, p->src.p[end], end - from))
			return parse_fail(p, p->line, "a regular expression has the flags g, i, m, y, each once");
	p->tok.flags = arena_strndup(p->mem, p->src.p + from, end - from);
	p->pos = end;
	return 0;
}

static int lex_number(struct parser *p)
{
	struct str s = p->src;
	size_t i = p->pos;

	while (i < s.n && ascii_digit(s.p[i]))
		i++;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && ascii_digit(s.p[i]);)
			i++;
	if (i < s.n && name_start(s.p[i]))
		return parse_fail(p, p->line, "'%.*s' is no number", (int)(i + 1 - p->pos), s.p + p->pos);
	p->tok.t = TOK_NUM;
	p->tok.s = (struct str){ s.p + p->pos, i - p->pos };
	p->tok.num = number_parse(p->tok.s);
	p->pos = i;
	return 0;
}

/* A name; behind a dot it may begin with digits ("values.1password"). */
static bool lex_name(struct parser *p)
{
	struct str s = p->src;
	size_t i = p->pos;

	if (p->prev.t == TOK_OP && str_is(p->prev.s, "."))
		while (i < s.n && ascii_digit(s.p[i]))
			i++;
	if (i == s.n || !name_start(s.p[i]))
		return false;
	while (i < s.n && name_char(s.p[i]))
		i++;
	p->tok.t = TOK_NAME;
	p->tok.s = (struct str){ s.p + p->pos, i - p->pos };
	p->pos = i;
	return true;
}

/* How many bytes the operator has that begins there; 0: none does. */
static size_t op_length(struct str rest)
{
	char c = rest.p[0], next = rest.n > 1 ? rest.p[1] : '\0';

	if ((c == '=' || c == '!') && next == '=')
		return rest.n > 2 && rest.p[2] == '=' ? 3 : 2;
	if (((c == '*' || c == '/') && next == c) || ((c == '<' || c == '>') && next == '='))
		return 2;
	return c && strchr("()[]{}.,:|~+-*/%<>=", c) ? 1 : 0;
}

static int lex_op(struct parser *p)
{
	struct str rest = { p->src.p + p->pos, p->src.n - p->pos };
	size_t n = op_length(rest);

	if (!n)
		return parse_fail(p, p->line, "'%c' is not understood here", *rest.p > ' ' && *rest.p < 127 ? *rest.p : '?');
	p->tok.t = TOK_OP;
	p->tok.s = (struct str){ rest.p, n };
	p->pos += n;
	return 0;
}

static bool after_operand(const struct tok *t)
{
	return t->t == TOK_NAME || t->t == TOK_NUM || t->t == TOK_STR || t->t == TOK_REGEX ||
	       (t->t == TOK_OP && t->s.n == 1 && strchr(")]}", t->s.p[0]));
}

/* Reads the next token into p->tok. */
int lex_next(struct parser *p)
{
	struct str s = p->src;

	p->prev = p->tok;
	if (p->mem->used > p->mem_max)
		return parse_fail(p, p->line, "the template is too large");
	while (p->pos < s.n) {
		uint32_t cp;
		unsigned units;
		size_t len = text_next(s.p + p->pos, s.n - p->pos, &cp, &units);

		if (cp != ' ' && cp != '\t' && cp != '\n' && cp != '\r' && cp != 0xA0)
			break;
		p->line += cp == '\n';
		p->pos += len;
	}
	p->tok = (struct tok){ .t = TOK_END, .line = p->line };
	if (p->pos >= s.n)
		return 0;
	char c = s.p[p->pos];

	if (is_regex(s, p->pos))
		return lex_regex(p);
	if (lex_name(p))
		return 0;
	if (ascii_digit(c))
		return lex_number(p);
	if (c == '.' && p->pos + 1 < s.n && ascii_digit(s.p[p->pos + 1]) && !after_operand(&p->prev))
		return parse_fail(p, p->line, "a number needs a digit before its point");
	return c == '"' || c == '\'' ? lex_string(p) : lex_op(p);
}
