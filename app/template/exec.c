/* Runs statements: text, prints, conditions, loops, assignments, blocks. */
#include "template/private.h"

struct frame *frame_push(struct run *r, struct frame *parent, bool isolated)
{
	struct frame *f = arena_new(r->mem, struct frame);

	f->parent = parent;
	f->isolated = isolated;
	return f;
}

static struct slot *slot_find(const struct frame *f, const struct name *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (name_eq(&f->items[i].name, name))
			return &f->items[i];
	return NULL;
}

bool frame_find(const struct frame *f, const struct name *name, struct val *out)
{
	for (; f; f = f->parent) {
		const struct slot *s = slot_find(f, name);

		if (s) {
			*out = s->v;
			return true;
		}
	}
	return false;
}

void frame_set(struct run *r, struct frame *f, const struct name *name, struct val v)
{
	struct slot *s = slot_find(f, name);

	if (!s) {
		s = list_add(r->mem, f);
		s->name = *name;
	}
	s->v = v;
}

/* Sets a variable where it is defined already, up to the next frame that keeps writes to itself. */
static void assign(struct run *r, const struct name *name, struct val v)
{
	for (struct frame *f = r->frame; f; f = f->isolated ? NULL : f->parent) {
		if (slot_find(f, name)) {
			frame_set(r, f, name, v);
			return;
		}
	}
	frame_set(r, r->frame, name, v);
}

int exec_print(struct run *r, struct val v)
{
	struct text *s;

	if (val_none(v))
		return 0;
	int rc = val_text(r, v, &s);

	if (rc < 0)
		return rc;
	if (!(r->flags & TEMPLATE_AUTOESCAPE) || v.t == VAL_SAFE || v.t == VAL_NUM || v.t == VAL_BOOL)
		return run_print(r, s->p, s->n);
	struct buf b = { .mem = r->mem };

	escape_html(&b, s->p, s->n);
	return run_print(r, b.p, b.n);
}

int exec_capture(struct run *r, const struct node *body, struct buf *out)
{
	struct buf *outside = r->out;

	*out = (struct buf){ .mem = r->mem };
	r->out = out;
	int rc = exec(r, body);

	r->out = outside;
	return rc;
}

static int exec_output(struct run *r, const struct node *n)
{
	struct val v;
	int rc = eval(r, n->a, &v);

	return rc < 0 ? rc : exec_print(r, v);
}

static int exec_if(struct run *r, const struct node *n)
{
	for (; n && n->t == NODE_IF; n = n->orelse) {
		struct val v;
		int rc = eval(r, n->a, &v);

		if (rc < 0)
			return rc;
		if (val_truthy(v))
			return exec(r, n->body);
	}
	return n ? exec(r, n) : 0;
}

/* A loop: its items, and the object "loop". */
struct loop {
	const struct node *n;
	struct val over;
	struct object *info;
	const size_t *order; /* of an object's members */
	size_t byte;         /* in a string */
	double length;
};

enum { L_INDEX, L_INDEX0, L_REVINDEX, L_REVINDEX0, L_FIRST, L_LAST, L_LENGTH };

static void loop_info(struct run *r, struct loop *l)
{
	static const char *const keys[] = { "index", "index0", "revindex", "revindex0", "first", "last", "length" };
	struct name loop = name_of(STR("loop"));
	struct val v = val_object(r);

	l->info = v.o;
	for (size_t i = 0; i < LEN(keys); i++)
		object_put(r, v.o, keys[i], val_undef());
	v.o->m[L_LENGTH].v = val_num(l->length);
	frame_set(r, r->frame, &loop, v);
}

static void loop_at(struct loop *l, double i)
{
	struct member *m = l->info->m;

	m[L_INDEX].v = val_num(i + 1);
	m[L_INDEX0].v = val_num(i);
	m[L_REVINDEX].v = val_num(l->length - i);
	m[L_REVINDEX0].v = val_num(l->length - i - 1);
	m[L_FIRST].v = val_bool(i == 0);
	m[L_LAST].v = val_bool(i == l->length - 1);
}

/* The next unit of a string. */
static struct val loop_unit(struct run *r, struct loop *l, size_t i)
{
	struct text *s = l->over.s;
	unsigned units;
	uint32_t cp;
	size_t len = text_next(s->p + l->byte, s->n - l->byte, &cp, &units);
	struct text one = { s->p + l->byte, len, units };

