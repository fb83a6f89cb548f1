/* Calls of plugins: the state of each in this process, made when it is first needed, with all of `callboard` in it. */
#include "plugins/host.h"

#include "base/clock.h"
#include "base/str.h"
#include "plugins/action.h"
#include "plugins/board.h"
#include "plugins/migrate.h"

enum { HELD_MEMORY = 64 << 20, QUICK_US = 1000000 };

/* States of requests stay, so that a call costs next to nothing; those of long work go with it. */
static struct held {
	struct sandbox *state;
	uint64_t call; /* the last one */
} held[PLUGINS_MAX];
static uint64_t calls;

/* The call that runs just now, on the stack of plugin_call(). */
static struct running {
	const struct plugin *plugin;
	struct sandbox *state; /* NULL until it is open */
	unsigned lines;        /* in the log */
	int raised;            /* the last error of a function of ours */
} * running;
static bool reading;

void plugin_raised(int rc)
{
	if (running)
		running->raised = rc;
}

/* What is away, or takes too long, is no fault of who asks for it. */
static bool is_outage(int rc)
{
	return rc == ERR_UNAVAILABLE || rc == ERR_UPSTREAM || rc == ERR_TIMEOUT || rc == ERR_DEADLOCK || rc == ERR_TOOMANY;
}

struct sandbox *plugin_state(void)
{
	return running ? running->state : NULL;
}

unsigned plugin_count_line(void)
{
	return running ? ++running->lines : 0;
}

bool plugin_is_read(void)
{
	return reading;
}

uint64_t plugin_call_number(void)
{
	return calls;
}

uint64_t plugin_time_left_us(void)
{
	return plugin_state() ? sandbox_time_left_us(plugin_state()) : 0;
}

static struct sandbox_limits limits_of(const struct ctx *cx, enum call_size size)
{
	const struct json *set = json_path(cx->conf, "plugins", "limits", NULL);
	double seconds = json_get_num(set, "seconds", 5);
	double most = json_get_num(json_get(cx->conf, "server"), "requestTimeout", 30);

	/* A worker is ended after that: the plugin is told before. */
	if (!json_get(set, "seconds") && most > 0 && seconds > most * 0.8)
		seconds = most * 0.8;
	struct sandbox_limits l = {
		.memory = (size_t)json_get_num(set, "memory", 16) << 20,
		.instructions = (uint64_t)json_get_num(set, "instructions", 50e6),
		.us = (uint64_t)(seconds * 1e6),
	};

	if (size == CALL_QUICK && l.us > QUICK_US)
		l.us = QUICK_US;
	if (size == CALL_LONG)
		l = (struct sandbox_limits){ .memory = (size_t)64 << 20, .us = 600 * 1000000ULL, .long_work = true };
	return l;
}

int plugin_run_file(struct ctx *cx, struct sandbox *s, const struct plugin *p)
{
	bool outer = reading;
	struct str text;
	int rc = plugin_file(cx, p, plugin_main_file(p), &text);

	if (rc < 0)
		return rc;
	plugin_api(cx, s, p);
	rc = p->by_kind[CONTRIBUTES_ACTION].n ? action_context(cx, s) : 0;
	if (rc < 0)
		return rc;
	reading = true;
	rc = p->file ? sandbox_run_function(cx, s, p->file, text, "policy") : sandbox_run(cx, s, "plugin.lua", text);
	reading = outer;
	return rc;
}

