/* What the parts of loading plugins share. Only app/plugins/plugin*.c includes this. */
#ifndef PLUGINS_PLUGIN_PRIVATE_H
#define PLUGINS_PLUGIN_PRIVATE_H

#include "base/list.h"
#include "plugins/plugin.h"

/*
 * Reads the manifests of those that are not broken yet, in processes that may die of it: p->manifest is what plugin.lua
 * returned, unchecked, or p->state is PLUGIN_BROKEN and p->error says why.
 */
void plugins_load(struct ctx *cx, struct plugin *items, size_t n);

/*
 * p->config from the section plugins.NAME.config: defaults of the manifest's schema filled in, then checked against it. Appends
 * what is wrong. Secrets go to log_mask().
 */
void plugin_configure(struct ctx *cx, struct plugin *p, struct text_list *problems);
/* Its section of the configuration; NULL when there is none. */
const struct json *plugin_section(const struct ctx *cx, const char *name);

/* plugin_find.c: a plugin of which only the folder and the name are known yet; broken when that is no name. Copies name. */
struct plugin plugin_in(struct arena *mem, const char *dir, const char *name);
/* plugin_find.c: the folders of all directories that have a plugin.lua, by name, with those broken whose name is no name. */
void plugins_find(struct ctx *cx, struct plugin_list *out);

#endif
