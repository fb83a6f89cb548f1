/* What a rendering may cost, and how it says what is wrong. */
#include "template/private.h"

#include <stdarg.h>
#include <stdio.h>

int run_fail(struct run *r, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fail(r->cx, ERR_INPUT, "%s:%u: %s", r->tpl->name, r->line, text);
}

int run_step_slow(struct run *r)
{
	if (r->steps > r->env->limits.steps)
		return run_fail(r, "the template does too much (more than %zu steps)", r->env->limits.steps);
	return run_fail(r, "the template needs too much memory");
}

int run_room(struct run *r, size_t n)
{
	size_t left = r->mem_max > r->mem->used ? r->mem_max - r->mem->used : 0;

	return n > left ? run_fail(r, "the template needs too much memory") : 0;
}

int run_enter(struct run *r)
{
	/* Expressions nest deeper than calls do; one call is some twenty levels of syntax. */
	if (++r->depth > r->env->limits.depth * 16) {
		r->depth--;
		return run_fail(r, "nested too deeply");
	}
	int rc = run_steps(r, 1);

	if (rc < 0)
		r->depth--;
	return rc;
}

int run_print(struct run *r, const char *p, size_t n)
{
	r->printed += n;
	if (r->printed > r->env->limits.output)
		return run_fail(r, "the output is too large (more than %zu bytes)", r->env->limits.output);
	text_add(r->out, p, n);
	return 0;
}
