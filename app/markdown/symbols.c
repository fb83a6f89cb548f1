/* Smart symbols: (c), -->, 1/2, 1st and the like, in text that nothing else has read. */
#include "markdown/private.h"

struct symbol {
	const char *text, *html;
};

static size_t take(struct str s, size_t at, const struct symbol *symbols, size_t n, struct buf *out)
{
	struct str rest = str_from(s, at);

	for (size_t i = 0; i < n; i++)
		if (str_begins(rest, symbols[i].text)) {
			buf_adds(out, symbols[i].html);
			return strlen(symbols[i].text);
		}
	return 0;
}

static size_t take_fraction(struct str s, size_t at, struct buf *out)
{
	static const struct symbol fractions[] = {
		{ "1/4", "&frac14;" }, { "1/2", "&frac12;" }, { "3/4", "&frac34;" }, { "1/3", "&#8531;" }, { "2/3", "&#8532;" },
		{ "1/5", "&#8533;" },  { "2/5", "&#8534;" },  { "3/5", "&#8535;" },  { "4/5", "&#8536;" }, { "1/6", "&#8537;" },
		{ "5/6", "&#8538;" },  { "1/8", "&#8539;" },  { "3/8", "&#8540;" },  { "5/8", "&#8541;" }, { "7/8", "&#8542;" },
	};

	if ((at > 0 && ascii_digit(s.p[at - 1])) || (at + 3 < s.n && ascii_digit(s.p[at + 3])))
		return 0;
	return take(s, at, fractions, LEN(fractions), out);
}

/* 1st, 2nd, 3rd, 4th, but 11th and 112th. */
static size_t take_ordinal(struct str s, size_t at, struct buf *out)
{
	size_t end = at;
	bool teen;
	const char *suffix;

	if (word_before(s, at))
		return 0;
	while (end < s.n && ascii_digit(s.p[end]) && end - at < 20)
		end++;
	if (end + 2 > s.n || word_at(s, end + 2) || (end - at > 1 && s.p[at] == '0'))
		return 0;
	char last = s.p[end - 1];

	teen = end - at > 1 && s.p[end - 2] == '1' && last >= '1' && last <= '3';
	suffix = last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd" : "th";
	if (teen && str_begins(str_from(s, end), "th"))
		suffix = "th";
	if (!str_begins(str_from(s, end), suffix))
		return 0;
	buf_add(out, s.p + at, end - at);
	buf_adds(out, "<sup>");
	buf_adds(out, suffix);
	buf_adds(out, "</sup>");
	return end + 2 - at;
}

static size_t take_arrow(struct str s, size_t at, struct buf *out)
{
	static const struct symbol arrows[] = { { "<-->", "&harr;" }, { "-->", "&rarr;" }, { "<--", "&larr;" } };

	if (s.p[at] == '-' && at > 0 && s.p[at - 1] == '-')
		return 0;
	if (str_begins(str_from(s, at), "<---"))
		return 0;
	return take(s, at, arrows, LEN(arrows), out);
}

static size_t take_paren(const struct settings *set, struct str s, size_t at, struct buf *out)
{
	const struct symbol symbols[] = {
		{ set->trademark ? "(tm)" : "\x02", "&trade;" },
		{ set->copyright ? "(c)" : "\x02", "&copy;" },
		{ set->registered ? "(r)" : "\x02", "&reg;" },
	};

	return take(s, at, symbols, LEN(symbols), out);
}

size_t symbol_at(struct md *md, struct str s, size_t at, struct buf *out)
{
	static const struct symbol plusminus = { "+/-", "&plusmn;" }, notequal = { "=/=", "&ne;" },
				   care_of = { "c/o", "&#8453;" };
	const struct settings *set = &md->set;
	size_t n = 0;

	switch (s.p[at]) {
	case '(':
		return take_paren(set, s, at, out);
	case '+':
		return set->plusminus ? take(s, at, &plusminus, 1, out) : 0;
	case '=':
		return set->notequal ? take(s, at, &notequal, 1, out) : 0;
	case '-':
	case '<':
		return set->arrows ? take_arrow(s, at, out) : 0;
	case 'c':
		if (!set->care_of || word_before(s, at) || word_at(s, at + 3))
			return 0;
		return take(s, at, &care_of, 1, out);
	default:
		if (!ascii_digit(s.p[at]))
			return 0;
		if (set->ordinals)
			n = take_ordinal(s, at, out);
		return n || !set->fractions ? n : take_fraction(s, at, out);
	}
}
