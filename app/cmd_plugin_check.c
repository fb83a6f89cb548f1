/* callboard plugin check: all that can be found wrong with a plugin without running it. */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/names.h"
#include "base/str.h"
#include "cmd.h"
#include "plugins/plugin.h"
#include "template/template.h"

enum { MAX_DEPTH = 8 };

/* Names below dir that end in ending, "sub/name", hidden ones left out. */
static void list_files(struct arena *mem, const char *dir, const char *below, const char *ending, unsigned depth,
		       struct text_list *out)
{
	struct text_list names;

	folder_names(mem, arena_printf(mem, "%s/%s", dir, below), &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *name = arena_printf(mem, "%s%s%s", below, *below ? "/" : "", names.items[i]);

		if (*names.items[i] == '.')
			continue;
		if (str_ends(name, ending))
			*list_add(mem, out) = name;
		else if (depth < MAX_DEPTH)
			list_files(mem, dir, name, ending, depth + 1, out);
	}
}

/* ---- views ---- */

static int find_view(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	return plugin_file(cx, arg, arena_printf(cx->mem, "views/%s", name), text);
}

static size_t check_views(struct ctx *cx, struct plugin *p)
{
	unsigned flags = TEMPLATE_AUTOESCAPE | TEMPLATE_TRIM_BLOCKS | TEMPLATE_LSTRIP_BLOCKS;
	struct template_env *env = template_env_new(flags, NULL, find_view, p);
	struct text_list views = { 0 };
	size_t bad = 0;

	list_files(cx->mem, arena_printf(cx->mem, "%s/views", p->dir), "", ".html", 0, &views);
	names_sort(views.items, views.n);
	for (size_t i = 0; i < views.n; i++) {
		if (template_check(cx, env, views.items[i]) == 0)
			continue;
		bad++;
		printf("%s/views/%s\n", p->dir, cx->err.text);
		cx->err = (struct err){ 0 };
	}
	template_env_free(env);
	return bad;
}

/* ---- luacheck, where it is installed ---- */

/* What a plugin finds as globals (plugins/sandbox_lib.c), and a test's. */
static const char *const globals[] = {
	"_G",       "_VERSION", "assert",  "collectgarbage", "coroutine",    "error",  "getmetatable", "ipairs",
	"math",     "next",     "os",      "pairs",          "pcall",        "print",  "rawequal",     "rawget",
	"rawlen",   "rawset",   "require", "select",         "setmetatable", "string", "table",        "test",
	"tonumber", "tostring", "type",    "utf8",           "xpcall",
};

static void run_luacheck(struct arena *mem, const struct plugin *p, const struct text_list *files) __attribute__((noreturn));
static void run_luacheck(struct arena *mem, const struct plugin *p, const struct text_list *files)
{
	static const char *const options[] = { "luacheck",         "--no-config", "--no-cache", "--no-color",
					       "--formatter",      "plain",       "--codes",    "--no-max-line-length",
					       "--no-unused-args", "--std",       "none",       "--read-globals" };
	struct text_list args = { 0 };

	for (size_t i = 0; i < LEN(options); i++)
		*list_add(mem, &args) = options[i];
	for (size_t i = 0; i < LEN(globals); i++)
		*list_add(mem, &args) = globals[i];
	*list_add(mem, &args) = "--";
	for (size_t i = 0; i < files->n; i++)
		*list_add(mem, &args) = arena_printf(mem, "%s/%s", p->dir, files->items[i]);
	*list_add(mem, &args) = NULL;
	/* execvp() takes texts that it might change, and does not. */
	execvp("luacheck", (char **)(void *)args.items);
	_exit(127);
}

/* True when it is there and found something, which it has printed. */
static bool check_lua(struct ctx *cx, const struct plugin *p)
{
	struct text_list files = { 0 };
	int status = 0;
	pid_t pid;

	list_files(cx->mem, p->dir, "", ".lua", 0, &files);
	names_sort(files.items, files.n);
	if (!files.n)
		return false;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run_luacheck(cx->mem, p, &files);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		puts("(luacheck is not installed: slips in the Lua code, like names that are misspelt, are not looked for)");
	return WIFEXITED(status) && WEXITSTATUS(status) > 0 && WEXITSTATUS(status) < 127;
}

int cmd_plugin_check(struct ctx *cx, const char *dir)
{
	struct plugin p;
	bool bad;

	if (access(arena_printf(cx->mem, "%s/plugin.lua", dir), R_OK) < 0)
		return fail(cx, ERR_NOTFOUND, "%s/plugin.lua: %s", dir, strerror(errno));
	plugin_read(cx, dir, &p);
	bad = p.error != NULL;
	if (p.error)
		puts(p.error);
	bad = check_views(cx, &p) > 0 || bad;
	bad = check_lua(cx, &p) || bad;
	if (!bad)
		printf("%s: good\n", dir);
	return bad;
}
