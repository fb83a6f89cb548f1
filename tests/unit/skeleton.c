/* Skeletons: what is rendered, what is copied, what is left out, and what is refused. */
#include "scaffolder/skeleton.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "ext/json.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static const char *base;

static struct json *parse(const char *text)
{
	struct json *v = NULL;

	if (json_parse(&cx, str_of(text), &v) < 0)
		printf("Bail out! %s: %s\n", text, cx.err.text);
	return v;
}

static struct workspace fresh(void)
{
	struct workspace w = { 0 };

	if (workspace_make(&cx, base, NULL, &w) < 0)
		printf("Bail out! %s\n", cx.err.text);
	return w;
}

/* Pairs of path and content, NULL ends them. */
static struct workspace with(const char *const *files)
{
	struct workspace w = fresh();

	for (; *files; files += 2)
		if (workspace_write(&cx, &w, files[0], str_of(files[1]), 0) < 0)
			printf("Bail out! %s\n", cx.err.text);
	return w;
}

/* "path=content" of all files, links with '@'. */
static const char *told(const struct workspace *w)
{
	struct workspace_entries all = { 0 };
	struct buf b = { .mem = &mem };
	struct str text;

	if (workspace_list(&cx, w, "", true, &all) < 0)
		return cx.err.text;
	for (size_t i = 0; i < all.n; i++) {
		if (all.items[i].kind == WORKSPACE_FILE && workspace_read(&cx, w, all.items[i].path, 1 << 20, &text) == 0)
			buf_addf(&b, "%s%s=%s", b.n ? " " : "", all.items[i].path, text.p);
		else if (all.items[i].kind == WORKSPACE_LINK)
			buf_addf(&b, "%s%s@", b.n ? " " : "", all.items[i].path);
	}
	return buf_text(&b);
}

static const char *made(const struct skeleton *s, const char *const *files)
{
	struct workspace from = with(files), to = fresh();

	return skeleton_tree(&cx, s, &from, "", &to, "") < 0 ? cx.err.text : told(&to);
}
#define MADE(s, ...) made(&(s), (const char *const[]){ __VA_ARGS__, NULL })

static void rendered(void)
{
	struct skeleton s = { .values = parse("{\"name\":\"pay\",\"on\":true,\"list\":[1,2],\"dir\":\"a/b\"}") };

	STR_EQ(MADE(s, "README.md", "# ${{ values.name }}", ".dot", "{% if values.on %}on{% endif %}"),
	       ".dot=on README.md=# pay");
	STR_EQ(MADE(s, "${{ values.name }}/${{ values.name }}.go", "x", "{{ values.name }}", "y"),
	       "pay/pay.go=x {{ values.name }}=y");
	STR_EQ(MADE(s, "{% if values.on %}yes{% endif %}/f", "1", "{% if not values.on %}no{% endif %}/f", "2"), "yes/f=1");
	STR_EQ(MADE(s, "d/{% if not values.on %}no{% endif %}", "1"), "");
	STR_EQ(MADE(s, "${{ values.dir }}/f", "${{ values.list | join('-') }}"), "a/b/f=1-2");
	STR_EQ(MADE(s, "f", "${{ values.gone }}|{{ helm }}"), "f=|{{ helm }}");
	s.values = NULL;
	STR_EQ(MADE(s, "b-${{ values.v }}.md", "${{ values.v }}"), "b-.md=");
	s = (struct skeleton){ .trim_blocks = true, .lstrip_blocks = true };
	STR_EQ(MADE(s, "f", "  {% if true %}\nx\n  {% endif %}\ny"), "f=x\ny");
}

static void chosen(void)
{
	struct skeleton s = { .values = parse("{\"n\":\"x\"}"), .copy_without = parse("[\"raw\", \"./**/*.tpl\"]") };

	STR_EQ(MADE(s, "raw/${{ values.n }}", "${{ values.n }}", "d/a.tpl", "${{ values.n }}", "c", "${{ values.n }}"),
	       "c=x d/a.tpl=${{ values.n }} raw/x=${{ values.n }}");
	s = (struct skeleton){ .values = parse("{\"n\":\"x\"}"), .extension = ".njk" };
	STR_EQ(MADE(s, "${{ values.n }}.njk", "${{ values.n }}", "b.njk.txt", "${{ values.n }}"),
	       "b.njk.txt=${{ values.n }} x=x");
	s = (struct skeleton){ .values = parse("{\"n\":\"x\",\"o\":{\"a\":1}}"), .cookiecutter = true };
	STR_EQ(MADE(s, "{{cookiecutter.n}}", "{{ cookiecutter.n | upper }} ${{ x }}"), "x=X $");
}

