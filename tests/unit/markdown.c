/* Markdown: what authors can write, and what hostile pages may cost. */
#include "markdown/markdown.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ext/json.h"
#include "tests/unit/markdown_hostile.h"
#include "tests/unit/tap.h"

static struct arena mem;

static struct json *extensions;

static struct markdown_page render(const char *source)
{
	struct ctx cx = { .mem = &mem };
	struct markdown_options options = { .extensions = extensions };
	struct markdown_page page;

	OK(markdown_render(&cx, str_of(source), &options, &page) == 0);
	return page;
}

/* The HTML of a page, without the line ends at its end. */
static const char *html(const char *source)
{
	struct str s = render(source).html;

	while (s.n && s.p[s.n - 1] == '\n')
		s.n--;
	return arena_strndup(&mem, s.p, s.n);
}

#define IS(source, want) STR_EQ(html(source), want)

static void test_inline(void)
{
	IS("*a* **b** ***c*** _d_ __e__",
	   "<p><em>a</em> <strong>b</strong> <strong><em>c</em></strong> <em>d</em> <strong>e</strong></p>");
	IS("snake_case_word 2*3*4 **b**c", "<p>snake_case_word 2*3*4 **b**c</p>");
	IS("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>");
	IS("~~a~~ H~2~O ^^b^^ x^2^ ==c==", "<p><del>a</del> H<sub>2</sub>O <ins>b</ins> x<sup>2</sup> <mark>c</mark></p>");
	IS("`a` ``b ` c`` `&amp;`", "<p><code>a</code> <code>b ` c</code> <code>&amp;amp;</code></p>");
	IS("`:::js x`", "<p><code class=\"language-js highlight\">x</code></p>");
	IS("\\*a\\* \\a \\\\", "<p>*a* \\a \\</p>");
	IS("a  \nb", "<p>a<br>\nb</p>");
	IS("a & b &amp; c &copy; <", "<p>a &amp; b &amp; c &copy; &lt;</p>");
	IS("<b>*x*</b> <!-- y -->", "<p><b><em>x</em></b> <!-- y --></p>");
	IS("(c) --> 1/2 1st +/- =/= \\(c)", "<p>&copy; &rarr; &frac12; 1<sup>st</sup> &plusmn; &ne; (c)</p>");
	IS(":smile: :nope: `:smile:`",
	   "<p><img alt=\"😄\" class=\"emojione\" title=\":smile:\"> :nope: <code>:smile:</code></p>");
	IS("{++a++} {>>b<<}", "<p><ins class=\"critic\">a</ins> <span class=\"critic comment\">b</span></p>");
	IS("*a*{.b #c d=e}", "<p><em class=\"b\" id=\"c\" d=\"e\">a</em></p>");
	IS("***a*{.b}**", "<p><strong><em class=\"b\">a</em></strong></p>");
}

/* Runs of what raises and lowers: what closes one can have the next in it. */
static void test_runs(void)
{
	IS("^a^^b^", "<p><sup>a</sup><sup>b</sup></p>");
	IS("x^^^ ~~~~a~~~~", "<p>x<sup>^</sup> <sub>~</sub><sub>a</sub><sub>~</sub></p>");
	IS("^^^a^^^ ^^a^b^^^", "<p><ins><sup>a</sup></ins> <ins>a<sup>b</sup></ins></p>");
}

static void test_links(void)
{
	IS("[a](b \"c\") ![d](e)", "<p><a href=\"b\" title=\"c\">a</a> <img alt=\"d\" src=\"e\"></p>");
	IS("[a](b(c)d) [a](<b c>)", "<p><a href=\"b(c)d\">a</a> <a href=\"b c\">a</a></p>");
	IS("[![a](b)](c)", "<p><a href=\"c\"><img alt=\"a\" src=\"b\"></a></p>");
	IS("[a][B] [b]\n\n[b]: c\n    'd'", "<p><a href=\"c\" title=\"d\">a</a> <a href=\"c\" title=\"d\">b</a></p>");
	IS("[a](b", "<p>[a](b</p>");
	IS("[nothing][here]", "<p>[nothing][here]</p>");
	IS("<https://a.b/?c=1&d=2>", "<p><a href=\"https://a.b/?c=1&amp;d=2\">https://a.b/?c=1&amp;d=2</a></p>");
	IS("(https://a.bc/d). x@y.zz",
	   "<p>(<a href=\"https://a.bc/d\">https://a.bc/d</a>). <a href=\"mailto:x@y.zz\">x@y.zz</a></p>");
	IS("[https://a.bc](d)", "<p><a href=\"d\">https://a.bc</a></p>");
	IS("a\n[b]: c d\ne", "<p>a\n[b]: c d\ne</p>");
	IS("[ b ], [a][ b ]\n\n[b]: c", "<p>[ b ], [a][ b ]</p>");
}

