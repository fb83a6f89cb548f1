/* The configuration: merging, substitution, includes, the check against config.def, secrets, durations. */
#include "server/config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/log.h"
#include "tests/unit/tap.h"

static struct arena mem;
static char dir[] = "/tmp/callboard-config-XXXXXX";

static const char *put(const char *name, const char *text)
{
	const char *path = arena_printf(&mem, "%s/%s", dir, name);
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
	return path;
}

/* Loads files (a NULL ends them) through --config. */
static int load(struct ctx *cx, struct json **out, struct config_problems *problems, ...)
{
	static const char *files[8];
	size_t n = 0;
	va_list ap;

	va_start(ap, problems);
	for (const char *f; (f = va_arg(ap, const char *)) && n < LEN(files);)
		files[n++] = f;
	va_end(ap);
	config_use(files, n);
	*cx = (struct ctx){ .mem = &mem, .request_id = "" };
	*out = json_object(&mem);
	*problems = (struct config_problems){ 0 };
	return config_load(cx, out, problems);
}

static const char *text_of(const struct json *v)
{
	struct buf b = { .mem = &mem };

	if (!v)
		return "undefined";
	json_write(&b, v);
	return buf_text(&b);
}

static bool told(const struct config_problems *problems, bool error, const char *where, const char *text)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_problem *p = &problems->items[i];

		if (p->error == error && str_ends(p->where, where) && strstr(p->text, text))
			return true;
	}
	for (size_t i = 0; i < problems->n; i++)
		printf("# %s: %s: %s\n", problems->items[i].error ? "error" : "warning", problems->items[i].where,
		       problems->items[i].text);
	return false;
}

static void test_merge(void)
{
	const char *a = put(
		"a.yaml", "app: {title: A, baseUrl: http://a}\ncatalog:\n  rules:\n    - allow: [API]\n    - allow: [Group]\n");
	const char *b = put("b.yaml", "app:\n  title: B\ncatalog:\n  rules:\n    - allow: [User]\n");
	const char *empty = put("empty.yaml", "# nothing\n");
	struct config_problems problems;
	struct json *conf;
	struct ctx cx;

	OK(load(&cx, &conf, &problems, a, b, empty, NULL) == 0);
	STR_EQ(text_of(json_get(conf, "app")), "{\"title\":\"B\",\"baseUrl\":\"http://a\"}");
	STR_EQ(text_of(json_path(conf, "catalog", "rules", NULL)), "[{\"allow\":[\"User\"]}]");
	OK(problems.n == 0);

	setenv("CALLBOARD_CONFIG", arena_printf(&mem, "%s::%s", a, empty), 1);
	OK(load(&cx, &conf, &problems, b, NULL) == 0);
	STR_EQ(json_text(json_path(conf, "app", "title", NULL), NULL), "A");
	unsetenv("CALLBOARD_CONFIG");

	OK(load(&cx, &conf, &problems, a, NULL) == 0);
	OK(json_path(conf, "server", "views", NULL) && json_path(conf, "server", "sql", NULL));
	STR_EQ(json_text(json_path(conf, "server", "state", NULL), NULL), getenv("CALLBOARD_STATE"));
}

static void test_environment(void)
{
	const char *file =
		put("env.yaml", "app:\n  title: 'a ${CB_ONE} b $${CB_ONE} $$ ${ CB_ONE }'\n  baseUrl: ${CB_UNSET}/x\n"
				"organization: {name: {$env: CB_ONE}}\n"
				"backend:\n  listen: {host: {$env: CB_UNSET}, port: '${CB_PORT}'}\n"
				"techdocs:\n  sanitizer:\n    allowedIframeHosts: [a, '${CB_UNSET}', '${CB_ONE}']\n");
	struct config_problems problems;
	struct json *conf;
	struct ctx cx;

	setenv("CB_ONE", " one ", 1);
	setenv("CB_PORT", "7007", 1);
	unsetenv("CB_UNSET");
	OK(load(&cx, &conf, &problems, file, NULL) == 0);
	STR_EQ(text_of(json_get(conf, "app")), "{\"title\":\"a one b ${CB_ONE} $$ one\"}");
	STR_EQ(text_of(json_get(conf, "organization")), "{\"name\":\"one\"}");
	STR_EQ(text_of(json_path(conf, "backend", "listen", NULL)), "{\"port\":7007}");
	STR_EQ(text_of(json_path(conf, "techdocs", "sanitizer", "allowedIframeHosts", NULL)), "[\"a\",\"one\"]");

	setenv("APP_CONFIG_app_title", "\"from env\"", 1);
	setenv("APP_CONFIG_app_baseUrl", "http://plain", 1);
	setenv("APP_CONFIG_catalog_readonly", "true", 1);
	OK(load(&cx, &conf, &problems, file, NULL) == 0);
	STR_EQ(text_of(json_get(conf, "app")), "{\"title\":\"from env\",\"baseUrl\":\"http://plain\"}");
	STR_EQ(text_of(json_path(conf, "catalog", "readonly", NULL)), "true");
	setenv("APP_CONFIG_catalog_readonly", "7", 1);
	OK(load(&cx, &conf, &problems, file, NULL) == ERR_INPUT);
	OK(told(&problems, true, "APP_CONFIG_catalog_readonly", "catalog.readonly must be true or false, not number"));
	unsetenv("APP_CONFIG_app_title");
	unsetenv("APP_CONFIG_app_baseUrl");
	unsetenv("APP_CONFIG_catalog_readonly");
}

