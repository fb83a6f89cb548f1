/* Plugins as they are found and read: hostile ones hinder nobody, configuration is checked, folders are never left. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "plugins/board.h"
#include "plugins/folder.h"
#include "plugins/host.h"
#include "plugins/manifest.h"
#include "tests/unit/plugins.h"

#define GOOD "return { title = 'Good', version = '1.0.0' }"

static const struct plugin *get(const char *name)
{
	const struct plugin *p = plugin_by_name(name);

	if (!p) {
		printf("# no plugin %s\n", name);
		abort();
	}
	return p;
}

static bool broken(const char *name, const char *says)
{
	const struct plugin *p = get(name);
	bool is = p->state == PLUGIN_BROKEN && p->error && strstr(p->error, says);

	if (!is)
		printf("# %s: state %d, %s\n", name, p->state, p->error ? p->error : "no error");
	return is;
}

static bool on(const char *name)
{
	const struct plugin *p = get(name);

	if (p->state != PLUGIN_ON)
		printf("# %s: state %d, %s\n", name, p->state, p->error ? p->error : "no error");
	return p->state == PLUGIN_ON && !p->error;
}

static void forget(const char *name)
{
	if (system(arena_printf(&mem, "rm -rf %s/%s", place, name)))
		abort();
}

/* ---- those that would do harm ---- */

static void survives_hostile_ones(void)
{
	put("own/a-good/plugin.lua", GOOD);
	put("own/b-loop/plugin.lua", "while true do end");
	put("own/c-catch/plugin.lua", "while true do pcall(function() while true do end end) end");
	put("own/d-bomb/plugin.lua", "local t = {} for i = 1, 1e7 do t[i] = { i } end");
	put("own/e-deep/plugin.lua", "local t = {} t.t = t return { title = 'x', version = '1.0.0', cards = { t } }");
	put("own/f-large/plugin.lua", "return { title = ('x'):rep(6 << 20), version = '1.0.0' }");
	put("own/g-text/plugin.lua", "return function() end");
	put("own/h-bytes/plugin.lua", "\033Lua");
	put("own/i-pattern/plugin.lua", "(('a'):rep(40)):find(('a*'):rep(40) .. 'b') return {}");
	put("own/j-require/plugin.lua", "require 'plugin'");
	put("own/k-good/plugin.lua", GOOD);
	put("own/l-nul/plugin.lua", "return { title = 'a\\0b', version = '1.0.0' }");
	put("own/m-folder/plugin.lua/x", "");
	uint64_t begun = clock_mono_us();

	OK(plugins_prepare(&cx) == 0);
	OK(clock_mono_us() - begun < 20 * 1000000U);
	OK(on("a-good") && on("k-good"));
	/* Which limit comes first is a matter of how fast the machine is. */
	OK(broken("b-loop", "instructions") || broken("b-loop", "too long") || broken("b-loop", "out of time"));
	OK(get("c-catch")->state == PLUGIN_BROKEN);
	OK(broken("d-bomb", "memory") || broken("d-bomb", "too long") || broken("d-bomb", "out of time"));
	OK(get("e-deep")->state == PLUGIN_BROKEN && get("f-large")->state == PLUGIN_BROKEN);
	OK(get("g-text")->state == PLUGIN_BROKEN && get("h-bytes")->state == PLUGIN_BROKEN);
	OK(get("i-pattern")->state == PLUGIN_BROKEN);
	OK(get("j-require")->state == PLUGIN_BROKEN);
	OK(broken("l-nul", "zero byte"));
	OK(broken("m-folder", "there is no such file"));
	OK(plugins_contribute(CONTRIBUTES_PAGE)->n == 0);
	forget("own");
}

