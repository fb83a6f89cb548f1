/* The words of the dictionary that a typed word may mean: itself, those it begins, those it is in, those that are nearly it. */
#include <string.h>

#include "base/list.h"
#include "base/utf8.h"
#include "search/private.h"

enum {
	SHORT = 2, /* characters: such a word is looked for as a beginning among names only */
	VARIANTS_MOST = 4000,
	ONE_ERROR = 4,
	TWO_ERRORS = 8, /* characters from which on so many are forgiven */
};

struct expansion {
	struct engine *e;
	struct arena *mem;
	struct str typed;
	size_t n; /* characters */
	struct variants *out;
};

static bool has_room(const struct expansion *x)
{
	return x->out->n < VARIANTS_MOST;
}

/* A word that no list has any more does no harm. */
static void add(struct expansion *x, uint32_t word, float quality, bool head_only)
{
	if (has_room(x))
		*list_add(x->mem, x->out) = (struct variant){ word, quality, head_only };
}

static bool begins(struct str word, struct str with)
{
	return word.n >= with.n && memcmp(word.p, with.p, with.n) == 0;
}

static void add_beginning(struct expansion *x, uint32_t word, struct str text)
{
	if (text.n == x->typed.n)
		add(x, word, 1, false);
	else
		add(x, word, 0.5F + 0.4F * (float)x->typed.n / (float)text.n, x->n <= SHORT);
}

static void add_if_begun(struct expansion *x, uint32_t word)
{
	struct str text = word_text(&x->e->words.items[word]);

	if (begins(text, x->typed))
		add_beginning(x, word, text);
}

/* Short ones begin names only, but may be a word themselves. */
static void add_beginnings(struct expansion *x)
{
	const struct words *w = &x->e->words;
	const struct texts *t = x->n <= SHORT ? &w->heads : &w->all;
	size_t i = texts_behind(t, 0, x->typed);
	uint32_t itself = t == &w->heads ? word_find(x->e, x->typed) : NO_WORD;

	if (itself)
		add(x, itself, 1, false);
	for (; i < t->n && begins(texts_at(t, i), x->typed) && has_room(x); i++)
		if (t->words[i] != itself)
			add_beginning(x, t->words[i], texts_at(t, i));
	for (i = 0; i < w->n_late && t == &w->heads; i++)
		add_if_begun(x, w->late[i]);
	for (i = 0; i < w->fresh.n; i++)
		if (begins(texts_at(&w->fresh, i), x->typed))
			add_beginning(x, w->fresh.words[i], texts_at(&w->fresh, i));
}

/* ---- parts ---- */

static void add_part(struct expansion *x, uint32_t word, struct str text, bool head_only)
{
	if (text.n > x->typed.n && !begins(text, x->typed) && memmem(text.p, text.n, x->typed.p, x->typed.n))
		add(x, word, 0.04F + 0.06F * (float)x->typed.n / (float)text.n, head_only);
}

/* Few words have all pairs of letters of another without having it as a part: only these few are looked at. */
static void add_parts(struct expansion *x, bool heads)
{
	const struct words *w = &x->e->words;
	const struct texts *t = heads ? &w->heads : &w->all;
	uint64_t pairs = texts_pairs(x->typed);

	for (size_t i = 0; i < t->n && has_room(x); i++)
		if ((t->pairs[i] & pairs) == pairs)
			add_part(x, t->words[i], texts_at(t, i), heads);
	for (size_t i = 0; heads && i < w->n_late; i++)
		add_part(x, w->late[i], word_text(&w->items[w->late[i]]), heads);
	for (size_t i = 0; i < w->fresh.n; i++)
		if ((w->fresh.pairs[i] & pairs) == pairs)
			add_part(x, w->fresh.words[i], texts_at(&w->fresh, i), heads);
}

/* ---- typing errors ---- */

/*
 * Edit distance (a letter too many, one missing, another one, two swapped) of the typed word to each word of the dictionary, in
 * its order: what a word shares with the one before need not be worked out again, and all that begin as badly as this one are
 * skipped.
 */
struct errors {
	uint32_t typed[TOKEN_MOST], word[TOKEN_MOST];
	size_t n_typed, depth;       /* rows that hold for the text below */
	size_t ends[TOKEN_MOST + 1]; /* bytes of the first so many characters */
	struct str text;
	uint8_t rows[TOKEN_MOST + 1][TOKEN_MOST + 1];
	uint8_t least[TOKEN_MOST + 1]; /* of a row */
	unsigned allowed;
};

static size_t characters(struct str s, uint32_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < TOKEN_MOST; n++)
		i += utf8_next(s.p + i, s.n - i, &out[n]);
	return n;
}

static void errors_begin(struct errors *x, struct str typed, unsigned allowed)
{
	x->n_typed = characters(typed, x->typed);
	x->allowed = allowed;
	x->text = (struct str){ "", 0 };
	x->depth = x->ends[0] = x->least[0] = 0;
	for (size_t i = 0; i <= x->n_typed; i++)
		x->rows[0][i] = (uint8_t)i;
}

static uint8_t least(unsigned a, unsigned b)
{
	return (uint8_t)(a < b ? a : b);
}