static void test_includes(void)
{
	struct config_problems problems;
	struct json *conf;
	struct ctx cx;

	mkdir(arena_printf(&mem, "%s/sub", dir), 0700);
	put("sub/secret.txt", "s3cret-value\n\n");
	put("sub/part.yaml", "deep:\n  er: {title: T, baseUrl: {$include: more.json#url}}\n");
	put("sub/more.json", "{\"url\": \"http://included\"}");
	put("loop.yaml", "app: {$include: loop.yaml}\n");

	const char *file = put("inc.yaml", "app:\n  $include: sub/part.yaml#deep.er\n"
					   "backend: {database: {connection: {password: {$file: sub/secret.txt}}}}\n"
					   "organization: {$include: sub/part.yaml#no.such}\n");
	OK(load(&cx, &conf, &problems, file, NULL) == 0);
	STR_EQ(text_of(json_get(conf, "app")), "{\"title\":\"T\",\"baseUrl\":\"http://included\"}");
	STR_EQ(json_text(json_path(conf, "backend", "database", "connection", "password", NULL), NULL), "s3cret-value");
	OK(!json_get(conf, "organization"));

	const struct {
		const char *text, *says;
	} bad[] = {
		{ "app: {$include: loop.yaml}\n", "do they include each other" },
		{ "app: {$include: none.yaml}\n", "none.yaml': No such file" },
		{ "app: {$include: sub/secret.txt}\n", "must end in .yaml" },
		{ "a: 1\napp: {$file: x, title: y}\n", "bad.yaml:2: app: $file must stand alone" },
		{ "app: {$env: [x]}\n", "$env needs a text" },
		{ "app: {$file: '${CB_UNSET}'}\n", "variable that is not set" },
		{ "app: {$file: sub}\n", "not a file" },
		{ "app: [\n", "bad.yaml" },
		{ "- a list\n", "must be an object" },
		{ "a: 1\n---\nb: 2\n", "one document" },
	};
	for (size_t i = 0; i < LEN(bad); i++) {
		OK(load(&cx, &conf, &problems, put("bad.yaml", bad[i].text), NULL) < 0);
		OK(strstr(cx.err.text, bad[i].says));
		if (!strstr(cx.err.text, bad[i].says))
			printf("# %s\n", cx.err.text);
	}
	OK(load(&cx, &conf, &problems, "/nonexistent/app-config.yaml", NULL) == ERR_INPUT);
}

static void test_check(void)
{
	const char *file = put("check.yaml", "app:\n"                                 /* 1 */
					     "  titel: X\n"                           /* 2 */
					     "catalogue:\n"                           /* 3 */
					     "  # a comment between\n"                /* 4 */
					     "  a: 1\n"                               /* 5 */
					     "sonarqube:\n  baseUrl: x\n"             /* 6, 7 */
					     "catalog:\n  rules:\n"                   /* 8, 9 */
					     "    - alow: [API]\n"                    /* 10 */
					     "  readonly: maybe\n"                    /* 11 */
					     "  processingInterval: 5\n"              /* 12 */
					     "  providers: {github: {anything: 1}}\n" /* 13 */
					     "integrations:\n  github: {host: x}\n"   /* 14, 15 */
					     "server:\n  requestTimeout: 2 minutes\n" /* 16, 17 */
					     "  grace: {seconds: 3}\n"                /* 18 */
					     "  maxRequests: '12'\n"                  /* 19 */
					     "techdocs:\n  builder: null\n");         /* 20, 21 */
	struct config_problems problems;
	struct json *conf;
	struct ctx cx;

	OK(load(&cx, &conf, &problems, file, NULL) == ERR_INPUT);
	OK(strstr(cx.err.text, "check.yaml:11: catalog.readonly must be"));
	OK(told(&problems, false, "check.yaml:2", "app.titel is not a known setting; did you mean app.title?"));
	OK(told(&problems, false, "check.yaml:3", "catalogue is not a known setting; did you mean catalog?"));
	OK(told(&problems, false, "check.yaml:6", "sonarqube is not a known setting"));
	OK(told(&problems, false, "check.yaml:10",
		"catalog.rules[0].alow is not a known setting; did you mean catalog.rules[0].allow?"));
	OK(told(&problems, true, "check.yaml:11", "catalog.readonly must be true or false, not string"));
	OK(told(&problems, true, "check.yaml:12", "no unit of time"));
	OK(told(&problems, true, "check.yaml:15", "integrations.github must be a list, not object"));
	OK(problems.n == 7);
	STR_EQ(text_of(json_path(conf, "server", "requestTimeout", NULL)), "120");
	STR_EQ(text_of(json_path(conf, "server", "grace", NULL)), "3");
	STR_EQ(text_of(json_path(conf, "server", "maxRequests", NULL)), "12");
}

