/* What somebody typed: words, "phrases", owner:payments. */
#include "base/list.h"
#include "search/private.h"

/* Words that say little: they need not be there when others are. */
static bool is_small(struct str word)
{
	static const char *const small[] = { "a",    "an",   "and",  "are",   "at",    "by",  "can",  "do",
					     "does", "for",  "from", "how",   "i",     "in",  "is",   "it",
					     "my",   "of",   "on",   "or",    "that",  "the", "this", "to",
					     "we",   "what", "when", "where", "which", "who", "why",  "with" };

	for (size_t i = 0; i < LEN(small); i++)
		if (str_is(word, small[i]))
			return true;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The field that a piece of the term names; "": it names none, and is a word like others. */
static const char *field_named(struct str name)
{
	static const struct {
		const char *typed, *field;
	} fields[] = {
		{ "kind", "kind" },           { "type", "type" },     { "owner", "owner" }, { "lifecycle", "lifecycle" },
		{ "namespace", "namespace" }, { "ns", "namespace" },  { "tag", "tags" },    { "tags", "tags" },
		{ "system", "system" },       { "domain", "domain" }, { "name", "name" },
	};

	for (size_t i = 0; i < LEN(fields); i++)
		if (str_is(name, fields[i].typed))
			return fields[i].field;
	return "";
}

/* The end of a piece: a blank, or the quote that closes it. */
static size_t end_of(struct str s, size_t i, bool quoted)
{
	while (i < s.n && !(quoted ? s.p[i] == '"' : is_blank(s.p[i])))
		i++;
	return i;
}

struct reading {
	struct arena *mem;
	struct str s;
	size_t i;
	struct term *out;
	struct buf rest; /* what is neither field nor quote */
};

/* field:value or field:"a value" at the place; false: there is none. */
static bool read_field(struct reading *r)
{
	struct str piece = { r->s.p + r->i, end_of(r->s, r->i, false) - r->i };
	const char *colon = memchr(piece.p, ':', piece.n);
	const char *field = colon ? field_named(token_folded(r->mem, (struct str){ piece.p, (size_t)(colon - piece.p) })) : "";
	size_t from = *field ? (size_t)(colon - r->s.p) + 1 : r->s.n;
	bool quoted = from < r->s.n && r->s.p[from] == '"';
	size_t to = end_of(r->s, from + quoted, quoted);

	from += quoted;
	if (!*field || from >= to || r->out->n_fields == TERM_FIELDS)
		return false;
	r->out->fields[r->out->n_fields++] = (struct term_field){ str_of(field), { r->s.p + from, to - from } };
	r->i = to + (quoted && to < r->s.n);
	return true;
}

static void add_word(struct term *out, const struct token *t, size_t shift)
{
	if (out->n_words < TERM_WORDS)
		out->words[out->n_words++] = (struct term_word){ .text = t->text,
								 .from = t->from + (uint32_t)shift,
								 .to = t->to + (uint32_t)shift,
								 .optional = t->kind == TOKEN_WHOLE };
}

static void add_phrase(struct arena *mem, struct term *out, const struct token *items, size_t n)
{
	if (out->n_phrases == TERM_PHRASES)
		return;
	for (size_t i = 0; i < n; i++)
		*list_add(mem, &out->phrases[out->n_phrases]) = items[i];
	out->n_phrases++;
}

/* Pairs of characters that follow one another are a phrase: all else would be found in any order. */
static void add_words(struct reading *r, struct str text, size_t shift)
{
	struct tokens words = { 0 };
	uint32_t at = 0;

	tokens_of(r->mem, text, &at, &words);
	for (size_t i = 0, k; i < words.n; i = k) {
		for (k = i + 1; words.items[i].kind == TOKEN_PAIR && k < words.n && words.items[k].kind == TOKEN_PAIR &&
				words.items[k].from < words.items[k - 1].to;
		     k++)
			;
		if (k > i + 1)
			add_phrase(r->mem, r->out, words.items + i, k - i);
		else
			add_word(r->out, &words.items[i], shift);
	}
}

static void read_quoted(struct reading *r)
{
	size_t end = end_of(r->s, r->i + 1, true), n = 0;
	struct str text = { r->s.p + r->i + 1, end - r->i - 1 };
	struct tokens words = { 0 };
	uint32_t at = 0;

	tokens_of(r->mem, text, &at, &words);
	for (size_t i = 0; i < words.n; i++)
		if (words.items[i].kind != TOKEN_WHOLE)
			words.items[n++] = words.items[i];
	if (n > 1)
		add_phrase(r->mem, r->out, words.items, n);
	else if (n)
		add_word(r->out, &words.items[0], r->i + 1);
	buf_add(&r->rest, text.p, text.n);
	r->i = end + (end < r->s.n);
}

static void read_plain(struct reading *r)
{
	size_t end = end_of(r->s, r->i, false);
	const char *quote = memchr(r->s.p + r->i, '"', end - r->i);
	struct str text = { r->s.p + r->i, quote ? (size_t)(quote - r->s.p) - r->i : end - r->i };

	add_words(r, text, r->i);
	buf_add(&r->rest, text.p, text.n);
	buf_addc(&r->rest, ' ');
	r->i += text.n;
}

static void let_small_words_go(struct term *t)
{
	bool others = t->n_phrases > 0;

	for (size_t i = 0; i < t->n_words; i++)
		others = others || (!t->words[i].optional && !is_small(t->words[i].text));
	for (size_t i = 0; others && i < t->n_words; i++)
		t->words[i].optional = t->words[i].optional || is_small(t->words[i].text);
}

void term_read(struct arena *mem, struct str text, struct term *out)
{
	struct reading r = { .mem = mem, .s = text, .out = out, .rest.mem = mem };

	*out = (struct term){ 0 };
	while (r.i < text.n) {
		if (is_blank(text.p[r.i]))
			r.i++;
		else if (text.p[r.i] == '"')
			read_quoted(&r);
		else if (!read_field(&r))
			read_plain(&r);
	}
	let_small_words_go(out);
	out->joined = token_joined(mem, buf_str(&r.rest));
	out->folded = token_folded(mem, str_trim(buf_str(&r.rest)));
}
