/* How the texts of a manifest must look: names, versions, paths, hosts, views. */
#include "plugins/manifest.h"

#include "base/clock.h"
#include "base/cron.h"
#include "base/str.h"
#include "kubernetes/detect.h"
#include "plugins/folder.h"
#include "search/search.h"

enum { WORD_MAX = 63 };

static bool is_name_char(char c)
{
	return ascii_alnum(c) || c == '_' || c == '-';
}

static const char *line(struct ctx *cx, const char *dir, const char *text)
{
	(void)cx, (void)dir;
	if (!*text)
		return "it is empty";
	return strpbrk(text, "\r\n") ? "it must be one line" : NULL;
}

/* [a-z][a-z0-9-]{0,62} */
static const char *word(struct ctx *cx, const char *dir, const char *text)
{
	size_t n = strlen(text);

	(void)cx, (void)dir;
	if (n == 0)
		return "it is empty";
	if (n > WORD_MAX)
		return "it is longer than 63 characters";
	if (*text < 'a' || *text > 'z' || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
		return "only small letters, digits and '-' are allowed, and a letter first";
	return NULL;
}

static const char *version(struct ctx *cx, const char *dir, const char *text)
{
	const char *p = text;

	(void)cx, (void)dir;
	for (int i = 0; i < 3; i++) {
		size_t n = strspn(p, "0123456789");

		if (n == 0 || n > 9 || (i < 2 && p[n] != '.'))
			return "it must be MAJOR.MINOR.PATCH";
		p += n + (i < 2);
	}
	/* Semantic versions may go on: 1.0.0-rc.1+build. */
	if (*p && *p != '-' && *p != '+')
		return "it must be MAJOR.MINOR.PATCH";
	return p[strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-")]
		       ? "it must be MAJOR.MINOR.PATCH"
		       : NULL;
}

static const char *segment(struct arena *mem, struct str s, bool last)
{
	struct str name = s.n && strchr(":*", *s.p) ? (struct str){ s.p + 1, s.n - 1 } : s;
	bool parameter = name.n < s.n;

	if (s.n == 0)
		return "it has an empty part ('//', or '/' at its end)";
	if (*s.p == '*' && !last)
		return "a '*rest' is only possible at the end";
	if (name.n == 0)
		return arena_printf(mem, "'%.*s' needs a name, like '%.*steam'", (int)s.n, s.p, (int)s.n, s.p);
	if (str_is(s, ".") || str_is(s, ".."))
		return "'.' and '..' are not possible";
	for (size_t i = 0; i < name.n; i++)
		if (parameter ? !(ascii_alnum(name.p[i]) || name.p[i] == '_')
			      : !(is_name_char(name.p[i]) || strchr(".~", name.p[i])))
			return arena_printf(mem, "'%.*s' has a character that is not possible there", (int)s.n, s.p);
	return NULL;
}

static const char *path(struct ctx *cx, const char *dir, const char *text)
{
	struct str rest = str_of(text + 1);
	const char *why = NULL;

	(void)dir;
	if (*text != '/')
		return "it must begin with '/'";
	if (!text[1])
		return NULL;
	while (rest.p && !why) {
		struct str part = str_cut(&rest, '/');

		why = segment(cx->mem, part, !rest.p);
	}
	return why;
}

static const char *route(struct ctx *cx, const char *dir, const char *text)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	const char *space = strchr(text, ' ');

	if (!space)
		return "it must be a method and a path, like \"GET /greeting\"";
	for (size_t i = 0; i < LEN(methods); i++)
		if (str_is((struct str){ text, (size_t)(space - text) }, methods[i]))
			return path(cx, dir, space + 1);
	return "the method must be GET, POST, PUT, PATCH or DELETE";
}

static const char *view(struct ctx *cx, const char *dir, const char *text)
{
	if (!*text)
		return "it is empty";
	if (folder_has(dir, arena_printf(cx->mem, "views/%s", text)))
		return NULL;
	if (str_starts(text, "views/") && folder_has(dir, text))
		return arena_printf(cx->mem, "views are looked for below views/ already: write \"%s\"", text + 6);
	return arena_printf(cx->mem, "there is no file views/%s in the plugin's folder", text);
}

/* Words with dots between. */
static const char *words(const char *text, size_t least)
{
	struct str rest = str_of(text);
	size_t parts = 0;

	while (rest.p) {
		struct str part = str_cut(&rest, '.');

		parts++;
		if (part.n == 0)
			return "it has an empty part";
		for (size_t i = 0; i < part.n; i++)
			if (!is_name_char(part.p[i]))
				return "it must be words with dots between";
	}
	return parts < least ? "it must be words with dots between" : NULL;
}

/* catalog.providers.github */
static const char *setting(struct ctx *cx, const char *dir, const char *text)
{
	(void)cx, (void)dir;
	return words(text, 1);
}

/* What has the secrets of others, or decides who may do what, is no plugin's to read. */
static const char *open_setting(struct ctx *cx, const char *dir, const char *text)
{
	static const char *const closed[] = { "plugins", "backend", "auth", "server", "permission", "integrations", "proxy" };
	struct str rest = str_of(text), root = str_cut(&rest, '.');

	(void)dir;
	for (size_t i = 0; i < LEN(closed); i++)
		if (str_is(root, closed[i]))
			return arena_printf(cx->mem, "'%s' is closed to plugins", closed[i]);
	return words(text, 1);
}

/* catalog.changed; "*.facts": of every plugin */
static const char *topic(struct ctx *cx, const char *dir, const char *text)
{
	bool any = str_starts(text, "*.");

	(void)cx, (void)dir;
	return words(any ? text + 2 : text, any ? 1 : 2);
}

/* catalog.entity.read */
static const char *dotted(struct ctx *cx, const char *dir, const char *text)
{
	(void)cx, (void)dir;
	return words(text, 2);
}

static const char *host(struct ctx *cx, const char *dir, const char *text)
{
	const char *name = str_starts(text, "*.") ? text + 2 : text;
	const char *port = strchr(name, ':');
	size_t n = port ? (size_t)(port - name) : strlen(name);
	long number;

	(void)dir;
	if (streq(text, "*") || str_starts(text, "config."))
		return NULL;
	if (str_starts(text, "integrations."))
		return words(text, 2);
	if (strstr(text, "://")) {
		const char *bare = strstr(text, "://") + 3;

		return arena_printf(cx->mem, "name the host alone: \"%.*s\"", (int)strcspn(bare, "/"), bare);
	}
	if (n == 0 || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") < n)
		return "it is not the name of a host; '*' is possible only alone, or as a first '*.'";
	return port && !str_long(port + 1, 1, 65535, &number) ? "its port must be a number from 1 to 65535" : NULL;
}

/* As host, and every target of a part of the portal's configuration; which directory it is is never left open. */
static const char *directory(struct ctx *cx, const char *dir, const char *text)
{
	if (str_starts(text, "configuration."))
		return open_setting(cx, dir, text + strlen("configuration."));
	return strchr(text, '*') || str_starts(text, "integrations.") ? "it must name the host of a directory"
								      : host(cx, dir, text);
}

static const char *catalog(struct ctx *cx, const char *dir, const char *text)
{
	(void)cx, (void)dir;
	return streq(text, "read") || streq(text, "write") ? NULL : "it must be \"read\" or \"write\"";
}

static const char *proof(struct ctx *cx, const char *dir, const char *text)
{
	(void)cx, (void)dir;
	return streq(text, "hmac") || streq(text, "token") ? NULL : "it must be \"hmac\" or \"token\"";
}

static const char *cron(struct ctx *cx, const char *dir, const char *text)
{
	struct cron line;
	const char *why = NULL;

	(void)dir;
	if (cron_parse(cx, text, &line) < 0)
		why = arena_strdup(cx->mem, cx->err.text);
	else if (cron_next_ms(&line, clock_wall_ms()) < 0)
		why = "such a time never comes";
	cx->err = (struct err){ 0 };
	return why;
}

static const char *header(struct ctx *cx, const char *dir, const char *text)
{
	(void)cx, (void)dir;
	for (const char *c = text; *c; c++)
		if (!is_name_char(*c))
			return "it is not the name of a header";
	return *text ? NULL : "it is empty";
}

/* As Backstage writes them: IS_IN_SYSTEM. */
static const char *rule(struct ctx *cx, const char *dir, const char *text)
{
	size_t n = strlen(text);

	(void)cx, (void)dir;
	if (n > WORD_MAX)
		return "it is longer than 63 characters";
	if (*text < 'A' || *text > 'Z' || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != n)
		return "only capital letters, digits and '_' are allowed, and a letter first";
	return NULL;
}

/* byEmployeeNumber */
static const char *resolver(struct ctx *cx, const char *dir, const char *text)
{
	(void)cx, (void)dir;
	if (strlen(text) > WORD_MAX)
		return "it is longer than 63 characters";
	for (const char *c = text; *c; c++)
		if (!is_name_char(*c))
			return "only letters, digits, '_' and '-' are allowed, and a letter first";
	return ascii_alpha(*text) ? NULL : "only letters, digits, '_' and '-' are allowed, and a letter first";
}

/* runbooks */
static const char *type(struct ctx *cx, const char *dir, const char *text)
{
	if (streq(text, SEARCH_CATALOG) || streq(text, SEARCH_DOCS))
		return "documents of that type are the portal's own";
	return word(cx, dir, text);
}

/* Deployment, Rollout.argoproj.io */
static const char *kind(struct ctx *cx, const char *dir, const char *text)
{
	size_t n = strcspn(text, ".");

	(void)cx, (void)dir;
	if (*text < 'A' || *text > 'Z')
		return "a kind begins with a capital letter, as in the object itself: \"Deployment\", \"Rollout.argoproj.io\"";
	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(text[i]))
			return "a kind is of letters and digits; its group may stand behind a '.': \"Rollout.argoproj.io\"";
	return text[n] ? words(text + n + 1, 1) : NULL;
}

static const char *severity(struct ctx *cx, const char *dir, const char *text)
{
	(void)cx, (void)dir;
	return detect_severity(text) ? NULL : "it must be \"error\", \"warning\" or \"info\"";
}

static const char *web_address(struct ctx *cx, const char *dir, const char *text)
{
	(void)cx, (void)dir;
	return str_starts(text, "https://") || str_starts(text, "http://") ? NULL : "it must begin with https:// or http://";
}

const char *manifest_form(struct ctx *cx, enum form form, const char *dir, const char *text)
{
	static const char *(*const rules[])(struct ctx * cx, const char *dir, const char *text) = {
		[FORM_ANY] = NULL,          [FORM_LINE] = line,           [FORM_WORD] = word,
		[FORM_VERSION] = version,   [FORM_PATH] = path,           [FORM_ROUTE] = route,
		[FORM_VIEW] = view,         [FORM_HOST] = host,           [FORM_CATALOG] = catalog,
		[FORM_PERMISSION] = dotted, [FORM_EVENT] = topic,         [FORM_HEADER] = header,
		[FORM_PROOF] = proof,       [FORM_SETTING] = setting,     [FORM_OPEN_SETTING] = open_setting,
		[FORM_CRON] = cron,         [FORM_DIRECTORY] = directory, [FORM_RULE] = rule,
		[FORM_RESOLVER] = resolver, [FORM_TYPE] = type,           [FORM_KIND] = kind,
		[FORM_SEVERITY] = severity, [FORM_URL] = web_address,
	};

	return rules[form] ? rules[form](cx, dir, text) : NULL;
}

const char *manifest_path_shape(struct arena *mem, const char *text)
{
	struct buf b = { .mem = mem };

	for (const char *c = text; *c; c++) {
		buf_addc(&b, *c);
		if (strchr(":*", *c) && c > text && c[-1] == '/')
			c += strcspn(c, "/") - 1;
	}
	return buf_text(&b);
}
