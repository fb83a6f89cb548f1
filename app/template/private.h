/* The parts of the template engine: syntax tree, environment, the state of one rendering, and who does what. */
#ifndef TEMPLATE_PRIVATE_H
#define TEMPLATE_PRIVATE_H

#include <math.h>

#include "base/list.h"
#include "base/map.h"
#include "template/template.h"
#include "template/value.h"

enum node_type {
	/* expressions */
	NODE_LITERAL, /* value; a regular expression: re */
	NODE_SYMBOL,  /* name */
	NODE_GROUP,   /* kids: (a, b) is b */
	NODE_ARRAY,
	NODE_DICT,   /* kids: values; names: keys */
	NODE_MEMBER, /* a[b]; name when b is a constant */
	NODE_SLICE,  /* a[kids 0:1:2], each may be NULL */
	NODE_CALL,   /* a(kids, names=named) */
	NODE_FILTER, /* a | name(kids, …) */
	NODE_TEST,   /* a is name(kids) */
	NODE_IN,     /* a in b */
	NODE_NOT,
	NODE_NEG,
	NODE_POS,
	NODE_FLOOR,
	NODE_BINARY, /* a op b */
	NODE_AND,
	NODE_OR,
	NODE_COMPARE,  /* a, then kids with ops */
	NODE_INLINEIF, /* a if b else c */
	NODE_CAPTURE,  /* what body prints */
	NODE_CALLER,   /* a function made of a call block's body */
	/* statements */
	NODE_TEXT,   /* text */
	NODE_OUTPUT, /* a */
	NODE_IF,     /* a, body, orelse */
	NODE_FOR,    /* names in a, body, orelse */
	NODE_SET,    /* names = a */
	NODE_MACRO,  /* name, names (params), kids (defaults) body */
	NODE_BLOCK,  /* name, body */
	NODE_SWITCH, /* a, kids are NODE_CASE, orelse */
	NODE_CASE,   /* a, body */
	NODE_EXTENDS,
	NODE_INCLUDE, /* a; flag: ignore missing */
	NODE_IMPORT,  /* a, names[0]; flag: with context */
	NODE_FROM,    /* a, names (what), kids: NODE_SYMBOL (as) */
	NODE_BODY,    /* kids */
};

enum op { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_POW, OP_CONCAT };
enum cmp { CMP_EQ, CMP_SAME, CMP_NE, CMP_DIFFER, CMP_LT, CMP_LE, CMP_GT, CMP_GE };

struct node {
	enum node_type t;
	uint32_t line;
	uint8_t op;    /* enum op; enum cmp of an operand of NODE_COMPARE */
	bool flag;     /* see above */
	bool nested;   /* stands in a loop: what it defines is not the context's */
	bool in_block; /* NODE_BLOCK: stands in another block */
	uint32_t n, n_names;
	struct node *a, *b, *c, *body, *orelse;
	struct node **kids;  /* n; NODE_MACRO: a default per name, NULL for none */
	struct name *names;  /* n_names */
	struct node **named; /* NODE_CALL, NODE_FILTER: values of names */
	struct name name;
	struct val value;
	struct pattern *re;
	const struct filter *filter;
	const struct test *test;
};

struct tpl_block {
	struct name name;
	const struct node *node;
};

/* A parsed template. */
struct tpl {
	const char *name; /* for people */
	struct node *root;
	struct {
		struct tpl_block *items;
		size_t n, cap;
	} blocks;
	bool extends; /* may have a parent: nothing is printed before that is known */
	int rc;       /* it could not be parsed: error says why */
	const char *error;
};

/* What a host gave: template_add_filter(), template_add_global(). */
struct host {
	const char *name;
	template_fn *fn;
	void *arg;
	bool safe;
};

struct template_env {
	struct arena mem;
	unsigned flags;
	struct template_limits limits;
	template_loader *load;
	void *load_arg;
	struct map tpls, filters, globals;
};

/* Arguments of a filter (v[0] is what it is applied to), test, function or method. */
struct args {
	const struct val *v;
	size_t n;
	struct object *kw; /* NULL without keyword arguments */
};
static inline struct val arg(const struct args *a, size_t i)
{
	return i < a->n ? a->v[i] : (struct val){ .t = VAL_UNDEF };
}

