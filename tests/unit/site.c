/* Building documentation sites, what is taken over from the last build, and what the reader shows of them. */
#include "docs/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/folder.h"
#include "base/sanitizer.h"
#include "docs/reader.h"
#include "docs/tree.h"
#include "ext/json.h"
#include "tests/unit/tap.h"

static struct arena mem;
static char top[] = "/tmp/callboard-site-XXXXXX";
static unsigned made;

/* One site on its way: source, and what the builds of it left. */
struct trial {
	struct ctx cx;
	struct site_options options;
	struct site_result result;
	struct buf log;
	const char *folder;
	unsigned builds;
};

static void log_line(void *arg, const char *line)
{
	buf_addf(arg, "%s\n", line);
}

static void make_folders(const char *path)
{
	char *copy = arena_strdup(&mem, path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
}

static void put(const struct trial *t, const char *path, const char *text)
{
	const char *name = arena_printf(&mem, "%s/%s", t->options.source, path);

	make_folders(name);

	FILE *f = fopen(name, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static struct trial begin(const char *mkdocs)
{
	struct trial t = { .cx = { .mem = &mem, .request_id = "" }, .log = { .mem = &mem } };

	t.folder = arena_printf(&mem, "%s/%u", top, made++);
	t.options.source = arena_printf(&mem, "%s/source", t.folder);
	make_folders(arena_printf(&mem, "%s/x", t.options.source));
	if (mkdocs)
		put(&t, "mkdocs.yml", mkdocs);
	return t;
}

/* Builds beside the builds before, of which the last one is what pages are taken over from. */
static int build(struct trial *t)
{
	struct site_options *o = &t->options;
	int rc;

	o->previous_out = t->builds ? o->out : NULL;
	o->previous_reader = t->builds ? o->reader : NULL;
	o->out = arena_printf(&mem, "%s/out%u", t->folder, t->builds);
	o->reader = arena_printf(&mem, "%s/reader%u", t->folder, t->builds);
	o->log = log_line;
	o->arg = &t->log;
	buf_clear(&t->log);
	t->builds++;
	rc = site_build(&t->cx, o, &t->result);
	if (rc < 0)
		printf("# %s\n", t->cx.err.text);
	return rc;
}

static const char *out(const struct trial *t, const char *path)
{
	struct buf b = { .mem = &mem };
	FILE *f = fopen(arena_printf(&mem, "%s/%s", t->options.out, path), "re");

	if (!f)
		return NULL;
	for (size_t n = 1; n > 0; b.n += n) {
		buf_need(&b, 4096);
		n = fread(b.p + b.n, 1, 4096, f);
	}
	fclose(f);
	b.p[b.n] = '\0';
	return b.p;
}

static bool has(const char *text, const char *part)
{
	bool found = text && strstr(text, part);

	if (!found)
		printf("# no %s in %s\n", part, text ? text : "(nothing)");
	return found;
}

static bool lacks(const char *text, const char *part)
{
	return text && !strstr(text, part);
}

static ino_t inode(const struct trial *t, const char *path)
{
	struct stat st;

	return stat(arena_printf(&mem, "%s/%s", t->options.out, path), &st) == 0 ? st.st_ino : 0;
}

/* Waits until the file's times tell it from a later one. */
static void wait_settled(const struct trial *t, const char *path)
{
	const struct timespec tick = { .tv_nsec = 10000000 };
	const char *name = arena_printf(&mem, "%s/%s", t->options.source, path);
	struct stat st;

	while (stat(name, &st) == 0 && !tree_stamp(&st))
		nanosleep(&tick, NULL);
}

/* Brings the last build up to date where it is. */
static int build_in_place(struct trial *t)
{
	struct site_options *o = &t->options;
	int rc;

	o->previous_out = o->out;
	o->previous_reader = o->reader;
	o->in_place = true;
	rc = site_build(&t->cx, o, &t->result);
	o->in_place = false;
	return rc;
}

static void test_plain(void)
{
	struct trial t = begin("site_name: Plain\nsite_description: About\n");
	struct json *v;

	put(&t, "docs/index.md", "# Start\n\nSee [two](guide/two.md#b) and ![x](img/x.png).\n");
	put(&t, "docs/guide/two.md", "# Two\n\n## B\n\ntext\n");
	put(&t, "docs/img/x.png", "PNG");
	put(&t, "docs/.hidden.md", "# Hidden\n");
	OK(build(&t) == 0);
	OK(t.result.pages == 2 && t.result.rendered == 2 && t.result.failed == 0 && t.result.warnings == 0);
	OK(has(out(&t, "index.html"), "<a href=\"guide/two/#b\">two</a>"));
	OK(has(out(&t, "index.html"), "<title>Plain</title>"));
	OK(has(out(&t, "guide/two/index.html"), "<title>Two - Plain</title>"));
	OK(has(out(&t, "guide/two/index.html"), "class=\"md-nav__link\" href=\"../../guide/two/\" aria-current=\"page\""));
	STR_EQ(out(&t, "img/x.png"), "PNG");
	OK(!out(&t, ".hidden/index.html") && has(out(&t, "404.html"), "There is no such page"));
	OK(json_parse(&t.cx, str_of(out(&t, "search/search_index.json")), &v) == 0 && json_len(json_get(v, "docs")) == 5);
	OK(json_parse(&t.cx, str_of(out(&t, "techdocs_metadata.json")), &v) == 0);
	STR_EQ(json_get_text(v, "site_name", ""), "Plain");
	OK(json_len(json_get(v, "files")) == 6);
}

/* What Python would import is known by its name. */
static void test_python_names(void)
{
	struct trial t = begin("site_name: Names\nmarkdown_extensions:\n  - pymdownx.superfences:\n      custom_fences:\n"
			       "        - name: mermaid\n          class: mermaid\n"
			       "          format: !!python/name:pymdownx.superfences.fence_div_format\n"
			       "        - {name: '*', class: any, format: !!python/name:os.system }\n");

	put(&t, "docs/index.md", "# A\n\n```mermaid\na-->b\n```\n\n```c\nx\n```\n");
	OK(build(&t) == 0);
	OK(has(out(&t, "index.html"), "<div class=\"mermaid\">a--&gt;b</div>"));
	OK(has(out(&t, "index.html"), "<pre class=\"any\"><code>x"));
}

static void test_settings(void)
{
	struct trial t = begin("site_name: !ENV [NAME, 'From the tag']\nhooks: [evil.py]\nINHERIT: ../base.yml\n"
			       "copyright: '<b onclick=x>Me</b><script>x</script>'\n"
			       "plugins: [search, techdocs-core, exec]\nextra: &e {site_description: merged}\n<<: *e\n"
			       "markdown_extensions:\n  - 'os:system'\n  - pymdownx.snippets: {base_path: [../.., inc, /etc]}\n"
			       "  - pymdownx.superfences:\n      custom_fences:\n        - name: x\n          format: "
			       "!!python/name:os.system\n");

	put(&t, "docs/index.md", "# A\n\n--8<-- \"part.md\"\n\n--8<-- \"../../../../etc/passwd\"\n\n--8<-- \"/etc/passwd\"\n");
	put(&t, "inc/part.md", "From the snippet\n");
	OK(build(&t) == 0);
	OK(has(out(&t, "index.html"), "From the snippet") && lacks(out(&t, "index.html"), "root:"));
	OK(has(out(&t, "index.html"), "<b>Me</b>") && lacks(out(&t, "index.html"), "onclick"));
	OK(has(out(&t, "techdocs_metadata.json"), "\"site_name\":\"From the tag\",\"site_description\":\"merged\""));
	OK(has(t.log.p, "hooks is not used") && has(t.log.p, "INHERIT is not used") &&
	   has(t.log.p, "the plugin exec is not there"));
	OK(has(t.log.p, "os:system is code") && has(t.log.p, "../.. lies outside"));
	OK(t.result.warnings == 2);
}

static void test_refused(void)
{
	static const struct {
		const char *mkdocs, *why;
		int rc;
	} cases[] = {
		{ "docs_dir: ..\n", "docs_dir: .. lies outside", ERR_DENIED },
		{ "docs_dir: ../../etc\n", "lies outside", ERR_DENIED },
		{ "docs_dir: /etc\n", "docs_dir: /etc lies outside", ERR_DENIED },
		{ "docs_dir: docs/../..\n", "lies outside", ERR_DENIED },
		{ "docs_dir: nothing\n", "there is no folder nothing", ERR_INPUT },
		{ "docs_dir: [docs]\n", "mkdocs.yml:1: docs_dir must be text, not array", ERR_INPUT },
		{ "nav: {a: b}\n", "mkdocs.yml:1: nav must be a list", ERR_INPUT },
		{ "a: [\n", "mkdocs.yml: YAML:", ERR_INPUT },
		{ "- a\n", "it must be a map", ERR_INPUT },
		{ "site_name: x\nsite_name: y\n", "unique", ERR_INPUT },
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		struct trial t = begin(cases[i].mkdocs);

		put(&t, "docs/index.md", "# A\n");
		OK(build(&t) == cases[i].rc && has(t.cx.err.text, cases[i].why));
		OK(access(t.options.out, F_OK) < 0 && access(t.options.reader, F_OK) < 0);
	}
}

static void test_links(void)
{
	struct trial t = begin("site_name: x\n");

	put(&t, "docs/index.md", "# A\n");
	put(&t, "shared/in.md", "# Within\n");
	OK(symlink("../shared/in.md", arena_printf(&mem, "%s/docs/in.md", t.options.source)) == 0);
	OK(build(&t) == 0 && has(out(&t, "in/index.html"), "Within"));
	OK(symlink("/etc/passwd", arena_printf(&mem, "%s/docs/out.md", t.options.source)) == 0);
	OK(build(&t) == ERR_DENIED && has(t.cx.err.text, "docs/out.md: it lies outside"));
	unlink(arena_printf(&mem, "%s/docs/out.md", t.options.source));
	OK(symlink("..", arena_printf(&mem, "%s/docs/loop", t.options.source)) == 0);
	OK(build(&t) < 0);
}

static void test_defaults(void)
{
	struct trial t = begin(NULL), bare = begin(NULL);

	t.options.title = "From the entity";
	put(&t, "README.md", "# Only a README\n\n[x](docs/missing.md)\n");
	OK(build(&t) == 0 && has(out(&t, "index.html"), "Only a README"));
	OK(has(out(&t, "techdocs_metadata.json"), "\"site_name\":\"From the entity\",\"site_description\":\"None\""));
	OK(build(&bare) == ERR_INPUT && has(bare.cx.err.text, "there are no documents"));
	put(&bare, "mkdocs.yaml", "site_name: yaml\n");
	put(&bare, "mkdocs.yml", "site_name: yml\n");
	put(&bare, "docs/readme.md", "# Small\n");
	put(&bare, "docs/a.md", "# A\n\n[s](readme.md)\n");
	OK(build(&bare) == 0 && has(out(&bare, "techdocs_metadata.json"), "\"yaml\"") &&
	   has(out(&bare, "index.html"), "Small"));
}

static void test_nav(void)
{
	struct trial t =
		begin("site_name: x\nnot_in_nav: |\n  quiet/*\nexclude_docs: |\n  drafts/\n  *.tmp.md\n  !keep.tmp.md\nnav:\n"
		      "  - Start: index.md\n  - More:\n    - a.md\n    - missing.md\n  - Far: https://example.com/\n"
		      "  - Bad: 'javascript:alert(1)'\n  - 5\n");

	put(&t, "docs/index.md", "# A\n");
	put(&t, "docs/a.md", "# Own title\n");
	put(&t, "docs/drafts/d.md", "# D\n");
	put(&t, "docs/x.tmp.md", "# X\n");
	put(&t, "docs/keep.tmp.md", "# K\n");
	put(&t, "docs/quiet/q.md", "# Q\n");
	OK(build(&t) == 0);
	OK(has(out(&t, "index.html"), "<summary class=\"md-nav__link\">More</summary>"));
	OK(has(out(&t, "index.html"), ">Own title</a>") && has(out(&t, "index.html"), "href=\"https://example.com/\""));
	OK(lacks(out(&t, "index.html"), "javascript"));
	OK(!out(&t, "drafts/d/index.html") && !out(&t, "x.tmp/index.html") && out(&t, "keep.tmp/index.html"));
	OK(has(t.log.p, "mkdocs.yml:12: nav: missing.md is no page") &&
	   has(t.log.p, "docs/keep.tmp.md is a page, but not in nav"));
	OK(lacks(t.log.p, "quiet"));
}

static void test_monorepo(void)
{
	struct trial t = begin("site_name: Whole\nnav:\n  - Home: index.md\n  - Service: '!include ./services/a/mkdocs.yml'\n"
			       "  - '*include ./teams/*/mkdocs.yml'\n  - Gone: '!include nothing/mkdocs.yml'\n"
			       "  - Out: '!include ../x/mkdocs.yml'\n");

	put(&t, "docs/index.md", "# A\n\n[s](service-a/setup.md)\n");
	put(&t, "services/a/mkdocs.yml", "site_name: service-a\nnav:\n  - First: index.md\n  - setup.md\n");
	put(&t, "services/a/docs/index.md", "# SA\n\n[setup](setup.md)\n");
	put(&t, "services/a/docs/setup.md", "# Setup\n");
	put(&t, "teams/x/mkdocs.yml", "site_name: Team X\nnav:\n  - again: '!include mkdocs.yml'\n  - index.md\n");
	put(&t, "teams/x/docs/index.md", "# TX\n");
	OK(build(&t) == ERR_TOOLARGE && has(t.cx.err.text, "sites are included"));
	put(&t, "teams/x/mkdocs.yml", "site_name: Team X\n");
	t.builds = 0;
	OK(build(&t) == 0);
	OK(has(out(&t, "index.html"), "href=\"service-a/\">First</a>") && has(out(&t, "index.html"), ">Team X</summary>"));
	OK(has(out(&t, "index.html"), "<a href=\"service-a/setup/\">s</a>"));
	OK(has(out(&t, "service-a/index.html"), "<a href=\"setup/\">setup</a>"));
	OK(has(out(&t, "Team-X/index.html"), "TX") && t.result.warnings == 2);
}

static void test_moved(void)
{
	struct trial t =
		begin("site_name: x\nplugins:\n  - redirects:\n      redirect_maps:\n        old/a.md: new.md#x\n"
		      "        far.md: https://example.com/\n        bad.md: javascript:alert(1)\n        ../up.md: new.md\n");
	struct reader_page page;

	put(&t, "docs/index.md", "# A\n");
	put(&t, "docs/new.md", "# N\n");
	OK(build(&t) == 0 && t.result.warnings == 2);
	OK(has(out(&t, "old/a/index.html"), "url=../../new/#x") && has(out(&t, "far/index.html"), "url=https://example.com/"));
	OK(reader_open(&t.cx, t.options.reader, "old/a", "/docs/x/", &page) == 0);
	STR_EQ(page.redirect, "/docs/x/new/#x");
}

static void test_incremental(void)
{
	struct trial t = begin("site_name: x\nnav: [index.md, a.md, b.md]\n");

	put(&t, "docs/index.md", "# A\n\n[to a](a.md) [gone](c.md)\n");
	put(&t, "docs/a.md", "# Aaa\n\n--8<-- \"inc.md\"\n");
	put(&t, "docs/b.md", "# Bbb\n");
	put(&t, "docs/f.txt", "file");
	put(&t, "inc.md", "one\n");
	wait_settled(&t, "docs/f.txt");
	OK(build(&t) == 0 && t.result.rendered == 3);

	ino_t b = inode(&t, "b/index.html"), f = inode(&t, "f.txt");

	OK(build(&t) == 0 && t.result.rendered == 0 && inode(&t, "b/index.html") == b && inode(&t, "f.txt") == f);
	OK(t.result.warnings == 1); /* as before, although nothing was rendered */
	put(&t, "inc.md", "two\n");
	OK(build(&t) == 0 && t.result.rendered == 1 && has(out(&t, "a/index.html"), "two"));
	OK(inode(&t, "b/index.html") == b);
	put(&t, "docs/c.md", "# Ccc\n");
	OK(build(&t) == 0 && t.result.rendered == 2 && has(out(&t, "index.html"), "href=\"c/\"") && t.result.warnings == 0);
	put(&t, "mkdocs.yml", "site_name: x\nnav: [index.md, Other: a.md, b.md]\n");
	OK(build(&t) == 0 && t.result.rendered == 0 && has(out(&t, "b/index.html"), ">Other</a>"));
	unlink(arena_printf(&mem, "%s/docs/c.md", t.options.source));
	OK(build(&t) == 0 && t.result.rendered == 1 && !out(&t, "c/index.html") && t.result.warnings == 1);
	put(&t, "docs/f.txt", "other");
	OK(build(&t) == 0);
	STR_EQ(out(&t, "f.txt"), "other");
}

/* A file that is written twice within the granularity of times has the same size, inode and perhaps times. */
static void test_changed_twice(void)
{
	struct trial t = begin("site_name: x\n");

	put(&t, "docs/index.md", "# Aaa\n");
	put(&t, "docs/f.txt", "aaa");
	for (char c = 'b'; c < 'j'; c++) {
		const char *text = arena_printf(&mem, "# Aa%c\n", c);

		OK(build(&t) == 0);
		put(&t, "docs/index.md", text);
		put(&t, "docs/f.txt", text);
		OK(build(&t) == 0 && t.result.rendered == 1 && has(out(&t, "index.html"), arena_printf(&mem, ">Aa%c", c)));
		STR_EQ(out(&t, "f.txt"), text);
	}
}

/* A source with the times of before is read when its inode's time of change says otherwise. */
static void test_times_set_back(void)
{
	struct trial t = begin("site_name: x\n");
	const char *name = arena_printf(&mem, "%s/docs/index.md", t.options.source);
	struct stat st;

	put(&t, "docs/index.md", "# One\n");
	wait_settled(&t, "docs/index.md");
	OK(build(&t) == 0 && build(&t) == 0 && t.result.rendered == 0);
	OK(stat(name, &st) == 0);
	put(&t, "docs/index.md", "# Two\n");

	const struct timespec times[] = { st.st_atim, st.st_mtim };

	OK(utimensat(AT_FDCWD, name, times, 0) == 0);
	OK(build(&t) == 0 && t.result.rendered == 1 && has(out(&t, "index.html"), "Two"));
}

static void damage(const char *path, long at, bool cut)
{
	FILE *f = fopen(path, "r+");
	int c;

	if (!f || fseek(f, at, at < 0 ? SEEK_END : SEEK_SET) < 0 || (c = fgetc(f)) == EOF)
		abort();
	if (cut && ftruncate(fileno(f), ftell(f) - 1) < 0)
		abort();
	if (!cut && (fseek(f, -1, SEEK_CUR) < 0 || fputc(c ^ 1, f) == EOF))
		abort();
	fclose(f);
}

/* What cannot be trusted is not taken over, and what cannot be read is no page. */
static void test_damaged(void)
{
	static const struct {
		const char *file;
		long at;
		bool cut, readable;
	} cases[] = {
		{ "site", 15, false, false }, /* of another version */
		{ "site", 40, false, true },  { "site", -3, false, true },    { "site", -3, true, false },
		{ "site", 100, true, false }, { "parts-0", -2, true, false },
	};
	struct trial t = begin("site_name: x\n");
	struct reader_page page;

	put(&t, "docs/index.md", "# A\n");
	put(&t, "docs/b.md", "# B\n");
	for (size_t i = 0; i < LEN(cases); i++) {
		t.builds = (unsigned)(10 * i);
		OK(build(&t) == 0 && build(&t) == 0 && t.result.rendered == 0);
		damage(arena_printf(&mem, "%s/%s", t.options.reader, cases[i].file), cases[i].at, cases[i].cut);
		OK((reader_open(&t.cx, t.options.reader, "b/", "/d/", &page) == 0) == cases[i].readable);
		OK(build_in_place(&t) == ERR_CONFLICT);
		OK(build(&t) == 0 && t.result.rendered == 2 && has(out(&t, "b/index.html"), ">B<"));
	}
	t.builds = 100;
	OK(build(&t) == 0);
	/* A published site that is not the table's. */
	unlink(arena_printf(&mem, "%s/techdocs_metadata.json", t.options.out));
	OK(build(&t) == 0 && t.result.rendered == 2);
}

/* Two pages with one address: the last one has it, as often as the site is built. */
static void test_same_address(void)
{
	struct trial t = begin("site_name: x\n");

	put(&t, "docs/index.md", "# A\n");
	put(&t, "docs/a.md", "# As a page\n");
	put(&t, "docs/a/index.md", "# As a folder, which is longer\n");
	OK(build(&t) == 0 && has(out(&t, "a/index.html"), "As a folder"));
	OK(build_in_place(&t) == 0 && has(out(&t, "a/index.html"), "As a folder"));
	put(&t, "docs/a.md", "# As another page\n");
	OK(build_in_place(&t) == 0 && has(out(&t, "a/index.html"), "As a folder"));
	OK(build(&t) == 0 && has(out(&t, "a/index.html"), "As a folder"));
}

/* Readers of a site that is brought up to date, in the middle of it and after it was given up. */
static void test_unfinished(void)
{
	struct trial t = begin("site_name: x\n");
	struct reader_page page;

	put(&t, "docs/index.md", "# A\n");
	OK(build(&t) == 0);
	t.options.max_output = 100;
	put(&t, "docs/index.md", "# B\n");
	OK(build_in_place(&t) == ERR_TOOLARGE);
	OK(reader_open(&t.cx, t.options.reader, "", "/d/", &page) == 0 && has(page.article.p, ">A"));
}

static void test_in_place(void)
{
	struct trial t = begin("site_name: x\n");
	struct reader_page page;

	put(&t, "docs/index.md", "# A\n\n[b](deep/er/b.md)\n");
	put(&t, "docs/deep/er/b.md", "# B\n");
	put(&t, "docs/c.md", "# C\n");
	put(&t, "docs/img/f.txt", "one");
	OK(build_in_place(&t) < 0); /* nothing is there */
	OK(build(&t) == 0);

	ino_t folder = inode(&t, "."), c = inode(&t, "c/index.html");

	OK(build_in_place(&t) == 0 && t.result.rendered == 0 && inode(&t, "c/index.html") == c && inode(&t, ".") == folder);
	unlink(arena_printf(&mem, "%s/docs/deep/er/b.md", t.options.source));
	unlink(arena_printf(&mem, "%s/docs/img/f.txt", t.options.source));
	put(&t, "docs/d.md", "# D\n");
	OK(build_in_place(&t) == 0 && t.result.rendered == 2 && inode(&t, ".") == folder);
	OK(!out(&t, "deep/er/b/index.html") && !inode(&t, "deep") && !inode(&t, "img") && has(out(&t, "d/index.html"), ">D<"));
	OK(has(out(&t, "techdocs_metadata.json"), "d/index.html") && lacks(out(&t, "techdocs_metadata.json"), "f.txt"));
	OK(reader_open(&t.cx, t.options.reader, "deep/er/b/", "/d/", &page) == ERR_NOTFOUND);
	OK(reader_open(&t.cx, t.options.reader, "d/", "/d/", &page) == 0 && has(page.article.p, ">D<"));
	/* What somebody took from the site comes back. */
	unlink(arena_printf(&mem, "%s/c/index.html", t.options.out));
	OK(build_in_place(&t) == 0 && t.result.rendered == 0 && has(out(&t, "c/index.html"), ">C<"));
	t.options.max_output = 100;
	OK(build_in_place(&t) == ERR_TOOLARGE);
	t.options.max_output = 0;
	OK(build_in_place(&t) == ERR_CONFLICT); /* it is not known how far that got */
	OK(build(&t) == 0 && t.result.rendered == 3);
}

/* Where the last build lies on another file system nothing can be linked: everything is copied, nothing is rendered again. */
static void test_other_device(void)
{
	char other[] = "/dev/shm/callboard-site-XXXXXX";
	struct trial t = begin("site_name: x\n");
	struct reader_page page;
	struct site_options *o = &t.options;

	if (!mkdtemp(other))
		return;
	put(&t, "docs/index.md", "# A\n");
	put(&t, "docs/b.md", "# B\n");
	OK(build(&t) == 0);
	o->previous_out = o->out;
	o->previous_reader = o->reader;
	o->out = arena_printf(&mem, "%s/out", other);
	o->reader = arena_printf(&mem, "%s/reader", other);
	OK(site_build(&t.cx, o, &t.result) == 0 && t.result.rendered == 0 && has(out(&t, "b/index.html"), ">B<"));
	OK(reader_open(&t.cx, o->reader, "b/", "/d/", &page) == 0 && has(page.article.p, ">B<"));
	folder_remove(other);
}

/* Many builds, each with a page anew: the files of parts are few, and all pages can be read. */
static void test_many_builds(void)
{
	struct trial t = begin("site_name: x\n");
	struct reader_page page;

	for (int i = 0; i < 4; i++)
		put(&t, arena_printf(&mem, "docs/p%d.md", i), "# First\n\ntext that makes it longer\n");
	OK(build(&t) == 0);
	for (int i = 0; i < 30; i++) {
		int rc;

		put(&t, arena_printf(&mem, "docs/p%d.md", i % 3), arena_printf(&mem, "# Round %d\n", i));
		rc = i % 2 ? build(&t) : build_in_place(&t);
		if (rc < 0 || t.result.rendered != 1)
			break;
		for (int k = 0; k < 4 && rc == 0; k++)
			rc = reader_open(&t.cx, t.options.reader, arena_printf(&mem, "p%d/", k), "/d/", &page);
		if (rc < 0)
			break;
		if (i == 29)
			OK(has(page.article.p, "First"));
	}
	OK(reader_open(&t.cx, t.options.reader, "p2/", "/d/", &page) == 0 && has(page.article.p, "Round 29"));
	OK(reader_open(&t.cx, t.options.reader, "p1/", "/d/", &page) == 0 && has(page.article.p, "Round 28"));
}

static int history(struct ctx *cx, void *arg, const char *path, struct site_history *h)
{
	(void)cx;
	(void)arg;
	if (streq(path, "docs/index.md"))
		*h = (struct site_history){ "Ana <ana@example.com>", 1700000000000 };
	return 0;
}

static void test_reader(void)
{
	struct trial t =
		begin("site_name: Site\nsite_description: D\nnav:\n  - Start: index.md\n  - More:\n    - guide/set-up.md\n");
	struct reader_page page;
	struct reader_link *near;
	size_t n;

	t.options.repo_url = "https://github.com/o/r";
	t.options.edit_uri = "edit/main/";
	t.options.history = history;
	put(&t, "docs/index.md",
	    "text\n\n## One\n\n<p data-copy=\"x\" style=\"color: red\" onclick=\"x\">p</p>\n\n```py\nx\n```\n");
	put(&t, "docs/guide/set-up.md", "# Set up\n");
	OK(build(&t) == 0);
	OK(reader_open(&t.cx, t.options.reader, "", "/docs/x/", &page) == 0);
	STR_EQ(page.site_name, "Site");
	STR_EQ(page.site_description, "D");
	STR_EQ(page.title, "Start");
	OK(has(page.article.p, "<h1>Start</h1>") && has(page.article.p, "<p>p</p>"));
	OK(has(page.nav.p, "href=\"/docs/x/\" aria-current=\"page\">Start</a>"));
	OK(has(page.nav.p, "<details><summary") && has(page.nav.p, "href=\"/docs/x/guide/set-up/\""));
	OK(has(page.toc.p, "href=\"#one\">One</a>") && page.has_code && !page.has_mermaid);
	OK(!page.previous.url && streq(page.next.url, "/docs/x/guide/set-up/") && streq(page.next.title, "Set up"));
	STR_EQ(page.edit_url, "https://github.com/o/r/edit/main/docs/index.md");
	STR_EQ(page.author, "Ana <ana@example.com>");
	OK(page.changed_ms == 1700000000000);
	OK(has(out(&t, "index.html"), "2023-11-14") && has(out(&t, "index.html"), "style=\"color: red;\""));
	static const char *const paths[] = { "guide/set-up/", "guide/set-up", "guide/set-up/index.html", "/guide/set-up/" };

	for (size_t i = 0; i < LEN(paths); i++)
		OK(reader_open(&t.cx, t.options.reader, paths[i], "/d/", &page) == 0 && streq(page.title, "Set up"));
	OK(has(page.nav.p, "<details open><summary") && page.toc.n == 0);
	OK(reader_open(&t.cx, t.options.reader, "../../etc/passwd", "/d/", &page) == ERR_NOTFOUND);
	OK(reader_open(&t.cx, t.options.reader, "parts/index.md", "/d/", &page) == ERR_NOTFOUND);
	OK(reader_open(&t.cx, "/nonexistent", "", "/d/", &page) == ERR_NOTFOUND);
	OK(reader_suggest(&t.cx, t.options.reader, "guide/setup/", "/d/", 5, &near, &n) == 0 && n == 1);
	STR_EQ(near[0].url, "/d/guide/set-up/");
}

static void test_files_as_urls(void)
{
	struct trial t = begin("site_name: x\nuse_directory_urls: false\n");
	struct reader_page page;

	put(&t, "docs/index.md", "# A\n\n[x](\xc5\xbe lut.md)\n");
	put(&t, "docs/\xc5\xbe lut.md", "# B\n");
	OK(build(&t) == 0 && out(&t, "\xc5\xbe lut.html"));
	OK(reader_open(&t.cx, t.options.reader, "", "/d/", &page) == 0 && streq(page.title, "A"));
	OK(reader_open(&t.cx, t.options.reader, "\xc5\xbe lut.html", "/d/", &page) == 0 && streq(page.title, "B"));
	OK(has(page.nav.p, "href=\"/d/%C5%BE%20lut.html\""));
}

static void test_limits(void)
{
	struct trial t = begin("site_name: x\n");
	struct buf big = { .mem = &mem };

	put(&t, "docs/index.md", "# A\n");
	put(&t, "docs/b.md", "# B\n");
	for (size_t i = 0; i < 100000; i++)
		buf_adds(&big, "<div>\n");
	put(&t, "docs/deep.md", big.p);
	OK(build(&t) == 0 && t.result.failed == 1 && has(out(&t, "deep/index.html"), "could not be rendered"));
	OK(has(out(&t, "b/index.html"), ">B<"));
	OK(build(&t) == 0 && t.result.rendered == 1); /* tried again */
	t.options.max_files = 2;
	OK(build(&t) == ERR_TOOLARGE);
	t.options.max_files = 0;
	t.options.max_source = 100;
	OK(build(&t) == ERR_TOOLARGE);
	t.options.max_source = 0;
	t.options.max_output = 1000;
	t.builds = 10;
	OK(build(&t) == ERR_TOOLARGE && access(t.options.out, F_OK) < 0 && access(t.options.reader, F_OK) < 0);
}

/* The renderer of a page that takes more than it may ends; the other pages do not notice. */
static void test_renderer_ends(void)
{
	struct trial t = begin("site_name: x\n");
	struct buf big = { .mem = &mem };

	put(&t, "docs/index.md", "# A\n");
	put(&t, "docs/z.md", "# Z\n");
	for (size_t i = 0; i < 300000; i++)
		buf_addf(&big, "para *%zu* [a](b.md)\n\n", i);
	put(&t, "docs/big.md", big.p);
	t.options.page_cpu_ms = 5;
	OK(build(&t) == 0 && t.result.failed >= 1 && has(out(&t, "big/index.html"), "processor time"));
	OK(out(&t, "z/index.html") && t.result.pages == 3);
	if (!CAN_LIMIT_MEMORY)
		return;
	t.options.page_cpu_ms = 0;
	t.options.page_memory = 8 << 20;
	OK(build(&t) == 0 && has(out(&t, "big/index.html"), "memory") && has(out(&t, "z/index.html"), ">Z<"));
}

static void test_check(void)
{
	struct trial t = begin("site_name: x\nnav: [index.md]\n");
	struct site_fault *faults;
	size_t n;

	put(&t, "docs/index.md",
	    "# A\n\n[a](gone.md)\n\n[b](b.md#there)\n[b](b.md#not)\n![i](i.png)\n[self](#nothing) [a](gone.md)\n");
	put(&t, "docs/b.md", "# B\n\n## There\n");
	t.options.out = arena_printf(&mem, "%s/check", t.folder);
	OK(site_check(&t.cx, &t.options, &faults, &n) == 0 && n == 6);
	if (n != 6)
		return;
	STR_EQ(faults[0].file, "docs/b.md");
	STR_EQ(faults[0].what, "the page is not in nav");
	OK(faults[1].line == 3 && has(faults[1].what, "gone.md leads nowhere"));
	OK(faults[2].line == 6 && has(faults[2].what, "docs/b.md has no such anchor"));
	OK(faults[3].line == 7 && has(faults[3].what, "i.png leads nowhere"));
	OK(faults[4].line == 8 && faults[5].line == 8);
	OK(access(t.options.out, F_OK) < 0);
}

int main(void)
{
	if (!mkdtemp(top))
		return 1;
	test_plain();
	test_python_names();
	test_settings();
	test_refused();
	test_links();
	test_defaults();
	test_nav();
	test_monorepo();
	test_moved();
	test_incremental();
	test_changed_twice();
	test_times_set_back();
	test_damaged();
	test_in_place();
	test_same_address();
	test_unfinished();
	test_other_device();
	test_many_builds();
	test_reader();
	test_files_as_urls();
	test_limits();
	test_renderer_ends();
	test_check();
	folder_remove(top);
	arena_release(&mem);
	return DONE();
}
