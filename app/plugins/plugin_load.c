/*
 * Reading manifests: plugin.lua runs in a sandbox, and that in a child process, so that whatever it does the master goes on.
 * One child reads all; when it dies or takes too long, the plugin it was at is broken, and another child goes on behind it.
 */
#include "plugins/plugin_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/sanitizer.h"
#include "base/str.h"
#include "ext/json.h"
#include "plugins/host.h"

enum {
	LIMIT_MS = 2000,  /* for one plugin */
	BUDGET_MS = 4000, /* all that may be waited for; after that each gets what a good one needs many times over: */
	SHORT_LIMIT_MS = 100,
	CPU_S = 3,
	MANIFEST_MAX = 4 << 20,
	STATE_MEMORY = 64 << 20,
	CHILD_MEMORY = 512 << 20, /* beyond what it has when it begins */
};

/* What the child says about one plugin: rc and length, then that many bytes: the manifest as JSON, or the error. */
struct answer {
	uint32_t index;
	int32_t rc;
	uint64_t n;
};

/* ---- the child ---- */

/* Its configuration as it stands: what the schema says about it is only known afterwards. */
static int run_manifest(struct ctx *cx, const struct plugin *p, struct sandbox *s, struct json **out)
{
	const struct json *config = json_get(plugin_section(cx, p->name), "config");
	struct plugin as_read = *p;

	as_read.config = json_is(config, JSON_OBJECT) ? config : json_object(cx->mem);
	int rc = plugin_run_file(cx, s, &as_read);

	return rc < 0 ? rc : sandbox_table(cx, s, out);
}

static int read_manifest(struct ctx *cx, const struct plugin *p, struct buf *out)
{
	static const struct sandbox_limits limits = { .memory = STATE_MEMORY, .instructions = 20000000, .us = 1000000 };
	/* plugin_module() only reads what arg points to. */
	struct sandbox *s = sandbox_new(&limits, plugin_module, (void *)(uintptr_t)p);
	struct json *manifest;
	int rc;

	if (!s)
		return fail(cx, ERR_INTERNAL, "no memory to read it");
	rc = run_manifest(cx, p, s, &manifest);
	if (rc == 0)
		json_write(out, manifest);
	sandbox_free(s);
	return rc == 0 && out->n > MANIFEST_MAX ? fail(cx, ERR_INPUT, "what it returns is too large") : rc;
}

static void answer(const struct json *conf, int fd, const struct plugin *p, uint32_t index)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .conf = conf, .request_id = "" };
	struct buf b = { .mem = &mem };
	int rc = read_manifest(&cx, p, &b);
	struct str text = rc < 0 ? str_of(cx.err.text) : buf_str(&b);
	struct answer head = { .index = index, .rc = rc, .n = text.n };

	if (!fd_write(fd, &head, sizeof(head)) || !fd_write(fd, text.p, text.n))
		_exit(1);
}

static uint64_t address_space(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit_memory(void)
{
	rlim_t most = address_space() + CHILD_MEMORY;

	if (CAN_LIMIT_MEMORY)
		setrlimit(RLIMIT_AS, &(struct rlimit){ most, most });
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
}

/* The kernel ends it when one plugin takes so much of the processor; the limit moves on with each. */
static void limit_cpu(void)
{
	struct rusage used;
	struct rlimit limit;

	if (getrusage(RUSAGE_SELF, &used) < 0 || getrlimit(RLIMIT_CPU, &limit) < 0)
		return;
	limit.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec + CPU_S);
	if (limit.rlim_cur < limit.rlim_max)
		setrlimit(RLIMIT_CPU, &limit);
}

static void child(const struct json *conf, int fd, const struct plugin *items, size_t from, size_t n) __attribute__((noreturn));
static void child(const struct json *conf, int fd, const struct plugin *items, size_t from, size_t n)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	limit_memory();
	for (size_t i = from; i < n; i++) {
		limit_cpu();
		if (items[i].state != PLUGIN_BROKEN)
			answer(conf, fd, &items[i], (uint32_t)i);
	}
	_exit(0);
}

/* ---- the parent ---- */

struct reader {
	pid_t pid;
	int fd;
	uint64_t deadline_us;
};

enum { READ_DONE = 1, READ_GONE = 0, READ_LATE = -1 };

