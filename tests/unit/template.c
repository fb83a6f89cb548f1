/* The template language: syntax, JavaScript's semantics, views with parents and escaping, step inputs, limits, errors. */
#include "template/template.h"

#include <math.h>

#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };

static int loads;

static int load(struct ctx *c, void *arg, const char *name, struct str *text)
{
	static const char *const files[][2] = {
		{ "layout.html", "<h1>{% block title %}Callboard{% endblock %}</h1>{% block body %}{% endblock %}" },
		{ "page.html", "{% extends \"layout.html\" %}{% block title %}{{ super() }}: {{ title }}{% endblock %}"
			       "{% block body %}{% include \"row.html\" %}{% endblock %}" },
		{ "row.html", "<p>{{ title }}</p>" },
		{ "lib.html", "{% macro link(url, text=\"here\") %}<a href=\"{{ url }}\">{{ text }}</a>{% endmacro %}"
			      "{% set version = 3 %}{% set _own = 4 %}" },
		{ "bad.html", "one\n\n{{ a b }}" },
		{ "self.html", "{% include \"self.html\" %}" },
		{ "loop.html", "{% extends \"loop.html\" %}" },
		{ "gone.html", "{% include \"nothing.html\" %}" },
	};

	(void)arg;
	loads++;
	for (size_t i = 0; i < LEN(files); i++)
		if (streq(files[i][0], name)) {
			*text = str_of(files[i][1]);
			return 0;
		}
	return fail(c, ERR_NOTFOUND, "no template '%s'", name);
}

static struct json *vars(void)
{
	struct json *v = json_object(&mem), *list = json_array(&mem), *map = json_object(&mem);

	for (int i = 1; i <= 3; i++)
		json_push(&mem, list, json_num(&mem, i));
	json_set(&mem, map, "b", json_str(&mem, "two"));
	json_set(&mem, map, "10", json_num(&mem, 10));
	json_set(&mem, map, "9", json_num(&mem, 9));
	json_set(&mem, v, "title", json_str(&mem, "A & <b>"));
	json_set(&mem, v, "n", json_num(&mem, 5));
	json_set(&mem, v, "list", list);
	json_set(&mem, v, "map", map);
	json_set(&mem, v, "nil", json_null(&mem));
	json_set(&mem, v, "horse", json_str(&mem, "a🐎b"));
	return v;
}

/* What text renders to; an error's words after "error: ". */
static const char *render_with(unsigned flags, const char *text)
{
	struct template_env *env = template_env_new(flags, NULL, load, NULL);
	struct buf out = { .mem = &mem };
	int rc = template_render_text(&cx, env, str_of(text), vars(), &out);
	const char *got = rc < 0 ? arena_printf(&mem, "error: %s", cx.err.text) : buf_text(&out);

	cx.err = (struct err){ 0 };
	template_env_free(env);
	return got;
}

static const char *render(const char *text)
{
	return render_with(0, text);
}

static void evaluates(void)
{
	STR_EQ(render("{{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ 2 ** -1 }} {{ -7 % 4 }}"), "7 3 0.5 -3");
	STR_EQ(render("{{ '3' * '4' }} {{ '3' + 4 }} {{ nil + 1 }} {{ nothing + 1 }}"), "12 34 1 NaN");
	STR_EQ(render("{{ 0.1 + 0.2 }} {{ 1 / 0 }} {{ 10 / 4 }} {{ 7 ** -2 }}"), "0.30000000000000004 Infinity 2.5 "
										 "0.020408163265306124");
	STR_EQ(render("{{ 0 == '' }} {{ 0 === '' }} {{ nil == nothing }} {{ [] == false }} {{ {} == {} }}"),
	       "true false true true false");
	STR_EQ(render("{{ '10' < '9' }} {{ 10 < '9' }} {{ 3 > 2 > 1 }} {{ not 1 == 2 }}"), "true false false false");
	STR_EQ(render("{{ 0 or 'x' }} {{ 1 and 2 }} {{ 2 in list }} {{ 'b' in map }} {{ 4 not in list }}"),
	       "x 2 true true true");
	STR_EQ(render("{{ 'y' if n > 3 else 'n' }} {{ 'y' if n > 9 }}|"), "y |");
	STR_EQ(render("{{ n is odd }} {{ n is not defined }} {{ n is divisibleby(5) }} {{ nil is none }}"),
	       "true false true true");
	STR_EQ(render("{{ list }} {{ map.b }} {{ map['b'] }} {{ list[1] }} {{ list[9] }}| {{ nothing.x.y }}|"),
	       "1,2,3 two two 2 | |");
	STR_EQ(render("{{ list[::-1] }} {{ list[1:] }} {{ 'abc'[0:2] }}"), "3,2,1 2,3 a,b");
	STR_EQ(render("{{ (1, 2) }} {{ {a: 1}.a }} {{ [1, [2]] }} {{ map }}"), "2 1 1,2 [object Object]");
	STR_EQ(render("{{ 'a-b'.replace('-', '+').toUpperCase() }} {{ list.push(4) }} {{ list.join('') }}"), "A+B 4 1234");
	STR_EQ(render("{{ n.toFixed(2) }} {{ (2.5).toFixed(0) }} {{ (255).toString(16) }} {{ (123.456).toPrecision(4) }}"),
	       "5.00 3 ff 123.5");
}

