/* What roles and rules decide: table-driven, and beside a judge that knows nothing of how it is done. */
#include "identity/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"
#include "catalog/permission.h"
#include "ext/json.h"
#include "ext/yaml.h"
#include "identity/identity.h"
#include "identity/policy_condition.h"
#include "tests/unit/tap.h"
#include "web/router.h"

static struct json *yaml(struct ctx *cx, const char *text)
{
	struct json *v = NULL;

	cx->err = (struct err){ 0 };
	if (yaml_read_one(cx, str_of(text), NULL, &v) < 0)
		printf("# %s\n", cx->err.text);
	return v;
}

static struct who person(struct arena *mem, const char *ref, const char *group)
{
	const char **owns = arena_array(mem, const char *, 3);

	owns[0] = ref;
	owns[1] = group;
	return (struct who){ .kind = WHO_USER, .ref = ref, .name = ref, .owns = owns };
}

/* ---- one policy, many questions ---- */

static const char policy[] =
	"permission:\n"
	"  enabled: true\n"
	"  rbac: {admin: {users: [{name: 'user:default/amy'}], superUsers: [{name: 'group:default/root'}]}}\n"
	"  roles:\n"
	"  - name: role:default/everybody\n"
	"    members: ['*']\n"
	"    rules:\n"
	"    - {permission: catalog.entity.read, if: {not: {rule: IS_ENTITY_KIND, params: {kinds: [Secret]}}}}\n"
	"    - {permission: catalog.location.read}\n"
	"  - name: role:default/developers\n"
	"    members: ['group:default/platform', 'user:default/Bo', 'service:ci']\n"
	"    rules:\n"
	"    - {permission: catalog-entity, action: read}\n"
	"    - {permission: catalog.entity.delete, if: {rule: IS_ENTITY_OWNER, params: {claims: [$ownerRefs]}}}\n"
	"    - {permission: 'catalog.location.*', effect: allow}\n"
	"    - {permission: catalog.entity.validate, action: use}\n"
	"  - name: role:default/careful\n"
	"    members: ['user:default/bo']\n"
	"    rules:\n"
	"    - {permission: catalog.location.delete, effect: deny}\n"
	"    - {permission: 'catalog.*', action: delete, effect: deny, if: {rule: HAS_LABEL, params: {label: keep}}}\n"
	"  - name: role:default/look\n"
	"    members: [guest]\n"
	"    rules: [{permission: catalog.entity.read, if: {rule: HAS_METADATA, params: {key: tags, value: public}}}]\n";

