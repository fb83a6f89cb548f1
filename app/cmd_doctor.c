/* callboard doctor: says in plain words what is wrong with this installation. */
#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "cmd.h"
#include "ext/db.h"
#include "ext/fetch.h"
#include "jobs/jobs.h"
#include "plugins/plugin.h"
#include "server/config.h"
#include "server/settings.h"
#include "sql/doctor.h"

enum { GOOD, HINT, BAD };

struct doctor {
	struct ctx *cx;
	struct settings set;
	unsigned bad;
	bool db_up;
};

static void say(struct doctor *d, int how, const char *what, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static void say(struct doctor *d, int how, const char *what, const char *fmt, ...)
{
	static const char *const words[] = { "good", "hint", "BAD" };
	va_list ap;

	d->bad += how == BAD;
	printf("%-5s %-14s ", words[how], what);
	va_start(ap, fmt);
	puts(arena_vprintf(d->cx->mem, fmt, ap));
	va_end(ap);
}

static bool check_configuration(struct doctor *d)
{
	struct config_problems problems = { 0 };
	struct json *conf;
	size_t n;
	const char *const *files = config_files(d->cx->mem, &n);
	int rc = config_load(d->cx, &conf, &problems);

	d->cx->conf = conf;
	if (rc == 0)
		rc = settings_read(d->cx, &d->set);
	for (size_t i = 0; i < problems.n; i++)
		if (!problems.items[i].error)
			say(d, HINT, "configuration", "%s: %s", problems.items[i].where, problems.items[i].text);
	if (rc < 0)
		say(d, BAD, "configuration", "%s", d->cx->err.text);
	else if (n == 0)
		say(d, HINT, "configuration",
		    "no file at all: there is no /etc/callboard/app-config.yaml, no --config, no CALLBOARD_CONFIG");
	for (size_t i = 0; rc == 0 && i < n; i++)
		say(d, GOOD, "configuration", "%s is read", files[i]);
	return rc == 0;
}

/* Files with secrets that everybody on this host may read. */
static void check_secrecy(struct doctor *d)
{
	struct stat st;
	size_t n;
	const char *const *files = config_files(d->cx->mem, &n);
	const struct json *password = json_path(d->cx->conf, "backend", "database", "connection", "password", NULL);

	for (size_t i = 0; i < n; i++)
		if (password && stat(files[i], &st) == 0 && (st.st_mode & S_IROTH))
			say(d, HINT, "secrets",
			    "%s may be read by everybody on this host; if secrets stand in it: chmod o-r %s", files[i],
			    files[i]);
}

static void check_base_url(struct doctor *d)
{
	const char *client = json_text(json_path(d->cx->conf, "backend", "database", "client", NULL), "mysql2");
	const char *base = json_text(json_path(d->cx->conf, "app", "baseUrl", NULL), NULL);

	if (!base)
		say(d, HINT, "configuration", "app.baseUrl is not set: links in notifications and to the API will be wrong");
	if (!str_starts(client, "mysql") && !streq(client, "mariadb"))
		say(d, HINT, "configuration", "backend.database.client is '%s', but the portal always connects to MariaDB",
		    client);
}

static bool is_old(const char *version)
{
	char *rest;
	long major = strtol(version, &rest, 10), minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;

	return major < 10 || (major == 10 && minor < 6);
}

static void check_server(struct doctor *d)
{
	struct q_doctor_server_out s;
	int64_t before = clock_wall_ms(), after, skew;

	if (q_doctor_server_one(d->cx, &s) < 1) {
		say(d, BAD, "database", "%s", d->cx->err.text);
		return;
	}
	after = clock_wall_ms();
	d->db_up = true;
	say(d, GOOD, "database", "MariaDB %s answers in %lld ms", s.version, (long long)(after - before));
	if (!strstr(s.version, "MariaDB"))
		say(d, HINT, "database", "%s is not MariaDB; the portal is made for MariaDB 10.11 and later", s.version);
	else if (is_old(s.version))
		say(d, BAD, "database", "version %s is too old: SKIP LOCKED came with 10.6", s.version);
	if (s.read_only)
		say(d, BAD, "database", "the server is read-only; is it a replica?");
	if (s.wait_s < 60)
		say(d, HINT, "database", "wait_timeout is %llu s: workers will have to connect again and again",
		    (unsigned long long)s.wait_s);
	skew = s.now_ms < before ? before - s.now_ms : s.now_ms > after ? s.now_ms - after : 0;
	if (skew > 2000)
		say(d, BAD, "clock", "this host and the database differ by %.1f s; leases of jobs go wrong. Run NTP on both",
		    (double)skew / 1000);
	else
		say(d, GOOD, "clock", "this host and the database agree within %lld ms", (long long)(skew + after - before));
}

static bool has_version(const char *file, const bool *applied, size_t n)
{
	long version = strtol(file, NULL, 10);

	return version >= 0 && (size_t)version < n && applied[version];
}

static int is_sql(const struct dirent *e)
{
	return ascii_digit(e->d_name[0]) && str_ends(e->d_name, ".sql");
}

static void check_schema(struct doctor *d)
{
	const char *dir = arena_printf(d->cx->mem, "%s/schema", json_get_text(json_get(d->cx->conf, "server"), "sql", "sql"));
	struct dirent **files;
	bool applied[10000] = { false };
	DB_ROWS rows = { 0 };
	struct q_doctor_migrations_out row;
	unsigned missing = 0;
	int n = scandir(dir, &files, is_sql, alphasort);

	if (n < 0) {
		say(d, BAD, "schema", "cannot read '%s' (server.sql): %s", dir, strerror(errno));
		return;
	}
	if (q_doctor_migrations_open(d->cx, &rows) == 0)
		while (q_doctor_migrations_next(&rows, &row) == 1)
			if (row.version >= 0 && (size_t)row.version < LEN(applied))
				applied[row.version] = true;
	for (int i = 0; i < n; i++) {
		missing += !has_version(files[i]->d_name, applied, LEN(applied));
		free(files[i]); /* scandir()'s own */
	}
	free(files);
	if (missing)
		say(d, BAD, "schema", "%u of %d migrations are not applied; run: callboard migrate", missing, n);
	else
		say(d, GOOD, "schema", "all %d migrations are applied", n);
}

static void check_queue(struct doctor *d)
{
	struct job_stat *stats;
	size_t n;
	uint64_t due = 0, failed = 0;
	int64_t oldest = 0;

	if (job_stats(d->cx, &stats, &n) < 0) {
		say(d, BAD, "queue", "%s", d->cx->err.text);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		bool is_due = streq(stats[i].state, "due");

		due += is_due ? stats[i].count : 0;
		failed += streq(stats[i].state, "failed") ? stats[i].count : 0;
		if (is_due && stats[i].oldest_ms > oldest)
			oldest = stats[i].oldest_ms;
	}
	if (oldest > 60000)
		say(d, BAD, "queue", "%llu jobs are due, the oldest for %lld s: is a server with job workers running?",
		    (unsigned long long)due, (long long)oldest / 1000);
	else
		say(d, GOOD, "queue", "%llu jobs are due", (unsigned long long)due);
	if (failed)
		say(d, HINT, "queue", "%llu jobs were given up; the log says why", (unsigned long long)failed);
}

/* 0 or an errno. */
static int connect_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error = 0;

	if (fd < 0)
		return errno;
	if (strlen(path) >= sizeof(to.sun_path)) {
		close(fd);
		return ENAMETOOLONG;
	}
	memcpy(to.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		error = errno;
	close(fd);
	return error;
}

static void check_sockets(struct doctor *d)
{
	for (enum pool p = 0; p < N_POOLS; p++) {
		const char *path = d->set.listen[p];
		int error;

		if (!path || *path != '/')
			continue; /* nginx's answer tells about TCP */
		error = connect_unix(path);
		if (error == 0)
			say(d, GOOD, "socket", "%s is served", path);
		else if (d->set.workers[p] > 0)
			say(d, BAD, "socket", "nobody answers at %s: %s. Is the server running?", path, strerror(error));
	}
}

static void check_nginx(struct doctor *d)
{
	const char *base = json_text(json_path(d->cx->conf, "app", "baseUrl", NULL), NULL);
	struct fetch_request rq = { .timeout_ms = 5000, .connect_ms = 2000, .max_bytes = 1 << 20 };
	struct fetch_answer answer;

	if (!base)
		return;
	rq.url = arena_printf(d->cx->mem, "%s/.backstage/health/v1/readiness", base);
	if (fetch(d->cx, &rq, &answer) < 0)
		say(d, BAD, "nginx", "%s does not answer: %s", base, d->cx->err.text);
	else if (answer.status != 200)
		say(d, BAD, "nginx", "%s answers, but the portal behind it does not (status %d)", base, answer.status);
	else
		say(d, GOOD, "nginx", "%s answers", base);
}

static void check_limits(struct doctor *d)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < 1024)
		say(d, BAD, "limits", "only %llu files may be open; 1024 at least (LimitNOFILE= in the unit)",
		    (unsigned long long)files.rlim_cur);
	else
		say(d, GOOD, "limits", "%llu files may be open", (unsigned long long)files.rlim_cur);
}

