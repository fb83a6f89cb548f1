/* Templates that use others: extends, include, import; and running a whole template. */
#include "template/private.h"

struct context *context_new(struct run *r, const struct tpl *tpl, struct object *vars)
{
	struct context *c = arena_new(r->mem, struct context);

	c->vars = vars;
	c->exports = arena_new(r->mem, struct object);
	for (size_t i = 0; i < tpl->blocks.n; i++) {
		struct block_stack *b = list_add(r->mem, &c->blocks);

		*b = (struct block_stack){ .name = tpl->blocks.items[i].name };
		*list_add(r->mem, b) = (struct block_at){ tpl, tpl->blocks.items[i].node };
	}
	return c;
}

static void add_blocks(struct run *r, struct context *c, const struct tpl *tpl)
{
	for (size_t i = 0; i < tpl->blocks.n; i++) {
		struct block_stack *b = NULL;

		for (size_t k = 0; k < c->blocks.n && !b; k++)
			if (name_eq(&c->blocks.items[k].name, &tpl->blocks.items[i].name))
				b = &c->blocks.items[k];
		if (!b) {
			b = list_add(r->mem, &c->blocks);
			*b = (struct block_stack){ .name = tpl->blocks.items[i].name };
		}
		*list_add(r->mem, b) = (struct block_at){ tpl, tpl->blocks.items[i].node };
	}
}

/* A template with a parent prints nothing itself, but that shows only when it has run. */
static int exec_unit(struct run *r, struct unit *u)
{
	struct buf *outside = r->out, own = { .mem = r->mem };

	r->unit = u;
	r->tpl = u->tpl;
	if (!u->tpl->extends)
		return exec(r, u->tpl->root);
	r->out = &own;
	int rc = exec(r, u->tpl->root);

	r->out = outside;
	if (rc == 0 && !u->parent)
		text_add(r->out, own.n ? own.p : "", own.n);
	return rc;
}

int exec_tpl(struct run *r, const struct tpl *tpl, struct context *ctx, struct frame *frame)
{
	struct run saved = *r;
	size_t hops = 0;
	int rc = 0;

	if (r->calls >= r->env->limits.depth)
		return run_fail(r, "templates are nested too deeply (more than %zu levels)", r->env->limits.depth);
	r->calls++;
	r->ctx = ctx;
	r->frame = frame;
	r->block = NULL;
	frame->top = true;
	while (rc == 0 && tpl) {
		struct unit u = { .tpl = tpl };

		if (hops++ > r->env->limits.depth)
			rc = run_fail(r, "a template extends itself");
		else
			rc = exec_unit(r, &u);
		tpl = u.parent;
	}
	r->calls = saved.calls;
	if (rc < 0)
		return rc;
	r->ctx = saved.ctx;
	r->frame = saved.frame;
	r->unit = saved.unit;
	r->tpl = saved.tpl;
	r->block = saved.block;
	r->block_at = saved.block_at;
	r->line = saved.line;
	return 0;
}

static int load_named(struct run *r, const struct node *n, bool may_miss, const struct tpl **out)
{
	struct val v;
	int rc = eval(r, n->a, &v);

	*out = NULL;
	r->line = n->line;
	if (rc == 0 && v.t != VAL_STR)
		return run_fail(r, "the name of a template is a string, not %s", val_kind(v));
	if (rc < 0)
		return rc;
	rc = env_get(r->cx, r->env, arena_strndup(r->mem, v.s->p, v.s->n), out);
	if (rc == ERR_NOTFOUND && may_miss) {
		r->cx->err = (struct err){ 0 };
		return 0;
	}
	return rc < 0 ? fail_in(r->cx, rc, "%s:%u", r->tpl->name, r->line) : 0;
}

int exec_extends(struct run *r, const struct node *n)
{
	int rc = load_named(r, n, false, &r->unit->parent);

	if (rc == 0)
		add_blocks(r, r->ctx, r->unit->parent);
	return rc;
}

int exec_include(struct run *r, const struct node *n)
{
	const struct tpl *tpl;
	int rc = load_named(r, n, n->flag, &tpl);

	if (rc < 0 || !tpl)
		return rc;
	return exec_tpl(r, tpl, context_new(r, tpl, object_clone(r, r->ctx->vars)), frame_push(r, r->frame, true));
}

static void define(struct run *r, const struct node *n, const struct name *name, struct val v)
{
	frame_set(r, r->frame, name, v);
	if (!n->nested)
		object_set(r, r->ctx->vars, name, v);
}

/* "import … as x" and "from … import x". */
int exec_import(struct run *r, const struct node *n)
{
	struct buf nowhere = { .mem = r->mem }, *outside = r->out;
	const struct tpl *tpl;
	int rc = load_named(r, n, false, &tpl);

	if (rc < 0)
		return rc;
	struct object *vars = n->flag ? object_clone(r, r->ctx->vars) : arena_new(r->mem, struct object);
	struct context *c = context_new(r, tpl, vars);

	r->out = &nowhere;
	rc = exec_tpl(r, tpl, c, frame_push(r, n->flag ? r->frame : NULL, false));
	r->out = outside;
	if (rc < 0)
		return rc;
	if (n->t == NODE_IMPORT) {
		define(r, n, &n->names[0], (struct val){ .t = VAL_OBJECT, .o = c->exports });
		return 0;
	}
	for (uint32_t i = 0; i < n->n_names; i++) {
		const struct val *v = object_find(r, c->exports, &n->names[i]);

		if (!v)
			return run_fail(r, "'%s' exports no '%.*s'", tpl->name, (int)n->names[i].s.n, n->names[i].s.p);
		define(r, n, &n->kids[i]->name, *v);
	}
	return 0;
}
