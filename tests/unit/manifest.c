/* Manifests of plugins: what is wrong is told so that it can be mended, all of it. */
#include "tests/unit/plugins.h"

#define HEAD "return { title = 'One', version = '1.0.0', "

static const struct {
	const char *manifest, *says;
} cases[] = {
	{ HEAD "}", "" },
	{ HEAD "cards = {}, pages = {}, capabilities = {}, config = {}, nav = {}, migrations = {} }", "" },
	{ "return {}", "plugin.lua: title: missing; it is the plugin's name for people, like title = \"Hello\"" },
	{ "return {}", "plugin.lua: version: missing; it is three numbers" },
	{ "return 7", "must return a table" },
	{ "return { 'a', 'b' }", "it must return a table with names" },
	{ "return { title = 'One' version = 1 }", "plugin.lua:1: " },
	{ HEAD "descripton = 'x' }", "descripton: unknown, did you mean 'description'?" },
	{ HEAD "wizard = {} }", "wizard: unknown, possible are: title, version, description" },
	{ "return { title = 1, version = '1.0.0' }", "title: must be a text, not a number" },
	{ "return { title = 'One', version = '1.0' }", "version: '1.0': it must be MAJOR.MINOR.PATCH" },
	{ "return { title = '', version = '1.0.0-rc.1' }", "title: '': it is empty" },
	{ HEAD "cards = { { id = 'a', title = 'A', view = 'card.html', when = { kinds = 'x' } } } }",
	  "cards[1].when.kinds: unknown, did you mean 'kind'?" },
	{ HEAD "cards = { { id = 'a', title = 'A', view = 'card.html', when = { kind = 7 } } } }",
	  "cards[1].when.kind: must be a text or a list of texts, not a number" },
	{ HEAD "cards = { { id = 'a', title = 'A', view = 'card.html', when = { kind = {'x', 'y'}, annotation = 'a/b' } } } }",
	  "" },
	{ HEAD "cards = { id = 'a', title = 'A', view = 'card.html' } }",
	  "cards: must be a list, not a table with names: a list of tables, like cards = { {" },
	{ HEAD "cards = { { title = 'A', view = 'card.html' } } }", "cards[1].id: missing; it is a short name in lower case" },
	{ HEAD "cards = { { id = 'A b', title = 'A', view = 'card.html' } } }", "cards[1].id: 'A b': only small letters" },
	{ HEAD "cards = { { id = 'a', title = 'A', view = 'card.html' }, { id = 'a', title = 'B', view = 'card.html' } } }",
	  "cards[2].id: 'a' is cards[1]'s id already" },
	{ HEAD "cards = { { id = 'a', title = 'A', view = 'none.html' } } }",
	  "cards[1].view: 'none.html': there is no file views/none.html in the plugin's folder" },
	{ HEAD "cards = { { id = 'a', title = 'A', view = 'views/card.html' } } }",
	  "below views/ already: write \"card.html\"" },
	{ HEAD "cards = { { id = 'a', title = 'A', view = '../plugin.lua' } } }", "there is no file views/../plugin.lua" },
	{ HEAD "cards = { { id = 'a', title = 'A', view = 'card.html', data = 'text' } } }",
	  "cards[1].data: must be a function, not a text" },
	{ HEAD "pages = { ['/'] = { view = function() end } } }", "there is no file" },
	{ HEAD "pages = { ['hello'] = { view = 'card.html' } } }", "pages.hello: 'hello': it must begin with '/'" },
	{ HEAD "pages = { ['/a//b'] = { view = 'card.html' } } }", "pages[\"/a//b\"]: '/a//b': it has an empty part" },
	{ HEAD "pages = { ['/*all/x'] = { view = 'card.html' } } }", "a '*rest' is only possible at the end" },
	{ HEAD "pages = { ['/:'] = { view = 'card.html' } } }", "':' needs a name" },
	{ HEAD "pages = { ['/../x'] = { view = 'card.html' } } }", "'.' and '..' are not possible" },
	{ HEAD "pages = { ['/:a'] = { view = 'card.html' }, ['/:b'] = { view = 'card.html' } } }", "fit the same addresses" },
	{ HEAD "pages = { ['/x/:a/*rest'] = { view = 'card.html' } } }", "" },
	{ HEAD "nav = { { title = 'x', path = '/x' } } }", "nav[1].path: there is no page '/x'" },
	{ HEAD "nav = { { title = 'x', path = '/' } }, pages = { ['/'] = { view = 'card.html' } } }", "" },
	{ HEAD "routes = { ['/x'] = function() end } }", "it must be a method and a path, like \"GET /greeting\"" },
	{ HEAD "routes = { ['FETCH /x'] = function() end } }", "the method must be GET, POST, PUT, PATCH or DELETE" },
	{ HEAD "routes = { ['GET /x'] = { permission = 'a.b' } } }", "routes[\"GET /x\"].run: missing" },
	{ HEAD "routes = { ['GET /x'] = { run = function() end, permission = 'plugin.page.read' } } }", "" },
	{ HEAD "routes = { ['GET /x'] = 'text' } }",
	  "routes[\"GET /x\"]: must be a table with names or a function, not a text" },
	{ HEAD "capabilities = { catalog = 'all' } }", "capabilities.catalog: 'all': it must be \"read\" or \"write\"" },
	{ HEAD "capabilities = { catalog = true } }", "capabilities.catalog: must be a text, not true" },
	{ HEAD "capabilities = { network = true } }", "capabilities.network: unknown, possible are: catalog, http" },
	{ HEAD "capabilities = { configuration = { 'backend.database' } } }", "'backend' is closed to plugins" },
	{ HEAD "capabilities = { http = { 'https://api.github.com/x' } } }", "name the host alone: \"api.github.com\"" },
	{ HEAD "capabilities = { http = { 'a b' } } }", "it is not the name of a host" },
	{ HEAD "capabilities = { http = { 'config.url' } } }", "capabilities.http[1]: 'url' is not in config.properties" },
	{ HEAD "capabilities = { http = { 'a.b:8443', '*.c.d', '*', 'integrations.github' }, configuration = { 'a.b' } } }",
	  "" },
	{ HEAD "config = { type = 'objekt' } }", "config" },
	{ HEAD "config = { type = 'array' } }", "config.type: must be \"object\"" },
	{ HEAD "config = { type = 'object', properties = {}, required = {} } }", "" },
	{ HEAD "config = { type = 'object', properties = { a = { type = 'array', default = {} } } } }", "" },
	{ HEAD "policy = function() end, permission_rules = { IS_X1 = { condition = function() end } }, "
	       "sign_in_resolvers = { byNumber = function() end } }",
	  "" },
	{ HEAD "policy = 'ALLOW' }", "policy: must be a function, not a text: a function that decides" },
	{ HEAD "policy = { run = function() end } }", "policy: must be a function, not a table with names" },
	{ HEAD "permission_rules = { function() end } }", "permission_rules: must be a table with names, not a list" },
	{ HEAD "permission_rules = { isX = { condition = function() end } } }",
	  "permission_rules.isX: 'isX': only capital letters, digits and '_' are allowed, and a letter first" },
	{ HEAD "permission_rules = { IS_X = function() end } }",
	  "permission_rules.IS_X: must be a table with names, not a function" },
	{ HEAD "permission_rules = { IS_X = { description = 'x' } } }",
	  "permission_rules.IS_X.condition: missing; it is a function" },
	{ HEAD "permission_rules = { IS_X = { condition = { rule = 'HAS_LABEL' } } } }",
	  "permission_rules.IS_X.condition: must be a function, not a table with names" },
	{ HEAD "permission_rules = { IS_X = { run = function() end, condition = function() end } } }",
	  "permission_rules.IS_X.run: unknown, possible are: description, condition" },
	{ HEAD "sign_in_resolvers = { ['a.b'] = function() end } }",
	  "sign_in_resolvers[\"a.b\"]: 'a.b': only letters, digits, '_' and '-' are allowed" },
	{ HEAD "sign_in_resolvers = { byNumber = 'ana' } }", "sign_in_resolvers.byNumber: must be a function, not a text" },
	{ HEAD "schedules = { { id = 'a', every = 'often', run = function() end } } }",
	  "schedules[1].every: this is no duration; it is how often, like every = \"1h\"" },
	{ HEAD "schedules = { { id = 'a', every = '0s', run = function() end } } }",
	  "schedules[1].every: this is no duration" },
	{ HEAD "schedules = { { id = 'a', every = 'PT1H', run = function() end }, "
	       "{ id = 'b', every = { minutes = 5 }, run = function() end } } }",
	  "" },
	{ HEAD "schedules = { { id = 'a', run = function() end } } }", "schedules[1].every: missing; it is how often" },
	{ HEAD "schedules = { { id = 'a', every = '1h', cron = '0 3 * * *', run = function() end } } }",
	  "has both every and cron" },
	{ HEAD "schedules = { { id = 'a', cron = '0 3 * * 1-5', initial_delay = '1m', run = function() end } } }", "" },
	{ HEAD "schedules = { { id = 'a', cron = '0 3 * *', run = function() end } } }", "schedules[1].cron: '0 3 * *': " },
	{ HEAD "schedules = { { id = 'a', cron = '0 0 30 2 *', run = function() end } } }", "such a time never comes" },
	{ HEAD "capabilities = { catalog = 'write' }, providers = { { id = 'a', every = '1h', run = function() end } } }", "" },
	{ HEAD "schedules = { { id = 'a', every = '1h' } } }", "schedules[1].run: missing" },
	{ HEAD "events = { changed = function() end } }", "it must be words with dots between" },
	{ HEAD "events = { ['catalog.changed'] = function() end } }", "" },
	{ HEAD "events = { ['*.facts'] = function() end } }", "" },
	{ HEAD "events = { ['*'] = function() end } }", "it must be words with dots between" },
	{ HEAD "events = { ['*.'] = function() end } }", "it has an empty part" },
	{ HEAD "events = { ['a.*'] = function() end } }", "it must be words with dots between" },
	{ HEAD "webhooks = { push = { secret = 'hook', run = function() end } } }",
	  "webhooks.push.secret: 'hook' is not in config.properties" },
	{ HEAD "webhooks = { push = { secret = 'hook', run = function() end } }, config = { properties = { hook = {} } } }",
	  "" },
	{ HEAD "icon = 'No Icon' }", "icon: 'No Icon'" },
	{ HEAD "enabled_by = 'catalog.providers.github' }", "" },
	{ "local c = require 'callboard'\nc.catalog.entity('x')\nreturn { title = 'One', version = '1.0.0' }",
	  "plugin.lua:2: not while the manifest is read: call callboard.catalog.entity in a function of the manifest" },
	{ "local c = require 'callboard'\nlocal e = c.catalog.entity\nreturn { title = c.json.encode({}), version = '1.0.0', "
	  "cards = c.array {} }",
	  "" },
	{ "local w = require 'lib.words'\nreturn { title = w.title, version = '1.0.0' }", "" },
	{ "require 'lib.none'", "there is no module 'lib.none'" },
	{ "require '../two/x'", "there is no module" },
	{ "error('no\\nway')", "no" },
};

