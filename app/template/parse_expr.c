/* Expressions: operators. Precedence is that of the JavaScript that Nunjucks compiles to. */
#include "template/parse.h"

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

/* What a filter is applied to comes before its arguments. */
static void filter_as_test(struct parser *p, struct node *n, const struct node *f)
{
	n->name = f->name;
	n->n = f->n + 1;
	n->kids = arena_array(p->mem, struct node *, n->n);
	n->kids[0] = f->a;
	for (uint32_t i = 0; i < f->n; i++)
		n->kids[i + 1] = f->kids[i];
	n->flag = f->n_names > 0;
}

/*
 * What stands behind "is": a name, perhaps with arguments. Anything else is the test "undefined", as in Nunjucks; a filter is
 * the test of its name, with all that it is given.
 */
static void test_of(struct parser *p, struct node *n, const struct node *right)
{
	const struct node *name = right->t == NODE_CALL ? right->a : right;

	n->name = name_of(STR("undefined"));
	if (name->t == NODE_SYMBOL)
		n->name = name->name;
	else if (name->t == NODE_FILTER)
		filter_as_test(p, n, name);
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

	test_of(p, n, right);
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
