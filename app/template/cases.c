/* Runs a file of conformance cases: what real engines give, against what this one does. */
#include "template/private.h"

#include <stdio.h>

static int load_file(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	const struct json *files = arg;
	const struct json *file = json_get(files, name);

	if (!json_is(file, JSON_STRING))
		return fail(cx, ERR_NOTFOUND, "no template '%s'", name);
	*text = file->s;
	return 0;
}

/* always() and failure(), as steps have them. */
static int constant(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs, struct json **out)
{
	(void)args;
	(void)n;
	(void)kwargs;
	*out = json_bool(cx->mem, arg != NULL);
	return 0;
}

static unsigned case_flags(const struct json *c)
{
	unsigned flags = 0;

	if (streq(json_get_text(c, "delimiters", "scaffolder"), "scaffolder"))
		flags |= TEMPLATE_DOLLAR;
	if (json_get_bool(c, "autoescape", false))
		flags |= TEMPLATE_AUTOESCAPE;
	if (json_get_bool(c, "trimBlocks", false))
		flags |= TEMPLATE_TRIM_BLOCKS;
	if (json_get_bool(c, "lstripBlocks", false))
		flags |= TEMPLATE_LSTRIP_BLOCKS;
	if (json_get_bool(c, "cookiecutterCompat", false))
		flags |= TEMPLATE_COOKIECUTTER;
	return flags;
}

/* What the case gave, in the words of "expect". */
static struct json *run_case(struct ctx *cx, const struct json *c)
{
	bool as_value = streq(json_get_text(c, "mode", ""), "value");
	struct template_env *env = template_env_new(case_flags(c), NULL, load_file, json_get(c, "files"));
	const struct json *source = json_get(c, "template"), *vars = json_get(c, "context");
	struct json *got = json_object(cx->mem), *v = NULL;
	struct buf out = { .mem = cx->mem };
	int rc;

	if (as_value) {
		template_add_global(env, "always", constant, env, false);
		template_add_global(env, "failure", constant, NULL, false);
		rc = template_value(cx, env, source, vars, &v);
	} else {
		rc = template_render_text(cx, env, str_of(json_text(source, "")), vars, &out);
		v = json_strn(cx->mem, buf_text(&out), out.n);
	}
	if (rc < 0)
		json_set(cx->mem, got, "error", json_str(cx->mem, cx->err.text));
	else if (!v)
		json_set(cx->mem, got, "undefined", json_bool(cx->mem, true));
	else
		json_set(cx->mem, got, as_value ? "value" : "output", v);
	cx->err = (struct err){ 0 };
	template_env_free(env);
	return got;
}

static bool is_special(const struct json *v, const char *name)
{
	if (!json_is(v, JSON_NUMBER))
		return false;
	if (streq(name, "NaN"))
		return isnan(v->num);
	if (streq(name, "-0"))
		return v->num == 0 && signbit(v->num);
	return isinf(v->num) && (v->num < 0) == (*name == '-');
}

static bool as_expected(const struct json *got, const struct json *expect)
{
	static const char *const keys[] = { "output", "value", "undefined" };
	const char *special = json_get_text(expect, "special", NULL);

	if (json_get_bool(expect, "error", false))
		return json_get(got, "error") != NULL;
	if (special)
		return is_special(json_get(got, "value"), special);
	for (size_t i = 0; i < LEN(keys); i++)
		if (json_get(expect, keys[i]))
			return json_get(got, keys[i]) && json_equal(json_get(got, keys[i]), json_get(expect, keys[i]));
	return false;
}

static void report(struct ctx *cx, const struct json *c, const struct json *got)
{
	struct buf b = { .mem = cx->mem };

	buf_addf(&b, "%s: expected ", json_get_text(c, "name", "?"));
	json_write(&b, json_get(c, "expect"));
	buf_adds(&b, ", got ");
	json_write(&b, got);
	puts(buf_text(&b));
}

int template_run_cases(struct ctx *cx, const struct json *cases, const char *engine)
{
	size_t passed = 0, failed = 0;

	for (size_t i = 0; json_is(cases, JSON_ARRAY) && i < cases->a.n; i++) {
		const struct json *c = cases->a.items[i], *got;
		const char *made_by = json_get_text(c, "engine", "both");

		if (!streq(made_by, "both") && !streq(made_by, engine))
			continue;
		got = run_case(cx, c);
		if (as_expected(got, json_get(c, "expect"))) {
			passed++;
			continue;
		}
		failed++;
		report(cx, c, got);
	}
	printf("%zu passed, %zu failed\n", passed, failed);
	return failed ? 1 : 0;
}
