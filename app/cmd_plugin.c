/* callboard plugin: what is installed, and help for those who write one. */
#include <stdio.h>

#include "base/str.h"
#include "cmd.h"
#include "plugins/plugin.h"

static const char *state_name(const struct plugin *p)
{
	static const char *const names[] = { [PLUGIN_ON] = "on", [PLUGIN_OFF] = "off", [PLUGIN_BROKEN] = "broken" };

	return names[p->state];
}

/* Further lines of an error stand below its first. */
static void print_error(const char *error)
{
	for (struct str rest = str_of(error); rest.p;) {
		struct str line = str_cut(&rest, '\n');

		printf("    %.*s\n", (int)line.n, line.p);
	}
}

static int list(struct ctx *cx)
{
	int rc = plugins_prepare(cx);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < plugins()->n; i++) {
		const struct plugin *p = &plugins()->items[i];

		printf("%-24s %-10s %-7s %s\n", p->name, *p->version ? p->version : "-", state_name(p), p->dir);
		if (p->error)
			print_error(p->error);
	}
	if (!plugins()->n)
		puts("No plugins are installed; 'callboard plugin new NAME' makes one.");
	return 0;
}

int cmd_plugin(struct ctx *cx, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (streq(what, "list") && argc == 2)
		return list(cx);
	if (streq(what, "check") && argc == 3)
		return cmd_plugin_check(cx, argv[2]);
	if (streq(what, "test") && argc == 3)
		return cmd_plugin_test(cx, argv[2]);
	if (streq(what, "new"))
		return cmd_plugin_new(cx, argc - 1, argv + 1);
	if (!*what)
		return cmd_usage(cx, "it needs to know what to do");
	return cmd_usage(cx, "'%s' is not understood", argv[argc > 2 ? argc - 1 : 1]);
}