static void errors_row(struct errors *x, size_t k)
{
	uint8_t *now = x->rows[k];
	const uint8_t *above = x->rows[k - 1];
	uint32_t c = x->word[k - 1];

	now[0] = x->least[k] = (uint8_t)k;
	for (size_t i = 1; i <= x->n_typed; i++) {
		bool same = x->typed[i - 1] == c;
		bool swapped = k > 1 && i > 1 && x->typed[i - 1] == x->word[k - 2] && x->typed[i - 2] == c;

		now[i] = least(above[i - 1] + !same, least(above[i], now[i - 1]) + 1U);
		if (swapped)
			now[i] = least(now[i], x->rows[k - 2][i - 2] + 1U);
		x->least[k] = least(x->least[k], now[i]);
	}
}

/* Characters of the text before that this one has too. */
static size_t shared(const struct errors *x, struct str text)
{
	size_t n = 0, k = 0;

	while (n < text.n && n < x->text.n && text.p[n] == x->text.p[n])
		n++;
	while (k < x->depth && x->ends[k + 1] <= n)
		k++;
	return k;
}

/*
 * How far a word is from the typed one; *skip: bytes of it that are too far already, with whatever follows them (0: none are).
 * *begin: how far the part of it that is nearest is, from its beginning on.
 */
static unsigned errors_of(struct errors *x, struct str text, size_t *skip, unsigned *begin)
{
	size_t k = shared(x, text);

	*begin = UINT8_MAX;
	for (size_t i = 1; i <= k; i++)
		*begin = least(*begin, x->rows[i][x->n_typed]);
	x->text = text;
	for (*skip = 0; x->ends[k] < text.n && k < TOKEN_MOST;) {
		size_t size = utf8_next(text.p + x->ends[k], text.n - x->ends[k], &x->word[k]);

		x->ends[k + 1] = x->ends[k] + size;
		errors_row(x, ++k);
		*begin = least(*begin, x->rows[k][x->n_typed]);
		if (x->least[k] > x->allowed && x->least[k - 1] >= x->allowed && *begin > x->allowed) {
			*skip = x->ends[k];
			break;
		}
	}
	x->depth = k;
	return *skip ? UINT8_MAX : x->rows[k][x->n_typed];
}

/* The first place behind all words that begin so. */
static size_t behind(const struct engine *e, size_t from, struct str text, size_t n)
{
	char key[TOKEN_MOST + 2];

	memcpy(key, text.p, n);
	key[n] = (char)0xFF; /* behind every character */
	return texts_behind(&e->words.all, from, (struct str){ key, n + 1 });
}

typedef void near_fn(void *arg, uint32_t word, unsigned errors, bool beginning);

static size_t look_at(struct errors *x, struct str text, uint32_t word, near_fn *fn, void *arg)
{
	size_t skip;
	unsigned begin, whole = errors_of(x, text, &skip, &begin);

	if (whole <= x->allowed)
		fn(arg, word, whole, false);
	else if (begin <= x->allowed)
		fn(arg, word, begin, true);
	return skip;
}

static void each_near(struct engine *e, struct str typed, unsigned allowed, near_fn *fn, void *arg)
{
	const struct words *w = &e->words;
	struct errors x;

	errors_begin(&x, typed, allowed);
	for (size_t i = 0; i < w->all.n;) {
		struct str text = texts_at(&w->all, i);
		size_t skip = look_at(&x, text, w->all.words[i], fn, arg);

		i = skip ? behind(e, i, text, skip) : i + 1;
	}
	for (size_t i = 0; i < w->fresh.n; i++)
		look_at(&x, texts_at(&w->fresh, i), w->fresh.words[i], fn, arg);
}

static void add_near(void *arg, uint32_t word, unsigned errors, bool beginning)
{
	struct expansion *x = arg;

	if (errors)
		add(x, word, (beginning ? 0.2F : 0.4F) / (float)errors, false);
}

static unsigned errors_allowed(size_t characters_typed)
{
	return characters_typed >= TWO_ERRORS ? 2 : characters_typed >= ONE_ERROR ? 1 : 0;
}

void expand(struct engine *e, struct arena *mem, struct str typed, bool loose, struct variants *out)
{
	struct expansion x = { e, mem, typed, utf8_len(typed.p, typed.n), out };

	add_beginnings(&x);
	if (x.n > SHORT)
		add_parts(&x, !loose);
	if (loose && errors_allowed(x.n))
		each_near(e, typed, errors_allowed(x.n), add_near, &x);
}

/* ---- what was meant ---- */

struct nearest {
	struct engine *e;
	uint32_t word;
	unsigned errors;
	uint64_t often;
};

static void take_nearer(void *arg, uint32_t word, unsigned errors, bool beginning)
{
	struct nearest *n = arg;
	const struct word *w = &n->e->words.items[word];
	uint64_t often = 8ULL * w->head.n + w->body.n;

	if (beginning || !often || errors > n->errors || (errors == n->errors && often <= n->often))
		return;
	n->word = word;
	n->errors = errors;
	n->often = often;
}

struct str expand_nearest(struct engine *e, struct arena *mem, struct str typed)
{
	struct nearest n = { e, NO_WORD, UINT8_MAX, 0 };
	size_t length = utf8_len(typed.p, typed.n);

	if (length >= ONE_ERROR)
		each_near(e, typed, 2, take_nearer, &n);
	if (!n.word || !n.errors)
		return (struct str){ "", 0 };
	struct str text = word_text(&e->words.items[n.word]);

	return (struct str){ arena_strndup(mem, text.p, text.n), text.n };
}
