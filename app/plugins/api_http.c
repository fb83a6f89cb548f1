/* callboard.http: requests to the hosts that a plugin declares, with the credentials of the integrations. */
#include "catalog/scm.h"
#include "plugins/api.h"
#include "plugins/http_ask.h"

/* ---- where to ---- */

/*
 * An entry of capabilities.http: "api.github.com", "host:8443", "*.example.com", "*" (any public host), "config.url": the
 * host of the URL in the plugin's configuration, or "integrations.github": the hosts of those. literal: it names the host
 * itself, so that it may be one inside.
 */
static bool entry_fits(struct ctx *cx, const struct plugin *p, const char *entry, const struct url *u, bool *literal)
{
	struct err before = cx->err;
	struct url own;

	*literal = true;
	if (str_starts(entry, "config.")) {
		const char *url = json_get_text(p->config, entry + strlen("config."), NULL);
		bool is = url && url_parse(cx, url, &own) == 0;

		cx->err = before;
		return is && streq(own.authority, u->authority);
	}
	if (str_starts(entry, "integrations."))
		return scm_at(cx, entry + strlen("integrations."), u) != NULL;
	if (*entry == '*') {
		*literal = false;
		return !entry[1] ||
		       (entry[1] == '.' && !*u->port && strlen(u->host) > strlen(entry + 1) && str_ends(u->host, entry + 1));
	}
	return str_ieq(entry, u->authority);
}

struct asked_host {
	const struct plugin *plugin;
	bool literal;  /* the host that was asked first */
	unsigned hops; /* 0: nothing was asked yet */
};

static int allow(struct ctx *cx, const char *url, void *arg)
{
	struct asked_host *a = arg;
	const struct json *hosts = json_get(a->plugin->capabilities, "http");
	bool fits = false, literal = false;
	struct url u;
	int rc = url_parse(cx, url, &u);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < json_len(hosts); i++) {
		bool by_name;

		if (entry_fits(cx, a->plugin, json_text(hosts->a.items[i], ""), &u, &by_name)) {
			fits = true;
			literal |= by_name;
		}
	}
	/* One inside may be asked because it is named, not because one that is named leads to it. */
	if (fits && !(a->hops && a->literal && !literal)) {
		a->literal = a->hops++ ? a->literal : literal;
		return 0;
	}
	return fail(cx, ERR_DENIED, "capabilities.http in plugin.lua does not name %s", u.authority);
}

/* ---- what ---- */

bool api_declares_http(const struct plugin *p, const char *entry)
{
	return json_has_text(json_get(p->capabilities, "http"), str_of(entry));
}

/* auth = "integration": what integrations.github and its like have for the host of the URL. */
static int add_credentials(struct ctx *cx, const struct plugin *p, const struct json *options, struct fetch_request *rq)
{
	const char *auth = json_get_text(options, "auth", NULL), *owner = json_get_text(options, "owner", NULL);
	const char *url = json_get_text(options, "url", "");
	const struct scm *found;
	struct scm own;
	struct url u;
	int rc = auth ? url_parse(cx, url, &u) : 0;

	if (!auth || rc < 0)
		return rc;
	if (!streq(auth, "integration"))
		return fail(cx, ERR_INPUT, "auth can be \"integration\", not \"%.100s\"", auth);
	found = scm_at(cx, NULL, &u);
	if (!found)
		return fail(cx, ERR_INPUT, "no integration of the configuration is at %s://%s", u.scheme, u.authority);
	/* What the portal may do there is lent to those who say that they want it. */
	if (!api_declares_http(p, arena_printf(cx->mem, "integrations.%s", scm_kind_name(found->kind))))
		return fail(cx, ERR_DENIED,
			    "auth = \"integration\" needs capabilities.http = {\"integrations.%s\"} in plugin.lua",
			    scm_kind_name(found->kind));
	rc = scm_credentials(cx, found, owner ? owner : scm_owner_of(cx, found, url), &own);
	if (rc == 0)
		scm_headers(cx, &own, NULL, rq);
	return rc;
}

int api_http_request(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *o;
	struct http_ask ask = { .left_us = plugin_time_left_us };
	struct fetch_answer an = { 0 };
	struct asked_host host = { .plugin = p };
	int rc = api_table(cx, args, n, 0, "options", true, &o);

	if (rc == 0)
		rc = add_credentials(cx, p, o, &ask.rq);
	if (rc == 0)
		rc = http_ask_read(cx, o, &ask);
	if (rc == 0)
		rc = allow(cx, ask.rq.url, &host);
	if (rc < 0)
		return rc;
	ask.rq.allow = allow;
	ask.rq.allow_arg = &host;
	ask.rq.public_only = !host.literal;
	rc = http_ask(cx, &ask, &an);
	if (rc == 0)
		*out = http_answer(cx, &an);
	return rc;
}
