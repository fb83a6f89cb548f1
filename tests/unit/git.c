/* Mirrors of a repository made here: following refs, reading, what is refused, and a server that hangs. */
#include "ext/git.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static char dir[] = "/tmp/test-git-XXXXXX";

/* Runs git in the repository, without anybody's settings. */
static void git(const char *args)
{
	const char *command = arena_printf(&mem,
					   "cd %s/repo && HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 git -c user.name=t "
					   "-c user.email=t@example.test %s >/dev/null 2>&1",
					   dir, args);

	OK(system(command) == 0);
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(arena_printf(&mem, "%s/repo/%s", dir, name), "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static void make_repository(void)
{
	if (!mkdtemp(dir) || mkdir(arena_printf(&mem, "%s/repo", dir), 0700) < 0)
		abort();
	git("init -q -b main .");
	if (mkdir(arena_printf(&mem, "%s/repo/docs", dir), 0700) < 0)
		abort();
	put("catalog-info.yaml", "kind: Component\n");
	put("docs/a.md", "# A\n");
	put("docs/b.txt", "b");
	if (symlink("/etc/passwd", arena_printf(&mem, "%s/repo/link", dir)) < 0)
		abort();
	git("add -A");
	git("commit -q -m one");
	git("tag -a -m v1 v1");
}

static struct git_source source(const char *ref)
{
	return (struct git_source){ .url = arena_printf(&mem, "file://%s/repo", dir),
				    .ref = ref,
				    .cache = arena_printf(&mem, "%s/cache/deep", dir) };
}

static const char *head_of(const char *ref, const char *known)
{
	struct git_source src = source(ref);
	const char *commit = NULL;

	return git_update(&cx, &src, known, &commit) < 0 ? NULL : commit;
}

static const char *text_of(const char *commit, const char *path)
{
	struct git_source src = source(NULL);
	struct str out;

	return git_read(&cx, &src, commit, path, 1000, &out) < 0 ? NULL : out.p;
}

static void following(void)
{
	const char *one = head_of(NULL, NULL), *two;

	OK(one && strlen(one) == 40);
	STR_EQ(text_of(one, "catalog-info.yaml"), "kind: Component\n");
	STR_EQ(head_of("main", one), one);
	STR_EQ(head_of("v1", NULL), one);
	STR_EQ(head_of("refs/heads/main", NULL), one);
	STR_EQ(head_of(one, NULL), one);
	put("catalog-info.yaml", "kind: API\n");
	git("commit -q -a -m two");
	two = head_of(NULL, one);
	OK(two && !streq(two, one));
	STR_EQ(text_of(two, "catalog-info.yaml"), "kind: API\n");
	STR_EQ(text_of(one, "catalog-info.yaml"), "kind: Component\n");
	STR_EQ(head_of("v1", one), one);
	/* A branch becomes a folder of branches. */
	git("branch a");
	STR_EQ(head_of("a", NULL), two);
	git("branch -m a a/b");
	STR_EQ(head_of("a/b", NULL), two);
	/* History that was rewritten. */
	git("reset -q --hard HEAD~1");
	STR_EQ(head_of("main", two), one);
}

static void reading(void)
{
	static const char *const bad[] = {
		"", "/catalog-info.yaml", "../x", "docs/../x", "docs//a.md", "./x", "docs", "link", "docs/"
	};
	const char *commit = head_of("main", NULL);
	struct git_source src = source(NULL);
	struct str out;

	for (size_t i = 0; i < LEN(bad); i++)
		OK(git_read(&cx, &src, commit, bad[i], 1000, &out) == ERR_INPUT);
	OK(git_read(&cx, &src, commit, "nothing", 1000, &out) == ERR_NOTFOUND);
	OK(git_read(&cx, &src, commit, "link/x", 1000, &out) == ERR_NOTFOUND);
	OK(git_read(&cx, &src, commit, "docs/a.md", 3, &out) == ERR_TOOLARGE);
	OK(git_read(&cx, &src, commit, "docs/a.md", 4, &out) == 0 && out.n == 4);
	OK(git_read(&cx, &src, "0123456789012345678901234567890123456789", "docs/a.md", 9, &out) == ERR_NOTFOUND);
	OK(git_read(&cx, &src, "main", "docs/a.md", 9, &out) == ERR_INPUT);
	src.url = "https://example.test/never/fetched";
	OK(git_read(&cx, &src, commit, "docs/a.md", 9, &out) == ERR_NOTFOUND);
}

static void globbing(void)
{
	const char *commit = head_of("main", NULL), **paths = NULL;
	struct git_source src = source(NULL);
	size_t n = 9;

	OK(git_glob(&cx, &src, commit, "**/*", 100, &paths, &n) == 0 && n == 3);
	STR_EQ(paths[0], "catalog-info.yaml");
	STR_EQ(paths[2], "docs/b.txt");
	OK(git_glob(&cx, &src, commit, "docs/*.md", 100, &paths, &n) == 0 && n == 1);
	STR_EQ(paths[0], "docs/a.md");
	OK(git_glob(&cx, &src, commit, "*.yaml", 100, &paths, &n) == 0 && n == 1);
	OK(git_glob(&cx, &src, commit, "none/*", 100, &paths, &n) == 0 && n == 0);
	OK(git_glob(&cx, &src, commit, "**/*", 2, &paths, &n) == 0 && n == 2);
}

static void refused(void)
{
	struct git_source src = source("no-such-branch");
	const char *commit = NULL;

	OK(git_update(&cx, &src, NULL, &commit) == ERR_NOTFOUND);
	OK(strstr(cx.err.text, "no branch or tag 'no-such-branch'"));
	src.ref = "0123456789012345678901234567890123456789";
	OK(git_update(&cx, &src, NULL, &commit) == ERR_NOTFOUND);
	src = source(NULL);
	src.url = arena_printf(&mem, "file://%s/nowhere", dir);
	OK(git_update(&cx, &src, NULL, &commit) == ERR_NOTFOUND);
	STR_EQ(cx.err.text, arena_printf(&mem, "%s: no such git repository", src.url));
	src.url = "ext::sh -c true";
	OK(git_update(&cx, &src, NULL, &commit) == ERR_INPUT);
	src.url = "ftp://example.test/x";
	OK(git_update(&cx, &src, NULL, &commit) == ERR_INPUT);
	src.url = "http://ana:geheim@127.0.0.1:1/x";
	OK(git_update(&cx, &src, NULL, &commit) == ERR_UPSTREAM);
	OK(!strstr(cx.err.text, "geheim") && strstr(cx.err.text, "http://127.0.0.1:1/x"));
	OK(!commit);
}

/* A folder becomes files, without links; who changed them last is told. */
static void folders(void)
{
	const struct unpack_limits wide = { .bytes = 1 << 20, .files = 100 };
	const char *to = arena_printf(&mem, "%s/to", dir), *commit;
	struct git_source src = source(NULL);
	struct unpack_result r = { 0 };
	struct map history = { 0 };
	const struct git_change *change;

	OK(system(arena_printf(&mem, "mkdir -p %s/repo/site/docs && ln -sf /etc/passwd %s/repo/site/docs/link.md", dir, dir)) ==
	   0);
	put("site/mkdocs.yml", "site_name: x\n");
	put("site/docs/index.md", "# One\n");
	git("add -A");
	git("commit -q -m site --author 'Ana Writer <ana@example.test>' --date 2026-01-02T03:04:05Z");
	commit = head_of("main", NULL);
	OK(git_tree_write(&cx, &src, commit, "site", to, &wide, &r) == 0);
	OK(r.files == 2 && r.left_out == 1);
	OK(system(arena_printf(&mem, "grep -q One %s/docs/index.md && ! test -e %s/docs/link.md", to, to)) == 0);
	OK(git_tree_write(&cx, &src, commit, "no/such", to, &wide, &r) == ERR_NOTFOUND);
	OK(git_tree_write(&cx, &src, commit, "site", to, &(struct unpack_limits){ .bytes = 5, .files = 9 }, &r) ==
	   ERR_TOOLARGE);
	OK(git_tree_write(&cx, &src, commit, "", to, &(struct unpack_limits){ .bytes = 1 << 20, .files = 1 }, &r) ==
	   ERR_TOOLARGE);
	OK(git_history(&cx, &src, commit, "site", &history) == 0);
	change = map_get(&history, "docs/index.md");
	STR_EQ(change ? change->author : NULL, "Ana Writer");
	OK(change && change->at_ms == 1767323045000);
}

/* Trees that share subtrees have a million files in a few bytes: a commit is looked at as far as it goes, and a merge not at
 * all. */
static void many_changes(void)
{
	static const char script[] =
		"cd %s/repo && b=$(echo x | git hash-object -w --stdin) && t=$b && kind='100644 blob' && for level in 1 2 3 4 "
		"5 6; do "
		"t=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '%%s %%s\\tn%%s\\n' \"$kind\" $t $i; done | git mktree) && "
		"kind='040000 tree'; done && c=$(echo many | git commit-tree $t -p HEAD) && git update-ref refs/heads/many $c "
		"&& "
		"git update-ref refs/heads/merged $(echo merge | git commit-tree $t -p HEAD -p $(git rev-parse HEAD~1))";
	struct git_source src = source(NULL);
	struct map history = { 0 };

	OK(system(arena_printf(&mem, script, dir)) == 0);
	OK(git_history(&cx, &src, head_of("many", NULL), "", &history) == 0);
	OK(history.n > 0 && history.n <= 200000);
	history = (struct map){ 0 };
	OK(git_history(&cx, &src, head_of("merged", NULL), "", &history) == 0);
	OK(history.n > 0 && history.n < 100);
}

/* A server that accepts and never says a word. */
static void silence(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	struct git_source src = source(NULL);
	const char *commit = NULL;
	uint64_t before = clock_mono_us();
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	OK(bind(fd, (const struct sockaddr *)&at, n) == 0 && listen(fd, 4) == 0);
	OK(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
	src.url = arena_printf(&mem, "http://127.0.0.1:%d/x", ntohs(at.sin_port));
	src.timeout_ms = 200;
	OK(git_update(&cx, &src, NULL, &commit) == ERR_TIMEOUT);
	OK(clock_mono_us() - before < 5000000);
	close(fd);
}

/* A killed process leaves lock files and half a pack behind. */
static void recovery(void)
{
	const char *command =
		arena_printf(&mem,
			     "cd %s/cache/deep && for m in *.git; do mkdir -p $m/refs/callboard; touch ${m%%.git}.busy "
			     "$m/packed-refs.lock $m/objects/pack/pack_git2_x; for r in $m/refs/callboard/*; do "
			     "touch $r.lock; done; done",
			     dir);
	const char *old = head_of("main", NULL);

	OK(system(command) == 0);
	put("catalog-info.yaml", "kind: Group\n");
	git("commit -q -a -m three");

	const char *fresh = head_of("main", old);

	OK(fresh && !streq(fresh, old));
	STR_EQ(fresh ? text_of(fresh, "catalog-info.yaml") : NULL, "kind: Group\n");
	OK(system(arena_printf(&mem, "cd %s/cache/deep && ! ls | grep busy && ! find . -name 'pack_git2_*' | grep .", dir)) ==
	   0);
	OK(system(arena_printf(&mem, "cd %s/cache/deep && for m in *.git; do echo x > $m/HEAD; done", dir)) == 0);
	STR_EQ(head_of("main", old), fresh);
}

static int remove_any(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

int main(void)
{
	make_repository();
	following();
	reading();
	globbing();
	folders();
	many_changes();
	recovery();
	refused();
	silence();
	nftw(dir, remove_any, 16, FTW_DEPTH | FTW_PHYS);
	arena_release(&mem);
	return DONE();
}