static void goes_on_behind_a_dead_child(void)
{
	put("own/a-good/plugin.lua", GOOD);
	put("own/b-dies/plugin.lua", "while true do end");
	put("own/c-good/plugin.lua", GOOD);
	pid_t me = getpid(), killer = fork();

	if (killer == 0) {
		/* The only other child of the parent is the one that reads. */
		for (;;) {
			char path[64], text[256] = "";
			FILE *f;

			snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)me, (int)me);
			f = fopen(path, "re");
			if (f && fgets(text, sizeof(text), f))
				for (char *p = text; *p;) {
					long pid = strtol(p, &p, 10);

					if (pid > 0 && pid != getpid()) {
						kill((pid_t)pid, SIGKILL);
						_exit(0);
					}
					while (*p == ' ')
						p++;
				}
			if (f)
				fclose(f);
		}
	}
	OK(plugins_prepare(&cx) == 0);
	kill(killer, SIGKILL);
	waitpid(killer, NULL, 0);
	/* Which of them it was at depends on the moment; it says so, and the others are there. */
	unsigned dead = 0;

	for (size_t i = 0; i < plugins()->n; i++) {
		const struct plugin *p = &plugins()->items[i];

		dead += p->state == PLUGIN_BROKEN && strstr(p->error, "was ended by signal 9 (KILL)");
	}
	OK(dead == 1);
	OK((get("a-good")->state == PLUGIN_ON) + (get("c-good")->state == PLUGIN_ON) >= 1);
	OK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	forget("own");
}

/* ---- folders ---- */

static void never_leaves_the_folder(void)
{
	struct str text;
	const char *dir = arena_printf(&mem, "%s/own/links", place);

	put("secret.lua", "return 'secret'");
	put("own/links/plugin.lua", "local ok, why = pcall(require, 'out') return { title = why, version = '1.0.0' }");
	put("own/links/inside.lua", "return 'inside'");
	put("own/links/sub/x.lua", "");
	put("own/links/.hidden", "x");
	OK(symlink("../../secret.lua", arena_printf(&mem, "%s/out.lua", dir)) == 0);
	OK(symlink(arena_printf(&mem, "%s/secret.lua", place), arena_printf(&mem, "%s/absolute.lua", dir)) == 0);
	OK(symlink("../inside.lua", arena_printf(&mem, "%s/sub/in.lua", dir)) == 0);
	OK(symlink("/", arena_printf(&mem, "%s/root", dir)) == 0);
	OK(mkfifo(arena_printf(&mem, "%s/fifo", dir), 0600) == 0);

	OK(folder_read(&cx, dir, "inside.lua", &text) == 0 && str_is(text, "return 'inside'"));
	OK(folder_read(&cx, dir, "sub/in.lua", &text) == 0);
	OK(folder_read(&cx, dir, "out.lua", &text) == ERR_DENIED && strstr(cx.err.text, "outside"));
	OK(folder_read(&cx, dir, "absolute.lua", &text) == ERR_DENIED);
	OK(folder_read(&cx, dir, "root/etc/hostname", &text) == ERR_DENIED);
	OK(folder_read(&cx, dir, "../../secret.lua", &text) == ERR_NOTFOUND);
	OK(folder_read(&cx, dir, "/etc/hostname", &text) == ERR_DENIED);
	OK(folder_read(&cx, dir, ".hidden", &text) == ERR_NOTFOUND);
	OK(folder_read(&cx, dir, "fifo", &text) == ERR_NOTFOUND);
	OK(folder_read(&cx, dir, "sub", &text) == ERR_NOTFOUND);
	OK(folder_read(&cx, dir, "none", &text) == ERR_NOTFOUND);
	OK(folder_has(dir, "inside.lua") && !folder_has(dir, "out.lua"));
	OK(plugins_prepare(&cx) == 0 && strstr(get("links")->title, "outside the plugin's folder"));
	forget("own");
}