typedef int filter_fn(struct run *r, const struct args *a, struct val *out);
struct filter {
	const char *name;
	filter_fn *fn;
	/* Names of the arguments after the first, NULL at the end; NULL: keywords come as one object at the end. */
	const char *const *params;
	bool positional; /* keyword arguments are an error */
};
typedef int test_fn(struct run *r, struct val v, struct val arg, bool *out);
struct test {
	const char *name;
	test_fn *fn;
	unsigned args;
};

struct slot {
	struct name name;
	struct val v;
};
struct frame {
	struct frame *parent;
	bool isolated, top;
	struct slot *items;
	size_t n, cap;
};

struct block_at {
	const struct tpl *tpl;
	const struct node *node;
};
struct block_stack {
	struct name name;
	struct block_at *items;
	size_t n, cap;
};
/* The variables and blocks of a template and its parents. */
struct context {
	struct object *vars, *exports;
	struct {
		struct block_stack *items;
		size_t n, cap;
	} blocks;
};

/* One template of a chain of parents. */
struct unit {
	const struct tpl *tpl, *parent;
};

/* One rendering. */
struct run {
	struct ctx *cx;
	struct template_env *env;
	struct arena *mem;
	uint32_t line;
	size_t steps, printed, mem_max;
	unsigned depth, calls;
	unsigned flags;
	/* what changes with every call */
	struct context *ctx;
	struct frame *frame;
	struct unit *unit;
	const struct tpl *tpl;
	const struct block_stack *block; /* the block that is being printed */
	size_t block_at;
	struct buf *out;
};

enum func_kind {
	FN_MACRO,
	FN_METHOD,
	FN_HOST,
	FN_RANGE,
	FN_CYCLER,
	FN_JOINER,
	FN_CYCLE,
	FN_CYCLE_NEXT,
	FN_CYCLE_RESET,
	FN_JOIN,
	FN_SUPER
};

struct method;
struct func {
	enum func_kind kind;
	const struct node *node; /* FN_MACRO: NODE_MACRO or NODE_CALLER, with where it was made */
	const struct tpl *tpl;
	struct context *ctx;
	struct frame *frame; /* NULL for a macro: it sees only the context */
	struct val self;     /* FN_METHOD; FN_CYCLE: the values; FN_JOIN: the separator */
	const struct method *method;
	const struct host *host;
	struct func *of; /* FN_CYCLE_NEXT, FN_CYCLE_RESET */
	double at;
};

/* Methods of values. Arguments are checked against least and most before. */
typedef int method_fn(struct run *r, struct val self, const struct args *a, struct val *out);
struct method {
	const char *name;
	method_fn *fn;
	uint8_t least, most; /* ANY: no limit */
	bool compat;         /* only with TEMPLATE_COOKIECUTTER */
};
enum { ANY = 255 };

/* convert.c: in software templates a function is called, and nothing else: an error for one, or one in an array or an object.
 */
int run_plain(struct run *r, const struct val *v, size_t n);

/* run.c: limits and errors */
int run_fail(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));
int run_step_slow(struct run *r);
static inline int run_steps(struct run *r, size_t n)
{
	r->steps += n;
	return r->steps > r->env->limits.steps || r->mem->used > r->mem_max ? run_step_slow(r) : 0;
}
/* Is there room for n more bytes? */
int run_room(struct run *r, size_t n);
int run_enter(struct run *r);
static inline void run_leave(struct run *r)
{
	r->depth--;
}
/* Prints: surrogates joined, output counted. */
int run_print(struct run *r, const char *p, size_t n);

/* scan.c: a template is text, prints and tags */
enum piece_type { PIECE_TEXT, PIECE_PRINT, PIECE_TAG, PIECE_END };
struct piece {
	enum piece_type t;
	struct str s;
	uint32_t line;
};
struct pieces {
	struct piece *items;
	size_t n, cap;
};
struct parser;
int scan_template(struct parser *p, struct str text, struct pieces *out);

/* lex.c: tokens of a print or tag */
enum tok_type { TOK_END, TOK_NAME, TOK_NUM, TOK_STR, TOK_REGEX, TOK_OP };
struct tok {
	enum tok_type t;
	uint32_t line;
	struct str s; /* the operator, the name, the string's value, the pattern */
	const char *flags;
	double num;
};
/* Position behind a string or regular expression that begins at i; i when none does. 0: it does not end. */
size_t lex_skip(struct str s, size_t i);
int lex_next(struct parser *p);