	if (units == 2) { /* i counts units: which half is it? */
		size_t half = i - text_unit_of(s, l->byte);

		l->byte += half ? len : 0;
		return (struct val){ .t = VAL_STR, .s = text_sub(r, &one, half, half + 1) };
	}
	l->byte += len;
	return val_str(r, one.p, len);
}

static int unpack(struct run *r, const struct node *n, struct val item)
{
	if (val_none(item))
		return run_fail(r, "%s cannot be taken apart into several names", val_kind(item));
	for (uint32_t k = 0; k < n->n_names; k++) {
		struct name key = name_of(str_of(arena_printf(r->mem, "%u", k)));
		struct val v;
		bool found;
		int rc = member_own(r, item, &key, &v, &found);

		if (rc < 0)
			return rc;
		/* A safe string is an object that has no characters. */
		frame_set(r, r->frame, &n->names[k], item.t == VAL_SAFE ? val_undef() : v);
	}
	return 0;
}

/* Sets the loop's names to item i. */
static int loop_bind(struct run *r, struct loop *l, size_t i)
{
	const struct node *n = l->n;
	struct val key = val_undef(), item;

	if (l->over.t == VAL_ARRAY) {
		item = l->over.a->items[i];
		if (n->n_names > 1)
			return unpack(r, n, item);
	} else if (val_is_text(l->over)) {
		item = loop_unit(r, l, i);
		/* A safe string is an object to JavaScript: its characters are taken apart, not numbered. */
		if (n->n_names > 1 && l->over.t == VAL_SAFE)
			return unpack(r, n, item);
		key = (struct val){ .t = VAL_STR, .s = number_text(r, (double)i) };
	} else if (n->n_names == 1) { /* an object with a length: as an array */
		item = object_get(r, l->over.o, arena_printf(r->mem, "%zu", i));
	} else {
		const struct member *m = &l->over.o->m[l->order ? l->order[i] : i];

		key = val_str(r, m->key.s.p, m->key.s.n);
		item = m->v;
	}
	frame_set(r, r->frame, &n->names[0], n->n_names > 1 ? key : item);
	for (uint32_t k = 1; k < n->n_names; k++)
		frame_set(r, r->frame, &n->names[k], k == 1 ? item : val_undef());
	return 0;
}

static int loop_begin(struct run *r, struct loop *l)
{
	l->length = 0;
	if (l->over.t == VAL_ARRAY) {
		l->length = (double)array_load(r, l->over.a)->n;
	} else if (val_is_text(l->over)) {
		l->length = (double)text_units(l->over.s);
	} else if (l->over.t == VAL_OBJECT && l->n->n_names > 1) {
		l->order = object_order(r, l->over.o);
		l->length = (double)l->over.o->n;
	} else if (l->over.t == VAL_OBJECT) {
		int rc = val_number(r, object_get(r, l->over.o, "length"), &l->length);

		l->length = l->length > 0 ? l->length : 0;
		return rc;
	}
	return 0;
}

/* An array may grow while it is gone through; other things may not shrink under our feet. */
static bool loop_more(const struct loop *l, size_t i)
{
	if (l->over.t == VAL_ARRAY)
		return i < l->over.a->n;
	if (l->over.t == VAL_OBJECT && l->n->n_names > 1 && i >= l->over.o->n)
		return false;
	return (double)i < l->length;
}

static int exec_for(struct run *r, const struct node *n)
{
	struct loop l = { .n = n };
	struct frame *outside = r->frame;
	int rc = eval(r, n->a, &l.over);

	if (rc == 0)
		rc = loop_begin(r, &l);
	if (rc < 0)
		return rc;
	r->frame = frame_push(r, outside, false);
	if (l.length > 0)
		loop_info(r, &l);
	for (size_t i = 0; rc == 0 && loop_more(&l, i); i++) {
		rc = run_steps(r, 1);
		if (rc == 0)
			rc = loop_bind(r, &l, i);
		if (rc < 0)
			break;
		loop_at(&l, (double)i);
		rc = exec(r, n->body);
	}
	if (rc == 0 && l.length == 0 && n->orelse) {
		/* The loop's names are its own there, too: they hide others, and hold nothing. */
		for (uint32_t i = 0; i < n->n_names; i++)
			frame_set(r, r->frame, &n->names[i], val_undef());
		rc = exec(r, n->orelse);
	}
	r->frame = outside;
	return rc;
}