static void says_what_is_wrong(void)
{
	for (size_t i = 0; i < LEN(cases); i++) {
		const char *got = wrong(cases[i].manifest);
		bool good = *cases[i].says ? strstr(got, cases[i].says) != NULL : !*got;

		if (!good)
			printf("# %s\n# got  %s\n# want %s\n", cases[i].manifest, got, cases[i].says);
		OK(good);
	}
}

static void says_everything(void)
{
	const char *got = wrong("return { titel = 'x', cards = { { id = 1 }, 7 } }");

	OK(strstr(got, "titel: unknown") && strstr(got, "title: missing") && strstr(got, "version: missing"));
	OK(strstr(got, "cards[1].id: must be a text") && strstr(got, "cards[1].view: missing") &&
	   strstr(got, "cards[2]: must be"));
}

static void contributes(void)
{
	struct plugin p;

	put("own/one/plugin.lua", HEAD "pages = { ['/:team'] = { view = 'card.html' }, ['/*rest'] = { view = 'card.html' }, "
				       "['/fixed'] = { view = 'card.html', data = function() end, permission = 'a.b' }, "
				       "['/:team/x'] = { view = 'card.html' } }, "
				       "nav = { { title = 'N', path = '/fixed' } }, "
				       "routes = { ['GET /a'] = function() end, ['GET /b'] = { run = function() end } }, "
				       "cards = { { id = 'a', title = 'A', view = 'card.html' }, { id = 'b', title = 'B', view "
				       "= 'card.html', data = function() end } } }");
	plugin_read(&cx, arena_printf(&mem, "%s/own/one", place), &p);
	OK(!p.error && p.state == PLUGIN_ON);

	const struct contributions *pages = &p.by_kind[CONTRIBUTES_PAGE], *routes = &p.by_kind[CONTRIBUTES_ROUTE];
	const struct contributions *cards = &p.by_kind[CONTRIBUTES_CARD], *nav = &p.by_kind[CONTRIBUTES_NAV];

	OK(pages->n == 4 && routes->n == 2 && cards->n == 2 && nav->n == 1);
	STR_EQ(pages->items[0].id, "/fixed");
	STR_EQ(pages->items[1].id, "/:team");
	STR_EQ(pages->items[2].id, "/:team/x");
	STR_EQ(pages->items[3].id, "/*rest");
	STR_EQ(pages->items[0].path[1], "/fixed");
	STR_EQ(pages->items[0].path[2], "data");
	STR_EQ(pages->items[0].title, "One");
	OK(!pages->items[1].path);
	STR_EQ(routes->items[0].path[1], "GET /a");
	OK(!routes->items[0].path[2]);
	STR_EQ(routes->items[1].path[2], "run");
	STR_EQ(cards->items[1].path[1], "2");
	OK(!cards->items[0].path);
	STR_EQ(json_get_text(nav->items[0].row, "path", ""), "/one/fixed");
	STR_EQ(nav->items[0].permission, "a.b");
}