struct parser {
	struct ctx *cx;
	struct arena *mem;
	struct template_env *env;
	struct tpl *tpl;
	struct pieces pieces;
	size_t at;
	/* the expression that is being read */
	struct str src;
	size_t pos;
	struct tok tok, prev;
	uint32_t line;
	unsigned depth, loops, in_block, captures;
	size_t mem_max;
};
int parse_fail(struct parser *p, uint32_t line, const char *fmt, ...) __attribute__((format(printf, 3, 4), cold));
int parse_enter(struct parser *p);
int parse_begin(struct parser *p, const struct piece *piece); /* the first token of a print or tag */
bool parse_is(const struct parser *p, const char *op_or_name);
int parse_accept(struct parser *p, const char *op_or_name); /* 1 taken, 0 not there, negative */
int parse_expect(struct parser *p, const char *op_or_name);
int parse_name(struct parser *p, struct name *out, const char *what);
int parse_end(struct parser *p); /* nothing may follow */
struct node *node_new(struct parser *p, enum node_type t);
void node_add(struct parser *p, struct node ***kids, uint32_t *n, struct node *kid);
void node_name(struct parser *p, struct node *n, struct name name);
bool name_reserved(struct str s);
int parse_expr(struct parser *p, struct node **out);
int parse_filter_call(struct parser *p, struct node *input, struct node **out);
int parse_signature(struct parser *p, struct node *n);
int parse_template(struct ctx *cx, struct template_env *env, struct arena *mem, const char *name, struct str text,
		   struct tpl **out);

/* eval.c, member.c, call.c, exec.c */
int eval(struct run *r, const struct node *n, struct val *out);
int member_get(struct run *r, struct val v, const struct name *key, struct val *out);
int member_own(struct run *r, struct val v, const struct name *key, struct val *out, bool *found);
int eval_slice(struct run *r, const struct node *n, struct val *out);
int eval_call(struct run *r, const struct node *n, struct val *out);
int eval_args(struct run *r, const struct node *n, struct val *v, struct args *a);
int call_macro(struct run *r, struct func *f, struct args *a, struct val *out);
int call_host(struct run *r, const struct host *h, const struct args *a, struct val *out);
struct val func_new(struct run *r, struct func f);
int func_global(struct run *r, const struct name *name, struct val *out, bool *found);
int func_member(struct run *r, struct func *f, struct str key, struct val *out);
const struct method *method_find(const struct run *r, struct val v, struct str name);
extern const struct method text_methods[], list_methods[], number_methods[], regex_methods[], dict_methods[];
/* Replaces as JavaScript's replace() does, all matches when the pattern is global. */
int pattern_replace(struct run *r, struct pattern *re, struct text *s, struct text *with, struct val *out);
int pattern_replace_text(struct run *r, const struct text *what, struct text *s, const struct text *with, struct val *out);
/* at NULL: one part. */
int pattern_split_text(struct run *r, const struct text *at, struct text *s, double most, struct val *out);
int pattern_split(struct run *r, const struct pattern *re, struct text *t, double most, struct val *out);
int sort_by_text(struct run *r, struct array *a);
int pattern_search(struct run *r, const struct pattern *re, struct str s, size_t from, struct str *groups, size_t n,
		   bool *found);

bool frame_find(const struct frame *f, const struct name *name, struct val *out);
void frame_set(struct run *r, struct frame *f, const struct name *name, struct val v);
struct frame *frame_push(struct run *r, struct frame *parent, bool isolated);
int exec(struct run *r, const struct node *n);
int exec_print(struct run *r, struct val v);
/* What body prints, as bytes. */
int exec_capture(struct run *r, const struct node *body, struct buf *out);
int exec_super(struct run *r, struct val *out);
/* load.c */
struct context *context_new(struct run *r, const struct tpl *tpl, struct object *vars);
int exec_tpl(struct run *r, const struct tpl *tpl, struct context *ctx, struct frame *frame);
int exec_include(struct run *r, const struct node *n);
int exec_import(struct run *r, const struct node *n);
int exec_extends(struct run *r, const struct node *n);
int env_get(struct ctx *cx, struct template_env *env, const char *name, const struct tpl **out);

/* filters.c and its friends, tests.c */
const struct filter *filter_find(struct str name);
int filter_call(struct run *r, const struct filter *f, struct args *a, struct val *out);
const struct test *test_find(struct str name);
void escape_html(struct buf *out, const char *p, size_t n);
#define FILTER(name, params, positional) filter_fn filter_##name;
#include "template/filters.def"
#undef FILTER

#endif
