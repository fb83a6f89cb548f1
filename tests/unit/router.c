/* The route table: which row answers, what its parameters are, which tables are refused. */
#include "web/router.h"

#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static struct req rq;

static int nothing(struct req *r, struct resp *rs)
{
	(void)r;
	return resp_empty(rs, 204);
}

static const struct route table[] = {
	{ GET, "/", nothing, NULL, 0, "home" },
	{ GET, "/catalog", nothing, NULL, 0, "list" },
	{ GET, "/catalog/new", nothing, NULL, 0, "new" },
	{ POST, "/catalog", nothing, NULL, ROUTE_CSRF, "add" },
	{ GET, "/catalog/:ns/:kind/:name", nothing, NULL, 0, "show" },
	{ GET, "/docs/:name/*path", nothing, NULL, 0, "docs" },
	{ GET, "/api/x/:a/fix/:b", nothing, NULL, 0, "fix" },
};

static const char *find(enum method method, const char *path)
{
	rq = (struct req){ .cx = &cx, .method = method, .path = path };
	const struct route *r = route_find(table, LEN(table), &rq);

	OK(r == rq.route);
	return r ? r->name : NULL;
}

static void finds_rows(void)
{
	STR_EQ(find(GET, "/"), "home");
	STR_EQ(find(GET, "/catalog"), "list");
	STR_EQ(find(GET, "/catalog/"), "list");
	STR_EQ(find(HEAD, "/catalog"), "list");
	STR_EQ(find(POST, "/catalog"), "add");
	STR_EQ(find(GET, "/catalog/new"), "new");
	STR_EQ(find(GET, "/c%61talog"), "list");
	STR_EQ(find(DELETE, "/catalog"), NULL);
	STR_EQ(find(METHOD_OTHER, "/catalog"), NULL);
	STR_EQ(find(GET, "/catalogue"), NULL);
	STR_EQ(find(GET, "/catalog/default/component"), NULL);
	STR_EQ(find(GET, "/catalog/default/component/x/y"), NULL);
	STR_EQ(find(GET, "/catalog//component/x"), NULL);
	STR_EQ(find(GET, "//catalog"), NULL);
	STR_EQ(find(GET, "/catalog//"), NULL);
	STR_EQ(find(GET, "catalog"), NULL);
	STR_EQ(find(GET, ""), NULL);
	STR_EQ(find(GET, "/%"), NULL);
}

static void fills_parameters(void)
{
	STR_EQ(find(GET, "/catalog/default/component/a%20b%2Fc"), "show");
	STR_EQ(req_param(&rq, "ns"), "default");
	STR_EQ(req_param(&rq, "name"), "a b/c");
	STR_EQ(find(GET, "/catalog/default/component/a+b%zz"), "show");
	STR_EQ(req_param(&rq, "name"), "a+b%zz");
	STR_EQ(find(GET, "/api/x/1/fix/2"), "fix");
	STR_EQ(req_param(&rq, "b"), "2");
	OK(rq.path_params.n == 2);
	STR_EQ(find(GET, "/catalog/default/component/%00"), NULL);
	OK(rq.path_params.n == 0);
	STR_EQ(find(GET, "/catalog/default/component/%ff"), NULL);
	STR_EQ(find(GET, "/catalog/default/component/%c0%af"), NULL);
}

static void takes_the_rest(void)
{
	STR_EQ(find(GET, "/docs/x/a/b%20c/"), "docs");
	STR_EQ(req_param(&rq, "path"), "a/b c/");
	STR_EQ(find(GET, "/docs/x/"), "docs");
	STR_EQ(req_param(&rq, "path"), "");
	STR_EQ(find(GET, "/docs/x"), "docs");
	STR_EQ(req_param(&rq, "path"), "");
	STR_EQ(find(GET, "/docs/x/..%2fetc"), NULL);
	STR_EQ(find(GET, "/docs/x/a/%2e%2e/b"), NULL);
	STR_EQ(find(GET, "/docs/x/./b"), NULL);
	STR_EQ(find(GET, "/docs/x/..b"), "docs");
	STR_EQ(find(GET, "/docs"), NULL);
}

static int check(enum method method, const char *pattern, unsigned flags)
{
	const struct route two[] = { { GET, "/a", nothing, NULL, 0, "a" }, { method, pattern, nothing, NULL, flags, "b" } };

	return route_check(&cx, two, LEN(two));
}

static void checks_tables(void)
{
	OK(route_check(&cx, table, LEN(table)) == 0);
	OK(route_check(&cx, table, 0) == 0);
	OK(check(GET, "/a", 0) == ERR_INPUT);
	STR_EQ(cx.err.text, "routes a and b: '/a' stands twice");
	OK(check(POST, "/a", ROUTE_CSRF) == 0);
	OK(check(POST, "/a", ROUTE_HTML | ROUTE_CROSS_SITE) == 0);
	OK(check(POST, "/b", 0) == ERR_INPUT);
	STR_EQ(cx.err.text, "route b: '/b' changes something and needs ROUTE_CSRF");
	OK(check(DELETE, "/b", ROUTE_HTML) == ERR_INPUT);
	OK(check(POST, "/api/b", 0) == 0);
	OK(check(POST, "/api/b", ROUTE_HTML) == ERR_INPUT);
	OK(check(GET, "b", 0) == ERR_INPUT);
	OK(check(GET, "/b//c", 0) == ERR_INPUT);
	OK(check(GET, "/b/*rest/c", 0) == ERR_INPUT);
	OK(check(GET, "/b/x*", 0) == ERR_INPUT);
	OK(check(GET, "/b/x:y", 0) == ERR_INPUT);
	OK(check(GET, "/b/:", 0) == ERR_INPUT);
}

int main(void)
{
	finds_rows();
	fills_parameters();
	takes_the_rest();
	checks_tables();
	arena_release(&mem);
	return DONE();
}
