/* What search found, as views show it. */
#include "handlers/search_hit.h"

#include "base/utf8.h"
#include "handlers/view_words.h"
#include "plugins/plugin.h"

enum { WORDS_MOST = 200, TITLE_MOST = 400, PART = 220 };

static const struct contribution *contribution_of(const char *type)
{
	const struct contributions *all = plugins_contribute(CONTRIBUTES_SEARCH);

	for (size_t i = 0; i < all->n; i++)
		if (streq(all->items[i].id, type))
			return &all->items[i];
	return NULL;
}

const char *search_type_title(struct arena *mem, const char *type)
{
	const struct contribution *c = contribution_of(type);

	if (streq(type, SEARCH_CATALOG))
		return "Catalog";
	return streq(type, SEARCH_DOCS) ? "Docs" : c ? c->title : arena_strdup(mem, type);
}

const char *search_type_icon(const char *type)
{
	const struct contribution *c = contribution_of(type);

	if (streq(type, SEARCH_CATALOG))
		return "layers";
	return c && *c->plugin->icon ? c->plugin->icon : "book-open";
}

/* "/catalog/default/component/x" -> "component:default/x" */
static const char *ref_of(struct arena *mem, const char *location)
{
	struct str rest = str_of(location + strlen("/catalog/"));
	struct str ns = str_cut(&rest, '/'), kind = str_cut(&rest, '/');

	return arena_printf(mem, "%.*s:%.*s/%.*s", (int)kind.n, kind.p, (int)ns.n, ns.p, (int)rest.n, rest.p ? rest.p : "");
}

static void put_escaped(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr("<>&\"'", s.p[i]) && s.p[i])
			buf_addf(out, "&#%d;", s.p[i]);
		else
			buf_addc(out, s.p[i]);
}

static struct str marked(struct ctx *cx, const struct search_answer *found, struct str text, size_t most)
{
	static const struct search_marks marks = { "<mark>", "</mark>", put_escaped };
	bool any;

	return search_highlight(cx, found->found, text, most, &marks, &any);
}

struct str search_hit_title(struct ctx *cx, const struct search_answer *found, const struct search_hit *hit)
{
	return marked(cx, found, str_of(hit->title), TITLE_MOST);
}

struct str search_hit_text(struct ctx *cx, const struct search_answer *found, const struct search_hit *hit)
{
	return marked(cx, found, hit->text, PART);
}

struct json *search_hit_row(struct ctx *cx, const struct search_answer *found, const struct search_hit *hit)
{
	struct str title = search_hit_title(cx, found, hit), text = search_hit_text(cx, found, hit);
	struct arena *mem = cx->mem;
	bool entity = streq(hit->type, SEARCH_CATALOG);
	const struct json *d = hit->document;
	const char *spec_type = json_get_text(d, "componentType", "");
	const struct {
		const char *key, *value;
	} texts[] = {
		{ "type", hit->type },
		{ "type_title", search_type_title(mem, hit->type) },
		{ "icon", entity ? "" : search_type_icon(hit->type) },
		{ "url", hit->location },
		{ "ref", entity ? ref_of(mem, hit->location) : "" },
		{ "title", hit->title },
		{ "kind", json_get_text(d, "kind", "") },
		{ "namespace", json_get_text(d, "namespace", "default") },
		{ "spec_type", streq(spec_type, "other") ? "" : spec_type },
		{ "lifecycle", json_get_text(d, "lifecycle", "") },
		{ "owner", json_get_text(d, "owner", "") },
		{ "about", entity ? "" : json_get_text(d, "entityTitle", json_get_text(d, "name", "")) },
	};
	struct json *out = json_object(mem);

	for (size_t i = 0; i < LEN(texts); i++)
		json_set(mem, out, texts[i].key, json_str(mem, texts[i].value));
	json_set(mem, out, "title_html", json_strn(mem, title.p, title.n));
	json_set(mem, out, "text_html", json_strn(mem, text.p, text.n));
	return out;
}

const char *search_words(struct req *rq, const char *name)
{
	const char *words = req_query(rq, name);
	struct str s = str_trim(str_of(words ? words : ""));
	char *out = arena_strndup(rq->cx->mem, s.p ? s.p : "", s.n < WORDS_MOST ? s.n : WORDS_MOST);

	utf8_trim_partial(out);
	return out;
}