static void runs_statements(void)
{
	STR_EQ(render("{% if n == 4 %}a{% elif n == 5 %}b{% else %}c{% endif %}"), "b");
	STR_EQ(render("{% for i in list %}{{ loop.index }}/{{ loop.length }}{% if not loop.last %},{% endif %}{% endfor %}"),
	       "1/3,2/3,3/3");
	STR_EQ(render("{% for k, v in map %}{{ k }}={{ v }};{% endfor %}"), "9=9;10=10;b=two;");
	STR_EQ(render("{% for a, b in [[1, 2], [3, 4]] %}{{ a }}{{ b }} {% else %}none{% endfor %}"), "12 34 ");
	STR_EQ(render("{% for i in nothing %}x{% else %}none{% endfor %}"), "none");
	STR_EQ(render("{% set x = 1 %}{% for i in list %}{% set x = x + i %}{% endfor %}{{ x }}"), "7");
	STR_EQ(render("{% set x %}a{{ n }}{% endset %}[{{ x }}]"), "[a5]");
	STR_EQ(render("{% macro m(a, b=2) %}{{ a }}{{ b }}{{ caller() if caller }}{% endmacro %}"
		      "{{ m(1) }} {{ m(1, b=3) }} {{ m(1, 4) }}{% call m(5) %}!{% endcall %}"),
	       "12 13 1452!");
	STR_EQ(render("{% filter upper %}a{{ n }}{% endfilter %}"), "A5");
	STR_EQ(render("{% switch n %}{% case 4 %}a{% case 5 %}{% case 6 %}b{% default %}c{% endswitch %}"), "b");
	STR_EQ(render("a {%- if n -%} b {% endif %}{# c #}{% raw %}{{ n }}{% endraw %}"), "ab {{ n }}");
	STR_EQ(render_with(TEMPLATE_TRIM_BLOCKS | TEMPLATE_LSTRIP_BLOCKS, "{% if n %}\n  x\n  {% endif %}\ny"), "  x\ny");
	STR_EQ(render_with(TEMPLATE_DOLLAR, "{{ n }} ${{ n }} $${{ n }}"), "{{ n }} 5 $5");
	STR_EQ(render_with(TEMPLATE_COOKIECUTTER, "{{ True }} {{ map.items() | dump }} {{ list | jsonify }}"),
	       "true [[\"9\",9],[\"10\",10],[\"b\",\"two\"]] [1,2,3]");
}

