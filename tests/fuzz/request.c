/* Fuzzes what a client can say: CGI variables (one a line), an empty line, then the body. */
#include <stdint.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/utf8.h"
#include "web/csrf.h"
#include "web/http.h"
#include "web/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int nothing(struct req *rq, struct resp *rs)
{
	(void)rq;
	return resp_empty(rs, 204);
}

static const struct route table[] = {
	{ GET, "/", nothing, NULL, 0, "a" },
	{ GET, "/catalog/:ns/:kind/:name", nothing, NULL, 0, "b" },
	{ GET, "/docs/:name/*path", nothing, NULL, 0, "c" },
	{ POST, "/api/:plugin/:rest", nothing, NULL, 0, "d" },
};

struct variables {
	char **items;
	size_t n, cap;
};

/* Everything the readers give away must be text that the rest of the portal can rely on. */
static void must_be_text(const char *s)
{
	if (s && !utf8_valid(s, strlen(s)))
		abort();
}

static void must_be_texts(const struct params *p)
{
	for (size_t i = 0; i < p->n; i++) {
		must_be_text(p->items[i].name);
		must_be_text(p->items[i].value);
	}
}

static void answer(struct req *rq)
{
	struct resp rs = { .mem = rq->cx->mem, .body.mem = rq->cx->mem };
	struct buf head = { .mem = rq->cx->mem };

	must_be_text(req_csrf_token(rq, &rs));
	resp_json_text(&rs, 200, STR("{}"));
	resp_header(&rs, "X-Echo", rq->path);
	resp_header(&rs, "X-Query", rq->query.n ? rq->query.items[0].value : "");
	rs.etag = "\"e\"";
	resp_finish(rq, &rs);
	resp_head(rq, &rs, &head);
	/* Each line of the head is one of ours: nothing a client sent begins another. */
	size_t lines = 0;

	for (const char *c = head.p; (c = strstr(c, "\r\n")); c += 2)
		lines++;
	if (lines > 2 + 4 + rs.headers.n || strchr(head.p, '\0') != head.p + head.n)
		abort();
}

static void read_request(struct ctx *cx, char *const *env, struct str body)
{
	struct req rq = { .cx = cx };
	struct params form = { 0 };
	struct json *v;

	if (req_from_cgi(&rq, env) == 0)
		must_be_texts(&rq.query);
	must_be_text(rq.path);
	must_be_text(rq.query_string);
	must_be_text(rq.method_name);
	must_be_texts(&rq.headers);
	rq.body = body;
	if (route_find(table, LEN(table), &rq))
		must_be_texts(&rq.path_params);
	must_be_text(req_cookie(&rq, "callboard_csrf"));
	if (req_form(&rq, &form) == 0)
		must_be_texts(&form);
	req_json(&rq, &v);
	csrf_check(&rq);
	answer(&rq);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	struct variables env = { 0 };
	struct str rest = { (const char *)data, size };

	while (rest.p) {
		struct str line = str_cut(&rest, '\n');

		if (line.n == 0)
			break;
		*list_add(&mem, &env) = arena_strndup(&mem, line.p, line.n);
	}
	*list_add(&mem, &env) = NULL;
	if (!rest.p)
		rest = STR("");
	read_request(&cx, env.items, (struct str){ arena_strndup(&mem, rest.p, rest.n), rest.n });
	return 0;
}
