/* Where a page can be changed: repo_url and edit_uri of mkdocs.yml. */
#include "docs/build.h"
#include "docs/path.h"

static const char *default_uri(const char *repo)
{
	static const struct {
		const char *host, *uri;
	} hosts[] = { { "https://github.com/", "edit/master/docs/" },
		      { "https://gitlab.com/", "edit/master/docs/" },
		      { "https://bitbucket.org/", "src/default/docs/" } };

	for (size_t i = 0; i < LEN(hosts); i++)
		if (str_starts(repo, hosts[i].host))
			return hosts[i].uri;
	return NULL;
}

static const char *fill_in(struct arena *mem, const char *text, const char *path)
{
	struct buf b = { .mem = mem };

	while (*text) {
		bool quoted = str_starts(text, "{path!q}");

		if (quoted || str_starts(text, "{path}")) {
			buf_adds(&b, path_encode(mem, path));
			text += strlen(quoted ? "{path!q}" : "{path}");
		} else {
			buf_addc(&b, *text++);
		}
	}
	return buf_text(&b);
}

static const char *add_path(struct arena *mem, const char *base, const char *uri, const char *path)
{
	bool slash = !str_ends(base, "/") && *uri != '?' && *uri != '#';
	const char *joined = url_is_elsewhere(uri) && !strchr("?#/", *uri)
				     ? uri
				     : arena_printf(mem, "%s%s%s", base, slash ? "/" : "", *uri == '/' ? uri + 1 : uri);

	if (strstr(joined, "{path"))
		return fill_in(mem, joined, path);
	return arena_printf(mem, "%s%s%s", joined, str_ends(joined, "/") || strpbrk(joined, "?#") ? "" : "/",
			    path_encode(mem, path));
}

const char *edit_url(struct arena *mem, const struct mkdocs *s, const struct plan_file *f)
{
	const char *uri = s->edit_template ? s->edit_template : s->edit_uri, *url;
	size_t n = strlen(s->docs);

	if (!s->repo_url || !url_is_harmless(s->repo_url))
		return NULL;
	uri = uri ? uri : default_uri(s->repo_url);
	/* Pages of included sites, and a README that stands in, are not where docs_dir has them. */
	if (!uri || !*uri || (n && (strncmp(f->source, s->docs, n) != 0 || !streq(f->source + n + 1, f->path))))
		return NULL;
	url = add_path(mem, s->repo_url, uri, f->path);
	return url_is_harmless(url) ? url : NULL;
}