static void filters(void)
{
	STR_EQ(render("{{ 'žluť kůň' | title }} {{ 'ﬁß' | upper }} {{ 'ΑΣ' | lower }}"), "Žluť Kůň FISS ας");
	STR_EQ(render("{{ horse | length }} {{ horse | reverse | length }} {{ horse[1] }} {{ horse | list | join }}"),
	       "4 4 \xEF\xBF\xBD a🐎b");
	STR_EQ(render("{{ [3, 1, 2] | sort | join('-') }} {{ ['b', 'A'] | sort }} {{ map | dictsort | dump }}"),
	       "1-2-3 A,b [[\"10\",10],[\"9\",9],[\"b\",\"two\"]]");
	STR_EQ(render("{{ [{a: 1, b: 2}, {a: 1, b: 3}] | groupby('a') | dump }}"),
	       "{\"1\":[{\"a\":1,\"b\":2},{\"a\":1,\"b\":3}]}");
	STR_EQ(render("{{ 'a1b22' | replace(r/[0-9]+/g, '<$&>') }} {{ 'aaa' | replace('a', 'b', 2) }}"), "a<1>b<22> bba");
	STR_EQ(render("{{ nothing | default('d') }} {{ nil | default('d') }}|{{ '' | default('d', true) }}"), "d |d");
	STR_EQ(render("{{ '<b>x</b>' | striptags }} {{ '<' | escape }} {{ 'a b&' | urlencode }} {{ 4.55 | round(1) }}"),
	       "x &lt; a%20b%26 4.6");
	STR_EQ(render("{{ 'The quick brown fox' | truncate(12) }} {{ [1, 2, 3] | batch(2) | dump }} {{ list | sum }}"),
	       "The quick... [[1,2],[3]] 6");
	STR_EQ(render("{{ 'github.com?owner=a&repo=b' | parseRepoUrl | dump }} {{ 'github.com?owner=a&repo=b' | projectSlug "
		      "}}"),
	       "{\"host\":\"github.com\",\"owner\":\"a\",\"repo\":\"b\"} a/b");
	STR_EQ(render("{{ 'api:site' | parseEntityRef | dump }} {{ map | pick('b') }}"),
	       "{\"kind\":\"api\",\"namespace\":\"default\",\"name\":\"site\"} two");
	STR_EQ(render("{{ 'git.example?owner=a&repo=b' | projectSlug }}"),
	       "error: template:1: no integration is configured for the host 'git.example'");
}

static void configured_hosts(void)
{
	struct json *conf = json_object(&mem), *all = json_object(&mem), *list = json_array(&mem), *one = json_object(&mem);

	json_set(&mem, one, "host", json_str(&mem, "git.example"));
	json_push(&mem, list, one);
	json_set(&mem, all, "github", list);
	json_set(&mem, conf, "integrations", all);
	cx.conf = conf;
	STR_EQ(render("{{ 'git.example?owner=a&repo=b' | projectSlug }}"), "a/b");
	cx.conf = NULL;
}

static void escapes(void)
{
	unsigned on = TEMPLATE_AUTOESCAPE;

	STR_EQ(render_with(on, "{{ title }} {{ title | safe }} {{ title | escape }}"),
	       "A &amp; &lt;b&gt; A & <b> A &amp; &lt;b&gt;");
	STR_EQ(render_with(on, "{{ title | safe ~ '' }} {{ [title | safe] }}"), "A &amp; &lt;b&gt; A &amp; &lt;b&gt;");
	STR_EQ(render_with(on, "{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}{{ m(title) }}"), "<i>A &amp; &lt;b&gt;</i>");
	STR_EQ(render_with(on, "{% set x %}{{ title }}{% endset %}{{ x }}"), "A &amp;amp; &amp;lt;b&amp;gt;");
	STR_EQ(render_with(0, "{{ title }}"), "A & <b>");
}

/* A filter with an argument and a keyword, and a function without: what a host gives. */
static int host_badge(struct ctx *c, void *arg, struct json *const *args, size_t n, const struct json *kwargs,
		      struct json **out)
{
	if (n < 1 || !json_is(args[0], JSON_STRING))
		return fail(c, ERR_INPUT, "a badge needs a text");
	*out = json_fmt(c->mem, "<b class=%s%s>%s</b>", (const char *)arg, json_get_text(kwargs, "kind", "-"), args[0]->s.p);
	return 0;
}

static int host_nothing(struct ctx *c, void *arg, struct json *const *args, size_t n, const struct json *kwargs,
			struct json **out)
{
	(void)c;
	(void)arg;
	(void)args;
	(void)n;
	(void)kwargs;
	*out = NULL;
	return 0;
}

