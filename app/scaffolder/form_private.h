/* What the parts of a form share. */
#ifndef SCAFFOLDER_FORM_PRIVATE_H
#define SCAFFOLDER_FORM_PRIVATE_H

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
