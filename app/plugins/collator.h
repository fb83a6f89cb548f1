/* What plugins bring to search: documents of a type of their own. */
#ifndef PLUGINS_COLLATOR_H
#define PLUGINS_COLLATOR_H

#include "plugins/plugin.h"

/*
 * Runs one and makes what it returns all the documents it has (docs/plugin-api.md). *summary: what it brought about, for
 * people, in cx->mem. As plugin_call(); ERR_PLUGIN for documents that are none.
 */
int collator_run(struct ctx *cx, const struct contribution *c, const char *what, const char **summary);
/* Of a type that another plugin has, its documents go: whom the other one's permission names would find them. */
int collator_yield(struct ctx *cx, const struct contribution *c);
/* It is not there any more: its documents go. */
int collator_gone(struct ctx *cx, const char *plugin, const char *id);
/* Makes the types of all plugins known to search. Before the workers are made. */
void collators_prepare(void);

#endif
