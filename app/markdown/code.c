/* HTML of code: blocks as Pygments frames them, without its colours, which the browser adds. */
#include "base/names.h"
#include "markdown/private.h"

static bool known(const char *lang)
{
	static const char *const languages[] = {
#define LANG(name) name,
#include "markdown/languages.def"
#undef LANG
	};
	return NAMES_FIND(languages, str_of(lang)) != NULL;
}

const char *code_language(struct md *md, struct str lang)
{
	return lang.n && known(str_lower(md->mem, lang.p, lang.n)) ? arena_strndup(md->mem, lang.p, lang.n) : "text";
}

/* Is line number n (from 1) in a list like "1 3-5"? */
static bool in_ranges(struct str ranges, size_t n)
{
	while (ranges.n) {
		struct str part = str_cut(&ranges, ' ');
		size_t from = 0, to = 0, i = 0;

		for (; i < part.n && ascii_digit(part.p[i]) && from < 1000000; i++)
			from = from * 10 + (size_t)(part.p[i] - '0');
		if (i == part.n)
			to = from;
		for (i++; i < part.n && ascii_digit(part.p[i]) && to < 1000000; i++)
			to = to * 10 + (size_t)(part.p[i] - '0');
		if (from <= n && n <= to && from > 0)
			return true;
	}
	return false;
}

/* Marks of what was put aside before (edits of CriticMarkup) stay: they are HTML in the code. */
static void add_code(struct md *md, struct buf *out, struct str s, struct str highlighted)
{
	struct text t;

	if (!highlighted.n) {
		md_escape(out, s);
		buf_adds(out, s.n ? "\n" : "");
		return;
	}
	/* Every line is looked up in every range. */
	t = text_split(md, s);
	if (!md_spend(md, t.n * highlighted.n))
		highlighted.n = 0;
	for (size_t i = 0; i < t.n; i++) {
		bool hll = in_ranges(highlighted, i + 1);

		buf_adds(out, hll ? "<span class=\"hll\">" : "");
		md_escape(out, t.line[i]);
		buf_adds(out, hll ? "\n</span>" : "\n");
	}
}

static void add_class(struct buf *out, const char *class)
{
	if (*class) {
		buf_adds(out, out->p[out->n - 1] == '"' ? "" : " ");
		md_escape_attr(out, str_of(class));
	}
}

static void add_id(struct buf *out, struct str id)
{
	if (id.n) {
		buf_adds(out, " id=\"");
		md_escape_attr(out, id);
		buf_addc(out, '"');
	}
}

/* <pre class="highlight"><code class="language-x">, for highlighters that look for that (use_pygments: false). */
static void add_plain(struct md *md, struct buf *out, struct str source, const struct code_options *o)
{
	buf_adds(out, "<pre class=\"");
	add_class(out, md->set.highlight.css_class);
	buf_adds(out, "\"><code");
	add_id(out, o->id);
	if (o->lang.n || o->classes.n) {
		buf_adds(out, " class=\"");
		if (o->lang.n)
			add_class(out,
				  arena_printf(md->mem, "%s%.*s", md->set.highlight.lang_prefix, (int)o->lang.n, o->lang.p));
		for (size_t i = 0; i < o->classes.n; i++)
			add_class(out, o->classes.items[i]);
		buf_addc(out, '"');
	}
	html_attrs(out, &o->attrs);
	buf_addc(out, '>');
	md_escape(out, source);
	buf_adds(out, "\n</code></pre>");
}

static struct str trim_newlines(struct str s)
{
	while (s.n && s.p[0] == '\n')
		s = str_from(s, 1);
	return str_rtrim(s, '\n');
}

static void add_div(struct md *md, struct buf *out, const struct code_options *o)
{
	buf_adds(out, "<div");
	add_id(out, o->id);
	buf_adds(out, " class=\"");
	if (md->set.highlight.lang_class)
		add_class(out, arena_printf(md->mem, "%s%s", md->set.highlight.lang_prefix, code_language(md, o->lang)));
	for (size_t i = 0; i < o->classes.n; i++)
		add_class(out, o->classes.items[i]);
	add_class(out, md->set.highlight.css_class);
	buf_addc(out, '"');
	for (size_t i = 0; i < o->attrs.n; i++)
		if (str_begins(o->attrs.items[i].name, "data-"))
			html_attrs(out, &(struct attrs){ &o->attrs.items[i], 1, 1 });
	buf_addc(out, '>');
}

/* Where numbers begin, for the style sheet or script that shows them; "0" asks for none. */
static void add_linenums(struct md *md, struct buf *out, const struct code_options *o)
{
	size_t n = 0;

	while (n < o->linenums.n && n < 9 && ascii_digit(o->linenums.p[n]))
		n++;
	if (o->has_linenums ? n != 1 || o->linenums.p[0] != '0' : md->set.highlight.linenums)
		buf_addf(out, "<span data-linenums=\"%.*s\"></span>", n ? (int)n : 1, n ? o->linenums.p : "1");
	else
		buf_adds(out, "<span></span>");
}

struct str code_html(struct md *md, struct str source, const struct code_options *o)
{
	struct buf out = { .mem = md->mem };
	struct str title = str_trim(o->title);

	md->page->has_code = true;
	/* Only a custom fence makes it a diagram by itself; a reader's script may draw it all the same. */
	md->page->has_mermaid |= str_is(o->lang, "mermaid");
	if (!md->set.highlight.pygments) {
		add_plain(md, &out, source, o);
		md_weigh(md, out.n);
		return buf_str(&out);
	}
	add_div(md, &out, o);
	if (title.n) {
		buf_adds(&out, "<span class=\"filename\">");
		md_escape(&out, title);
		buf_adds(&out, "</span>");
	}
	buf_adds(&out, "<pre>");
	add_linenums(md, &out, o);
	buf_adds(&out, "<code>");
	add_code(md, &out, trim_newlines(source), o->highlighted);
	buf_adds(&out, "</code></pre></div>");
	md_weigh(md, out.n);
	return buf_str(&out);
}
