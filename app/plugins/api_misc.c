/* callboard.log, .json, .time, .crypto, .regex, .metrics, who asks, and what is configured. */
#include <math.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/regex.h"
#include "base/utf8.h"
#include "catalog/scm.h"
#include "ext/crypto.h"
#include "identity/audit.h"
#include "identity/identity.h"
#include "plugins/api.h"
#include "base/cron.h"
#include "plugins/metric.h"

/* ---- log ---- */

enum { MOST_LINE = 4096, MOST_LINES = 1000 };

typedef void log_fn(const char *message, ...);

/* As much of a text as most bytes hold; a secret that is masked is never cut in two. */
static const char *cut(struct arena *mem, const char *text, size_t most)
{
	char *copy = arena_strndup(mem, text, strnlen(text, most + MOST_LINE));

	log_hide(copy);
	if (strlen(copy) > most) {
		copy[most] = '\0';
		utf8_trim_partial(copy);
	}
	return copy;
}

static int write_log(struct ctx *cx, const struct plugin *p, log_fn *fn, struct json *const *args, size_t n)
{
	struct buf b = { .mem = cx->mem };
	const char *text;
	int rc = api_text(cx, args, n, 0, "text", &text);

	if (rc < 0)
		return rc;
	unsigned lines = plugin_count_line();

	if (lines == MOST_LINES + 1)
		log_warn("plugin", "plugin", p->name, "text", "writes more lines than a call may; the rest is left out", NULL);
	if (lines > MOST_LINES)
		return 0;
	if (n > 1 && args[1])
		json_write(&b, args[1]);
	text = cut(cx->mem, text, MOST_LINE);
	fn("plugin", "plugin", p->name, "text", text, b.n ? "fields" : NULL,
	   cut(cx->mem, buf_text(&b), MOST_LINE - strlen(text)), NULL);
	return 0;
}

#define LOG(name, fn)                                                                                                          \
	int name(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)                \
	{                                                                                                                      \
		(void)out;                                                                                                     \
		return write_log(cx, p, fn, args, n);                                                                          \
	}
LOG(api_log_debug, log_debug)
LOG(api_log_info, log_info)
LOG(api_log_warn, log_warn)
LOG(api_log_error, log_error)

/* ---- JSON ---- */

int api_json_encode(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	struct buf b = { .mem = cx->mem };

	(void)p;
	if (n == 0 || !args[0])
		return fail(cx, ERR_INPUT, "argument 1 is missing; callboard.null is JSON's null");
	json_write(&b, args[0]);
	*out = json_strn(cx->mem, buf_text(&b), b.n);
	return 0;
}

int api_json_decode(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	int rc = api_text(cx, args, n, 0, "text", &text);

	(void)p;
	return rc < 0 ? rc : api_json(cx, str_of(text), out);
}

/* ---- time ---- */

int api_time_now(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	(void)p, (void)args, (void)n;
	*out = json_num(cx->mem, (double)clock_wall_ms());
	return 0;
}

int api_time_iso(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *v = n ? args[0] : NULL;
	char text[25];

	(void)p;
	if (v && (!json_is(v, JSON_NUMBER) || v->num < -62135596800000.0 || v->num > 253402300799999.0))
		return fail(cx, ERR_INPUT, "argument 1, time, must be milliseconds since 1970");
	clock_format(v ? (int64_t)v->num : clock_wall_ms(), text);
	*out = json_str(cx->mem, text);
	return 0;
}

int api_time_parse(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	int64_t ms;
	int rc = api_text(cx, args, n, 0, "text", &text);

	(void)p;
	if (rc == 0 && clock_parse(text, &ms))
		*out = json_num(cx->mem, (double)ms);
	return rc;
}

/* A schedule's frequency, as Backstage's configuration writes it: a duration, or {cron: "0 * * * *"}. nil: never. */
int api_time_next(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *after = n > 1 ? args[1] : NULL;
	const char *line = n ? json_get_text(args[0], "cron", NULL) : NULL;
	int64_t ms = 0;
	struct cron cron;

	(void)p;
	if (n == 0 || !args[0])
		return fail(cx, ERR_INPUT, "argument 1, frequency, is missing");
	if (!json_is(after, JSON_NUMBER) || fabs(after->num) > 1e15)
		return fail(cx, ERR_INPUT, "argument 2, after, must be milliseconds since 1970");
	int rc = line ? cron_parse(cx, line, &cron) : config_duration_ms(cx, args[0], &ms);

	if (rc < 0)
		return fail_in(cx, rc, "argument 1, frequency");
	ms = line ? cron_next_ms(&cron, (int64_t)after->num) : (int64_t)after->num + ms;
	if (ms >= 0)
		*out = json_num(cx->mem, (double)ms);
	return 0;
}