static int open_state(struct ctx *cx, const struct plugin *p, enum call_size size, struct sandbox **out)
{
	struct sandbox_limits limits = limits_of(cx, size);
	/* plugin_module() only reads what arg points to. */
	struct sandbox *s = sandbox_new(&limits, plugin_module, (void *)(uintptr_t)p);

	if (!s)
		return fail(cx, ERR_PLUGIN, "no memory for a state of %zu MiB", limits.memory >> 20);
	int rc = plugin_unchanged(cx, p);

	if (rc == 0)
		rc = plugin_run_file(cx, s, p);
	if (rc < 0) {
		sandbox_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

/* Off for what it did before, or by the configuration. */
static int check_on(struct ctx *cx, const struct plugin *p)
{
	if (p->state != PLUGIN_ON)
		return fail(cx, ERR_UNAVAILABLE, "The plugin '%s' is off", p->name);
	if (!plugin_is_off(p))
		return 0;
	return fail(cx, ERR_UNAVAILABLE, "The plugin '%s' was switched off after %d failures; the last: %s", p->name,
		    PLUGIN_FAILURES, plugin_health(p).error);
}

/* What is done in a state: one function is called, or ours calls many. */
struct work {
	const struct plugin *plugin;
	const char *what;
	enum call_size size;
	bool alone; /* its state goes with it */
	const char *const *path;
	struct json *const *args;
	size_t n;
	struct json **out;
	void (*run)(void *arg); /* NULL: the function at path */
	void *arg;
};

static int do_work(struct ctx *cx, struct sandbox *s, const struct work *w)
{
	return w->run ? sandbox_within(cx, s, w->run, w->arg) : sandbox_call(cx, s, w->path, w->args, w->n, w->out);
}

static int call_in(struct ctx *cx, struct sandbox **s, const struct work *w)
{
	const struct plugin *p = w->plugin;
	uint64_t begun = clock_mono_us();
	size_t most = 0;
	int rc = plugin_migrated(cx, p);

	if (rc == 0 && !*s)
		rc = open_state(cx, p, w->size, s);
	if (rc == ERR_UNAVAILABLE)
		return rc; /* not yet: its tables are being made, or it was not read as it is now */
	running->state = *s;
	if (rc == 0)
		rc = do_work(cx, *s, w);
	running->state = NULL;
	if (*s)
		sandbox_memory(*s, &most);
	/* What fails when a server that it asks is away must go on by itself when that is back. */
	bool harmful =
		w->size != CALL_AGAIN && (!*s || sandbox_broken(*s) || (w->size == CALL_SHORT && !is_outage(running->raised)));

	plugin_count(p, w->what, clock_mono_us() - begun, most, rc < 0 ? action_hidden(cx->mem, cx->err.text) : NULL,
		     *s ? action_hidden(cx->mem, sandbox_traceback(*s)) : "", harmful);
	if (*s && (w->alone || sandbox_broken(*s))) {
		sandbox_free(*s);
		*s = NULL;
	}
	return rc;
}

/* Together the states of many plugins must not make a worker too large. The one that was called last stays. */
static void thin_out(void)
{
	size_t bytes = 0;

	for (size_t i = 0; i < PLUGINS_MAX; i++)
		if (held[i].state)
			bytes += sandbox_memory(held[i].state, NULL);
	while (bytes > HELD_MEMORY) {
		struct held *oldest = NULL;

		for (size_t i = 0; i < PLUGINS_MAX; i++)
			if (held[i].state && held[i].call < calls && (!oldest || held[i].call < oldest->call))
				oldest = &held[i];
		if (!oldest)
			return;
		bytes -= sandbox_memory(oldest->state, NULL);
		sandbox_free(oldest->state);
		oldest->state = NULL;
	}
}

static int call(struct ctx *cx, const struct work *w)
{
	const struct plugin *p = w->plugin;
	struct running *outer = running, now = { .plugin = p };
	struct sandbox *own = NULL;
	int rc = check_on(cx, p);

	if (rc < 0)
		return rc;
	running = &now;
	calls++;
	plugin_mark(p);
	if (!w->alone)
		held[p->index].call = calls;
	rc = call_in(cx, w->alone ? &own : &held[p->index].state, w);
	running = outer;
	plugin_mark(outer ? outer->plugin : NULL);
	/* No state that is closed is in use. */
	if (!outer)
		thin_out();
	return rc < 0 && rc != ERR_UNAVAILABLE ? fail_in(cx, ERR_PLUGIN, "plugin %s, %s", p->name, w->what) : rc;
}

int plugin_call(struct ctx *cx, const struct contribution *c, const char *what, enum call_size size, struct json *const *args,
		size_t n, struct json **out)
{
	struct work w = { .plugin = c->plugin,
			  .what = what,
			  .size = size,
			  .alone = size == CALL_LONG,
			  .path = c->path,
			  .args = args,
			  .n = n,
			  .out = out };

	return call(cx, &w);
}

int plugin_within(struct ctx *cx, const struct plugin *p, const char *what, enum call_size size, bool alone,
		  void (*run)(void *arg), void *arg)
{
	struct work w = { .plugin = p, .what = what, .size = size, .alone = alone, .run = run, .arg = arg };

	return call(cx, &w);
}
