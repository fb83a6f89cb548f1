/* Entities are checked as Backstage checks them, and every fault is named. */
#include "catalog/validate.h"

#include "catalog/relation.h"
#include "ext/json.h"
#include "tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static struct kinds kinds;

static struct json *value(const char *text)
{
	struct json *v = NULL;

	OK(json_parse(&cx, str_of(text), &v) == 0);
	return v;
}

static const char *faults_of(const char *text)
{
	struct faults faults = { 0 };
	struct buf all = { .mem = &mem };
	const struct json *v = value(text);

	if (validate_envelope(&mem, v, &faults))
		validate_entity(&mem, &kinds, v, &faults);
	for (size_t i = 0; i < faults.n; i++)
		buf_addf(&all, "%s\n", faults.items[i].message);
	return buf_text(&all);
}

#define HEAD "{\"apiVersion\":\"backstage.io/v1alpha1\",\"kind\":\"Component\",\"metadata\":{\"name\":\"a\""
#define SPEC "\"spec\":{\"type\":\"service\",\"lifecycle\":\"production\",\"owner\":\"o\""

static void formats(void)
{
	char long_name[65];

	memset(long_name, 'x', 64);
	long_name[64] = '\0';
	OK(!valid_name(str_of(long_name)));
	long_name[63] = '\0';
	OK(valid_name(str_of(long_name)));
	OK(valid_namespace(str_of("a--b")) && !valid_namespace(str_of("a-")) && !valid_namespace(str_of("A")));
	OK(valid_tag(str_of("c++")) && valid_tag(str_of("a:b")) && !valid_tag(str_of("a--b")) && !valid_tag(str_of("A")));
	OK(valid_key(str_of("example.test/A_b")) && !valid_key(str_of("a/b/c")) && !valid_key(str_of("Ex.test/b")) &&
	   !valid_key(str_of("a/")));
	OK(valid_label_value(str_of("")) && !valid_label_value(str_of("b c")));
	OK(valid_url(str_of("https://x.test/a?b#c")) && valid_url(str_of("mailto:a@b")) && !valid_url(str_of("not a url")) &&
	   !valid_url(str_of("http://")) && !valid_url(str_of("")));
	OK(valid_api_version(str_of("backstage.io/v1")) && !valid_api_version(str_of("a/b/c")) &&
	   valid_api_version(str_of("v1")));
}

static void entities(void)
{
	STR_EQ(faults_of(HEAD "}," SPEC "}}"), "");
	OK(strstr(faults_of("[1]"), "must be object"));
	OK(strstr(faults_of("{\"apiVersion\":\"v1\",\"kind\":\"X\",\"metadata\":{}}"), "'name'"));
	OK(strstr(faults_of(HEAD "}}"), "must have required property 'spec'"));
	OK(strstr(faults_of(HEAD "},\"spec\":{\"type\":\"service\",\"lifecycle\":\"x\"}}"),
		  "Processor BuiltinKindsEntityProcessor threw an error while validating the entity component:default/a; "
		  "caused by "
		  "TypeError: /spec must have required property 'owner' - missingProperty: owner"));
	OK(strstr(faults_of(HEAD "}," SPEC "},\"relations\":[]}"), "Unknown field relations"));
	OK(strstr(faults_of(HEAD "}," SPEC ",\"dependsOn\":[\"foo\"]}}"), "missing or empty kind"));
	OK(strstr(faults_of(HEAD "}," SPEC ",\"dependsOn\":\"foo\"}}"), "/spec/dependsOn must be array"));
	OK(strstr(faults_of(HEAD ",\"labels\":{\"a\":\"1\",\"A\":\"2\"}}," SPEC "}}"), "only differ by casing"));
	/* two faults, both told */
	const char *two = faults_of(HEAD ",\"tags\":[\"X\"],\"title\":\"\"}," SPEC "}}");

	OK(strstr(two, "metadata.tags.0") && strstr(two, "/metadata/title"));
	OK(strstr(faults_of("{\"apiVersion\":\"backstage.io/v1alpha1\",\"kind\":\"Frob\",\"metadata\":{\"name\":\"a\"}}"),
		  "No processor recognized the entity frob:default/a"));
}

static void by_type(void)
{
#define API "{\"apiVersion\":\"backstage.io/v1alpha1\",\"kind\":\"API\",\"metadata\":{\"name\":\"a\"}," SPEC
	OK(strstr(faults_of(API "}}"), "'definition'"));
	STR_EQ(faults_of("{\"apiVersion\":\"backstage.io/"
			 "v1alpha1\",\"kind\":\"API\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"type\":"
			 "\"mcp-server\",\"lifecycle\":\"p\",\"owner\":\"o\",\"remotes\":[{\"type\":\"t\",\"url\":\"u\"}]}}"),
	       "");
	OK(strstr(faults_of("{\"apiVersion\":\"backstage.io/"
			    "v1alpha1\",\"kind\":\"AiResource\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"type\":"
			    "\"rule\",\"lifecycle\":\"p\",\"owner\":\"o\"}}"),
		  "'category'"));
}

static void custom_kind(void)
{
	struct relations relations = { 0 };

	cx.conf = value("{\"catalog\":{\"kinds\":[{\"kind\":\"Dataset\",\"apiVersions\":[\"example.com/"
			"v1\"],\"fields\":[{\"name\":\"owner\","
			"\"type\":\"ref\",\"required\":true,\"relation\":\"ownedBy\",\"inverse\":\"ownerOf\",\"targetKind\":"
			"\"Group\"}],"
			"\"schema\":{\"properties\":{\"spec\":{\"properties\":{\"rows\":{\"type\":\"integer\"}}}}}}]}}");
	OK(kinds_load(&cx, &mem, &kinds) == 0);
#define DATASET                                                                                                                \
	"{\"apiVersion\":\"example.com/v1\",\"kind\":\"Dataset\",\"metadata\":{\"name\":\"d\",\"namespace\":\"ns\"},\"spec\":"
	STR_EQ(faults_of(DATASET "{\"owner\":\"team\",\"rows\":3}}"), "");
	OK(strstr(faults_of(DATASET "{\"rows\":3}}"), "'owner'"));
	OK(strstr(faults_of(DATASET "{\"owner\":\"team\",\"rows\":\"many\"}}"), "/spec/rows must be integer"));
	OK(relations_of(&cx, kind_find(&kinds, "Dataset", "example.com/v1"), value(DATASET "{\"owner\":\"team\"}}"),
			&relations) == 0);
	OK(relations.n == 1);
	STR_EQ(relations.items[0].target, "group:ns/team");
	STR_EQ(relations.items[0].inverse, "ownerOf");
	cx.conf = value("{\"catalog\":{\"kinds\":[{\"kind\":\"New\"}]}}");
	OK(kinds_load(&cx, &mem, &kinds) == ERR_INPUT && strstr(cx.err.text, "apiVersions"));
}

int main(void)
{
	cx.conf = json_object(&mem);
	OK(kinds_load(&cx, &mem, &kinds) == 0);
	formats();
	entities();
	by_type();
	custom_kind();
	return DONE();
}
