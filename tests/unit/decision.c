/* How what is decided in Lua meets roles and rules: with a decider that answers what the test wants. */
#include "identity/decider.h"

#include <stdio.h>

#include "ext/json.h"
#include "ext/yaml.h"
#include "identity/identity.h"
#include "identity/policy.h"
#include "identity/policy_condition.h"
#include "identity/resolver.h"
#include "tests/unit/tap.h"

#define LABEL(name) "{\"rule\":\"HAS_LABEL\",\"resourceType\":\"catalog-entity\",\"params\":{\"label\":\"" name "\"}}"

static const char *says;     /* what the decider answers, as JSON; NULL: it fails */
static const char *expanded; /* the same of conditions */
static unsigned asked;
static char last[2000]; /* the question */

static int decider(struct ctx *cx, const struct json *question, struct json **answer)
{
	const char *text = json_get(question, "condition") ? expanded : says;
	struct buf b = { .mem = cx->mem };

	asked++;
	json_write(&b, question);
	snprintf(last, sizeof(last), "%s", buf_text(&b));
	return text ? json_parse(cx, str_of(text), answer) : fail(cx, ERR_PLUGIN, "its words");
}

static void configure(struct ctx *cx, const char *text)
{
	struct json *conf = NULL;

	cx->err = (struct err){ 0 };
	if (yaml_read_one(cx, str_of(text), NULL, &conf) < 0)
		printf("# %s\n", cx->err.text);
	cx->conf = conf;
	OK(policy_prepare(cx) == 0);
	if (cx->err.code)
		printf("# %s\n", cx->err.text);
}

static struct who person(struct arena *mem, enum who_kind kind, const char *ref)
{
	const char **owns = arena_array(mem, const char *, 3);

	owns[0] = ref;
	owns[1] = "group:default/Team";
	return (struct who){ .kind = kind, .ref = ref, .name = ref, .owns = owns };
}

static const char policy[] =
	"permission:\n"
	"  enabled: true\n"
	"  policy: acme\n"
	"  rbac: {admin: {users: [{name: 'user:default/amy'}], superUsers: [{name: 'user:default/root'}]}}\n"
	"  roles:\n"
	"  - name: role:default/some\n"
	"    members: ['user:default/bo']\n"
	"    rules:\n"
	"    - {permission: catalog.entity.read, if: {rule: HAS_LABEL, params: {label: a}}}\n"
	"    - {permission: catalog.entity.delete, effect: deny, if: {rule: HAS_LABEL, params: {label: keep}}}\n"
	"    - {permission: catalog.location.create, effect: deny}\n"
	"    - {permission: catalog.location.read}\n"
	"  - name: role:default/rules\n"
	"    members: ['user:default/ru']\n"
	"    rules:\n"
	"    - {permission: catalog.entity.read, if: {not: {rule: p.IS_X, params: {who: $currentUser}}}}\n"
	"    - {permission: catalog.entity.delete}\n"
	"    - {permission: catalog.entity.delete, effect: deny, if: {not: {rule: p.IS_X}}}\n";

