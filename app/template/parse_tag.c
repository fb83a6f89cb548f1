/* Tags: each function is called with the tag's name taken. */
#include "template/parse.h"

/* The body up to the end tag, which takes no arguments. */
static int body_until(struct parser *p, const char *end, struct node **out)
{
	const char *const stops[] = { end, NULL };
	struct str stop;
	int rc = parse_body(p, stops, out, &stop);

	return rc < 0 ? rc : parse_end(p);
}

static int parse_if(struct parser *p, struct node *n)
{
	static const char *const stops[] = { "endif", "elif", "elseif", "else", NULL };
	struct str stop = STR("elif");
	int rc = 0;

	/* A chain, not a tree: any number of elif costs no depth. */
	for (; rc == 0; n = n->orelse) {
		rc = parse_expr(p, &n->a);
		if (rc == 0)
			rc = parse_end(p);
		if (rc == 0)
			rc = parse_body(p, stops, &n->body, &stop);
		if (rc < 0 || !(str_is(stop, "elif") || str_is(stop, "elseif")))
			break;
		n->orelse = node_new(p, NODE_IF);
	}
	if (rc == 0)
		rc = parse_end(p);
	return rc == 0 && str_is(stop, "else") ? body_until(p, "endif", &n->orelse) : rc;
}

static int parse_targets(struct parser *p, struct node *n)
{
	int rc;

	do {
		struct name name;

		if (parse_is(p, "true") || parse_is(p, "false") || parse_is(p, "none") || parse_is(p, "null"))
			return parse_fail(p, p->tok.line, "'%.*s' cannot be set", (int)p->tok.s.n, p->tok.s.p);
		rc = parse_name(p, &name, "a name");
		if (rc == 0) {
			node_name(p, n, name);
			rc = parse_accept(p, ",");
		}
	} while (rc > 0);
	return rc;
}

static int parse_for(struct parser *p, struct node *n)
{
	static const char *const stops[] = { "endfor", "else", NULL };
	struct str stop;
	int rc = parse_targets(p, n);

	if (rc == 0)
		rc = parse_expect(p, "in");
	if (rc == 0)
		rc = parse_expr(p, &n->a);
	if (rc == 0)
		rc = parse_end(p);
	p->loops++;
	if (rc == 0)
		rc = parse_body(p, stops, &n->body, &stop);
	if (rc == 0)
		rc = parse_end(p);
	if (rc == 0 && str_is(stop, "else"))
		rc = body_until(p, "endfor", &n->orelse);
	p->loops--;
	return rc;
}

/* What is printed into a value. No macro is defined there: whose would it be? */
static int parse_capture(struct parser *p, const char *end, struct node **out)
{
	p->captures++;
	int rc = body_until(p, end, out);

	p->captures--;
	return rc;
}

static int parse_set(struct parser *p, struct node *n)
{
	int rc = parse_targets(p, n);

	if (rc == 0)
		rc = parse_accept(p, "=");
	if (rc > 0) {
		rc = parse_expr(p, &n->a);
		return rc < 0 ? rc : parse_end(p);
	}
	if (rc == 0)
		rc = parse_end(p);
	n->a = node_new(p, NODE_CAPTURE);
	return rc < 0 ? rc : parse_capture(p, "endset", &n->a->body);
}

/* A body with variables of its own: what it defines is not the loop's around it. */
static int parse_scope(struct parser *p, const char *end, unsigned loops, struct node **out)
{
	unsigned outside = p->loops;

	p->loops = loops;
	int rc = body_until(p, end, out);

	p->loops = outside;
	return rc;
}

static int parse_macro(struct parser *p, struct node *n)
{
	int rc = parse_name(p, &n->name, "the macro's name");

	if (rc == 0 && p->captures)
		return parse_fail(p, n->line, "a macro cannot be defined inside 'set' or 'filter'");
	n->nested = p->loops > 0;
	if (rc == 0)
		rc = parse_expect(p, "(");
	if (rc == 0)
		rc = parse_signature(p, n);
	if (rc == 0)
		rc = parse_end(p);
	return rc < 0 ? rc : parse_scope(p, "endmacro", 0, &n->body);
}

