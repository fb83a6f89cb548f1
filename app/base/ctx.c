/* Errors: worded once where they are detected, passed on as codes. */
#include "base/ctx.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

static const struct {
	int status;
	const char *name;
} errors[] = {
#define ERR(name, status, api) [ERR_##name##_] = { status, api },
#include "base/errors.def"
#undef ERR
};

int fail(struct ctx *cx, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cx->err.text, sizeof(cx->err.text), fmt, ap);
	va_end(ap);
	utf8_trim_partial(cx->err.text);
	return cx->err.code = code;
}

int fail_in(struct ctx *cx, int code, const char *fmt, ...)
{
	char old[sizeof(cx->err.text)], head[512];
	va_list ap;

	memcpy(old, cx->err.text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(head, sizeof(head), fmt, ap);
	va_end(ap);
	return fail(cx, code, "%s: %s", head, old);
}

int err_status(int code)
{
	return code < 0 && -code < (int)LEN(errors) ? errors[-code].status : 500;
}

const char *err_name(int code)
{
	return code < 0 && -code < (int)LEN(errors) ? errors[-code].name : "Error";
}