/* Of names that overlap, the one that was defined first is read. */
static void test_abbreviations(void)
{
	IS("REST API, API key\n\n*[API]: A\n*[REST API]: R\n*[API key]: K",
	   "<p>REST <abbr title=\"A\">API</abbr>, <abbr title=\"A\">API</abbr> key</p>");
	IS("REST API, API\n\n*[REST API]: R\n*[API]: A",
	   "<p><abbr title=\"R\">REST API</abbr>, <abbr title=\"A\">API</abbr></p>");
}

/* References are counted as the reference does: the deepest come last. */
static void test_notes(void)
{
	const char *page = html("- x[^1]\n\n> y[^1]\n\nz[^1]\n\n[^1]: n");

	OK(strstr(page, "z<sup id=\"fnref:1\">") && strstr(page, "y<sup id=\"fnref2:1\">") &&
	   strstr(page, "x<sup id=\"fnref3:1\">"));
}

static void test_blocks(void)
{
	IS("a\nb\n\nc", "<p>a\nb</p>\n<p>c</p>");
	IS("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>");
	IS("1. a\n  - b", "<ol>\n<li>a<ul>\n<li>b</li>\n</ul>\n</li>\n</ol>");
	IS("- a\n\n- b", "<ul>\n<li>a</li>\n</ul>\n<ul>\n<li>b</li>\n</ul>");
	IS("- a\n\n  b", "<ul>\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n</ul>");
	IS("> a\n> b\n>\n> c", "<blockquote>\n<p>a\nb</p>\n<p>c</p>\n</blockquote>");
	IS("a\n***\nb", "<p>a</p>\n<hr>\n<p>b</p>");
	IS("A\n: b", "<dl>\n<dt>A</dt>\n<dd>b</dd>\n</dl>");
	IS("a\n{: .b }", "<p class=\"b\">a</p>");
	IS("a|b\n-|-:\n`c|d`|e\\|f",
	   "<table>\n<thead>\n<tr>\n<th>a</th>\n<th style=\"text-align: right;\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n"
	   "<td><code>c|d</code></td>\n<td style=\"text-align: right;\">e|f</td>\n</tr>\n</tbody>\n</table>");
	IS("!!! tip \"T\"\n    a", "<div class=\"admonition tip\">\n<p class=\"admonition-title\">T</p>\n<p>a</p>\n</div>");
	IS("> [!CAUTION]\n> a",
	   "<div class=\"admonition danger\">\n<p class=\"admonition-title\">Caution</p>\n<p>a</p>\n</div>");
	IS("??? note\n    a", "<details class=\"note\">\n<summary>Note</summary>\n<p>a</p>\n</details>");
	IS("The HTML.\n\n*[HTML]: H", "<p>The <abbr title=\"H\">HTML</abbr>.</p>");
	IS("<div>\n*a*\n</div>", "<div>\n*a*\n</div>");
	IS("<div markdown=\"1\">\n*a*\n</div>", "<div>\n<p><em>a</em></p>\n</div>");
	IS("x[^1]\n\n[^1]: y",
	   "<p>x<sup id=\"fnref:1\"><a class=\"footnote-ref\" href=\"#fn:1\">1</a></sup></p>\n<div "
	   "class=\"footnote\">\n<hr>\n<ol>\n"
	   "<li id=\"fn:1\">\n<p>y&#160;<a href=\"#fnref:1\" class=\"footnote-backref\" title=\"Jump back to footnote 1 in the "
	   "text\">&#8617;</a></p>\n</li>\n</ol>\n</div>");
	IS("{++\n\na\n\n++}\n\nb", "<ins class=\"critic block\">\n<p>a</p>\n</ins>\n<p>b</p>");
}

#define CODE(class, inside)                                                                                                    \
	"<div class=\"language-" class " highlight\"><pre><span data-linenums=\"1\"></span><code>" inside "</code></pre></"    \
				       "div>"

