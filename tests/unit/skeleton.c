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
	one();
	arena_release(&mem);
	OK(rmdir(base) == 0);
	return DONE();
}
