/* The form of a template: which fields there are with what has been entered so far, what is posted, what does not fit. */
#ifndef SCAFFOLDER_FORM_H
#define SCAFFOLDER_FORM_H

#include "base/ctx.h"
#include "base/json.h"

/* What a form may cost; a schema that wants more is refused with an error that says so. */
enum { FORM_FIELDS = 2000, FORM_DEPTH = 16, FORM_BYTES = 512 << 10 };

/*
 * A form that is being filled in. Places in its values are JSON pointers ("/owner", "/ports/0/name"); they are also the names
 * of what a browser posts.
 */
struct form {
	struct ctx *cx;
	const struct json *entity; /* the Template */
	const struct json *pages;  /* schemas, those that are shown */
	struct json *values;       /* of all pages, without anything secret */
	struct json *chosen;       /* which alternative of a oneOf or anyOf was chosen, by place */
	struct json *sealed;       /* what is secret: texts by place */
	const char *cookie; /* token of the session of whoever fills it in, for what his sign-in is worth; NULL: nothing */
	struct json *soles; /* the only entities that pickers can have, as far as they were looked for */
	bool asks;          /* a picker asks for a token of one's own */
};

/* A form with nothing in it. Pages and fields with a backstage:featureFlag that is not in app.featureFlags are left out. */
void form_open(struct ctx *cx, const struct json *entity, struct form *out);
/* The defaults of all fields that have no value yet. */
int form_begin(struct form *f);
/* The same of a page that is shown for the first time: fields that came with what was entered before. */
int form_visit(struct form *f, size_t page);
/*
 * The page as it is with the values so far: a schema of an object without conditions, references and alternatives. ERR_INPUT
 * when it has more fields than a form may have.
 */
int form_schema(struct form *f, size_t page, struct json **out);

/*
 * Takes what was posted for a page: texts by the place of their field, {"/owner": ["group:default/a"]}. What was not on the
 * page stays as it is. *more: the page now has fields that were not on it.
 */
int form_post(struct form *f, size_t page, const struct json *posted, bool *more);
/* Changes a list: "add:/ports", "remove:/ports/1", "up:/ports/1", "down:/ports/1". Others change nothing. */
int form_change(struct form *f, size_t page, const char *what);

/* What does not fit, in words for people, by place; "" is the page itself. Empty: all fits. */
int form_errors(struct form *f, size_t page, struct json **out);
/* The errors of fit_errors() by place, the page of the first of them in *page. */
int form_misfits(struct form *f, const struct json *misfits, size_t *page, struct json **out);

/*
 * The page for a view: {title, description, fields, error}. A field is {place, id, widget, label, description, help,
 * placeholder, type, value, text, required, disabled, readonly, autofocus, error, note, choices: [{text, label, chosen,
 * disabled}], fields, items: [{place, fields, …}], options}; handlers/views/create/fields.html draws it.
 */
int form_page(struct form *f, size_t page, const struct json *errors, struct json **out);
/* What is to be confirmed, page by page: [{title, rows: [{label, text}]}]. Nothing secret is in it. */
int form_review(struct form *f, struct json **out);

/* What a task is given: the values of fields that are there, with passwords, and asterisks in place of secrets. */
int form_values(struct form *f, struct json **out);
/*
 * Texts by name: what was entered in Secret fields and as tokens of one's own. *signed_in: the token of the session is among
 * them. ERR_UNAVAILABLE when that one has ended meanwhile.
 */
int form_secrets(struct form *f, struct json **out, bool *signed_in);

/*
 * In whose name steps act at hosts where a picker asks for that: [{place, host, page, how}]. how: "sign-in", "token" for one
 * that was entered, "lost" when there is none but a sign-in that is worth nothing now, "" when there is nothing.
 */
int form_acting(struct form *f, struct json **out);

/* "github.com?owner=acme&repo=pay" of {host, owner, repo, organization, workspace, project}, and back. */
const char *form_repo_url(struct arena *mem, const struct json *parts);
struct json *form_repo_parts(struct arena *mem, const char *url);

#endif
