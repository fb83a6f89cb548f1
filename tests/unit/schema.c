/* JSON Schema: the official draft 7 test suite when it is at hand, the words of faults, and schemas that mean harm. */
#include "base/schema.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/regex.h"
#include "ext/json.h"
#include "tap.h"

#define SUITE "../shared/corpus/conformance/json-schema-test-suite/tests/draft7"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

static struct json *load(const char *path)
{
	FILE *f = fopen(path, "r");
	struct buf b = { .mem = &mem };
	struct json *v;
	size_t n;

	if (!f)
		return NULL;
	do {
		buf_need(&b, 65536);
		n = fread(b.p + b.n, 1, 65536, f);
		b.n += n;
	} while (n);
	fclose(f);
	return json_parse(&cx, buf_str(&b), &v) == 0 ? v : NULL;
}

static struct json *parse(const char *text)
{
	struct json *v = NULL;

	if (json_parse(&cx, str_of(text), &v) < 0)
		printf("# %s: %s\n", text, cx.err.text);
	return v;
}

/* Tests of a suite file; bad is how many gave the wrong answer. */
static size_t run_file(const char *name, const char *const *skip, size_t *bad)
{
	struct json *groups = load(arena_printf(&mem, SUITE "/%s", name));
	size_t n = 0;

	for (size_t g = 0; json_is(groups, JSON_ARRAY) && g < groups->a.n; g++) {
		const struct json *tests = json_get(groups->a.items[g], "tests"),
				  *schema = json_get(groups->a.items[g], "schema");
		const char *what = json_get_text(groups->a.items[g], "description", "");

		for (size_t t = 0; t < tests->a.n; t++) {
			const char *why = json_get_text(tests->a.items[t], "description", "");
			struct schema_errors e = { 0 };
			bool skipped = false;

			for (size_t s = 0; skip[s]; s++)
				skipped |= strstr(what, skip[s]) || strstr(why, skip[s]);
			if (skipped)
				continue;
			bool want = json_get_bool(tests->a.items[t], "valid", false);
			bool got = schema_check(&mem, schema, json_get(tests->a.items[t], "data"), &e);

			n++;
			if (got != want || got != (e.n == 0)) {
				++*bad;
				printf("# %s: %s: %s: want %d got %d, %zu faults\n", name, what, why, want, got, e.n);
			}
		}
	}
	return n;
}

/* Formats are checked here, where the suite by default takes them for mere remarks. */
static const char *const required_skip[] = { "is only an annotation by default", NULL };

static void suite(void)
{
	DIR *dir = opendir(SUITE);
	const struct dirent *e;
	size_t n = 0, bad = 0;

	if (!dir) {
		printf("ok %d # SKIP no JSON-Schema-Test-Suite at " SUITE "\n", ++tap_n);
		return;
	}
	while ((e = readdir(dir)))
		/* refRemote.json is about references that are not within the schema */
		if (strstr(e->d_name, ".json") && strcmp(e->d_name, "refRemote.json") != 0)
			n += run_file(e->d_name, required_skip, &bad);
	closedir(dir);
	printf("# draft 7, required: %zu of %zu\n", n - bad, n);
	OK(n > 700 && bad == 0);
}

static void optional_suite(void)
{
	static const char *const files[] = {
		"optional/ecmascript-regex.json", "optional/non-bmp-regex.json",
		"optional/float-overflow.json",   "optional/id.json",
		"optional/unknownKeyword.json",   "optional/format/date-time.json",
		"optional/format/date.json",      "optional/format/time.json",
		"optional/format/email.json",     "optional/format/hostname.json",
		"optional/format/ipv4.json",      "optional/format/ipv6.json",
		"optional/format/uri.json",       "optional/format/uri-reference.json",
		"optional/format/regex.json",     "optional/format/json-pointer.json",
		"optional/format/unknown.json",   "optional/format/ecmascript-regex.json",
	};
	/* what Unicode code points an encoded label may hold is not looked at, nor does ajv */
	static const char *const skip[] = { "punycode", NULL };
	DIR *dir = opendir(SUITE);
	size_t n = 0, bad = 0;

	if (!dir)
		return;
	closedir(dir);
	for (size_t i = 0; i < LEN(files); i++)
		n += run_file(files[i], skip, &bad);
	printf("# draft 7, optional: %zu of %zu\n", n - bad, n);
	OK(n > 300 && bad == 0);
}

