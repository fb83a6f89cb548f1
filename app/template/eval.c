/* Evaluates expressions. */
#include "template/private.h"

static int eval_symbol(struct run *r, const struct node *n, struct val *out)
{
	const struct val *v;
	bool found;

	if (frame_find(r->frame, &n->name, out))
		return 0;
	v = object_find(r, r->ctx->vars, &n->name);
	if (v) {
		*out = *v;
		return 0;
	}
	*out = val_undef();
	if (r->flags & TEMPLATE_COOKIECUTTER) {
		if (str_is(n->name.s, "True") || str_is(n->name.s, "False")) {
			*out = val_bool(n->name.s.p[0] == 'T');
			return 0;
		}
		if (str_is(n->name.s, "None")) {
			*out = val_null();
			return 0;
		}
	}
	int rc = func_global(r, &n->name, out, &found);

	if (rc == 0 && !found && (r->flags & TEMPLATE_STRICT))
		return run_fail(r, "'%.*s' is not defined", (int)n->name.s.n, n->name.s.p);
	return rc;
}

/* Where a name that is not defined is fine even when the template is strict: "x is defined", "x | default(y)". */
static int eval_lenient(struct run *r, const struct node *n, struct val *out)
{
	unsigned flags = r->flags;

	r->flags &= ~(unsigned)TEMPLATE_STRICT;
	int rc = eval(r, n, out);

	r->flags = flags;
	return rc;
}

static int eval_array(struct run *r, const struct node *n, struct val *out)
{
	*out = val_array(r);
	for (uint32_t i = 0; i < n->n; i++) {
		struct val item;
		int rc = eval(r, n->kids[i], &item);

		if (rc < 0)
			return rc;
		array_push(r, out->a, item);
	}
	return 0;
}

static int eval_dict(struct run *r, const struct node *n, struct val *out)
{
	*out = val_object(r);
	for (uint32_t i = 0; i < n->n; i++) {
		struct val item;
		int rc = eval(r, n->kids[i], &item);

		if (rc < 0)
			return rc;
		object_set(r, out->o, &n->names[i], item);
	}
	return 0;
}

static int eval_member(struct run *r, const struct node *n, struct val *out)
{
	struct name key = n->name;
	struct val target, index;
	struct text *s;
	int rc = eval(r, n->a, &target);

	if (rc == 0 && !key.s.p) {
		rc = eval(r, n->b, &index);
		/* An index into an array: no need for its text. */
		if (rc == 0 && target.t == VAL_ARRAY && index.t == VAL_NUM && index.num >= 0) {
			struct array *a = array_load(r, target.a);

			*out = index.num < (double)a->n && index.num == floor(index.num) ? a->items[(size_t)index.num]
											 : val_undef();
			return 0;
		}
		if (rc == 0)
			rc = val_text(r, index, &s);
		if (rc == 0)
			key = name_of((struct str){ s->p, s->n });
	}
	r->line = n->line;
	return rc < 0 ? rc : member_get(r, target, &key, out);
}

static int concat(struct run *r, struct val a, struct val b, struct val *out)
{
	struct text *x, *y;
	int rc = val_text(r, a, &x);

	if (rc == 0)
		rc = val_text(r, b, &y);
	if (rc < 0)
		return rc;
	return val_add(r, (struct val){ .t = VAL_STR, .s = x }, (struct val){ .t = VAL_STR, .s = y }, out);
}

static int eval_binary(struct run *r, const struct node *n, struct val *out)
{
	struct val a, b;
	double x, y;
	int rc = eval(r, n->a, &a);

	if (rc == 0)
		rc = eval(r, n->b, &b);
	if (rc < 0)
		return rc;
	if (n->op == OP_ADD)
		return val_add(r, a, b, out);
	if (n->op == OP_CONCAT)
		return concat(r, a, b, out);
	rc = val_number(r, a, &x);
	if (rc == 0)
		rc = val_number(r, b, &y);
	if (rc < 0)
		return rc;
	switch (n->op) {
	case OP_SUB:
		*out = val_num(x - y);
		break;
	case OP_MUL:
		*out = val_num(x * y);
		break;
	case OP_DIV:
		*out = val_num(x / y);
		break;
	case OP_MOD:
		*out = val_num(fmod(x, y));
		break;
	default:
		*out = val_num(number_power(x, y));
	}
	return 0;
}