static void kept(void)
{
	struct workspace from = with((const char *const[]){ "a", "new", "run", "#!/bin/sh", "bin", "", NULL }), to = fresh();
	struct skeleton s = { .values = NULL };
	struct workspace_entry e;
	struct str text;

	OK(workspace_write(&cx, &from, "bin", (struct str){ "\0\xff${{ 1 }}", 10 }, 0) == 0);
	OK(workspace_mode(&cx, &from, "run", 0755) == 0);
	OK(symlinkat("/etc/passwd", from.fd, "link") == 0);
	OK(workspace_write(&cx, &to, "a", STR("old"), 0) == 0);
	OK(skeleton_tree(&cx, &s, &from, ".", &to, ".") == 0);
	OK(workspace_read(&cx, &to, "bin", 100, &text) == 0 && text.n == 10 && memcmp(text.p, "\0\xff${{ 1 }}", 10) == 0);
	OK(workspace_stat(&cx, &to, "run", &e) == 0 && e.mode == 0755);
	OK(workspace_stat(&cx, &to, "link", &e) == 0 && e.kind == WORKSPACE_LINK);
	OK(workspace_read(&cx, &to, "a", 100, &text) == 0 && str_is(text, "old"));
	s.replace = true;
	OK(skeleton_tree(&cx, &s, &from, ".", &to, ".") == 0);
	OK(workspace_read(&cx, &to, "a", 100, &text) == 0 && str_is(text, "new"));
}

static void refused(void)
{
	struct skeleton s = { .values =
				      parse("{\"up\":\"../../x\",\"git\":\".git\",\"abs\":\"/etc/x\",\"nul\":\"a\\u0000b\"}") };

	OK(strstr(MADE(s, "${{ values.up }}", "x"), "outside its parent") != NULL);
	OK(strstr(MADE(s, "d/${{ values.git }}/hooks/x", "x"), "belongs to git") != NULL);
	OK(strstr(MADE(s, "${{ values.nul }}", "x"), "has a NUL") != NULL);
	STR_EQ(MADE(s, "${{ values.abs }}", "x"), ""); /* begins with an empty part */
	STR_EQ(MADE(s, "d/f.txt", "one\n{% if %}"), "d/f.txt:2: an expression is missing at the end");
	OK(strstr(MADE(s, "{% if %}", "x"), "the name of a file: {% if %}:1: ") != NULL);
	OK(strstr(MADE(s, "f", "{% for i in range(0, 100000000) %}x{% endfor %}"), "f:1: ") != NULL);
	struct workspace from = with((const char *const[]){ "sub/f", "x", NULL }), to = fresh();

	OK(skeleton_tree(&cx, &s, &from, "sub", &to, "../out") == ERR_DENIED);
	OK(skeleton_tree(&cx, &s, &from, "none", &to, "") == ERR_NOTFOUND);
	OK(symlinkat("/etc", from.fd, "etc") == 0);
	OK(skeleton_tree(&cx, &s, &from, "etc", &to, "") == ERR_DENIED);
	OK(skeleton_tree(&cx, &s, &from, "sub", &to, "out") == 0);
	STR_EQ(told(&to), "out/f=x");
}

/* Rendered as the third line of a file: what becomes of it. */
static const char *third_line(const char *text)
{
	struct skeleton s = { .values = parse("{\"n\":\"x\",\"o\":{\"a\":1},\"list\":[1,2]}") };
	const char *all = MADE(s, "f", arena_printf(&mem, "one\ntwo\n%s\n", text));

	return arena_strdup(&mem, all);
}

