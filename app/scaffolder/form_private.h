/* What the parts of a form share. */
#ifndef SCAFFOLDER_FORM_PRIVATE_H
#define SCAFFOLDER_FORM_PRIVATE_H

#include "scaffolder/credential.h"
#include "scaffolder/form.h"

/* ---- schemas (form_schema.c) ---- */

/* In a schema without conditions: alternatives of an object, {at, titles}; that something was left out, a text. */
#define FORM_CHOICE "callboard:choice"
#define FORM_NOTE "callboard:note"

struct form_work {
	struct form *form;
	const struct json *root; /* what $ref is relative to */
	size_t fields;           /* that were made */
	size_t steps, judged;    /* schemas that were looked at, conditions that were judged */
};
/* One schema below the page's as it is with its value. at: its place. */
struct json *form_resolve(struct form_work *w, const struct json *schema, const struct json *value, const char *at);
/* Whether a value fits a part of root. */
bool form_fits(struct arena *mem, const struct json *root, struct json *schema, const struct json *value);
/* Whether every alternative is but a value to choose ({const, title}). */
bool form_is_choice(const struct json *alternatives);

/* ---- what a field is (form_widget.c) ---- */

/* "string", "number", "integer", "boolean", "array", "object", "null"; what fits best where the schema does not say. */
const char *form_type(const struct json *schema);
/* A "ui:" option of a schema, also within its ui:options; NULL: none. */
const struct json *form_ui(const struct json *schema, const char *name);
const char *form_ui_text(const struct json *schema, const char *name, const char *dflt);
/*
 * How it is entered: text, textarea, secret, password, number, range, checkbox, radio, select, checkboxes, date, …; object,
 * list, json; entity, entities, tags, groups, repo-url, branch, repo-owner; hidden.
 */
const char *form_widget(const struct json *schema);
/* The choices of a schema (or of its items) as [{text, label, value}]; NULL: it has none. */
struct json *form_choices(struct arena *mem, const struct json *schema);
/* A value as a text field shows and posts it. */
const char *form_text(struct arena *mem, const struct json *v);
/* What a label is made of: its title, or the name of the property. */
const char *form_label(struct arena *mem, const struct json *schema, struct str key);
/* Is what is entered here kept from everybody? */
bool form_is_secret(const struct json *schema);
/* The properties of a resolved object in the order of ui:order, as the members of an object. */
const struct json *form_properties(struct arena *mem, const struct json *schema);

/* ---- tokens of one's own (form_credential.c) ---- */

/* A token of one's own that a picker asks for by requestUserCredentials. */
struct form_credential {
	const char *at, *place;    /* of the picker; of the token: another one for each host */
	const char *key, *host;    /* its name among the secrets; where it is for */
	const struct json *scopes; /* that are wanted; NULL: none in particular */
	bool leads;                /* goes before others with the same key, which stand before it */
	bool required;
	size_t page;
	enum sign_in_worth sign_in;
};
struct form_credentials {
	struct form_credential *items;
	size_t n, cap;
};
/* Whether a part of a template asks for any. */
bool form_asks(const struct json *v, unsigned depth);
/* All that are asked for with the values as they are, one for each key. */
int form_credentials(struct form *f, struct form_credentials *out);
/* The one that is asked for at a picker's place; NULL: none. */
const struct form_credential *form_credential_at(const struct form_credentials *all, const char *at);
/* What its field is to a view: a schema. */
struct json *form_credential_schema(struct form *f, const struct form_credential *c);
/* Takes what was posted of a page; *more: one of its fields was not. */
int form_credentials_post(struct form *f, size_t page, const struct json *posted, bool *more);
/* Adds the tokens to secrets that have none of their name. */
int form_credential_secrets(struct form *f, struct json *secrets, bool *signed_in);
/* What a RepoUrlPicker shows: its value, or the host alone that was chosen. */
const char *form_repo_shown(struct form *f, const struct json *value, const char *at);

/* ---- the only entity that fits (form_sole.c) ---- */

/* In a resolved schema: its default is the only value there is. */
#define FORM_SOLE "callboard:sole"

/* Of a required picker that takes no other than what its filter gives, when that is one entity: it becomes the default. */
void form_sole(struct form *f, struct json *schema);

/* ---- places ---- */

/* The place of a member or an item. */
const char *form_below(struct arena *mem, const char *at, struct str key);
const char *form_item(struct arena *mem, const char *at, size_t i);
/* The value at a place; NULL: none. */
struct json *form_at(struct json *values, const char *place);
/* The schema of the items of a list, the i-th of them, resolved. */
struct json *form_item_schema(struct form_work *w, const struct json *schema, const struct json *value, const char *at,
			      size_t i);

/* Fills defaults into the values of a resolved object, where there is none. */
void form_fill(struct arena *mem, const struct json *schema, struct json *values);
/* The work on a page. */
struct form_work form_work_on(struct form *f, size_t page);
/* The values with what is secret in its place: passwords as they are, asterisks for secrets. */
struct json *form_whole(struct form *f);

#endif