static const struct {
	enum who_kind kind;
	const char *ref, *group, *permission;
	enum policy_result result;
	const char *condition;
} asked[] = {
	{ WHO_USER, "user:default/ana", NULL, "catalog.entity.read", POLICY_CONDITIONAL,
	  "{\"not\":{\"rule\":\"IS_ENTITY_KIND\",\"resourceType\":\"catalog-entity\",\"params\":{\"kinds\":[\"Secret\"]}}}" },
	{ WHO_USER, "user:default/ana", NULL, "catalog.entity.delete", POLICY_DENY, NULL },
	{ WHO_USER, "user:default/ana", NULL, "catalog.location.read", POLICY_ALLOW, NULL },
	{ WHO_USER, "user:default/ana", NULL, "catalog.location.create", POLICY_DENY, NULL },
	{ WHO_USER, "user:default/ana", NULL, "audit.read", POLICY_DENY, NULL },
	{ WHO_USER, "user:default/ana", NULL, "user-settings.setting.update", POLICY_ALLOW, NULL },
	{ WHO_USER, "user:default/ana", NULL, "scaffolder.task.create", POLICY_DENY, NULL },
	/* a role without condition is more than one with: what any role allows is allowed */
	{ WHO_USER, "user:default/cy", "group:default/Platform", "catalog.entity.read", POLICY_ALLOW, NULL },
	{ WHO_USER, "user:default/cy", "group:default/platform", "catalog.entity.delete", POLICY_CONDITIONAL,
	  "{\"rule\":\"IS_ENTITY_OWNER\",\"resourceType\":\"catalog-entity\",\"params\":{\"claims\":[\"user:default/cy\","
	  "\"group:default/platform\"]}}" },
	{ WHO_USER, "user:default/cy", "group:default/platform", "catalog.location.delete", POLICY_ALLOW, NULL },
	{ WHO_USER, "user:default/cy", "group:default/platform", "catalog.entity.validate", POLICY_ALLOW, NULL },
	{ WHO_USER, "user:default/cy", "group:default/platform", "catalog.entity.refresh", POLICY_DENY, NULL },
	/* what is denied is taken away */
	{ WHO_USER, "user:default/bo", NULL, "catalog.location.delete", POLICY_DENY, NULL },
	{ WHO_USER, "user:default/bo", NULL, "catalog.location.create", POLICY_ALLOW, NULL },
	{ WHO_USER, "USER:default/bo", NULL, "catalog.entity.delete", POLICY_CONDITIONAL,
	  "{\"allOf\":[{\"rule\":\"IS_ENTITY_OWNER\",\"resourceType\":\"catalog-entity\",\"params\":{\"claims\":"
	  "[\"user:default/bo\"]}},{\"not\":{\"rule\":\"HAS_LABEL\",\"resourceType\":\"catalog-entity\",\"params\":{\"label\":"
	  "\"keep\"}}}]}" },
	{ WHO_USER, "user:default/amy", NULL, "audit.read", POLICY_ALLOW, NULL },
	{ WHO_USER, "user:default/amy", NULL, "catalog.entity.read", POLICY_ALLOW, NULL },
	{ WHO_USER, "user:default/amy", NULL, "catalog.entity.delete", POLICY_DENY, NULL },
	{ WHO_USER, "user:default/zoe", "group:default/root", "catalog.entity.delete", POLICY_ALLOW, NULL },
	{ WHO_USER, "user:default/zoe", "group:default/root", "scaffolder.task.create", POLICY_ALLOW, NULL },
	{ WHO_GUEST, "user:development/guest", NULL, "catalog.entity.read", POLICY_CONDITIONAL,
	  "{\"rule\":\"HAS_METADATA\",\"resourceType\":\"catalog-entity\",\"params\":{\"key\":\"tags\",\"value\":\"public\"}"
	  "}" },
	{ WHO_GUEST, "user:development/guest", NULL, "catalog.location.read", POLICY_DENY, NULL },
	{ WHO_GUEST, "", NULL, "catalog.entity.read", POLICY_DENY, NULL },
	/* services answer to their tokens' restrictions, and to roles only where one names them */
	{ WHO_SERVICE, "tests", NULL, "catalog.entity.delete", POLICY_ALLOW, NULL },
	{ WHO_SERVICE, "ci", NULL, "catalog.entity.refresh", POLICY_DENY, NULL },
	{ WHO_SERVICE, "ci", NULL, "catalog.location.create", POLICY_ALLOW, NULL },
};

static const char *text(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (!v)
		return NULL;
	json_write(&b, v);
	return buf_text(&b);
}

static void test_decisions(struct ctx *cx)
{
	cx->conf = yaml(cx, policy);
	cx->err = (struct err){ 0 };
	OK(policy_prepare(cx) == 0);
	if (cx->err.code)
		printf("# %s\n", cx->err.text);
	for (size_t i = 0; i < LEN(asked); i++) {
		struct who who = person(cx->mem, asked[i].ref, asked[i].group);
		struct policy_decision d;

		who.kind = asked[i].kind;
		if (!*who.ref)
			who.owns = arena_array(cx->mem, const char *, 1);
		cx->who = &who;
		OK(policy_decide(cx, permission_named(cx->mem, asked[i].permission), &d) == 0);
		if (d.result != asked[i].result)
			printf("# %s %s\n", asked[i].ref, asked[i].permission);
		OK(d.result == asked[i].result);
		STR_EQ(d.result == POLICY_CONDITIONAL ? text(cx->mem, d.condition) : NULL, asked[i].condition);
	}
	cx->who = NULL;
	struct policy_decision d;

	OK(policy_decide(cx, permission_named(cx->mem, "catalog.entity.delete"), &d) == 0 && d.result == POLICY_ALLOW);
}

