/* Health rules: which objects they look at, what they see around them, what they may say; and no shape of anything breaks it.
 */
#include "kubernetes/rule.h"

#include <stdlib.h>

#include "ext/json.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };

/* ' stands for ". */
static struct json *parse(const char *text)
{
	char *copy = arena_strdup(&mem, text);
	struct json *v = NULL;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (json_parse(&cx, str_of(copy), &v) < 0)
		abort();
	return v;
}

static const char *written(const struct json *v)
{
	struct buf b = { .mem = &mem };

	if (v)
		json_write(&b, v);
	return buf_text(&b);
}

static const char shop[] =
	"{'cluster':{'name':'prod','title':'Production'},'objects':["
	"{'kind':'Deployment','apiVersion':'apps/v1','metadata':{'name':'api','namespace':'a','labels':{'backstage.io/"
	"kubernetes-id':'api'}}},"
	"{'kind':'ReplicaSet','apiVersion':'apps/"
	"v1','metadata':{'name':'api-1','namespace':'a','ownerReferences':[{'kind':'Deployment','name':'api'}]}},"
	"{'kind':'Pod','apiVersion':'v1','metadata':{'name':'api-1-x','namespace':'a','creationTimestamp':null,'"
	"ownerReferences':[{'kind':'ReplicaSet','name':'api-1'}]}},"
	"{'kind':'Pod','apiVersion':'v1','metadata':{'name':'api-1-x','namespace':'b'}},"
	"{'kind':'LimitRange','apiVersion':'v1','metadata':{'name':'here','namespace':'a'}},"
	"{'kind':'LimitRange','apiVersion':'v1','metadata':{'name':'there','namespace':'b'}},"
	"{'kind':'Rollout','apiVersion':'argoproj.io/v1alpha1','metadata':{'name':'r','namespace':'a'}},"
	"{'kind':'Loop','metadata':{'name':'one','namespace':'c','ownerReferences':[{'kind':'Loop','name':'two'}]}},"
	"{'kind':'Loop','metadata':{'name':'two','namespace':'c','ownerReferences':[{'kind':'Loop','name':'one'}]}},"
	"{'kind':'Pod'},7,null,{'metadata':{'name':'x'}}],'events':["
	"{'involvedObject':{'kind':'Pod','namespace':'a','name':'api-1-x'},'reason':'Old','message':'m','lastTimestamp':'2026-"
	"01-01T00:00:00Z'},"
	"{'involvedObject':{'kind':'Pod','namespace':'a','name':'api-1-x'},'reason':'New','message':'m','lastTimestamp':'2026-"
	"01-02T00:00:00Z'},"
	"{'involvedObject':{'kind':'Pod','namespace':'b','name':'api-1-x'},'reason':'Other','message':'m'},7]}";

static const struct json *object_at(const struct scene *s, size_t i)
{
	return scene_objects(s)->a.items[i];
}

static const char *names_of(const struct json *list)
{
	struct buf b = { .mem = &mem };

	for (size_t i = 0; i < json_len(list); i++)
		buf_addf(&b, "%s%s", i ? " " : "", json_text(json_path(list->a.items[i], "metadata", "name", NULL), "?"));
	return buf_text(&b);
}

static struct json *around(const struct scene *s, size_t i, const char *row)
{
	return rule_around(&mem, s, parse(row), object_at(s, i));
}

static void what_is_seen(void)
{
	struct scene *s = scene_new(&mem, parse(shop), 1000);
	struct json *o = around(s, 2, "{'with':['LimitRange','Rollout.argoproj.io','Rollout.apps']}");

	OK(json_len(scene_objects(s)) == 9);
	STR_EQ(written(json_path(object_at(s, 2), "metadata", "creationTimestamp", NULL)), "");
	STR_EQ(names_of(json_get(o, "owners")), "api-1 api");
	STR_EQ(names_of(json_get(around(s, 0, "{}"), "owned")), "api-1 api-1-x");
	STR_EQ(names_of(json_get(around(s, 3, "{}"), "owners")), "");
	STR_EQ(names_of(json_path(o, "with", "LimitRange", NULL)), "here");
	STR_EQ(names_of(json_path(o, "with", "Rollout.argoproj.io", NULL)), "r");
	STR_EQ(names_of(json_path(o, "with", "Rollout.apps", NULL)), "");
	OK(json_len(json_get(o, "events")) == 2);
	STR_EQ(json_get_text(json_get(o, "events")->a.items[0], "reason", ""), "New");
	STR_EQ(written(json_get(o, "cluster")), "{\"name\":\"prod\",\"title\":\"Production\"}");
	OK((long)json_get_num(o, "now", 0) == 1000);
	OK(!json_get(o, "entity"));
	/* Those that own each other are no end. */
	STR_EQ(names_of(json_get(around(s, 7, "{}"), "owners")), "two");
	STR_EQ(names_of(json_get(around(s, 7, "{}"), "owned")), "two one");
}

