/* Templates that strangers wrote: the first byte chooses options, the rest is the template. */
#include "template/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A template may use itself: as a parent, in a loop, as a library. */
static int load(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	const struct str *self = arg;

	if (*name != 'a')
		return fail(cx, ERR_NOTFOUND, "no template '%s'", name);
	*text = *self;
	return 0;
}

static int echo(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs, struct json **out)
{
	(void)arg;
	*out = json_array(cx->mem);
	for (size_t i = 0; i < n; i++)
		json_push(cx->mem, *out, args[i] ? args[i] : json_null(cx->mem));
	if (kwargs)
		json_push(cx->mem, *out, json_copy(cx->mem, kwargs));
	return 0;
}

static struct json *some_vars(struct arena *mem)
{
	struct json *vars = json_object(mem), *list = json_array(mem), *user = json_object(mem);

	json_set(mem, user, "name", json_str(mem, "Žluť <b> 🐎"));
	json_set(mem, user, "2", json_num(mem, 2.5));
	json_set(mem, user, "1", json_null(mem));
	for (int i = 0; i < 20; i++)
		json_push(mem, list, i % 3 ? json_num(mem, i) : user);
	json_set(mem, vars, "s", json_str(mem, "hello world"));
	json_set(mem, vars, "n", json_num(mem, 5));
	json_set(mem, vars, "t", json_bool(mem, true));
	json_set(mem, vars, "o", user);
	json_set(mem, vars, "l", list);
	return vars;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct template_limits limits = { .steps = 20000, .output = 64 << 10, .depth = 64 };
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };
	struct buf out = { .mem = &mem };

	if (size < 1)
		return 0;
	struct str text = { (const char *)data + 1, size - 1 };
	struct template_env *env = template_env_new(data[0] & 63, &limits, load, &text);
	struct json *v, *vars = some_vars(&mem);

	template_add_filter(env, "echo", echo, NULL, true);
	template_add_global(env, "f", echo, NULL, false);
	template_check(&cx, env, "a");
	template_render_text(&cx, env, text, vars, &out);
	template_render(&cx, env, "a", vars, &out);
	template_value(&cx, env, json_strn(&mem, text.p, text.n), vars, &v);
	template_env_free(env);
	return 0;
}
