/* Calls: macros, methods, what hosts give, and the built-in functions range, cycler and joiner. */
#include "template/private.h"

enum { MAX_ARGS = 16 };

struct val func_new(struct run *r, struct func f)
{
	struct val v = { .t = VAL_FUNC, .f = arena_new(r->mem, struct func) };

	*v.f = f;
	return v;
}

/* Evaluates n's arguments behind the a->n that are there already. */
int eval_args(struct run *r, const struct node *n, struct val *v, struct args *a)
{
	for (uint32_t i = 0; i < n->n; i++) {
		int rc = eval(r, n->kids[i], &v[a->n]);

		if (rc < 0)
			return rc;
		a->n++;
	}
	if (n->n_names)
		a->kw = arena_new(r->mem, struct object);
	for (uint32_t i = 0; i < n->n_names; i++) {
		struct val item;
		int rc = eval(r, n->named[i], &item);

		if (rc < 0)
			return rc;
		object_set(r, a->kw, &n->names[i], item);
	}
	return 0;
}

static int bind_param(struct run *r, const struct node *n, uint32_t i, const struct args *a, size_t *next, struct frame *f)
{
	const struct val *given = a->kw ? object_find(r, a->kw, &n->names[i]) : NULL;
	struct val v = val_undef();
	int rc = 0;

	/* Names without a default take the arguments first; what is left over goes to those with one. */
	if (!n->kids[i] && *next < a->n)
		v = a->v[(*next)++];
	else if (given)
		v = *given;
	else if (n->kids[i])
		rc = eval(r, n->kids[i], &v);
	frame_set(r, f, &n->names[i], v);
	return rc;
}

static int bind_params(struct run *r, const struct node *n, struct args *a, struct frame *f)
{
	size_t plain = 0, at;

	for (uint32_t i = 0; i < n->n_names; i++)
		plain += !n->kids[i];
	at = plain;
	for (uint32_t i = 0; i < n->n_names && at < a->n; i++) {
		if (!n->kids[i])
			continue;
		if (!a->kw)
			a->kw = arena_new(r->mem, struct object);
		object_set(r, a->kw, &n->names[i], a->v[at++]);
	}
	at = 0;
	for (uint32_t i = 0; i < n->n_names; i++) {
		int rc = bind_param(r, n, i, a, &at, f);

		if (rc < 0)
			return rc;
	}
	struct name caller = name_of(STR("caller"));
	const struct val *v = a->kw ? object_find(r, a->kw, &caller) : NULL;

	if (v)
		frame_set(r, f, &caller, *v);
	return 0;
}

int call_macro(struct run *r, struct func *f, struct args *a, struct val *out)
{
	struct run saved = *r;
	struct buf b;

	if (++r->calls > r->env->limits.depth) {
		r->calls--;
		return run_fail(r, "calls are nested too deeply (more than %zu levels)", r->env->limits.depth);
	}
	r->frame = frame_push(r, f->frame, true);
	r->ctx = f->ctx;
	r->tpl = f->tpl;
	int rc = bind_params(r, f->node, a, r->frame);

	if (rc == 0)
		rc = exec_capture(r, f->node->body, &b);
	r->calls = saved.calls;
	if (rc < 0)
		return rc;
	r->frame = saved.frame;
	r->ctx = saved.ctx;
	r->tpl = saved.tpl;
	r->line = saved.line;
	*out = val_safe(r, b.p, b.n);
	return 0;
}

int call_host(struct run *r, const struct host *h, const struct args *a, struct val *out)
{
	struct json *args[MAX_ARGS + 1], *kw = NULL, *result = NULL;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < a->n; i++)
		rc = val_to_json(r, r->mem, a->v[i], &args[i]);
	if (rc == 0 && a->kw)
		rc = val_to_json(r, r->mem, (struct val){ .t = VAL_OBJECT, .o = a->kw }, &kw);
	if (rc < 0)
		return rc;
	rc = h->fn(r->cx, h->arg, args, a->n, kw, &result);
	if (rc < 0)
		return fail_in(r->cx, rc, "%s:%u: %s", r->tpl->name, r->line, h->name);
	*out = val_of_json(r, result);
	if (h->safe && out->t == VAL_STR)
		out->t = VAL_SAFE;
	return 0;
}

static int range(struct run *r, const struct args *a, struct val *out)
{
	double start = 0, stop, step = 1;
	int rc = val_number(r, arg(a, 0), &stop);

	if (a->n > 3 || a->kw)
		return run_fail(r, "range takes at most three numbers");
	if (rc == 0 && arg(a, 1).t != VAL_UNDEF) {
		start = stop;
		rc = val_number(r, arg(a, 1), &stop);
		if (rc == 0 && val_truthy(arg(a, 2)))
			rc = val_number(r, arg(a, 2), &step);
	}
	*out = val_array(r);
	for (double i = start; rc == 0 && (step > 0 ? i < stop : i > stop); i += step) {
		array_push(r, out->a, val_num(i));
		rc = run_steps(r, 1);
	}
	return rc;
}

static int cycle_next(struct run *r, struct func *of, struct val *out)
{
	struct array *values = array_load(r, of->self.a);

	of->at = values->n ? fmod(of->at + 1, (double)values->n) : 0;
	*out = values->n ? values->items[(size_t)of->at] : val_undef();
	return 0;
}