static void check_disk(struct doctor *d, const char *what, const char *dir)
{
	struct statvfs fs;
	double free_mib, percent;

	if (statvfs(dir, &fs) < 0 || fs.f_blocks == 0)
		return;
	free_mib = (double)fs.f_bavail * (double)fs.f_frsize / (1 << 20);
	percent = 100.0 * (double)fs.f_bavail / (double)fs.f_blocks;
	if (free_mib < 200 || fs.f_favail < 1000)
		say(d, BAD, "disk", "%.0f MiB and %llu files are free for %s (%s)", free_mib, (unsigned long long)fs.f_favail,
		    what, dir);
	else if (percent < 5)
		say(d, HINT, "disk", "only %.0f%% is free for %s (%s)", percent, what, dir);
	else
		say(d, GOOD, "disk", "%.1f GiB are free for %s (%s)", free_mib / 1024, what, dir);
}

static void check_directory(struct doctor *d, const char *what, const char *dir, int mode)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		say(d, BAD, "directory", "%s (%s): %s", dir, what, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		say(d, BAD, "directory", "%s (%s) is not a directory", dir, what);
	else if (access(dir, mode) < 0)
		say(d, BAD, "directory", "%s (%s) may not be %s by this user", dir, what, mode & W_OK ? "written" : "read");
	else if ((mode & W_OK) && (st.st_mode & S_IWOTH))
		say(d, BAD, "directory", "%s (%s) may be written by everybody: chmod o-w %s", dir, what, dir);
	else
		say(d, GOOD, "directory", "%s (%s)", dir, what);
}