static void test_code(void)
{
	IS("```c\nint x;\n```", CODE("c", "int x;\n"));
	IS("    a\n\n    b", CODE("text", "a\n\nb\n"));
	IS("```nonesuch\n<&>\n```", CODE("text", "&lt;&amp;&gt;\n"));
	IS("```c hl_lines=\"2\"\na\nb\n```", CODE("c", "a\n<span class=\"hll\">b\n</span>"));
	IS("    ```\n    a\n    ```", CODE("text", "```\na\n```\n"));
	IS("> ```\n> a\n> ```", "<blockquote>\n" CODE("text", "a\n") "\n</blockquote>");
	IS("```c title=\"a.c\" linenums=\"7\"\nb\n```",
	   "<div class=\"language-c highlight\"><span class=\"filename\">a.c</span><pre>"
	   "<span data-linenums=\"7\"></span><code>b\n</code></pre></div>");
	IS("```c\nnever closed", "<p>```c\nnever closed</p>");
	OK(render("```mermaid\ngraph TD\n```").has_mermaid && !render("```c\n```").has_mermaid);
	OK(render("```c\n```").has_code && !render("a").has_code && render("=== \"a\"\n    b").has_tabs);
}

static void test_headings(void)
{
	struct markdown_page page =
		render("# Žluť (c)\nlead *x*\n\n## A `b`\ntext &amp; <i>more</i>\n\n## A b\n## A b {#own}\n");

	OK(page.n_headings == 4);
	STR_EQ(page.title, "Žluť ©");
	STR_EQ(page.headings[0].id, "zlut-c");
	STR_EQ(page.headings[1].id, "a-b");
	STR_EQ(page.headings[2].id, "a-b_1");
	STR_EQ(page.headings[3].id, "own");
	OK(str_is(page.headings[1].html, "A <code>b</code>") && str_is(page.headings[1].plain, "A b"));
	OK(str_is(page.headings[1].text, "text & more"));
	page = render("before\n\n# After");
	OK(!page.title && str_is(page.lead, "before"));
	IS("[TOC]\n\n## a\n### b",
	   "<div class=\"toc\">\n<ul>\n<li><a href=\"#a\">a</a><ul>\n<li><a "
	   "href=\"#b\">b</a></li>\n</ul>\n</li>\n</ul>\n</div>\n"
	   "<h2 id=\"a\">a<a class=\"headerlink\" href=\"#a\" title=\"Permanent link\">&para;</a></h2>\n"
	   "<h3 id=\"b\">b<a class=\"headerlink\" href=\"#b\" title=\"Permanent link\">&para;</a></h3>");
}

static void test_meta(void)
{
	struct markdown_page page = render("---\ntitle: T\ntags: [a]\n---\n\n# H");

	STR_EQ(json_get_text(page.meta, "title", NULL), "T");
	STR_EQ(page.title, "H");
	page = render("Key: v\n    w\n\nbody");
	STR_EQ(json_get_text(page.meta, "key", NULL), "v w");
	OK(str_is(page.lead, "body"));
	OK(json_is(render("---\n[\n---\n").meta, JSON_OBJECT));
	OK(json_len(render("---\na: b\n").meta) == 0);
}

static void set_option(const char *extension, const char *option, struct json *value)
{
	extensions = json_object(&mem);
	struct json *options = json_set(&mem, extensions, extension, json_object(&mem));

	if (option)
		json_set(&mem, options, option, value);
}

static const char *slug_id(struct json *way, const char *heading)
{
	set_option("toc", "slugify", way);

	const char *id = render(heading).headings[0].id;

	extensions = NULL;
	return id;
}

static struct json *slugify(const char *letters, bool percent)
{
	struct json *way = json_object(&mem), *arguments = json_set(&mem, way, "kwds", json_object(&mem));

	json_set(&mem, way, "function", json_str(&mem, "pymdownx.slugs.slugify"));
	json_set(&mem, arguments, "case", json_str(&mem, letters));
	json_set(&mem, arguments, "percent_encode", json_bool(&mem, percent));
	return way;
}