static void bounds_sizes(void)
{
	char *large = arena_alloc(&mem, PLUGIN_FILE_MAX + 2);
	struct str text;

	memset(large, ' ', PLUGIN_FILE_MAX + 1);
	put_bytes("own/a/plugin.lua", large, PLUGIN_FILE_MAX + 1);
	put_bytes("own/b/x", large, PLUGIN_FILE_MAX);
	put("own/b/plugin.lua", GOOD);
	put("own/c/plugin.lua", GOOD);
	for (int i = 0; i < 17; i++)
		put_bytes(arena_printf(&mem, "own/c/x%d", i), large, PLUGIN_FILE_MAX);
	put("own/d/plugin.lua", GOOD);
	for (int i = 0; i < PLUGIN_FILES_MAX; i++)
		put(arena_printf(&mem, "own/d/n%d", i), "");
	OK(plugins_prepare(&cx) == 0);
	OK(broken("a", "larger than 1 MiB"));
	OK(on("b") && plugin_file(&cx, get("b"), "x", &text) == 0 && text.n == PLUGIN_FILE_MAX);
	OK(broken("c", "at most 2000 files and 16 MiB") && broken("d", "at most 2000 files"));
	forget("own");
}

static void hashes_what_counts(void)
{
	const char *a, *b;

	put("own/a/plugin.lua", GOOD);
	put("own/a/lib/x.lua", "1");
	OK(plugins_prepare(&cx) == 0);
	a = get("a")->hash;
	put("own/a/.swp", "x");
	OK(plugins_prepare(&cx) == 0);
	STR_EQ(get("a")->hash, a);
	put("own/a/lib/x.lua", "2");
	OK(plugins_prepare(&cx) == 0);
	b = get("a")->hash;
	OK(!streq(a, b));
	configure("{\"plugins\":{\"a\":{\"config\":{\"x\":1}},\"directories\":[\"", "/own\"]}}");
	OK(plugins_prepare(&cx) == 0 && !streq(get("a")->hash, b));
	configure("{\"plugins\":{\"directories\":[\"", "/own\"]}}");
	forget("own");
}

/* ---- names and places ---- */

static void settles_names(void)
{
	put("own/both/plugin.lua", "return { title = 'Own', version = '1.0.0' }");
	put("box/both/plugin.lua", "return { title = 'Boxed', version = '1.0.0' }");
	put("box/boxed/plugin.lua",
	    "return { title = 'Boxed', version = '1.0.0', enabled_by = { 'x.y', 'integrations.github' } }");
	put("box/wanted/plugin.lua", GOOD);
	put("own/Twice/plugin.lua", GOOD);
	put("own/catalog/plugin.lua", GOOD);
	put("own/limits/plugin.lua", GOOD);
	put("own/proxy/plugin.lua", GOOD);
	put("own/no-plugin/README.md", "");
	put("own/.hidden/plugin.lua", GOOD);
	put("other/both/plugin.lua", GOOD);
	put("other/only/plugin.lua", GOOD);
	configure("{\"plugins\":{\"wanted\":{\"enabled\":true},\"only\":{\"enabled\":false},\"directories\":[\"",
		  arena_printf(&mem, "/own\"]},\"server\":{\"plugins\":\"%s/box\"}}", place));
	OK(plugins_prepare(&cx) == 0);
	OK(on("both") && !get("both")->boxed && streq(get("both")->title, "Own"));
	OK(get("boxed")->state == PLUGIN_OFF && get("boxed")->boxed && on("wanted"));
	OK(broken("Twice", "only small letters") && broken("catalog", "the portal itself uses the name"));
	OK(broken("limits", "the portal itself") && broken("proxy", "the portal itself"));
	OK(!plugin_by_name("no-plugin") && !plugin_by_name(".hidden") && !plugin_by_name(NULL));

	configure("{\"plugins\":{\"only\":{\"enabled\":false},\"directories\":[\"",
		  arena_printf(&mem,
			       "/own\",\"%s/other\",\"/no/"
			       "such\"]},\"integrations\":{\"github\":[]},\"server\":{\"plugins\":\"%s/box\"}}",
			       place, place));
	OK(plugins_prepare(&cx) == 0);
	OK(broken("both", "there are two plugins of this name") && strstr(get("both")->error, "/own/both") &&
	   strstr(get("both")->error, "/other/both"));
	OK(get("only")->state == PLUGIN_OFF && on("boxed") && get("wanted")->state == PLUGIN_OFF);
	configure("{\"plugins\":{\"directories\":[\"", "/own\"]}}");
	forget("own");
	forget("box");
	forget("other");
}