static int compare(struct run *r, enum cmp op, struct val a, struct val b, bool *out)
{
	double order;
	int rc = 0;

	switch (op) {
	case CMP_EQ:
	case CMP_NE:
		rc = val_equal(r, a, b, out);
		*out = *out == (op == CMP_EQ);
		return rc;
	case CMP_SAME:
	case CMP_DIFFER:
		*out = val_same(a, b) == (op == CMP_SAME);
		return 0;
	default:
		rc = val_order(r, a, b, &order);
		*out = op == CMP_LT ? order < 0 : op == CMP_LE ? order <= 0 : op == CMP_GT ? order > 0 : order >= 0;
		return rc;
	}
}

static int eval_compare(struct run *r, const struct node *n, struct val *out)
{
	int rc = eval(r, n->a, out);

	for (uint32_t i = 0; rc == 0 && i < n->n; i++) {
		struct val right;
		bool result = false;

		rc = eval(r, n->kids[i]->a, &right);
		if (rc == 0)
			rc = compare(r, (enum cmp)n->kids[i]->op, *out, right, &result);
		*out = val_bool(result);
	}
	return rc;
}

static int contains(struct run *r, struct val in, struct val what, bool *out)
{
	struct text *s;
	struct name key;
	int rc;

	*out = false;
	if (in.t == VAL_ARRAY) {
		array_load(r, in.a);
		for (size_t i = 0; i < in.a->n && !*out; i++)
			*out = val_same(in.a->items[i], what);
		return run_steps(r, in.a->n / 8);
	}
	if (!val_is_text(in) && in.t != VAL_OBJECT)
		return run_fail(r, "'in' looks into an array, an object or a string, not into %s", val_kind(in));
	rc = val_text(r, what, &s);
	if (rc < 0)
		return rc;
	key = name_of((struct str){ s->p, s->n });
	if (in.t == VAL_SAFE) /* JavaScript sees an object, and looks for a member */
		*out = str_is(key.s, "length") || str_is(key.s, "val");
	if (in.t == VAL_STR)
		*out = text_find(in.s, s, 0) != SIZE_MAX;
	if (in.t != VAL_OBJECT)
		return 0;
	*out = object_find(r, in.o, &key) != NULL;
	return 0;
}

static int eval_in(struct run *r, const struct node *n, struct val *out)
{
	struct val what, in;
	bool found = false;
	int rc = eval(r, n->a, &what);

	if (rc == 0)
		rc = eval(r, n->b, &in);
	if (rc == 0)
		rc = contains(r, in, what, &found);
	*out = val_bool(found);
	return rc;
}

static int eval_test(struct run *r, const struct node *n, struct val *out)
{
	struct val v, with = val_undef();
	bool result = false;
	int rc = 0;

	if (!n->test)
		return run_fail(r, "there is no test '%.*s'", (int)n->name.s.n, n->name.s.p);
	if (n->n != n->test->args || n->flag)
		return run_fail(r, "the test '%s' takes %u argument%s", n->test->name, n->test->args,
				n->test->args == 1 ? "" : "s");
	rc = str_is(n->name.s, "defined") || str_is(n->name.s, "undefined") ? eval_lenient(r, n->a, &v) : eval(r, n->a, &v);
	if (rc == 0 && n->n)
		rc = eval(r, n->kids[0], &with);
	/* Those with an argument compare: that can be done. */
	if (rc == 0 && !n->n && !str_is(n->name.s, "callable"))
		rc = run_plain(r, &v, 1);
	if (rc == 0)
		rc = n->test->fn(r, v, with, &result);
	*out = val_bool(result);
	return rc;
}

enum { MAX_ARGS = 16 };

static int host_filter(struct run *r, const struct node *n, struct args *a, struct val *out)
{
	const char *name = arena_strndup(r->mem, n->name.s.p, n->name.s.n);
	const struct host *h = map_get(&r->env->filters, name);

	if (!h)
		return run_fail(r, "there is no filter '%s'", name);
	return call_host(r, h, a, out);
}

