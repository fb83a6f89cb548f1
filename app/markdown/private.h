/*
 * What the parts of the Markdown engine share. A page goes through them in this order, which is the order of the reference
 * and decides what wins where constructs overlap:
 *
 *   source.c meta.c alert.c snippet.c critic.c    text to text
 *   fence.c html.c                                what must not be read as Markdown is put aside; a mark stands in its place
 *   block*.c                                      lines to a tree of nodes, whose texts are not yet read
 *   inline*.c                                     each text: one pass per construct, what it finds is put aside as well
 *   attr.c toc.c write.c plain.c                  attribute lists, ids, HTML, and the text for the search
 */
#ifndef MARKDOWN_PRIVATE_H
#define MARKDOWN_PRIVATE_H

#include "base/list.h"
#include "base/map.h"
#include "markdown/markdown.h"

#include <stdint.h>

enum {
	TAB = 4,
	DEPTH_MAX = 40, /* of nodes; deeper ones are read as text */
	STX = 2,        /* begins a mark; taken out of every source */
	ETX = 3,        /* ends it */
	MARK_LEN = 8,
};

/* Lines without their ends. They point into a text that lives as long as the page. */
struct text {
	struct str *line;
	size_t n;
};

struct attr {
	struct str name, value;
};
struct attrs {
	struct attr *items;
	size_t n, cap;
};

enum node_kind {
	NODE_ELEMENT,
	NODE_TEXT, /* Markdown; after inline_tree() with marks in it */
	NODE_ATOM, /* text that is nothing but text */
	NODE_CODE, /* an indented code block */
};

struct node {
	enum node_kind kind;
	unsigned depth;
	const char *tag;
	struct attrs attrs;
	struct str text;
	struct node *parent, *first, *last, *prev, *next;
	unsigned tab_set, tab_count; /* of a set of tabs */
	struct node *labels, *panes;
};

enum stash_kind {
	STASH_CHAR,    /* an escaped character */
	STASH_RAW,     /* HTML as it is */
	STASH_FENCE,   /* HTML of a fenced code block; source is what it was made of */
	STASH_ELEMENT, /* an inline element; text is its content, with marks */
	STASH_TREE,    /* an HTML element whose content is Markdown */
};

struct stash {
	enum stash_kind kind;
	bool block;  /* RAW: stands for itself where it is a whole paragraph */
	bool critic; /* RAW: an edit of CriticMarkup */
	bool atomic; /* ELEMENT: text is nothing but text */
	bool link;   /* ELEMENT: its href or src is one of the author's */
	const char *tag;
	struct attrs attrs;
	struct str text;
	struct text source;
	struct html_element *tree;
};

struct link_ref {
	struct str href, title;
};
struct footnote {
	const char *id;
	size_t number; /* from 1 */
	struct text text;
	struct node *li;
	unsigned found; /* references to it so far */
};

/* Where a heading is in the HTML: its tags from begin to end, its content without the permalink from from to to. */
struct heading_place {
	const struct node *node;
	size_t begin, from, to, end;
};

/* How ids of headings are made (toc.slugify). */
enum slug_case { SLUG_AS_IS, SLUG_LOWER, SLUG_LOWER_ASCII, SLUG_FOLD };
struct slug_way {
	enum slug_case letters;
	bool unicode; /* letters of all scripts stay; false: what of them is ASCII */
	bool spaces;  /* each space counts; false: white space is one separator */
	bool percent; /* encoded as in a URL */
};

