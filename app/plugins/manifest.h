/* What a manifest (the table that plugin.lua returns) may say, and what is wrong with one. */
#ifndef PLUGINS_MANIFEST_H
#define PLUGINS_MANIFEST_H

#include "base/json.h"
#include "base/list.h"
#include "plugins/plugin.h"

/*
 * Brings empty tables, which Lua cannot tell apart, into the form that belongs there, and appends all that is wrong to
 * problems, each a sentence that begins with where ("cards[1].view: ..."). dir: the plugin's folder, whose views must be there.
 */
void manifest_check(struct ctx *cx, const char *dir, struct json *manifest, struct text_list *problems);
/* The parts of it that are beyond a row of manifest.def: manifest_rules.c. */
void manifest_check_config(struct ctx *cx, struct json *schema, struct text_list *problems);
void manifest_check_when(struct ctx *cx, const char *where, struct json *when, struct text_list *problems);
void manifest_check_twice(struct ctx *cx, const struct json *manifest, struct text_list *problems);
/* What runs by itself says when. */
void manifest_check_times(struct ctx *cx, const struct json *manifest, struct text_list *problems);
/* What names a key of the configuration, or a page, names one that is there. */
void manifest_check_names(struct ctx *cx, const struct json *manifest, struct text_list *problems);
/* A problem; fmt says where. */
void manifest_problem(struct ctx *cx, struct text_list *problems, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), nonnull(3)));
/* "a list", "a function": what a value of a manifest is, for people. */
const char *manifest_type_name(const struct json *v);
/* Is it a function? They arrive as this text. */
bool manifest_is_function(const struct json *v);

/* How a text looks; each says why not, or NULL: manifest_form.c. */
enum form {
	FORM_ANY,
	FORM_LINE,
	FORM_WORD,
	FORM_VERSION,
	FORM_PATH,
	FORM_ROUTE,
	FORM_VIEW,
	FORM_HOST,
	FORM_CATALOG,
	FORM_PERMISSION,
	FORM_EVENT,
	FORM_HEADER,
	FORM_PROOF,
	FORM_SETTING,
	FORM_OPEN_SETTING, /* one that plugins may read */
	FORM_CRON,
	FORM_DIRECTORY,
	FORM_RULE,
	FORM_RESOLVER,
	FORM_TYPE, /* of documents that search finds: one of its own */
	FORM_KIND, /* of objects of Kubernetes: "Pod", "Rollout.argoproj.io" */
	FORM_SEVERITY,
	FORM_URL
};
const char *manifest_form(struct ctx *cx, enum form form, const char *dir, const char *text);
/* A path with its parameters' names taken out, for what is the same to a router: "/teams/:". */
const char *manifest_path_shape(struct arena *mem, const char *path);

#endif
