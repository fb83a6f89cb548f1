/* Where the files of a template are, and getting them. */
#include "scaffolder/source.h"

#include <strings.h>

#include "catalog/reader.h"

enum { FILE_MOST = 10 << 20, EXCHANGE_MS = 60000 };
static const struct unpack_limits tree_limits = { .bytes = 256ULL << 20, .files = 20000 };

static const char *folder_of(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_strndup(mem, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
}

static bool is_of_the_web(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

/*
 * An author may write source-location, so that only the catalog's own annotation may name a folder of this machine: as a file,
 * not as a URL that looks like one.
 */
struct template_source template_source_of(struct ctx *cx, const struct json *entity)
{
	static const char *const names[] = { "backstage.io/source-location", "backstage.io/managed-by-location" };
	const struct json *notes = json_path(entity, "metadata", "annotations", NULL);
	struct template_source s = { 0 };
	struct err before = cx->err;

	for (size_t i = 0; i < LEN(names); i++) {
		const char *text = json_get_text(notes, names[i], NULL);
		struct location loc;

		if (!text || location_parse(cx, text, &loc) < 0)
			continue;
		if (streq(loc.type, "url") && is_of_the_web(loc.target))
			s.url = s.url ? s.url : loc.target;
		else if (streq(loc.type, "file") && i == 1)
			s = (struct template_source){ .folder = folder_of(cx->mem, loc.target) };
	}
	cx->err = before;
	return s;
}

static bool is_absolute(const char *url)
{
	size_t n = 0;

	while (ascii_alnum(url[n]) || url[n] == '+' || url[n] == '-' || url[n] == '.')
		n++;
	return n > 1 && url[n] == ':';
}

/* The address as the reader takes it. */
static int address(struct ctx *cx, const struct template_source *s, const char *url, const char **out)
{
	*out = url;
	if (is_absolute(url))
		return 0;
	if (!s->url)
		return fail(cx, ERR_INPUT,
			    "'%s' is relative, and it is not known where the template is: give it an absolute address", url);
	return reader_resolve(cx, &(struct location){ "url", s->url }, url, out);
}

int source_path(struct ctx *cx, const struct template_source *s, const char *url, const char **out)
{
	const char *path = *url == '/' || !s->below ? url : arena_printf(cx->mem, "%s/%s", s->below, url);

	return workspace_path(cx, path, out);
}

int source_tree(struct ctx *cx, const struct template_source *s, const char *url, const char *token, const char *scratch,
		struct workspace *from, const char **folder)
{
	struct workspace place;
	struct read_tree got;
	const char *full;

	*folder = "";
	if (s->folder && !is_absolute(url)) {
		int rc = source_path(cx, s, url, folder);

		return rc < 0 ? rc : workspace_source(cx, s->folder, from);
	}
	int rc = address(cx, s, url, &full);

	if (rc == 0)
		rc = workspace_make(cx, scratch, NULL, &place);
	if (rc < 0)
		return rc;
	const struct read_tree_options options = { .to = arena_printf(cx->mem, "%s/tree", place.path),
						   .token = token,
						   .limits = tree_limits,
						   .timeout_ms = EXCHANGE_MS };

	rc = reader_tree(cx, full, &options, &got);
	return rc < 0 ? rc : workspace_source(cx, options.to, from);
}

int source_file(struct ctx *cx, const struct template_source *s, const char *url, const char *token, struct str *out)
{
	struct read_result got;
	struct workspace from;
	const char *full;

	if (s->folder && !is_absolute(url)) {
		int rc = source_path(cx, s, url, &full);

		if (rc == 0)
			rc = workspace_source(cx, s->folder, &from);
		return rc < 0 ? rc : workspace_read(cx, &from, full, FILE_MOST, out);
	}
	int rc = address(cx, s, url, &full);

	if (rc == 0)
		rc = reader_read_as(cx, full, token, &got);
	if (rc == 0)
		*out = got.bytes;
	return rc;
}
