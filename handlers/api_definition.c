/* The definition of an API: a page for people, its bare text, and the frames in which libraries show it. */
#include "base/list.h"
#include "catalog/definition.h"
#include "catalog/entity.h"
#include "ext/json.h"
#include "handlers/entity_page.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/routes.h"

enum {
	SHOWN_LINES = 5000, /* of the text, on the page */
	SHOWN_BYTES = 1024 * 1024,
};

/*
 * How each spec.type is shown: in a frame of its own (by a library that needs more than the portal's pages may do), by the
 * page's own script, or as text that is coloured.
 */
static const struct shown {
	const char *type, *title, *frame, *script, *language, *extension;
} shown[] = {
	{ "openapi", "OpenAPI", "openapi", "", "yaml", "yaml" },
	{ "asyncapi", "AsyncAPI", "asyncapi", "", "yaml", "yaml" },
	{ "graphql", "GraphQL", "", "graphql", "graphql", "graphql" },
	{ "grpc", "gRPC", "", "", "protobuf", "proto" },
	{ "trpc", "tRPC", "", "", "typescript", "ts" },
	{ "", "Text", "", "", "", "txt" },
};

static const struct shown *how_shown(const char *type)
{
	size_t i = 0;

	while (i + 1 < LEN(shown) && !str_ieq(shown[i].type, type))
		i++;
	return &shown[i];
}

/* The API that the address names, its entity in *e, its text in *text: empty for one that has none. */
static int find(struct req *rq, struct entity *found, struct json **e, struct str *text)
{
	const struct json *definition;
	int rc = entity_by_name(rq->cx, "api", req_param(rq, "namespace"), req_param(rq, "name"), found);

	if (rc == 0)
		rc = json_parse(rq->cx, found->body, e);
	if (rc < 0)
		return rc;
	definition = json_path(*e, "spec", "definition", NULL);
	*text = json_is(definition, JSON_STRING) ? definition->s : STR("");
	return 0;
}

/* ---- the page ---- */

/* The text as far as it is shown, and the numbers of its lines beside it. */
static void add_lines(struct arena *mem, struct str text, struct json *vars)
{
	struct buf numbers = { .mem = mem };
	size_t lines = 0, end = 0;

	while (end < text.n && end < SHOWN_BYTES && lines < SHOWN_LINES) {
		const char *nl = memchr(text.p + end, '\n', text.n - end);

		end = nl ? (size_t)(nl - text.p) + 1 : text.n;
		buf_addf(&numbers, "%zu\n", ++lines);
	}
	json_set(mem, vars, "text", json_strn(mem, text.p ? text.p : "", end));
	json_set(mem, vars, "numbers", json_str(mem, buf_text(&numbers)));
	json_set(mem, vars, "lines", json_num(mem, (double)lines));
	json_set(mem, vars, "cut", json_bool(mem, end < text.n));
}

/* How it is shown, and where its parts are. */
static void add_view(struct arena *mem, const char *ref, const struct shown *how, struct json *vars)
{
	json_set(mem, vars, "type_title", json_str(mem, how->title));
	json_set(mem, vars, "frame_url", json_str(mem, *how->frame ? link_renderer(mem, how->frame) : ""));
	json_set(mem, vars, "script", json_str(mem, how->script));
	json_set(mem, vars, "language", json_str(mem, how->language));
	json_set(mem, vars, "page_url", json_str(mem, link_definition(mem, ref, "")));
	json_set(mem, vars, "raw_url", json_str(mem, link_definition(mem, ref, "raw")));
}

static void add_entity(struct arena *mem, const struct json *e, struct json *vars)
{
	const struct json *meta = json_get(e, "metadata"), *spec = json_get(e, "spec"), *remotes = json_get(spec, "remotes");
	const char *name = json_get_text(meta, "name", "");

	json_set(mem, vars, "title", json_str(mem, json_get_text(meta, "title", name)));
	json_set(mem, vars, "type", json_str(mem, json_get_text(spec, "type", "")));
	json_set(mem, vars, "remotes", json_is(remotes, JSON_ARRAY) ? json_copy(mem, remotes) : json_array(mem));
}