static const struct {
	const char *ref, *permission, *says, *expanded;
	enum policy_result result;
	const char *condition;
	bool asks;
} cases[] = {
	/* nil: roles, and what they do not allow is denied */
	{ "user:default/bo", "catalog.entity.read", "null", NULL, POLICY_CONDITIONAL, LABEL("a"), true },
	{ "user:default/bo", "catalog.location.read", "null", NULL, POLICY_ALLOW, NULL, true },
	{ "user:default/bo", "catalog.entity.refresh", "null", NULL, POLICY_DENY, NULL, true },
	{ "user:default/cy", "catalog.entity.read", "null", NULL, POLICY_DENY, NULL, true },
	/* what the policy denies is denied, whatever roles allow */
	{ "user:default/bo", "catalog.location.read", "{\"result\":\"DENY\"}", NULL, POLICY_DENY, NULL, true },
	/* what it allows is not narrowed by rules that allow */
	{ "user:default/bo", "catalog.entity.read", "{\"result\":\"ALLOW\"}", NULL, POLICY_ALLOW, NULL, true },
	/* but by those that deny */
	{ "user:default/bo", "catalog.entity.delete", "{\"result\":\"ALLOW\"}", NULL, POLICY_CONDITIONAL,
	  "{\"not\":" LABEL("keep") "}", true },
	{ "user:default/bo", "catalog.entity.delete", "{\"result\":\"CONDITIONAL\",\"conditions\":" LABEL("x") "}", NULL,
	  POLICY_CONDITIONAL, "{\"allOf\":[" LABEL("x") ",{\"not\":" LABEL("keep") "}]}", true },
	{ "user:default/bo", "catalog.location.create", "{\"result\":\"ALLOW\"}", NULL, POLICY_DENY, NULL, true },
	{ "user:default/cy", "catalog.entity.read", "{\"result\":\"CONDITIONAL\",\"conditions\":" LABEL("x") "}", NULL,
	  POLICY_CONDITIONAL, LABEL("x"), true },
	/* what is not its business */
	{ "user:default/cy", "user-settings.setting.read", NULL, NULL, POLICY_ALLOW, NULL, false },
	{ "user:default/cy", "audit.read", NULL, NULL, POLICY_DENY, NULL, false },
	{ "user:default/amy", "audit.read", NULL, NULL, POLICY_ALLOW, NULL, false },
	{ "user:default/amy", "plugin.manage", NULL, NULL, POLICY_ALLOW, NULL, false },
	{ "user:default/amy", "plugin.page.read", NULL, NULL, POLICY_ALLOW, NULL, false },
	{ "user:default/amy", "catalog.entity.read", NULL, NULL, POLICY_ALLOW, NULL, false },
	{ "user:default/root", "catalog.entity.delete", NULL, NULL, POLICY_ALLOW, NULL, false },
	/* rules of plugins */
	{ "user:default/ru", "catalog.entity.read", "null", "{\"not\":" LABEL("x") "}", POLICY_CONDITIONAL,
	  "{\"not\":" LABEL("x") "}", true },
	{ "user:default/ru", "catalog.entity.delete", "null", "{\"not\":" LABEL("x") "}", POLICY_CONDITIONAL,
	  "{\"not\":{\"not\":" LABEL("x") "}}", true },
	/* of a plugin that is not on: allows nothing, also not by "not", and denies all */
	{ "user:default/ru", "catalog.entity.read", "null", "null", POLICY_DENY, NULL, true },
	{ "user:default/ru", "catalog.entity.delete", "null", "null", POLICY_DENY, NULL, true },
	{ "user:default/ru", "catalog.entity.delete", "{\"result\":\"ALLOW\"}", "null", POLICY_DENY, NULL, true },
};

static void test_meeting(struct ctx *cx)
{
	configure(cx, policy);
	for (size_t i = 0; i < LEN(cases); i++) {
		struct who who = person(cx->mem, WHO_USER, cases[i].ref);
		struct policy_decision d;
		struct buf b = { .mem = cx->mem };

		cx->who = &who;
		says = cases[i].says;
		expanded = cases[i].expanded;
		asked = 0;
		OK(policy_decide(cx, permission_named(cx->mem, cases[i].permission), &d) == 0);
		if (d.result != cases[i].result)
			printf("# %s %s %s\n", cases[i].ref, cases[i].permission, cases[i].says ? cases[i].says : "");
		OK(d.result == cases[i].result);
		OK((asked > 0) == cases[i].asks);
		if (d.result == POLICY_CONDITIONAL)
			json_write(&b, d.condition);
		STR_EQ(d.result == POLICY_CONDITIONAL ? buf_text(&b) : NULL, cases[i].condition);
	}
}

