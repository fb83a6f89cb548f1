/* SIGHUP: takes up a new configuration, new views and a new program without losing a request. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/str.h"
#include "server/handover.h"
#include "server/master.h"

enum { CHECK_LIMIT_US = 30 * 1000000 };
static const char check_mark[] = "CALLBOARD_CHECK";

bool reload_is_check(void)
{
	return getenv(check_mark) != NULL;
}

struct arguments {
	char **items;
	size_t n, cap;
};

/* The command line this program was started with. */
static char **own_arguments(struct arena *mem)
{
	struct arguments args = { 0 };
	struct buf b = { .mem = mem };
	char part[4096];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);

	for (ssize_t n; fd >= 0 && (n = read(fd, part, sizeof(part))) > 0;)
		buf_add(&b, part, (size_t)n);
	if (fd >= 0)
		close(fd);
	for (size_t i = 0; i < b.n; i += strlen(b.p + i) + 1)
		*list_add(mem, &args) = b.p + i;
	*list_add(mem, &args) = NULL;
	return args.items;
}

static void unblock_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become_checker(const struct master *m)
{
	ARENA mem = { 0 };

	setenv(check_mark, "1", 1);
	unsetenv("NOTIFY_SOCKET");
	unblock_signals();
	execv(m->exe, own_arguments(&mem));
	fprintf(stderr, "start '%s': %s\n", m->exe, strerror(errno));
	_exit(127);
}

static void tell_systemd_reloading(void)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)clock_mono_us());
}

void reload_begin(struct master *m)
{
	if (m->stopping)
		return;
	/* One at a time: the next begins when the old workers of this one have left. */
	if (m->checker || !m->running || pools_count(m, true)) {
		m->again = true;
		return;
	}
	m->again = false;
	tell_systemd_reloading();
	m->checker = fork();
	m->checker_us = clock_mono_us();
	if (m->checker == 0)
		become_checker(m);
	if (m->checker < 0) {
		m->checker = 0;
		log_error("reload refused", "why", strerror(errno), NULL);
		sd_notify(0, "READY=1");
	}
}

static void hand_over(struct master *m)
{
	handover_begin();
	sockets_hand_over(&m->set, &m->socks);
	handover_put("lock", m->lock, "");
	handover_put("alive_read", m->alive[0], "");
	handover_put("alive_write", m->alive[1], "");
	handover_put("bells", m->bells, "");
	for (unsigned i = 0; i < MAX_WORKERS; i++)
		if (m->kids[i].pid)
			handover_put_worker(i, m->kids[i].pid);
}

static void take_back(struct master *m)
{
	handover_end();
	sockets_take_back(&m->socks);
	handover_cancel("lock", m->lock);
	handover_cancel("alive_read", m->alive[0]);
	handover_cancel("alive_write", m->alive[1]);
	handover_cancel("bells", m->bells);
	for (unsigned i = 0; i < MAX_WORKERS; i++)
		handover_take_worker(i);
}

void reload_checked(struct master *m, int status)
{
	ARENA mem = { 0 };

	if (m->stopping)
		return;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		log_error("reload refused: the program does not start with the new configuration; the old one goes on", NULL);
		sd_notify(0, "READY=1\nSTATUS=The last reload was refused; see the log");
		return;
	}
	log_info("reload", "program", m->exe, NULL);
	hand_over(m);
	execv(m->exe, own_arguments(&mem));
	log_error("reload failed", "program", m->exe, "why", strerror(errno), NULL);
	take_back(m);
	sd_notify(0, "READY=1");
}

void reload_watch(struct master *m)
{
	if (m->checker && clock_mono_us() - m->checker_us > CHECK_LIMIT_US)
		kill(m->checker, SIGKILL);
	if (m->again)
		reload_begin(m);
}
