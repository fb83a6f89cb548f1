/* What ids of headings are made of: the ways of Python-Markdown and PyMdown Extensions. */
#include "markdown/private.h"

#include <locale.h>
#include <wctype.h>

#include "base/utf8.h"

struct slug_run {
	uint32_t first, n;
	const char *text;
};

static const struct slug_run *run_of(uint32_t cp)
{
	static const struct slug_run runs[] = {
#define RUN(first, n, text) { first, n, text },
#include "markdown/slug.def"
#undef RUN
	};
	size_t lo = 0, hi = LEN(runs);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cp < runs[mid].first)
			hi = mid;
		else if (cp >= runs[mid].first + runs[mid].n)
			lo = mid + 1;
		else
			return &runs[mid];
	}
	return NULL;
}

static void add_ascii(struct buf *out, uint32_t cp)
{
	const struct slug_run *run = cp < 0x80 ? NULL : run_of(cp);

	if (run && run->n == 1)
		buf_adds(out, run->text);
	else if (run)
		buf_addc(out, (char)(run->text[0] + (char)(cp - run->first)));
	else if (cp < 0x80 && (ascii_alnum((char)cp) || strchr("_- \n\t", (char)cp)))
		buf_addc(out, ascii_lower((char)cp));
}

/* The C library's idea of case, whatever the process's locale is. */
static uint32_t lower_char(uint32_t cp)
{
	static locale_t unicode;

	if (!unicode)
		unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return unicode ? (uint32_t)towlower_l((wint_t)cp, unicode) : cp;
}

static uint32_t lower(struct str s, size_t at, size_t n, enum slug_case how)
{
	uint32_t cp;

	utf8_next(s.p + at, s.n - at, &cp);
	if (how == SLUG_AS_IS || (how == SLUG_LOWER_ASCII && cp >= 0x80))
		return cp;
	if (how == SLUG_LOWER && cp == 0x3a3 && word_before(s, at) && !word_at(s, at + n))
		return 0x3c2; /* the sigma that ends a word */
	if (how == SLUG_FOLD && cp == 0x3c2)
		return 0x3c3;
	return cp == 0x130 ? 'i' : lower_char(cp);
}

/* Letters, digits and "_" of any script, "-", and the white space that counts: all of it, or only spaces. */
static void add_unicode(struct md *md, struct buf *out, struct str s)
{
	const struct slug_way *way = &md->set.toc.slug;
	char bytes[4];
	uint32_t cp;

	for (size_t i = 0, n; i < s.n; i += n) {
		n = utf8_next(s.p + i, s.n - i, &cp);
		if (cp == 0xdf && way->letters == SLUG_FOLD)
			buf_adds(out, "ss");
		else if (cp == 0x130 && !way->spaces)
			buf_adds(out, "i\u0307");
		else if (word_at(s, i))
			buf_add(out, bytes, utf8_put(bytes, lower(s, i, n, way->letters)));
		else if (cp == ' ' || cp == '-' || (!way->spaces && space_at(s, i)))
			buf_addc(out, (char)cp);
		else if (!way->spaces && run_of(cp) && run_of(cp)->text[0] == ' ' && !run_of(cp)->text[1])
			buf_addc(out, ' ');
	}
}

/* White space, and what stands for it already, becomes one separator. */
static void join_words(struct buf *out, struct str text, const char *sep)
{
	for (size_t i = 0; i < text.n; i++) {
		bool gap = space_at(text, i) || (sep[0] && text.p[i] == sep[0] && !sep[1]);

		if (!gap)
			buf_addc(out, text.p[i]);
		else if (i == 0 || !(space_at(text, i - 1) || text.p[i - 1] == sep[0]))
			buf_adds(out, sep);
	}
}

/* Each space becomes a separator. */
static void join_spaces(struct buf *out, struct str text, const char *sep)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == ' ')
			buf_adds(out, sep);
		else
			buf_addc(out, text.p[i]);
	}
}

static struct str percent_encoded(struct md *md, struct str s)
{
	struct buf out = { .mem = md->mem };

	for (size_t i = 0; i < s.n; i++) {
		if (ascii_alnum(s.p[i]) || memchr("_.-~/", s.p[i], 5))
			buf_addc(&out, s.p[i]);
		else
			buf_addf(&out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
	}
	return buf_str(&out);
}

struct str slug_of(struct md *md, struct str s)
{
	const struct slug_way *way = &md->set.toc.slug;
	struct buf plain = { .mem = md->mem }, out = { .mem = md->mem };

	s = str_trim(s);
	for (size_t i = 0; i < s.n && !way->unicode;) {
		uint32_t cp;

		i += utf8_next(s.p + i, s.n - i, &cp);
		if (cp)
			add_ascii(&plain, cp);
	}
	if (way->unicode)
		add_unicode(md, &plain, s);
	struct str text = { buf_text(&plain), plain.n };

	if (way->spaces)
		join_spaces(&out, text, md->set.toc.separator);
	else
		join_words(&out, str_trim(text), md->set.toc.separator);
	text = (struct str){ buf_text(&out), out.n };
	return way->percent ? percent_encoded(md, text) : text;
}

void slug_way_read(const struct json *option, struct slug_way *out)
{
	static const struct {
		const char *name;
		struct slug_way way;
	} ways[] = {
		{ "markdown.extensions.toc.slugify_unicode", { SLUG_LOWER, true, false, false } },
		{ "pymdownx.slugs.uslugify", { SLUG_LOWER, true, true, false } },
		{ "pymdownx.slugs.uslugify_encoded", { SLUG_LOWER, true, true, true } },
		{ "pymdownx.slugs.uslugify_cased", { SLUG_AS_IS, true, true, false } },
		{ "pymdownx.slugs.uslugify_cased_encoded", { SLUG_AS_IS, true, true, true } },
		{ "pymdownx.slugs.gfm", { SLUG_LOWER_ASCII, true, true, false } },
		{ "pymdownx.slugs.gfm_encoded", { SLUG_LOWER_ASCII, true, true, true } },
	};
	static const char *const cases[] = { "none", "lower", "lower-ascii", "fold" };
	const struct json *arguments = json_get(option, "kwds");
	const char *name = json_text(option, ""), *letters = json_get_text(arguments, "case", "none");

	*out = (struct slug_way){ 0 };
	for (size_t i = 0; i < LEN(ways); i++)
		if (streq(ways[i].name, name))
			*out = ways[i].way;
	if (!streq(json_get_text(option, "function", ""), "pymdownx.slugs.slugify"))
		return;
	*out = (struct slug_way){ SLUG_AS_IS, true, true, json_get_bool(arguments, "percent_encode", false) };
	for (size_t i = 0; i < LEN(cases); i++)
		if (streq(cases[i], letters))
			out->letters = (enum slug_case)i;
}
