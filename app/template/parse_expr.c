/* Expressions: from the ternary down to names and literals. Precedence is that of the JavaScript that Nunjucks compiles to. */
#include "template/private.h"

static int parse_or(struct parser *p, struct node **out);
static int parse_filtered(struct parser *p, struct node **out);

bool name_reserved(struct str s)
{
	return str_is(s, "constructor") || str_is(s, "prototype") || str_is(s, "__proto__");
}

static int checked_name(struct parser *p, struct str s)
{
	return name_reserved(s) ? parse_fail(p, p->tok.line, "the name '%.*s' is reserved", (int)s.n, s.p) : 0;
}

static struct node *node_of(struct parser *p, enum node_type t, struct node *a, struct node *b)
{
	struct node *n = node_new(p, t);

	n->a = a;
	n->b = b;
	n->line = a ? a->line : n->line;
	return n;
}

static int parse_inline_if(struct parser *p, struct node **out)
{
	int rc = parse_or(p, out);

	if (rc == 0)
		rc = parse_accept(p, "if");
	if (rc <= 0)
		return rc;
	struct node *n = node_of(p, NODE_INLINEIF, *out, NULL);

	*out = n;
	rc = parse_or(p, &n->b);
	if (rc == 0)
		rc = parse_accept(p, "else");
	return rc > 0 ? parse_or(p, &n->c) : rc;
}