static void refuses_bad_limits(void)
{
	configure("{\"plugins\":{\"limits\":{\"memory\":0},\"directories\":[\"", "/own\"]}}");
	OK(plugins_prepare(&cx) == ERR_INPUT && strstr(cx.err.text, "plugins.limits.memory"));
	configure("{\"plugins\":{\"limits\":{\"seconds\":31},\"directories\":[\"", "/own\"]}}");
	OK(plugins_prepare(&cx) == ERR_INPUT && strstr(cx.err.text, "server.requestTimeout"));
	configure("{\"server\":{\"requestTimeout\":0},\"plugins\":{\"limits\":{\"seconds\":31},\"directories\":[\"", "\"]}}");
	OK(plugins_prepare(&cx) == 0 && plugins_complete());
	configure("{\"plugins\":{\"directories\":[\"/no/such\",\"", "/own\"]}}");
	OK(plugins_prepare(&cx) == 0 && !plugins_complete());
	configure("{\"plugins\":{\"limits\":{\"memory\":32,\"seconds\":1.5,\"instructions\":1000000},\"directories\":[\"",
		  "/own\"]}}");
	OK(plugins_prepare(&cx) == 0);
	configure("{\"plugins\":{\"directories\":[\"", "/own\"]}}");
}

/* ---- configuration ---- */

#define SCHEMA                                                                                                                 \
	"return { title = 'C', version = '1.0.0', config = { type = 'object', required = { 'must' }, properties = { "          \
	"greeting = { type = 'string', default = 'Hello' }, port = { type = 'integer' }, must = { type = 'string' }, "         \
	"token = { type = 'string', visibility = 'secret' }, "                                                                 \
	"deep = { type = 'object', properties = { list = { type = 'array', default = {} }, n = { type = 'number', default = "  \
	"3 } } }, "                                                                                                            \
	"rooms = { type = 'array', items = { type = 'object', properties = { size = { type = 'number', default = 4 }, "        \
	"key = { type = 'string', ['x-secret'] = true } } } }, "                                                               \
	"half = { type = 'object', required = { 'x' }, properties = { y = { default = 1 } } } } } }"

static void checks_configuration(void)
{
	put("own/c/plugin.lua", SCHEMA);
	OK(plugins_prepare(&cx) == 0 && broken("c", "plugins.c.config must have required property 'must'"));
	configure("{\"plugins\":{\"c\":{\"config\":{\"must\":\"x\",\"port\":\"80\",\"token\":\"t0ken-text\",\"extra\":\"hush\","
		  "\"rooms\":[{\"key\":\"k-text\"},"
		  "{\"size\":1}]}},\"directories\":[\"",
		  "/own\"]}}");
	OK(plugins_prepare(&cx) == 0 && on("c"));

	struct buf b = { .mem = &mem };

	json_write_stable(&b, get("c")->config);
	STR_EQ(buf_text(&b),
	       "{\"deep\":{\"list\":[],\"n\":3},\"extra\":\"hush\",\"greeting\":\"Hello\",\"must\":\"x\",\"port\":80,"
	       "\"rooms\":[{\"key\":\"k-text\",\"size\":4},{\"size\":1}],\"token\":\"t0ken-text\"}");
	buf_clear(&b);
	json_write_stable(&b, plugin_config_shown(&mem, get("c")));
	STR_EQ(buf_text(&b),
	       "{\"deep\":{\"list\":[],\"n\":3},\"extra\":\"<secret>\",\"greeting\":\"Hello\",\"must\":\"x\",\"port\":80,"
	       "\"rooms\":[{\"key\":\"<secret>\",\"size\":4},{\"size\":1}],\"token\":\"<secret>\"}");
	configure("{\"plugins\":{\"c\":{\"config\":{\"must\":\"x\",\"rooms\":[{\"size\":\"big\"}]}},\"directories\":[\"",
		  "/own\"]}}");
	OK(plugins_prepare(&cx) == 0 && broken("c", "plugins.c.config.rooms.0.size must be number"));
	configure("{\"plugins\":{\"c\":{\"config\":7},\"directories\":[\"", "/own\"]}}");
	OK(plugins_prepare(&cx) == 0 && broken("c", "plugins.c.config must be a map"));
	configure("{\"plugins\":{\"c\":{\"enabled\":false},\"directories\":[\"", "/own\"]}}");
	OK(plugins_prepare(&cx) == 0 && get("c")->state == PLUGIN_OFF && !get("c")->error);
	configure("{\"plugins\":{\"directories\":[\"", "/own\"]}}");
	forget("own");
}