int definition_show(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem), *e, *outline = NULL;
	const char *view = req_query(rq, "view");
	const struct shown *how;
	struct entity found;
	struct str text;
	int rc = find(rq, &found, &e, &text);

	if (rc < 0)
		return rc;
	add_entity(mem, e, vars);
	how = how_shown(json_get_text(vars, "type", ""));
	add_view(mem, found.ref, how, vars);
	json_set(mem, vars, "raw", json_bool(mem, view && streq(view, "raw")));
	rc = text.n ? definition_outline(rq->cx, how->type, text, &outline) : 0;
	json_set(mem, vars, "wrong", json_str(mem, rc < 0 && rc != ERR_TOOLARGE ? rq->cx->err.text : ""));
	json_set(mem, vars, "large", json_bool(mem, rc == ERR_TOOLARGE));
	json_set(mem, vars, "outline", outline ? outline : json_null(mem));
	add_lines(mem, text, vars);
	rc = entity_head(rq, vars, e, "definition");
	if (rc < 0)
		return rc;
	return page_render(rq, rs, 200, "catalog/definition.html", vars);
}

/* ---- the bare text ---- */

int definition_raw(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct entity found;
	struct json *e;
	struct str text;
	int rc = find(rq, &found, &e, &text);

	if (rc == 0 && !text.n)
		rc = fail(rq->cx, ERR_NOTFOUND, "%s has no definition", found.ref);
	if (rc < 0)
		return rc;
	const struct shown *how = how_shown(json_text(json_path(e, "spec", "type", NULL), ""));
	bool json = *str_trim(text).p == '{' && *how->frame;

	/* Whatever it says, it is no page of this portal. */
	resp_header(rs, "Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'");
	resp_header(rs, "Content-Disposition",
		    arena_printf(mem, "%s; filename=\"%s.%s\"", req_query(rq, "download") ? "attachment" : "inline",
				 strchr(found.ref, '/') + 1, json ? "json" : how->extension));
	rs->etag = arena_printf(mem, "\"%s\"", found.etag);
	return resp_text(rs, 200, "text/plain; charset=utf-8", text);
}

/* ---- the frames ---- */

/*
 * A frame is sandboxed without an origin: what a definition may make a library do reaches neither the portal's pages nor its
 * cookies. Hence these libraries may do there what they need: style themselves, build functions, ask the APIs they show.
 */
static const struct {
	const char *name, *policy;
} frames[] = {
	{ "openapi",
	  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data: https:; font-src data:; "
	  "connect-src https: http:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
	  "sandbox allow-scripts allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox" },
	{ "asyncapi",
	  "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src data: https:; "
	  "font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
	  "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox" },
};

int api_render(struct req *rq, struct resp *rs)
{
	const char *name = req_param(rq, "renderer");
	struct json *vars = json_object(rq->cx->mem);

	for (size_t i = 0; i < LEN(frames); i++) {
		if (!streq(frames[i].name, name))
			continue;
		resp_header(rs, "Content-Security-Policy", frames[i].policy);
		resp_header(rs, "X-Frame-Options", "SAMEORIGIN");
		json_set(rq->cx->mem, vars, "renderer", json_str(rq->cx->mem, name));
		return page_render(rq, rs, 200, "catalog/render.html", vars);
	}
	return fail(rq->cx, ERR_NOTFOUND, "No renderer is called '%.60s'", name);
}

/* Where a sign-in server sends the window back to that a frame opened. */
int api_oauth_redirect(struct req *rq, struct resp *rs)
{
	return page_render(rq, rs, 200, "catalog/oauth_redirect.html", json_object(rq->cx->mem));
}
