/* Filters, predicates and fields over one entity. */
#include "catalog/filter.h"

#include "ext/json.h"
#include "tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static struct search_rows rows;
static struct json *entity;

static struct json *value(const char *text)
{
	struct json *v = NULL;

	if (json_parse(&cx, str_of(text), &v) < 0)
		printf("# %s\n", cx.err.text);
	return v;
}

static bool fits(const char *text)
{
	struct filter f = { 0 };

	return filter_add(&cx, &f, text) == 0 && filter_fits(&f, &rows);
}

static bool predicate(const char *text)
{
	struct json *q = value(text);

	return predicate_check(&cx, q, "query") == 0 && predicate_fits(q, &rows);
}

static const char *picked(const char *fields)
{
	struct fields f = { 0 };
	struct buf out = { .mem = &mem };

	if (fields_add(&cx, &f, fields) < 0)
		return NULL;
	json_write(&out, fields_of(&mem, &f, entity));
	return buf_text(&out);
}

static void filters(void)
{
	OK(fits("kind=component") && fits(" KIND = Component ") && !fits("kind=api"));
	OK(fits("kind=api,kind=component") && !fits("kind=component,spec.type=library"));
	OK(fits("metadata.annotations.example.test/slug=acme/a") && fits("metadata.annotations.example.test/slug"));
	OK(fits("metadata.tags=java") && fits("metadata.tags.java") && fits("metadata.tags.java=true") &&
	   !fits("metadata.tags=jav"));
	OK(fits("metadata.namespace=default") && fits("metadata.name=a") && !fits("metadata.etag"));
	OK(fits("relations.ownedby=group:default/t") && !fits("relations.ownedby=group:default/x"));
	OK(fits("spec.rank=7") && fits("spec.on=true") && fits("spec.nothing") && !fits("spec.nothing=null"));
	OK(fits("metadata.long") && !fits("metadata.long=xxx"));
	OK(!fits("metadata.labels")); /* only leaves are there */
	struct filter f = { 0 };

	OK(filter_add(&cx, &f, "=x") == ERR_INPUT && strstr(cx.err.text, "'=x' is not a valid statement"));
}

static void predicates(void)
{
	OK(predicate("{}") && predicate("{\"kind\":\"component\"}") && predicate("{\"$all\":[]}") &&
	   !predicate("{\"$any\":[]}"));
	OK(predicate("{\"$any\":[{\"kind\":\"api\"},{\"spec.rank\":7}]}") && !predicate("{\"$not\":{\"kind\":\"Component\"}}"));
	OK(predicate("{\"spec.type\":{\"$in\":[\"x\",\"SERVICE\"]}}") &&
	   predicate("{\"metadata.name\":{\"$hasPrefix\":\"A\"}}"));
	OK(predicate("{\"spec.x\":{\"$exists\":false}}") && !predicate("{\"spec.x\":{\"$exists\":true}}"));
	OK(predicate("{\"metadata.tags\":{\"$contains\":\"java\"}}"));
	OK(predicate("{\"relations\":{\"$contains\":{\"type\":\"ownedBy\",\"targetRef\":{\"$in\":[\"group:default/t\"]}}}}"));
	OK(!predicate("{\"relations\":{\"$contains\":{\"type\":\"ownedBy\",\"targetRef\":\"group:default/u\"}}}"));
	static const char *const bad[] = {
		"3",
		"{\"spec.rank\":1e999}",
		"{\"spec.rank\":{\"$in\":[-1e999]}}",
		"[]",
		"{\"relations\":{\"$contains\":{\"type\":\"x\",\"frob\":\"y\"}}}",
		"{\"a\":{\"$frob\":1}}",
		"{\"a\":{\"$in\":1}}",
		"{\"a\":{\"$exists\":1,\"$in\":[]}}",
		"{\"a\":\"b\\u0000c\"}",
		"{\"a\":{\"$in\":[\"b\\u0000\"]}}",
		"{\"a\":{\"$hasPrefix\":\"b\\u0000\"}}",
		"{\"relations\":{\"$contains\":{\"type\":\"ownedBy\",\"targetRef\":\"group:x\\u0000\"}}}",
		"{\"$x\":1}"
	};

	for (size_t i = 0; i < LEN(bad); i++)
		OK(predicate_check(&cx, value(bad[i]), "request/body/query") == ERR_INPUT);
	OK(!predicate("{\"metadata.name\":{\"$hasPrefix\":\"%\"}}"));
}

static void parts(void)
{
	STR_EQ(picked("kind"), "{\"kind\":\"Component\"}");
	STR_EQ(picked("metadata.annotations.example.test/slug, kind"),
	       "{\"metadata\":{\"annotations\":{\"example.test/slug\":\"acme/a\"}},\"kind\":\"Component\"}");
	STR_EQ(picked("nothing.here"), "{}");
	STR_EQ(picked("metadata.name,metadata.tags"), "{\"metadata\":{\"name\":\"a\",\"tags\":[\"java\",\"x\"]}}");
	STR_EQ(picked("metadata.tags[0]"), NULL);
}

int main(void)
{
	char text[1200], filler[300];

	memset(filler, 'x', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	snprintf(text, sizeof(text),
		 "{\"kind\":\"Component\",\"metadata\":{\"name\":\"a\",\"etag\":\"e\",\"tags\":[\"java\",\"x\"],"
		 "\"annotations\":{\"example.test/"
		 "slug\":\"acme/"
		 "a\"},\"labels\":{\"t\":\"1\"},\"long\":\"%s\"},\"spec\":{\"type\":\"Service\",\"rank\":7,\"on\":true,"
		 "\"nothing\":null},"
		 "\"relations\":[{\"type\":\"ownedBy\",\"targetRef\":\"group:default/t\"}]}",
		 filler);
	entity = value(text);
	search_rows(&mem, entity, &rows);
	search_rows(&mem, value("[[]]"), &(struct search_rows){ 0 }); /* no object, no rows, no crash */
	filters();
	predicates();
	parts();
	return DONE();
}