static const char *dir_of(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash != path ? arena_strndup(mem, path, (size_t)(slash - path)) : slash ? "/" : ".";
}

static void check_places(struct doctor *d)
{
	const struct json *server = json_get(d->cx->conf, "server");
	const char *log = d->set.log_path;

	check_directory(d, "server.state", d->set.state, R_OK | W_OK | X_OK);
	check_directory(d, "server.views", json_get_text(server, "views", "views"), R_OK | X_OK);
	check_directory(d, "server.sql", json_get_text(server, "sql", "sql"), R_OK | X_OK);
	check_disk(d, "state", d->set.state);
	check_disk(d, "temporary files", "/tmp");
	if (log && !streq(log, "-")) {
		check_directory(d, "server.log.path", dir_of(d->cx->mem, log), W_OK | X_OK);
		check_disk(d, "the log", dir_of(d->cx->mem, log));
	}
}

/* What is broken says itself which file or key it is. */
static void check_plugins(struct doctor *d)
{
	size_t on = 0, broken = 0;

	if (plugins_prepare(d->cx) < 0) {
		say(d, BAD, "plugins", "%s", d->cx->err.text);
		return;
	}
	for (size_t i = 0; i < plugins()->n; i++) {
		const struct plugin *p = &plugins()->items[i];

		on += p->state == PLUGIN_ON;
		broken += p->state == PLUGIN_BROKEN;
		if (p->state == PLUGIN_BROKEN)
			say(d, BAD, "plugins", "%s is broken: %s", p->name, p->error);
	}
	if (!broken)
		say(d, GOOD, "plugins", "%zu of %zu are on", on, plugins()->n);
}

int cmd_doctor(struct ctx *cx, int argc, char **argv)
{
	struct doctor d = { .cx = cx };

	(void)argc;
	(void)argv;
	if (!check_configuration(&d)) {
		puts("\nThe rest is not looked at: the configuration must be good first.");
		return 1;
	}
	cx->db = db_new(json_path(cx->conf, "backend", "database", "connection", NULL));
	check_secrecy(&d);
	check_base_url(&d);
	check_server(&d);
	if (d.db_up) {
		check_schema(&d);
		check_queue(&d);
	}
	check_sockets(&d);
	check_nginx(&d);
	check_limits(&d);
	check_places(&d);
	check_plugins(&d);
	if (d.bad)
		printf("\n%u thing%s wrong.\n", d.bad, d.bad == 1 ? " is" : "s are");
	else
		puts("\nNothing is wrong.");
	return d.bad ? 1 : 0;
}