static int read_all(struct reader *r, void *to, size_t n)
{
	char *p = to;

	while (n > 0) {
		uint64_t now = clock_mono_us();
		struct pollfd fd = { r->fd, POLLIN, 0 };

		if (now >= r->deadline_us)
			return READ_LATE;
		if (poll(&fd, 1, (int)((r->deadline_us - now) / 1000 + 1)) <= 0)
			continue;
		ssize_t got = read(r->fd, p, n);

		if (got == 0 || (got < 0 && errno != EINTR))
			return READ_GONE;
		p += got > 0 ? got : 0;
		n -= got > 0 ? (size_t)got : 0;
	}
	return READ_DONE;
}

/* Ends the child, and says how it ended. */
static const char *end(struct ctx *cx, struct reader *r, int why)
{
	int status = 0;

	close(r->fd);
	if (why == READ_LATE)
		kill(r->pid, SIGKILL);
	while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (why == READ_LATE)
		return "it takes too long to be read: it must return at once, without loops or waiting";
	if (WIFSIGNALED(status))
		return arena_printf(cx->mem, "the process that read it was ended by signal %d (%s)", WTERMSIG(status),
				    sigabbrev_np(WTERMSIG(status)));
	return arena_printf(cx->mem, "the process that read it ended with status %d", WEXITSTATUS(status));
}

static void break_it(struct ctx *cx, struct plugin *p, const char *why)
{
	p->state = PLUGIN_BROKEN;
	/* Messages of Lua and of files name the place themselves: "plugin.lua:3: ...", "DIR/plugin.lua: ...". */
	if (str_starts(why, arena_printf(cx->mem, "%s:", plugin_main_file(p))))
		p->error = arena_printf(cx->mem, "%s/%s", p->dir, why);
	else if (str_starts(why, p->dir))
		p->error = arena_strdup(cx->mem, why);
	else
		p->error = arena_printf(cx->mem, "%s/%s: %s", p->dir, plugin_main_file(p), why);
}

static void take(struct ctx *cx, struct plugin *p, const struct answer *head, const char *text)
{
	struct json *manifest;

	if (head->rc < 0)
		break_it(cx, p, text);
	else if (json_parse(cx, (struct str){ text, head->n }, &manifest) < 0)
		break_it(cx, p, arena_strdup(cx->mem, cx->err.text));
	else
		p->manifest = manifest;
	cx->err = (struct err){ 0 };
}

/* One plugin's answer. READ_DONE, or why there is none. */
static int read_answer(struct ctx *cx, struct reader *r, struct plugin *p, size_t index)
{
	ARENA mem = { 0 };
	struct answer head;
	int got = read_all(r, &head, sizeof(head));
	char *text;

	if (got != READ_DONE)
		return got;
	if (head.index != index || head.n > MANIFEST_MAX)
		return READ_LATE; /* not what our own code says: it is ended */
	text = arena_alloc(&mem, head.n + 1);
	got = read_all(r, text, head.n);
	if (got == READ_DONE)
		take(cx, p, &head, text);
	return got;
}

static bool start(const struct json *conf, struct reader *r, const struct plugin *items, size_t from, size_t n)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	fflush(stdout);
	r->fd = fds[0];
	r->pid = fork();
	if (r->pid == 0) {
		close(fds[0]);
		child(conf, fds[1], items, from, n);
	}
	close(fds[1]);
	if (r->pid < 0)
		close(fds[0]);
	return r->pid > 0;
}

/* Reads as many as one child does; returns the first that is left. */
static size_t read_some(struct ctx *cx, struct plugin *items, size_t from, size_t n, uint64_t begun_us)
{
	struct reader r;
	int got = READ_DONE;

	if (!start(cx->conf, &r, items, from, n)) {
		break_it(cx, &items[from], arena_printf(cx->mem, "no process to read it: %s", strerror(errno)));
		return from + 1;
	}
	for (size_t i = from; i < n; i++) {
		uint64_t now = clock_mono_us();

		if (items[i].state == PLUGIN_BROKEN)
			continue;
		r.deadline_us = now + (now - begun_us < BUDGET_MS * 1000U ? LIMIT_MS : SHORT_LIMIT_MS) * 1000U;
		got = read_answer(cx, &r, &items[i], i);
		if (got != READ_DONE) {
			break_it(cx, &items[i], end(cx, &r, got));
			return i + 1;
		}
	}
	end(cx, &r, READ_GONE);
	return n;
}

void plugins_load(struct ctx *cx, struct plugin *items, size_t n)
{
	uint64_t begun = clock_mono_us();

	for (size_t i = 0; i < n;)
		if (items[i].state == PLUGIN_BROKEN)
			i++;
		else
			i = read_some(cx, items, i, n, begun);
}
