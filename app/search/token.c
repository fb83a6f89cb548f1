/* The words of a text, as search compares them. */
#include "search/token.h"

#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/utf8.h"

struct range {
	uint32_t from, to;
};

static bool within(const struct range *list, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n && list[i].from <= cp; i++)
		if (cp <= list[i].to)
			return true;
	return false;
}

/* Scripts without blanks between words: Thai and its neighbours, Khmer, kana, Han, Hangul. */
static bool is_dense(uint32_t cp)
{
	static const struct range dense[] = {
		{ 0xE00, 0xEFF },   { 0x1780, 0x17FF }, { 0x2E80, 0x2FDF },   { 0x3005, 0x3007 }, { 0x3040, 0x30FF },
		{ 0x3100, 0x318F }, { 0x31F0, 0x31FF }, { 0x3400, 0x4DBF },   { 0x4E00, 0x9FFF }, { 0xAC00, 0xD7AF },
		{ 0xF900, 0xFAFF }, { 0xFF66, 0xFF9F }, { 0x20000, 0x3FFFF },
	};

	return cp >= 0xE00 && within(dense, LEN(dense), cp);
}

/* Letters, digits and marks. Of what is not ASCII: all but blanks, punctuation, symbols and private characters. */
static bool is_word(uint32_t cp)
{
	static const struct range others[] = {
		{ 0x80, 0xA9 },     { 0xAB, 0xB4 },     { 0xB6, 0xB9 },     { 0xBB, 0xBF },     { 0xD7, 0xD7 },
		{ 0xF7, 0xF7 },     { 0x2000, 0x206F }, { 0x20A0, 0x20CF }, { 0x2190, 0x2BFF }, { 0x2E00, 0x2E7F },
		{ 0x3000, 0x3004 }, { 0x3008, 0x303F }, { 0xD800, 0xF8FF }, { 0xFE00, 0xFE6F }, { 0xFEFF, 0xFF0F },
		{ 0xFF1A, 0xFF20 }, { 0xFF3B, 0xFF40 }, { 0xFF5B, 0xFF65 }, { 0xFFF0, 0xFFFF }, { 0x1F000, 0x1FAFF },
	};

	return cp < 0x80 ? ascii_alnum((char)cp) : !within(others, LEN(others), cp);
}

struct scan {
	struct arena *mem;
	struct tokens *out;
	struct str s;
	size_t i; /* the next character */
	uint32_t at;
};

static uint32_t look(const struct scan *t, size_t i, size_t *size)
{
	uint32_t cp = 0;

	*size = i < t->s.n ? utf8_next(t->s.p + i, t->s.n - i, &cp) : 0;
	return *size ? cp : 0;
}

static void add(struct scan *t, struct str text, uint32_t at, size_t from, enum token_kind kind)
{
	if (text.n)
		*list_add(t->mem, t->out) = (struct token){ text, at, (uint32_t)from, (uint32_t)t->i, kind };
}

static void fold_into(struct buf *b, uint32_t cp)
{
	char folded[UTF8_FOLD_MOST];
	size_t n = utf8_fold(cp, folded);

	if (b->n + n <= TOKEN_MOST)
		buf_add(b, folded, n);
}

/* ---- scripts without blanks ---- */

/* Each two characters that follow one another; a lone one is itself. */
static void take_dense(struct scan *t)
{
	size_t before = t->i, size, first = t->i;
	uint32_t cp = look(t, t->i, &size), last = 0, next;

	for (;; cp = next) {
		t->i += size;
		if (last || !is_dense(look(t, t->i, &(size_t){ 0 }))) {
			struct buf b = { .mem = t->mem };

			if (last)
				fold_into(&b, last);
			fold_into(&b, cp);
			add(t, buf_str(&b), t->at++, last ? before : first, TOKEN_PAIR);
		}
		before = t->i - size;
		last = cp;
		next = look(t, t->i, &size);
		if (!size || !is_dense(next))
			return;
	}
}

/* ---- words, and names made of several ---- */

static bool is_upper(uint32_t cp)
{
	return cp >= 'A' && cp <= 'Z';
}

static bool is_lower(uint32_t cp)
{
	return cp >= 'a' && cp <= 'z';
}

/* Between "fooBar", "HTTPServer" and "S3Bucket"'s parts. */
static bool is_hump(uint32_t last, uint32_t cp, uint32_t next)
{
	return is_upper(cp) && (is_upper(last) ? is_lower(next) : is_lower(last) || (last >= '0' && last <= '9'));
}

