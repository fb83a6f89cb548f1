/* mkdocs.yml, read by allow-lists: what is not on one is left out and said. Nothing of it is ever run. */
#include "docs/mkdocs.h"

#include "docs/path.h"
#include "ext/yaml.h"

enum { MAX_BYTES = 1 << 20, MAX_NODES = 100000 };

/* Root keys that are known; the others (hooks, INHERIT, …) are named in the log. */
static const char *const root_keys[] = {
	"site_name",
	"site_url",
	"site_description",
	"site_author",
	"repo_url",
	"repo_name",
	"edit_uri",
	"docs_dir",
	"edit_uri_template",
	"site_dir",
	"nav",
	"exclude_docs",
	"not_in_nav",
	"theme",
	"plugins",
	"markdown_extensions",
	"extra",
	"extra_css",
	"use_directory_urls",
	"strict",
	"dev_addr",
	"watch",
	"copyright",
	"remote_branch",
	"remote_name",
	"validation",
	"google_analytics",
};
static const char *const plugin_names[] = {
	"techdocs-core", "search", "material/search", "redirects", "group", "material/group", "monorepo",
};

static bool is_listed(const char *const *list, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(name, list[i]))
			return true;
	return false;
}

/*
 * What Python would import is told by its name, where it belongs to an extension: what that does is known here, nothing is
 * run. A function that is to be made with arguments is those arguments, with its name as "function". NULL: it is neither.
 */
static struct json *read_python(struct arena *mem, const char *tag, struct json *v)
{
	static const char name[] = ":python/name:", apply[] = ":python/object/apply:";
	const char *found = strstr(tag, name), *call = strstr(tag, apply);
	const char *what = found ? found + strlen(name) : call ? call + strlen(apply) : "";

	if (!str_starts(what, "pymdownx.") && !str_starts(what, "markdown.extensions."))
		return NULL;
	if (found && v->type == JSON_STRING)
		return json_str(mem, what);
	if (!call || v->type != JSON_OBJECT)
		return NULL;
	json_set(mem, v, "function", json_str(mem, what));
	return v;
}

/*
 * !ENV [NAME, OTHER, 'what else'] is its last item, which stands for variables that are not set: there are none here. Every
 * other tag is overlooked, so that !!python/name:x is the empty text behind it; an object of Python's is nothing.
 */
static struct json *read_tag(struct arena *mem, const char *tag, struct json *v)
{
	struct json *python = read_python(mem, tag, v);

	if (python)
		return python;
	if (!streq(tag, "!ENV"))
		return v->type == JSON_STRING || !strstr(tag, ":python/") ? v : json_null(mem);
	if (json_is(v, JSON_ARRAY) && v->a.n > 1)
		return v->a.items[v->a.n - 1];
	return json_null(mem);
}

/* "<<: *other" adds the members of other that are not there; the reader took it as a key like any. */
static void merge(struct arena *mem, struct json *v)
{
	const struct json *from = json_get(v, "<<");

	if (!json_is(v, JSON_OBJECT) || !from)
		return;
	json_remove(v, "<<");
	if (json_is(from, JSON_OBJECT))
		for (size_t i = 0; i < from->o.n; i++)
			if (!json_getn(v, from->o.m[i].key))
				json_setn(mem, v, from->o.m[i].key, from->o.m[i].value);
}

struct reading {
	struct ctx *cx;
	struct notes *notes;
	struct mkdocs *out;
};

static int wrong_type(struct reading *r, const char *key, const struct json *v, const char *want)
{
	return fail(r->cx, ERR_INPUT, "%s:%u: %s must be %s, not %s", r->out->file, v->line, key, want, json_type_name(v));
}

static int read_text(struct reading *r, const struct json *root, const char *key, const char **out)
{
	struct json *v = json_get(root, key);
	struct buf b = { .mem = r->cx->mem };

	if (!v || v->type == JSON_NULL)
		return 0;
	if (v->type == JSON_NUMBER) {
		json_write_number(&b, v->num);
		*out = buf_text(&b);
		return 0;
	}
	if (v->type != JSON_STRING)
		return wrong_type(r, key, v, "text");
	*out = arena_strndup(r->cx->mem, v->s.p, strlen(v->s.p));
	return 0;
}