/* toc.slugify names functions of Python's; each makes ids its own way. */
static void test_slugs(void)
{
	static const char heading[] = "# Žluť A_b: «日本» — `<x>`  Straße";

	STR_EQ(slug_id(NULL, heading), "zlut-a_b-x-strae");
	STR_EQ(slug_id(json_str(&mem, "no.such"), heading), "zlut-a_b-x-strae");
	STR_EQ(slug_id(json_str(&mem, "markdown.extensions.toc.slugify_unicode"), heading), "žluť-a_b-日本-x-straße");
	STR_EQ(slug_id(json_str(&mem, "pymdownx.slugs.uslugify"), heading), "žluť-a_b-日本--x--straße");
	STR_EQ(slug_id(json_str(&mem, "pymdownx.slugs.uslugify_cased"), heading), "Žluť-A_b-日本--x--Straße");
	STR_EQ(slug_id(json_str(&mem, "pymdownx.slugs.gfm"), heading), "Žluť-a_b-日本--x--straße");
	STR_EQ(slug_id(json_str(&mem, "pymdownx.slugs.gfm_encoded"), "# ŽA"), "%C5%BDa");
	STR_EQ(slug_id(slugify("lower", false), "# ΑΣ Žluť"), "ας-žluť");
	STR_EQ(slug_id(slugify("fold", false), "# ΑΣ Straße"), "ασ-strasse");
	STR_EQ(slug_id(slugify("none", true), "# Ž < b"), "%C5%BD--b");
}

/* What is not smart begins and ends within words. */
static void test_within_words(void)
{
	set_option("pymdownx.betterem", NULL, NULL);
	IS("a*b*c a_b_c", "<p>a*b*c a_b_c</p>");
	set_option("pymdownx.betterem", "smart_enable", json_str(&mem, "none"));
	IS("a*b*c a__b__c", "<p>a<em>b</em>c a<strong>b</strong>c</p>");
	set_option("pymdownx.betterem", "smart_enable", json_str(&mem, "underscore"));
	IS("a*b*c a_b_c 2 * 3", "<p>a<em>b</em>c a_b_c 2 * 3</p>");
	set_option("pymdownx.betterem", "smart_enable", json_str(&mem, "asterisk"));
	IS("a*b*c a_b_c", "<p>a*b*c a<em>b</em>c</p>");
	set_option("pymdownx.mark", "smart_mark", json_bool(&mem, false));
	IS("a==b==c", "<p>a<mark>b</mark>c</p>");
	set_option("pymdownx.caret", "smart_insert", json_bool(&mem, false));
	IS("a^^b^^c d^2^", "<p>a<ins>b</ins>c d<sup>2</sup></p>");
	set_option("pymdownx.tilde", "smart_delete", json_bool(&mem, false));
	IS("a~~b~~c", "<p>a<del>b</del>c</p>");
	extensions = NULL;
}

static void test_options(void)
{
	set_option("toc", "permalink", json_bool(&mem, false));
	IS("# a", "<h1 id=\"a\">a</h1>");
	set_option("toc", "baselevel", json_num(&mem, 2));
	OK(strstr(html("# a"), "<h2 id=\"a\">"));
	set_option("pymdownx.keys", NULL, NULL);
	IS("++ctrl+a++", "<p><span class=\"keys\"><kbd class=\"key-control\">Ctrl</kbd><span>+</span><kbd "
			 "class=\"key-a\">A</kbd></span></p>");
	IS("++arrow-up++ ++less++ ++ctrl+nosuch++",
	   "<p><span class=\"keys\"><kbd class=\"key-arrow-up\">Up</kbd></span> <span class=\"keys\"><kbd "
	   "class=\"key-less\">&lt;</kbd></span> ++ctrl+nosuch++</p>");
	set_option("pymdownx.keys", "separator", json_str(&mem, "<"));
	IS("++a+b++",
	   "<p><span class=\"keys\"><kbd class=\"key-a\">A</kbd><span>&lt;</span><kbd class=\"key-b\">B</kbd></span></p>");
	set_option("pymdownx.smartsymbols", "arrows", json_bool(&mem, false));
	IS("(c) -->", "<p>&copy; --&gt;</p>");
	set_option("pymdownx.tasklist", "custom_checkbox", json_bool(&mem, false));
	OK(strstr(html("- [x] a"), "<li class=\"task-list-item\"><input type=\"checkbox\" disabled checked> a</li>"));
	set_option("pymdownx.tasklist", "clickable_checkbox", json_bool(&mem, true));
	OK(strstr(html("- [ ] a"), "<input type=\"checkbox\"><span class=\"task-list-indicator\">"));
	set_option("pymdownx.highlight", "linenums", json_bool(&mem, false));
	OK(strstr(html("```\na\n```"), "<pre><span></span><code>"));
	set_option("pymdownx.critic", "mode", json_str(&mem, "accept"));
	IS("{++a++}{--b--}", "<p>a</p>");
	extensions = NULL;
}

static const char *resolve(struct ctx *cx, void *arg, enum markdown_link kind, const char *target)
{
	++*(int *)arg;
	return arena_printf(cx->mem, "%s:%s", kind == MARKDOWN_IMAGE ? "image" : "link", target);
}

