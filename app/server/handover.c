/* What a master passes to the program that takes its place on a reload: open files and worker pids, by environment. */
#include "server/handover.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"

static const char mark[] = "CALLBOARD_SUCCESSOR";

static void set_cloexec(int fd, bool on)
{
	if (fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0) < 0)
		abort();
}

static void set_env(const char *name, const char *value)
{
	if (setenv(name, value, 1) < 0)
		abort();
}

void handover_put(const char *name, int fd, const char *note)
{
	ARENA mem = { 0 };

	set_cloexec(fd, false);
	set_env(arena_printf(&mem, "CALLBOARD_FD_%s", name), arena_printf(&mem, "%d %s", fd, note));
}

int handover_take(struct arena *mem, const char *name, const char **note)
{
	const char *key = arena_printf(mem, "CALLBOARD_FD_%s", name);
	struct str rest = str_of(getenv(key));
	long fd = -1;

	if (!rest.p)
		return -1;
	struct str number = str_cut(&rest, ' ');
	const char *text = arena_strndup(mem, number.p, number.n);

	*note = arena_strndup(mem, rest.p ? rest.p : "", rest.n);
	unsetenv(key);
	if (!str_long(text, 3, INT_MAX, &fd) || fcntl((int)fd, F_GETFD) < 0)
		return -1;
	set_cloexec((int)fd, true);
	return (int)fd;
}

void handover_cancel(const char *name, int fd)
{
	ARENA mem = { 0 };

	set_cloexec(fd, true);
	unsetenv(arena_printf(&mem, "CALLBOARD_FD_%s", name));
}

void handover_put_worker(unsigned slot, pid_t pid)
{
	ARENA mem = { 0 };

	set_env(arena_printf(&mem, "CALLBOARD_WORKER_%u", slot), arena_printf(&mem, "%d", (int)pid));
}

pid_t handover_take_worker(unsigned slot)
{
	ARENA mem = { 0 };
	const char *key = arena_printf(&mem, "CALLBOARD_WORKER_%u", slot);
	const char *text = getenv(key);
	long pid = 0;

	if (!text)
		return 0;
	if (!str_long(text, 2, INT_MAX, &pid))
		pid = 0;
	unsetenv(key);
	return (pid_t)pid;
}

void handover_begin(void)
{
	ARENA mem = { 0 };

	set_env(mark, arena_printf(&mem, "%d", (int)getpid()));
}

/* execve keeps the pid, so a mark with another pid was inherited by mistake. */
bool handover_is_successor(void)
{
	const char *text = getenv(mark);
	long pid = 0;

	return text && str_long(text, 1, INT_MAX, &pid) && pid == getpid();
}

void handover_end(void)
{
	unsetenv(mark);
}
