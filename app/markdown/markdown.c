/* A page from source to HTML, headings and text. */
#include "markdown/private.h"

enum { MAX_OUTPUT = 16 << 20, BUDGET_PER_BYTE = 64, BUDGET_LEAST = 1 << 20 };

static void fill_headings(struct md *md)
{
	struct markdown_page *page = md->page;

	page->n_headings = md->places.n;
	page->headings = arena_calloc(md->mem, md->places.n + 1, sizeof(*page->headings));
	for (size_t i = 0; i < md->places.n; i++) {
		const struct heading_place *p = &md->places.items[i];
		size_t next = i + 1 < md->places.n ? md->places.items[i + 1].begin : page->html.n;
		struct str id = attr_get(&p->node->attrs, "id"), html = str_part(page->html, p->from, p->to);

		page->headings[i] = (struct markdown_heading){
			.level = (unsigned)(p->node->tag[1] - '0'),
			.id = arena_strndup(md->mem, id.p, id.n),
			.html = html,
			.plain = plain_text(md, html, false),
			/* A heading in another one's content would have it twice. */
			.text = p->end <= next ? plain_text(md, str_part(page->html, p->end, next), true) : STR(""),
		};
	}
}

/* The page's own title: that of a first-level heading before anything else. */
static void fill_title(struct md *md)
{
	const struct node *first = md->root->first;
	struct markdown_page *page = md->page;

	if (page->n_headings && md->places.items[0].node == first && page->headings[0].level == 1)
		page->title = arena_strndup(md->mem, page->headings[0].plain.p, page->headings[0].plain.n);
}

static void render(struct md *md, struct str s)
{
	struct markdown_page *page = md->page;

	s = source_clean(md, s);
	s = alert_convert(md, meta_read(md, s));
	s = critic_read(md, snippet_expand(md, s));
	if (md->rc == 0)
		s = html_read(md, fence_read(md, s));
	block_chunk(md, md->root, text_split(md, s), STATE_NONE);
	footnotes_build(md);
	if (md->rc == 0)
		inline_tree(md, md->root);
	footnotes_link_back(md);
	attr_lists(md, md->root);
	if (md->rc == 0)
		toc_build(md);
	if (md->rc == 0)
		page->html = write_page(md);
	if (md->rc == 0) {
		fill_headings(md);
		fill_title(md);
		page->lead =
			plain_text(md, str_part(page->html, 0, md->places.n ? md->places.items[0].begin : page->html.n), true);
	}
}

int markdown_render(struct ctx *cx, struct str source, const struct markdown_options *options, struct markdown_page *out)
{
	static const struct markdown_options none = { 0 };
	struct md md = {
		.cx = cx,
		.mem = cx->mem,
		.options = options ? options : &none,
		.page = out,
		.budget = BUDGET_LEAST + source.n * BUDGET_PER_BYTE,
	};

	*out = (struct markdown_page){ 0 };
	md.max_output = md.options->max_output ? md.options->max_output : MAX_OUTPUT;
	md.root = tree_add(&md, NULL, "div");
	options_read(&md);
	render(&md, source.p ? source : STR(""));
	out->steps = md.steps;
	return md.rc;
}
