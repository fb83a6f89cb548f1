/* Reads requests: CGI variables, query, headers, cookies, form and JSON bodies. */
#include "web/http.h"

#include <stdlib.h>
#include <strings.h>

#include "base/list.h"
#include "base/utf8.h"
#include "ext/json.h"

static const char *const method_names[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS" };

bool url_decode(struct arena *mem, struct str in, bool plus, const char **out)
{
	char *text = arena_raw(mem, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == '%' && i + 2 < in.n && ascii_hex(in.p[i + 1]) >= 0 && ascii_hex(in.p[i + 2]) >= 0) {
			c = (char)(ascii_hex(in.p[i + 1]) * 16 + ascii_hex(in.p[i + 2]));
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (!c)
			return false;
		text[n++] = c;
	}
	text[n] = '\0';
	*out = text;
	return utf8_valid(text, n);
}

bool params_parse(struct arena *mem, struct str text, struct params *out)
{
	while (text.p && text.n) {
		struct str value = str_cut(&text, '&');
		struct param p = { 0 };

		if (value.n == 0)
			continue;
		struct str name = str_cut(&value, '=');

		if (!value.p)
			value = STR("");
		if (!url_decode(mem, name, true, &p.name) || !url_decode(mem, value, true, &p.value))
			return false;
		*list_add(mem, out) = p;
	}
	return true;
}

const char *params_get(const struct params *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (streq(p->items[i].name, name))
			return p->items[i].value;
	return NULL;
}

static void set_method(struct req *rq, const char *name)
{
	rq->method_name = name;
	rq->method = METHOD_OTHER;
	for (size_t i = 0; i < LEN(method_names); i++)
		if (streq(name, method_names[i]))
			rq->method = (enum method)i;
}

/* "/a/b?x=1" or, as a proxy sends it, "http://host/a/b?x=1". */
static void set_uri(struct req *rq, const char *uri)
{
	const char *scheme = *uri == '/' ? NULL : strstr(uri, "://");

	if (scheme)
		uri = strchr(scheme + 3, '/');
	if (!uri || *uri != '/')
		uri = "/";
	size_t n = strcspn(uri, "?#");

	rq->path = arena_strndup(rq->cx->mem, uri, n);
	rq->query_string = uri[n] == '?' ? uri + n + 1 : "";
}

static bool is_variable_name(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(name[i]) && name[i] != '_')
			return false;
	return n > 0;
}

/* HTTP_USER_AGENT becomes user-agent. */
static void add_header(struct req *rq, const char *name, size_t n, const char *value)
{
	char *lower;

	if (!is_variable_name(name, n) || !utf8_valid(value, strlen(value)))
		return;
	lower = str_lower(rq->cx->mem, name, n);
	for (char *c = lower; *c; c++)
		if (*c == '_')
			*c = '-';
	*list_add(rq->cx->mem, &rq->headers) = (struct param){ lower, value };
}

static void take_variable(struct req *rq, const char *name, size_t n, const char *value)
{
	struct str key = { name, n };

	if (n > 5 && memcmp(name, "HTTP_", 5) == 0)
		add_header(rq, name + 5, n - 5, value);
	else if ((str_is(key, "CONTENT_TYPE") || str_is(key, "CONTENT_LENGTH")) && *value)
		add_header(rq, name, n, value);
	else if (str_is(key, "REQUEST_METHOD"))
		set_method(rq, value);
	else if (str_is(key, "REQUEST_URI"))
		set_uri(rq, value);
	else if (str_is(key, "REMOTE_ADDR"))
		rq->remote_addr = value;
	else if (str_is(key, "PEER_ADDR"))
		rq->peer_addr = value;
	else if (str_is(key, "HTTPS"))
		rq->https = streq(value, "on");
}

int req_from_cgi(struct req *rq, char *const *env)
{
	struct ctx *cx = rq->cx;

	rq->remote_addr = "";
	rq->path = "/";
	rq->query_string = "";
	set_method(rq, "GET");
	for (; *env; env++) {
		const char *eq = strchr(*env, '=');

		if (eq)
			take_variable(rq, *env, (size_t)(eq - *env), eq + 1);
	}
	if (!rq->peer_addr)
		rq->peer_addr = rq->remote_addr;
	if (!utf8_valid(rq->method_name, strlen(rq->method_name)))
		rq->method_name = "?";
	if (!utf8_valid(rq->path, strlen(rq->path)) || !utf8_valid(rq->query_string, strlen(rq->query_string))) {
		rq->path = "/";
		rq->query_string = "";
		return fail(cx, ERR_INPUT, "the URL is not UTF-8");
	}
	if (!params_parse(cx->mem, str_of(rq->query_string), &rq->query))
		return fail(cx, ERR_INPUT, "the query holds an encoded NUL or bytes that are not UTF-8");
	return 0;
}

const char *req_header(const struct req *rq, const char *name)
{
	return params_get(&rq->headers, name);
}

const char *req_query(const struct req *rq, const char *name)
{
	return params_get(&rq->query, name);
}

const char *req_param(const struct req *rq, const char *name)
{
	const char *value = params_get(&rq->path_params, name);

	if (!value)
		abort();
	return value;
}

const char *req_cookie(const struct req *rq, const char *name)
{
	struct str rest = str_of(req_header(rq, "cookie"));

	while (rest.p) {
		struct str value = str_trim(str_cut(&rest, ';'));
		struct str key = str_cut(&value, '=');

		if (!value.p || !str_is(str_trim(key), name))
			continue;
		value = str_trim(value);
		if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
			value = (struct str){ value.p + 1, value.n - 2 };
		return arena_strndup(rq->cx->mem, value.p, value.n);
	}
	return NULL;
}

/* True when the content type is type, with or without parameters. */
static bool has_type(const struct req *rq, const char *type)
{
	const char *sent = req_header(rq, "content-type");
	size_t n = strlen(type);

	return sent && strncasecmp(sent, type, n) == 0 && (!sent[n] || strchr("; \t", sent[n]));
}

int req_json(struct req *rq, struct json **out)
{
	if (rq->body.n == 0)
		return fail(rq->cx, ERR_INPUT, "a JSON body is missing");
	if (!has_type(rq, "application/json"))
		return fail(rq->cx, ERR_MEDIATYPE, "the content type must be application/json");
	int rc = json_parse(rq->cx, rq->body, out);

	return rc < 0 ? fail_in(rq->cx, rc, "body") : 0;
}

int req_form(struct req *rq, struct params *out)
{
	if (rq->body.n && !has_type(rq, "application/x-www-form-urlencoded"))
		return fail(rq->cx, ERR_MEDIATYPE, "the content type must be application/x-www-form-urlencoded");
	*out = (struct params){ 0 };
	if (!params_parse(rq->cx->mem, rq->body, out))
		return fail(rq->cx, ERR_INPUT, "a form field holds an encoded NUL or bytes that are not UTF-8");
	return 0;
}

int req_only_query(struct req *rq, const char *const *known)
{
	for (size_t i = 0; i < rq->query.n; i++) {
		const char *name = rq->query.items[i].name;
		size_t k = 0;

		while (known[k] && !streq(known[k], name))
			k++;
		if (!known[k])
			return fail(rq->cx, ERR_INPUT, "unknown query parameter '%s'", name);
	}
	return 0;
}
