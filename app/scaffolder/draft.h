/* Forms that somebody has begun to fill in: kept, so that neither a reload nor a new sign-in loses what was entered. */
#ifndef SCAFFOLDER_DRAFT_H
#define SCAFFOLDER_DRAFT_H

#include <stdint.h>

#include "scaffolder/form.h"

enum { DRAFT_DAYS = 30 };

/*
 * Whose and of which template. token: a random text that only the browser keeps; what is secret opens with it alone, so that
 * neither the database nor the browser has it. A user's draft is the same in all browsers but for its secrets; who is no user
 * has one for each token.
 */
struct draft {
	const char *token; /* "": none yet, and then nothing secret and no draft of a guest */
	const char *template_ref;
	unsigned seen; /* pages that were filled in */
};

/* A new token. */
const char *draft_token(struct arena *mem);
/* 1, with the values, choices and secrets in f and d->seen; 0: there is none. */
int draft_load(struct ctx *cx, struct draft *d, struct form *f);
/* ERR_TOOLARGE for more than FORM_BYTES. */
int draft_save(struct ctx *cx, const struct draft *d, const struct form *f);
int draft_forget(struct ctx *cx, const struct draft *d);

#endif
