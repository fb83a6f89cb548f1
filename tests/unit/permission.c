/* Conditions on the entities that somebody may read. */
#include "catalog/permission.h"

#include "catalog/filter.h"
#include "ext/json.h"
#include "identity/identity.h"
#include "tests/unit/tap.h"

static const char entity[] =
	"{\"apiVersion\":\"backstage.io/v1alpha1\",\"kind\":\"Component\",\"metadata\":{\"name\":\"shop\",\"annotations\":"
	"{\"acme.org/tier\":\"Gold\"},\"labels\":{\"env\":\"prod\"},\"tags\":[\"java\"]},\"spec\":{\"type\":\"service\"},"
	"\"relations\":[{\"type\":\"ownedBy\",\"targetRef\":\"group:default/team-a\"}]}";

static const struct {
	const char *condition;
	int reads; /* 1, 0; -1: is refused */
} cases[] = {
	{ "{\"rule\":\"IS_ENTITY_OWNER\",\"params\":{\"claims\":[\"user:default/ana\",\"group:default/team-a\"]}}", 1 },
	{ "{\"rule\":\"IS_ENTITY_OWNER\",\"params\":{\"claims\":[\"group:default/team-b\"]}}", 0 },
	{ "{\"rule\":\"IS_ENTITY_OWNER\",\"params\":{\"claims\":[]}}", 0 },
	{ "{\"rule\":\"IS_ENTITY_KIND\",\"params\":{\"kinds\":[\"API\",\"Component\"]}}", 1 },
	{ "{\"rule\":\"IS_ENTITY_KIND\",\"params\":{\"kinds\":[\"api\"]}}", 0 },
	{ "{\"rule\":\"HAS_ANNOTATION\",\"params\":{\"annotation\":\"acme.org/tier\"}}", 1 },
	{ "{\"rule\":\"HAS_ANNOTATION\",\"params\":{\"annotation\":\"acme.org/tier\",\"value\":\"gold\"}}", 1 },
	{ "{\"rule\":\"HAS_ANNOTATION\",\"params\":{\"annotation\":\"acme.org/tier\",\"value\":\"silver\"}}", 0 },
	{ "{\"rule\":\"HAS_ANNOTATION\",\"params\":{\"annotation\":\"acme.org\"}}", 0 },
	{ "{\"rule\":\"HAS_LABEL\",\"params\":{\"label\":\"env\",\"value\":\"prod\"}}", 1 },
	{ "{\"rule\":\"HAS_LABEL\",\"params\":{\"label\":\"nope\"}}", 0 },
	{ "{\"rule\":\"HAS_METADATA\",\"params\":{\"key\":\"tags\",\"value\":\"java\"}}", 1 },
	{ "{\"rule\":\"HAS_METADATA\",\"params\":{\"key\":\"title\"}}", 0 },
	{ "{\"rule\":\"HAS_SPEC\",\"params\":{\"key\":\"type\",\"value\":\"service\"}}", 1 },
	{ "{\"rule\":\"HAS_SPEC\",\"params\":{\"key\":\"type\",\"value\":\"website\"}}", 0 },
	{ "{\"not\":{\"rule\":\"IS_ENTITY_KIND\",\"params\":{\"kinds\":[\"component\"]}}}", 0 },
	{ "{\"allOf\":[]}", 1 },
	{ "{\"anyOf\":[]}", 0 },
	{ "{\"allOf\":[{\"rule\":\"HAS_LABEL\",\"params\":{\"label\":\"env\"}},{\"anyOf\":[{\"rule\":\"HAS_LABEL\",\"params\":{"
	  "\"label\":"
	  "\"nope\"}},{\"rule\":\"HAS_SPEC\",\"params\":{\"key\":\"type\"}}]}]}",
	  1 },
	{ "{\"rule\":\"IS_SUNNY\",\"params\":{}}", -1 },
	{ "{}", -1 },
	{ "[]", -1 },
	{ "{\"allOf\":{}}", -1 },
	{ "{\"allOf\":[],\"rule\":\"IS_ENTITY_KIND\",\"params\":{\"kinds\":[\"api\"]}}", -1 },
	{ "{\"allOf\":[],\"not\":{\"anyOf\":[]}}", -1 },
	{ "{\"anyOf\":[{\"allOf\":[],\"anyOf\":[]}]}", -1 },
	{ "{\"not\":null}", -1 },
	{ "{\"anyOf\":[{\"rule\":\"HAS_LABEL\",\"params\":{\"label\":\"env\"}},7]}", -1 },
	{ "{\"rule\":\"IS_ENTITY_OWNER\",\"params\":{\"claims\":\"group:default/team-a\"}}", -1 },
	{ "{\"rule\":\"IS_ENTITY_OWNER\",\"params\":{\"claims\":[7]}}", -1 },
	{ "{\"rule\":\"IS_ENTITY_OWNER\"}", -1 },
	{ "{\"rule\":\"HAS_LABEL\",\"params\":{\"label\":7}}", -1 },
	{ "{\"rule\":\"HAS_LABEL\",\"params\":{\"label\":\"env\",\"value\":true}}", -1 },
};

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	struct who who = { 0 };
	struct buf deep = { .mem = &mem };

	OK(permission_reads(&cx, str_of(entity)) == 1); /* inside the system */
	cx.who = &who;
	OK(permission_reads(&cx, str_of(entity)) == 1); /* no condition */
	for (size_t i = 0; i < LEN(cases); i++) {
		struct json *condition;
		int rc;

		OK(json_parse(&cx, str_of(cases[i].condition), &condition) == 0);
		who.reads = condition;
		rc = permission_reads(&cx, str_of(entity));
		if (!(cases[i].reads < 0 ? rc == ERR_INTERNAL : rc == cases[i].reads))
			printf("# %s gives %d\n", cases[i].condition, rc);
		OK(cases[i].reads < 0 ? rc == ERR_INTERNAL : rc == cases[i].reads);
	}
	for (int i = 0; i < 40; i++)
		buf_adds(&deep, "{\"not\":");
	buf_adds(&deep, "{\"allOf\":[]}");
	for (int i = 0; i < 40; i++)
		buf_addc(&deep, '}');
	struct json *condition;

	OK(json_parse(&cx, buf_str(&deep), &condition) == 0);
	who.reads = condition;
	OK(permission_reads(&cx, str_of(entity)) == ERR_INTERNAL);
	return DONE();
}
