/* Entities read without most of their relations: what stays, what is counted, what is left to the parser. */
#include "catalog/light.h"

#include "ext/json.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static struct relation_counts counts;

/* The document that is left. */
static const char *left(const char *body, size_t most)
{
	struct buf out = { .mem = &mem };
	struct json *doc;

	if (entity_parse(&cx, str_of(body), most, &doc, &counts) < 0)
		return arena_strdup(&mem, cx.err.text);
	json_write(&out, doc);
	return buf_text(&out);
}

static const char three[] =
	"{\"kind\":\"G\",\"relations\":[{\"type\":\"a\",\"targetRef\":\"x:d/1\"},{\"type\":\"a\",\"targetRef\":"
	"\"x:d/2\"},{\"type\":\"a\",\"targetRef\":\"y:d/1\"},{\"type\":\"b\",\"targetRef\":\"x:d/1\"}]}";

static void fewer(void)
{
	STR_EQ(left(three, 9), three);
	OK(relation_count(&counts, "a", NULL) == 3);
	STR_EQ(left(three, 1),
	       "{\"kind\":\"G\",\"relations\":[{\"type\":\"a\",\"targetRef\":\"x:d/1\"},{\"type\":\"a\",\"targetRef\":"
	       "\"y:d/1\"},{\"type\":\"b\",\"targetRef\":\"x:d/1\"}]}");
	OK(relation_count(&counts, "a", "x") == 2 && relation_count(&counts, "a", "y") == 1);
	OK(relation_count(&counts, "b", NULL) == 1 && relation_count(&counts, "c", NULL) == 0);
	OK(relation_count(&counts, NULL, "x") == 3 && relation_count(&counts, NULL, NULL) == 4);
	STR_EQ(left(three, 0), "{\"kind\":\"G\",\"relations\":[]}");
	STR_EQ(left("{\"relations\":[],\"x\":1}", 1), "{\"relations\":[],\"x\":1}");
	STR_EQ(left("{\"a\":1,\"relations\":[],\"status\":{\"items\":[{\"message\":\",\\\"relations\\\":[\"}]}}", 1),
	       "{\"a\":1,\"relations\":[],\"status\":{\"items\":[{\"message\":\",\\\"relations\\\":[\"}]}}");
}

/* An author's own "relations" stay as they are, and so does what is written in another way. */
static void others(void)
{
	const char *own = "{\"spec\":{\"a\":1,\"relations\":[{\"type\":\"a\",\"targetRef\":\"x:d/"
			  "1\"},{\"type\":\"a\",\"targetRef\":\"x:d/"
			  "2\"}]},\"relations\":[]}";
	const char *escaped = "{\"a\":1,\"relations\":[{\"type\":\"a\",\"targetRef\":\"x:d/"
			      "\\\"\"},{\"type\":\"a\",\"targetRef\":\"x:d/2\"}]}";

	STR_EQ(left(own, 1), own);
	STR_EQ(left(escaped, 1), escaped);
	OK(relation_count(&counts, "a", "x") == 2);
	STR_EQ(left("{\"a\":1}", 1), "{\"a\":1}");
	OK(relation_count(&counts, NULL, NULL) == 0);
	OK(strstr(left("{\"a\":1,\"relations\":[{\"type\":\"a\"", 1), "JSON") != NULL);
	OK(strstr(left("", 1), "JSON") != NULL);
}

int main(void)
{
	fewer();
	others();
	arena_release(&mem);
	return DONE();
}
