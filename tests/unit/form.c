/* Bodies: forms and JSON, and what makes them refused. */
#include "tests/unit/tap.h"
#include "web/http.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static struct params form;

static struct req request(const char *type, const char *body, size_t n)
{
	struct req rq = { .cx = &cx, .body = { body, n } };
	static struct param header;

	header = (struct param){ "content-type", type };
	if (type)
		rq.headers = (struct params){ &header, 1, 1 };
	return rq;
}

static int read_form(const char *type, const char *body)
{
	struct req rq = request(type, body, strlen(body));

	return req_form(&rq, &form);
}

static void reads_forms(void)
{
	static const char type[] = "application/x-www-form-urlencoded";

	OK(read_form(type, "a=1&b=x+y%2Bz&c=%C3%A9&a=2") == 0);
	OK(form.n == 4);
	STR_EQ(params_get(&form, "a"), "1");
	STR_EQ(params_get(&form, "b"), "x y+z");
	STR_EQ(params_get(&form, "c"), "\xc3\xa9");
	STR_EQ(form.items[3].value, "2");
	STR_EQ(params_get(&form, "d"), NULL);
	OK(read_form("Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=1") == 0);
	OK(read_form(NULL, "") == 0 && form.n == 0);
	OK(read_form(type, "&&&") == 0 && form.n == 0);
	OK(read_form(type, "a=b=c") == 0);
	STR_EQ(params_get(&form, "a"), "b=c");
	OK(read_form(type, "a=%0") == 0);
	STR_EQ(params_get(&form, "a"), "%0");
	OK(read_form(type, "a=%00") == ERR_INPUT);
	OK(read_form(type, "%00=a") == ERR_INPUT);
	OK(read_form(type, "a=\xff") == ERR_INPUT);
	OK(read_form(type, "a=%ED%A0%80") == ERR_INPUT);
	OK(read_form("text/plain", "a=1") == ERR_MEDIATYPE);
	OK(read_form("application/x-www-form-urlencodedx", "a=1") == ERR_MEDIATYPE);
	OK(read_form(NULL, "a=1") == ERR_MEDIATYPE);

	struct req rq = request(type, "a=\0b", 4);

	OK(req_form(&rq, &form) == ERR_INPUT);
}

static int read_json(const char *type, const char *body, struct json **v)
{
	struct req rq = request(type, body, strlen(body));

	return req_json(&rq, v);
}

static void reads_json(void)
{
	struct json *v = NULL;

	OK(read_json("application/json", "{\"a\":1}", &v) == 0);
	OK(json_get_num(v, "a", 0) == 1);
	OK(read_json("application/json; charset=utf-8", "[]", &v) == 0);
	OK(read_json("application/json", "", &v) == ERR_INPUT);
	OK(read_json("application/json", "{", &v) == ERR_INPUT);
	OK(str_starts(cx.err.text, "body: JSON"));
	OK(read_json("application/jsonx", "{}", &v) == ERR_MEDIATYPE);
	OK(read_json("text/json", "{}", &v) == ERR_MEDIATYPE);
	OK(read_json(NULL, "{}", &v) == ERR_MEDIATYPE);
}

int main(void)
{
	reads_forms();
	reads_json();
	arena_release(&mem);
	return DONE();
}
