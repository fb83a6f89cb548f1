/* callboard docs serve: shows a site at this machine, builds it again when a file changes, and reloads what is shown. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/folder.h"
#include "base/log.h"
#include "base/str.h"
#include "cmd.h"
#include "cmd_docs.h"
#include "web/http.h"

enum { HEAD_MAX = 8192, LISTENERS = 64, FOLDERS_DEPTH = 32, SETTLE_MS = 50, WAIT_S = 2 };

/* Pages of the server itself; no site has names like these. */
static const char events_path[] = "/__callboard/events", script_path[] = "/__callboard/reload.js";
static const char script[] = "new EventSource('/__callboard/events').onmessage = () => location.reload();\n";

struct server {
	struct ctx *cx;
	struct docs_job job;
	int port, listening, watching;
	int browsers[LISTENERS]; /* waiting to be told of a new build */
	size_t n;
};

static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

static int watch_fd;

static int watch_folder(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base;

	(void)st;
	if (type == FTW_D && *name == '.' && ftw->level > 0)
		return FTW_SKIP_SUBTREE;
	if (type == FTW_D)
		inotify_add_watch(watch_fd, path, IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE);
	return FTW_CONTINUE;
}

static void watch(struct server *s)
{
	watch_fd = s->watching;
	nftw(s->job.source, watch_folder, FOLDERS_DEPTH, FTW_PHYS | FTW_ACTIONRETVAL);
}

static void rebuild(struct server *s)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .conf = s->cx->conf, .request_id = "" };
	struct site_result r;

	if (docs_build(&cx, &s->job, &r) < 0)
		fprintf(stderr, "error: %s\n", cx.err.text);
	else
		fprintf(stderr, "%zu pages, %zu rendered, %zu warnings\n", r.pages, r.rendered, r.warnings);
}

static void answer(struct arena *mem, int fd, int status, const char *type, struct str body)
{
	const char *head =
		arena_printf(mem,
			     "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n"
			     "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
			     status, status == 200 ? "OK" : "Not Found", type, body.n);

	if (fd_send(fd, head, strlen(head)))
		fd_send(fd, body.p, body.n);
}

static const char *type_of(const char *path)
{
	static const struct {
		const char *ending, *type;
	} types[] = { { ".html", "text/html; charset=utf-8" },
		      { ".css", "text/css" },
		      { ".js", "text/javascript" },
		      { ".json", "application/json" },
		      { ".svg", "image/svg+xml" },
		      { ".png", "image/png" },
		      { ".jpg", "image/jpeg" },
		      { ".jpeg", "image/jpeg" },
		      { ".gif", "image/gif" },
		      { ".webp", "image/webp" },
		      { ".ico", "image/x-icon" },
		      { ".txt", "text/plain; charset=utf-8" } };

	for (size_t i = 0; i < LEN(types); i++)
		if (str_ends(path, types[i].ending))
			return types[i].type;
	return "application/octet-stream";
}

static void with_script(struct buf *page)
{
	buf_addf(page, "<script src=\"%s\"></script>\n", script_path); /* lint: it is no page of ours */
}

/* A file of the site; a folder is its index.html. */
static bool read_file(const char *root, const char *path, struct buf *out)
{
	const char *name = arena_printf(out->mem, "%s/%s%s", root, path, !*path || str_ends(path, "/") ? "index.html" : "");
	AUTO_FD fd = strstr(path, "..") ? -1 : open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	buf_need(out, (size_t)st.st_size + 1);
	for (ssize_t n; (n = read(fd, out->p + out->n, (size_t)st.st_size - out->n)) > 0;)
		out->n += (size_t)n;
	return true;
}

static void answer_file(struct server *s, struct arena *mem, int fd, const char *path)
{
	struct buf body = { .mem = mem };
	const char *decoded = path + 1;
	bool found = url_decode(mem, (struct str){ path + 1, strcspn(path + 1, "?#") }, false, &decoded) &&
		     read_file(s->job.out, decoded, &body);
	const char *type = type_of(!*decoded || str_ends(decoded, "/") ? "index.html" : decoded);

	if (!found) {
		read_file(s->job.out, "404.html", &body);
		type = "text/html; charset=utf-8";
	}
	if (str_starts(type, "text/html"))
		with_script(&body);
	answer(mem, fd, found ? 200 : 404, type, buf_str(&body));
}

