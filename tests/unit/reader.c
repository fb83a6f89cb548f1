/* Reading locations: local files, a small HTTP server standing for hosts, globs, links, what is refused. */
#include "catalog/reader.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "ext/json.h"
#include "tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static int port;
static char dir[] = "/tmp/reader-XXXXXX";

/* ---- a server: one request a connection, in a child process ---- */

/* What it answers to "GET target" (host: the part before the port). NULL body: 404. */
struct answer {
	const char *host, *target, *needs; /* needs: text that must be in the request, else 401 */
	int status;
	const char *headers, *body;
};

static const struct answer answers[] = {
	{ "127.0.0.1", "/plain.yaml", NULL, 200, "ETag: \"v1\"\r\n", "plain" },
	{ "127.0.0.1", "/broken", NULL, 500, "", "oh" },
	{ "127.0.0.1", "/limited", NULL, 429, "Retry-After: 5\r\n", "" },
	{ "127.0.0.1", "/to-ok", NULL, 302, "Location: /plain.yaml\r\n", "" },
	{ "127.0.0.1", "/to-bad", NULL, 302, "Location: http://127.0.0.2:PORT/plain.yaml\r\n", "" },
	{ "127.0.0.1", "/to-file", NULL, 302, "Location: file:///etc/passwd\r\n", "" },
	{ "127.0.0.2", "/plain.yaml", NULL, 200, "", "must not be read" },
	{ "127.0.0.3", "/public/a", NULL, 200, "", "public" },
	{ "127.0.0.3", "/private", NULL, 200, "", "must not be read" },
	{ "127.0.0.1", "/api/v3/repos/o/r/contents/dir/a%20b.yaml?ref=main", "Authorization: Bearer gh-token", 200,
	  "ETag: \"g1\"\r\n", "github" },
	{ "127.0.0.1", "/api/v3/repos/o/r/contents/gone.yaml?ref=main", NULL, 404, "", "" },
	{ "127.0.0.1", "/api/v3/repos/o/r/git/trees/main?recursive=true", "Authorization: Bearer gh-token", 200, "",
	  "{\"truncated\":false,\"tree\":[{\"path\":\"b/catalog-info.yaml\",\"type\":\"blob\",\"mode\":\"100644\"},"
	  "{\"path\":\"b\",\"type\":\"tree\"},{\"path\":\"a b/catalog-info.yaml\",\"type\":\"blob\",\"mode\":\"100644\"},"
	  "{\"path\":\"link/catalog-info.yaml\",\"type\":\"blob\",\"mode\":\"120000\"},"
	  "{\"path\":\"README.md\",\"type\":\"blob\",\"mode\":\"100644\"}]}" },
	{ "127.0.0.1", "/api/v3/repos/o/big/git/trees/main?recursive=true", NULL, 200, "", "{\"truncated\":true,\"tree\":[]}" },
	{ "127.0.0.1", "/api/v3/repos/o/big/git/trees/main", NULL, 200, "",
	  "{\"tree\":[{\"path\":\"apps\",\"type\":\"tree\",\"sha\":\"s1\"},{\"path\":\"other\",\"type\":\"tree\",\"sha\":"
	  "\"s2\"}]}" },
	{ "127.0.0.1", "/api/v3/repos/o/big/git/trees/s1?recursive=true", NULL, 200, "",
	  "{\"tree\":[{\"path\":\"x/c.yaml\",\"type\":\"blob\",\"mode\":\"100644\"}]}" },
	{ "127.0.0.5", "/api/v4/projects/g%2Fsub%2Fr/repository/files/dir%2Fa.yaml/raw?ref=main",
	  "Authorization: Bearer gl-token", 200, "", "gitlab" },
	{ "127.0.0.5", "/api/v4/projects/g%2Fsub%2Fr/repository/tree?recursive=true&per_page=100&page=1&ref=main&path=dir",
	  NULL, 200, "",
	  "[{\"path\":\"dir/a.yaml\",\"type\":\"blob\",\"mode\":\"100644\"},{\"path\":\"dir/x\",\"type\":\"tree\"}]" },
	{ "127.0.0.6", "/api/v1/repos/o/r/contents/a.yaml?ref=main", "Authorization: Basic dXNlcjpwYXNzd29yZA==", 200, "",
	  "{\"type\":\"file\",\"encoding\":\"base64\",\"content\":\"Z2l0ZWE=\"}" },
	{ "127.0.0.6", "/api/v1/repos/o/r/contents/odd.yaml?ref=main", NULL, 200, "",
	  "{\"type\":\"file\",\"encoding\":\"rot13\"}" },
	{ "127.0.0.6", "/api/v1/repos/o/r/git/trees/main?recursive=true&per_page=1000&page=1", NULL, 200, "",
	  "{\"truncated\":false,\"total_count\":1,\"tree\":[{\"path\":\"a.yaml\",\"type\":\"blob\",\"mode\":\"100644\"}]}" },
	{ "127.0.0.7", "/rest/api/1.0/projects/P/repos/r/raw/a.yaml?at=main", "Authorization: Bearer bb-token", 200, "",
	  "bitbucket" },
	{ "127.0.0.7", "/rest/api/1.0/projects/P/repos/r/files/d?limit=1000&start=0&at=main", NULL, 200, "",
	  "{\"isLastPage\":false,\"nextPageStart\":1,\"values\":[\"a.yaml\"]}" },
	{ "127.0.0.7", "/rest/api/1.0/projects/P/repos/r/files/d?limit=1000&start=1&at=main", NULL, 200, "",
	  "{\"isLastPage\":true,\"values\":[\"e/b.yaml\",\"c.txt\"]}" },
};