/* ---- what is refused when it is read ---- */

static const struct {
	const char *roles, *says;
} mistakes[] = {
	{ "[{name: developers}]", "no name of a role" },
	{ "[{name: 'role:default/a'}, {name: 'role:default/A'}]", "is there twice" },
	{ "[{name: 'role:default/a', members: [ana]}]", "'ana' is no member" },
	{ "[{name: 'role:default/a', members: ['user:ana']}]", "is no member" },
	{ "[{name: 'role:default/a', rules: [{}]}]", "names a permission" },
	{ "[{name: 'role:default/a', rules: [{permission: catalog.entity.raed}]}]", "did you mean catalog.entity.read?" },
	{ "[{name: 'role:default/a', rules: [{permission: catalog.entity.read, action: write}]}]",
	  "action 'write' is none of" },
	{ "[{name: 'role:default/a', rules: [{permission: catalog.entity.read, action: delete}]}]", "with action delete" },
	{ "[{name: 'role:default/a', rules: [{permission: catalog.entity.read, effect: permit}]}]", "neither allow nor deny" },
	{ "[{name: 'role:default/a', rules: [{permission: catalog.location.read, if: {rule: HAS_LABEL, params: {label: a}}}]}]",
	  "no permission on them" },
	{ "[{name: 'role:default/a', rules: [{permission: catalog.entity.read, if: {rule: HAS_LABLE, params: {label: a}}}]}]",
	  "did you mean HAS_LABEL?" },
	{ "[{name: 'role:default/a', rules: [{permission: catalog.entity.read, if: {rule: HAS_LABEL}}]}]",
	  "needs the parameter" },
	{ "[{name: 'role:default/a', rules: [{permission: catalog.entity.read, if: {anyOf: []}}]}]", "at least one condition" },
	{ "[{name: 'role:default/a', rules: [{permission: catalog.entity.read, if: {rule: HAS_LABEL, params: {label: a, b: "
	  "c}}}]}]",
	  "has no parameter 'b'" },
	{ "[{name: 'role:default/a', rules: [{permission: catalog.entity.read, if: {rule: IS_ENTITY_OWNER, params: {claims: "
	  "x}}}]}]",
	  "a list of texts" },
};

static void test_mistakes(struct ctx *cx)
{
	struct json *c = yaml(cx, "{rule: HAS_LABEL, params: {label: a}}");
	struct buf b = { .mem = cx->mem };

	OK(condition_check(cx, c, false) == 0);
	for (int i = 0; i < 201; i++)
		buf_addc(&b, 'x');
	json_set(cx->mem, json_get(c, "params"), "value", json_str(cx->mem, buf_text(&b)));
	OK(condition_check(cx, c, false) == ERR_INPUT);
	for (size_t i = 0; i < LEN(mistakes); i++) {
		cx->conf = yaml(cx, arena_printf(cx->mem, "permission:\n  enabled: true\n  roles: %s\n", mistakes[i].roles));
		cx->err = (struct err){ 0 };
		OK(policy_prepare(cx) == ERR_INPUT);
		if (!strstr(cx->err.text, mistakes[i].says))
			printf("# %s\n", cx->err.text);
		OK(strstr(cx->err.text, mistakes[i].says) != NULL);
		OK(strstr(cx->err.text, "line 3") != NULL);
	}
}

/* ---- the files of the community's RBAC ---- */

static const char *put(struct arena *mem, const char *dir, const char *name, const char *bytes)
{
	const char *path = arena_printf(mem, "%s/%s", dir, name);
	FILE *f = fopen(path, "we");

	if (!f || fputs(bytes, f) < 0)
		abort();
	fclose(f);
	return path;
}