struct settings {
	struct {
		const char *marker, *title, *class, *anchor_class, *permalink, *permalink_class, *permalink_title, *separator;
		bool anchorlink;
		unsigned base, top, bottom;
		struct slug_way slug;
	} toc;
	struct {
		bool pygments, linenums, lang_class;
		const char *css_class, *lang_prefix;
	} highlight;
	struct {
		const char *marker, *backlink, *backlink_title;
	} notes;
	const struct json *custom_fences;
	bool tabs_alternate, task_custom, task_clickable;
	bool caret_insert, caret_sup, tilde_delete, tilde_sub;
	bool star_within, under_within, mark_within, insert_within, delete_within; /* words, not only around them */
	bool keys, nl2br, sane_headers, code_blocks;
	const char *key_separator;
	bool trademark, copyright, registered, plusminus, arrows, notequal, fractions, ordinals, care_of;
	size_t nested_indent;
	const char *critic; /* view, accept or reject */
	const struct json *auto_append;
};

struct md {
	struct ctx *cx;
	struct arena *mem;
	const struct markdown_options *options;
	struct settings set;
	struct markdown_page *page;
	struct {
		struct stash *items;
		size_t n, cap;
	} stash;
	struct map refs, notes, ids;
	struct {
		struct footnote **items;
		size_t n, cap;
	} footnotes;
	struct abbr_index *abbrs;
	struct {
		struct node **items;
		size_t n, cap;
	} headings;
	struct {
		struct heading_place *items;
		size_t n, cap;
	} places;
	struct node *root;
	unsigned tab_sets;
	/*
	 * Looking ahead for an end that may not come is paid from here; when it is used up, nothing is looked for any more. So
	 * no input costs more than a multiple of its length, and no page a person writes comes near it.
	 */
	size_t budget, steps;
	size_t weight; /* bytes that the output will have at least */
	size_t max_output;
	int rc;
};

/* ---- text (text.c) ---- */
struct text text_split(struct md *md, struct str s);
struct str text_join(struct md *md, struct text t);
struct str text_join_two(struct md *md, struct str a, struct str b);
struct text text_part(struct text t, size_t from, size_t to);
bool line_blank(struct str line);
size_t line_indent(struct str line);
/* The line without its first n characters, or what is left of it. */
struct str line_cut(struct str line, size_t n);
struct str str_from(struct str s, size_t at);
struct str str_part(struct str s, size_t from, size_t to);
struct str str_rtrim(struct str s, char c);
bool str_begins(struct str s, const char *prefix);
/* First place of what in s from at on; s.n when there is none. */
size_t str_find(struct str s, size_t at, const char *what);
/* May k more steps of looking ahead be taken? */
bool md_spend(struct md *md, size_t k);
/*
 * Counts bytes that the page will have: what is written once and shown often (the target of a reference, the meaning of an
 * abbreviation) costs where it is shown. False: the page has become too long, which is said.
 */
bool md_weigh(struct md *md, size_t n);
/* Is the character at s[at], or the one that ends before it, part of a word? */
bool word_at(struct str s, size_t at);
bool word_before(struct str s, size_t at);
bool space_at(struct str s, size_t at);

/* ---- before the tree ---- */
/* UTF-8 without NUL, marks, carriage returns and tabs. */
struct str source_clean(struct md *md, struct str s);
struct str meta_read(struct md *md, struct str s);
struct str alert_convert(struct md *md, struct str s);
struct str snippet_expand(struct md *md, struct str s);
struct str critic_read(struct md *md, struct str s);
struct str fence_read(struct md *md, struct str s);
struct str html_read(struct md *md, struct str s);
void options_read(struct md *md);

/* ---- what was put aside (stash.c) ---- */
size_t stash_add(struct md *md, struct stash s);
void mark_add(struct buf *out, size_t id);
struct str mark_text(struct md *md, size_t id);
/* A mark for HTML. */
struct str mark_text_of(struct md *md, struct str html);
/* What the mark at s[at] stands for; NULL when there is none. */
struct stash *mark_at(const struct md *md, struct str s, size_t at);
/* What s is, if it is one mark and nothing else. */
struct stash *mark_only(const struct md *md, struct str s);
/* s with every mark replaced by the text it stands for, markup left out. */
struct str mark_plain(struct md *md, struct str s);
size_t stash_raw(struct md *md, struct str html);

