/* URLs of the portal's own pages, made in one place. */
#include "handlers/links.h"

#include "base/buf.h"

const char *link_encode(struct arena *mem, const char *s)
{
	struct buf b = { .mem = mem };

	for (; *s; s++) {
		if (ascii_alnum(*s) || strchr("-._~", *s))
			buf_addc(&b, *s);
		else
			buf_addf(&b, "%%%02X", (unsigned char)*s);
	}
	return buf_text(&b);
}

/* "/catalog" and a full ref -> "/catalog/default/component/x". */
static const char *below(struct arena *mem, const char *root, const char *ref)
{
	const char *colon = strchr(ref, ':'), *slash = colon ? strchr(colon, '/') : NULL;

	if (!slash)
		return "#";
	return arena_printf(mem, "%s/%s/%s/%s", root,
			    link_encode(mem, arena_strndup(mem, colon + 1, (size_t)(slash - colon - 1))),
			    link_encode(mem, arena_strndup(mem, ref, (size_t)(colon - ref))), link_encode(mem, slash + 1));
}

const char *link_entity(struct arena *mem, const char *ref)
{
	return below(mem, "/catalog", ref);
}

/* Percent-encodes each part of a path. */
static const char *encode_path(struct arena *mem, const char *path)
{
	struct buf b = { .mem = mem };

	for (struct str rest = str_of(path); rest.p;) {
		struct str part = str_cut(&rest, '/');

		buf_adds(&b, link_encode(mem, arena_strndup(mem, part.p, part.n)));
		if (rest.p)
			buf_addc(&b, '/');
	}
	return buf_text(&b);
}

const char *link_docs(struct arena *mem, const char *ref, const char *page)
{
	const char *site = below(mem, "/docs", ref);

	return *site == '#' ? site : arena_printf(mem, "%s/%s", site, encode_path(mem, page));
}

const char *link_docs_inside(struct arena *mem, const char *site, const char *file)
{
	return arena_printf(mem, "/-docs/%s/%s", site, encode_path(mem, file));
}

const char *link_search_in(struct arena *mem, const char *ref)
{
	return below(mem, "/search/in", ref);
}

const char *link_docs_events(struct arena *mem, const char *ref, const char *have)
{
	return arena_printf(mem, "%s?have=%s", below(mem, "/docs-events", ref), link_encode(mem, have));
}

const char *link_docs_refresh(struct arena *mem, const char *ref)
{
	return below(mem, "/docs-refresh", ref);
}

const char *link_entity_tab(struct arena *mem, const char *ref, const char *tab)
{
	const char *page = link_entity(mem, ref);

	return *tab ? arena_printf(mem, "%s/%s", page, tab) : page;
}

const char *link_entity_plugin(struct arena *mem, const char *ref, const char *what, const char *plugin, const char *id)
{
	return arena_printf(mem, "%s/%s/%s/%s", link_entity(mem, ref), what, link_encode(mem, plugin), link_encode(mem, id));
}

const char *link_widget(struct arena *mem, const char *plugin, const char *id)
{
	return arena_printf(mem, "/widgets/%s/%s", link_encode(mem, plugin), link_encode(mem, id));
}

const char *link_plugin(struct arena *mem, const char *name)
{
	return arena_printf(mem, "/plugins/%s", link_encode(mem, name));
}

const char *link_inspect(struct arena *mem, const char *ref, const char *tab)
{
	return link_entity_tab(mem, ref, *tab ? arena_printf(mem, "inspect/%s", tab) : "inspect");
}

static void add_filter(struct buf *to, const char *param, const char *value)
{
	buf_addf(to, "%sfilters[%s]=%s", to->n ? "&" : "/catalog?", param, link_encode(to->mem, value));
}

const char *link_index(struct arena *mem, const char *kind, const char *param, const char *value)
{
	struct buf b = { .mem = mem };

	add_filter(&b, "kind", kind);
	if (param)
		add_filter(&b, param, value);
	return buf_text(&b);
}

const char *link_owned(struct arena *mem, const char *kind, const char *type, const struct text_list *owners)
{
	struct buf b = { .mem = mem };

	add_filter(&b, "kind", kind);
	if (*type)
		add_filter(&b, "type", type);
	for (size_t i = 0; i < owners->n; i++)
		add_filter(&b, "owners", owners->items[i]);
	return buf_text(&b);
}

const char *link_search(struct arena *mem, const char *text)
{
	return arena_printf(mem, "/search?query=%s", link_encode(mem, text));
}