static char css[] = "k";

static void hosts(void)
{
	struct template_env *env = template_env_new(TEMPLATE_AUTOESCAPE, NULL, NULL, NULL);
	struct buf out = { .mem = &mem };

	template_add_filter(env, "badge", host_badge, css, true);
	template_add_filter(env, "plain", host_badge, css, false);
	template_add_filter(env, "upper", host_nothing, NULL, false);
	template_add_global(env, "badge", host_badge, css, true);
	OK(template_render_text(&cx, env, STR("{{ 'x' | badge }} {{ 'x' | plain(kind='y') }} {{ badge('z', kind='q') }}"), NULL,
				&out) == 0);
	STR_EQ(buf_text(&out), "<b class=k->x</b> &lt;b class=ky&gt;x&lt;/b&gt; <b class=kq>z</b>");
	buf_clear(&out);
	OK(template_render_text(&cx, env, STR("[{{ 'x' | upper }}]{{ ('x' | upper) is defined }}"), NULL, &out) == 0);
	STR_EQ(buf_text(&out), "[]false");
	OK(template_render_text(&cx, env, STR("\n{{ 5 | badge }}"), NULL, &out) == ERR_INPUT);
	STR_EQ(cx.err.text, "template:2: badge: a badge needs a text");
	STR_EQ(buf_text(&out), "[]false"); /* nothing of what failed */
	template_env_free(env);
}

static const char *render_file(struct template_env *env, const char *name)
{
	struct buf out = { .mem = &mem };
	int rc = template_render(&cx, env, name, vars(), &out);

	return rc < 0 ? arena_printf(&mem, "error: %s", cx.err.text) : buf_text(&out);
}

static void views(void)
{
	struct template_env *env = template_env_new(TEMPLATE_AUTOESCAPE | TEMPLATE_STRICT, NULL, load, NULL);
	const char *page = "<h1>Callboard: A &amp; &lt;b&gt;</h1><p>A &amp; &lt;b&gt;</p>";

	loads = 0;
	STR_EQ(render_file(env, "page.html"), page);
	STR_EQ(render_file(env, "page.html"), page);
	OK(loads == 3); /* each file was read once */
	OK(template_check(&cx, env, "row.html") == 0);
	OK(template_check(&cx, env, "bad.html") == ERR_INPUT);
	STR_EQ(cx.err.text, "bad.html:3: 'b' is not expected here");
	STR_EQ(render_file(env, "bad.html"), "error: bad.html:3: 'b' is not expected here");
	OK(template_check(&cx, env, "nothing.html") == ERR_NOTFOUND);
	STR_EQ(render_file(env, "self.html"), "error: self.html:1: templates are nested too deeply (more than 128 levels)");
	STR_EQ(render_file(env, "loop.html"), "error: loop.html:1: a template extends itself");
	STR_EQ(render_file(env, "gone.html"), "error: gone.html:1: no template 'nothing.html'");
	template_env_free(env);
	STR_EQ(render("{% import 'lib.html' as l %}{{ l.link('u') }} {{ l.version }}{{ l._own }}"), "<a href=\"u\">here</a> 3");
	STR_EQ(render("{% from 'lib.html' import link as k %}{{ k('u', text='t') }}"), "<a href=\"u\">t</a>");
	STR_EQ(render("{% include 'nothing.html' ignore missing %}ok"), "ok");
}

static void strict(void)
{
	unsigned on = TEMPLATE_STRICT;

	STR_EQ(render_with(on, "a\n{{ nothing }}"), "error: template:2: 'nothing' is not defined");
	STR_EQ(render_with(on, "{% if nothing %}x{% endif %}"), "error: template:1: 'nothing' is not defined");
	STR_EQ(render_with(on, "{{ nothing is defined }} {{ nothing | default('d') }} {{ nil }}{{ map.zz }}|"), "false d |");
	STR_EQ(render_with(on,
			   "{% for i in list %}{{ loop.index }}{{ i }}{% set x = nothing | default(i) %}{{ x }}{% endfor %}"),
	       "111222333");
}

