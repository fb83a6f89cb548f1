/* callboard plugin test: runs test/NAME.lua of a plugin, each test in a state of its own, against fakes (lua/testing). */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/str.h"
#include "cmd.h"
#include "plugins/folder.h"
#include "plugins/health_fake.h"
#include "plugins/host.h"
#include "server/config.h"

struct run {
	struct plugin plugin;
	struct str harness; /* lua/testing/testing.lua */
	unsigned passed, failed;
};

static void find_tests(struct arena *mem, const char *dir, struct text_list *out)
{
	struct text_list names;

	folder_names(mem, arena_printf(mem, "%s/test", dir), &names);
	for (size_t i = 0; i < names.n; i++)
		if (*names.items[i] != '.' && str_ends(names.items[i], ".lua"))
			*list_add(mem, out) = arena_printf(mem, "test/%s", names.items[i]);
}

/* The file between two lines of ours, the first of which is its own first line, so that its lines keep their numbers. */
static int run_file(struct ctx *cx, struct run *r, struct sandbox *s, const char *file)
{
	struct buf b = { .mem = cx->mem };
	struct str text;
	int rc = folder_read(cx, r->plugin.dir, file, &text);

	if (rc < 0)
		return rc;
	buf_adds(&b, "local test = require('callboard').testing.test ");
	buf_add(&b, text.p, text.n);
	buf_adds(&b, "\nreturn require('callboard').testing.tests");
	plugin_api(cx, s, &r->plugin);
	health_fakes(s, &r->plugin);
	sandbox_add_value(s, "", "capabilities", r->plugin.capabilities ? r->plugin.capabilities : json_object(cx->mem));
	rc = sandbox_add_lua(cx, s, "testing.lua", r->harness);
	return rc < 0 ? rc : sandbox_run(cx, s, file, buf_str(&b));
}

static struct sandbox *open_state(struct run *r)
{
	static const struct sandbox_limits limits = { .memory = 64 << 20, .instructions = 500000000, .us = 30000000 };

	return sandbox_new(&limits, plugin_module, &r->plugin);
}

static void report(struct ctx *cx, struct run *r, const char *file, const char *name, int rc)
{
	r->passed += rc == 0;
	r->failed += rc < 0;
	printf("%sok %u - %s: %s\n", rc < 0 ? "not " : "", r->passed + r->failed, file, name);
	for (struct str rest = str_of(rc < 0 ? cx->err.text : NULL); rest.p;) {
		struct str line = str_cut(&rest, '\n');

		printf("#   %.*s\n", (int)line.n, line.p);
	}
	cx->err = (struct err){ 0 };
}

/* Nothing that one test leaves behind is seen by another. */
static int run_test(struct ctx *cx, struct run *r, const char *file, size_t i)
{
	const char *path[] = { arena_printf(cx->mem, "%zu", i + 1), "run", NULL };
	struct sandbox *s = open_state(r);
	int rc = s ? run_file(cx, r, s, file) : fail(cx, ERR_INTERNAL, "no memory for it");

	if (rc == 0)
		rc = sandbox_call(cx, s, path, NULL, 0, NULL);
	if (s)
		sandbox_free(s);
	return rc;
}

static void run_tests(struct ctx *cx, struct run *r, const char *file)
{
	struct sandbox *s = open_state(r);
	struct json *tests = NULL;
	int rc = s ? run_file(cx, r, s, file) : fail(cx, ERR_INTERNAL, "no memory for it");

	if (rc == 0)
		rc = sandbox_table(cx, s, &tests);
	if (rc < 0)
		report(cx, r, file, "it can be read", rc);
	for (size_t i = 0; rc == 0 && json_is(tests, JSON_ARRAY) && i < tests->a.n; i++)
		report(cx, r, file, json_get_text(tests->a.items[i], "name", ""), run_test(cx, r, file, i));
	if (s)
		sandbox_free(s);
}

/* In a source tree, or where it was installed. */
static int read_harness(struct ctx *cx, struct str *out)
{
	const char *share = config_share(cx->mem), *source = arena_printf(cx->mem, "%s/lua/testing", share);

	return folder_read(cx, access(source, R_OK) == 0 ? source : arena_printf(cx->mem, "%s/testing", share), "testing.lua",
			   out);
}

/* The defaults alone, and where the modules are that come with Callboard: a test says what else it wants. */
static struct json *bare_configuration(struct ctx *cx)
{
	struct json *conf = json_object(cx->mem), *server = json_set(cx->mem, conf, "server", json_object(cx->mem));

	json_set(cx->mem, server, "plugins", json_str(cx->mem, json_get_text(json_get(cx->conf, "server"), "plugins", "")));
	return conf;
}

int cmd_plugin_test(struct ctx *cx, const char *dir)
{
	struct run r = { 0 };
	struct text_list files = { 0 };
	int rc = read_harness(cx, &r.harness);

	if (rc < 0)
		return rc;
	if (access(arena_printf(cx->mem, "%s/plugin.lua", dir), R_OK) < 0)
		return fail(cx, ERR_NOTFOUND, "%s/plugin.lua: %s", dir, strerror(errno));
	cx->conf = bare_configuration(cx);
	plugin_read(cx, dir, &r.plugin);
	if (r.plugin.error)
		return fail(cx, ERR_INPUT, "%s", r.plugin.error);
	find_tests(cx->mem, dir, &files);
	for (size_t i = 0; i < files.n; i++)
		run_tests(cx, &r, files.items[i]);
	printf("1..%u\n# %u passed, %u failed\n", r.passed + r.failed, r.passed, r.failed);
	if (!files.n)
		return fail(cx, ERR_NOTFOUND, "there is no test: no file %s/test/NAME.lua", dir);
	return r.failed > 0;
}