/* Without an answer it is an error, and nothing is allowed. */
static void test_failures(struct ctx *cx)
{
	struct who who = person(cx->mem, WHO_USER, "user:default/ru");
	struct policy_decision d = { .result = POLICY_ALLOW };

	configure(cx, policy);
	cx->who = &who;
	says = NULL;
	OK(policy_decide(cx, permission_named(cx->mem, "catalog.location.read"), &d) == ERR_UNAVAILABLE);
	OK(d.result == POLICY_DENY && cx->err.code == ERR_UNAVAILABLE);
	OK(strstr(cx->err.text, "the policy cannot be asked: its words") != NULL);
	says = "null";
	expanded = NULL;
	OK(policy_decide(cx, permission_named(cx->mem, "catalog.entity.delete"), &d) == ERR_UNAVAILABLE);
	OK(d.result == POLICY_DENY);
	OK(policy_begin(cx) == ERR_UNAVAILABLE);
	decider_set(NULL);
	OK(policy_decide(cx, permission_named(cx->mem, "catalog.location.read"), &d) == ERR_UNAVAILABLE);
	decider_set(decider);
	/* nobody at all is not asked about */
	asked = 0;
	cx->who = policy_nobody(cx);
	OK(policy_decide(cx, permission_named(cx->mem, "catalog.location.read"), &d) == 0 && d.result == POLICY_DENY);
	cx->who = NULL;
	OK(policy_decide(cx, permission_named(cx->mem, "catalog.location.read"), &d) == 0 && d.result == POLICY_ALLOW);
	OK(asked == 0);
}

static void test_questions(struct ctx *cx)
{
	struct who who = person(cx->mem, WHO_USER, "user:default/Ru"), bot = person(cx->mem, WHO_SERVICE, "bot");
	struct policy_decision d;

	configure(cx, policy);
	says = "null";
	expanded = "null";
	cx->who = &who;
	policy_decide(cx, permission_named(cx->mem, "catalog.location.analyze"), &d);
	STR_EQ(last,
	       "{\"policy\":{\"permission\":{\"name\":\"catalog.location.analyze\",\"type\":\"basic\",\"attributes\":{}}},"
	       "\"user\":{\"ref\":\"user:default/ru\",\"kind\":\"user\",\"ownership\":[\"user:default/"
	       "ru\",\"group:default/team\"]}}");
	policy_decide(cx, permission_named(cx->mem, "catalog.entity.read"), &d);
	OK(strstr(last, "{\"condition\":{\"not\":{\"rule\":\"p.IS_X\",\"resourceType\":\"catalog-entity\",\"params\":{\"who\":"
			"\"user:default/ru\"}}}") == last);
	/* a service that no role names answers to its token, unless the policy says something */
	cx->who = &bot;
	OK(policy_decide(cx, permission_named(cx->mem, "catalog.entity.read"), &d) == 0 && d.result == POLICY_ALLOW);
	OK(strstr(last, "\"type\":\"resource\",\"attributes\":{\"action\":\"read\"},\"resourceType\":\"catalog-entity\"") !=
	   NULL);
	OK(strstr(last, "\"kind\":\"service\"") != NULL);
	says = "{\"result\":\"DENY\"}";
	OK(policy_decide(cx, permission_named(cx->mem, "catalog.entity.read"), &d) == 0 && d.result == POLICY_DENY);
	/* without roles, nil is no reason to allow; without permissions, nobody is asked */
	says = "null";
	cx->who = &who;
	configure(cx, "permission: {enabled: true, policy: acme}");
	OK(policy_decide(cx, permission_named(cx->mem, "catalog.entity.read"), &d) == 0 && d.result == POLICY_DENY);
	configure(cx, "permission: {enabled: false, policy: acme}");
	asked = 0;
	OK(policy_decide(cx, permission_named(cx->mem, "catalog.entity.read"), &d) == 0 && d.result == POLICY_ALLOW && !asked);
}

static struct json *parsed(struct ctx *cx, const char *text)
{
	struct json *v = NULL;

