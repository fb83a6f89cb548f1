/* Requests to a server of our own that answers well, badly or not at all. */
#include "ext/fetch.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ext/address.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

/* --- the server: one process for each connection --- */

static void send_all(int fd, const void *bytes, size_t n)
{
	for (const char *p = bytes; n;) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			_exit(0);
		p += sent;
		n -= (size_t)sent;
	}
}

static void send_text(int fd, const char *text)
{
	send_all(fd, text, strlen(text));
}

static void send_answer(int fd, const char *head, struct str body)
{
	char line[600];

	snprintf(line, sizeof(line), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", head, body.n);
	send_text(fd, line);
	send_all(fd, body.p, body.n);
}

/* A gzip stream of 258 * n + 1 zeros, in about 13 bits for each 258: deflate with fixed codes, written bit by bit. */
static void send_bomb(int fd, size_t n)
{
	static const unsigned char head[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3 };
	struct buf out = { .mem = &mem };
	const char *start = "11000110000",
		   *match = "1100010100000"; /* last block, fixed codes, literal 0; length 258, distance 1 */
	unsigned byte = 0, used = 0;

	buf_add(&out, head, sizeof(head));
	for (size_t i = 0; i <= n; i++)
		for (const char *bit = i ? match : start; *bit; bit++) {
			byte |= (unsigned)(*bit - '0') << used;
			if (++used == 8) {
				buf_addc(&out, (char)byte);
				byte = used = 0;
			}
		}
	send_answer(fd, "200 OK\r\nContent-Encoding: gzip", buf_str(&out));
}

static void send_endless(int fd)
{
	static const char zeros[65536];

	send_text(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	for (;;)
		send_all(fd, zeros, sizeof(zeros));
}

static void wait_for_client(int fd)
{
	char c;

	while (read(fd, &c, 1) > 0)
		;
	_exit(0);
}

static void answer(int fd, int connection, const char *path, struct str request)
{
	static const char zipped[] = "\x1f\x8b\x08\0\0\0\0\0\0\3\1\5\0\xfa\xffhello\x86\xa6\x10\x36\5\0\0";
	char head[500];

	if (streq(path, "/ok") && strstr(request.p, "If-None-Match: \"v1\"")) {
		send_text(fd, "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");
	} else if (str_starts(request.p, "HEAD ")) {
		send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n");
	} else if (streq(path, "/ok")) {
		send_answer(fd, "200 OK\r\nETag: \"v1\"\r\nContent-Type: text/plain\r\nRetry-After: 7", STR("hello"));
	} else if (streq(path, "/connection")) {
		send_answer(fd, "200 OK", str_of(arena_printf(&mem, "%d", connection)));
	} else if (streq(path, "/echo")) {
		send_answer(fd, "200 OK", request);
	} else if (str_starts(path, "/hop/")) {
		snprintf(head, sizeof(head), "%.3s Moved\r\nLocation: %s", path + 5, url_unescape(&mem, path + 9));
		send_answer(fd, head, STR("moved"));
	} else if (streq(path, "/loop")) {
		send_answer(fd, "302 Found\r\nLocation: /loop", STR(""));
	} else if (streq(path, "/slow")) {
		wait_for_client(fd);
	} else if (streq(path, "/slowbody")) {
		send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
		wait_for_client(fd);
	} else if (streq(path, "/short")) {
		send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
		_exit(0);
	} else if (streq(path, "/endless")) {
		send_endless(fd);
	} else if (streq(path, "/bomb")) {
		send_bomb(fd, 100000);
	} else if (streq(path, "/zipped")) {
		send_answer(fd, "200 OK\r\nContent-Encoding: gzip", (struct str){ zipped, sizeof(zipped) - 1 });
	} else if (streq(path, "/badzip")) {
		send_answer(fd, "200 OK\r\nContent-Encoding: gzip", STR("this is not gzip"));
	} else if (streq(path, "/garbage")) {
		send_text(fd, "\x01\x02nonsense\r\n\r\n");
		_exit(0);
	} else {
		send_answer(fd, "404 Not Found", STR("no"));
	}
}

static void serve(int fd, int connection)
{
	char request[8192], path[2048];
	size_t n = 0, body;

	for (;;) {
		ssize_t got = read(fd, request + n, sizeof(request) - 1 - n);

		if (got <= 0)
			_exit(0);
		request[n += (size_t)got] = '\0';

		const char *end = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");

		body = length ? strtoul(length + 16, NULL, 10) : 0;
		if (!end || n < (size_t)(end + 4 - request) + body)
			continue;
		if (sscanf(request, "%*s %2047s", path) != 1)
			_exit(1);
		answer(fd, connection, path, (struct str){ request, n });
		n = 0;
	}
}

static int port, other_port;
static pid_t servers[2];

static int listen_somewhere(int *fd)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	*fd = socket(AF_INET, SOCK_STREAM, 0);
	if (*fd < 0 || bind(*fd, (const struct sockaddr *)&at, n) < 0 || listen(*fd, 64) < 0 ||
	    getsockname(*fd, (struct sockaddr *)&at, &n) < 0)
		abort();
	return ntohs(at.sin_port);
}

static pid_t start_server(int *bound)
{
	int fd;

	*bound = listen_somewhere(&fd);
	fflush(stdout);

	pid_t pid = fork();

	if (pid) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	for (int connection = 1;; connection++) {
		int client = accept(fd, NULL, NULL);

		if (client >= 0 && fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(client, connection);
		}
		close(client);
	}
}

/* --- the tests --- */

static const char *url(const char *path)
{
	return arena_printf(&mem, "http://127.0.0.1:%d%s", port, path);
}

static const char *body_of(const char *path)
{
	struct fetch_answer a = { 0 };

	return fetch(&cx, &(struct fetch_request){ .url = url(path) }, &a) < 0 ? cx.err.text : a.body.p;
}

static int code_of(const char *path)
{
	struct fetch_answer a = { 0 };

	return fetch(&cx, &(struct fetch_request){ .url = url(path), .max_bytes = 100000, .timeout_ms = 10000 }, &a);
}

static void answers(void)
{
	struct fetch_answer a = { 0 };

	OK(fetch(&cx, &(struct fetch_request){ .url = url("/ok") }, &a) == 0);
	OK(a.status == 200 && a.body.n == 5);
	STR_EQ(a.body.p, "hello");
	STR_EQ(a.etag, "\"v1\"");
	STR_EQ(a.content_type, "text/plain");
	STR_EQ(a.retry_after, "7");
	STR_EQ(a.url, url("/ok"));
	OK(fetch(&cx, &(struct fetch_request){ .url = url("/ok"), .etag = "\"v1\"" }, &a) == 0);
	OK(a.status == 304 && a.body.n == 0);
	OK(fetch(&cx, &(struct fetch_request){ .url = url("/nowhere") }, &a) == 0 && a.status == 404);
	STR_EQ(a.content_type, "");
	STR_EQ(a.etag, NULL);
	STR_EQ(body_of("/zipped"), "hello");
	OK(fetch(&cx, &(struct fetch_request){ .url = url("/ok"), .method = "HEAD" }, &a) == 0 && a.body.n == 0);
}

static void requests(void)
{
	const struct fetch_header headers[] = { { "X-One", "1" }, { "Empty", "" }, { "Content-Type", "application/json" } };
	struct fetch_answer a = { 0 };
	struct fetch_request rq = {
		.url = url("/echo"), .method = "PUT", .headers = headers, .n_headers = 3, .body = STR("{}")
	};

	OK(fetch(&cx, &rq, &a) == 0);
	OK(str_starts(a.body.p, "PUT /echo HTTP/1.1\r\n") && str_ends(a.body.p, "\r\n\r\n{}"));
	OK(strstr(a.body.p, "\r\nX-One: 1\r\n") && strstr(a.body.p, "\r\nEmpty:\r\n"));
	OK(strstr(a.body.p, "\r\nContent-Type: application/json\r\n") && strstr(a.body.p, "\r\nUser-Agent: callboard\r\n"));
	OK(!strstr(a.body.p, "Expect"));
	OK(strstr(body_of("/echo"), "GET /echo") && !strstr(body_of("/echo"), "Content-Type"));
	rq.method = "DELETE\r\nX: y";
	OK(fetch(&cx, &rq, &a) == ERR_INPUT);
	rq.method = NULL;
	rq.headers = (const struct fetch_header[]){ { "A", "1\r\nB: 2" } };
	rq.n_headers = 1;
	OK(fetch(&cx, &rq, &a) == ERR_INPUT);
	rq.n_headers = 0;
	rq.etag = "x\ny";
	OK(fetch(&cx, &rq, &a) == ERR_INPUT);
}

static void faults(void)
{
	struct fetch_answer a = { 0 };
	uint64_t before = clock_mono_us();

	OK(fetch(&cx, &(struct fetch_request){ .url = url("/slow"), .timeout_ms = 150 }, &a) == ERR_TIMEOUT);
	OK(fetch(&cx, &(struct fetch_request){ .url = url("/slowbody"), .timeout_ms = 150 }, &a) == ERR_TIMEOUT);
	OK(clock_mono_us() - before < 5000000);
	OK(code_of("/short") == ERR_UPSTREAM);
	STR_EQ(cx.err.text, arena_printf(&mem, "%s: the answer is shorter than announced", url("/short")));
	OK(code_of("/endless") == ERR_TOOLARGE);
	OK(code_of("/bomb") == ERR_TOOLARGE);
	STR_EQ(cx.err.text, arena_printf(&mem, "%s: the answer has more than 100000 bytes", url("/bomb")));
	OK(code_of("/badzip") == ERR_UPSTREAM);
	OK(code_of("/garbage") == ERR_UPSTREAM);
	OK(fetch(&cx, &(struct fetch_request){ .url = url("/ok"), .max_bytes = 4 }, &a) == ERR_TOOLARGE);
	OK(fetch(&cx, &(struct fetch_request){ .url = url("/ok"), .max_bytes = 5 }, &a) == 0);
	OK(fetch(&cx, &(struct fetch_request){ .url = "http://127.0.0.1:1/" }, &a) == ERR_UPSTREAM);
	OK(fetch(&cx, &(struct fetch_request){ .url = "file:///etc/passwd" }, &a) == ERR_DENIED);
	OK(fetch(&cx, &(struct fetch_request){ .url = "gopher://127.0.0.1/" }, &a) == ERR_DENIED);
	OK(fetch(&cx, &(struct fetch_request){ .url = "no url" }, &a) == ERR_INPUT);
	OK(fetch(&cx, &(struct fetch_request){ .url = "http://u:geheim@127.0.0.1:1/x?access_token=geheim&a=b" }, &a) < 0);
	OK(!strstr(cx.err.text, "geheim") && str_starts(cx.err.text, "http://127.0.0.1:1/x?access_token=***&a=b: "));
}

static const char *hop(const char *status, const char *to)
{
	return url(arena_printf(&mem, "/hop/%s/%s", status, url_encode(&mem, to, false)));
}

static int count_hops(struct ctx *c, const char *to, void *arg)
{
	int *n = arg;

	++*n;
	return strstr(to, "forbidden") ? fail(c, ERR_DENIED, "not there") : 0;
}

static void redirects(void)
{
	struct fetch_answer a = { 0 };
	int hops = 0;
	struct fetch_request rq = { .url = hop("302", "../../ok#x"), .allow = count_hops, .allow_arg = &hops };

	OK(fetch(&cx, &rq, &a) == 0 && a.status == 200 && hops == 2);
	STR_EQ(a.url, url("/ok"));
	OK(code_of("/loop") == ERR_UPSTREAM);
	OK(strstr(cx.err.text, "more than 5 redirects"));
	rq.url = hop("301", "/forbidden");
	OK(fetch(&cx, &rq, &a) == ERR_DENIED);
	STR_EQ(cx.err.text, "not there");
	rq.url = url("/forbidden");
	OK(fetch(&cx, &rq, &a) == ERR_DENIED);
	OK(fetch(&cx, &(struct fetch_request){ .url = hop("302", "file:///etc/passwd") }, &a) == ERR_DENIED);
	OK(fetch(&cx, &(struct fetch_request){ .url = hop("302", "javascript:x") }, &a) == ERR_UPSTREAM);
	rq = (struct fetch_request){ .url = hop("303", "/echo"), .method = "POST", .body = STR("abc") };
	OK(fetch(&cx, &rq, &a) == 0 && str_starts(a.body.p, "GET /echo") && str_ends(a.body.p, "\r\n\r\n"));
	rq.url = hop("307", "/echo");
	OK(fetch(&cx, &rq, &a) == 0 && str_starts(a.body.p, "POST /echo") && str_ends(a.body.p, "\r\n\r\nabc"));
}

static void secrets(void)
{
	const struct fetch_header headers[] = { { "authorization", "Bearer t" },
						{ "PRIVATE-TOKEN", "t" },
						{ "X-Other", "o" },
						{ "X-Acme-Secret", "t" },
						{ "Ocp-Apim-Subscription-Key", "t" } };
	struct fetch_request rq = { .headers = headers, .n_headers = LEN(headers) };
	struct fetch_answer a = { 0 };

	rq.url = hop("302", "/echo");
	OK(fetch(&cx, &rq, &a) == 0 && strstr(a.body.p, "authorization: Bearer t") && strstr(a.body.p, "PRIVATE-TOKEN: t"));
	rq.url = hop("302", arena_printf(&mem, "http://u:p@127.0.0.1:%d/echo", other_port));
	OK(fetch(&cx, &rq, &a) == 0 && strstr(a.body.p, "X-Other: o"));
	OK(!strstr(a.body.p, "authorization") && !strstr(a.body.p, "PRIVATE-TOKEN") && !strstr(a.body.p, "Authorization"));
	OK(!strstr(a.body.p, "X-Acme-Secret") && !strstr(a.body.p, "Subscription-Key"));
	OK(!strstr(a.url, "u:p"));

	const char *back =
		arena_printf(&mem, "http://127.0.0.1:%d/hop/302/%s", other_port, url_encode(&mem, url("/echo"), false));

	rq.url = hop("302", back);
	OK(fetch(&cx, &rq, &a) == 0 && !strstr(a.body.p, "authorization"));
	rq = (struct fetch_request){ .url = arena_printf(&mem, "http://u%%40:p@127.0.0.1:%d/echo", port) };
	OK(fetch(&cx, &rq, &a) == 0 && strstr(a.body.p, "Authorization: Basic dUA6cA==\r\n"));
	OK(!strchr(a.url, '@'));
}

static bool is_public(const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return address_public((const struct sockaddr *)&in, sizeof(in));
	return inet_pton(AF_INET6, text, &in6.sin6_addr) == 1 && address_public((const struct sockaddr *)&in6, sizeof(in6));
}

static void addresses(void)
{
	static const char *const inside[] = { "127.0.0.1",       "10.1.2.3",        "172.31.0.1",    "192.168.1.1",
					      "169.254.169.254", "100.64.0.1",      "0.0.0.0",       "255.255.255.255",
					      "224.0.0.1",       "198.19.0.1",      "::1",           "::",
					      "::ffff:10.0.0.1", "fe80::1",         "fc00::1",       "fd12::1",
					      "ff02::1",         "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
					      "2001::1",         "::127.0.0.1",     "fec0::1",       "100::1" };
	static const char *const outside[] = { "1.1.1.1",         "172.32.0.1",      "172.15.0.1",      "100.128.0.1",
					       "223.255.255.255", "11.0.0.1",        "2606:4700::1111", "::ffff:1.1.1.1",
					       "2a00::1",         "64:ff9b::101:101" };
	static const char *const hosts[] = { "127.0.0.1", "[::ffff:127.0.0.1]", "127.1", "2130706433", "[::1]" };
	struct fetch_answer a = { 0 };

	for (size_t i = 0; i < LEN(inside); i++)
		OK(!is_public(inside[i]));
	for (size_t i = 0; i < LEN(outside); i++)
		OK(is_public(outside[i]));
	/* A connection is kept open to this very address; it must not be used. */
	OK(code_of("/ok") == 0);
	for (size_t i = 0; i < LEN(hosts); i++) {
		const char *to = arena_printf(&mem, "http://%s:%d/ok", hosts[i], port);

		OK(fetch(&cx, &(struct fetch_request){ .url = to, .public_only = true }, &a) == ERR_DENIED);
	}
	OK(strstr(cx.err.text, "not a public address"));
}

static void connections(void)
{
	const char *first = arena_strdup(&mem, body_of("/connection"));
	int status = 1;

	STR_EQ(body_of("/connection"), first);
	fflush(stdout);

	pid_t pid = fork();

	if (pid == 0)
		_exit(streq(body_of("/connection"), first)); /* a child makes its own */
	OK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	STR_EQ(body_of("/connection"), first);
}

static void together(void)
{
	enum { N = 40 };
	struct fetch_request rq[N] = { 0 };
	struct fetch_answer out[N] = { 0 };
	const char *text[N];
	int rc[N], good = 0;

	for (int i = 0; i < N; i++)
		rq[i] = (struct fetch_request){ .url = url(i % 2 ? "/ok" : "/short"), .public_only = i == 7 };
	rq[0] = (struct fetch_request){ .url = url("/slow"), .timeout_ms = 200 };
	fetch_all(&cx, rq, out, rc, text, N);
	OK(rc[0] == ERR_TIMEOUT && strstr(text[0], "/slow"));
	OK(rc[7] == ERR_DENIED && rc[2] == ERR_UPSTREAM && strstr(text[2], "shorter"));
	for (int i = 1; i < N; i += 2)
		good += rc[i] == 0 && out[i].status == 200 && streq(out[i].body.p, "hello") && !text[i];
	OK(good == N / 2 - 1);
	fetch_all(&cx, NULL, NULL, NULL, NULL, 0);
}

int main(void)
{
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	servers[0] = start_server(&port);
	servers[1] = start_server(&other_port);
	answers();
	requests();
	faults();
	redirects();
	secrets();
	addresses();
	connections();
	together();
	for (int i = 0; i < 2; i++)
		kill(servers[i], SIGKILL);
	arena_release(&mem);
	return DONE();
}