static void whose_they_are(void)
{
	struct scene *s = scene_new(&mem, parse(shop), 1000);

	STR_EQ(written(scene_ids(s)), "[\"api\"]");
	scene_entity(s, "api", parse("{'kind':'Component','metadata':{'name':'api'}}"));
	STR_EQ(written(json_path(around(s, 0, "{}"), "entity", "metadata", NULL)), "{\"name\":\"api\"}");
	OK(!json_get(around(s, 1, "{}"), "entity"));
	scene_entity(s, NULL, parse("{'kind':'Component','metadata':{'name':'rest'}}"));
	STR_EQ(written(json_path(around(s, 1, "{}"), "entity", "metadata", NULL)), "{\"name\":\"rest\"}");
	STR_EQ(written(json_path(around(s, 0, "{}"), "entity", "metadata", NULL)), "{\"name\":\"api\"}");
}

static void which_kinds(void)
{
	const struct json *rollout = parse("{'kind':'Rollout','apiVersion':'argoproj.io/v1'}"),
			  *pod = parse("{'kind':'Pod','apiVersion':'v1'}");

	OK(kinds_name(parse("['Rollout']"), rollout));
	OK(kinds_name(parse("['Pod','Rollout.argoproj.io']"), rollout));
	OK(!kinds_name(parse("['Rollout.argoproj','Rollout.io','Roll']"), rollout));
	OK(kinds_name(parse("['Pod']"), pod));
	OK(!kinds_name(parse("['Pod.v1']"), pod));
	OK(!kinds_name(NULL, pod));
	OK(!kinds_name(parse("[7]"), parse("7")));
}

/* What comes of what a rule said about the pod: findings, or what is wrong. */
static const char *taken(const char *said)
{
	struct scene *s = scene_new(&mem, parse(shop), 1000);
	struct rule_source of = { "mine", "Mine", parse("{'id':'one','title':'One','advice':'a','docs':'https://d'}") };
	struct json *out = json_array(&mem);

	cx.err = (struct err){ 0 };
	if (rule_take(&cx, s, &of, object_at(s, 2), said ? parse(said) : NULL, out) < 0)
		return out->a.n ? "something was kept" : arena_strdup(&mem, cx.err.text);
	for (size_t i = 0; i < out->a.n; i++) {
		json_remove(out->a.items[i], "events");
		json_remove(out->a.items[i], "object");
	}
	return written(out);
}

static void what_may_be_said(void)
{
	STR_EQ(taken(NULL), "[]");
	STR_EQ(taken("null"), "[]");
	STR_EQ(taken("{}"), "[]");
	STR_EQ(taken("[]"), "[]");
	STR_EQ(taken("{'message':'m'}"),
	       "[{\"id\":\"mine.one\",\"severity\":\"warning\",\"title\":\"One\",\"message\":\"m\",\"advice\":[\"a\"],"
	       "\"docs\":\"https://d\",\"source\":{\"plugin\":\"mine\",\"title\":\"Mine\"}}]");
	OK(strstr(taken("{'message':'m','container':'c','since':60000,'severity':'error','advice':['x','y'],'reason':'R','docs'"
			":'http://e'}"),
		  "\"since\":\"1970-01-01T00:01:00.000Z\",\"container\":\"c\",\"reason\":\"R\",\"advice\":[\"x\",\"y\"],"
		  "\"logs\":{\"pod\":\"api-1-x\",\"container\":\"c\",\"previous\":false},\"docs\":\"http://e\""));
	OK(strstr(taken("[{'message':'m'},{'message':'n'}]"), "\"message\":\"n\""));
}

static void what_may_not(void)
{
	static const char *const wrong[][2] = {
		{ "7", "not number" },
		{ "'text'", "not string" },
		{ "[{'message':'m'},7]", "not number" },
		{ "{'mesage':'m'}", "no 'mesage'" },
		{ "{'since':1}", "needs a message" },
		{ "{'message':7}", "message must be a text" },
		{ "{'message':'m','since':'soon'}", "since must be a time" },
		{ "{'message':'m','since':-1}", "since must be a time" },
		{ "{'message':'m','since':1e300}", "since must be a time" },
		{ "{'message':'m','severity':'loud'}", "severity must be" },
		{ "{'message':'m','docs':'javascript:alert(1)'}", "docs must begin" },
		{ "{'message':'m','advice':7}", "advice must be" },
		{ "{'message':'m','advice':['']}", "advice must be" },
		{ "{'message':'m','advice':[7]}", "advice must be" },
		{ "{'message':'m','advice':['1','2','3','4','5']}", "more than 4" },
		{ "{'message':'m','container':{}}", "container must be a text" },
		{ "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]", "at most 20" },
	};

	for (size_t i = 0; i < LEN(wrong); i++) {
		const char *why = taken(wrong[i][0]);

		if (!strstr(why, wrong[i][1]))
			printf("# %s: %s\n", wrong[i][0], why);
		OK(strstr(why, wrong[i][1]) != NULL);
	}
	OK(strlen(json_get_text(parse(taken(arena_printf(&mem, "{'message':'%5000d'}", 1)))->a.items[0], "message", "")) ==
	   2000);
}

int main(void)
{
	what_is_seen();
	whose_they_are();
	which_kinds();
	what_may_be_said();
	what_may_not();
	arena_release(&mem);
	return DONE();
}
