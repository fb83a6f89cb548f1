/* Files of a site of documentation, served by nginx once it is known who may have them. */
#include "handlers/docs_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "catalog/entity.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "handlers/links.h"

#define PLAIN "text/plain; charset=utf-8"

/* What a browser may take for more than text, and can do no harm with. */
static const char *const types[][2] = {
	{ "png", "image/png" },
	{ "jpg", "image/jpeg" },
	{ "jpeg", "image/jpeg" },
	{ "gif", "image/gif" },
	{ "webp", "image/webp" },
	{ "avif", "image/avif" },
	{ "ico", "image/x-icon" },
	{ "bmp", "image/bmp" },
	{ "css", "text/css; charset=utf-8" },
	{ "csv", "text/csv; charset=utf-8" },
	{ "json", "application/json; charset=utf-8" },
	{ "pdf", "application/pdf" },
	{ "mp4", "video/mp4" },
	{ "webm", "video/webm" },
	{ "mp3", "audio/mpeg" },
	{ "ogg", "audio/ogg" },
	{ "wav", "audio/wav" },
	{ "woff", "font/woff" },
	{ "woff2", "font/woff2" },
	{ "ttf", "font/ttf" },
	{ "otf", "font/otf" },
	{ "zip", "application/zip" },
	{ "gz", "application/gzip" },
	{ "tgz", "application/gzip" },
	{ "drawio", "application/octet-stream" },
};

static const char *type_of(const char *path, bool as_image)
{
	const char *name = strrchr(path, '/'), *dot = strrchr(name ? name : path, '.');

	if (dot && as_image && str_ieq(dot + 1, "svg"))
		return "image/svg+xml";
	for (size_t i = 0; dot && i < LEN(types); i++)
		if (str_ieq(dot + 1, types[i][0]))
			return types[i][1];
	return PLAIN;
}

/* The mode of what lies there; 0: nothing, or something that a link leads to. */
static mode_t mode_of(int site, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	AUTO_FD fd = (int)syscall(SYS_openat2, site, *path ? path : ".", &how, sizeof(how));
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_mode : 0;
}

int docs_file(struct req *rq, struct resp *rs, const struct docs_site *site, const char *path, bool as_image)
{
	struct arena *mem = rq->cx->mem;
	AUTO_FD dir = site->site ? open(site->site, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (dir >= 0 && S_ISDIR(mode_of(dir, path)))
		path = arena_printf(mem, "%s%sindex.html", path, !*path || str_ends(path, "/") ? "" : "/");
	if (dir < 0 || !S_ISREG(mode_of(dir, path)))
		return fail(rq->cx, ERR_NOTFOUND, "there is no file '%s' in the documentation of %s", path, site->ref);
	rs->status = 200;
	rs->content_type = type_of(path, as_image);
	resp_header(rs, "Cache-Control", "private, no-cache");
	resp_header(rs, "X-Accel-Redirect", link_docs_inside(mem, site->path, path));
	return 0;
}

int docs_entity(struct req *rq, const char **ref, struct json **entity)
{
	struct entity found;
	int rc = entity_by_name(rq->cx, req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name"), &found);

	if (rc < 0)
		return rc;
	*ref = found.ref;
	return json_parse(rq->cx, found.body, entity);
}