static int eval_filter(struct run *r, const struct node *n, struct val *out)
{
	struct val v[MAX_ARGS + 1];
	struct args a = { v, 0, NULL };
	const struct filter *f = n->filter;
	bool lenient = f && (str_is(n->name.s, "default") || str_is(n->name.s, "d"));
	int rc;

	if (n->n > MAX_ARGS)
		return run_fail(r, "more than %d arguments", MAX_ARGS);
	if (!f && (r->flags & TEMPLATE_COOKIECUTTER) && str_is(n->name.s, "jsonify"))
		f = filter_find(STR("dump"));
	rc = lenient ? eval_lenient(r, n->a, &v[0]) : eval(r, n->a, &v[0]);
	a.n = 1;
	if (rc == 0)
		rc = eval_args(r, n, v, &a);
	r->line = n->line;
	if (rc == 0 && !lenient)
		rc = run_plain(r, v, a.n);
	if (rc < 0)
		return rc;
	/* A host's filter goes before ours of the same name. */
	if (r->env->filters.n && map_get(&r->env->filters, arena_strndup(r->mem, n->name.s.p, n->name.s.n)))
		f = NULL;
	return f ? filter_call(r, f, &a, out) : host_filter(r, n, &a, out);
}

static int eval_number(struct run *r, const struct node *n, struct val *out)
{
	double num;
	int rc = eval(r, n->a, out);

	if (rc == 0)
		rc = val_number(r, *out, &num);
	if (rc == 0)
		*out = val_num(n->t == NODE_NEG ? -num : n->t == NODE_FLOOR ? floor(num) : num);
	return rc;
}

static int eval_inline_if(struct run *r, const struct node *n, struct val *out)
{
	struct val cond;
	int rc = eval(r, n->b, &cond);

	if (rc < 0)
		return rc;
	if (val_truthy(cond))
		return eval(r, n->a, out);
	*out = val_lit(r, "");
	return n->c ? eval(r, n->c, out) : 0;
}

static int eval_capture(struct run *r, const struct node *n, struct val *out)
{
	struct buf b;
	int rc = exec_capture(r, n->body, &b);

	if (rc == 0)
		*out = val_str(r, b.p, b.n);
	return rc;
}

static int eval_caller(struct run *r, const struct node *n, struct val *out)
{
	*out = func_new(r, (struct func){ .kind = FN_MACRO, .node = n, .tpl = r->tpl, .ctx = r->ctx, .frame = r->frame });
	return 0;
}

static int eval_literal(struct run *r, const struct node *n, struct val *out)
{
	*out = n->value;
	if (n->re) {
		*out = (struct val){ .t = VAL_REGEX, .re = arena_new(r->mem, struct pattern) };
		*out->re = *n->re;
	}
	return 0;
}

static int eval_group(struct run *r, const struct node *n, struct val *out)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < n->n; i++)
		rc = eval(r, n->kids[i], out);
	return rc;
}

static int eval_not(struct run *r, const struct node *n, struct val *out)
{
	int rc = eval(r, n->a, out);

	*out = val_bool(rc == 0 && !val_truthy(*out));
	return rc;
}

static int eval_logic(struct run *r, const struct node *n, struct val *out)
{
	int rc = eval(r, n->a, out);

	return rc < 0 || val_truthy(*out) == (n->t == NODE_OR) ? rc : eval(r, n->b, out);
}

static int (*const kinds[])(struct run *r, const struct node *n, struct val *out) = {
	[NODE_LITERAL] = eval_literal, [NODE_SYMBOL] = eval_symbol,
	[NODE_GROUP] = eval_group,     [NODE_ARRAY] = eval_array,
	[NODE_DICT] = eval_dict,       [NODE_MEMBER] = eval_member,
	[NODE_SLICE] = eval_slice,     [NODE_CALL] = eval_call,
	[NODE_FILTER] = eval_filter,   [NODE_TEST] = eval_test,
	[NODE_IN] = eval_in,           [NODE_NOT] = eval_not,
	[NODE_NEG] = eval_number,      [NODE_POS] = eval_number,
	[NODE_FLOOR] = eval_number,    [NODE_BINARY] = eval_binary,
	[NODE_AND] = eval_logic,       [NODE_OR] = eval_logic,
	[NODE_COMPARE] = eval_compare, [NODE_INLINEIF] = eval_inline_if,
	[NODE_CAPTURE] = eval_capture, [NODE_CALLER] = eval_caller,
};

int eval(struct run *r, const struct node *n, struct val *out)
{
	int rc = run_enter(r);

	*out = val_undef();
	if (rc < 0)
		return rc;
	r->line = n->line;
	rc = n->t < LEN(kinds) ? kinds[n->t](r, n, out) : run_fail(r, "this is no expression");
	run_leave(r);
	return rc;
}