static enum policy_result decided(struct ctx *cx, const char *ref, const char *permission)
{
	struct who who = person(cx->mem, ref, NULL);
	struct policy_decision d;

	cx->who = &who;
	OK(policy_decide(cx, permission_named(cx->mem, permission), &d) == 0);
	cx->who = NULL;
	return d.result;
}

static int with_csv(struct ctx *cx, const char *dir, const char *csv, const char *conditions, const char *more)
{
	const char *a = put(cx->mem, dir, "p.csv", csv), *b = put(cx->mem, dir, "c.yaml", conditions);

	cx->conf = yaml(
		cx,
		arena_printf(cx->mem,
			     "permission:\n  enabled: true\n  rbac: {policies-csv-file: %s, conditionalPoliciesFile: %s%s}\n",
			     a, b, more));
	cx->err = (struct err){ 0 };
	return policy_prepare(cx);
}

static void test_files(struct ctx *cx)
{
	static const char conditions[] =
		"---\nresult: CONDITIONAL\nroleEntityRef: role:default/team\npluginId: catalog\nresourceType: catalog-entity\n"
		"permissionMapping: [read, update]\nconditions: {rule: IS_ENTITY_OWNER, resourceType: catalog-entity, params: "
		"{claims: [$currentUser]}}\n"
		"---\nresult: CONDITIONAL\nroleEntityRef: role:default/team\npluginId: scaffolder\nresourceType: "
		"scaffolder-action\n"
		"permissionMapping: [use]\nconditions: {rule: HAS_ACTION_ID, resourceType: scaffolder-action, params: "
		"{actionId: x}}\n";
	static const char csv[] = "# roles\np, role:default/all, catalog-entity, read, allow\n"
				  "p, role:default/all, catalog.location.read, read, allow\n\n"
				  "\"p\", \"role:default/team\", catalog.location.delete, delete, allow\r\n"
				  "p, user:default/bad, catalog.location.read, read, deny\n"
				  "g, user:default/ana, role:default/all\ng, user:default/bo, role:default/all\n"
				  "g, user:default/bo, role:default/team\ng, user:default/bad, role:default/all";
	static const struct {
		const char *csv, *says;
	} wrong[] = {
		{ "p, role:default/a, catalog-entity, read\n", "p.csv:1: a line is" },
		{ "\n\np, role:default/a, catalog-entity, read, perhaps\n", "p.csv:3: effect 'perhaps'" },
		{ "p, role:default/a, catalog-entity, look, allow\n", "p.csv:1: action 'look'" },
		{ "g, group:default/a, group:default/b\n", "is no role" },
		{ "g, ana, role:default/b\n", "is no member" },
		{ "p, role:default/a, \"catalog-entity, read, allow\n", "p.csv:1: a line is" },
		{ "p, role:default/a, catalog.entity.reed, read, allow\n", "did you mean catalog.entity.read?" },
		{ "p, p, p, p, p, p, p, p\n", "p.csv:1: a line is" },
	};
	char dir[] = "/tmp/callboard-policy-XXXXXX";

	OK(mkdtemp(dir) != NULL);
	OK(with_csv(cx, dir, csv, conditions, "") == 0);
	if (cx->err.code)
		printf("# %s\n", cx->err.text);
	OK(decided(cx, "user:default/ana", "catalog.entity.read") == POLICY_ALLOW);
	OK(decided(cx, "user:default/ana", "catalog.location.read") == POLICY_ALLOW);
	OK(decided(cx, "user:default/ana", "catalog.location.delete") == POLICY_DENY);
	OK(decided(cx, "user:default/bo", "catalog.location.delete") == POLICY_ALLOW);
	OK(decided(cx, "user:default/bad", "catalog.location.read") == POLICY_DENY);
	OK(decided(cx, "user:default/nobody", "catalog.entity.read") == POLICY_DENY);
	/* a condition comes before what the CSV file allows without one, unless the configuration says otherwise */
	OK(decided(cx, "user:default/bo", "catalog.entity.read") == POLICY_CONDITIONAL);
	OK(decided(cx, "user:default/bo", "catalog.entity.refresh") == POLICY_CONDITIONAL);
	OK(with_csv(cx, dir, csv, conditions, ", policyDecisionPrecedence: basic") == 0);
	OK(decided(cx, "user:default/bo", "catalog.entity.read") == POLICY_ALLOW);
	for (size_t i = 0; i < LEN(wrong); i++) {
		OK(with_csv(cx, dir, wrong[i].csv, "", "") == ERR_INPUT);
		if (!strstr(cx->err.text, wrong[i].says))
			printf("# %s\n", cx->err.text);
		OK(strstr(cx->err.text, wrong[i].says) != NULL);
	}
	OK(with_csv(cx, dir, csv, "result: PERHAPS\n", "") == ERR_INPUT && strstr(cx->err.text, "c.yaml:1: result"));
	OK(with_csv(cx, dir, csv, "{", "") == ERR_INPUT && strstr(cx->err.text, "c.yaml:1"));
	unlink(arena_printf(cx->mem, "%s/p.csv", dir));
	OK(policy_prepare(cx) == ERR_INPUT && strstr(cx->err.text, "cannot be read"));
	unlink(arena_printf(cx->mem, "%s/c.yaml", dir));
	rmdir(dir);
}

