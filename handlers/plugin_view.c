/* Views of plugins: in the portal's template language, with the portal's ui.html, and with files of the plugin's own only. */
#include "handlers/plugin_view.h"

#include <stdlib.h>

#include "handlers/page.h"
#include "handlers/view_words.h"
#include "identity/identity.h"
#include "template/template.h"
#include "web/csrf.h"

/* A plugin's views are parsed when they are first needed, by each worker. */
static struct template_env *envs[PLUGINS_MAX];

static int find_view(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	if (streq(name, "ui.html"))
		return page_view_text(cx, name, text);
	return plugin_file(cx, arg, arena_printf(cx->mem, "views/%s", name), text);
}

static struct template_env *env_of(const struct plugin *p)
{
	static const struct template_limits limits = { .steps = 2000000, .output = 4 << 20 };
	unsigned flags = TEMPLATE_AUTOESCAPE | TEMPLATE_TRIM_BLOCKS | TEMPLATE_LSTRIP_BLOCKS;

	if (!envs[p->index]) {
		/* find_view() only reads what arg points to. */
		envs[p->index] = template_env_new(flags, &limits, find_view, (void *)(uintptr_t)p);
		view_words_add(envs[p->index]);
	}
	return envs[p->index];
}

static struct json *plugin_json(struct arena *mem, const struct plugin *p)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "name", json_str(mem, p->name));
	json_set(mem, v, "title", json_str(mem, p->title));
	json_set(mem, v, "url", json_str(mem, arena_printf(mem, "/%s", p->name)));
	return v;
}

int plugin_view(struct req *rq, struct resp *rs, const struct plugin *p, const char *view, struct json *vars, const char **html)
{
	struct ctx *cx = rq->cx;
	struct buf b = { .mem = cx->mem };

	json_set(cx->mem, vars, "plugin", plugin_json(cx->mem, p));
	json_set(cx->mem, vars, "user", page_user(cx));
	json_set(cx->mem, vars, "path", json_str(cx->mem, rq->path));
	json_set(cx->mem, vars, "csrf", json_str(cx->mem, req_csrf_token(rq, rs)));
	int rc = template_render(cx, env_of(p), view, vars, &b);

	*html = buf_text(&b);
	return rc < 0 ? fail_in(cx, ERR_PLUGIN, "plugin %s, views/%s", p->name, view) : 0;
}