/* Each ends at a limit, and whoever wrote it is told in which line. */
static void stops_hostile_ones(void)
{
	static const char *const texts[] = {
		/* loops that do not end in this life */
		"{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
		"{% for a in range(100000) %}{% for b in range(100000) %}${{ a * b }}{% endfor %}{% endfor %}",
		"{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% "
		"endfor %}",
		/* growth */
		"{% set s = 'xxxxxxxx' %}{% for i in range(60) %}{% set s = s ~ s %}{% endfor %}${{ s }}",
		"{% set s = 'x' %}{% for i in range(60) %}{% set s = s | replace('x', 'xx') %}{% endfor %}${{ s }}",
		"{% set l = ['x'] %}{% for i in range(60) %}{% set l = [l, l] %}{% endfor %}${{ l | dump }}",
		"{% set l = ['x'] %}{% for i in range(60) %}{% set l = l.concat(l) %}{% endfor %}${{ l | join }}",
		"{% set s = 'x' %}{% for i in range(60) %}{% set s %}${{ s }}${{ s }}{% endset %}{% endfor %}${{ s }}",
		/* depth */
		"{% macro m() %}${{ m() }}{% endmacro %}${{ m() }}",
		"{% macro a(n) %}${{ b(n) }}{% endmacro %}{% macro b(n) %}${{ a(n) }}{% endmacro %}${{ a(1) }}",
		"{% macro m() %}${{caller()}}{% endmacro %}{% macro k() %}{% call m() %}${{k()}}{% endcall %}{% endmacro "
		"%}${{k()}}",
		/* sizes */
		"${{ range(100000000000) | length }}",
		"{% for i in range(0, 9000000000, 1) %}x{% endfor %}",
		"${{ 'x' | center(900000000) }}",
		"${{ ('x' | center(9000000)) | replace('', 'xxxxxxxxxx') }}",
		"${{ values.list | batch(900000000, 'x') | dump }}",
		"${{ values.list | slice(900000000) | dump }}",
		/* regular expressions */
		"${{ r/^(a|a)*$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab') }}",
		/* ways to what is behind values */
		"${{ values.constructor }}",
		"${{ values.o.__proto__ }}",
		"${{ values.n.constructor('return 1')() }}",
		"${{ values.list.prototype.x }}",
		"{% set constructor = 1 %}",
		"{% macro __proto__() %}{% endmacro %}",
		"${{ values['__pro' ~ 'to__'] }}",
		"${{ values.n['constr' ~ 'uctor'] }}",
	};

	for (size_t i = 0; i < LEN(texts); i++) {
		const char *said = third_line(texts[i]);

		OK(str_starts(said, "f:3: "));
		if (!str_starts(said, "f:3: "))
			printf("# %s\n# %.200s\n", texts[i], said);
	}
}

/* Openings that are none: the time is that of the text's length. Looking ahead from each of them would take days. */
static void scans_in_linear_time(void)
{
	static const char *const parts[] = { "{ ", "$ ", "# ", "${ ", "{$#" };
	struct skeleton s = { .values = NULL };

	for (size_t i = 0; i < LEN(parts); i++) {
		struct buf b = { .mem = &mem };

		while (b.n < 4000000)
			buf_adds(&b, parts[i]);
		struct workspace from = with((const char *const[]){ "f", buf_text(&b), NULL }), to = fresh();
		struct workspace_entry e;

		OK(skeleton_tree(&cx, &s, &from, "", &to, "") == 0);
		OK(workspace_stat(&cx, &to, "f", &e) == 0 && e.bytes == b.n);
	}
}

static const char *line;
static void listen(void *arg, const char *said)
{
	(void)arg;
	line = said;
}

static void one(void)
{
	struct workspace from = with((const char *const[]){ "one.txt", "hi ${{ values.n }}", NULL }), to = fresh();
	struct skeleton s = { .values = parse("{\"n\":1}"), .say = listen };

	OK(skeleton_file(&cx, &s, &from, "one.txt", &to, "d/${{ values.n }}") == 0);
	STR_EQ(told(&to), "d/${{ values.n }}=hi 1");
	OK(skeleton_file(&cx, &s, &from, "one.txt", &to, "d/${{ values.n }}") == 0);
	STR_EQ(line, "File d/${{ values.n }} already exists in workspace, not replacing.");
	OK(skeleton_file(&cx, &s, &from, ".", &to, "x") == ERR_INPUT);
}

int main(void)
{
	char dir[] = "/tmp/callboard-skeleton-XXXXXX";

	base = mkdtemp(dir);
	umask(022);
	rendered();
	chosen();
	kept();
	refused();
	stops_hostile_ones();
	scans_in_linear_time();
	one();
	arena_release(&mem);
	OK(rmdir(base) == 0);
	return DONE();
}