static int parse_call(struct parser *p, struct node *n)
{
	struct node *caller = node_new(p, NODE_CALLER);
	int rc = parse_accept(p, "(");

	n->t = NODE_OUTPUT;
	caller->name = name_of(STR("caller"));
	if (rc > 0)
		rc = parse_signature(p, caller);
	if (rc == 0)
		rc = parse_expr(p, &n->a);
	if (rc == 0)
		rc = parse_end(p);
	if (rc == 0 && n->a->t != NODE_CALL)
		return parse_fail(p, n->line, "'call' needs the call of a macro");
	if (rc == 0)
		rc = parse_scope(p, "endcall", 1, &caller->body);
	if (rc < 0)
		return rc;
	uint32_t named = n->a->n_names;

	node_name(p, n->a, caller->name);
	node_add(p, &n->a->named, &named, caller);
	return 0;
}

static int parse_filter(struct parser *p, struct node *n)
{
	struct node *capture = node_new(p, NODE_CAPTURE);
	int rc = parse_filter_call(p, capture, &n->a);

	n->t = NODE_OUTPUT;
	if (rc == 0)
		rc = parse_end(p);
	return rc < 0 ? rc : parse_capture(p, "endfilter", &capture->body);
}

static int parse_block(struct parser *p, struct node *n)
{
	static const char *const stops[] = { "endblock", NULL };
	unsigned loops = p->loops;
	struct str stop;
	int rc = parse_name(p, &n->name, "the block's name");

	if (rc == 0)
		rc = parse_end(p);
	for (size_t i = 0; rc == 0 && i < p->tpl->blocks.n; i++)
		if (name_eq(&p->tpl->blocks.items[i].name, &n->name))
			return parse_fail(p, n->line, "the block '%.*s' is defined twice", (int)n->name.s.n, n->name.s.p);
	*list_add(p->mem, &p->tpl->blocks) = (struct tpl_block){ n->name, n };
	n->in_block = p->in_block > 0;
	p->in_block++;
	p->loops = 0;
	if (rc == 0)
		rc = parse_body(p, stops, &n->body, &stop);
	p->in_block--;
	p->loops = loops;
	if (rc == 0 && p->tok.t == TOK_NAME) {
		if (!str_eq(p->tok.s, n->name.s))
			return parse_fail(p, p->line, "'endblock %.*s' ends the block '%.*s'", (int)p->tok.s.n, p->tok.s.p,
					  (int)n->name.s.n, n->name.s.p);
		rc = lex_next(p);
	}
	return rc < 0 ? rc : parse_end(p);
}

static int parse_switch(struct parser *p, struct node *n)
{
	static const char *const stops[] = { "endswitch", "case", "default", NULL };
	struct node *before;
	struct str stop = { NULL, 0 };
	int rc = parse_expr(p, &n->a);

	if (rc == 0)
		rc = parse_end(p);
	if (rc == 0)
		rc = parse_body(p, stops, &before, &stop);
	if (rc == 0 && (before->n || str_is(stop, "endswitch")))
		return parse_fail(p, n->line, "a switch begins with 'case' or 'default'");
	while (rc == 0 && str_is(stop, "case")) {
		struct node *c = node_new(p, NODE_CASE);

		node_add(p, &n->kids, &n->n, c);
		rc = parse_expr(p, &c->a);
		if (rc == 0)
			rc = parse_end(p);
		if (rc == 0)
			rc = parse_body(p, stops, &c->body, &stop);
	}
	if (rc == 0)
		rc = parse_end(p);
	return rc == 0 && str_is(stop, "default") ? body_until(p, "endswitch", &n->orelse) : rc;
}

static int can_load(struct parser *p)
{
	return p->env->load ? 0 : parse_fail(p, p->line, "other templates cannot be used here");
}

static int parse_extends(struct parser *p, struct node *n)
{
	int rc = can_load(p);

	p->tpl->extends = true;
	if (rc == 0)
		rc = parse_expr(p, &n->a);
	return rc < 0 ? rc : parse_end(p);
}

