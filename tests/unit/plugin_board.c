/* How plugins fare: shared by processes, kept while a plugin stays the same, and never blocked by one that died. */
#include <signal.h>
#include <sys/wait.h>

#include "plugins/board.h"
#include "tests/unit/plugins.h"

#define GOOD "return { title = 'Good', version = '1.0.0' }"

static const struct plugin *get(const char *name)
{
	const struct plugin *p = plugin_by_name(name);

	if (!p)
		abort();
	return p;
}

static const char *state(void)
{
	return arena_printf(&mem, "%s/state", place);
}

static void prepare(void)
{
	if (plugins_prepare(&cx) < 0 || plugin_board_prepare(&cx, state()) < 0)
		abort();
}

/* Runs fn in a process of its own, to its end or until it is killed. */
static void in_child(void (*fn)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void nothing_without_a_board(void)
{
	OK(plugins_prepare(&cx) == 0);
	plugin_count(get("a"), "card x", 1, 1, "bad", "", true);
	plugin_switch_on(get("a"));
	plugin_killed(0, "died");
	OK(plugin_health(get("a")).calls == 0 && !plugin_is_off(get("a")));
	OK(plugin_board_prepare(&cx, "/no/such/dir") == ERR_INTERNAL);
}

static void works(void)
{
	plugin_count(get("a"), "card x", 10, 100, NULL, NULL, true);
	plugin_count(get("a"), "card y", 20, 50, "it broke", "plugin.lua:1", true);
}

static void counts_over_processes(void)
{
	struct plugin_health h;

	prepare();
	in_child(works);
	in_child(works);
	h = plugin_health(get("a"));
	OK(h.calls == 4 && h.failures == 2 && h.us == 60 && h.most_memory == 100 && h.in_a_row == 1 && !h.off);
	STR_EQ(h.what, "card y");
	STR_EQ(h.error, "it broke");
	STR_EQ(h.traceback, "plugin.lua:1");
	OK(h.failed_at_ms > 1600000000000);
	OK(plugin_health(get("b")).calls == 0);
}

static void fails(void)
{
	plugin_count(get("a"), "card y", 1, 1, "again", NULL, true);
}

static void switches_off_after_five(void)
{
	char *longest = arena_alloc(&mem, 5000);

	plugin_count(get("a"), "card x", 1, 1, NULL, NULL, true);
	for (int i = 1; i < PLUGIN_FAILURES; i++)
		in_child(fails);
	OK(!plugin_is_off(get("a")));
	plugin_count(get("a"), "card x", 1, 1, NULL, NULL, true);
	OK(plugin_health(get("a")).in_a_row == 0);
	for (int i = 0; i < PLUGIN_FAILURES; i++)
		plugin_count(get("a"), "provider z", 1, 1, "the server is away", "", false);
	OK(!plugin_is_off(get("a")) && streq(plugin_health(get("a")).what, "provider z"));
	for (int i = 0; i < PLUGIN_FAILURES; i++)
		in_child(fails);
	OK(plugin_is_off(get("a")) && plugin_health(get("a")).off && !plugin_is_off(get("b")));
	plugin_switch_on(get("a"));
	OK(!plugin_is_off(get("a")) && plugin_health(get("a")).in_a_row == 0);
	memset(longest, 'x', 4999);
	plugin_count(get("a"), longest, 1, 1, longest, longest, true);
	OK(strlen(plugin_health(get("a")).error) == 511 && strlen(plugin_health(get("a")).what) == 95);
}

static void counts_those_that_died(void)
{
	for (int i = 0; i < PLUGIN_FAILURES; i++)
		plugin_killed(get("b")->index, "its worker died: signal 11 (SEGV)");
	OK(plugin_is_off(get("b")) && plugin_health(get("b")).calls == PLUGIN_FAILURES);
	STR_EQ(plugin_health(get("b")).error, "its worker died: signal 11 (SEGV)");
	plugin_killed(99999, "none");
}

/* A new plugin moves the others' numbers; one that has changed begins anew. */
static void keeps_over_a_reload(void)
{
	uint64_t before = plugin_health(get("a")).calls;

	put("own/0-first/plugin.lua", GOOD);
	put("own/aa/plugin.lua", GOOD);
	prepare();
	OK(before > 0 && plugin_health(get("a")).calls == before && plugin_is_off(get("b")));
	OK(plugin_health(get("aa")).calls == 0);
	put("own/b/plugin.lua", GOOD "\n");
	prepare();
	OK(!plugin_is_off(get("b")) && plugin_health(get("b")).calls == 0 && plugin_health(get("a")).calls == before);
	put("state/plugins", "what another program wrote");
	prepare();
	OK(plugin_health(get("a")).calls == 0);
}

/* Writes until it is killed, most likely in the middle of it. */
static void writes_without_end(void)
{
	for (;;)
		plugin_count(get("a"), "card y", 1, 1, "endless", "text", true);
}

static void survives_killed_writers(void)
{
	for (int i = 0; i < 200; i++) {
		uint64_t before = plugin_health(get("a")).calls;
		pid_t pid = fork();

		if (pid == 0)
			writes_without_end();
		while (plugin_health(get("a")).calls < before + 1 + (uint64_t)i)
			;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	plugin_count(get("a"), "card z", 1, 1, "the last", "", true);
	STR_EQ(plugin_health(get("a")).error, "the last");
	STR_EQ(plugin_health(get("a")).what, "card z");
}

static unsigned marked;

static void set_mark(unsigned index_1)
{
	marked = index_1;
}

static void marks_what_runs(void)
{
	plugin_mark(get("a"));
	OK(marked == 0);
	plugin_set_mark(set_mark);
	plugin_mark(get("b"));
	OK(marked == get("b")->index + 1);
	plugin_mark(NULL);
	OK(marked == 0);
}

int main(void)
{
	begin_place();
	put("own/a/plugin.lua", GOOD);
	put("own/b/plugin.lua", GOOD);
	put("state/x", "");
	nothing_without_a_board();
	counts_over_processes();
	switches_off_after_five();
	counts_those_that_died();
	keeps_over_a_reload();
	survives_killed_writers();
	marks_what_runs();
	return end_place();
}
