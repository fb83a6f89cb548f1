/* Expressions: names, literals, brackets, members, calls, signs and filters. */
#include "template/parse.h"

bool name_reserved(struct str s)
{
	return str_is(s, "constructor") || str_is(s, "prototype") || str_is(s, "__proto__");
}

static int checked_name(struct parser *p, struct str s)
{
	return name_reserved(s) ? parse_fail(p, p->tok.line, "the name '%.*s' is reserved", (int)s.n, s.p) : 0;
}

struct node *node_of(struct parser *p, enum node_type t, struct node *a, struct node *b)
{
	struct node *n = node_new(p, t);

	n->a = a;
	n->b = b;
	n->line = a ? a->line : n->line;
	return n;
}

/* kids up to the closing bracket. */
static int parse_list(struct parser *p, const char *close, struct node *n)
{
	int rc = parse_accept(p, close);

	if (rc)
		return rc < 0 ? rc : 0;
	do {
		struct node *kid;

		rc = parse_expr(p, &kid);
		if (rc < 0)
			return rc;
		node_add(p, &n->kids, &n->n, kid);
		rc = parse_accept(p, ",");
	} while (rc > 0);
	return rc < 0 ? rc : parse_expect(p, close);
}

static bool is_literal_name(struct str s)
{
	return str_is(s, "true") || str_is(s, "false") || str_is(s, "none") || str_is(s, "null");
}

static int parse_pair(struct parser *p, struct node *n)
{
	struct node *value;
	int rc;

	if (p->tok.t != TOK_STR && (p->tok.t != TOK_NAME || is_literal_name(p->tok.s)))
		return parse_fail(p, p->tok.line, "a key is a name or a string");
	rc = checked_name(p, p->tok.s);
	node_name(p, n, name_of(p->tok.s));
	if (rc == 0)
		rc = lex_next(p);
	if (rc == 0)
		rc = parse_expect(p, ":");
	if (rc == 0)
		rc = parse_expr(p, &value);
	if (rc == 0)
		node_add(p, &n->kids, &n->n, value);
	return rc;
}

static int parse_dict(struct parser *p, struct node *n)
{
	int rc = parse_accept(p, "}");

	if (rc)
		return rc < 0 ? rc : 0;
	do {
		rc = parse_pair(p, n);
		if (rc == 0)
			rc = parse_accept(p, ",");
	} while (rc > 0);
	return rc < 0 ? rc : parse_expect(p, "}");
}

/* Arguments behind "(": kids, and names with their values in named. */
static int parse_args(struct parser *p, struct node *n)
{
	uint32_t named = 0;
	int rc = parse_accept(p, ")");

	if (rc)
		return rc < 0 ? rc : 0;
	do {
		bool is_name = p->tok.t == TOK_NAME;
		struct name name = name_of(p->tok.s);
		struct node *v;

		rc = parse_expr(p, &v);
		if (rc == 0)
			rc = is_name && v->t == NODE_SYMBOL ? parse_accept(p, "=") : 0;
		if (rc > 0) {
			node_name(p, n, name);
			rc = parse_expr(p, &v);
			if (rc == 0)
				node_add(p, &n->named, &named, v);
		} else if (rc == 0) {
			node_add(p, &n->kids, &n->n, v);
		}
		if (rc == 0)
			rc = parse_accept(p, ",");
	} while (rc > 0);
	return rc < 0 ? rc : parse_expect(p, ")");
}

/* The parameters of a macro or caller behind "(": names; kids holds a default or NULL for each. */
int parse_signature(struct parser *p, struct node *n)
{
	int rc = parse_accept(p, ")");

	if (rc)
		return rc < 0 ? rc : 0;
	do {
		struct node *dflt = NULL;
		struct name name;

		rc = parse_name(p, &name, "a parameter");
		if (rc == 0)
			rc = parse_accept(p, "=");
		if (rc > 0)
			rc = parse_expr(p, &dflt);
		if (rc < 0)
			return rc;
		node_name(p, n, name);
		node_add(p, &n->kids, &n->n, dflt);
		rc = parse_accept(p, ",");
	} while (rc > 0);
	return rc < 0 ? rc : parse_expect(p, ")");
}

static int parse_regex(struct parser *p, struct node *n)
{
	static const struct {
		char c;
		unsigned flag;
	} flags[] = { { 'i', REGEX_ICASE }, { 'm', REGEX_MULTILINE } };
	const char *why = "it is too long";
	unsigned bits = 0;

	for (size_t i = 0; i < LEN(flags); i++)
		bits |= strchr(p->tok.flags, flags[i].c) ? flags[i].flag : 0;
	n->re = arena_new(p->mem, struct pattern);
	*n->re = (struct pattern){ .source = p->tok.s,
				   .flags = p->tok.flags,
				   .global = strchr(p->tok.flags, 'g') != NULL,
				   .sticky = strchr(p->tok.flags, 'y') != NULL };
	if (p->tok.s.n <= 16384)
		n->re->re = regex_compile(p->mem, p->tok.s, bits, &why);
	return n->re->re ? 0 : parse_fail(p, p->tok.line, "a regular expression is not valid: %s", why);
}

static struct val text_value(struct parser *p, struct str s)
{
	struct text *t = arena_new(p->mem, struct text);

	*t = (struct text){ s.p, s.n, (size_t)UNITS_UNKNOWN };
	text_units(t); /* now: a parsed template is not written to later */
	return (struct val){ .t = VAL_STR, .s = t };
}

