/* Reads integrations.* and backend.reading.allow from the configuration, once per process. */
#include "catalog/scm.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/list.h"
#include "base/log.h"
#include "base/str.h"

static const char *without_slash(struct arena *mem, const char *url)
{
	size_t n = strlen(url);

	while (n && url[n - 1] == '/')
		n--;
	return arena_strndup(mem, url, n);
}

/* The configured text without surrounding white space (secrets are often read from files that end in a newline). */
static const char *text_of(struct arena *mem, const struct json *o, const char *key, const char *dflt)
{
	struct str s = str_trim(str_of(json_get_text(o, key, dflt)));

	return arena_strndup(mem, s.p, s.n);
}

/* A header value must not end its line. */
static const char *secret_of(struct arena *mem, const struct json *o, const char *key)
{
	const char *s = text_of(mem, o, key, "");

	if (strpbrk(s, "\r\n")) {
		log_warn("integration secret has a line break and is not used", "key", key, NULL);
		return "";
	}
	log_mask(s);
	return s;
}

static void default_bases(struct arena *mem, struct scm *s)
{
	bool dotcom = streq(s->host, "github.com");

	if (!*s->base)
		s->base = arena_printf(mem, "https://%s", s->host);
	switch (s->kind) {
	case SCM_GITHUB:
		if (dotcom && !*s->api)
			s->api = "https://api.github.com";
		if (dotcom && !*s->raw)
			s->raw = "https://raw.githubusercontent.com";
		break;
	case SCM_GITLAB:
		if (!*s->api)
			s->api = arena_printf(mem, "%s/api/v4", s->base);
		break;
	case SCM_BITBUCKET_CLOUD:
		if (!*s->api)
			s->api = "https://api.bitbucket.org/2.0";
		break;
	case SCM_BITBUCKET_SERVER:
		if (!*s->api)
			s->api = arena_printf(mem, "%s/rest/api/1.0", s->base);
		break;
	case SCM_GITEA:
		s->api = arena_printf(mem, "%s/api/v1", s->base);
		break;
	}
}

static const struct {
	enum scm_kind kind;
	const char *key, *host; /* host when the entry names none, "" when it must */
	bool always;            /* there without being configured */
} kinds[] = {
	{ SCM_GITHUB, "github", "github.com", true },
	{ SCM_GITLAB, "gitlab", "gitlab.com", true },
	{ SCM_BITBUCKET_CLOUD, "bitbucketCloud", "bitbucket.org", true },
	{ SCM_BITBUCKET_SERVER, "bitbucketServer", "", false },
	{ SCM_GITEA, "gitea", "", false },
};

const char *scm_kind_name(enum scm_kind kind)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].key;
	abort();
}

/* A variable of the environment has a backslash and an n where lines end. */
static const char *key_of(struct arena *mem, const struct json *app)
{
	const char *text = json_get_text(app, "privateKey", "");
	struct buf b = { .mem = mem };

	for (const char *p = text; *p; p++) {
		bool end = p[0] == '\\' && p[1] == 'n';

		buf_addc(&b, end ? '\n' : *p);
		p += end;
	}
	return buf_text(&b);
}

static void read_apps(struct arena *mem, struct scm *s, const struct json *list)
{
	struct scm_app *apps = arena_array(mem, struct scm_app, json_len(list) + 1);

	s->apps = apps;
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const struct json *o = list->a.items[i], *id = json_get(o, "appId");
		const char *number =
			json_is(id, JSON_NUMBER) ? arena_printf(mem, "%.0f", id->num) : text_of(mem, o, "appId", "");

		if (*number && *json_get_text(o, "privateKey", ""))
			apps[s->n_apps++] = (struct scm_app){ .id = number,
							      .key = key_of(mem, o),
							      .public_access = json_get_bool(o, "publicAccess", false),
							      .owners = json_get(o, "allowedInstallationOwners") };
		else
			log_warn("a GitHub App without appId or privateKey is not used", "host", s->host, "app", number, NULL);
	}
}

