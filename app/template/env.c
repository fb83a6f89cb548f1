/* Environments, and rendering: the engine's door. */
#include "template/private.h"

#include <stdlib.h>

enum { STEPS = 1000000, OUTPUT = 16 << 20, DEPTH = 128, MEM_LEAST = 1 << 20 };

struct template_env *template_env_new(unsigned flags, const struct template_limits *limits, template_loader *load,
				      void *load_arg)
{
	struct arena mem = { 0 };
	struct template_env *env = arena_new(&mem, struct template_env);

	*env = (struct template_env){ .flags = flags, .load = load, .load_arg = load_arg };
	if (limits)
		env->limits = *limits;
	env->limits.steps = env->limits.steps ? env->limits.steps : STEPS;
	env->limits.output = env->limits.output ? env->limits.output : OUTPUT;
	env->limits.depth = env->limits.depth ? env->limits.depth : DEPTH;
	env->mem = mem;
	return env;
}

void template_env_free(struct template_env *env)
{
	struct arena mem;

	if (!env)
		return;
	mem = env->mem; /* the environment lives in it itself */
	arena_release(&mem);
}

static struct host *host_new(struct template_env *env, const char *name, template_fn *fn, void *arg, bool safe)
{
	struct host *h = arena_new(&env->mem, struct host);

	*h = (struct host){ arena_strdup(&env->mem, name), fn, arg, safe };
	return h;
}

void template_add_filter(struct template_env *env, const char *name, template_fn *fn, void *arg, bool safe)
{
	struct host *h = host_new(env, name, fn, arg, safe);

	map_put(&env->mem, &env->filters, h->name, h);
}

void template_add_global(struct template_env *env, const char *name, template_fn *fn, void *arg, bool safe)
{
	struct host *h = host_new(env, name, fn, arg, safe);

	map_put(&env->mem, &env->globals, h->name, h);
}

/* Parses name, or finds it parsed. What failed once fails again with the same words, and is not read again. */
int env_get(struct ctx *cx, struct template_env *env, const char *name, const struct tpl **out)
{
	struct tpl *t = map_get(&env->tpls, name);
	struct str text;
	int rc;

	*out = t;
	if (t)
		return t->rc < 0 ? fail(cx, t->rc, "%s", t->error) : 0;
	if (!env->load)
		return fail(cx, ERR_NOTFOUND, "no template '%s'", name);
	rc = env->load(cx, env->load_arg, name, &text);
	if (rc < 0)
		return rc;
	text.p = arena_strndup(&env->mem, text.p, text.n);
	rc = parse_template(cx, env, &env->mem, name, text, &t);
	t->rc = rc;
	if (rc < 0)
		t->error = arena_strdup(&env->mem, cx->err.text);
	map_put(&env->mem, &env->tpls, t->name, t);
	*out = t;
	return rc;
}

static struct run run_new(struct ctx *cx, struct template_env *env, struct arena *mem)
{
	size_t most = env->limits.output * 4 > MEM_LEAST ? env->limits.output * 4 : MEM_LEAST;

	return (struct run){ .cx = cx, .env = env, .mem = mem, .mem_max = mem->used + most, .flags = env->flags };
}

static struct object *root_vars(struct run *r, const struct json *vars)
{
	struct object *o = arena_new(r->mem, struct object);

	o->json = json_is(vars, JSON_OBJECT) ? vars : NULL;
	return o;
}

static int render(struct ctx *cx, struct template_env *env, struct arena *mem, const struct tpl *tpl, const struct json *vars,
		  struct buf *out)
{
	struct run r = run_new(cx, env, mem);
	size_t before = out->n;

	r.out = out;
	r.tpl = tpl;
	int rc = exec_tpl(&r, tpl, context_new(&r, tpl, root_vars(&r, vars)), frame_push(&r, NULL, false));

	if (rc < 0)
		out->n = before;
	buf_need(out, 0);
	out->p[out->n] = '\0';
	text_seal(out->p + before, out->n - before);
	return rc;
}

int template_render(struct ctx *cx, struct template_env *env, const char *name, const struct json *vars, struct buf *out)
{
	ARENA mem = { 0 };
	const struct tpl *tpl;
	int rc = env_get(cx, env, name, &tpl);

	return rc < 0 ? rc : render(cx, env, &mem, tpl, vars, out);
}