static int parse_atom(struct parser *p, struct node **out)
{
	struct node *n = *out = node_new(p, NODE_LITERAL);
	struct str s = p->tok.s;
	int rc;

	switch (p->tok.t) {
	case TOK_NUM:
		n->value = val_num(p->tok.num);
		return lex_next(p);
	case TOK_STR:
		n->value = text_value(p, s);
		return lex_next(p);
	case TOK_REGEX:
		rc = parse_regex(p, n);
		return rc < 0 ? rc : lex_next(p);
	case TOK_NAME:
		if (is_literal_name(s)) {
			n->value = s.p[0] == 'n' ? val_null() : val_bool(s.p[0] == 't');
		} else {
			n->t = NODE_SYMBOL;
			n->name = name_of(s);
			if (name_reserved(s))
				return checked_name(p, s);
		}
		return lex_next(p);
	case TOK_END:
		return parse_fail(p, p->tok.line, "an expression is missing at the end");
	case TOK_OP:
		break;
	}
	return parse_fail(p, p->tok.line, "an expression is missing before '%.*s'", (int)s.n, s.p);
}

static int parse_primary(struct parser *p, struct node **out)
{
	static const struct {
		const char *open, *close;
		enum node_type t;
	} brackets[] = { { "(", ")", NODE_GROUP }, { "[", "]", NODE_ARRAY }, { "{", "}", NODE_DICT } };

	if (p->tok.t != TOK_OP)
		return parse_atom(p, out);
	for (size_t i = 0; i < LEN(brackets); i++) {
		if (!str_is(p->tok.s, brackets[i].open))
			continue;
		struct node *n = *out = node_new(p, brackets[i].t);
		int rc = lex_next(p);

		if (rc == 0)
			rc = n->t == NODE_DICT ? parse_dict(p, n) : parse_list(p, brackets[i].close, n);
		if (rc == 0 && n->t == NODE_GROUP && n->n == 0)
			return parse_fail(p, n->line, "'()' holds no expression");
		return rc;
	}
	return parse_atom(p, out);
}

/* One part of a slice; NULL when it is left out. */
static int slice_part(struct parser *p, struct node **out)
{
	*out = NULL;
	return parse_is(p, ":") || parse_is(p, "]") ? 0 : parse_expr(p, out);
}

static int parse_subscript(struct parser *p, struct node **out)
{
	struct node *parts[3] = { NULL }, *target = *out;
	int rc = slice_part(p, &parts[0]), more = 0;

	for (size_t i = 1; rc == 0 && i < 3; i++) {
		rc = parse_accept(p, ":");
		if (rc <= 0)
			break;
		more = 1;
		rc = slice_part(p, &parts[i]);
	}
	if (rc == 0)
		rc = parse_expect(p, "]");
	if (rc < 0)
		return rc;
	if (!more && !parts[0])
		return parse_fail(p, p->tok.line, "'[]' needs an index");
	*out = node_of(p, more ? NODE_SLICE : NODE_MEMBER, target, more ? NULL : parts[0]);
	for (size_t i = 0; more && i < 3; i++)
		node_add(p, &(*out)->kids, &(*out)->n, parts[i]);
	if (!more && parts[0]->t == NODE_LITERAL && parts[0]->value.t == VAL_STR) {
		(*out)->name = name_of((struct str){ parts[0]->value.s->p, parts[0]->value.s->n });
		return checked_name(p, (*out)->name.s);
	}
	return 0;
}

static int parse_postfix(struct parser *p, struct node **out)
{
	int rc = parse_primary(p, out);

	while (rc == 0) {
		struct node *n;

		if ((rc = parse_accept(p, ".")) > 0) {
			n = node_of(p, NODE_MEMBER, *out, NULL);
			n->line = p->tok.line;
			rc = parse_name(p, &n->name, "the name of a member");
			*out = n;
		} else if (rc == 0 && (rc = parse_accept(p, "[")) > 0) {
			rc = parse_subscript(p, out);
		} else if (rc == 0 && (rc = parse_accept(p, "(")) > 0) {
			n = node_of(p, NODE_CALL, *out, NULL);
			rc = parse_args(p, n);
			*out = n;
		} else {
			return rc;
		}
	}
	return rc;
}

static int parse_unary(struct parser *p, struct node **out)
{
	enum node_type t = parse_is(p, "-") ? NODE_NEG : NODE_POS;
	struct node *target;

	if (p->tok.t != TOK_OP || (t == NODE_POS && !parse_is(p, "+")))
		return parse_postfix(p, out);
	int rc = parse_enter(p);
	struct node *n = node_new(p, t);

	if (rc == 0)
		rc = lex_next(p);
	if (rc == 0)
		rc = parse_unary(p, &target);
	p->depth--;
	if (rc < 0)
		return rc;
	if (target->t == t)
		return parse_fail(p, n->line, "a sign is doubled");
	n->a = target;
	*out = n;
	return 0;
}

int parse_filter_call(struct parser *p, struct node *input, struct node **out)
{
	struct node *n = node_of(p, NODE_FILTER, input, NULL);
	int rc = parse_name(p, &n->name, "the name of a filter");

	*out = n;
	n->line = p->tok.line;
	while (rc == 0 && (rc = parse_accept(p, ".")) > 0) {
		struct name more;

		rc = parse_name(p, &more, "the name of a filter");
		if (rc == 0)
			n->name = name_of(str_of(
				arena_printf(p->mem, "%.*s.%.*s", (int)n->name.s.n, n->name.s.p, (int)more.s.n, more.s.p)));
	}
	if (rc < 0)
		return rc;
	n->filter = filter_find(n->name.s);
	rc = parse_accept(p, "(");
	return rc > 0 ? parse_args(p, n) : rc;
}

int parse_filtered(struct parser *p, struct node **out)
{
	int rc = parse_unary(p, out);

	while (rc == 0 && (rc = parse_accept(p, "|")) > 0)
		rc = parse_filter_call(p, *out, out);
	return rc;
}