/* ---- the tree (tree.c) ---- */
struct node *tree_add(struct md *md, struct node *parent, const char *tag);
struct node *tree_text(struct md *md, struct node *parent, struct str text);
void tree_insert(struct node *parent, struct node *before, struct node *n);
void tree_remove(struct node *n);
/* The last child that is no text; NULL: none. */
struct node *tree_last(const struct node *n);
bool tree_is(const struct node *n, const char *tag);
bool tree_is_list(const struct node *n);
bool tree_is_heading(const struct node *n);
/* Text before the first child element, or NULL. */
struct node *tree_head(const struct node *n);
/* Puts that text into a paragraph of its own. */
void tree_wrap_head(struct md *md, struct node *n);
const struct attr *attr_find(const struct attrs *a, const char *name);
struct str attr_get(const struct attrs *a, const char *name);
void attr_set(struct md *md, struct attrs *a, const char *name, const char *value);
void attr_setn(struct md *md, struct attrs *a, struct str name, struct str value);
void attr_class(struct md *md, struct attrs *a, struct str class);
/* Reads the inside of "{: … }" into a. */
void attr_read(struct md *md, struct str s, struct attrs *a);
/* The one at s[at]: where it ends, or 0. *stop is where one that began before s[at] had to stop; 0: nobody looked. */
size_t attr_list_at(struct str s, size_t at, size_t *stop, struct str *inside);
void attr_lists(struct md *md, struct node *root);

/* ---- blocks ---- */
enum state { STATE_NONE, STATE_LIST, STATE_LOOSE, STATE_DETABBED, STATE_QUOTE };

/* What a line can begin; a block is looked through for the first line of each. */
enum line_kind {
	LINE_BOX,
	LINE_HEADING,
	LINE_RULE,
	LINE_DEFINITION,
	LINE_QUOTE,
	LINE_NOTE,
	LINE_ABBR,
	LINE_REF,
	LINE_NO_ROW, /* it ends a table of one column */
	LINE_KINDS
};

/* Where reading stands in a text: the block is the lines from at to end. */
struct cursor {
	struct text text;
	size_t at, end;
	size_t next[LINE_KINDS]; /* the first line of a kind at or behind at, as far as it was looked for */
	struct node *parent;
	enum state state;
};

void block_chunk(struct md *md, struct node *parent, struct text t, enum state state);
size_t cursor_find(struct md *md, struct cursor *c, enum line_kind kind);
/* The lines of the block that are indented by n; behind them goes the cursor. */
struct text cursor_indented(struct md *md, struct cursor *c, size_t n);
struct str cursor_line(const struct cursor *c);
bool box_starts(struct str line);
bool definition_starts(struct str line);
bool no_row_starts(struct str line);
bool note_starts(struct str line);
bool abbr_starts(struct str line);
bool ref_starts(struct text t, size_t at);
/* Each reads the block if it is one of its kind: then it has moved the cursor on. */
bool block_box(struct md *md, struct cursor *c);
bool block_tree(struct md *md, struct cursor *c);
bool block_indent(struct md *md, struct cursor *c);
bool block_definition_indent(struct md *md, struct cursor *c);
bool block_table(struct md *md, struct cursor *c);
bool block_list(struct md *md, struct cursor *c);
bool block_definition(struct md *md, struct cursor *c);
bool block_note(struct md *md, struct cursor *c);
bool block_abbr(struct md *md, struct cursor *c);
bool block_ref(struct md *md, struct cursor *c);
/* The name of a link reference in the form in which names are compared. */
struct str ref_key(struct md *md, struct str id);
void footnotes_build(struct md *md);
void footnotes_link_back(struct md *md);