/* ---- hashes and signatures ---- */

int api_crypto_sha1(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	char hex[41];
	int rc = api_text(cx, args, n, 0, "text", &text);

	(void)p;
	if (rc < 0)
		return rc;
	crypto_sha1_hex(str_of(text), hex);
	*out = json_str(cx->mem, hex);
	return 0;
}

int api_crypto_sha256(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	char hex[65];
	int rc = api_text(cx, args, n, 0, "text", &text);

	(void)p;
	if (rc < 0)
		return rc;
	crypto_sha256_hex(str_of(text), hex);
	*out = json_str(cx->mem, hex);
	return 0;
}

int api_crypto_hmac_sha256(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *key, *text;
	int rc = api_text(cx, args, n, 0, "key", &key);

	(void)p;
	if (rc == 0)
		rc = api_text(cx, args, n, 1, "text", &text);
	if (rc == 0)
		*out = json_str(cx->mem, crypto_hmac_sha256_hex(cx->mem, str_of(key), str_of(text)));
	return rc;
}

int api_crypto_same(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *a, *b;
	int rc = api_text(cx, args, n, 0, "a", &a);

	(void)p;
	if (rc == 0)
		rc = api_text(cx, args, n, 1, "b", &b);
	if (rc == 0)
		*out = json_bool(cx->mem, crypto_same(a, b));
	return rc;
}

int api_crypto_base64(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	int rc = api_text(cx, args, n, 0, "text", &text);

	(void)p;
	if (rc == 0)
		*out = json_str(cx->mem, crypto_base64(cx->mem, str_of(text)));
	return rc;
}

/* What is no base64, or no text inside, is nil. */
int api_crypto_base64_decode(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	struct str bytes;
	int rc = api_text(cx, args, n, 0, "text", &text);

	(void)p;
	if (rc == 0 && crypto_base64_decode(cx->mem, str_of(text), &bytes) && utf8_valid(bytes.p ? bytes.p : "", bytes.n))
		*out = json_strn(cx->mem, bytes.p ? bytes.p : "", bytes.n);
	return rc;
}

int api_crypto_uuid(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	char uuid[37];

	(void)p, (void)args, (void)n;
	crypto_uuid(uuid);
	*out = json_str(cx->mem, uuid);
	return 0;
}

/* ---- who asks ---- */

int api_user(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	struct json *v, *owns;

	(void)p, (void)args, (void)n;
	if (!cx->who)
		return 0; /* nobody: a schedule */
	v = json_object(cx->mem);
	owns = json_array(cx->mem);
	json_set(cx->mem, v, "ref", json_str(cx->mem, cx->who->ref));
	json_set(cx->mem, v, "name", json_str(cx->mem, cx->who->name));
	json_set(cx->mem, v, "guest", json_bool(cx->mem, cx->who->kind == WHO_GUEST));
	for (const char **ref = cx->who->owns; *ref; ref++)
		json_push(cx->mem, owns, json_str(cx->mem, *ref));
	json_set(cx->mem, v, "owns", owns);
	*out = v;
	return 0;
}

int api_may(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *permission;
	int rc = api_text(cx, args, n, 0, "permission", &permission);

	(void)p;
	if (rc < 0)
		return rc;
	rc = identity_allow(cx, permission);
	if (rc == ERR_DENIED || rc == ERR_AUTH)
		cx->err = (struct err){ 0 };
	else if (rc < 0)
		return rc;
	*out = json_bool(cx->mem, rc == 0);
	return 0;
}