/* Every fault as "path keyword message - params", one a line. */
static const char *faults(const char *schema, const char *value)
{
	struct schema_errors e = { 0 };
	struct buf out = { .mem = &mem };
	bool ok = schema_check(&mem, parse(schema), parse(value), &e);

	if (ok != (e.n == 0))
		return "the answer and the faults disagree";
	for (size_t i = 0; i < e.n; i++)
		buf_addf(&out, "%s%s %s: %s%s%s", i ? "\n" : "", e.items[i].path, e.items[i].keyword, e.items[i].message,
			 *e.items[i].params ? " - " : "", e.items[i].params);
	return buf_text(&out);
}

static void words(void)
{
	STR_EQ(faults("{\"type\":\"object\",\"properties\":{\"spec\":{\"type\":\"object\",\"required\":[\"owner\"]}}}",
		      "{\"spec\":{}}"),
	       "/spec required: must have required property 'owner' - missingProperty: owner");
	STR_EQ(faults("{\"type\":\"string\"}", "1"), " type: must be string - type: string");
	STR_EQ(faults("{\"type\":[\"string\",\"null\"]}", "1"), " type: must be string,null - type: string,null");
	STR_EQ(faults("{\"enum\":[\"a\",1,null]}", "2"),
	       " enum: must be equal to one of the allowed values - allowedValues: a,1,");
	STR_EQ(faults("{\"const\":\"a\"}", "2"), " const: must be equal to constant - allowedValue: a");
	STR_EQ(faults("{\"minLength\":1,\"maxLength\":2}", "\"\""),
	       " minLength: must NOT have fewer than 1 characters - limit: 1");
	STR_EQ(faults("{\"maxLength\":2}", "\"\u00e4\u00f6\u00fc\""),
	       " maxLength: must NOT have more than 2 characters - limit: 2");
	STR_EQ(faults("{\"additionalProperties\":false}", "{\"a/b\":1}"),
	       " additionalProperties: must NOT have additional properties - additionalProperty: a/b");
	STR_EQ(faults("{\"additionalProperties\":{\"type\":\"null\"}}", "{\"a/b~\":1}"),
	       "/a~1b~0 type: must be null - type: null");
	STR_EQ(faults("{\"items\":{\"pattern\":\"^\\\\w+$\"}}", "[\"a\",\"-\"]"),
	       "/1 pattern: must match pattern \"^\\w+$\" - pattern: ^\\w+$");
	STR_EQ(faults("{\"format\":\"email\"}", "\"x\""), " format: must match format \"email\" - format: email");
	STR_EQ(faults("{\"minimum\":3}", "2.5"), " minimum: must be >= 3 - comparison: >=, limit: 3");
	STR_EQ(faults("{\"exclusiveMaximum\":3}", "3"), " exclusiveMaximum: must be < 3 - comparison: <, limit: 3");
	STR_EQ(faults("{\"multipleOf\":2}", "3"), " multipleOf: must be multiple of 2 - multipleOf: 2");
	STR_EQ(faults("{\"minItems\":1}", "[]"), " minItems: must NOT have fewer than 1 items - limit: 1");
	STR_EQ(faults("{\"uniqueItems\":true}", "[1,2,1]"),
	       " uniqueItems: must NOT have duplicate items (items ## 0 and 2 are identical) - i: 2, j: 0");
	STR_EQ(faults("{\"dependencies\":{\"a\":[\"b\",\"c\"]}}", "{\"a\":1,\"b\":1}"),
	       " dependencies: must have properties b, c when property a is present - property: a, missingProperty: c, "
	       "depsCount: 2, "
	       "deps: b, c");
	STR_EQ(faults("{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1"),
	       " type: must be string - type: string\n type: must be null - type: null\n anyOf: must match a schema in anyOf");
	STR_EQ(faults("{\"oneOf\":[true,{\"minimum\":0},false]}", "1"),
	       " oneOf: must match exactly one schema in oneOf - passingSchemas: 0,1");
	STR_EQ(faults("{\"not\":{}}", "1"), " not: must NOT be valid");
	STR_EQ(faults("{\"if\":true,\"then\":{\"type\":\"null\"}}", "1"),
	       " type: must be null - type: null\n if: must match \"then\" schema - failingKeyword: then");
	STR_EQ(faults("{\"contains\":{\"type\":\"null\"}}", "[]"),
	       " contains: must contain at least 1 valid item(s) - minContains: 1");
	STR_EQ(faults("{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}"),
	       " maxLength: must NOT have more than 1 characters - limit: 1\n propertyNames: property name must be valid - "
	       "propertyName: ab");
	STR_EQ(faults("false", "1"), " false schema: boolean schema is false");
	STR_EQ(faults("{\"$ref\":\"#/definitions/x\"}", "1"),
	       " $ref: can't resolve reference #/definitions/x - ref: #/definitions/x");
	STR_EQ(faults("{\"type\":\"object\",\"minProperties\":1,\"required\":[\"a\",\"b\"]}", "{}"),
	       " minProperties: must NOT have fewer than 1 properties - limit: 1\n"
	       " required: must have required property 'a' - missingProperty: a\n"
	       " required: must have required property 'b' - missingProperty: b");
}