static int read_texts(struct reading *r, const struct json *root)
{
	struct mkdocs *s = r->out;
	const struct {
		const char *key, **to;
	} texts[] = {
		{ "site_name", &s->name },      { "site_description", &s->description },
		{ "site_author", &s->author },  { "site_url", &s->url },
		{ "copyright", &s->copyright }, { "repo_url", &s->repo_url },
		{ "edit_uri", &s->edit_uri },   { "edit_uri_template", &s->edit_template },
		{ "docs_dir", &s->docs },
	};
	int rc = 0;

	for (size_t i = 0; i < LEN(texts) && rc == 0; i++)
		rc = read_text(r, root, texts[i].key, texts[i].to);
	s->language = json_get_text(json_get(root, "theme"), "language", "en");
	s->directory_urls = json_get_bool(root, "use_directory_urls", true);
	return rc;
}

static void name_unknown(struct reading *r, const struct json *root)
{
	for (size_t i = 0; i < json_len(root); i++)
		if (!is_listed(root_keys, LEN(root_keys), root->o.m[i].key))
			note_info(r->notes, "%s: %.*s is not used here and was left out", r->out->file, (int)root->o.m[i].key.n,
				  root->o.m[i].key.p);
	if (json_get(json_get(root, "theme"), "custom_dir"))
		note_info(r->notes, "%s: theme.custom_dir is not used here and was left out", r->out->file);
}

/* Items of plugins and markdown_extensions are names, maps from one name to options, or all are one map. */
typedef void name_fn(struct reading *r, struct str name, const struct json *options);

static void each_name(struct reading *r, const struct json *list, name_fn *fn)
{
	for (size_t i = 0; json_is(list, JSON_OBJECT) && i < list->o.n; i++)
		fn(r, list->o.m[i].key, list->o.m[i].value);
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const struct json *item = list->a.items[i];

		if (json_is(item, JSON_STRING))
			fn(r, item->s, NULL);
		else if (json_is(item, JSON_OBJECT) && item->o.n)
			fn(r, item->o.m[0].key, item->o.m[0].value);
	}
}

static void take_plugin(struct reading *r, struct str name, const struct json *options)
{
	if (!is_listed(plugin_names, LEN(plugin_names), name))
		note_info(r->notes, "%s: the plugin %.*s is not there and was left out", r->out->file, (int)name.n, name.p);
	if (str_is(name, "redirects") && json_is(json_get(options, "redirect_maps"), JSON_OBJECT))
		r->out->redirects = json_get(options, "redirect_maps");
}

/* Folders of snippets may be any beneath the source; what leads outside is not there for the reading either. */
static void take_snippet_folders(struct reading *r, const struct json *base)
{
	for (size_t i = 0; i < (json_is(base, JSON_ARRAY) ? base->a.n : 1); i++) {
		const char *text = json_text(json_is(base, JSON_ARRAY) ? base->a.items[i] : base, NULL);
		const char *path = text && *text != '/' ? path_join(r->cx->mem, r->out->folder, text) : NULL;

		if (path)
			*list_add(r->cx->mem, &r->out->snippets) = path;
		else if (text)
			note_info(r->notes, "%s: pymdownx.snippets.base_path: %s lies outside and was left out", r->out->file,
				  text);
	}
}

static void take_extension(struct reading *r, struct str name, const struct json *options)
{
	if (memchr(name.p, ':', name.n)) {
		note_info(r->notes, "%s: the extension %.*s is code and was left out", r->out->file, (int)name.n, name.p);
		return;
	}
	if (str_is(name, "pymdownx.snippets"))
		take_snippet_folders(r, json_get(options, "base_path"));
	json_setn(r->cx->mem, r->out->extensions, name,
		  json_is(options, JSON_OBJECT) ? json_copy(r->cx->mem, options) : json_object(r->cx->mem));
}

static void read_css(struct reading *r, const struct json *list)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (json_text(list->a.items[i], NULL))
			*list_add(r->cx->mem, &r->out->css) = list->a.items[i]->s.p;
}