/* ---- HTML in Markdown ---- */
struct html_part {
	struct str text;
	struct html_element *child;
};
enum html_mode { HTML_OFF, HTML_BLOCK, HTML_SPAN };
struct html_element {
	const char *tag;
	struct attrs attrs;
	enum html_mode mode;
	struct {
		struct html_part *items;
		size_t n, cap;
	} parts;
	struct html_element *parent;
};
bool html_is_block(const char *tag);
/* Does HTML begin with the tag of a block element, or with a comment? Then it needs no paragraph around it. */
bool html_begins_block(struct str html);
bool html_is_void(const char *tag);

/* ---- inline ---- */
struct inline_run {
	struct md *md;
	unsigned pass; /* the one that runs */
	bool in_link;
	const bool *seen; /* bytes that may be in the text */
};
/* Text in the making: what was not replaced is copied when the next replacement, or the end, is known. */
struct rewrite {
	struct str s;
	size_t done;
	struct buf out;
};
void rewrite_mark(struct rewrite *w, size_t from, size_t to, size_t id);
struct str rewrite_end(struct rewrite *w);
void inline_tree(struct md *md, struct node *root);
/* s without the attribute lists that stand behind inline elements; those have them. */
struct str inline_attrs(struct md *md, struct str s);
/* What the passes behind the running one make of s. */
struct str inline_rest(const struct inline_run *r, struct str s, bool in_link);
size_t stash_element(struct md *md, const char *tag, struct str text, bool atomic);

struct str pass_code(struct inline_run *r, struct str s);
struct str pass_keys(struct inline_run *r, struct str s);
struct str pass_note(struct inline_run *r, struct str s);
struct str pass_reference(struct inline_run *r, struct str s);
struct str pass_link(struct inline_run *r, struct str s);
struct str pass_image(struct inline_run *r, struct str s);
struct str pass_image_reference(struct inline_run *r, struct str s);
struct str pass_short_reference(struct inline_run *r, struct str s);
struct str pass_short_image(struct inline_run *r, struct str s);
struct str pass_angle(struct inline_run *r, struct str s);
struct str pass_break(struct inline_run *r, struct str s);
struct str pass_html(struct inline_run *r, struct str s);
struct str pass_url(struct inline_run *r, struct str s);
struct str pass_mail(struct inline_run *r, struct str s);
struct str pass_entity(struct inline_run *r, struct str s);
struct str pass_emoji(struct inline_run *r, struct str s);
struct str pass_caret(struct inline_run *r, struct str s);
struct str pass_mark(struct inline_run *r, struct str s);
struct str pass_tilde(struct inline_run *r, struct str s);
struct str pass_star(struct inline_run *r, struct str s);
struct str pass_underscore(struct inline_run *r, struct str s);
struct str pass_newline(struct inline_run *r, struct str s);
struct str pass_abbr(struct inline_run *r, struct str s);
void abbr_define(struct md *md, struct str name, struct str title);
/* Length of the entity at s[at], or 0. */
size_t entity_at(struct str s, size_t at);

/* ---- output ---- */
struct code_options {
	struct str lang, title, highlighted, linenums, id;
	struct attrs attrs;
	struct text_list classes;
	bool has_title, has_linenums;
};
struct str code_html(struct md *md, struct str source, const struct code_options *o);
const char *code_language(struct md *md, struct str lang);
void md_escape(struct buf *out, struct str s);
void md_escape_attr(struct buf *out, struct str s);
void html_attrs(struct buf *out, const struct attrs *a);
/* Symbols of smartsymbols at s[at]: how many bytes they replace; 0: none. */
size_t symbol_at(struct md *md, struct str s, size_t at, struct buf *out);
/* What toc.slugify of mkdocs.yml asks for; the way of Python-Markdown when it is nothing that is known. */
void slug_way_read(const struct json *option, struct slug_way *out);
/* An id made of the text of a heading, not yet unique; it may be empty. */
struct str slug_of(struct md *md, struct str s);
void toc_build(struct md *md);
struct str write_page(struct md *md);
/* The text of HTML: without tags, entities read, white space as one space; words: a space for each tag. */
struct str plain_text(struct md *md, struct str html, bool words);

#endif
