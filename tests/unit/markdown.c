/* Markdown: what authors can write, and what hostile pages may cost. */
#include "markdown/markdown.h"

#include <time.h>

#include "ext/json.h"
#include "tests/unit/tap.h"

static struct arena mem;

static struct str read_all(FILE *f)
{
	struct buf b = { .mem = &mem };
	char piece[65536];
	size_t n;

	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, piece, n);
	return (struct str){ buf_text(&b), b.n };
}

/* --render: a JSON array of { markdown, extensions? } on standard input to one of HTML on standard output. */
static int render_cases(void)
{
	struct ctx cx = { .mem = &mem };
	struct json *cases, *out = json_array(&mem);
	struct buf text = { .mem = &mem };

	if (json_parse(&cx, read_all(stdin), &cases) < 0)
		return 1;
	for (size_t i = 0; i < json_len(cases); i++) {
		const struct json *c = cases->a.items[i];
		struct markdown_options options = { .extensions = json_get(c, "extensions") };
		struct markdown_page page;
		int rc = markdown_render(&cx, str_of(json_get_text(c, "markdown", "")), &options, &page);

		json_push(&mem, out, rc < 0 ? json_str(&mem, cx.err.text) : json_strn(&mem, page.html.p, page.html.n));
	}
	json_write(&text, out);
	fwrite(text.p, 1, text.n, stdout);
	return 0;
}

/* --cost: of one page on standard input: steps, seconds of this process, megabytes of memory. */
static int tell_cost(void)
{
	struct ctx cx = { .mem = &mem };
	struct str source = read_all(stdin);
	struct markdown_page page;
	size_t used = mem.used;
	clock_t begin = clock();

	markdown_render(&cx, source, NULL, &page);
	printf("%zu %.4f %.1f\n", page.steps, (double)(clock() - begin) / CLOCKS_PER_SEC, (double)(mem.used - used) / 1e6);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--render") == 0)
		return render_cases();
	if (argc > 1 && strcmp(argv[1], "--cost") == 0)
		return tell_cost();
	return DONE();
}