/* One step input as JSON text. */
static const char *value(const struct json *v)
{
	struct template_env *env = template_env_new(TEMPLATE_DOLLAR, NULL, NULL, NULL);
	struct buf b = { .mem = &mem };
	struct json *got;

	OK(template_value(&cx, env, v, vars(), &got) == 0);
	OK(cx.err.code == 0);
	template_env_free(env);
	if (!got)
		return "undefined";
	json_write(&b, got);
	return buf_text(&b);
}

static const char *text_value(const char *s)
{
	return value(json_str(&mem, s));
}

static void keeps_types(void)
{
	struct json *o = json_object(&mem), *a = json_array(&mem);

	STR_EQ(text_value("${{ n }}"), "5");
	STR_EQ(text_value("${{ n }} "), "\"5 \"");
	STR_EQ(text_value("${{ list }}"), "[1,2,3]");
	STR_EQ(text_value("${{ map }}"), "{\"9\":9,\"10\":10,\"b\":\"two\"}");
	STR_EQ(text_value("${{ nothing }}"), "undefined");
	STR_EQ(text_value("{{ n }}"), "\"{{ n }}\"");
	STR_EQ(text_value("${{ n | nosuch }}"), "\"${{ n | nosuch }}\"");
	STR_EQ(text_value("${{ n"), "\"${{ n\"");
	STR_EQ(text_value("{% set x = 1 %}${{ x }}"), "\"1\"");
	/* A function is called and nothing else, as in Backstage; a filter behind "is" is the test of its name. */
	STR_EQ(text_value("x${{ joiner() | length }}"), "\"x${{ joiner() | length }}\"");
	STR_EQ(text_value("x${{ [cycler(1)] is iterable }}"), "\"x${{ [cycler(1)] is iterable }}\"");
	STR_EQ(text_value("x${{ {a: joiner()} }}"), "\"x${{ {a: joiner()} }}\"");
	STR_EQ(text_value("${{ range is callable }}"), "true");
	STR_EQ(text_value("${{ joiner() is eq(1) }}"), "false");
	STR_EQ(render("{{ joiner() is defined }}{{ [joiner()] | length }}"), "true1");
	STR_EQ(text_value("${{ n is odd | string }}"), "\"${{ n is odd | string }}\"");
	STR_EQ(text_value("${{ n is nothing | eq }}"), "false");
	STR_EQ(text_value("${{ 1 / (-2.5 | round(-1)) < 0 }}"), "true");
	json_push(&mem, a, json_str(&mem, "${{ nothing }}"));
	json_push(&mem, a, json_str(&mem, "x-${{ n }}"));
	json_set(&mem, o, "gone", json_str(&mem, "${{ nothing }}"));
	json_set(&mem, o, "${{ n }}", a);
	STR_EQ(value(o), "{\"${{ n }}\":[null,\"x-5\"]}");
}

static const char *limited_with(unsigned flags, struct template_limits limits, const char *text)
{
	struct template_env *env = template_env_new(flags, &limits, NULL, NULL);
	struct buf out = { .mem = &mem };
	int rc = template_render_text(&cx, env, str_of(text), vars(), &out);

	template_env_free(env);
	return rc < 0 ? arena_strdup(&mem, cx.err.text) : buf_text(&out);
}

static const char *limited(struct template_limits limits, const char *text)
{
	return limited_with(0, limits, text);
}

static const char *repeat(const char *s, size_t n)
{
	struct buf b = { .mem = &mem };

	for (size_t i = 0; i < n; i++)
		buf_adds(&b, s);
	return buf_text(&b);
}