/* ---- many ---- */

static void reads_a_hundred(void)
{
	for (int i = 0; i < 100; i++) {
		put(arena_printf(&mem, "own/p%d/plugin.lua", i),
		    "return { title = 'P', version = '1.0.0', cards = { { id = 'a', title = 'A', view = 'c.html', data = "
		    "function() end } } }");
		put(arena_printf(&mem, "own/p%d/views/c.html", i), "<p></p>");
	}
	size_t before = mem.used;

	OK(plugins_prepare(&cx) == 0 && plugins()->n == 100);
	printf("# a plugin takes %zu bytes\n", (mem.used - before) / 100);
	OK(mem.used - before < 100 * 100 * 1024);
	OK(plugins_contribute(CONTRIBUTES_CARD)->n == 100);
	STR_EQ(plugins_contribute(CONTRIBUTES_CARD)->items[1].plugin->name, "p1");
	STR_EQ(plugins_contribute(CONTRIBUTES_CARD)->items[2].plugin->name, "p10");
	OK(get("p7")->index < 100 && &plugins()->items[get("p7")->index] == get("p7"));
	forget("own");
}

/* ---- what its functions may ---- */

/* What callboard.configuration("app.title") gives to a plugin, or the error. */
static const char *title_for(const struct plugin *p)
{
	static const struct sandbox_limits limits = { .memory = 1 << 20 };
	const char *path[] = { "f", NULL };
	struct sandbox *s = sandbox_new(&limits, NULL, NULL);
	struct json *out = NULL;
	int rc = plugin_run_file(&cx, s, p);

	if (rc == 0)
		rc = sandbox_call(&cx, s, path, NULL, 0, &out);
	sandbox_free(s);
	return rc < 0 ? cx.err.text : json_text(out, "");
}

/* Two that have the same place in the list, one after the other, are two. */
static void speaks_for_its_plugin(void)
{
	const char *file = put("own/one/plugin.lua",
			       "return { f = function() return require('callboard').configuration('app.title') end }");
	struct plugin none = { .name = "none", .dir = arena_strndup(&mem, file, strlen(file) - strlen("/plugin.lua")) },
		      may = none;
	struct json *capabilities;

	OK(json_parse(&cx, STR("{\"configuration\":[\"app\"]}"), &capabilities) == 0);
	may.name = "may";
	may.capabilities = capabilities;
	configure("{\"app\":{\"title\":\"T\"},\"plugins\":{\"directories\":[\"", "/own\"]}}");
	OK(strstr(title_for(&none), "is not named in capabilities.configuration"));
	STR_EQ(title_for(&may), "T");
	OK(strstr(title_for(&none), "is not named in capabilities.configuration"));
}

int main(void)
{
	begin_place();
	survives_hostile_ones();
	goes_on_behind_a_dead_child();
	never_leaves_the_folder();
	bounds_sizes();
	hashes_what_counts();
	settles_names();
	refuses_bad_limits();
	checks_configuration();
	reads_a_hundred();
	speaks_for_its_plugin();
	return end_place();
}
