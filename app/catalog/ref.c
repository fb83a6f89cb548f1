/* Entity references: [<kind>:][<namespace>/]<name>. */
#include "catalog/ref.h"

static int malformed(struct ctx *cx, const char *text)
{
	return fail(cx, ERR_INPUT, "Entity reference \"%s\" was not on the form [<kind>:][<namespace>/]<name>", text);
}

int ref_parse(struct ctx *cx, const char *text, const char *dflt_kind, const char *dflt_ns, struct ref *out)
{
	const char *colon = strchr(text, ':'), *slash = strchr(text, '/'), *rest = text;
	struct ref r = { dflt_kind, dflt_ns ? dflt_ns : "default", NULL };

	if (colon && slash && slash < colon)
		colon = NULL;
	if (colon) {
		r.kind = arena_strndup(cx->mem, text, (size_t)(colon - text));
		rest = colon + 1;
		slash = strchr(rest, '/');
	}
	if (slash) {
		r.ns = arena_strndup(cx->mem, rest, (size_t)(slash - rest));
		rest = slash + 1;
	}
	r.name = arena_strdup(cx->mem, rest);
	if ((colon && !*r.kind) || !*r.ns || !*r.name)
		return malformed(cx, text);
	if (!r.kind)
		return fail(
			cx, ERR_INPUT,
			"Entity reference \"%s\" had missing or empty kind (e.g. did not start with \"component:\" or similar)",
			text);
	*out = r;
	return 0;
}

const char *ref_format(struct arena *mem, const struct ref *r)
{
	size_t k = strlen(r->kind), s = strlen(r->ns), n = strlen(r->name);
	char *text = arena_raw(mem, k + s + n + 3), *p = text;

	memcpy(p, r->kind, k);
	p += k;
	*p++ = ':';
	memcpy(p, r->ns, s);
	p += s;
	*p++ = '/';
	memcpy(p, r->name, n + 1);
	for (p = text; *p; p++)
		*p = ascii_lower(*p);
	return text;
}

const char *ref_of_entity(struct arena *mem, const struct json *entity)
{
	const struct json *meta = json_get(entity, "metadata");
	struct ref r = { json_get_text(entity, "kind", NULL), json_get_text(meta, "namespace", "default"),
			 json_get_text(meta, "name", NULL) };

	return r.kind && r.name ? ref_format(mem, &r) : NULL;
}

const char *ref_humanise(struct arena *mem, const char *ref, const char *dflt_kind)
{
	const char *colon = strchr(ref, ':');

	if (!colon)
		return ref;
	const char *rest = str_starts(colon + 1, "default/") ? colon + 9 : colon + 1;
	size_t k = (size_t)(colon - ref);

	if (dflt_kind && strlen(dflt_kind) == k && strncmp(dflt_kind, ref, k) == 0)
		return rest;
	return arena_printf(mem, "%.*s:%s", (int)k, ref, rest);
}
