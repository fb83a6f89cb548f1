/* The words of a text, as search compares them. */
#ifndef SEARCH_TOKEN_H
#define SEARCH_TOKEN_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum { TOKEN_MOST = 64 }; /* bytes of a token; what is longer is cut */

enum token_kind {
	TOKEN_WORD,  /* "payments", also as a part of "payments-api", "PaymentsApi", "payments_api" */
	TOKEN_WHOLE, /* all parts of such a name in one: "paymentsapi" */
	TOKEN_PAIR,  /* two characters of a script that puts no blanks between words */
};
struct token {
	struct str text;   /* without case and accents */
	uint32_t at;       /* words that stand side by side have numbers side by side; a whole has that of its first part */
	uint32_t from, to; /* the bytes of the text that it was made of */
	enum token_kind kind;
};
struct tokens {
	struct token *items;
	size_t n, cap;
};

/* Adds the words of a text, some of which are parts of it as it stands, numbered from *at on, which then is the number of the
 * next one. Never fails, whatever the bytes. */
void tokens_of(struct arena *mem, struct str text, uint32_t *at, struct tokens *out);
/* All words of a text in one, as a name is compared: "Payments API" and "payments-api" are both "paymentsapi". */
struct str token_joined(struct arena *mem, struct str text);
/* A text without case and accents, for values. */
struct str token_folded(struct arena *mem, struct str text);

#endif