static void test_secrets(void)
{
	const char *file =
		put("secret.yaml", "integrations:\n  github:\n    - {host: github.com, token: ghp_very_secret}\n"
				   "proxy:\n  endpoints:\n    /x: {target: http://t, headers: {Authorization: Bearer abc123}}\n"
				   "sonar: {apiKey: in-unknown-section, url: http://s}\n"
				   "auth: {providers: {github: {development: {clientId: id, clientSecret: cs-secret}}}}\n"
				   "scaffolder: {defaultEnvironment: {secrets: {NPM: npm-secret}}}\n");
	static const char *const hidden[] = { "ghp_very_secret", "abc123", "in-unknown-section", "cs-secret", "npm-secret" };
	char log[4096] = "";
	const char *path = arena_printf(&mem, "%s/log", dir);
	struct config_problems problems;
	struct json *conf;
	struct ctx cx;

	OK(load(&cx, &conf, &problems, file, NULL) == 0);

	const char *shown = text_of(config_public(&mem, conf));
	log_open(path, LOG_INFO_);
	for (size_t i = 0; i < LEN(hidden); i++) {
		log_info(hidden[i], NULL);
		OK(!strstr(shown, hidden[i]));
		OK(strstr(text_of(conf), hidden[i]));
	}
	log_open(NULL, LOG_ERROR_);

	FILE *f = fopen(path, "re");
	OK(f && fread(log, 1, sizeof(log) - 1, f) > 0);
	if (f)
		fclose(f);
	for (size_t i = 0; i < LEN(hidden); i++)
		OK(!strstr(log, hidden[i]));
	OK(strstr(shown, "\"host\":\"github.com\"") && strstr(shown, "\"clientId\":\"id\"") && strstr(shown, "http://s"));
}

/* Each row of config.def has its parent before or behind it, and stands once. */
static void test_table(void)
{
	struct config_key k, other;

	for (size_t i = 0; config_key(&mem, i, &k); i++) {
		char *dot;
		bool parent, twice = false;

		for (size_t j = i + 1; config_key(&mem, j, &other); j++)
			twice |= streq(k.path, other.path);
		char *up = arena_strdup(&mem, k.path);
		dot = strrchr(up, '.');
		parent = !dot;
		if (dot)
			*dot = '\0';
		for (size_t j = 0; !parent && config_key(&mem, j, &other); j++)
			parent = streq(up, other.path) && (strstr(other.type, "map") || strstr(other.type, "list"));
		if (!parent || twice || !*k.type)
			printf("# %s\n", k.path);
		if (!parent || twice || !*k.type)
			OK(parent && !twice && *k.type);
	}
}

static void test_durations(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "5s", 5000 },
		{ "1.5 hours", 5400000 },
		{ "5 minutes", 300000 },
		{ "100ms", 100 },
		{ "PT5M", 300000 },
		{ "PT1.5S", 1500 },
		{ "P1DT2H", 93600000 },
		{ "P1M", 2592000000 },
		{ "-2 days", -172800000 },
		{ " 1 Week ", 604800000 },
	};
	static const char *const bad[] = {
		"", "5", "abc", "5 apples", "PT", "P", "P1S", "1..5s", "1e3s", "PT5", "99999999999999999 years", "s"
	};
	struct ctx cx = { .mem = &mem, .request_id = "" };
	int64_t ms;

	for (size_t i = 0; i < LEN(good); i++) {
		OK(config_duration_ms(&cx, json_str(&mem, good[i].text), &ms) == 0 && ms == good[i].ms);
		if (ms != good[i].ms)
			printf("# %s: %lld\n", good[i].text, (long long)ms);
	}
	for (size_t i = 0; i < LEN(bad); i++) {
		OK(config_duration_ms(&cx, json_str(&mem, bad[i]), &ms) == ERR_INPUT);
		if (cx.err.code != ERR_INPUT)
			printf("# %s\n", bad[i]);
		cx.err.code = 0;
	}

	struct json *v = json_object(&mem);

	OK(config_duration_ms(&cx, v, &ms) == ERR_INPUT);
	json_set(&mem, v, "seconds", json_num(&mem, 5));
	json_set(&mem, v, "minutes", json_num(&mem, 1));
	OK(config_duration_ms(&cx, v, &ms) == 0 && ms == 65000);
	json_set(&mem, v, "s", json_num(&mem, 1));
	OK(config_duration_ms(&cx, v, &ms) == ERR_INPUT);
	OK(config_duration_ms(&cx, json_num(&mem, 5), &ms) == ERR_INPUT);
	OK(config_duration_ms(&cx, NULL, &ms) == ERR_INPUT);
}

int main(void)
{
	if (!mkdtemp(dir))
		abort();
	unsetenv("CALLBOARD_CONFIG");
	test_merge();
	test_environment();
	test_includes();
	test_check();
	test_secrets();
	test_table();
	test_durations();
	int rc = system(arena_printf(&mem, "rm -rf '%s'", dir)); /* NOLINT: our own directory */

	arena_release(&mem);
	return DONE() || rc != 0;
}
