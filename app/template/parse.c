/* The parser's tools, and the body of a template: text, prints and tags. */
#include "template/parse.h"

#include <stdarg.h>
#include <stdio.h>

/* A hostile text of a few bytes a node must not take all memory. */
enum { PARSE_MAX = 64 << 20 };

int parse_fail(struct parser *p, uint32_t line, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fail(p->cx, ERR_INPUT, "%s:%u: %s", p->tpl->name, line, text);
}

int parse_enter(struct parser *p)
{
	/* Always counted: whoever called takes one off again. */
	if (++p->depth > p->env->limits.depth)
		return parse_fail(p, p->line, "nested too deeply (more than %zu levels)", p->env->limits.depth);
	return 0;
}

int parse_begin(struct parser *p, const struct piece *piece)
{
	p->src = piece->s;
	p->pos = 0;
	p->line = piece->line;
	p->tok = (struct tok){ .t = TOK_END };
	return lex_next(p);
}

bool parse_is(const struct parser *p, const char *op_or_name)
{
	/* Asked for each operator there is, at each token: most differ in the first byte. */
	return (p->tok.t == TOK_OP || p->tok.t == TOK_NAME) && *p->tok.s.p == *op_or_name && str_is(p->tok.s, op_or_name);
}

int parse_accept(struct parser *p, const char *op_or_name)
{
	if (!parse_is(p, op_or_name))
		return 0;
	int rc = lex_next(p);

	return rc < 0 ? rc : 1;
}

static int unexpected(struct parser *p, const char *wanted)
{
	if (p->tok.t == TOK_END)
		return parse_fail(p, p->line, "%s is missing at the end", wanted);
	return parse_fail(p, p->line, "%s is missing before '%.*s'", wanted, (int)(p->tok.s.n < 80 ? p->tok.s.n : 80),
			  p->tok.s.p);
}

int parse_expect(struct parser *p, const char *op_or_name)
{
	char wanted[16];
	int rc = parse_accept(p, op_or_name);

	if (rc)
		return rc < 0 ? rc : 0;
	snprintf(wanted, sizeof(wanted), "'%s'", op_or_name);
	return unexpected(p, wanted);
}

int parse_name(struct parser *p, struct name *out, const char *what)
{
	if (p->tok.t != TOK_NAME)
		return unexpected(p, what);
	*out = name_of(p->tok.s);
	if (name_reserved(p->tok.s))
		return parse_fail(p, p->tok.line, "the name '%.*s' is reserved", (int)p->tok.s.n, p->tok.s.p);
	return lex_next(p);
}

int parse_end(struct parser *p)
{
	return p->tok.t == TOK_END ? 0
				   : parse_fail(p, p->line, "'%.*s' is not expected here",
						(int)(p->tok.s.n < 80 ? p->tok.s.n : 80), p->tok.s.p);
}

struct node *node_new(struct parser *p, enum node_type t)
{
	struct node *n = arena_new(p->mem, struct node);

	n->t = t;
	n->line = p->tok.line ? p->tok.line : p->line;
	return n;
}

/* What list_add() gave to a list of n: nothing, 8, 16, … */
static size_t grown(uint32_t n)
{
	size_t cap = 8;

	while (cap < n)
		cap *= 2;
	return n ? cap : 0;
}

void node_add(struct parser *p, struct node ***kids, uint32_t *n, struct node *kid)
{
	struct {
		struct node **items;
		size_t n, cap;
	} list = { *kids, *n, grown(*n) };

	*list_add(p->mem, &list) = kid;
	*kids = list.items;
	*n = (uint32_t)list.n;
}

void node_name(struct parser *p, struct node *n, struct name name)
{
	struct {
		struct name *items;
		size_t n, cap;
	} list = { n->names, n->n_names, grown(n->n_names) };

	*list_add(p->mem, &list) = name;
	n->names = list.items;
	n->n_names = (uint32_t)list.n;
}

static int parse_print(struct parser *p, struct node **out)
{
	struct node *n = *out = node_new(p, NODE_OUTPUT);
	int rc = parse_expr(p, &n->a);

	return rc < 0 ? rc : parse_end(p);
}

static struct node *text_node(struct parser *p, const struct piece *piece)
{
	struct text *t = arena_new(p->mem, struct text);
	struct node *n = node_new(p, NODE_TEXT);

	*t = (struct text){ piece->s.p, piece->s.n, (size_t)UNITS_UNKNOWN };
	n->value = (struct val){ .t = VAL_STR, .s = t };
	n->line = piece->line;
	return n;
}

static bool is_stop(struct str word, const char *const *stops)
{
	for (; *stops; stops++)
		if (str_is(word, *stops))
			return true;
	return false;
}

static int body_kids(struct parser *p, struct node *body, const char *const *stops, struct str *stop)
{
	int rc = 0;

	while (rc == 0) {
		const struct piece *piece = &p->pieces.items[p->at++];
		struct node *kid;

		if (piece->t == PIECE_TEXT) {
			node_add(p, &body->kids, &body->n, text_node(p, piece));
			continue;
		}
		if (piece->t == PIECE_END) {
			p->at--;
			p->line = piece->line;
			return 0;
		}
		rc = parse_begin(p, piece);
		if (rc == 0 && piece->t == PIECE_TAG && is_stop(p->tok.s, stops)) {
			*stop = p->tok.s;
			return lex_next(p);
		}
		if (rc == 0)
			rc = piece->t == PIECE_TAG ? parse_tag(p, &kid) : parse_print(p, &kid);
		if (rc == 0)
			node_add(p, &body->kids, &body->n, kid);
	}
	return rc;
}

int parse_body(struct parser *p, const char *const *stops, struct node **out, struct str *stop)
{
	uint32_t line = p->line;
	int rc = parse_enter(p);

	*out = node_new(p, NODE_BODY);
	*stop = (struct str){ NULL, 0 };
	if (rc == 0)
		rc = body_kids(p, *out, stops, stop);
	p->depth--;
	if (rc == 0 && *stops && !stop->p)
		return parse_fail(p, line, "a tag has no '%s'", stops[0]);
	return rc;
}

int parse_template(struct ctx *cx, struct template_env *env, struct arena *mem, const char *name, struct str text,
		   struct tpl **out)
{
	static const char *const none[] = { NULL };
	struct parser p = { .cx = cx, .mem = mem, .env = env };
	struct str stop;

	p.mem_max = mem->used + PARSE_MAX;
	p.tpl = *out = arena_new(mem, struct tpl);
	p.tpl->name = arena_strdup(mem, name);
	int rc = scan_template(&p, text, &p.pieces);

	return rc < 0 ? rc : parse_body(&p, none, &p.tpl->root, &stop);
}
