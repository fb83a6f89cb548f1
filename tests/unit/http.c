/* Requests from CGI variables, answers to CGI heads: headers, cookies, query, ETags. */
#include "web/http.h"

#include "tests/unit/tap.h"
#include "web/stream.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static struct req rq;
static struct resp rs;

#define READ(...) read_cgi((char *const[]){ __VA_ARGS__, NULL })

static int read_cgi(char *const *env)
{
	rq = (struct req){ .cx = &cx };
	rs = (struct resp){ .mem = &mem, .body.mem = &mem };
	return req_from_cgi(&rq, env);
}

static char v_get[] = "REQUEST_METHOD=GET", v_head[] = "REQUEST_METHOD=HEAD", v_odd[] = "REQUEST_METHOD=BREW";
static char v_uri[] = "REQUEST_URI=/a%20b/c?x=1&y=a+b%26&x=2&&z&=e&p=%zz%4";
static char v_host[] = "HTTP_HOST=portal.example", v_agent[] = "HTTP_USER_AGENT=curl", v_bad[] = "HTTP_X_BAD=\xff";
static char v_type[] = "CONTENT_TYPE=text/plain", v_none[] = "CONTENT_LENGTH=", v_https[] = "HTTPS=on";
static char v_addr[] = "REMOTE_ADDR=::1", v_junk[] = "no equals sign", v_cookie[] = "HTTP_COOKIE=a=1; b=\"two\";c = 3 ;a=4; d";

static void reads_requests(void)
{
	OK(READ(v_get, v_uri, v_host, v_agent, v_bad, v_type, v_none, v_https, v_addr, v_junk) == 0);
	OK(rq.method == GET);
	STR_EQ(rq.path, "/a%20b/c");
	STR_EQ(rq.query_string, "x=1&y=a+b%26&x=2&&z&=e&p=%zz%4");
	STR_EQ(req_query(&rq, "x"), "1");
	STR_EQ(rq.query.items[2].value, "2");
	STR_EQ(req_query(&rq, "y"), "a b&");
	STR_EQ(req_query(&rq, "z"), "");
	STR_EQ(req_query(&rq, ""), "e");
	STR_EQ(req_query(&rq, "p"), "%zz%4");
	STR_EQ(req_query(&rq, "q"), NULL);
	STR_EQ(req_header(&rq, "user-agent"), "curl");
	STR_EQ(req_header(&rq, "content-type"), "text/plain");
	STR_EQ(req_header(&rq, "content-length"), NULL);
	STR_EQ(req_header(&rq, "x-bad"), NULL);
	STR_EQ(rq.remote_addr, "::1");
	OK(rq.https);
}

static void refuses_bad_urls(void)
{
	static char nul[] = "REQUEST_URI=/a?x=%00", bad[] = "REQUEST_URI=/a?x=%ff", raw[] = "REQUEST_URI=/\xff";
	static char full[] = "REQUEST_URI=http://other.example/p?q=1", star[] = "REQUEST_URI=*", empty[] = "REQUEST_URI=";

	OK(READ(v_get, nul) == ERR_INPUT);
	OK(READ(v_get, bad) == ERR_INPUT);
	OK(READ(v_get, raw) == ERR_INPUT);
	STR_EQ(rq.path, "/");
	OK(READ(v_get, full) == 0);
	STR_EQ(rq.path, "/p");
	STR_EQ(req_query(&rq, "q"), "1");
	OK(READ(v_get, star) == 0);
	STR_EQ(rq.path, "/");
	OK(READ(v_odd, empty) == 0);
	STR_EQ(rq.path, "/");
	OK(rq.method == METHOD_OTHER);
	STR_EQ(rq.method_name, "BREW");
}

static void reads_cookies(void)
{
	OK(READ(v_get, v_cookie) == 0);
	STR_EQ(req_cookie(&rq, "a"), "1");
	STR_EQ(req_cookie(&rq, "b"), "two");
	STR_EQ(req_cookie(&rq, "c"), "3");
	STR_EQ(req_cookie(&rq, "d"), NULL);
	STR_EQ(req_cookie(&rq, "e"), NULL);
	OK(READ(v_get) == 0);
	STR_EQ(req_cookie(&rq, "a"), NULL);
}

static void knows_queries(void)
{
	const char *const known[] = { "x", "y", NULL };
	static char uri[] = "REQUEST_URI=/?x=1&yy=2";

	OK(READ(v_get, uri) == 0);
	OK(req_only_query(&rq, known) == ERR_INPUT);
	STR_EQ(cx.err.text, "unknown query parameter 'yy'");
	rq.query.n = 1;
	OK(req_only_query(&rq, known) == 0);
}

static const char *head_of(void)
{
	struct buf b = { .mem = &mem };

	resp_finish(&rq, &rs);
	resp_head(&rq, &rs, &b);
	return buf_text(&b);
}

