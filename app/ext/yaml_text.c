/* The text of a YAML stream before it is parsed: characters, lines, document separators. */
#include "ext/yaml_text.h"

#include "base/buf.h"
#include "base/utf8.h"

/*
 * NEL, LS, PS are line breaks and a BOM inside is an error to libyaml (YAML 1.1), all of them plain text in YAML 1.2. They
 * travel through it as characters that Unicode reserves for such private purposes.
 */
static const uint32_t odd_chars[] = { 0x85, 0x2028, 0x2029, 0xfeff };
enum { STAND_IN = 0xfdd0 };

static bool is_odd(uint32_t cp)
{
	return cp == 0x85 || cp == 0x2028 || cp == 0x2029 || cp == 0xfeff;
}

static const char *fault(uint32_t cp, size_t used)
{
	if (cp == 0xfffd && used == 1)
		return "the text is not UTF-8";
	if (cp == 0)
		return "NUL is not allowed";
	if ((cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || (cp >= 0x7f && cp < 0xa0 && cp != 0x85))
		return "control characters are not allowed";
	if ((cp >= STAND_IN && cp < STAND_IN + LEN(odd_chars)) || cp == 0xfffe || cp == 0xffff)
		return "noncharacters are not allowed";
	return NULL;
}

size_t yaml_bad_at(struct str text, size_t from, bool *odd, const char **why)
{
	for (size_t i = from; i < text.n;) {
		unsigned char c = (unsigned char)text.p[i];
		uint32_t cp;

		if ((c >= 0x20 && c < 0x7f) || c == '\n') {
			i++;
			continue;
		}

		size_t used = utf8_next(text.p + i, text.n - i, &cp);

		*why = fault(cp, used);
		if (*why)
			return i;
		*odd = *odd || is_odd(cp);
		i += used;
	}
	return text.n;
}

struct str yaml_odd_hide(struct arena *mem, struct str text)
{
	struct buf out = { .mem = mem };
	char put[4];

	buf_need(&out, text.n + text.n / 8);
	for (size_t i = 0, used; i < text.n; i += used) {
		uint32_t cp;

		used = utf8_next(text.p + i, text.n - i, &cp);
		if (!is_odd(cp)) {
			buf_add(&out, text.p + i, used);
			continue;
		}
		for (size_t k = 0; k < LEN(odd_chars); k++)
			if (cp == odd_chars[k])
				buf_add(&out, put, utf8_put(put, STAND_IN + (uint32_t)k));
	}
	return buf_str(&out);
}

void yaml_odd_restore(char *s, size_t *n)
{
	size_t to = 0;

	for (size_t i = 0, used; i < *n; i += used) {
		uint32_t cp;

		used = utf8_next(s + i, *n - i, &cp);
		if (cp >= STAND_IN && cp < STAND_IN + LEN(odd_chars)) {
			to += utf8_put(s + to, odd_chars[cp - STAND_IN]);
		} else {
			memmove(s + to, s + i, used);
			to += used;
		}
	}
	s[ *n = to] = '\0';
}

struct yaml_place yaml_next_line(struct str text, struct yaml_place from)
{
	size_t at = from.at;

	while (at < text.n && text.p[at] != '\n' && text.p[at] != '\r')
		at++;
	if (at == text.n)
		return (struct yaml_place){ at, from.line };
	at += text.p[at] == '\r' && at + 1 < text.n && text.p[at + 1] == '\n' ? 2 : 1;
	return (struct yaml_place){ at, from.line + 1 };
}

static bool is_separator(struct str text, size_t at)
{
	const char *p = text.p + at, *end = text.p + text.n;

	if (end - p < 3 || memcmp(p, "---", 3) != 0)
		return false;
	p += 3;

	const char *space = p;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p == end || *p == '\n' || *p == '\r' || (*p == '#' && p > space);
}

struct yaml_place yaml_separator(struct str text, struct yaml_place from)
{
	while (from.at < text.n && !is_separator(text, from.at))
		from = yaml_next_line(text, from);
	return from;
}