	OK(json_parse(cx, str_of(text), &v) == 0);
	return v;
}

static const struct {
	const char *condition, *wrong; /* NULL: it is good where rules of plugins may be */
} names[] = {
	{ "{\"rule\":\"p-1.IS_X2\"}", NULL },
	{ "{\"anyOf\":[{\"rule\":\"p.IS_X\",\"params\":{\"a\":[1,{}]}},{\"rule\":\"HAS_LABEL\",\"params\":{\"label\":\"a\"}}]}",
	  NULL },
	{ "{\"rule\":\"p.isX\"}", "'p.isX' is no name of a plugin's rule" },
	{ "{\"rule\":\".IS_X\"}", "is no name" },
	{ "{\"rule\":\"p.\"}", "is no name" },
	{ "{\"rule\":\"p.A.B\"}", "is no name" },
	{ "{\"rule\":\"p.IS_X\",\"params\":[1]}", "params of a rule are a map" },
	{ "{\"rule\":\"p.IS_X\",\"resourceType\":\"other\"}", "resourceType 'other'" },
	{ "{\"rule\":\"IS_X\"}", "rule 'IS_X' is not known" },
};

static void test_names(struct ctx *cx)
{
	struct text_list rules = { 0 };

	for (size_t i = 0; i < LEN(names); i++) {
		struct json *c = parsed(cx, names[i].condition);

		cx->err = (struct err){ 0 };
		OK((condition_check(cx, c, true) == 0) == !names[i].wrong);
		if (names[i].wrong)
			OK(strstr(cx->err.text, names[i].wrong) != NULL);
		OK(condition_check(cx, c, false) == ERR_INPUT);
	}
	configure(cx, policy);
	policy_plugin_rules(cx, &rules);
	OK(rules.n == 2 && streq(rules.items[0], "p.IS_X") && streq(rules.items[1], "p.IS_X"));
}

/* What a stranger reads says nothing of the inside. */
static void test_resolver(struct ctx *cx)
{
	static const char settings[] = "{\"signIn\":{\"resolvers\":[{\"resolver\":\"p.byNumber\","
				       "\"dangerouslyAllowSignInWithoutUserInCatalog\":true}]}}";
	struct profile p = { .provider = "oidc", .subject = "17", .email = "a@b.c", .claims = parsed(cx, "{\"number\":7}") };
	const char *ref = NULL;

	says = "\"user:default/Ana\"";
	OK(resolve_user(cx, parsed(cx, settings), &p, &ref) == 0);
	STR_EQ(ref, "user:default/ana");
	/* an address that is not verified is not said */
	STR_EQ(last, "{\"resolver\":\"p.byNumber\",\"profile\":{\"provider\":\"oidc\",\"subject\":\"17\",\"claims\":{"
		     "\"number\":7}}}");
	p.email_verified = true;
	OK(resolve_user(cx, parsed(cx, settings), &p, &ref) == 0);
	OK(strstr(last, "\"email\":\"a@b.c\"") != NULL);
	says = "null";
	OK(resolve_user(cx, parsed(cx, settings), &p, &ref) == ERR_DENIED);
	OK(strstr(cx->err.text, "No user of the catalog") != NULL);
	for (unsigned i = 0; i < 3; i++) {
		says = (const char *const[]){ NULL, "\"ana\"", "\"group:default/ana\"" }[i];
		OK(resolve_user(cx, parsed(cx, settings), &p, &ref) == ERR_DENIED);
		OK(strstr(cx->err.text, "It cannot be found out who you are") == cx->err.text);
	}
	OK(resolver_of_plugin("p.x") && !resolver_of_plugin("emailMatchingUserEntityProfileEmail"));
}

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };

	decider_set(decider);
	test_meeting(&cx);
	test_failures(&cx);
	test_questions(&cx);
	test_names(&cx);
	test_resolver(&cx);
	return DONE();
}