static int status_for(const char *if_none_match)
{
	char *env = arena_printf(&mem, "HTTP_IF_NONE_MATCH=%s", if_none_match);

	READ(v_get, env);
	resp_json_text(&rs, 200, STR("{}"));
	rs.etag = "\"v,1\"";
	resp_finish(&rq, &rs);
	return rs.status;
}

static void compares_etags(void)
{
	OK(status_for("\"v,1\"") == 304);
	OK(rs.body.n == 0);
	OK(status_for("W/\"v,1\"") == 304);
	OK(status_for("\"x\" , \"v,1\"") == 304);
	OK(status_for("*") == 304);
	OK(status_for("\"x\", *") == 304);
	OK(status_for("\"v\"") == 200);
	OK(status_for("v,1") == 200);
	OK(status_for("\"v,1") == 200);
	OK(status_for(",,,") == 200);
	OK(status_for("") == 200);
	READ(v_get);
	resp_json_text(&rs, 200, STR("{}"));
	rs.etag = "\"v\"";
	OK(strstr(head_of(), "\r\nETag: \"v\"\r\n"));
	OK(rs.status == 200);
}

static void writes_heads(void)
{
	READ(v_get);
	cx.request_id = "abcdef0123";
	resp_json(&rs, 201, json_str(&mem, "x"));
	resp_header(&rs, "X-Note", "one\r\nSet-Cookie: evil=1");
	const char *h = head_of();

	OK(str_starts(h, "Status: 201 Created\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 3\r\n"));
	OK(strstr(h, "X-Note: one  Set-Cookie: evil=1\r\n"));
	OK(strstr(h, "\r\nX-Content-Type-Options: nosniff\r\n"));
	OK(strstr(h, "\r\nX-Frame-Options: DENY\r\n"));
	OK(strstr(h, "\r\nReferrer-Policy: "));
	OK(strstr(h, "\r\nContent-Security-Policy: default-src 'self';"));
	OK(!strstr(h, "unsafe-inline"));
	OK(strstr(h, "\r\nX-Request-Id: abcdef0123\r\n"));
	OK(str_ends(h, "\r\n\r\n"));
	cx.request_id = "";

	READ(v_head);
	resp_text(&rs, 200, "text/plain", STR("abc"));
	OK(strstr(head_of(), "Content-Length: 3\r\n"));

	READ(v_get);
	resp_text(&rs, 200, "text/html", STR("abc"));
	resp_header(&rs, "content-security-policy", "default-src 'none'");
	h = head_of();
	OK(strstr(h, "content-security-policy: default-src 'none'\r\n") && !strstr(h, "Content-Security-Policy"));

	READ(v_get);
	resp_text(&rs, 200, "text/html", STR("abc"));
	resp_empty(&rs, 204);
	h = head_of();
	OK(!strstr(h, "Content-Length") && !strstr(h, "Content-Type:"));
}

static const char *redirect_to(const char *where)
{
	READ(v_get);
	resp_redirect(&rs, where);
	OK(rs.status == 303);
	return params_get(&rs.headers, "Location");
}

static void redirects_stay_here(void)
{
	STR_EQ(redirect_to("/catalog?x=1"), "/catalog?x=1");
	STR_EQ(redirect_to("//evil.example"), "/");
	STR_EQ(redirect_to("/\\evil.example"), "/");
	STR_EQ(redirect_to("https://evil.example"), "/");
	STR_EQ(redirect_to("/a\r\nX: y"), "/");
	STR_EQ(redirect_to(""), "/");
}

static void sets_cookies(void)
{
	READ(v_get, v_https);
	resp_cookie(&rq, &rs, "s", "v", 60);
	STR_EQ(params_get(&rs.headers, "Set-Cookie"), "s=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure");
	READ(v_get);
	resp_cookie(&rq, &rs, "s", "", -1);
	STR_EQ(params_get(&rs.headers, "Set-Cookie"), "s=; Path=/; HttpOnly; SameSite=Lax");
}

static struct buf sent;

static int keep(struct ctx *c, struct stream *to, struct str bytes)
{
	(void)c, (void)to;
	buf_add(&sent, bytes.p, bytes.n);
	return 0;
}

static void writes_events(void)
{
	struct stream to = { .write = keep };

	sent.mem = &mem;
	OK(sse_event(&cx, &to, "7", "log\nid: 9", "one\r\ntwo\rthree\n") == 0);
	OK(sse_ping(&cx, &to) == 0);
	STR_EQ(buf_text(&sent), "id: 7\ndata: one\ndata: two\ndata: three\ndata: \n\n:\n");
	OK(to.sent == sent.n);
	OK(!stream_ending(&to));
}

int main(void)
{
	reads_requests();
	refuses_bad_urls();
	reads_cookies();
	knows_queries();
	compares_etags();
	writes_heads();
	redirects_stay_here();
	sets_cookies();
	writes_events();
	arena_release(&mem);
	return DONE();
}
