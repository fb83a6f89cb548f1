/* What does not fit a schema, in the words that clients of Backstage's scaffolder get. */
#include "scaffolder/fit.h"

#include "ext/json.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

static struct json *parse(const char *text)
{
	struct json *v = NULL;

	if (json_parse(&cx, str_of(text), &v) < 0)
		printf("Bail out! %s: %s\n", text, cx.err.text);
	return v;
}

static const char *said(const char *schema, const char *value)
{
	return fit_text(&mem, fit_errors(&mem, parse(schema), parse(value), false));
}

static void words(void)
{
	STR_EQ(said("{\"type\":\"object\"}", "{}"), "");
	STR_EQ(said("{\"required\":[\"name\"]}", "{}"), "instance requires property \"name\"");
	STR_EQ(said("{\"properties\":{\"n\":{\"type\":\"integer\"}}}", "{\"n\":1.5}"),
	       "instance.n is not of a type(s) integer");
	STR_EQ(said("{\"properties\":{\"n\":{\"type\":[\"string\",\"null\"]}}}", "{\"n\":1}"),
	       "instance.n is not of a type(s) string,null");
	STR_EQ(said("{\"items\":{\"minLength\":2}}", "[\"ab\",\"a\"]"), "instance[1] does not meet minimum length of 2");
	STR_EQ(said("{\"properties\":{\"a b\":{\"maximum\":2}}}", "{\"a b\":3}"),
	       "instance[\"a b\"] must be less than or equal to 2");
	STR_EQ(said("{\"pattern\":\"^a$\"}", "\"b\""), "instance does not match pattern \"^a$\"");
	STR_EQ(said("{\"enum\":[\"a\",1]}", "\"b\""), "instance is not one of enum values: a,1");
	STR_EQ(said("{\"additionalProperties\":false,\"properties\":{\"a\":{}}}", "{\"a\":1,\"b\":2}"),
	       "instance is not allowed to have the additional property \"b\"");
	STR_EQ(said("{\"oneOf\":[{\"type\":\"string\"},{\"title\":\"T\",\"type\":\"null\"}]}", "1"),
	       "instance is not exactly one from [subschema 0],\"T\"");
	STR_EQ(said("{\"format\":\"date\"}", "\"x\""), "instance does not conform to the \"date\" format");
	STR_EQ(said("{\"uniqueItems\":true}", "[1,1]"), "instance contains duplicate item");
	STR_EQ(said("false", "1"), "instance is not allowed");
}

static void schemas(void)
{
	const char *depends =
		"{\"dependencies\":{\"m\":{\"oneOf\":[{\"properties\":{\"m\":{\"enum\":[\"a\"]}},\"required\":[\"x\"]},"
		"{\"properties\":{\"m\":{\"enum\":[\"b\"]}}}]}}}";

	STR_EQ(said(depends, "{\"m\":\"b\"}"), "");
	STR_EQ(said(depends, "{\"m\":\"a\"}"), "instance is not exactly one from [subschema 0],[subschema 1]");
	STR_EQ(said("{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]}}", "{\"a\":1}"),
	       "instance requires property \"b\"");
	STR_EQ(said("{\"definitions\":{\"d\":{\"type\":\"null\"}},\"properties\":{\"x\":{\"$ref\":\"#/definitions/d\"}}}",
		    "{\"x\":1}"),
	       "instance.x is not of a type(s) null");
	OK(strstr(said("{\"$ref\":\"#\"}", "1"), "too deep") != NULL);
	OK(strstr(said("{\"$ref\":\"http://x/y\"}", "1"), "no such schema <http://x/y>") != NULL);
}

static void shape(void)
{
	struct json *schema = parse("{\"required\":[\"b\"],\"properties\":{\"n\":{\"minLength\":4}}}");
	struct json *e = fit_errors(&mem, schema, parse("{\"n\":\"abc\"}"), false);
	struct buf b = { .mem = &mem };

	OK(e->a.n == 2);
	json_write(&b, e->a.items[1]);
	STR_EQ(buf_text(&b), "{\"path\":[\"n\"],\"property\":\"instance.n\",\"message\":\"does not meet minimum length of 4\","
			     "\"schema\":{\"minLength\":4},\"instance\":\"abc\",\"name\":\"minLength\",\"argument\":4,"
			     "\"stack\":\"instance.n does not meet minimum length of 4\"}");
	e = fit_errors(&mem, schema, parse("{\"n\":\"abc\"}"), true);
	buf_clear(&b);
	json_write(&b, e);
	OK(strstr(buf_text(&b), "abc") == NULL);
	STR_EQ(fit_text(&mem, fit_errors(&mem, schema, NULL, false)), "instance requires property \"b\"");
}

int main(void)
{
	words();
	schemas();
	shape();
	arena_release(&mem);
	return DONE();
}
