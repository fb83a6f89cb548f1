/* What comes in, made into text that the other parts can rely on. */
#include "base/utf8.h"
#include "markdown/private.h"

static bool is_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < ' ' && (c == '\t' || c == '\r' || c == STX || c == ETX || c == 0))
			return false;
	}
	return utf8_valid(s.p, s.n);
}

/* A tab reaches to the next column that TAB divides. */
static size_t add_tab(struct buf *out, size_t column)
{
	size_t n = TAB - column % TAB;

	buf_add(out, "    ", n);
	return column + n;
}

struct str source_clean(struct md *md, struct str s)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct buf out = { .mem = md->mem };
	size_t column = 0, used;

	md->steps += s.n;
	if (str_begins(s, bom))
		s = str_from(s, 3);
	if (is_clean(s))
		return s;
	buf_need(&out, s.n);
	for (size_t i = 0; i < s.n; i += used) {
		uint32_t cp;

		used = utf8_next(s.p + i, s.n - i, &cp);
		if (cp == STX || cp == ETX)
			continue;
		if (cp == '\t') {
			column = add_tab(&out, column);
			continue;
		}
		if (cp == '\r') {
			used += i + 1 < s.n && s.p[i + 1] == '\n';
			cp = '\n';
		}
		char c[4];
		size_t n = utf8_put(c, cp ? cp : 0xfffd);

		buf_add(&out, c, n);
		column = cp == '\n' ? 0 : column + 1;
	}
	return buf_str(&out);
}