/* ---- beside a judge ---- */

/*
 * Random rules about entities with labels a to d. The judge looks at each entity by itself: allowed by one rule, denied by
 * none. The portal makes one condition of all rules and asks that.
 */
struct drawn {
	bool deny;
	int label; /* -1: no condition */
	bool no;
};

static bool judged(const struct drawn *rules, size_t n, unsigned labels)
{
	bool allowed = false;

	for (size_t i = 0; i < n; i++) {
		bool fits = rules[i].label < 0 || ((labels >> rules[i].label & 1) != 0) != rules[i].no;

		if (fits && rules[i].deny)
			return false;
		allowed |= fits;
	}
	return allowed;
}

static void add_rule(struct buf *b, const struct drawn *r)
{
	buf_addf(b, "    - {permission: catalog.entity.delete, effect: %s", r->deny ? "deny" : "allow");
	if (r->label >= 0)
		buf_addf(b, ", if: %s{rule: HAS_LABEL, params: {label: l%d}}%s", r->no ? "{not: " : "", r->label,
			 r->no ? "}" : "");
	buf_adds(b, "}\n");
}

static struct json *labelled(struct ctx *cx, unsigned labels)
{
	struct buf b = { .mem = cx->mem };

	buf_adds(&b, "{kind: Component, metadata: {name: a, labels: {");
	for (int i = 0; i < 4; i++)
		if (labels >> i & 1)
			buf_addf(&b, "l%d: x, ", i);
	buf_adds(&b, "}}}");
	return yaml(cx, buf_text(&b));
}

static void test_beside_a_judge(struct ctx *cx)
{
	struct who who = person(cx->mem, "user:default/ana", NULL);
	unsigned wrong = 0, some = 0;

	srand(7);
	for (int round = 0; round < 400; round++) {
		struct buf b = { .mem = cx->mem };
		struct drawn rules[6];
		size_t n = (size_t)(rand() % 6) + 1;

		buf_adds(&b, "permission:\n  enabled: true\n  roles:\n");
		for (size_t i = 0; i < n; i++) {
			rules[i] = (struct drawn){ rand() % 3 == 0, rand() % 5 - 1, rand() % 2 };
			/* now one role with several rules, now several roles */
			if (i == 0 || rand() % 2)
				buf_addf(&b, "  - name: role:default/r%zu\n    members: ['*']\n    rules:\n", i);
			add_rule(&b, &rules[i]);
		}
		cx->conf = yaml(cx, buf_text(&b));
		cx->who = NULL;
		OK(policy_prepare(cx) == 0);
		cx->who = &who;
		for (unsigned labels = 0; labels < 16; labels++) {
			bool want = judged(rules, n, labels);

			wrong += policy_may(cx, "catalog.entity.delete", labelled(cx, labels)) != want;
			some += want;
		}
	}
	OK(wrong == 0);
	OK(some > 1000);
	cx->who = NULL;
}