/* What remembers where it was: a joiner, and a cycler's next() and reset(). */
static int call_kept(struct run *r, struct func *f, const struct args *a, struct val *out)
{
	if (a->n || a->kw)
		return run_fail(r, "%s takes no arguments", f->kind == FN_JOIN ? "a joiner" : "a method of a cycler");
	*out = val_undef();
	if (f->kind == FN_CYCLE_NEXT)
		return cycle_next(r, f->of, out);
	if (f->kind == FN_CYCLE_RESET) {
		f->of->at = -1;
		return 0;
	}
	*out = f->at > 0 ? f->self : val_lit(r, "");
	f->at = 1;
	return 0;
}

int func_member(struct run *r, struct func *f, struct str key, struct val *out)
{
	*out = val_undef();
	if (f->kind != FN_CYCLE)
		return 0;
	if (str_is(key, "current"))
		*out = f->at < 0 ? val_null() : f->self.a->items[(size_t)f->at];
	else if (str_is(key, "next") || str_is(key, "reset"))
		*out = func_new(r, (struct func){ .kind = key.p[0] == 'n' ? FN_CYCLE_NEXT : FN_CYCLE_RESET, .of = f });
	return 0;
}

int func_global(struct run *r, const struct name *name, struct val *out, bool *found)
{
	static const struct {
		const char *name;
		enum func_kind kind;
	} own[] = { { "range", FN_RANGE }, { "cycler", FN_CYCLER }, { "joiner", FN_JOINER } };
	const struct host *h = NULL;

	*found = true;
	if (r->env->globals.n)
		h = map_get(&r->env->globals, arena_strndup(r->mem, name->s.p, name->s.n));
	if (h) {
		*out = func_new(r, (struct func){ .kind = FN_HOST, .host = h });
		return 0;
	}
	for (size_t i = 0; i < LEN(own); i++)
		if (str_is(name->s, own[i].name)) {
			*out = func_new(r, (struct func){ .kind = own[i].kind });
			return 0;
		}
	if (r->block && str_is(name->s, "super")) {
		*out = func_new(r, (struct func){ .kind = FN_SUPER });
		return 0;
	}
	*found = false;
	return 0;
}

static struct val list_of(struct run *r, const struct args *a)
{
	struct val list = val_array(r);

	for (size_t i = 0; i < a->n; i++)
		array_push(r, list.a, a->v[i]);
	return list;
}

static int call_method(struct run *r, const struct func *f, const struct args *a, struct val *out)
{
	const struct method *m = f->method;

	if (a->kw)
		return run_fail(r, "'%s' takes no named arguments", m->name);
	if (a->n < m->least || (m->most != ANY && a->n > m->most))
		return run_fail(r, "'%s' takes %u to %u arguments", m->name, m->least, m->most);
	int rc = run_plain(r, a->v, a->n);

	return rc < 0 ? rc : m->fn(r, f->self, a, out);
}

static int call_func(struct run *r, struct func *f, struct args *a, struct val *out)
{
	*out = val_undef();
	switch (f->kind) {
	case FN_MACRO:
		return call_macro(r, f, a, out);
	case FN_METHOD:
		return call_method(r, f, a, out);
	case FN_HOST:
		return call_host(r, f->host, a, out);
	case FN_RANGE:
		return range(r, a, out);
	case FN_CYCLER:
		if (a->kw)
			return run_fail(r, "'cycler' takes no named arguments");
		*out = func_new(r, (struct func){ .kind = FN_CYCLE, .self = list_of(r, a), .at = -1 });
		return 0;
	case FN_JOINER:
		if (a->kw)
			return run_fail(r, "'joiner' takes no named arguments");
		*out = func_new(r,
				(struct func){ .kind = FN_JOIN, .self = val_truthy(arg(a, 0)) ? arg(a, 0) : val_lit(r, ",") });
		return 0;
	case FN_JOIN:
	case FN_CYCLE_NEXT:
	case FN_CYCLE_RESET:
		return call_kept(r, f, a, out);
	case FN_SUPER:
		return exec_super(r, out);
	case FN_CYCLE:
		break;
	}
	return run_fail(r, "this cannot be called");
}

/* "parameters.name" of what is called, for a message. */
static void callee(struct buf *b, const struct node *n, unsigned depth)
{
	if (n->t == NODE_MEMBER && depth < 8) {
		callee(b, n->a, depth + 1);
		buf_addc(b, '.');
	}
	if (n->name.s.p)
		buf_add(b, n->name.s.p, n->name.s.n);
	else
		buf_adds(b, "…");
}

int eval_call(struct run *r, const struct node *n, struct val *out)
{
	struct val v[MAX_ARGS], f;
	struct args a = { v, 0, NULL };

	if (n->n > MAX_ARGS)
		return run_fail(r, "more than %d arguments", MAX_ARGS);
	int rc = eval(r, n->a, &f);

	if (rc < 0)
		return rc;
	if (f.t != VAL_FUNC) {
		struct buf name = { .mem = r->mem };

		callee(&name, n->a, 0);
		return run_fail(r, "'%.80s' is %s and cannot be called", buf_text(&name), val_kind(f));
	}
	rc = eval_args(r, n, v, &a);
	r->line = n->line;
	return rc < 0 ? rc : call_func(r, f.f, &a, out);
}