/* True: the browser waits, and its connection stays. */
static bool keep_browser(struct server *s, int fd)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n";

	if (s->n == LISTENERS || !fd_send(fd, head, sizeof(head) - 1))
		return false;
	s->browsers[s->n++] = fd;
	return true;
}

/* A site of somebody else must not read this one by giving its own name this address. */
static bool is_local(const char *head)
{
	const char *host = strcasestr(head, "\r\nhost:");

	if (!host)
		return false;
	host += strlen("\r\nhost:");
	host += strspn(host, " ");
	size_t n = strcspn(host, ":\r\n");

	return (n == 9 && (strncmp(host, "127.0.0.1", n) == 0 || strncmp(host, "localhost", n) == 0));
}

static bool read_head(int fd, char head[HEAD_MAX])
{
	size_t n = 0;

	while (n < HEAD_MAX - 1) {
		ssize_t got = recv(fd, head + n, HEAD_MAX - 1 - n, 0);

		if (got <= 0)
			return false;
		n += (size_t)got;
		head[n] = '\0';
		if (strstr(head, "\r\n\r\n"))
			return true;
	}
	return false;
}

/* Answers one connection; true when it stays open. */
static bool serve_one(struct server *s, int fd)
{
	ARENA mem = { 0 };
	const struct timeval wait = { .tv_sec = WAIT_S };
	char head[HEAD_MAX], *path = head + 4;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (!read_head(fd, head) || !str_starts(head, "GET /") || !is_local(head)) {
		answer(&mem, fd, 404, "text/plain", STR("Not found\n"));
		return false;
	}
	path[strcspn(path, " \r\n")] = '\0';
	if (streq(path, events_path))
		return keep_browser(s, fd);
	if (streq(path, script_path))
		answer(&mem, fd, 200, "text/javascript", str_of(script));
	else
		answer_file(s, &mem, fd, path);
	return false;
}

static void tell_browsers(struct server *s)
{
	static const char event[] = "data: built\n\n";

	for (size_t i = 0; i < s->n; i++) {
		fd_send(s->browsers[i], event, sizeof(event) - 1);
		close(s->browsers[i]);
	}
	s->n = 0;
}

/* Editors write a file in several steps: builds once they have been quiet for a moment. */
static void take_changes(struct server *s)
{
	char events[4096];
	struct pollfd p = { .fd = s->watching, .events = POLLIN };

	do {
		if (read(s->watching, events, sizeof(events)) <= 0)
			break;
	} while (poll(&p, 1, SETTLE_MS) > 0);
	watch(s);
	rebuild(s);
	tell_browsers(s);
}

static int open_port(struct ctx *cx, struct server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)s->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int on = 1;

	s->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(s->listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (s->listening < 0 || bind(s->listening, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(s->listening, 64) < 0 ||
	    getsockname(s->listening, (struct sockaddr *)&a, &n) < 0)
		return fail(cx, ERR_UNAVAILABLE, "port %d: %s", s->port, strerror(errno));
	s->port = ntohs(a.sin_port);
	return 0;
}

static void serve(struct server *s)
{
	struct pollfd p[] = { { .fd = s->listening, .events = POLLIN }, { .fd = s->watching, .events = POLLIN } };

	while (!stopping) {
		if (poll(p, LEN(p), -1) < 0)
			continue;
		if (p[1].revents)
			take_changes(s);
		if (p[0].revents) {
			int fd = accept4(s->listening, NULL, NULL, SOCK_CLOEXEC);

			if (fd >= 0 && !serve_one(s, fd))
				close(fd);
		}
	}
}

int docs_serve(struct ctx *cx, const char *source, int port)
{
	char folder[] = "/tmp/callboard-docs-XXXXXX";
	struct sigaction end = { .sa_handler = on_signal };
	struct server s = { .cx = cx, .port = port, .watching = inotify_init1(IN_CLOEXEC) };
	int rc;

	if (!mkdtemp(folder))
		return fail(cx, ERR_INTERNAL, "%s: %s", folder, strerror(errno));
	s.job = (struct docs_job){ .source = source,
				   .out = arena_printf(cx->mem, "%s/site", folder),
				   .cache = arena_printf(cx->mem, "%s/cache", folder) };
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	rc = open_port(cx, &s);
	if (rc == 0) {
		watch(&s);
		rebuild(&s);
		printf("http://127.0.0.1:%d/\n", s.port);
		fflush(stdout);
		serve(&s);
	}
	folder_remove(folder);
	return rc;
}