/* ---- tables that must agree ---- */

/* What a rule says about its parameters is enough to make one that the catalog understands. */
static void test_rules_agree(struct ctx *cx)
{
	const struct json *rules = condition_rules_json(cx->mem, "catalog"), *predicate;

	OK(json_len(rules) == 6);
	for (size_t i = 0; i < json_len(rules); i++) {
		const struct json *r = rules->a.items[i], *properties = json_path(r, "paramsSchema", "properties", NULL);
		struct json *c = json_object(cx->mem), *params = json_object(cx->mem), *list = json_array(cx->mem);

		json_push(cx->mem, list, json_str(cx->mem, "x"));
		for (size_t k = 0; k < json_len(properties); k++) {
			bool many = streq(json_get_text(properties->o.m[k].value, "type", ""), "array");

			json_setn(cx->mem, params, properties->o.m[k].key, many ? list : json_str(cx->mem, "x"));
		}
		json_set(cx->mem, c, "rule", json_get(r, "name"));
		json_set(cx->mem, c, "params", params);
		OK(condition_check(cx, c, false) == 0);
		OK(permission_compile(cx, c, &predicate) == 0);
	}
	OK(permission_compile(cx, condition_nothing(cx->mem), &predicate) == 0);
}

/* Every permission of a route is one that rules can name. */
static void test_routes_agree(void)
{
	for (size_t i = 0; i < n_routes; i++) {
		bool known = !routes[i].permission || permission_is_known(routes[i].permission);

		if (!known)
			printf("# %s needs %s, which app/identity/policy.def does not have\n", routes[i].pattern,
			       routes[i].permission);
		OK(known);
	}
}

/* ---- without roles ---- */

static void test_plain(struct ctx *cx)
{
	struct who who = person(cx->mem, "user:default/ana", NULL);

	cx->conf = yaml(cx, "permission: {enabled: false}");
	OK(policy_prepare(cx) == 0);
	cx->who = &who;
	OK(policy_may(cx, "catalog.entity.delete", NULL) == 1);
	OK(policy_may(cx, "audit.read", NULL) == 0);
	who.kind = WHO_GUEST;
	OK(policy_may(cx, "catalog.entity.delete", NULL) == 1);
	cx->who = policy_nobody(cx);
	OK(policy_may(cx, "catalog.entity.read", NULL) == 0);
	OK(policy_may(cx, "user-settings.setting.update", NULL) == 0);
	OK(cx->who->reads && permission_fits(cx, cx->who->reads, labelled(cx, 1)) == 0);
	cx->who = &who;
	cx->conf = yaml(cx, "permission: {enabled: true}");
	OK(policy_may(cx, "catalog.entity.delete", NULL) == 0);
	OK(policy_may(cx, "catalog.entity.read", NULL) == 1);
	who.kind = WHO_USER;
	OK(policy_may(cx, "catalog.entity.delete", NULL) == 1);
	OK(!policy_is_admin(cx));
	cx->conf = yaml(cx, "permission: {enabled: true, rbac: {admin: {users: [{name: 'user:default/ANA'}]}}}");
	OK(policy_is_admin(cx));
	OK(policy_may(cx, "catalog.entity.delete", NULL) == 0);
	cx->who = NULL;
}

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };

	test_decisions(&cx);
	test_mistakes(&cx);
	test_files(&cx);
	test_beside_a_judge(&cx);
	test_rules_agree(&cx);
	test_routes_agree();
	test_plain(&cx);
	return DONE();
}
