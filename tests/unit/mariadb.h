/* A private MariaDB for one test program: started on first use, ended and removed when the program ends. */
#ifndef TESTS_UNIT_MARIADB_H
#define TESTS_UNIT_MARIADB_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "ext/db.h"

static struct {
	char dir[64], log[96];
	pid_t owner, server;
} mariadb;

/* Starts a program with its output in the log; its id. */
static pid_t mariadb_spawn(const char *const *argv)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	/* A test that crashes leaves no server behind. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	int fd = open(mariadb.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	dup2(fd, 1);
	dup2(fd, 2);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int mariadb_run(const char *const *argv)
{
	int status = -1;

	waitpid(mariadb_spawn(argv), &status, 0);
	return status;
}

/* As after a power cut when hard. */
__attribute__((unused)) static void mariadb_stop(int hard)
{
	if (mariadb.server <= 0)
		return;
	kill(mariadb.server, hard ? SIGKILL : SIGTERM);
	waitpid(mariadb.server, NULL, 0);
	mariadb.server = 0;
}

static void mariadb_remove(void)
{
	if (mariadb.owner != getpid())
		return;
	mariadb_stop(0);
	const char *const rm[] = { "rm", "-rf", mariadb.dir, NULL };

	mariadb_run(rm);
}

static void mariadb_bail(const char *why)
{
	printf("Bail out! %s\n", why);
	exit(1);
}

static struct json *mariadb_conf(struct arena *mem, const char *database)
{
	struct json *conf = json_object(mem);

	json_set(mem, conf, "socketPath", json_fmt(mem, "%s/s", mariadb.dir));
	json_set(mem, conf, "user", json_str(mem, "root"));
	json_set(mem, conf, "database", json_str(mem, database));
	return conf;
}

/* Starts the server (again) and waits until it answers. */
static void mariadb_start(void)
{
	ARENA mem = { 0 };
	const char *argv[] = { "mariadbd",
			       "--no-defaults",
			       arena_printf(&mem, "--datadir=%s/data", mariadb.dir),
			       arena_printf(&mem, "--tmpdir=%s", mariadb.dir),
			       arena_printf(&mem, "--socket=%s/s", mariadb.dir),
			       arena_printf(&mem, "--pid-file=%s/pid", mariadb.dir),
			       "--skip-networking",
			       "--innodb-buffer-pool-size=64M",
			       "--innodb-log-file-size=64M",
			       "--innodb-flush-log-at-trx-commit=2",
			       "--performance-schema=OFF",
			       "--key-buffer-size=1M",
			       "--aria-pagecache-buffer-size=1M",
			       geteuid() ? NULL : "--user=root",
			       NULL };
	int status;

	mariadb.server = mariadb_spawn(argv);
	struct json *conf = mariadb_conf(&mem, "mysql");

	for (unsigned i = 0; i < 600; i++) {
		struct ctx cx = { .mem = &mem, .db = db_new(conf), .request_id = "" };
		int up = access(arena_printf(&mem, "%s/s", mariadb.dir), F_OK) == 0 && db_ping(&cx);

		db_free(cx.db);
		if (up)
			return;
		if (waitpid(mariadb.server, &status, WNOHANG) == mariadb.server)
			mariadb_bail("mariadbd ended; is mariadb-server installed?");
		usleep(50000);
	}
	mariadb_bail("mariadbd does not answer");
}

/* The connection's configuration; the server is started when it is not there. */
static struct json *mariadb_use(struct arena *mem, const char *database)
{
	if (!mariadb.owner) {
		mariadb.owner = getpid();
		strcpy(mariadb.dir, "/tmp/callboard-test-XXXXXX");
		if (!mkdtemp(mariadb.dir))
			mariadb_bail("mkdtemp");
		snprintf(mariadb.log, sizeof(mariadb.log), "%s/log", mariadb.dir);
		atexit(mariadb_remove);
		/* A MariaDB that starts deletes all temporary tables of its directory: in /tmp those of others as well. */
		setenv("TMPDIR", mariadb.dir, 1);
		const char *argv[] = { "mariadb-install-db",
				       "--no-defaults",
				       arena_printf(mem, "--datadir=%s/data", mariadb.dir),
				       "--auth-root-authentication-method=normal",
				       "--skip-test-db",
				       "--force",
				       geteuid() ? NULL : "--user=root",
				       NULL };

		if (mariadb_run(argv) != 0)
			mariadb_bail("mariadb-install-db failed; is mariadb-server installed?");
		mariadb_start();
	}
	return mariadb_conf(mem, database);
}

#endif
