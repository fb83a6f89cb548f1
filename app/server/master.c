/* The master: starts workers, watches them, replaces them; never touches a request itself. */
#include "server/master.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "server/handover.h"

enum { TICK_MS = 200, START_TICK_MS = 10, START_LIMIT_US = 30 * 1000000 };

/*
 * Signals stay blocked and are read from a descriptor: one that arrives while the program is being replaced waits for the
 * next one.
 */
static void open_signals(struct master *m)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	m->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->signals < 0)
		abort();
}

/* The master holds the writing end: when it dies, however, its workers read the end of the pipe. */
static void open_alive_pipe(struct master *m)
{
	const char *note;

	m->alive[0] = handover_take(m->cx->mem, "alive_read", &note);
	m->alive[1] = handover_take(m->cx->mem, "alive_write", &note);
	if ((m->alive[0] < 0 || m->alive[1] < 0) && pipe2(m->alive, O_CLOEXEC) < 0)
		abort();
}

/* The same over a reload, so that those who leave are still heard by those who came. */
static void hang_bells(struct master *m)
{
	const char *note;

	m->bells = handover_take(m->cx->mem, "bells", &note);
	if (m->bells < 0)
		m->bells = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->bells < 0)
		abort();
	bells_share(&scoreboard()->bells, m->bells);
}

static void begin_stop(struct master *m)
{
	if (m->stopping)
		return;
	m->stopping = true;
	m->stop_us = clock_mono_us();
	scoreboard()->state = BOARD_STOPPING;
	memset(scoreboard()->wanted, 0, sizeof(scoreboard()->wanted));
	sd_notify(0, "STOPPING=1");
	log_info("stopping", NULL);
	pools_ask(m, false);
	if (m->checker)
		kill(m->checker, SIGKILL);
}

static void take_signals(struct master *m)
{
	struct signalfd_siginfo info;

	while (read(m->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGTERM:
		case SIGINT:
			begin_stop(m);
			break;
		case SIGHUP:
			reload_begin(m);
			break;
		case SIGUSR1:
			settings_open_log(&m->set);
			pools_signal(m, SIGUSR1);
			break;
		default: /* SIGCHLD: whatever woke us, the dead are looked for */
			break;
		}
	}
	pools_reap(m);
}

/* New workers are up (or have had their chance): say so, and let those of before the reload go. */
static void become_ready(struct master *m)
{
	if (m->running || m->stopping)
		return;
	if (!pools_ready(m) && clock_mono_us() - m->began_us < START_LIMIT_US)
		return;
	m->running = true;
	scoreboard()->state = BOARD_RUNNING;
	pools_ask(m, true);
	sd_notify(0, "READY=1\nSTATUS=Serving");
	log_info("ready", NULL);
}

static void feed_watchdog(struct master *m)
{
	uint64_t now = clock_mono_us();

	if (m->watchdog_us && now - m->fed_us > m->watchdog_us / 3) {
		sd_notify(0, "WATCHDOG=1");
		m->fed_us = now;
	}
}

int master_run(struct master *m)
{
	log_role("master");
	open_signals(m);
	open_alive_pipe(m);
	hang_bells(m);
	sd_watchdog_enabled(0, &m->watchdog_us);
	m->began_us = clock_mono_us();
	scoreboard()->master = getpid();
	/* After a reload the old workers still answer, so nobody is told that we are starting. */
	if (!handover_is_successor())
		scoreboard()->state = BOARD_STARTING;
	memcpy(scoreboard()->wanted, m->set.workers, sizeof(m->set.workers));
	scoreboard()->wait_limit = m->set.wait_limit;
	pools_adopt(m);
	handover_end();
	while (!m->stopping || pools_count(m, false)) {
		struct pollfd fds[] = { { m->signals, POLLIN, 0 }, { watch_fd(m->watch), POLLIN, 0 } };

		pools_fill(m);
		pools_watch(m);
		become_ready(m);
		reload_watch(m);
		feed_watchdog(m);
		poll(fds, LEN(fds), watch_wait_ms(m->watch, m->running ? TICK_MS : START_TICK_MS));
		take_signals(m);
		if (watch_changed(m->watch))
			reload_begin(m);
	}
	sockets_remove(&m->set, &m->socks);
	log_info("stopped", NULL);
	return 0;
}