static void add_scm(struct arena *mem, struct scm_conf *c, size_t kind, const struct json *o)
{
	const char *host = text_of(mem, o, "host", kinds[kind].host);
	struct scm s = {
		.kind = kinds[kind].kind,
		.host = str_lower(mem, host, strlen(host)),
		.api = without_slash(mem, text_of(mem, o, "apiBaseUrl", "")),
		.raw = without_slash(mem, text_of(mem, o, "rawBaseUrl", "")),
		.base = without_slash(mem, text_of(mem, o, "baseUrl", "")),
		.token = secret_of(mem, o, "token"),
		.username = text_of(mem, o, "username", ""),
		.password = secret_of(mem, o, "password"),
		.signing_key = text_of(mem, o, "commitSigningKey", ""),
	};

	if (!*s.host || strpbrk(s.host, "/?#@ ")) {
		log_warn("integration without a valid host is not used", "type", kinds[kind].key, "host", s.host, NULL);
		return;
	}
	if (s.kind == SCM_BITBUCKET_CLOUD && !*s.password)
		s.password = secret_of(mem, o, "appPassword");
	if (s.kind == SCM_GITHUB)
		read_apps(mem, &s, json_get(o, "apps"));
	default_bases(mem, &s);
	*list_add(mem, &c->scms) = s;
}

static bool has_host(const struct scm_conf *c, const char *host)
{
	for (size_t i = 0; i < c->scms.n; i++)
		if (streq(c->scms.items[i].host, host))
			return true;
	return false;
}

static void read_scms(struct arena *mem, struct scm_conf *c, const struct json *integrations)
{
	for (size_t k = 0; k < LEN(kinds); k++) {
		const struct json *list = json_get(integrations, kinds[k].key);

		for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
			add_scm(mem, c, k, list->a.items[i]);
	}
	for (size_t k = 0; k < LEN(kinds); k++)
		if (kinds[k].always && !has_host(c, kinds[k].host))
			add_scm(mem, c, k, NULL);
}

static const char *or_null(const char *s)
{
	return *s ? s : NULL;
}

static void read_gits(struct arena *mem, struct scm_conf *c, const struct json *list)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const struct json *o = list->a.items[i];
		const char *prefix = text_of(mem, o, "url", ""), *password = secret_of(mem, o, "password");

		if (str_starts(prefix, "git+"))
			prefix += 4;
		if (!strstr(prefix, "://")) {
			log_warn("integrations.git entry without a URL is not used", "url", prefix, NULL);
			continue;
		}
		*list_add(mem, &c->gits) = (struct scm_git){
			.prefix = prefix,
			.username = or_null(text_of(mem, o, "username", "")),
			.password = or_null(*password ? password : secret_of(mem, o, "token")),
			.ssh_key = or_null(text_of(mem, o, "sshKey", "")),
			.host_key = or_null(text_of(mem, o, "hostKey", "")),
			.signing_key = text_of(mem, o, "commitSigningKey", ""),
			.create = json_get_bool(o, "create", false) && str_starts(prefix, "file://"),
		};
	}
}

/* "8080" or "8000-9000". */
static bool read_ports(const char *text, struct arena *mem, struct scm_allow *a)
{
	const char *dash = strchr(text, '-');

	if (!dash) {
		bool ok = str_long(text, 1, 65535, &a->port_lo);

		a->port_hi = a->port_lo;
		return ok;
	}
	return str_long(arena_strndup(mem, text, (size_t)(dash - text)), 1, 65535, &a->port_lo) &&
	       str_long(dash + 1, a->port_lo, 65535, &a->port_hi);
}

static void read_allow(struct arena *mem, struct scm_allow_list *out, const char *of, const struct json *list)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const struct json *o = list->a.items[i], *paths = json_get(o, "paths");
		const char *text = text_of(mem, o, "host", ""), *host = str_lower(mem, text, strlen(text));
		/* the colon of a port comes behind the bracket of an IPv6 address */
		const char *colon = strchr(*host == '[' && strchr(host, ']') ? strchr(host, ']') : host, ':');
		struct scm_allow a = { .host = colon ? arena_strndup(mem, host, (size_t)(colon - host)) : host };

		if (!*a.host || (colon && !read_ports(colon + 1, mem, &a))) {
			log_warn("entry without a valid host is not used", "of", of, "host", text, NULL);
			continue;
		}
		a.wild = str_starts(a.host, "*.");
		a.host += a.wild; /* keeps the dot */
		if (json_is(paths, JSON_ARRAY)) {
			/* an empty list allows nothing, as in Backstage */
			if (!paths->a.n)
				continue;
			a.paths = arena_array(mem, const char *, paths->a.n);
			for (size_t k = 0; k < paths->a.n; k++)
				a.paths[a.n_paths++] = json_text(paths->a.items[k], "\1");
		}
		*list_add(mem, out) = a;
	}
}

