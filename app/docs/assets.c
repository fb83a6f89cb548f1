/* Styles and scripts of a published site, made of the installation's static files. */
#include "docs/build.h"

#include <fcntl.h>

#include "base/fd.h"
#include "base/folder.h"
#include "base/hash.h"

/* The design's tokens, which the portal's style sheet begins with. */
static struct str tokens_of(struct str css)
{
	static const char end[] = "/* ---- elements ---- */";
	const char *p = memmem(css.p, css.n, end, sizeof(end) - 1);

	return (struct str){ css.p, p ? (size_t)(p - css.p) : 0 };
}

static int write_styles(struct build *b, const struct dir *from, uint64_t *sum)
{
	struct buf css = { .mem = b->cx->mem };
	struct str portal, article, frame;
	int rc = dir_read(b->cx, from, "callboard.css", &portal);

	if (rc == 0)
		rc = dir_read(b->cx, from, "docs.css", &article);
	if (rc == 0)
		rc = dir_read(b->cx, from, "docs-site.css", &frame);
	if (rc < 0)
		return rc;
	portal = tokens_of(portal);
	buf_add(&css, portal.p, portal.n);
	buf_add(&css, article.p, article.n);
	buf_add(&css, frame.p, frame.n);
	*sum = hash64(css.p, css.n);
	return build_write(b, "assets/docs.css", buf_str(&css));
}

/* "vendor/highlight-11.12.0/highlight.min.js": the folder of a library has its version in its name. */
static const char *vendor_file(struct build *b, const struct dir *from, const char *library, const char *file)
{
	struct text_list libraries;
	size_t n = strlen(library);

	folder_names(b->cx->mem, arena_printf(b->cx->mem, "%s/vendor", from->path), &libraries);
	for (size_t i = 0; i < libraries.n; i++) {
		const char *name = libraries.items[i];

		if (strncmp(name, library, n) == 0 && name[n] == '-' && ascii_digit(name[n + 1]))
			return arena_printf(b->cx->mem, "vendor/%s/%s", name, file);
	}
	return NULL;
}

/* A library that was not fetched is left out: its pages are whole without it. */
static int write_library(struct build *b, const struct dir *from, const char *library, const char *file, const char *as)
{
	const char *path = vendor_file(b, from, library, file);
	AUTO_FD fd = path ? openat(from->fd, path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0) {
		note_info(&b->notes, "assets/%s is left out: %s is not there (make vendor)", as, library);
		return 0;
	}
	return build_copy(b, arena_printf(b->cx->mem, "assets/%s", as), fd);
}

static unsigned all_flags(const struct build *b)
{
	unsigned flags = 0;

	for (size_t i = 0; i < b->pages.n; i++)
		flags |= b->pages.items[i].part.flags;
	return flags;
}

int build_assets(struct build *b)
{
	unsigned flags = all_flags(b);
	struct dir from;
	struct str script;
	uint64_t sum = 0;
	int rc;

	if (!b->options->assets)
		return 0;
	if (!dir_open(b->cx, b->options->assets, &from))
		return fail(b->cx, ERR_INTERNAL, "%s: the static files are not there", b->options->assets);
	rc = write_styles(b, &from, &sum);
	if (rc == 0)
		rc = dir_read(b->cx, &from, "docs.js", &script);
	if (rc < 0)
		return rc;
	sum ^= hash64(script.p, script.n);
	b->layout.assets = arena_printf(b->cx->mem, "?%08x", (unsigned)sum);
	rc = build_write(b, "assets/docs.js", script);
	if (rc == 0 && (flags & PART_CODE))
		rc = write_library(b, &from, "highlight", "highlight.min.js", "highlight.js");
	if (rc == 0 && (flags & PART_MERMAID))
		rc = write_library(b, &from, "mermaid", "mermaid.min.js", "mermaid.js");
	return rc;
}
