/* callboard.ldap: searches in the directories that a plugin declares, a page at a time. */
#include "base/utf8.h"
#include "ext/fetch.h"
#include "ext/ldap.h"
#include "plugins/api.h"

enum { PAGE = 500, MOST_PAGE = 5000, TIMEOUT_S = 300, MOST_BYTES = 16 << 20 };

/* ---- where to ---- */

/* Is it a `target` of this part of the configuration, or of what is below it? */
static bool is_target(const struct json *v, const char *url)
{
	const char *target = json_get_text(v, "target", NULL);
	size_t n = target ? strlen(target) : 0;

	for (; n && target[n - 1] == '/'; n--)
		;
	if (n && str_is((struct str){ target, n }, url))
		return true;
	for (size_t i = 0; json_is(v, JSON_OBJECT) && i < v->o.n; i++)
		if (is_target(v->o.m[i].value, url))
			return true;
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < v->a.n; i++)
		if (is_target(v->a.items[i], url))
			return true;
	return false;
}

static const struct json *setting(const struct ctx *cx, const char *path)
{
	const struct json *v = cx->conf;

	for (struct str rest = str_of(path); v && rest.p;)
		v = json_getn(v, str_cut(&rest, '.'));
	return v;
}

/*
 * An entry of capabilities.ldap: "ldap.example.com", "ldap.example.com:1389", "config.url" (the URL in the plugin's
 * configuration), or "configuration.catalog.providers.ldapOrg": every `target` there.
 */
static bool entry_fits(const struct ctx *cx, const struct plugin *p, const char *entry, const char *url, const char *authority)
{
	if (str_starts(entry, "configuration."))
		return is_target(setting(cx, entry + strlen("configuration.")), url);
	if (str_starts(entry, "config."))
		return streq(json_get_text(p->config, entry + strlen("config."), ""), url);
	return str_ieq(entry, authority);
}

static int allow(struct ctx *cx, const struct plugin *p, const char *url)
{
	const struct json *hosts = json_get(p->capabilities, "ldap");
	struct url u;
	int rc = url_parse(cx, url, &u);

	if (rc < 0)
		return rc;
	for (size_t i = 0; json_is(hosts, JSON_ARRAY) && i < hosts->a.n; i++)
		if (entry_fits(cx, p, json_text(hosts->a.items[i], ""), url, u.authority))
			return 0;
	return fail(cx, ERR_DENIED, "capabilities.ldap in plugin.lua does not name %s", u.authority);
}

/* ---- what ---- */

static int read_names(struct ctx *cx, const struct json *o, const char *key, const char *const **out)
{
	const struct json *v = json_get(o, key);
	const char **names = arena_array(cx->mem, const char *, json_len(v) + 1);

	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < v->a.n; i++) {
		names[i] = json_text(v->a.items[i], NULL);
		if (!names[i])
			return fail(cx, ERR_INPUT, "%s must be a list of texts", key);
	}
	if (v && !json_is(v, JSON_ARRAY) && json_len(v))
		return fail(cx, ERR_INPUT, "%s must be a list of texts", key);
	*out = json_len(v) ? names : NULL;
	return 0;
}

static int read_scope(struct ctx *cx, const struct json *o, enum directory_scope *out)
{
	static const struct {
		const char *name;
		enum directory_scope scope;
	} scopes[] = { { "base", DIRECTORY_BASE }, { "one", DIRECTORY_ONE }, { "sub", DIRECTORY_SUBTREE } };
	const char *name = json_get_text(o, "scope", "one");

	for (size_t i = 0; i < LEN(scopes); i++)
		if (streq(name, scopes[i].name)) {
			*out = scopes[i].scope;
			return 0;
		}
	return fail(cx, ERR_INPUT, "scope must be base, one or sub, not %.100s", name);
}

static int read_number(struct ctx *cx, const struct json *o, const char *key, double most, unsigned *out)
{
	const struct json *v = json_get(o, key);

	if (v && (!json_is(v, JSON_NUMBER) || !(v->num >= 0 && v->num <= most)))
		return fail(cx, ERR_INPUT, "%s must be a number from 0 to %.0f", key, most);
	if (v)
		*out = (unsigned)v->num;
	return 0;
}

static void read_server(const struct json *o, struct directory_request *rq)
{
	const struct json *bind = json_get(o, "bind"), *tls = json_get(o, "tls");

	rq->dn = json_get_text(bind, "dn", NULL);
	rq->secret = json_get_text(bind, "secret", NULL);
	rq->unverified = !json_get_bool(tls, "rejectUnauthorized", true);
	rq->ca = json_get_text(tls, "ca", NULL);
	rq->cert = json_get_text(tls, "certs", NULL);
	rq->key = json_get_text(tls, "keys", NULL);
}

