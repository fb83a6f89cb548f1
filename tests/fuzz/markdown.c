/* Fuzzes the Markdown engine: no page may crash it, cost more than its length allows, or leave a mark of ours in the HTML. */
#include "markdown/markdown.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *resolve(struct ctx *cx, void *arg, enum markdown_link kind, const char *target)
{
	(void)arg;
	return kind == MARKDOWN_IMAGE ? target : arena_printf(cx->mem, "../%s", target);
}

/* The page itself is what it includes, so that snippets meet all that the fuzzer finds. */
static int snippet(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	if (*name == 'x')
		return fail(cx, ERR_NOTFOUND, "no snippet '%s'", name);
	*text = *(struct str *)arg;
	return 0;
}

static const struct json *extensions(struct arena *mem, uint8_t byte)
{
	struct json *all = json_object(mem);

	if (byte & 1)
		json_set(mem, all, "pymdownx.keys", json_object(mem));
	if (byte & 2)
		json_set(mem, json_set(mem, all, "toc", json_object(mem)), "anchorlink", json_bool(mem, true));
	if (byte & 4)
		json_set(mem, json_set(mem, all, "pymdownx.tabbed", json_object(mem)), "alternate_style",
			 json_bool(mem, false));
	if (byte & 8)
		json_set(mem, json_set(mem, all, "pymdownx.critic", json_object(mem)), "mode", json_str(mem, "reject"));
	return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum { STEPS_PER_BYTE = 4000, STEPS_LEAST = 1 << 23 };
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };
	struct markdown_page page;
	struct str source = { (const char *)data, n };
	struct markdown_options options = { .resolve = resolve, .snippet = snippet, .arg = &source, .max_output = 1 << 20 };

	options.extensions = extensions(&mem, n ? data[n - 1] : 0);
	int rc = markdown_render(&cx, source, &options, &page);

	if (page.steps > STEPS_LEAST + n * STEPS_PER_BYTE)
		abort();
	if (rc < 0) {
		if (!*cx.err.text)
			abort();
		return 0;
	}
	if (page.html.n && (memchr(page.html.p, 2, page.html.n) || memchr(page.html.p, 0, page.html.n)))
		abort();
	for (size_t i = 0; i < page.n_headings; i++)
		if (page.headings[i].level < 1 || page.headings[i].level > 6 || !page.headings[i].id)
			abort();
	return 0;
}