const struct scm_conf *scm_conf(const struct ctx *cx)
{
	static struct arena mem;
	static struct scm_conf conf;
	static const struct json *of;
	static bool ready;

	if (ready && of == cx->conf)
		return &conf;
	arena_reset(&mem);
	conf = (struct scm_conf){ 0 };
	read_scms(&mem, &conf, json_get(cx->conf, "integrations"));
	read_gits(&mem, &conf, json_path(cx->conf, "integrations", "git", NULL));
	read_allow(&mem, &conf.allow, "backend.reading.allow", json_path(cx->conf, "backend", "reading", "allow", NULL));
	read_allow(&mem, &conf.ask, "scaffolder.http.allow", json_path(cx->conf, "scaffolder", "http", "allow", NULL));
	conf.git_cache = arena_printf(
		&mem, "%s/git",
		without_slash(&mem, json_text(json_path(cx->conf, "server", "state", NULL), "/var/lib/callboard")));
	of = cx->conf;
	ready = true;
	return &conf;
}

const struct scm *scm_by_host(const struct ctx *cx, const char *authority)
{
	const struct scm_conf *c = scm_conf(cx);

	for (size_t i = 0; i < c->scms.n; i++)
		if (streq(c->scms.items[i].host, authority))
			return &c->scms.items[i];
	return NULL;
}

/* Whether base is a URL on that authority. */
static bool is_on(const char *base, const char *authority)
{
	const char *host = strstr(base, "://");
	size_t n = strlen(authority);

	if (!host)
		return false;
	host += 3;
	for (size_t i = 0; i < n; i++)
		if (ascii_lower(host[i]) != authority[i])
			return false;
	return host[n] == '\0' || host[n] == '/' || streq(host + n, ":443") || str_starts(host + n, ":443/") ||
	       streq(host + n, ":80") || str_starts(host + n, ":80/");
}

/* GitHub's API sends who asks for an archive on to there. */
static bool gives_archives(const struct scm *s, const char *authority)
{
	return s->kind == SCM_GITHUB && str_starts(authority, "codeload.") && streq(authority + strlen("codeload."), s->host);
}

bool scm_known_host(const struct ctx *cx, const char *authority)
{
	const struct scm_conf *c = scm_conf(cx);

	for (size_t i = 0; i < c->scms.n; i++) {
		const struct scm *s = &c->scms.items[i];

		if (streq(s->host, authority) || is_on(s->base, authority) || is_on(s->api, authority) ||
		    is_on(s->raw, authority) || gives_archives(s, authority))
			return true;
	}
	return false;
}

/* The decoded path without "." and ".." segments, so that "/public/../private" and its encoded forms do not slip through. */
static const char *plain_path(struct ctx *cx, const char *path)
{
	const char *was = path, *p = url_unescape(cx->mem, path);
	struct buf out = { .mem = cx->mem };
	struct str rest;

	for (int i = 0; i < 5 && !streq(was, p); i++) {
		was = p;
		p = url_unescape(cx->mem, p);
	}
	for (rest = str_of(*p == '/' ? p + 1 : p); rest.p;) {
		struct str part = str_cut(&rest, '/');

		if (str_is(part, ".") || str_is(part, "..")) {
			while (part.n == 2 && out.n && out.p[--out.n] != '/')
				;
			if (!rest.p)
				buf_addc(&out, '/');
			continue;
		}
		buf_addc(&out, '/');
		buf_add(&out, part.p, part.n);
	}
	buf_add(&out, "", 0);
	return out.n ? arena_strndup(cx->mem, out.p, out.n) : "/";
}

static bool allow_port(const struct scm_allow *a, const struct url *u)
{
	long port = streq(u->scheme, "https") ? 443 : 80;

	if (!a->port_lo)
		return !*u->port;
	if (*u->port && !str_long(u->port, 1, 65535, &port))
		return false;
	return port >= a->port_lo && port <= a->port_hi;
}

/* The entry that names the URL; NULL: none does. */
static const struct scm_allow *entry_of(struct ctx *cx, const struct scm_allow_list *list, const struct url *u)
{
	const char *path = plain_path(cx, u->path);

	for (size_t i = 0; i < list->n; i++) {
		const struct scm_allow *a = &list->items[i];

		if (!(a->wild ? str_ends(u->host, a->host) : streq(u->host, a->host)) || !allow_port(a, u))
			continue;
		if (!a->n_paths)
			return a;
		for (size_t k = 0; k < a->n_paths; k++)
			if (str_starts(path, a->paths[k]))
				return a;
	}
	return NULL;
}

bool scm_allowed(struct ctx *cx, const struct url *u)
{
	return entry_of(cx, &scm_conf(cx)->allow, u) != NULL;
}

bool scm_may_ask(struct ctx *cx, const struct url *u, bool *literal)
{
	const struct scm_allow *a = entry_of(cx, &scm_conf(cx)->ask, u);

	*literal = a && !a->wild;
	return a != NULL;
}
