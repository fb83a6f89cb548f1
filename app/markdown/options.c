/* What mkdocs.yml says about extensions, over what the techdocs-core bundle sets. */
#include "markdown/private.h"

#include <stdio.h>

/*
 * The options of an extension, by its full name ("pymdownx.tabbed") or its last part; those that pymdownx.extra or "extra"
 * brings can stand below its name.
 */
static const struct json *options_of(const struct md *md, const char *name)
{
	const struct json *all = md->options->extensions, *found = json_get(all, name);
	const char *dot = strrchr(name, '.');

	if (!found && dot)
		found = json_get(all, dot + 1);
	if (!found)
		found = json_get(json_get(all, "pymdownx.extra"), name);
	return found;
}

static bool is_on(const struct md *md, const char *name)
{
	return options_of(md, name) != NULL;
}

static bool flag(const struct md *md, const char *extension, const char *option, bool dflt)
{
	return json_get_bool(options_of(md, extension), option, dflt);
}

static const char *text(const struct md *md, const char *extension, const char *option, const char *dflt)
{
	return json_get_text(options_of(md, extension), option, dflt);
}

static void read_toc(struct md *md)
{
	const struct json *o = options_of(md, "toc"), *link = json_get(o, "permalink"), *depth = json_get(o, "toc_depth");
	struct settings *s = &md->set;
	unsigned top = 1, bottom = 6;

	if (json_is(depth, JSON_NUMBER) && depth->num >= 0 && depth->num <= 6)
		bottom = (unsigned)depth->num;
	else if (json_is(depth, JSON_STRING) && sscanf(depth->s.p, "%u-%u", &top, &bottom) == 1)
		bottom = top, top = 1;
	double base = json_get_num(o, "baselevel", 1);

	s->toc.top = top;
	s->toc.bottom = bottom;
	s->toc.base = base >= 1 && base <= 6 ? (unsigned)base - 1 : 0;
	s->toc.permalink = json_is(link, JSON_BOOL) ? (link->b ? "&para;" : NULL) : json_text(link, "&para;");
	s->toc.permalink_class = text(md, "toc", "permalink_class", "headerlink");
	s->toc.permalink_title = text(md, "toc", "permalink_title", "Permanent link");
	s->toc.marker = text(md, "toc", "marker", "[TOC]");
	s->toc.title = text(md, "toc", "title", "");
	s->toc.class = text(md, "toc", "toc_class", "toc");
	s->toc.anchorlink = flag(md, "toc", "anchorlink", false);
	s->toc.anchor_class = text(md, "toc", "anchorlink_class", "toclink");
	s->toc.separator = text(md, "toc", "separator", "-");
	slug_way_read(json_get(o, "slugify"), &s->toc.slug);
}

static void read_code(struct md *md)
{
	struct settings *s = &md->set;

	s->highlight.pygments = flag(md, "pymdownx.highlight", "use_pygments", true);
	s->highlight.linenums = flag(md, "pymdownx.highlight", "linenums", true);
	s->highlight.lang_class = flag(md, "pymdownx.highlight", "pygments_lang_class", true);
	s->highlight.css_class = text(md, "pymdownx.superfences", "css_class", "");
	if (!*s->highlight.css_class)
		s->highlight.css_class = text(md, "pymdownx.highlight", "css_class", "highlight");
	s->highlight.lang_prefix = text(md, "pymdownx.highlight", "language_prefix", "language-");
	s->custom_fences = json_get(options_of(md, "pymdownx.superfences"), "custom_fences");
	s->code_blocks = !flag(md, "pymdownx.superfences", "disable_indented_code_blocks", false);
}

static void read_symbols(struct md *md)
{
	static const char name[] = "pymdownx.smartsymbols";
	struct settings *s = &md->set;

	s->trademark = flag(md, name, "trademark", true);
	s->copyright = flag(md, name, "copyright", true);
	s->registered = flag(md, name, "registered", true);
	s->plusminus = flag(md, name, "plusminus", true);
	s->arrows = flag(md, name, "arrows", true);
	s->notequal = flag(md, name, "notequal", true);
	s->fractions = flag(md, name, "fractions", true);
	s->ordinals = flag(md, name, "ordinal_numbers", true);
	s->care_of = flag(md, name, "care_of", true);
}

/* What is not smart is read within words as well. */
static void read_within(struct md *md)
{
	struct settings *s = &md->set;
	const char *smart = text(md, "pymdownx.betterem", "smart_enable", "all");

	s->star_within = !streq(smart, "all") && !streq(smart, "asterisk");
	s->under_within = !streq(smart, "all") && !streq(smart, "underscore");
	s->mark_within = !flag(md, "pymdownx.mark", "smart_mark", true);
	s->insert_within = !flag(md, "pymdownx.caret", "smart_insert", true);
	s->delete_within = !flag(md, "pymdownx.tilde", "smart_delete", true);
}

static void read_inline(struct md *md)
{
	struct settings *s = &md->set;

	s->caret_insert = flag(md, "pymdownx.caret", "insert", true);
	s->caret_sup = flag(md, "pymdownx.caret", "superscript", true);
	s->tilde_delete = flag(md, "pymdownx.tilde", "delete", true);
	s->tilde_sub = flag(md, "pymdownx.tilde", "subscript", true);
	read_within(md);
	s->keys = is_on(md, "pymdownx.keys");
	s->key_separator = text(md, "pymdownx.keys", "separator", "+");
	s->nl2br = is_on(md, "nl2br");
	s->sane_headers = is_on(md, "pymdownx.saneheaders");
	s->critic = text(md, "pymdownx.critic", "mode", "view");
}

void options_read(struct md *md)
{
	struct settings *s = &md->set;
	double indent = json_get_num(options_of(md, "mdx_truly_sane_lists"), "nested_indent", 2);

	read_toc(md);
	read_code(md);
	read_symbols(md);
	read_inline(md);
	s->notes.marker = text(md, "footnotes", "PLACE_MARKER", "///Footnotes Go Here///");
	s->notes.backlink = text(md, "footnotes", "BACKLINK_TEXT", "&#8617;");
	s->notes.backlink_title = text(md, "footnotes", "BACKLINK_TITLE", "Jump back to footnote %d in the text");
	s->tabs_alternate = flag(md, "pymdownx.tabbed", "alternate_style", true);
	s->task_custom = flag(md, "pymdownx.tasklist", "custom_checkbox", true);
	s->task_clickable = flag(md, "pymdownx.tasklist", "clickable_checkbox", false);
	s->nested_indent = indent >= 1 && indent <= 8 ? (size_t)indent : 2;
	s->auto_append = json_get(options_of(md, "pymdownx.snippets"), "auto_append");
}
