/* /api/techdocs as Backstage's clients know it: metadata and files of sites. */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "catalog/ref.h"
#include "docs/ref.h"
#include "handlers/docs_file.h"
#include "handlers/handlers.h"
#include "handlers/links.h"

enum { METADATA_MOST = 16 << 20 };

/* ---- metadata ---- */

static int no_metadata(struct req *rq)
{
	const struct ref r = { req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name") };

	return fail(rq->cx, ERR_NOTFOUND, "Unable to get metadata for '%s'", ref_format(rq->cx->mem, &r));
}

static int read_file(struct req *rq, const char *path, struct str *out)
{
	AUTO_FD fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > METADATA_MOST)
		return no_metadata(rq);
	char *bytes = arena_raw(rq->cx->mem, (size_t)st.st_size + 1);

	for (ssize_t got; n < (size_t)st.st_size && (got = read(fd, bytes + n, (size_t)st.st_size - n)) > 0;)
		n += (size_t)got;
	*out = (struct str){ bytes, n };
	return 0;
}

int docs_api_metadata(struct req *rq, struct resp *rs)
{
	struct docs_site site;
	struct json *entity;
	const char *ref;
	struct str text;
	int rc = docs_entity(rq, &ref, &entity);

	if (rc == ERR_NOTFOUND)
		return no_metadata(rq);
	if (rc == 0)
		rc = docs_site_of(rq->cx, ref, &site);
	if (rc == 0 && !site.site)
		rc = no_metadata(rq);
	if (rc == 0)
		rc = read_file(rq, arena_printf(rq->cx->mem, "%s/techdocs_metadata.json", site.site), &text);
	return rc < 0 ? rc : resp_json_text(rs, 200, text);
}

int docs_api_entity(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct docs_source source;
	struct json *entity, *location = json_object(mem);
	const char *ref;
	int rc = docs_entity(rq, &ref, &entity);

	if (rc == ERR_NOTFOUND)
		return no_metadata(rq);
	if (rc == 0)
		rc = docs_source(rq->cx, entity, &source);
	if (rc < 0)
		return rc;
	json_set(mem, location, "type", json_str(mem, source.url ? "url" : "dir"));
	json_set(mem, location, "target", json_str(mem, source.url ? source.url : source.folder));
	json_set(mem, entity, "locationMetadata", location);
	return resp_json(rs, 200, entity);
}

/* ---- files ---- */

/* The path with kind, namespace and name in lower case; NULL: it has them so. */
static const char *lower_path(struct req *rq)
{
	struct arena *mem = rq->cx->mem;
	const struct ref r = { req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name") };
	const char *lower = docs_place(mem, ref_format(mem, &r));

	if (streq(lower, arena_printf(mem, "%s/%s/%s", r.ns, r.kind, r.name)))
		return NULL;
	/* what follows stays as it was sent, with its escapes: from the eighth slash on */
	const char *rest = rq->path;

	for (int i = 0; rest && i < 7; i++)
		rest = strchr(rest + 1, '/');
	return arena_printf(mem, "/api/techdocs/static/docs/%s%s", lower, rest ? rest : "");
}

/* nginx asks whether somebody may have the files of a site, and which build it is: it keeps the answer for a second. */
static int tell_nginx(struct resp *rs, const struct docs_site *site)
{
	resp_header(rs, "X-Docs-Build", site->build);
	return resp_empty(rs, 204);
}

int docs_api_static(struct req *rq, struct resp *rs)
{
	const char *ref, *lower = lower_path(rq);
	struct docs_site site;
	struct json *entity;
	bool sensitive = json_get_bool(json_get(rq->cx->conf, "techdocs"), "legacyUseCaseSensitiveTripletPaths", false);

	if (lower && !sensitive) {
		resp_header(rs, "Location", lower);
		return resp_empty(rs, 301);
	}
	int rc = docs_entity(rq, &ref, &entity);

	if (rc == 0)
		rc = docs_site_of(rq->cx, ref, &site);
	const char *may = req_header(rq, "x-docs-may");

	if (rc == 0 && may && *may)
		return tell_nginx(rs, &site);
	return rc < 0 ? rc : docs_file(rq, rs, &site, req_param(rq, "path"), false);
}
