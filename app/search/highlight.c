/* The words of a term in a text, and the part of the text that shows them best. */
#include "base/list.h"
#include "search/private.h"
#include "search/search.h"

enum { SCAN_MOST = 200000, BEFORE = 40, EDGE = 24, PART_LEAST = 3 };

struct marked {
	uint32_t from, to;
	uint64_t word; /* which one it is */
};
struct marked_list {
	struct marked *items;
	size_t n, cap;
};

static bool is_in(struct str word, struct str in)
{
	return word.n >= PART_LEAST ? memmem(in.p, in.n, word.p, word.n) != NULL
				    : in.n >= word.n && memcmp(in.p, word.p, word.n) == 0;
}

/* The bit of the word of the term that a token is, or has in it; 0: none. */
static uint64_t word_of(const struct term *t, const struct token *token)
{
	size_t bit = 0;

	for (size_t i = 0; i < t->n_words; i++, bit++)
		if (t->words[i].optional ? str_eq(t->words[i].text, token->text) : is_in(t->words[i].text, token->text))
			return 1ULL << bit;
	for (size_t i = 0; i < t->n_phrases; i++)
		for (size_t k = 0; k < t->phrases[i].n; k++, bit++)
			if (str_eq(t->phrases[i].items[k].text, token->text))
				return 1ULL << bit % 64;
	return 0;
}

static void find(struct arena *mem, const struct term *t, struct str text, struct marked_list *out)
{
	struct tokens words = { 0 };
	uint32_t at = 0;

	tokens_of(mem, text, &at, &words);
	for (size_t i = 0; i < words.n; i++) {
		const struct token *w = &words.items[i];
		uint64_t word = w->kind == TOKEN_WHOLE ? 0 : word_of(t, w);
		struct marked *last = out->n ? &out->items[out->n - 1] : NULL;

		if (!word)
			continue;
		if (last && w->from < last->to)
			last->to = w->to;
		else
			*list_add(mem, out) = (struct marked){ w->from, w->to, word };
	}
}

/* Where a part of `most` bytes begins that has as many of the words as possible. */
static size_t best_start(const struct marked_list *list, size_t most)
{
	size_t best = 0, best_score = 0;

	for (size_t i = 0; i < list->n; i++) {
		uint64_t words = 0;
		size_t n = 0, score;

		for (size_t k = i; k < list->n && list->items[k].to - list->items[i].from < most && n < 20; k++, n++)
			words |= list->items[k].word;
		score = (size_t)__builtin_popcountll(words) * 100 + n;
		if (score > best_score) {
			best_score = score;
			best = list->items[i].from;
		}
	}
	return best;
}

static bool is_blank_at(struct str text, size_t i)
{
	return text.p[i] == ' ' || text.p[i] == '\n' || text.p[i] == '\t';
}

static bool in_character(struct str text, size_t i)
{
	return i < text.n && ((unsigned char)text.p[i] & 0xC0) == 0x80;
}

/* Where a part begins that has what is at start in it: at a word, at start itself where there is none. */
static size_t beginning(struct str text, size_t start)
{
	size_t a = start > BEFORE ? start - BEFORE : 0;

	if (!a || is_blank_at(text, a - 1))
		return a;
	while (a < start && !is_blank_at(text, a))
		a++;
	return a < start ? a + 1 : start;
}

/* The part to be shown: whole words where they are not too long, never half a character. */
static struct str part_of(struct str text, size_t start, size_t most, size_t *from)
{
	size_t a = beginning(text, start), b;

	b = text.n - a < most ? text.n : a + most;
	for (size_t i = b; b < text.n && i > b - EDGE && i > a; i--)
		if (is_blank_at(text, i)) {
			b = i;
			break;
		}
	while (b > a && in_character(text, b))
		b--;
	*from = a;
	return (struct str){ text.p + a, b - a };
}

static void put(struct buf *b, struct str s, const struct search_marks *m)
{
	if (m->put)
		m->put(b, s);
	else
		buf_add(b, s.p, s.n);
}

static void put_marked(struct buf *b, const struct marked_list *list, struct str part, size_t from,
		       const struct search_marks *m)
{
	size_t at = 0;

	for (size_t i = 0; i < list->n; i++) {
		size_t a = list->items[i].from, z = list->items[i].to;

		if (a < from + at || z > from + part.n)
			continue;
		put(b, (struct str){ part.p + at, a - from - at }, m);
		buf_adds(b, m->before);
		put(b, (struct str){ part.p + (a - from), z - a }, m);
		buf_adds(b, m->behind);
		at = z - from;
	}
	put(b, (struct str){ part.p + at, part.n - at }, m);
}

struct str search_highlight(struct ctx *cx, const char *term, struct str text, size_t most, const struct search_marks *m,
			    bool *found)
{
	struct str scanned = { text.p, text.n < SCAN_MOST ? text.n : SCAN_MOST };
	struct marked_list list = { 0 };
	struct buf b = { .mem = cx->mem };
	struct term t;
	size_t from;

	term_read(cx->mem, str_of(term), &t);
	find(cx->mem, &t, scanned, &list);
	struct str part = part_of(text, list.n ? best_start(&list, most) : 0, most, &from);

	buf_adds(&b, from ? "…" : "");
	put_marked(&b, &list, part, from, m);
	buf_adds(&b, from + part.n < text.n ? "…" : "");
	*found = list.n > 0;
	return (struct str){ buf_text(&b), b.n };
}