/* "C#", "C++": what stands behind belongs to it. */
static size_t suffix(const struct scan *t)
{
	struct str rest = { t->s.p + t->i, t->s.n - t->i };
	size_t n = rest.n >= 2 && memcmp(rest.p, "++", 2) == 0 ? 2 : rest.n >= 1 && *rest.p == '#' ? 1 : 0, size;

	return n && !is_word(look(t, t->i + n, &size)) ? n : 0;
}

static bool is_apostrophe(uint32_t cp)
{
	return cp == '\'' || cp == 0x2019;
}

static bool continues(const struct scan *t, size_t i)
{
	size_t size;
	uint32_t cp = look(t, i, &size);

	return size && is_word(cp) && !is_dense(cp);
}

/* One part: up to a hump or to what is no letter. An apostrophe between letters is no end. */
static struct str take_part(struct scan *t)
{
	struct buf b = { .mem = t->mem };
	uint32_t last = 0, cp;
	size_t size, more;

	for (; continues(t, t->i); t->i += size) {
		cp = look(t, t->i, &size);
		if (last && is_hump(last, cp, look(t, t->i + size, &more)))
			break;
		fold_into(&b, cp);
		last = cp;
		if (is_apostrophe(look(t, t->i + size, &more)) && continues(t, t->i + size + more))
			size += more;
	}
	if ((more = suffix(t)) && last) {
		buf_add(&b, t->s.p + t->i, b.n + more <= TOKEN_MOST ? more : 0);
		t->i += more;
	}
	return buf_str(&b);
}

static bool is_joint(uint32_t cp)
{
	return cp == '-' || cp == '_' || cp == '.';
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/*
 * Most words are small letters of ASCII, alone or behind a large one, between blanks and the like: they are taken as they
 * stand. False: this one is not.
 */
static bool take_plain(struct scan *t)
{
	const char *p = t->s.p + t->i, *end = t->s.p + t->s.n;
	bool large = is_upper((unsigned char)*p);
	size_t n = large;

	while (p + n < end && is_plain(p[n]))
		n++;
	char c = p + n < end ? p[n] : ' ';

	if (n > TOKEN_MOST || (large && (n == 1 || !is_lower((unsigned char)p[1]))) || (unsigned char)c >= 0x80 ||
	    is_upper((unsigned char)c) || strchr("-_.'+#", c))
		return false;
	size_t from = t->i;
	struct str text = { large ? str_lower(t->mem, p, n) : p, n };

	t->i += n;
	add(t, text, t->at++, from, TOKEN_WORD);
	return true;
}

static void take_name(struct scan *t)
{
	struct buf whole = { .mem = t->mem };
	size_t from = t->i, parts = 0, size;
	uint32_t first = t->at;
	bool fits = true;

	for (;;) {
		size_t begin = t->i;
		struct str part = take_part(t);

		add(t, part, t->at, begin, TOKEN_WORD);
		t->at += part.n > 0;
		parts += part.n > 0;
		fits = fits && whole.n + part.n <= TOKEN_MOST;
		buf_add(&whole, part.p, part.n);
		if (is_joint(look(t, t->i, &size)) && continues(t, t->i + size))
			t->i += size;
		else if (!continues(t, t->i))
			break;
	}
	if (parts > 1 && fits)
		add(t, buf_str(&whole), first, from, TOKEN_WHOLE);
}

void tokens_of(struct arena *mem, struct str text, uint32_t *at, struct tokens *out)
{
	struct scan t = { .mem = mem, .out = out, .s = text, .at = *at };
	size_t size;

	while (t.i < text.n) {
		uint32_t cp = look(&t, t.i, &size);

		if (is_dense(cp))
			take_dense(&t);
		else if (is_word(cp) && (cp >= 0x80 || !take_plain(&t)))
			take_name(&t);
		else if (is_word(cp))
			continue;
		else
			t.i += size;
	}
	*at = t.at;
}

struct str token_joined(struct arena *mem, struct str text)
{
	struct buf b = { .mem = mem };
	size_t size;

	for (size_t i = 0; i < text.n; i += size) {
		char folded[UTF8_FOLD_MOST];
		uint32_t cp;

		size = utf8_next(text.p + i, text.n - i, &cp);
		if (is_word(cp) || cp == '+' || cp == '#')
			buf_add(&b, folded, utf8_fold(cp, folded));
	}
	return (struct str){ buf_text(&b), b.n };
}

struct str token_folded(struct arena *mem, struct str text)
{
	struct buf b = { .mem = mem };
	size_t size;

	for (size_t i = 0; i < text.n; i += size) {
		char folded[UTF8_FOLD_MOST];
		uint32_t cp;

		size = utf8_next(text.p + i, text.n - i, &cp);
		buf_add(&b, folded, utf8_fold(cp, folded));
	}
	return (struct str){ buf_text(&b), b.n };
}