static int read_options(struct ctx *cx, const struct json *o, struct directory_request *rq)
{
	static const char *const known[] = { "url",        "bind",  "tls", "base",       "scope",      "filter",
					     "attributes", "paged", "hex", "size_limit", "time_limit", NULL };
	uint64_t left = plugin_time_left_us() / 1000;
	int rc = api_only(cx, o, known);

	*rq = (struct directory_request){ .url = json_get_text(o, "url", ""),
					  .base = json_get_text(o, "base", ""),
					  .filter = json_get_text(o, "filter", NULL),
					  .page = PAGE,
					  .timeout_ms = left < TIMEOUT_S * 1000 ? (unsigned)left + 1 : TIMEOUT_S * 1000 };
	read_server(o, rq);
	if (rc == 0 && !*rq->url)
		rc = fail(cx, ERR_INPUT, "url is missing");
	if (rc == 0)
		rc = read_scope(cx, o, &rq->scope);
	if (rc == 0)
		rc = read_names(cx, o, "attributes", &rq->attributes);
	if (rc == 0)
		rc = read_number(cx, o, "paged", MOST_PAGE, &rq->page);
	if (rc == 0)
		rc = read_number(cx, o, "size_limit", 1e6, &rq->most);
	return rc < 0 ? rc : read_number(cx, o, "time_limit", TIMEOUT_S, &rq->seconds);
}

/* ---- what is found ---- */

struct found {
	const char *const *hex;  /* attributes that are bytes */
	const struct json *each; /* a function of the plugin's; NULL: list */
	struct json *list;
	struct arena *mem; /* of the list */
	size_t bytes;
};

static struct json *hex_of(struct arena *mem, struct str bytes)
{
	static const char digits[] = "0123456789abcdef";
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < bytes.n; i++) {
		buf_addc(&b, digits[(unsigned char)bytes.p[i] >> 4]);
		buf_addc(&b, digits[bytes.p[i] & 15]);
	}
	return json_str(mem, buf_text(&b));
}

static bool is_hex(const struct found *f, const char *name)
{
	for (const char *const *h = f->hex; h && *h; h++)
		if (str_ieq(*h, name))
			return true;
	return false;
}

/* A value that is no text, as a picture, is left out: nobody has said that it is bytes. */
static struct json *values_json(struct found *f, struct arena *mem, const struct directory_attribute *a)
{
	struct json *v = json_array(mem);
	bool hex = is_hex(f, a->name);

	for (size_t i = 0; i < a->n; i++) {
		f->bytes += a->values[i].n;
		if (hex)
			json_push(mem, v, hex_of(mem, a->values[i]));
		else if (utf8_valid(a->values[i].p, a->values[i].n))
			json_push(mem, v, json_strn(mem, a->values[i].p, a->values[i].n));
	}
	return v;
}

static struct json *entry_json(struct found *f, struct arena *mem, const struct directory_entry *e)
{
	struct json *v = json_object(mem), *attributes = json_object(mem);

	for (size_t i = 0; i < e->n; i++)
		if (utf8_valid(e->attributes[i].name, strlen(e->attributes[i].name)))
			json_set(mem, attributes, e->attributes[i].name, values_json(f, mem, &e->attributes[i]));
	json_set(mem, v, "dn", json_str(mem, utf8_scrub(mem, e->dn)));
	json_set(mem, v, "attributes", attributes);
	return v;
}

static int take_page(struct ctx *cx, void *arg, const struct directory_entry *entries, size_t n)
{
	struct found *f = arg;
	struct arena *mem = f->each ? cx->mem : f->mem;
	struct json *list = f->each ? json_array(mem) : f->list;

	for (size_t i = 0; i < n; i++)
		json_push(mem, list, entry_json(f, mem, &entries[i]));
	if (f->each)
		return sandbox_call_back(cx, plugin_state(), f->each, &list, 1, NULL);
	if (f->bytes > MOST_BYTES)
		return fail(cx, ERR_TOOLARGE, "more than %d MiB are found; a function as argument 2 takes them page by page",
			    MOST_BYTES >> 20);
	return 0;
}

int api_ldap_search(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *o;
	struct directory_request rq;
	struct found found = { .each = n > 1 ? args[1] : NULL, .mem = cx->mem };
	int rc = api_table(cx, args, n, 0, "options", true, &o);

	if (rc == 0)
		rc = read_options(cx, o, &rq);
	if (rc == 0)
		rc = read_names(cx, o, "hex", &found.hex);
	if (rc == 0)
		rc = allow(cx, p, rq.url);
	if (rc < 0)
		return rc;
	found.list = json_array(cx->mem);
	rc = directory_search(cx, &rq, take_page, &found);
	if (rc == 0 && !found.each)
		*out = found.list;
	return rc;
}

/* What a filter (RFC 4515) needs a value to look like, so that it is a value and nothing more. */
int api_ldap_escape(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	struct buf b = { .mem = cx->mem };
	const char *text;
	int rc = api_text(cx, args, n, 0, "value", &text);

	(void)p;
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < args[0]->s.n; i++) {
		char c = args[0]->s.p[i];

		if (!c || strchr("*()\\", c))
			buf_addf(&b, "\\%02x", (unsigned char)c);
		else
			buf_addc(&b, c);
	}
	*out = json_strn(cx->mem, buf_text(&b), b.n);
	return 0;
}