static const struct answer *find(const char *request)
{
	char host[64], target[512];

	if (sscanf(request, "GET %511s", target) != 1)
		return NULL;
	for (size_t i = 0; i < LEN(answers); i++) {
		snprintf(host, sizeof(host), "Host: %s:%d\r\n", answers[i].host, port);
		if (streq(answers[i].target, target) && strstr(request, host))
			return &answers[i];
	}
	return NULL;
}

static void answer_to(int fd, const char *request)
{
	static const struct answer none = { .status = 404, .headers = "", .body = "" };
	static const struct answer same = { .status = 304, .headers = "ETag: \"v1\"\r\n", .body = "" };
	static const struct answer who = { .status = 401, .headers = "", .body = "" };
	const struct answer *a = find(request);
	char head[1024], text[512] = "", number[16];

	if (!a)
		a = &none;
	else if (a->needs && !strstr(request, a->needs))
		a = &who;
	else if (strstr(request, "If-None-Match: \"v1\""))
		a = &same;
	snprintf(number, sizeof(number), "%d", port);
	const char *at = strstr(a->headers, "PORT");

	snprintf(text, sizeof(text), "%.*s%s%s", at ? (int)(at - a->headers) : (int)strlen(a->headers), a->headers,
		 at ? number : "", at ? at + 4 : "");
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n%s", a->status,
			 strlen(a->body), text, a->body);

	for (int off = 0; off < n;) {
		ssize_t w = write(fd, head + off, (size_t)(n - off));

		if (w <= 0)
			break;
		off += (int)w;
	}
}

static void serve(int sock)
{
	for (;;) {
		char request[8192];
		size_t n = 0;
		int fd = accept(sock, NULL, NULL);

		if (fd < 0)
			continue;
		while (n < sizeof(request) - 1) {
			ssize_t r = read(fd, request + n, sizeof(request) - 1 - n);

			if (r <= 0)
				break;
			n += (size_t)r;
			request[n] = '\0';
			if (strstr(request, "\r\n\r\n"))
				break;
		}
		request[n] = '\0';
		answer_to(fd, request);
		shutdown(fd, SHUT_WR);
		while (read(fd, request, sizeof(request)) > 0)
			;
		close(fd);
	}
}