static int snippet(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	(void)arg;
	if (streq(name, "missing"))
		return fail(cx, ERR_NOTFOUND, "no such snippet");
	if (streq(name, "much")) {
		*text = (struct str){ arena_alloc(cx->mem, 1 << 18), 1 << 18 };
		return 0;
	}
	if (str_starts(name, "deep")) {
		*text = str_of(arena_printf(cx->mem, "--8<-- \"%sx\"\n", name));
		return 0;
	}
	*text = streq(name, "self") ? STR("again\n--8<-- \"self\"\n")
				    : STR("one\n# --8<-- [start:s]\ntwo\n# --8<-- [end:s]\nthree\n");
	return 0;
}

static void test_callbacks(void)
{
	int calls = 0;
	struct ctx cx = { .mem = &mem };
	struct markdown_options options = { .resolve = resolve, .snippet = snippet, .arg = &calls };
	struct markdown_page page;

	OK(markdown_render(&cx, STR("[a](b) ![c](d) <a href=\"e\">"), &options, &page) == 0);
	OK(calls == 2 && str_is(page.html, "<p><a href=\"link:b\">a</a> <img alt=\"c\" src=\"image:d\"> <a href=\"e\"></p>\n"));
	OK(markdown_render(&cx, STR("--8<-- \"f\"\n\n--8<-- \"f:s\"\n\n--8<-- \"f:5:5\"\n\n--8<-- \"missing\"\nend"), &options,
			   &page) == 0);
	OK(str_is(page.html, "<p>one\ntwo\nthree</p>\n<p>two</p>\n<p>three</p>\n<p>end</p>\n"));
	OK(markdown_render(&cx, STR("--8<-- \"self\""), &options, &page) == 0 && str_is(page.html, "<p>again</p>\n"));
}

static void add_hostile(struct buf *out, const char *s, int number)
{
	enum { LONG = 20000 };

	for (; *s; s++)
		if (*s == '\1')
			buf_addf(out, "%0*d", LONG, 0);
		else if (*s == '\2')
			buf_addf(out, "%d", number);
		else
			buf_addc(out, *s);
}

/* What a page may cost grows with its length, whatever is in it; a step is a byte looked at. */
static void test_hostile(void)
{
	enum { REPEAT = 20000, STEPS_PER_BYTE = 500, STEPS_LEAST = 1 << 21, MEMORY_PER_BYTE = 800, MEMORY_LEAST = 96 << 20 };

	for (size_t i = 0; i < LEN(hostile); i++) {
		ARENA page_mem = { 0 };
		struct ctx cx = { .mem = &page_mem };
		struct buf source = { .mem = &page_mem };
		struct markdown_options options = { .snippet = snippet };
		struct markdown_page page;
		int rc;

		add_hostile(&source, hostile[i].begin, 0);
		for (int k = 0; k < REPEAT; k++)
			add_hostile(&source, hostile[i].each, k);
		add_hostile(&source, hostile[i].end, 0);
		page_mem.used = 0;
		rc = markdown_render(&cx, buf_str(&source), &options, &page);
		bool good = (rc == 0 || rc == ERR_TOOLARGE) && page.steps <= STEPS_LEAST + source.n * STEPS_PER_BYTE &&
			    page_mem.used <= MEMORY_LEAST + source.n * MEMORY_PER_BYTE;

		if (!good)
			printf("# '%s': %zu steps, %zu bytes of memory for %zu bytes, %d\n", hostile[i].each, page.steps,
			       page_mem.used, source.n, rc);
		OK(good);
	}
}

/* What authors write in earnest is read to the end, however long their page is. */
static void test_long(void)
{
	struct buf source = { .mem = &mem };
	size_t links = 0;
	struct markdown_page page;

	for (int i = 0; i < 3000; i++)
		buf_adds(&source, "see [a](b \"c\"), ");
	page = render(buf_text(&source));
	for (const char *p = strstr(page.html.p, "<a "); p; p = strstr(p + 1, "<a "))
		links++;
	OK(links == 3000);
	source = (struct buf){ .mem = &mem };
	for (int i = 0; i < 3000; i++)
		buf_addf(&source, "k%d: a\nk%d: b\n    c\n", i, i);
	page = render(buf_text(&source));
	OK(json_len(page.meta) == 3000);
	STR_EQ(json_get_text(page.meta, "k2999", ""), "a b c");
}