static int exec_set(struct run *r, const struct node *n)
{
	struct val v;
	int rc = eval(r, n->a, &v);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < n->n_names; i++) {
		assign(r, &n->names[i], v);
		if (!r->frame->top)
			continue;
		object_set(r, r->ctx->vars, &n->names[i], v);
		if (n->names[i].s.p[0] != '_')
			object_set(r, r->ctx->exports, &n->names[i], v);
	}
	return 0;
}

static int exec_macro(struct run *r, const struct node *n)
{
	struct val f = func_new(r, (struct func){ .kind = FN_MACRO, .node = n, .tpl = r->tpl, .ctx = r->ctx });

	if (n->nested) {
		frame_set(r, r->frame, &n->name, f);
		return 0;
	}
	if (n->name.s.p[0] != '_')
		object_set(r, r->ctx->exports, &n->name, f);
	object_set(r, r->ctx->vars, &n->name, f);
	return 0;
}

static int exec_switch(struct run *r, const struct node *n)
{
	struct val v, w;
	bool hit = false;
	int rc = eval(r, n->a, &v);

	for (uint32_t i = 0; rc == 0 && i < n->n; i++) {
		const struct node *c = n->kids[i];

		if (!hit) {
			rc = eval(r, c->a, &w);
			hit = rc == 0 && val_same(v, w);
		}
		/* An empty case falls through to the next. */
		if (rc == 0 && hit && c->body->n)
			return exec(r, c->body);
	}
	return rc == 0 && n->orelse ? exec(r, n->orelse) : rc;
}

/* Prints the block's version number `at` (0: the one that wins). */
static int exec_version(struct run *r, const struct block_stack *b, size_t at)
{
	struct frame *frame = r->frame;
	const struct block_stack *block = r->block;
	const struct tpl *tpl = r->tpl;
	size_t block_at = r->block_at;
	int rc;

	if (r->calls >= r->env->limits.depth)
		return run_fail(r, "blocks are nested too deeply");
	r->calls++;
	r->frame = frame_push(r, frame, true);
	r->block = b;
	r->block_at = at;
	r->tpl = b->items[at].tpl;
	rc = exec(r, b->items[at].node->body);
	r->calls--;
	if (rc < 0)
		return rc;
	r->frame = frame;
	r->block = block;
	r->block_at = block_at;
	r->tpl = tpl;
	return 0;
}

static int exec_block(struct run *r, const struct node *n)
{
	/* In a template with a parent the parent prints it. */
	if (r->unit->parent && !n->in_block)
		return 0;
	for (size_t i = 0; i < r->ctx->blocks.n; i++)
		if (name_eq(&r->ctx->blocks.items[i].name, &n->name))
			return exec_version(r, &r->ctx->blocks.items[i], 0);
	return run_fail(r, "there is no block '%.*s'", (int)n->name.s.n, n->name.s.p);
}

int exec_super(struct run *r, struct val *out)
{
	struct buf b = { .mem = r->mem }, *outside = r->out;

	if (!r->block || r->block_at + 1 >= r->block->n)
		return run_fail(r, "super() finds no block in a parent");
	r->out = &b;
	int rc = exec_version(r, r->block, r->block_at + 1);

	r->out = outside;
	*out = val_safe(r, b.p, b.n);
	return rc;
}

static int exec_body(struct run *r, const struct node *n)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < n->n; i++) {
		const struct node *kid = n->kids[i];

		r->line = kid->line;
		if (kid->t == NODE_TEXT)
			rc = run_print(r, kid->value.s->p, kid->value.s->n);
		else if (kid->t == NODE_OUTPUT)
			rc = exec_output(r, kid);
		else
			rc = exec(r, kid);
	}
	return rc;
}

static int exec_node(struct run *r, const struct node *n)
{
	switch (n->t) {
	case NODE_BODY:
		return exec_body(r, n);
	case NODE_IF:
		return exec_if(r, n);
	case NODE_FOR:
		return exec_for(r, n);
	case NODE_SET:
		return exec_set(r, n);
	case NODE_MACRO:
		return exec_macro(r, n);
	case NODE_BLOCK:
		return exec_block(r, n);
	case NODE_SWITCH:
		return exec_switch(r, n);
	case NODE_EXTENDS:
		return exec_extends(r, n);
	case NODE_INCLUDE:
		return exec_include(r, n);
	case NODE_IMPORT:
	case NODE_FROM:
		return exec_import(r, n);
	default:
		return run_fail(r, "this is no statement");
	}
}

int exec(struct run *r, const struct node *n)
{
	int rc = run_enter(r);

	if (rc < 0)
		return rc;
	rc = exec_node(r, n);
	run_leave(r);
	return rc;
}