static pid_t start_server(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY) };
	socklen_t len = sizeof(a);
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	if (sock < 0 || bind(sock, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(sock, 16) < 0 ||
	    getsockname(sock, (struct sockaddr *)&a, &len) < 0)
		abort();
	port = ntohs(a.sin_port);
	pid_t pid = fork();

	if (pid == 0)
		serve(sock);
	close(sock);
	return pid;
}

/* ---- helpers ---- */

static struct json *config(void)
{
	struct buf text = { .mem = &mem };
	struct json *v;

	buf_addf(&text,
		 "{\"integrations\":{\"github\":[{\"host\":\"127.0.0.1:%d\",\"apiBaseUrl\":\"http://127.0.0.1:%d/api/v3/\",",
		 port, port);
	buf_addf(&text,
		 "\"token\":\"gh-token\\n\"}],\"gitlab\":[{\"host\":\"127.0.0.5:%d\",\"baseUrl\":\"http://127.0.0.5:%d\",",
		 port, port);
	buf_addf(&text, "\"token\":\"gl-token\"}],\"gitea\":[{\"host\":\"127.0.0.6:%d\",\"baseUrl\":\"http://127.0.0.6:%d\",",
		 port, port);
	buf_addf(&text, "\"username\":\"user\",\"password\":\"password\"}],\"bitbucketServer\":[{\"host\":\"127.0.0.7:%d\",",
		 port);
	buf_addf(&text, "\"apiBaseUrl\":\"http://127.0.0.7:%d/rest/api/1.0\",\"token\":\"bb-token\"}],", port);
	buf_addf(&text, "\"git\":[{\"url\":\"https://git.example/team\"}]},");
	buf_addf(&text, "\"backend\":{\"reading\":{\"allow\":[{\"host\":\"127.0.0.1:%d\"},{\"host\":\"*.ok.example\"},", port);
	buf_addf(&text, "{\"host\":\"127.0.0.3:%d\",\"paths\":[\"/public/\"]}]}},", port);
	buf_addf(&text, "\"catalog\":{\"locations\":[{\"type\":\"file\",\"target\":\"%s/named/all.yaml\"},", dir);
	buf_addf(&text, "{\"type\":\"file\",\"target\":\"%s/link.yaml\"}]}}", dir);
	if (json_parse(&cx, buf_str(&text), &v) < 0)
		abort();
	return v;
}

static const char *url(const char *host, const char *rest)
{
	return arena_printf(&mem, "http://%s:%d%s", host, port, rest);
}

static const char *in_dir(const char *name)
{
	return arena_printf(&mem, "%s/%s", dir, name);
}