/* Schemas named by short $ids, as Backstage's own are. */
static void names(void)
{
	const char *schema =
		"{\"$id\":\"Entity\",\"properties\":{\"metadata\":{\"$ref\":\"EntityMeta\"},\"x\":{\"$ref\":\"common#ref\"}},"
		"\"definitions\":{\"m\":{\"$id\":\"EntityMeta\",\"required\":[\"name\"]},"
		"\"c\":{\"$id\":\"common\",\"definitions\":{\"r\":{\"$id\":\"#ref\",\"type\":\"null\"}}}}}";

	STR_EQ(faults(schema, "{\"metadata\":{\"name\":\"n\"},\"x\":null}"), "");
	STR_EQ(faults(schema, "{\"metadata\":{},\"x\":1}"), "/metadata required: must have required property 'name' - "
							    "missingProperty: name\n/x type: must be null - type: null");
}

static void harm(void)
{
	struct schema_errors e = { 0 };
	struct buf deep = { .mem = &mem }, long_text = { .mem = &mem };
	struct json *many = json_array(&mem);

	OK(strstr(faults("{\"$ref\":\"#\"}", "1"), "recurses") != NULL);
	OK(strstr(faults("{\"not\":{\"$ref\":\"#\"}}", "1"), "recurses") != NULL);
	OK(strstr(faults("{\"anyOf\":[{\"allOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]},true]}", "1"), "recurses") != NULL);
	buf_adds(&long_text, "\"");
	for (int i = 0; i < 200; i++)
		buf_adds(&long_text, "a");
	buf_adds(&long_text, "!\"");
	/* exponential for a naive matcher: given up, which is no match */
	OK(strstr(faults("{\"pattern\":\"^(([a-z])+.)+[A-Z]([a-z])+$\"}", buf_text(&long_text)), "must match pattern") != NULL);
	for (int i = 0; i < 1000; i++)
		json_push(&mem, many, json_num(&mem, i));
	OK(!schema_check(&mem, parse("{\"items\":{\"type\":\"string\"}}"), many, &e) && e.n == 100);
	for (int i = 0; i < 120; i++)
		buf_adds(&deep, "{\"not\":");
	buf_adds(&deep, "{}");
	for (int i = 0; i < 120; i++)
		buf_addc(&deep, '}');
	OK(schema_check(&mem, parse(buf_text(&deep)), many, &(struct schema_errors){ 0 }));
}

static const char *schema_faults(const char *schema)
{
	struct schema_errors e = { 0 };
	bool ok = schema_valid(&mem, parse(schema), &e);

	if (ok)
		return e.n ? "faults, but valid" : "";
	return e.n ? arena_printf(&mem, "%s: %s", e.items[0].path, e.items[0].message) : "invalid without a fault";
}