int parse_expr(struct parser *p, struct node **out)
{
	int rc = parse_enter(p);

	if (rc == 0)
		rc = parse_inline_if(p, out);
	p->depth--;
	return rc;
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

static int parse_filtered(struct parser *p, struct node **out)
{
	int rc = parse_unary(p, out);

	while (rc == 0 && (rc = parse_accept(p, "|")) > 0)
		rc = parse_filter_call(p, *out, out);
	return rc;
}

static int parse_power(struct parser *p, struct node **out)
{
	int rc = parse_filtered(p, out);

	while (rc == 0 && (rc = parse_accept(p, "**")) > 0) {
		struct node *n = node_of(p, NODE_BINARY, *out, NULL);

		n->op = OP_POW;
		rc = parse_filtered(p, &n->b);
		*out = n;
	}
	return rc;
}

/* Nunjucks reads * below / below // below % and prints them without brackets, so JavaScript reads them from the left. */
struct factors {
	struct factor {
		enum op op;
		struct node *n;
	} * items;
	size_t n, cap;
};

static struct node *join_factors(struct parser *p, const struct factors *f)
{
	struct node *left = f->items[0].n;

	for (size_t i = 1; i < f->n; i++) {
		left = node_of(p, NODE_BINARY, left, f->items[i].n);
		left->op = (uint8_t)f->items[i].op;
	}
	return left;
}

static int parse_factors(struct parser *p, int level, struct factors *out);

static int more_factors(struct parser *p, int level, enum op op, struct factors *out)
{
	struct factors right = { 0 };
	int rc = parse_factors(p, level + 1, &right);

	for (size_t i = 0; rc == 0 && i < right.n; i++) {
		*list_add(p->mem, out) = right.items[i];
		if (i == 0)
			out->items[out->n - 1].op = op;
	}
	if (rc == 0 && level == 2) { /* a // b */
		struct node *floor_of = node_of(p, NODE_FLOOR, join_factors(p, out), NULL);

		out->items[0].n = floor_of;
		out->n = 1;
	}
	return rc;
}

static int parse_factors(struct parser *p, int level, struct factors *out)
{
	static const struct {
		const char *sign;
		enum op op;
	} levels[] = { { "*", OP_MUL }, { "/", OP_DIV }, { "//", OP_DIV }, { "%", OP_MOD } };

	if (level == (int)LEN(levels)) {
		struct factor *f = list_add(p->mem, out);

		f->op = OP_MUL;
		return parse_power(p, &out->items[out->n - 1].n);
	}
	int rc = parse_factors(p, level + 1, out);

	while (rc == 0 && (rc = parse_accept(p, levels[level].sign)) > 0)
		rc = more_factors(p, level, levels[level].op, out);
	return rc;
}

static int parse_product(struct parser *p, struct node **out)
{
	struct factors f = { 0 };
	int rc = parse_factors(p, 0, &f);

	if (rc == 0)
		*out = join_factors(p, &f);
	return rc;
}

static int parse_sum(struct parser *p, struct node **out)
{
	int rc = parse_product(p, out);

	while (rc == 0 && p->tok.t == TOK_OP && p->tok.s.n == 1 && p->tok.s.p[0] && strchr("+-~", p->tok.s.p[0])) {
		struct node *n = node_of(p, NODE_BINARY, *out, NULL);

		n->op = p->tok.s.p[0] == '+' ? OP_ADD : p->tok.s.p[0] == '-' ? OP_SUB : OP_CONCAT;
		rc = lex_next(p);
		if (rc == 0)
			rc = parse_product(p, &n->b);
		*out = n;
	}
	return rc;
}

static const struct {
	const char *sign;
	enum cmp cmp;
} signs[] = { { "==", CMP_EQ }, { "===", CMP_SAME }, { "!=", CMP_NE }, { "!==", CMP_DIFFER },
	      { "<", CMP_LT },  { "<=", CMP_LE },    { ">", CMP_GT },  { ">=", CMP_GE } };

/* A chain of == or (level 1) of <: a, then kids. */
static int parse_compare(struct parser *p, int level, struct node **out)
{
	struct node *n = NULL, *right;
	int rc = level ? parse_sum(p, out) : parse_compare(p, 1, out);

	while (rc == 0 && p->tok.t == TOK_OP) {
		size_t i = level * 4u, end = i + 4;

		while (i < end && !str_is(p->tok.s, signs[i].sign))
			i++;
		if (i == end)
			break;
		if (!n)
			*out = n = node_of(p, NODE_COMPARE, *out, NULL);
		rc = lex_next(p);
		if (rc == 0)
			rc = level ? parse_sum(p, &right) : parse_compare(p, 1, &right);
		if (rc < 0)
			return rc;
		struct node *operand = node_of(p, NODE_GROUP, right, NULL);

		operand->op = (uint8_t)signs[i].cmp;
		node_add(p, &n->kids, &n->n, operand);
	}
	return rc;
}

/* What stands behind "is": a name, perhaps with arguments. Anything else is the test "undefined", as in Nunjucks. */
static void test_of(struct node *n, const struct node *right)
{
	const struct node *name = right->t == NODE_CALL ? right->a : right;

	n->name = name_of(STR("undefined"));
	if (name->t == NODE_SYMBOL || name->t == NODE_FILTER)
		n->name = name->name;
	else if (name->t == NODE_LITERAL && name->value.t == VAL_NULL)
		n->name = name_of(STR("null"));
	else if (name->t == NODE_LITERAL && name->value.t == VAL_BOOL)
		n->name = name_of(name->value.b ? STR("true") : STR("false"));
	else if (name->t == NODE_LITERAL && name->value.t == VAL_STR)
		n->name = name_of((struct str){ name->value.s->p, name->value.s->n });
	else if (name->t == NODE_LITERAL)
		n->name = name_of(STR("a literal"));
	if (right->t == NODE_CALL) {
		n->kids = right->kids;
		n->n = right->n;
		n->flag = right->n_names > 0;
	}
	n->test = test_find(n->name.s);
}

static int parse_is_test(struct parser *p, struct node **out)
{
	struct node *right;
	int rc = parse_compare(p, 0, out), negated = 0;

	if (rc == 0)
		rc = parse_accept(p, "is");
	if (rc <= 0)
		return rc;
	negated = parse_accept(p, "not");
	rc = negated < 0 ? negated : parse_compare(p, 0, &right);
	if (rc < 0)
		return rc;
	struct node *n = node_of(p, NODE_TEST, *out, NULL);

	test_of(n, right);
	*out = negated ? node_of(p, NODE_NOT, n, NULL) : n;
	return 0;
}

static int parse_in(struct parser *p, struct node **out)
{
	int rc = parse_is_test(p, out);

	while (rc == 0) {
		struct tok tok = p->tok;
		size_t pos = p->pos;
		uint32_t line = p->line;
		int negated = parse_accept(p, "not");

		rc = negated < 0 ? negated : parse_accept(p, "in");
		if (rc == 0 && negated) { /* "not" is somebody else's */
			p->tok = tok;
			p->pos = pos;
			p->line = line;
		}
		if (rc <= 0)
			return rc;
		struct node *n = node_of(p, NODE_IN, *out, NULL);

		rc = parse_is_test(p, &n->b);
		*out = negated ? node_of(p, NODE_NOT, n, NULL) : n;
	}
	return rc;
}

/* In "not a == b" JavaScript's ! takes only a. */
static struct node *negate(struct parser *p, struct node *n)
{
	struct node *first = n;

	if (!((n->t == NODE_BINARY && n->op != OP_POW) || n->t == NODE_COMPARE))
		return node_of(p, NODE_NOT, n, NULL);
	while ((first->a->t == NODE_BINARY && first->a->op != OP_POW) || first->a->t == NODE_COMPARE)
		first = first->a;
	first->a = node_of(p, NODE_NOT, first->a, NULL);
	return n;
}

static int parse_not(struct parser *p, struct node **out)
{
	int rc = parse_accept(p, "not");

	if (rc <= 0)
		return rc < 0 ? rc : parse_in(p, out);
	rc = parse_enter(p);
	if (rc == 0)
		rc = parse_not(p, out);
	p->depth--;
	if (rc == 0)
		*out = negate(p, *out);
	return rc;
}

static int parse_and(struct parser *p, struct node **out)
{
	int rc = parse_not(p, out);

	while (rc == 0 && (rc = parse_accept(p, "and")) > 0) {
		struct node *n = node_of(p, NODE_AND, *out, NULL);

		rc = parse_not(p, &n->b);
		*out = n;
	}
	return rc;
}

static int parse_or(struct parser *p, struct node **out)
{
	int rc = parse_and(p, out);

	while (rc == 0 && (rc = parse_accept(p, "or")) > 0) {
		struct node *n = node_of(p, NODE_OR, *out, NULL);

		rc = parse_and(p, &n->b);
		*out = n;
	}
	return rc;
}