const char *link_graph(struct arena *mem, const char *ref, const char *others)
{
	if (!ref)
		return *others ? arena_printf(mem, "/catalog-graph?%s", others) : "/catalog-graph";
	return arena_printf(mem, "/catalog-graph?rootEntityRefs[]=%s%s%s", link_encode(mem, ref), *others ? "&" : "", others);
}

const char *link_graph_data(struct arena *mem, const char *query)
{
	return arena_printf(mem, "/catalog-graph/data?%s", query);
}

const char *link_definition(struct arena *mem, const char *ref, const char *what)
{
	return arena_printf(mem, "%s/definition%s%s", link_entity(mem, ref), *what ? "/" : "", what);
}

const char *link_renderer(struct arena *mem, const char *renderer)
{
	return arena_printf(mem, "/api-docs/render/%s", renderer);
}

const char *link_external(const char *url)
{
	static const char *const schemes[] = { "http://", "https://", "mailto:" };

	for (size_t i = 0; i < LEN(schemes); i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return url;
	return url[0] == '/' && url[1] != '/' && url[1] != '\\' ? url : "#";
}

const char *link_admin(struct arena *mem, const char *tab, const char *query)
{
	return arena_printf(mem, "/admin/%s%s", tab, query);
}

const char *link_tokens(void)
{
	return "/settings/tokens";
}

const char *link_token_revoke(struct arena *mem, const char *id)
{
	return arena_printf(mem, "/settings/tokens/%s/revoke", link_encode(mem, id));
}

const char *link_login(struct arena *mem, const char *to)
{
	return streq(to, "/") ? "/login" : arena_printf(mem, "/login?to=%s", link_encode(mem, to));
}

const char *link_signed_out(void)
{
	return "/login?signed-out=1";
}

const char *link_sign_in_start(struct arena *mem, const char *provider, const char *environment, const char *to)
{
	return arena_printf(mem, "/api/auth/%s/start?env=%s&flow=redirect&redirectUrl=%s", link_encode(mem, provider),
			    link_encode(mem, environment), link_encode(mem, to));
}

const char *link_sign_in_return(struct arena *mem, const char *provider, const char *query)
{
	return arena_printf(mem, "/api/auth/%s/handler/frame%s", link_encode(mem, provider), query);
}

const char *link_sessions(void)
{
	return "/settings/sessions";
}

const char *link_session_end(struct arena *mem, uint64_t id)
{
	return arena_printf(mem, "/settings/sessions/%llu/end", (unsigned long long)id);
}

const char *link_moved(const char *path)
{
	static const char *const moved[][2] = {
		{ "/home", "/" },
		{ "/settings/auth-providers", "/settings/sessions" },
		{ "/settings/feature-flags", "/settings" },
		{ "/devtools", "/admin" },
		{ "/devtools/info", "/admin" },
		{ "/devtools/scheduled-tasks", "/admin/jobs" },
		{ "/devtools/unprocessed-entities", "/admin/errors" },
	};

	for (size_t i = 0; i < LEN(moved); i++)
		if (streq(moved[i][0], path))
			return moved[i][1];
	return NULL;
}

const char *link_template(struct arena *mem, const char *ref)
{
	const char *colon = strchr(ref, ':'), *slash = colon ? strchr(colon, '/') : NULL;

	if (!slash)
		return "#";
	return arena_printf(mem, "/create/templates/%s/%s",
			    link_encode(mem, arena_strndup(mem, colon + 1, (size_t)(slash - colon - 1))),
			    link_encode(mem, slash + 1));
}

const char *link_task(struct arena *mem, const char *id)
{
	return arena_printf(mem, "/create/tasks/%s", link_encode(mem, id));
}

const char *link_task_part(struct arena *mem, const char *id, const char *rest)
{
	return arena_printf(mem, "%s%s", link_task(mem, id), rest);
}

const char *link_start_over(struct arena *mem, const char *template_ref, const char *id)
{
	const char *form = link_template(mem, template_ref);

	return *form == '#' ? "" : arena_printf(mem, "%s?task=%s", form, link_encode(mem, id));
}

const char *link_kubernetes(struct arena *mem, const char *ref, const char *what, const char *query)
{
	return arena_printf(mem, "%s/kubernetes%s%s%s%s", link_entity(mem, ref), *what ? "/" : "", what, *query ? "?" : "",
			    query);
}