static void schemas(void)
{
	STR_EQ(schema_faults("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/definitions/"
			     "b\"}},\"definitions\":{\"b\":true}}"),
	       "");
	STR_EQ(schema_faults("{\"properties\":{\"a\":{\"type\":\"strng\"}}}"),
	       "/properties/a/type: must be equal to one of the allowed values");
	STR_EQ(schema_faults("{\"required\":true}"), "/required: must be array");
	STR_EQ(schema_faults("{\"items\":[{},3]}"), "/items/1: must be object,boolean");
	STR_EQ(schema_faults("{\"minLength\":-1}"), "/minLength: must be >= 0");
	STR_EQ(schema_faults("{\"pattern\":\"(a\"}"), "/pattern: must match format \"regex\" (unterminated group)");
	STR_EQ(schema_faults("{\"patternProperties\":{\"[\":{}}}"),
	       "/patternProperties/[: must match format \"regex\" (unterminated character class)");
	STR_EQ(schema_faults("{\"allOf\":[]}"), "/allOf: must NOT have fewer than 1 items");
	STR_EQ(schema_faults("{\"$ref\":\"#/definitions/x\"}"), "/$ref: can't resolve reference #/definitions/x");
	STR_EQ(schema_faults("{\"properties\":{\"$ref\":{\"type\":\"string\"}}}"), "");
	STR_EQ(schema_faults("[]"), ": must be object,boolean");
}

/* The groups of a match, "-" for those that took no part. */
static const char *groups(const char *pattern, unsigned flags, const char *text)
{
	const char *why = NULL;
	const struct regex *re = regex_compile(&mem, str_of(pattern), flags, &why);
	struct buf out = { .mem = &mem };
	struct str g[8];

	if (!re)
		return why;
	int rc = regex_search(re, str_of(text), 0, g, LEN(g));

	if (rc != 1)
		return rc ? "gave up" : "no";
	for (size_t i = 0; i < regex_groups(re) && i < LEN(g); i++)
		buf_addf(&out, "%s%.*s", i ? "|" : "", g[i].p ? (int)g[i].n : 1, g[i].p ? g[i].p : "-");
	return buf_text(&out);
}

static void regexes(void)
{
	struct buf wasteful = { .mem = &mem };

	STR_EQ(groups("(z)((a+)?(b+)?(c))*", 0, "zaacbbbcac"), "zaacbbbcac|z|ac|a|-|c");
	STR_EQ(groups("(?=(a+))a*b\\1", 0, "baaabac"), "aba|a");
	STR_EQ(groups("(?<!\\$)\\b\\d+", 0, "$12 34"), "34");
	STR_EQ(groups("(?<y>\\d{4})-\\k<y>", 0, "2024-2024"), "2024-2024|2024");
	STR_EQ(groups("<.+?>", 0, "<a><b>"), "<a>");
	STR_EQ(groups("^(?:a|b){2,3}$", 0, "abab"), "no");
	STR_EQ(groups("ÉCOLE", REGEX_ICASE, "l'école"), "école");
	STR_EQ(groups("[^a-z]", REGEX_ICASE, "A1"), "1");
	STR_EQ(groups("^b$", REGEX_MULTILINE, "a\nb\nc"), "b");
	STR_EQ(groups("a.b", REGEX_DOTALL, "a\nb"), "a\nb");
	STR_EQ(groups("(a*)*b", 0, "aaab"), "aaab|aaa");
	STR_EQ(groups("(x+x+)+y", 0, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "gave up");
	STR_EQ(groups("(?:ab){99999}", 0, "a"), "the pattern is too large");
	for (int i = 0; i < 1000; i++)
		buf_adds(&wasteful, "(?:(?:ab){9999}){0}");
	STR_EQ(groups(buf_text(&wasteful), 0, "a"), "the pattern is too large");
	STR_EQ(groups("(?<", 0, "a"), "invalid capture group name");
	STR_EQ(groups("a**", 0, "a"), "nothing to repeat");
	OK(regex_compile(&mem, STR("[\\w-]+\\/\\-"), 0, NULL) != NULL);
}

int main(void)
{
	suite();
	optional_suite();
	words();
	names();
	harm();
	schemas();
	regexes();
	arena_release(&mem);
	return DONE();
}