static void has_limits(void)
{
	struct template_limits few = { .steps = 1000 }, small = { .output = 100 }, none = { 0 };

	STR_EQ(limited(few, "{% for i in range(99999) %}x{% endfor %}"),
	       "template:1: the template does too much (more than 1000 "
	       "steps)");
	STR_EQ(limited_with(TEMPLATE_DOLLAR, (struct template_limits){ .steps = 20000 },
			    "{% set l = range(4000) %}{% for i in range(90) %}${{ l | length }}{% endfor %}"),
	       "template:1: the template does too much (more than 20000 steps)");
	STR_EQ(limited(small, "{% for i in range(99) %}xx{% endfor %}"), "template:1: the output is too large (more than 100 "
									 "bytes)");
	STR_EQ(limited(none, "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
	       "template:1: calls are nested too deeply (more than 128 levels)");
	STR_EQ(limited(none, arena_printf(&mem, "{{ %s1%s }}", repeat("(", 3000), repeat(")", 3000))),
	       "template:1: nested too deeply (more than 128 levels)");
	STR_EQ(limited(none, repeat("{% if n %}", 3000)), "template:1: nested too deeply (more than 128 levels)");
	STR_EQ(limited(none, arena_printf(&mem, "{{ 1%s }}", repeat("+1", 100000))), "template:1: nested too deeply");
	STR_EQ(limited(none, "{% set x = [1] %}{% for i in range(50000) %}{% set x = [x] %}{% endfor %}{{ x }}"),
	       "template:1: the value is nested too deeply");
	STR_EQ(limited(none, "{{ list.push(list) }}"), "template:1: an array cannot be an item of itself");
	STR_EQ(limited(none, "{{ list.unshift(1, list) }}"), "template:1: an array cannot be an item of itself");
	STR_EQ(limited(none, "{% set o = {a: [[]]} %}{{ o.a[0].push(o.a) }}"),
	       "template:1: an array cannot be an item of itself");
	STR_EQ(limited(none, "{% set a = [1] %}{% set b = {c: a} %}{{ a.fill(b) }}"),
	       "template:1: an array cannot be an item of itself");
	STR_EQ(limited(none, "{% set a = [1] %}{% set b = [2] %}{{ a.push(b, b) }}{{ a | dump }}"), "3[1,[2],[2]]");
	STR_EQ(limited(none, "{% set s = 'xxxxxxxx' %}{% for i in range(60) %}{% set s = s ~ s %}{% endfor %}"),
	       "template:1: the template needs too much memory");
	STR_EQ(limited(none, "{{ 'x' | center(1e9) }}"), "template:1: '1e' is no number");
	STR_EQ(limited(none, "{{ 'x' | center(900000000) | length }}"), "template:1: the width is too large");
	STR_EQ(limited(none, arena_printf(&mem, "{{ r/(a+)+$/.test('%sb') }}", repeat("a", 40))),
	       "template:1: the regular expression /(a+)+$/ takes too long");
}

static void words_errors(void)
{
	STR_EQ(render("a\n\n{{ n | nosuch }}"), "error: template:3: there is no filter 'nosuch'");
	STR_EQ(render("{% if n %}\nx"), "error: template:1: a tag has no 'endif'");
	STR_EQ(render("{% nosuch %}"), "error: template:1: there is no tag 'nosuch'");
	STR_EQ(render("{{ n.x() }}"), "error: template:1: 'n.x' is undefined and cannot be called");
	STR_EQ(render("{{ [1, 2 }}"), "error: template:1: ']' is missing at the end");
	STR_EQ(render("{{ map.constructor }}"), "error: template:1: the name 'constructor' is reserved");
	STR_EQ(render("{{ 'x' in n }}"),
	       "error: template:1: 'in' looks into an array, an object or a string, not into a number");
	STR_EQ(render("{{ n | upper }}"), "error: template:1: 'upper' needs a string, not a number");
	STR_EQ(render("{{ range }}"), "error: template:1: a function is not a value that can be used here (call it)");
	STR_EQ(render("{{ joiner(',')(1) }}"), "error: template:1: a joiner takes no arguments");
	STR_EQ(render("{% set c = cycler(1, 2) %}{{ c.next(x=1) }}"),
	       "error: template:1: a method of a cycler takes no arguments");
	STR_EQ(render("{% set c = cycler(x=1) %}"), "error: template:1: 'cycler' takes no named arguments");
	STR_EQ(render("{{ r/(/ }}"), "error: template:1: a regular expression is not valid: unterminated group");
}

int main(void)
{
	evaluates();
	runs_statements();
	filters();
	configured_hosts();
	escapes();
	hosts();
	views();
	strict();
	keeps_types();
	has_limits();
	words_errors();
	arena_release(&mem);
	return DONE();
}