int api_audit(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	static const char *const severities[] = { "low", "medium", "high", "critical" };
	const char *event, *severity;
	const struct json *o;
	struct audit_event e = { .plugin = p->name, .severity = AUDIT_LOW };
	int rc = api_text(cx, args, n, 0, "event", &event);

	(void)out;
	if (rc == 0)
		rc = api_table(cx, args, n, 1, "options", false, &o);
	if (rc < 0)
		return rc;
	severity = json_get_text(o, "severity", "low");
	for (unsigned i = 0; i < LEN(severities); i++)
		if (streq(severity, severities[i]))
			e.severity = i;
	e.event_id = event;
	e.meta = json_is(json_get(o, "meta"), JSON_OBJECT) ? json_get(o, "meta") : NULL;
	e.error = json_get_text(o, "error", NULL);
	e.status = e.error ? AUDIT_FAILED : AUDIT_SUCCEEDED;
	audit(cx, &e);
	return 0;
}

/* ---- configuration ---- */

/* "catalog.providers.github": what stands there, with its secrets; the manifest names what a plugin may read. */
int api_configuration(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *at = cx->conf;
	const char *path;
	int rc = api_text(cx, args, n, 0, "path", &path);

	if (rc < 0)
		return rc;
	if (!plugin_may(p, "configuration", path))
		return fail(cx, ERR_DENIED,
			    "callboard.configuration(\"%.100s\") is not named in capabilities.configuration of plugin.lua",
			    path);
	for (struct str rest = str_of(path); at && rest.p;)
		at = json_getn(at, str_cut(&rest, '.'));
	if (at)
		*out = json_copy(cx->mem, at);
	return 0;
}

/* {{host, api, base, kind}...} of a kind ("github"), without credentials: auth = "integration" in a request adds them. */
int api_integrations(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct scm_conf *conf = scm_conf(cx);
	const char *kind;
	int rc = api_text(cx, args, n, 0, "kind", &kind);

	(void)p;
	if (rc < 0)
		return rc;
	*out = json_array(cx->mem);
	for (size_t i = 0; i < conf->scms.n; i++) {
		const struct scm *s = &conf->scms.items[i];
		struct json *v = json_object(cx->mem);

		if (!streq(scm_kind_name(s->kind), kind))
			continue;
		json_set(cx->mem, v, "host", json_str(cx->mem, s->host));
		json_set(cx->mem, v, "api", json_str(cx->mem, s->api));
		json_set(cx->mem, v, "base", json_str(cx->mem, s->base));
		json_set(cx->mem, v, "kind", json_str(cx->mem, kind));
		json_push(cx->mem, *out, v);
	}
	return 0;
}

/* What Backstage's configuration files filter with: JavaScript's regular expressions, which Lua does not have. */
int api_regex_matches(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *pattern, *text, *why;
	const struct regex *re;
	int found = 0, rc = api_text(cx, args, n, 0, "pattern", &pattern);

	(void)p;
	if (rc == 0)
		rc = api_text(cx, args, n, 1, "text", &text);
	if (rc < 0)
		return rc;
	re = regex_compile(cx->mem, str_of(pattern), 0, &why);
	if (re)
		found = regex_search(re, str_of(text), 0, NULL, 0);
	if (!re || found < 0)
		return fail(cx, ERR_INPUT, "regular expression '%.100s': %s", pattern, re ? "takes too many steps" : why);
	*out = json_bool(cx->mem, found == 1);
	return 0;
}

/* ---- metrics ---- */

static int read_number(struct ctx *cx, struct json *const *args, size_t n, double dflt, double *out)
{
	const struct json *v = n > 1 ? args[1] : NULL;

	*out = json_is(v, JSON_NUMBER) ? v->num : dflt;
	return v && !json_is(v, JSON_NUMBER) ? fail(cx, ERR_INPUT, "argument 2 must be a number, not %s", json_type_name(v))
					     : 0;
}

int api_metrics_count(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *name;
	double add;
	int rc = api_text(cx, args, n, 0, "name", &name);

	(void)out;
	if (rc == 0)
		rc = read_number(cx, args, n, 1, &add);
	return rc < 0 ? rc : plugin_metric_count(cx, p, name, add);
}

int api_metrics_gauge(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *name;
	double value;
	int rc = api_text(cx, args, n, 0, "name", &name);

	(void)out;
	if (rc == 0)
		rc = read_number(cx, args, n, 0, &value);
	return rc < 0 ? rc : plugin_metric_set(cx, p, name, value);
}