static bool applies(const char *when, const char *entity)
{
	struct json *w, *e;

	if (json_parse(&cx, str_of(when), &w) < 0 || json_parse(&cx, str_of(entity), &e) < 0)
		abort();
	return contribution_applies(&(struct contribution){ .when = w }, e);
}

static void applies_to_entities(void)
{
	const char *e =
		"{\"kind\":\"Component\",\"metadata\":{\"name\":\"a\",\"tags\":[\"x\",\"y\"],\"annotations\":{\"a/b\":\"1\"}},"
		"\"spec\":{\"type\":\"service\"}}";

	OK(contribution_applies(&(struct contribution){ 0 }, NULL));
	OK(applies("{\"kind\":\"component\",\"type\":[\"website\",\"service\"],\"namespace\":\"default\"}", e));
	OK(!applies("{\"kind\":\"component\",\"type\":\"website\"}", e));
	OK(applies("{\"tag\":\"y\",\"annotation\":[\"c\",\"a/b\"]}", e));
	OK(!applies("{\"tag\":\"z\"}", e));
	OK(!applies("{\"label\":\"a/b\"}", e));
	OK(!applies("{\"lifecycle\":\"production\"}", e));
	OK(!applies("{\"kind\":\"api\"}", "{}"));
}

static void grants(void)
{
	struct plugin p = { 0 };
	struct json *v;

	if (json_parse(&cx,
		       STR("{\"catalog\":\"write\",\"store\":true,\"sql\":false,\"http\":[\"a.b\",\"*.c.d\"],\"configuration\":"
			   "[\"x.y\"]}"),
		       &v) < 0)
		abort();
	OK(!plugin_may(&p, "store", NULL));
	p.capabilities = v;
	OK(plugin_may(&p, "catalog", "read") && plugin_may(&p, "catalog", "write") && !plugin_may(&p, "catalog", "admin"));
	OK(plugin_may(&p, "store", NULL) && !plugin_may(&p, "sql", NULL) && !plugin_may(&p, "audit", NULL));
	OK(plugin_may(&p, "configuration", "x.y.z") && plugin_may(&p, "configuration", "x.y"));
	OK(!plugin_may(&p, "configuration", "x.yz") && !plugin_may(&p, "configuration", "x"));
}

int main(void)
{
	begin_place();
	put("own/one/views/card.html", "<p></p>");
	put("own/one/lib/words.lua", "return { title = 'Words' }");
	says_what_is_wrong();
	says_everything();
	contributes();
	applies_to_entities();
	grants();
	return end_place();
}
