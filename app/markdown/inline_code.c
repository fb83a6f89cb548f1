/* What goes before all else in a text: code, escaped characters, keys. */
#include "markdown/private.h"

enum { TICKS_MAX = 64 }; /* longer runs of backticks are text */

struct ticks {
	size_t *items; /* where runs begin */
	size_t n, cap, used;
};

struct codes {
	struct inline_run *r;
	struct str s;
	struct rewrite w;
	struct ticks by_length[TICKS_MAX + 1];
};

static size_t run_length(struct str s, size_t at, char c)
{
	size_t i = at;

	while (i < s.n && s.p[i] == c)
		i++;
	return i - at;
}

static void index_ticks(struct codes *c)
{
	for (size_t i = str_find(c->s, 0, "`"), n; i < c->s.n; i = str_find(c->s, i + n, "`")) {
		n = run_length(c->s, i, '`');
		if (n <= TICKS_MAX)
			*list_add(c->r->md->mem, &c->by_length[n]) = i;
	}
}

/* The next run of exactly n backticks behind at; s.n: none. Every run is passed once. */
static size_t next_run(struct codes *c, size_t n, size_t at)
{
	struct ticks *t = &c->by_length[n];

	while (t->used < t->n && t->items[t->used] < at)
		t->used++;
	return t->used < t->n ? t->items[t->used] : c->s.n;
}

/* ":::lang code" and "#!lang code": the language, which is cut off *code. */
static struct str cut_lang(struct str *code)
{
	size_t i = str_begins(*code, "#!") ? 2 : run_length(*code, 0, ':'), from = i;

	if (i < 2 || (code->p[0] == ':' && i < 3))
		return (struct str){ 0 };
	while (i < code->n && (ascii_alnum(code->p[i]) || strchr("_#.+-", code->p[i])) && code->p[i])
		i++;
	if (!space_at(*code, i) || str_trim(str_from(*code, i)).n == 0)
		return (struct str){ 0 };
	struct str lang = str_part(*code, from, i);

	*code = str_from(*code, i + 1);
	return lang;
}

static size_t stash_code(struct md *md, struct str code)
{
	struct str lang = cut_lang(&code);
	size_t id = stash_element(md, "code", str_trim(code), true);

	if (lang.n)
		attr_set(md, &md->stash.items[id].attrs, "class",
			 arena_printf(md->mem, "%s%s %s", md->set.highlight.lang_prefix, code_language(md, lang),
				      md->set.highlight.css_class));
	return id;
}

/* Code that begins with the backticks at at: also fewer than there are can open it. Returns how far the text is read. */
static size_t read_code(struct codes *c, size_t at)
{
	size_t run = run_length(c->s, at, '`');

	for (size_t n = run <= TICKS_MAX ? run : 0; n > 0; n--) {
		size_t end = next_run(c, n, at + run);

		if (end == c->s.n)
			continue;
		rewrite_mark(&c->w, at, end + n, stash_code(c->r->md, str_part(c->s, at + n, end)));
		return end + n;
	}
	return at + run;
}

static size_t read_escape(struct codes *c, size_t at)
{
	static const char escapable[] = "\\`*_{}[]()>#+-.!|^ :=~";
	char next = at + 1 < c->s.n ? c->s.p[at + 1] : '\0';

	if (!next || !strchr(escapable, next))
		return at + 1;
	rewrite_mark(&c->w, at, at + 2,
		     stash_add(c->r->md, (struct stash){ .kind = STASH_CHAR, .text = str_part(c->s, at + 1, at + 2) }));
	return at + 2;
}

struct str pass_code(struct inline_run *r, struct str s)
{
	struct codes c = { .r = r, .s = s, .w = { .s = s, .out = { .mem = r->md->mem } } };

	index_ticks(&c);
	for (size_t i = 0; i < s.n;) {
		if (s.p[i] == '`')
			i = read_code(&c, i);
		else if (s.p[i] == '\\')
			i = read_escape(&c, i);
		else
			i++;
	}
	return rewrite_end(&c.w);
}

struct key {
	const char *name, *class, *label;
};

static const struct key *key_of(struct str name)
{
	static const struct key keys[] = {
#define KEY(name, class, label) { name, class, label },
#include "markdown/key.def"
#undef KEY
	};

	for (size_t i = 0; i < LEN(keys); i++)
		if (str_is(name, keys[i].name))
			return &keys[i];
	return NULL;
}

/* A key by its name, or in quotation marks what is on it. False: there is none of that name. */
static bool add_key(struct buf *out, struct str name)
{
	const struct key *key;

	if (name.n >= 2 && name.p[0] == '"') {
		buf_adds(out, "<kbd>");
		md_escape(out, str_part(name, 1, name.n - 1));
		buf_adds(out, "</kbd>");
		return true;
	}
	key = key_of(name);
	if (!key)
		return false;
	buf_addf(out, "<kbd class=\"key-%s\">", key->class);
	md_escape(out, str_of(key->label));
	buf_adds(out, "</kbd>");
	return true;
}

/* "++ctrl+alt+del++" at s[at]: its end, or 0. */
static size_t keys_end(struct str s, size_t at)
{
	size_t i = at + 2, from = i;

	for (;;) {
		if (i < s.n && s.p[i] == '"' && i == from) {
			for (i++; i < s.n && s.p[i] != '"' && s.p[i] != '\n'; i++)
				;
			if (i++ >= s.n)
				return 0;
		}
		while (i < s.n && (ascii_alnum(s.p[i]) || s.p[i] == '-' || s.p[i] == '_'))
			i++;
		if (i == from || i + 1 >= s.n || s.p[i] != '+')
			return 0;
		if (s.p[i + 1] == '+')
			return i + 2;
		from = ++i;
	}
}

/* The keys of "ctrl+alt+del"; false when one of them is unknown. */
static bool add_keys(struct md *md, struct buf *out, struct str names)
{
	buf_adds(out, "<span class=\"keys\">");
	while (names.p) {
		if (!add_key(out, str_cut(&names, '+')))
			return false;
		if (names.p && *md->set.key_separator) {
			buf_adds(out, "<span>");
			md_escape(out, str_of(md->set.key_separator));
			buf_adds(out, "</span>");
		}
	}
	buf_adds(out, "</span>");
	return md_weigh(md, out->n);
}

struct str pass_keys(struct inline_run *r, struct str s)
{
	struct rewrite w = { .s = s, .out = { .mem = r->md->mem } };

	if (!r->md->set.keys)
		return s;
	for (size_t i = str_find(s, 0, "++"), end; i < s.n; i = str_find(s, end, "++")) {
		struct buf html = { .mem = r->md->mem };

		end = keys_end(s, i);
		if (end && add_keys(r->md, &html, str_part(s, i + 2, end - 2)))
			rewrite_mark(&w, i, end, stash_raw(r->md, buf_str(&html)));
		else
			end = end ? end : i + 1;
	}
	return rewrite_end(&w);
}