static int read_root(struct reading *r, struct json *root)
{
	struct mkdocs *s = r->out;
	struct json *nav = json_get(root, "nav");
	int rc;

	merge(r->cx->mem, root);
	name_unknown(r, root);
	rc = read_texts(r, root);
	if (rc == 0 && nav && nav->type != JSON_NULL && nav->type != JSON_ARRAY)
		rc = wrong_type(r, "nav", nav, "a list");
	if (rc < 0)
		return rc;
	s->nav = json_len(nav) ? nav : NULL;
	each_name(r, json_get(root, "plugins"), take_plugin);
	each_name(r, json_get(root, "markdown_extensions"), take_extension);
	read_css(r, json_get(root, "extra_css"));
	ignore_parse(r->cx->mem, json_get_text(root, "exclude_docs", ""), &s->exclude);
	ignore_parse(r->cx->mem, json_get_text(root, "not_in_nav", ""), &s->not_in_nav);
	return 0;
}

static int parse_file(struct reading *r, struct str text)
{
	static const struct yaml_limits limits = { .bytes = MAX_BYTES, .nodes = MAX_NODES, .tag = read_tag };
	struct json *root;
	int rc = yaml_read_one(r->cx, text, &limits, &root);

	if (rc < 0)
		return fail_in(r->cx, ERR_INPUT, "%s", r->out->file);
	if (json_is(root, JSON_NULL))
		return 0;
	if (!json_is(root, JSON_OBJECT))
		return fail(r->cx, ERR_INPUT, "%s: it must be a map of settings, not %s", r->out->file, json_type_name(root));
	return read_root(r, root);
}

static int find_file(struct ctx *cx, const struct tree *t, const char *folder, const char *name, const char **file,
		     struct str *text)
{
	static const char *const names[] = { "mkdocs.yaml", "mkdocs.yml" };
	int rc = ERR_NOTFOUND;

	if (name) {
		*file = name;
		return tree_read(cx, t, name, MAX_BYTES, text);
	}
	for (size_t i = 0; i < LEN(names) && rc == ERR_NOTFOUND; i++) {
		*file = path_join(cx->mem, folder, names[i]);
		rc = tree_read(cx, t, *file, MAX_BYTES, text);
	}
	return rc;
}

static int place_docs(struct reading *r)
{
	struct mkdocs *s = r->out;
	const char *path = *s->docs == '/' ? NULL : path_join(r->cx->mem, s->folder, s->docs);

	/* As Backstage has it, docs_dir must be a child: the source itself holds more than documents. */
	if (!path || (s->file && streq(path, s->folder) && !streq(s->docs, ".")))
		return fail(r->cx, ERR_DENIED, "%s: docs_dir: %s lies outside of the documentation's source",
			    s->file ? s->file : "mkdocs.yml", s->docs);
	s->docs = path;
	return 0;
}

int mkdocs_read(struct ctx *cx, const struct tree *t, const char *folder, const char *file,
		const struct mkdocs_defaults *defaults, struct notes *notes, struct mkdocs *out)
{
	struct reading r = { cx, notes, out };
	struct str text;
	int rc;

	*out = (struct mkdocs){ .folder = folder, .docs = "docs", .language = "en", .directory_urls = true };
	out->extensions = json_object(cx->mem);
	rc = find_file(cx, t, folder, file, &out->file, &text);
	if (rc == ERR_NOTFOUND && !file) {
		out->file = NULL;
		note_info(notes, "there is no mkdocs.yml: defaults are used");
		rc = 0;
	} else if (rc == 0) {
		rc = parse_file(&r, text);
	}
	if (rc == 0)
		rc = place_docs(&r);
	if (rc < 0)
		return rc;
	if (!out->name)
		out->name = defaults->name ? defaults->name : "Documentation";
	if (!out->repo_url) {
		out->repo_url = defaults->repo_url;
		if (!out->edit_uri && defaults->edit_uri)
			out->edit_uri = arena_printf(cx->mem, "%s%s%s", defaults->edit_uri, out->docs, *out->docs ? "/" : "");
	}
	if (!out->snippets.n)
		*list_add(cx->mem, &out->snippets) = out->folder;
	return 0;
}