static void put(const char *name, const char *text)
{
	const char *path = in_dir(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

static void make_older(const char *name)
{
	struct timespec t[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	utimensat(AT_FDCWD, in_dir(name), t, 0);
}

static int last;

/* The bytes of a target, or the words of the error; last is the code. */
static const char *read_as(const char *type, const char *target, const char *etag, struct read_result *out)
{
	struct location loc = { type, target };

	last = reader_read(&cx, &loc, etag, out);
	if (last < 0)
		return arena_strdup(&mem, cx.err.text);
	return out->unchanged ? "(unchanged)" : arena_strndup(&mem, out->bytes.p, out->bytes.n);
}

static const char *get(const char *target)
{
	struct read_result r;

	return read_as("url", target, NULL, &r);
}

static const char *glob(const char *type, const char *target)
{
	struct location loc = { type, target };
	const char **all;
	size_t n;
	struct buf out = { .mem = &mem };

	last = reader_glob(&cx, &loc, &all, &n);
	if (last < 0)
		return arena_strdup(&mem, cx.err.text);
	for (size_t i = 0; i < n; i++)
		buf_addf(&out, "%s%s", i ? " " : "", str_starts(all[i], dir) ? all[i] + strlen(dir) : all[i]);
	return buf_text(&out);
}

static const char *resolve(const char *type, const char *base, const char *target)
{
	struct location loc = { type, base };
	const char *out;

	last = reader_resolve(&cx, &loc, target, &out);
	return last < 0 ? "(error)" : out;
}

/* ---- tests ---- */

static void files(void)
{
	struct read_result r;

	mkdir(in_dir("named"), 0755);
	mkdir(in_dir("named/sub"), 0755);
	mkdir(in_dir("named/sub/.hidden"), 0755);
	put("a.yaml", "one");
	put("named/all.yaml", "all");
	put("named/sub/x.yaml", "x");
	put("named/sub/.hidden/x.yaml", "h");
	if (symlink("a.yaml", in_dir("link.yaml")) || symlink("a.yaml", in_dir("other.yaml")) ||
	    symlink("sub", in_dir("named/linked")) || mkfifo(in_dir("fifo"), 0644))
		abort();

	STR_EQ(read_as("file", in_dir("a.yaml"), NULL, &r), "one");
	STR_EQ(r.etag, ""); /* too young to be told from a second change */
	make_older("a.yaml");
	STR_EQ(read_as("file", in_dir("a.yaml"), NULL, &r), "one");
	OK(*r.etag);
	const char *etag = r.etag;

	STR_EQ(read_as("file", in_dir("a.yaml"), etag, &r), "(unchanged)");
	STR_EQ(r.etag, etag);
	put("a.yaml", "longer");
	make_older("a.yaml");
	STR_EQ(read_as("file", in_dir("a.yaml"), etag, &r), "longer");
	STR_EQ(read_as("file", in_dir("missing.yaml"), NULL, &r),
	       arena_printf(&mem, "file %s/missing.yaml does not exist", dir));
	OK(last == ERR_NOTFOUND);
	STR_EQ(read_as("file", in_dir("link.yaml"), NULL, &r), "longer"); /* named by the configuration */
	OK(strstr(read_as("file", in_dir("other.yaml"), NULL, &r), "symbolic link") && last == ERR_INPUT);
	OK(strstr(read_as("file", in_dir("named/linked/x.yaml"), NULL, &r), "symbolic link") && last == ERR_INPUT);
	STR_EQ(read_as("file", in_dir("named/sub/../sub/./x.yaml"), NULL, &r), "x");
	OK(strstr(read_as("file", in_dir("named"), NULL, &r), "not a regular file") && last == ERR_INPUT);
	OK(strstr(read_as("file", in_dir("fifo"), NULL, &r), "not a regular file") && last == ERR_INPUT);
	OK(strstr(read_as("file", in_dir("named/"), NULL, &r), "names a folder") && last == ERR_INPUT);
	OK(strstr(read_as("ftp", "x", NULL, &r), "not supported") && last == ERR_INPUT);
	if (truncate(in_dir("named/all.yaml"), (10 << 20) + 1))
		abort();
	OK(strstr(read_as("file", in_dir("named/all.yaml"), NULL, &r), "larger than 10 MiB") && last == ERR_TOOLARGE);
}

static void file_globs(void)
{
	STR_EQ(glob("file", in_dir("named/**/x.yaml")),
	       "/named/sub/.hidden/x.yaml /named/sub/x.yaml"); /* not through the link */
	STR_EQ(glob("file", in_dir("named/*/x.yaml")), "/named/sub/x.yaml");
	STR_EQ(glob("file", in_dir("*.yaml")), "/a.yaml"); /* links are no regular files */
	STR_EQ(glob("file", in_dir("named/{all,none}.yaml")), "/named/all.yaml");
	STR_EQ(glob("file", in_dir("nowhere/*.yaml")), "");
	OK(last == 0);
	OK(reader_is_glob(&cx, &(struct location){ "file", "/a/[ab].yaml" }));
	OK(!reader_is_glob(&cx, &(struct location){ "file", "/a/b.yaml" }));
}

static void urls(void)
{
	struct read_result r;

	STR_EQ(read_as("url", url("127.0.0.1", "/plain.yaml#L3"), NULL, &r), "plain");
	STR_EQ(r.etag, "\"v1\"");
	STR_EQ(read_as("url", url("127.0.0.1", "/plain.yaml"), "\"v1\"", &r), "(unchanged)");
	STR_EQ(r.etag, "\"v1\"");
	STR_EQ(get(url("127.0.0.1", "/none")),
	       arena_printf(&mem, "Unable to read url, no matching files found for http://127.0.0.1:%d/none", port));
	OK(last == ERR_NOTFOUND);
	STR_EQ(get(url("127.0.0.1", "/broken")),
	       arena_printf(&mem, "Unable to read url, http://127.0.0.1:%d/broken, 500 Internal Server Error", port));
	OK(last == ERR_UPSTREAM);
	OK(strstr(get(url("127.0.0.1", "/limited")), "429 Too Many Requests") && last == ERR_UPSTREAM);
	STR_EQ(get(url("127.0.0.1", "/to-ok")), "plain");
	OK(strstr(get(url("127.0.0.1", "/to-bad")), "is not allowed") && last == ERR_DENIED);
	OK(get(url("127.0.0.1", "/to-file")) && last < 0);
	STR_EQ(get(url("127.0.0.2", "/plain.yaml")),
	       arena_printf(&mem,
			    "Reading from 'http://127.0.0.2:%d/plain.yaml' is not allowed. You may need to configure an "
			    "integration for "
			    "the target host, or add it to the configured list of allowed hosts at 'backend.reading.allow'",
			    port));
	OK(last == ERR_DENIED);
	STR_EQ(get(url("127.0.0.3", "/public/a")), "public");
	OK(get(url("127.0.0.3", "/private")) && last == ERR_DENIED);
	OK(get(url("127.0.0.3", "/public/../private")) && last == ERR_DENIED);
	OK(get(url("127.0.0.3", "/public/%2e%2e/private")) && last == ERR_DENIED);
	OK(get(url("127.0.0.3", "/public/%252e%252e%252fprivate")) && last == ERR_DENIED);
	OK(get("http://127.0.0.1/plain.yaml") && last == ERR_DENIED); /* another port */
	OK(get("https://ok.example/") && last == ERR_DENIED);         /* "*." asks for a part before it */
	OK(get("https://evilok.example/") && last == ERR_DENIED);
	OK(get("javascript:alert(1)") && last == ERR_DENIED);
	OK(get("nonsense") && last < 0);
}

static void hosts(void)
{
	struct read_result r;

	STR_EQ(read_as("url", url("127.0.0.1", "/o/r/blob/main/dir/a%20b.yaml"), NULL, &r), "github");
	STR_EQ(r.etag, "\"g1\"");
	STR_EQ(get(url("127.0.0.1", "/o/r/tree/main/dir/a%20b.yaml")), "github");
	STR_EQ(get(url("127.0.0.1", "/o/r/raw/main/dir/a%20b.yaml")), "github");
	STR_EQ(get(url("127.0.0.1", "/o/r/blob/main/gone.yaml")),
	       arena_printf(&mem, "Unable to read url, no matching files found for http://127.0.0.1:%d/o/r/blob/main/gone.yaml",
			    port));
	OK(strstr(get("https://github.com/o/r/issues/3"),
		  "Incorrect URL: https://github.com/o/r/issues/3, Invalid GitHub URL") &&
	   last == ERR_INPUT);
	OK(get("https://github.com/o/r/blob/main/%2e%2e%2f%2e%2e%2fuser/repos") && last == ERR_INPUT);
	OK(get("https://github.com/o/r/blob/main/%252e%252e/x") && last == ERR_INPUT);
	OK(get("https://github.com/o/r/blob/main/a%00b") && last == ERR_INPUT);
	STR_EQ(get(url("127.0.0.5", "/g/sub/r/-/blob/main/dir/a.yaml")), "gitlab");
	STR_EQ(get(url("127.0.0.5", "/g/sub/r/blob/main/dir/a.yaml")), "gitlab");
	STR_EQ(get(url("127.0.0.6", "/o/r/src/branch/main/a.yaml")), "gitea");
	OK(strstr(get(url("127.0.0.6", "/o/r/src/branch/main/odd.yaml")), "no file in base64") && last == ERR_UPSTREAM);
	STR_EQ(get(url("127.0.0.7", "/projects/P/repos/r/browse/a.yaml?at=main")), "bitbucket");
}

static void host_globs(void)
{
	STR_EQ(glob("url", url("127.0.0.1", "/o/r/blob/main/**/catalog-info.yaml")),
	       arena_printf(&mem, "%s %s", url("127.0.0.1", "/o/r/blob/main/a%20b/catalog-info.yaml"),
			    url("127.0.0.1", "/o/r/blob/main/b/catalog-info.yaml")));
	STR_EQ(glob("url", url("127.0.0.1", "/o/big/blob/main/apps/*/c.yaml")),
	       url("127.0.0.1", "/o/big/blob/main/apps/x/c.yaml"));
	STR_EQ(glob("url", url("127.0.0.5", "/g/sub/r/-/blob/main/dir/*.yaml")),
	       url("127.0.0.5", "/g/sub/r/-/blob/main/dir/a.yaml"));
	STR_EQ(glob("url", url("127.0.0.6", "/o/r/src/branch/main/*.yaml")), url("127.0.0.6", "/o/r/src/branch/main/a.yaml"));
	STR_EQ(glob("url", url("127.0.0.7", "/projects/P/repos/r/browse/d/**/*.yaml?at=main")),
	       arena_printf(&mem, "%s %s", url("127.0.0.7", "/projects/P/repos/r/browse/d/a.yaml?at=main"),
			    url("127.0.0.7", "/projects/P/repos/r/browse/d/e/b.yaml?at=main")));
	OK(glob("url", "https://git.example/*.yaml") && last == ERR_DENIED);
	OK(reader_is_glob(&cx, &(struct location){ "url", "https://github.com/o/r/blob/main/**/c.yaml" }));
	OK(!reader_is_glob(&cx, &(struct location){ "url", "https://github.com/o/r/blob/main/%2A.yaml" }));
	OK(!reader_is_glob(&cx, &(struct location){ "url", "https://plain.example/*.yaml" }));
	OK(reader_is_glob(&cx, &(struct location){ "url", "git+https://git.example/team/r.git//**/c.yaml" }));
	OK(!reader_is_glob(&cx, &(struct location){ "url", "git+https://git.example/team/r.git//c.yaml?ref=*" }));
}

static void git_urls(void)
{
	OK(get("git+https://other.example/r.git//a.yaml") && last == ERR_DENIED);
	OK(get("git+https://git.example/teams/r.git//a.yaml") && last == ERR_DENIED); /* not below /team */
	OK(get("git+https://git.example.evil/team/r.git//a.yaml") && last == ERR_DENIED);
	OK(get("git+https://git.example/team/../x/r.git//a.yaml") && last == ERR_INPUT);
	OK(get("git+https://git.example/team/r.git//%2e%2e/a.yaml") && last == ERR_INPUT);
	OK(get("git+https://git.example/team/r.git") && last == ERR_INPUT);
	OK(get("git+ext::sh -c id//x") && last == ERR_INPUT);
}

static void resolving(void)
{
	const char *gh = "https://github.com/o/r/blob/main/dir/all.yaml",
		   *git = "git+https://git.example/team/r.git//dir/all.yaml?ref=main";

	STR_EQ(resolve("url", gh, "./x.yaml"), "https://github.com/o/r/tree/main/dir/x.yaml");
	STR_EQ(resolve("url", gh, "../**/x.yaml"), "https://github.com/o/r/tree/main/**/x.yaml");
	STR_EQ(resolve("url", gh, "/x.yaml"), "https://github.com/o/r/tree/main/x.yaml");
	STR_EQ(resolve("url", gh, "https://elsewhere.example/x"), "https://elsewhere.example/x");
	STR_EQ(resolve("url", "https://github.com/o/r/tree/feature/a?path=dir/all.yaml", "x.yaml"),
	       "https://github.com/o/r/tree/feature/a?path=dir/x.yaml");
	STR_EQ(resolve("url", "https://gitlab.com/g/r/-/blob/main/a.yaml", "sub/b.yaml"),
	       "https://gitlab.com/g/r/-/blob/main/sub/b.yaml");
	STR_EQ(resolve("url", url("127.0.0.7", "/projects/P/repos/r/browse/d/a.yaml?at=x"), "b.yaml"),
	       url("127.0.0.7", "/projects/P/repos/r/browse/d/b.yaml?at=x"));
	STR_EQ(resolve("url", url("127.0.0.7", "/projects/P/repos/r/browse/d/a.yaml?at=x"), "/b.yaml"),
	       url("127.0.0.7", "/projects/P/repos/r/browse/b.yaml?at=x"));
	STR_EQ(resolve("url", "https://plain.example/a/b.yaml?x=1", "c.yaml"), "https://plain.example/a/c.yaml");
	STR_EQ(resolve("url", "https://plain.example/a/b.yaml", "//other.example/c"), "https://other.example/c");
	STR_EQ(resolve("url", git, "../x.yaml"), "git+https://git.example/team/r.git//x.yaml?ref=main");
	STR_EQ(resolve("url", git, "/y/./x.yaml"), "git+https://git.example/team/r.git//y/x.yaml?ref=main");
	STR_EQ(resolve("url", git, "../../x.yaml"), "(error)");
	OK(last == ERR_INPUT);
	STR_EQ(resolve("file", "/srv/c/all.yaml", "../x/./y.yaml"), "/srv/x/y.yaml");
	STR_EQ(resolve("file", "/srv/c/all.yaml", "/etc/y.yaml"), "/etc/y.yaml");
	STR_EQ(resolve("file", "/srv/c/all.yaml", "https://x.example/"), "https://x.example/");
	STR_EQ(resolve("url", "nonsense", "x"), "(error)");
	OK(last == ERR_INPUT);
	STR_EQ(resolve("url", gh, "  "), "(error)");
}

static void check_links(const char *target, const char *view, const char *edit, const char *source)
{
	struct location loc = { "url", target };
	const char *v, *e, *s;

	OK(reader_links(&cx, &loc, &v, &e, &s) == 0);
	STR_EQ(v, view);
	STR_EQ(e, edit);
	STR_EQ(s, source);
}

static void links(void)
{
	const char *rejected = "https://backstage.io/annotation-rejected-for-security-reasons", *v, *e, *s;
	const char *commit = "https://github.com/o/r/blob/0123456789012345678901234567890123456789/a.yaml";

	check_links("https://github.com/o/r/blob/main/d/a.yaml", "https://github.com/o/r/blob/main/d/a.yaml",
		    "https://github.com/o/r/edit/main/d/a.yaml", "url:https://github.com/o/r/tree/main/d/");
	check_links("https://github.com/o/r/tree/main/a.yaml", "https://github.com/o/r/tree/main/a.yaml",
		    "https://github.com/o/r/edit/main/a.yaml", "url:https://github.com/o/r/tree/main/");
	check_links(commit, commit, NULL, "url:https://github.com/o/r/tree/0123456789012345678901234567890123456789/");
	check_links("https://gitlab.com/g/s/r/-/blob/main/a.yaml", "https://gitlab.com/g/s/r/-/blob/main/a.yaml",
		    "https://gitlab.com/g/s/r/-/edit/main/a.yaml", "url:https://gitlab.com/g/s/r/-/blob/main/");
	check_links("https://bitbucket.org/w/r/src/main/a.yaml", "https://bitbucket.org/w/r/src/main/a.yaml",
		    "https://bitbucket.org/w/r/src/main/a.yaml?mode=edit&at=main", "url:https://bitbucket.org/w/r/src/main/");
	check_links(url("127.0.0.6", "/o/r/src/branch/main/d/a.yaml"), url("127.0.0.6", "/o/r/src/branch/main/d/a.yaml"),
		    url("127.0.0.6", "/o/r/_edit/main/d/a.yaml"),
		    arena_printf(&mem, "url:%s", url("127.0.0.6", "/o/r/src/branch/main/d/")));
	check_links(url("127.0.0.7", "/projects/P/repos/r/browse/a.yaml?at=x"),
		    url("127.0.0.7", "/projects/P/repos/r/browse/a.yaml?at=x"),
		    url("127.0.0.7", "/projects/P/repos/r/browse/a.yaml"),
		    arena_printf(&mem, "url:%s", url("127.0.0.7", "/projects/P/repos/r/browse/?at=x")));
	check_links("https://plain.example/a.yaml", "https://plain.example/a.yaml", NULL, NULL);
	check_links("git+https://git.example/team/r.git//d/a.yaml?ref=main", NULL, NULL,
		    "url:git+https://git.example/team/r.git//d/?ref=main");
	check_links("git+https://github.com/o/r.git//d/a.yaml?ref=main", "https://github.com/o/r/blob/main/d/a.yaml",
		    "https://github.com/o/r/edit/main/d/a.yaml", "url:git+https://github.com/o/r.git//d/?ref=main");
	check_links(" java\tscript:alert(1)", rejected, rejected, NULL);
	OK(reader_links(&cx, &(struct location){ "file", "/a" }, &v, &e, &s) == 0 && !v && !e && !s);
}

static void repositories(void)
{
	const char *a = "https://github.com/o/r/blob/main/a.yaml";

	OK(reader_same_repository(&cx, a, "https://github.com/O/R/tree/dev/d/b.yaml"));
	OK(reader_same_repository(&cx, a, "https://raw.githubusercontent.com/o/r/main/b.yaml"));
	OK(reader_same_repository(&cx, a, "git+https://github.com/o/r.git//b.yaml"));
	OK(!reader_same_repository(&cx, a, "https://github.com/o/other/blob/main/a.yaml"));
	OK(!reader_same_repository(&cx, a, "https://gitlab.com/o/r/-/blob/main/a.yaml"));
	OK(!reader_same_repository(&cx, a, "git+https://git.example/o/r.git//a.yaml"));
	OK(reader_same_repository(&cx, a, "https://plain.example/a.yaml"));
	OK(!reader_same_repository(&cx, "https://gitlab.com/g/a/-/blob/m/x", "https://gitlab.com/g/a/sub/-/blob/m/x"));
}

static const char *parse(const char *text)
{
	struct location loc;

	last = location_parse(&cx, text, &loc);
	return last < 0 ? cx.err.text : location_format(&mem, &loc);
}

static void location_texts(void)
{
	STR_EQ(parse("url:https://h/p"), "url:https://h/p");
	STR_EQ(parse(" file : ./a:b "), "file:./a:b");
	STR_EQ(parse("nope"), "Unable to parse location ref 'nope', expected '<type>:<target>', e.g. 'url:https://host/path'");
	OK(last == ERR_INPUT);
	STR_EQ(parse(":x"), "Unable to parse location ref ':x', expected '<type>:<target>', e.g. 'url:https://host/path'");
	STR_EQ(parse("https://h/p"),
	       "Invalid location ref 'https://h/p', please prefix it with 'url:', e.g. 'url:https://h/p'");
	OK(strstr(parse("url:javascript:alert(1)"), "javascript: URL") && last == ERR_INPUT);
	OK(strstr(parse("javascript:alert(1)"), "javascript: URL") && last == ERR_INPUT);
}

static void clean_up(void)
{
	pid_t pid = fork();

	if (pid == 0)
		execlp("rm", "rm", "-rf", "--", dir, (char *)NULL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	pid_t server = start_server();

	log_open("/dev/null", LOG_ERROR_);
	if (!mkdtemp(dir))
		abort();
	cx.conf = config();
	location_texts();
	files();
	file_globs();
	resolving();
	links();
	repositories();
	git_urls();
	urls();
	hosts();
	host_globs();
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	clean_up();
	arena_release(&mem);
	return DONE();
}
