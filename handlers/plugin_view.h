/* Views of plugins: in the portal's template language, with the portal's ui.html, and with files of the plugin's own only. */
#ifndef HANDLERS_PLUGIN_VIEW_H
#define HANDLERS_PLUGIN_VIEW_H

#include "plugins/plugin.h"
#include "web/http.h"

/*
 * What views/<view> of a plugin prints with vars, to which are added: plugin {name, title, url, config}, user {ref, name,
 * guest}, path, csrf, and entity where there is one. An error names the view and its line: it is the plugin's (ERR_PLUGIN).
 */
int plugin_view(struct req *rq, struct resp *rs, const struct plugin *p, const char *view, struct json *vars,
		const char **html);

#endif