static int parse_include(struct parser *p, struct node *n)
{
	int rc = can_load(p);

	if (rc == 0)
		rc = parse_expr(p, &n->a);
	if (rc == 0)
		rc = parse_accept(p, "ignore");
	n->flag = rc > 0;
	if (rc > 0)
		rc = parse_expect(p, "missing");
	return rc < 0 ? rc : parse_end(p);
}

/* "with context", "without context" or nothing. */
static int parse_context(struct parser *p, struct node *n)
{
	int rc = parse_accept(p, "with");

	n->flag = rc > 0;
	if (rc == 0)
		rc = parse_accept(p, "without");
	if (rc > 0)
		rc = parse_expect(p, "context");
	return rc < 0 ? rc : parse_end(p);
}

static int parse_import(struct parser *p, struct node *n)
{
	struct name as;
	int rc = can_load(p);

	n->nested = p->loops > 0;
	if (rc == 0)
		rc = parse_expr(p, &n->a);
	if (rc == 0)
		rc = parse_expect(p, "as");
	if (rc == 0)
		rc = parse_name(p, &as, "a name");
	if (rc < 0)
		return rc;
	node_name(p, n, as);
	return parse_context(p, n);
}

static int parse_from(struct parser *p, struct node *n)
{
	int rc = can_load(p);

	n->nested = p->loops > 0;
	if (rc == 0)
		rc = parse_expr(p, &n->a);
	if (rc == 0)
		rc = parse_expect(p, "import");
	if (rc < 0)
		return rc;
	do {
		struct node *as = node_new(p, NODE_SYMBOL);
		struct name name;

		rc = parse_name(p, &name, "a name");
		if (rc < 0)
			return rc;
		if (name.s.p[0] == '_')
			return parse_fail(p, n->line, "names that begin with '_' cannot be imported");
		as->name = name;
		rc = parse_accept(p, "as");
		if (rc > 0)
			rc = parse_name(p, &as->name, "a name");
		node_name(p, n, name);
		node_add(p, &n->kids, &n->n, as);
		if (rc == 0)
			rc = parse_accept(p, ",");
	} while (rc > 0);
	return rc < 0 ? rc : parse_context(p, n);
}

static const struct tag {
	const char *name;
	enum node_type t;
	int (*parse)(struct parser *p, struct node *n);
} tags[] = {
	{ "if", NODE_IF, parse_if },
	{ "for", NODE_FOR, parse_for },
	{ "set", NODE_SET, parse_set },
	{ "macro", NODE_MACRO, parse_macro },
	{ "call", NODE_OUTPUT, parse_call },
	{ "filter", NODE_OUTPUT, parse_filter },
	{ "block", NODE_BLOCK, parse_block },
	{ "switch", NODE_SWITCH, parse_switch },
	{ "extends", NODE_EXTENDS, parse_extends },
	{ "include", NODE_INCLUDE, parse_include },
	{ "import", NODE_IMPORT, parse_import },
	{ "from", NODE_FROM, parse_from },
};

int parse_tag(struct parser *p, struct node **out)
{
	struct str word = p->tok.s;
	struct node *n = *out = node_new(p, NODE_BODY);

	for (size_t i = 0; p->tok.t == TOK_NAME && i < LEN(tags); i++) {
		if (!str_is(word, tags[i].name))
			continue;
		n->t = tags[i].t;
		int rc = lex_next(p);

		return rc < 0 ? rc : tags[i].parse(p, n);
	}
	if (p->tok.t == TOK_END)
		return parse_fail(p, p->line, "a tag is empty");
	if (str_starts(arena_strndup(p->mem, word.p, word.n), "end") || str_is(word, "else") || str_is(word, "elif"))
		return parse_fail(p, p->line, "'%.*s' ends nothing that is open here", (int)(word.n < 80 ? word.n : 80),
				  word.p);
	return parse_fail(p, p->line, "there is no tag '%.*s'", (int)(word.n < 80 ? word.n : 80), word.p);
}