int template_render_text(struct ctx *cx, struct template_env *env, struct str text, const struct json *vars, struct buf *out)
{
	ARENA mem = { 0 };
	struct tpl *tpl;
	int rc = parse_template(cx, env, &mem, "template", text, &tpl);

	return rc < 0 ? rc : render(cx, env, &mem, tpl, vars, out);
}

int template_check(struct ctx *cx, struct template_env *env, const char *name)
{
	const struct tpl *tpl;

	return env_get(cx, env, name, &tpl);
}

static bool has_template(struct template_env *env, struct str s)
{
	const char *print = env->flags & TEMPLATE_DOLLAR ? "${{" : "{{";

	return memmem(s.p, s.n, print, strlen(print)) || memmem(s.p, s.n, "{%", 2) || memmem(s.p, s.n, "{#", 2);
}

/* A value of its own type when the text is one expression and nothing else. */
static int value_of_text(struct ctx *cx, struct template_env *env, struct str text, const struct json *vars, struct json **out)
{
	ARENA mem = { 0 };
	struct tpl *tpl;
	struct val v;
	int rc = parse_template(cx, env, &mem, "template", text, &tpl);

	if (rc < 0)
		return rc;
	if (tpl->root->n != 1 || tpl->root->kids[0]->t != NODE_OUTPUT) {
		struct buf b = { .mem = cx->mem };

		rc = render(cx, env, &mem, tpl, vars, &b);
		*out = json_str_ref(cx->mem, (struct str){ buf_text(&b), b.n });
		return rc;
	}
	struct run r = run_new(cx, env, &mem);
	struct buf nowhere = { .mem = &mem };
	struct unit u = { .tpl = tpl };

	r.tpl = tpl;
	r.unit = &u;
	r.out = &nowhere;
	r.frame = frame_push(&r, NULL, false);
	r.ctx = context_new(&r, tpl, root_vars(&r, vars));
	rc = eval(&r, tpl->root->kids[0]->a, &v);
	return rc < 0 ? rc : val_to_json(&r, cx->mem, v, out);
}

static int value(struct ctx *cx, struct template_env *env, const struct json *v, const struct json *vars, unsigned depth,
		 struct json **out);

static int value_object(struct ctx *cx, struct template_env *env, const struct json *v, const struct json *vars, unsigned depth,
			struct json **out)
{
	*out = json_object(cx->mem);
	for (size_t i = 0; i < v->o.n; i++) {
		struct json *item;
		int rc = value(cx, env, v->o.m[i].value, vars, depth + 1, &item);

		if (rc < 0)
			return rc;
		if (item)
			json_append(cx->mem, *out, v->o.m[i].key, item);
	}
	return 0;
}

static int value_array(struct ctx *cx, struct template_env *env, const struct json *v, const struct json *vars, unsigned depth,
		       struct json **out)
{
	*out = json_array(cx->mem);
	for (size_t i = 0; i < v->a.n; i++) {
		struct json *item;
		int rc = value(cx, env, v->a.items[i], vars, depth + 1, &item);

		if (rc < 0)
			return rc;
		json_push(cx->mem, *out, item ? item : json_null(cx->mem));
	}
	return 0;
}

static int value(struct ctx *cx, struct template_env *env, const struct json *v, const struct json *vars, unsigned depth,
		 struct json **out)
{
	*out = NULL;
	if (!v)
		return 0;
	if (depth > 256)
		return fail(cx, ERR_INPUT, "the input is nested too deeply");
	if (v->type == JSON_OBJECT)
		return value_object(cx, env, v, vars, depth, out);
	if (v->type == JSON_ARRAY)
		return value_array(cx, env, v, vars, depth, out);
	if (v->type == JSON_STRING && has_template(env, v->s)) {
		if (value_of_text(cx, env, v->s, vars, out) == 0)
			return 0;
		cx->err = (struct err){ 0 };
	}
	*out = json_copy(cx->mem, v);
	return 0;
}

int template_value(struct ctx *cx, struct template_env *env, const struct json *v, const struct json *vars, struct json **out)
{
	return value(cx, env, v, vars, 0, out);
}