static void test_snippet_limits(void)
{
	struct ctx cx = { .mem = &mem };
	struct markdown_options options = { .snippet = snippet };
	struct markdown_page page;
	struct buf many = { .mem = &mem };

	for (int i = 0; i < 501; i++)
		buf_adds(&many, "--8<-- \"f\"\n");
	OK(markdown_render(&cx, buf_str(&many), &options, &page) == ERR_TOOLARGE);
	STR_EQ(cx.err.text, "Markdown: the page has too many snippets (the limit is 500)");
	OK(markdown_render(&cx, STR("--8<-- \"deep1\"\n"), &options, &page) == ERR_TOOLARGE);
	STR_EQ(cx.err.text, "Markdown: snippets are too deep in one another (the limit is 8)");
	options.max_output = 1 << 20;
	OK(markdown_render(&cx, STR("--8<-- \"much:nothing\"\n--8<-- \"much:1,2,3,4\"\n"), &options, &page) == ERR_TOOLARGE);
	STR_EQ(cx.err.text, "Markdown: the snippets have too many bytes (the limit is 1048576)");
}

static void test_limits(void)
{
	struct ctx cx = { .mem = &mem };
	struct markdown_options options = { .max_output = 1000 };
	struct markdown_page page;
	struct buf long_text = { .mem = &mem };

	for (int i = 0; i < 200; i++)
		buf_adds(&long_text, "&&&&&&&&&&");
	OK(markdown_render(&cx, buf_str(&long_text), &options, &page) == ERR_TOOLARGE);
	OK(markdown_render(&cx, (struct str){ NULL, 0 }, NULL, &page) == 0 && page.html.n == 0);
	OK(markdown_render(&cx, STR("a\0b\x02\x03 \xff c\r\nd\re"), NULL, &page) == 0);
	OK(str_is(page.html, "<p>a\xef\xbf\xbd"
			     "b \xef\xbf\xbd c\nd\ne</p>\n"));
	OK(markdown_render(&cx, STR("\xef\xbb\xbf# a\tb"), NULL, &page) == 0 && page.n_headings == 1);
}

/* The page for authors shows what it tells: everything on it must have been read. */
static void test_own_page(struct str source)
{
	static const char *const all[] = {
		"<del>a</del>",
		"<ins>a</ins>",
		"<mark>a</mark>",
		"H<sub>2</sub>O",
		"x<sup>2</sup>",
		"&copy;",
		"class=\"emojione\"",
		"<abbr title=\"Hyper Text Markup Language\">HTML</abbr>",
		"title=\"A reference\">ref</a>",
		"mailto:someone@example.com",
		"target=\"_blank\"",
		"task-list-item",
		"<dt>Term</dt>",
		"<span class=\"filename\">hello.py</span>",
		"<span class=\"hll\">",
		"class=\"admonition note\"",
		"<details class=\"tip\">",
		"class=\"admonition warning\"",
		"data-tabs=\"1:2\"",
		"text-align: center;",
		"<code>c|d</code></td>",
		"class=\"footnote\"",
		"<p><em>This</em> is Markdown.</p>",
	};
	struct ctx cx = { .mem = &mem };
	struct markdown_page page;

	OK(markdown_render(&cx, source, NULL, &page) == 0);
	STR_EQ(page.title, "Writing documentation");
	for (size_t i = 0; i < LEN(all); i++) {
		if (!strstr(page.html.p, all[i]))
			printf("# not there: %s\n", all[i]);
		OK(strstr(page.html.p, all[i]));
	}
}

#define REFERENCE "../shared/conformance/techdocs"

/* Pages as TechDocs renders them; none when they are not there. */
static void test_reference(const char *self)
{
	const char *command = arena_printf(&mem, "node tests/fixtures/markdown.mjs '%s' %s | grep '^not ok'", self, REFERENCE);

	if (access(REFERENCE "/render.json", R_OK) < 0)
		printf("# no %s: skipped\n", REFERENCE);
	else
		OK(system(command) != 0);
}

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
	test_inline();
	test_runs();
	test_abbreviations();
	test_notes();
	test_links();
	test_blocks();
	test_code();
	test_headings();
	test_meta();
	test_slugs();
	test_within_words();
	test_options();
	test_callbacks();
	test_hostile();
	test_long();
	test_snippet_limits();
	test_limits();
	FILE *own = fopen("docs/writing-docs.md", "r");

	OK(own);
	if (own) {
		test_own_page(read_all(own));
		fclose(own);
	}
	test_reference(argv[0]);
	return DONE();
}
