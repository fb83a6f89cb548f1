/* Lines and slices, and what a word is. */
#include "base/utf8.h"
#include "markdown/private.h"

struct text text_split(struct md *md, struct str s)
{
	size_t n = 1;

	for (const char *p = s.n ? memchr(s.p, '\n', s.n) : NULL; p; p = memchr(p + 1, '\n', (size_t)(s.p + s.n - p) - 1))
		n++;
	struct text t = { .line = arena_calloc(md->mem, n, sizeof(struct str)) };
	const char *p = s.n ? s.p : "", *end = p + s.n;

	while (p) {
		const char *nl = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;

		t.line[t.n++] = (struct str){ p, (size_t)((nl ? nl : end) - p) };
		p = nl ? nl + 1 : NULL;
	}
	md->steps += s.n;
	return t;
}

struct str text_join(struct md *md, struct text t)
{
	size_t n = t.n ? t.n - 1 : 0;

	if (t.n == 1)
		return t.line[0];
	for (size_t i = 0; i < t.n; i++)
		n += t.line[i].n;
	char *p = arena_raw(md->mem, n + 1), *to = p;

	for (size_t i = 0; i < t.n; i++) {
		if (i)
			*to++ = '\n';
		if (t.line[i].n)
			memcpy(to, t.line[i].p, t.line[i].n);
		to += t.line[i].n;
	}
	*to = '\0';
	md->steps += n;
	return (struct str){ p, n };
}

struct str text_join_two(struct md *md, struct str a, struct str b)
{
	struct buf out = { .mem = md->mem };

	buf_need(&out, a.n + b.n);
	buf_add(&out, a.p, a.n);
	buf_add(&out, b.p, b.n);
	return buf_str(&out);
}

struct text text_part(struct text t, size_t from, size_t to)
{
	return (struct text){ t.line + from, to - from };
}

bool line_blank(struct str line)
{
	return line_indent(line) == line.n;
}

size_t line_indent(struct str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == ' ')
		n++;
	return n;
}

struct str line_cut(struct str line, size_t n)
{
	if (n >= line.n)
		return (struct str){ line.n ? line.p + line.n : "", 0 };
	return (struct str){ line.p + n, line.n - n };
}

struct str str_from(struct str s, size_t at)
{
	return line_cut(s, at);
}

struct str str_part(struct str s, size_t from, size_t to)
{
	return to > from ? (struct str){ s.p + from, to - from } : (struct str){ "", 0 };
}

struct str str_rtrim(struct str s, char c)
{
	while (s.n && s.p[s.n - 1] == c)
		s.n--;
	return s;
}

bool str_begins(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

/* Looks for the one character of what that is rare in text: memmem() is slow where what is short. */
size_t str_find(struct str s, size_t at, const char *what)
{
	size_t n = strlen(what), rare = *what == ' ' ? n - 1 : 0;

	for (const char *hit; at < s.n && n <= s.n - at; at = (size_t)(hit - s.p) + 1 - rare) {
		hit = memchr(s.p + at + rare, what[rare], s.n - at - (n - 1));
		if (!hit)
			break;
		if (memcmp(hit - rare, what, n) == 0)
			return (size_t)(hit - s.p) - rare;
	}
	return s.n;
}

bool md_spend(struct md *md, size_t k)
{
	if (k > md->budget) {
		md->budget = 0;
		return false;
	}
	md->budget -= k;
	md->steps += k;
	return true;
}

bool md_weigh(struct md *md, size_t n)
{
	md->weight += n;
	if (md->weight > md->max_output && md->rc == 0)
		md->rc = fail(md->cx, ERR_TOOLARGE, "Markdown: the page would have more than %zu bytes", md->max_output);
	return md->rc == 0;
}

static bool word_char(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} words[] = {
#define WORD(first, last) { first, last },
#include "markdown/word.def"
#undef WORD
	};
	size_t lo = 0, hi = LEN(words);

	if (cp < 0x80)
		return ascii_alnum((char)cp) || cp == '_';
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cp < words[mid].first)
			hi = mid;
		else if (cp > words[mid].last)
			lo = mid + 1;
		else
			return true;
	}
	return false;
}

bool word_at(struct str s, size_t at)
{
	uint32_t cp;

	if (at >= s.n)
		return false;
	utf8_next(s.p + at, s.n - at, &cp);
	return word_char(cp);
}

bool word_before(struct str s, size_t at)
{
	size_t from = at;

	if (at == 0)
		return false;
	do
		from--;
	while (from > 0 && at - from < 4 && ((unsigned char)s.p[from] & 0xc0) == 0x80);
	return word_at(s, from);
}

bool space_at(struct str s, size_t at)
{
	return at < s.n && (s.p[at] == ' ' || s.p[at] == '\n' || s.p[at] == '\t');
}
