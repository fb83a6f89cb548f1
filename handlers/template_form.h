/* The page of a template's form. */
#ifndef HANDLERS_TEMPLATE_FORM_H
#define HANDLERS_TEMPLATE_FORM_H

#include "scaffolder/draft.h"
#include "web/http.h"

/* Where the draft's token is kept: in the browser alone, until it is closed. */
#define DRAFT_COOKIE "callboard_form"

struct template_form {
	struct req *rq;
	struct ctx *cx;
	struct json *entity, *row; /* as its file says it; as views show it */
	const char *ref, *url;
	struct form form;
	struct draft draft;
	bool drafted;             /* what is in it was begun before */
	const struct json *given; /* values that an address or a task gave; NULL: none */
	const char *refused;      /* why nothing was created; NULL: nobody has refused */
	bool decorates;           /* plugins' Lua may run here */
	size_t page;              /* from 0; as many as there are pages: the review */
};

/* The template that the path names, its form empty. ERR_NOTFOUND; ERR_INPUT for one that is wrong. */
int template_form_open(struct req *rq, struct template_form *x);
/* What has been entered so far: what the address gives, else the draft, else the defaults. */
int template_form_fill(struct template_form *x);
/* What a browser posted: texts by place. The portal's own fields begin with "_" and are left out. */
struct json *template_form_posted(struct arena *mem, const struct params *form);
/* A page, or the review, with errors by place (NULL: none). */
int template_form_show(struct template_form *x, struct resp *rs, int status, const struct json *errors);
/* The fields alone, for a browser that has the page already. */
int template_form_part(struct template_form *x, struct resp *rs);
/*
 * Of the values and secrets as they stand, and in whose name steps will act: that nothing else is created than what was seen.
 * acting: form_acting().
 */
const char *template_form_digest(struct template_form *x, const struct json *acting);

#endif
