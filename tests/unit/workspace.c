/* The folder a template works in: nothing is read or written outside of it, and it holds no more than it may. */
#include "scaffolder/workspace.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "ext/tar.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static const char *base;

static const char *error_of(int rc)
{
	return rc < 0 ? cx.err.text : "no error";
}

static const char *clean(const char *path)
{
	const char *out;

	return workspace_path(&cx, path, &out) < 0 ? cx.err.text : out;
}

static void paths(void)
{
#define OUTSIDE "Relative path is not allowed to refer to a directory outside its parent"
	STR_EQ(clean("a/./b//c/"), "a/b/c");
	STR_EQ(clean("./"), "");
	STR_EQ(clean("a/../b"), "b");
	STR_EQ(clean("/workspace/a/b"), "a/b");
	STR_EQ(clean("/workspace"), "");
	STR_EQ(clean("/workspaces/a"), OUTSIDE);
	STR_EQ(clean("/etc/passwd"), OUTSIDE);
	STR_EQ(clean(".."), OUTSIDE);
	STR_EQ(clean("a/../../b"), OUTSIDE);
	STR_EQ(clean("a/../../workspace/b"), OUTSIDE);
	STR_EQ(clean("/workspace/../b"), OUTSIDE);
	STR_EQ(clean("a/.git/config"), "'.git' may not be touched: it belongs to git");
	STR_EQ(clean(".GIT"), "'.GIT' may not be touched: it belongs to git");
	STR_EQ(clean(".git./hooks"), "'.git.' may not be touched: it belongs to git");
	STR_EQ(clean("git~1/hooks"), "'git~1' may not be touched: it belongs to git");
	STR_EQ(clean(".git::$INDEX_ALLOCATION"), "'.git::$INDEX_ALLOCATION' may not be touched: it belongs to git");
	STR_EQ(clean(".gitignore"), ".gitignore");
	STR_EQ(clean(".github/x"), ".github/x");
	OK(workspace_path(&cx, "a\xff", &(const char *){ NULL }) == ERR_INPUT);
	char *longest = arena_alloc(&mem, 5001);

	memset(longest, 'x', 5000);
	OK(workspace_path(&cx, longest, &(const char *){ NULL }) == ERR_INPUT);
}

/* "a/b:644 d/ l@" */
static const char *listed(const struct workspace_entries *all)
{
	struct buf b = { .mem = &mem };

	for (size_t i = 0; i < all->n; i++) {
		const struct workspace_entry *e = &all->items[i];

		buf_addf(&b, "%s%s", i ? " " : "", e->path);
		if (e->kind == WORKSPACE_FILE)
			buf_addf(&b, ":%o", e->mode);
		else
			buf_addc(&b, e->kind == WORKSPACE_FOLDER ? '/' : '@');
	}
	return buf_text(&b);
}

static const char *all_of(const struct workspace *w)
{
	struct workspace_entries all = { 0 };

	return workspace_list(&cx, w, "", true, &all) < 0 ? cx.err.text : listed(&all);
}

static const char *globbed(const struct workspace *w, const char *glob)
{
	struct workspace_entries all = { 0 };

	return workspace_glob(&cx, w, glob, &all) < 0 ? cx.err.text : listed(&all);
}

static const char *content(const struct workspace *w, const char *path)
{
	struct str s;

	return workspace_read(&cx, w, path, 1000, &s) < 0 ? cx.err.text : s.p;
}

static struct workspace fresh(const struct workspace_limits *limits)
{
	struct workspace w = { 0 };

	if (workspace_make(&cx, base, limits, &w) < 0)
		printf("Bail out! %s\n", cx.err.text);
	return w;
}

static void files(void)
{
	struct workspace w = fresh(NULL);

	OK(workspace_write(&cx, &w, "d/e/run.sh", STR("#!/bin/sh\n"), 0755) == 0);
	OK(workspace_write(&cx, &w, ".hidden", STR("h"), 0) == 0);
	STR_EQ(all_of(&w), ".hidden:644 d/ d/e/ d/e/run.sh:755");
	OK(w.files == 4 && w.bytes == 11);
	OK(workspace_write(&cx, &w, "d/e/run.sh", STR("x"), 0) == 0);
	STR_EQ(content(&w, "./d/e/run.sh"), "x");
	OK(w.files == 4 && w.bytes == 2);
	STR_EQ(globbed(&w, "**/*.sh"), "d/e/run.sh:755");
	STR_EQ(globbed(&w, "./.h*"), ".hidden:644");
	STR_EQ(error_of(workspace_rename(&cx, &w, "none", "y", false)), "none: no such file or directory");
	STR_EQ(error_of(workspace_rename(&cx, &w, ".hidden", "d/e/run.sh", false)), "dest already exists: d/e/run.sh");
	OK(workspace_rename(&cx, &w, ".hidden", "d/e/run.sh", true) == 0);
	STR_EQ(content(&w, "d/e/run.sh"), "h");
	OK(workspace_rename(&cx, &w, "d/e", "f/g", false) == 0);
	STR_EQ(all_of(&w), "d/ f/ f/g/ f/g/run.sh:644");
	OK(workspace_delete(&cx, &w, "f") == 0);
	OK(workspace_delete(&cx, &w, "f") == 0);
	STR_EQ(all_of(&w), "d/");
	OK(w.files == 1 && w.bytes == 0);
	OK(workspace_delete(&cx, &w, ".") == ERR_INPUT);
	OK(workspace_write(&cx, &w, "d", STR("x"), 0) == ERR_INPUT);
	OK(workspace_write(&cx, &w, ".", STR("x"), 0) == ERR_INPUT);
	OK(workspace_read(&cx, &w, "d", 10, &(struct str){ 0 }) == ERR_INPUT);
	OK(access(w.path, F_OK) == 0);
}

static void links(void)
{
	struct workspace w = fresh(NULL), to = fresh(NULL);

	OK(workspace_write(&cx, &w, "in/a", STR("1"), 0) == 0);
	OK(symlinkat("/etc", w.fd, "etc") == 0 && symlinkat("../..", w.fd, "up") == 0 && symlinkat("in", w.fd, "fine") == 0);
	OK(symlinkat("/etc/hostname", w.fd, "file") == 0 && symlinkat("loop", w.fd, "loop") == 0);
	OK(workspace_read(&cx, &w, "etc/passwd", 1 << 20, &(struct str){ 0 }) == ERR_DENIED);
	OK(workspace_read(&cx, &w, "file", 1 << 20, &(struct str){ 0 }) == ERR_DENIED);
	OK(workspace_read(&cx, &w, "loop", 1 << 20, &(struct str){ 0 }) == ERR_DENIED);
	OK(workspace_write(&cx, &w, "etc/callboard-test", STR("x"), 0) == ERR_DENIED);
	OK(workspace_write(&cx, &w, "up/x", STR("x"), 0) == ERR_DENIED);
	OK(workspace_write(&cx, &w, "file", STR("x"), 0) == ERR_DENIED);
	OK(workspace_list(&cx, &w, "etc", true, &(struct workspace_entries){ 0 }) == ERR_DENIED);
	OK(workspace_delete(&cx, &w, "up/x") == 0);
	OK(workspace_rename(&cx, &w, "in/a", "etc/a", false) == ERR_DENIED);
	OK(workspace_write(&cx, &w, "fine/b", STR("2"), 0) == 0);
	STR_EQ(all_of(&w), "etc@ file@ fine@ in/ in/a:644 in/b:644 loop@ up@");
	OK(workspace_copy(&cx, &w, ".", &to, "all", false) == 0);
	STR_EQ(all_of(&to), "all/ all/etc@ all/file@ all/fine@ all/in/ all/in/a:644 all/in/b:644 all/loop@ all/up@");
	STR_EQ(error_of(workspace_copy(&cx, &w, "etc/passwd", &to, "p", false)),
	       "etc/passwd: a link leads out of the workspace");
	OK(workspace_delete(&cx, &w, "etc") == 0);
	OK(access("/etc/passwd", F_OK) == 0);
}

static void copies(void)
{
	struct workspace w = fresh(NULL), to = fresh(NULL);

	OK(mkdirat(w.fd, ".git", 0755) == 0);
	OK(workspace_write(&cx, &w, "a", STR("new"), 0755) == 0);
	OK(workspace_write(&cx, &to, "a", STR("old"), 0) == 0);
	OK(workspace_copy(&cx, &w, "", &to, "", true) == 0);
	STR_EQ(content(&to, "a"), "old");
	OK(workspace_copy(&cx, &w, "", &to, "", false) == 0);
	STR_EQ(content(&to, "a"), "new");
	STR_EQ(all_of(&to), "a:755");
	OK(workspace_copy(&cx, &w, "", &w, "sub", false) == 0);
	STR_EQ(all_of(&w), "a:755 sub/ sub/a:755");
	OK(workspace_copy(&cx, &w, "a", &to, ".git/hooks/post-checkout", false) == ERR_DENIED);
	OK(workspace_copy(&cx, &w, "a", &to, "../a", false) == ERR_DENIED);
}

static void limits(void)
{
	const struct workspace_limits small = { .bytes = 10, .files = 3 };
	struct workspace w = fresh(&small), again;

	OK(workspace_write(&cx, &w, "d/a", STR("12345678"), 0) == 0);
	STR_EQ(error_of(workspace_write(&cx, &w, "b", STR("123"), 0)), "b: the workspace would hold more than 10 bytes");
	OK(workspace_write(&cx, &w, "c", STR("1"), 0) == ERR_TOOLARGE);
	STR_EQ(cx.err.text, "c: the workspace would have more than 3 files");
	OK(workspace_write(&cx, &w, "d/a", STR("1234567890"), 0) == 0);
	OK(workspace_open(&cx, w.path, NULL, &again) == 0 && again.bytes == 10);
	struct workspace big = fresh(NULL), to = fresh(&small);

	OK(workspace_write(&cx, &big, "x/large", STR("123456789012345"), 0) == 0);
	OK(workspace_copy(&cx, &big, "", &to, "", false) == ERR_TOOLARGE);
	OK(strstr(cx.err.text, "x/large") != NULL);
}

/* A stream in memory, in pieces. */
enum { PIECE = 1000, PIECES_MOST = 4000 };
static struct {
	struct str pieces[PIECES_MOST];
	size_t n, at, most;
} stream;

static int take(struct ctx *of, void *arg, struct str bytes)
{
	(void)arg;
	if (stream.n == stream.most)
		return fail(of, ERR_CONFLICT, "no more than %zu", stream.most);
	stream.pieces[stream.n++] = (struct str){ memcpy(arena_raw(&mem, bytes.n + 1), bytes.p, bytes.n), bytes.n };
	return 0;
}

static int give(struct ctx *of, void *arg, struct str *bytes)
{
	(void)of, (void)arg;
	if (stream.at == stream.n)
		return 0;
	*bytes = stream.pieces[stream.at++];
	return 1;
}

static int pack(const struct workspace *w, size_t most)
{
	stream.n = stream.at = 0;
	stream.most = most;
	return workspace_pack(&cx, w, PIECE, take, NULL);
}

static int unpack(struct workspace *w)
{
	stream.at = 0;
	return workspace_unpack(&cx, w, give, NULL);
}

static mode_t mode_of(const struct workspace *w, const char *path)
{
	struct workspace_entry e = { 0 };

	return workspace_stat(&cx, w, path, &e) == 0 ? e.mode : 0;
}

static void packs(void)
{
	struct workspace w = fresh(NULL), to = fresh(NULL);
	char noise[10 * PIECE], link[64] = "";
	const char *deep = arena_printf(&mem, "%0150d/%0150d/%0150d", 1, 2, 3);

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(random() >> 7);
	OK(workspace_write(&cx, &w, "run.sh", STR("#!/bin/sh\n"), 0755) == 0);
	OK(workspace_write(&cx, &w, "größe/ä b\n", STR("text"), 0600) == 0);
	OK(workspace_write(&cx, &w, "nothing", STR(""), 0) == 0);
	OK(workspace_write(&cx, &w, "noise", (struct str){ noise, sizeof(noise) }, 0) == 0);
	OK(workspace_write(&cx, &w, deep, STR("deep"), 0) == 0);
	OK(workspace_folder(&cx, &w, "empty/inner") == 0);
	OK(workspace_write(&cx, &w, "closed/file", STR("c"), 0444) == 0);
	OK(workspace_mode(&cx, &w, "closed", 0555) == 0);
	OK(symlinkat("../../etc/passwd", w.fd, "leads-outside") == 0);
	OK(symlinkat("no\xff", w.fd, "odd") == 0);
	OK(pack(&w, PIECES_MOST) == 0);
	OK(stream.n > 10);
	for (size_t i = 0; i + 1 < stream.n; i++)
		if (stream.pieces[i].n != PIECE)
			OK(!"a piece is of its size");
	OK(unpack(&to) == 0);
	STR_EQ(all_of(&to), all_of(&w));
	STR_EQ(content(&to, "größe/ä b\n"), "text");
	STR_EQ(content(&to, deep), "deep");
	OK(mode_of(&to, "closed") == 0555 && mode_of(&to, "empty/inner") == 0755);
	OK(readlinkat(to.fd, "leads-outside", link, sizeof(link) - 1) == 16 && streq(link, "../../etc/passwd"));
	OK(readlinkat(to.fd, "odd", link, sizeof(link) - 1) == 3 && link[2] == '\xff');
	struct str back = { 0 };

	OK(workspace_read(&cx, &to, "noise", sizeof(noise), &back) == 0 && str_eq(back, (struct str){ noise, sizeof(noise) }));
	OK(workspace_mode(&cx, &w, "closed", 0755) == 0 && workspace_mode(&cx, &to, "closed", 0755) == 0);

	/* Half of it, something else, too much of it, and whoever takes no more. */
	size_t whole = stream.n;
	const struct workspace_limits small = { .bytes = 5000, .files = 100 };
	struct workspace half = fresh(NULL), little = fresh(&small), odd = fresh(NULL), none = fresh(NULL);

	stream.n = whole / 2;
	OK(unpack(&half) == ERR_INPUT);
	stream.n = whole;
	OK(unpack(&little) == ERR_TOOLARGE);
	stream.pieces[0] = STR("this is no tar, and it is longer than a header of one would be, or of a compressed stream");
	OK(unpack(&odd) == ERR_INPUT);
	OK(pack(&w, 3) == ERR_CONFLICT);
	STR_EQ(cx.err.text, "no more than 3");
	OK(pack(&none, PIECES_MOST) == 0 && unpack(&none) == 0);
	STR_EQ(all_of(&none), "");
}

/* What such a stream would make, had it been written by somebody else. */
static int hostile(const struct tar_entry *entries, size_t n)
{
	struct workspace to = fresh(NULL);
	AUTO_TAR_WRITER t = NULL;

	stream.n = stream.at = 0;
	stream.most = PIECES_MOST;
	t = tar_write(&cx, PIECE, take, NULL);
	for (size_t i = 0; i < n; i++) {
		OK(tar_add(t, &entries[i]) == 0);
		if (entries[i].kind == TAR_FILE)
			OK(tar_add_bytes(t, STR("mine")) == 0);
	}
	OK(tar_finish(t) == 0);
	return unpack(&to);
}

static void hostile_streams(void)
{
	static const char *const paths[] = { "../outside", "/outside", "a/../../outside", ".git/config", ".." };
	const char *outside = arena_printf(&mem, "%s/outside", base);

	for (size_t i = 0; i < LEN(paths); i++)
		OK(hostile(&(struct tar_entry){ .path = paths[i], .mode = 0644, .bytes = 4 }, 1) == ERR_DENIED);
	OK(hostile(&(struct tar_entry){ .path = ".", .kind = TAR_FOLDER, .mode = 0 }, 1) == ERR_INPUT);
	for (size_t i = 0; i < 2; i++) {
		const struct tar_entry by_link[] = {
			{ .path = "l", .kind = TAR_LINK, .mode = 0777, .target = i ? base : ".." },
			{ .path = "l/outside", .mode = 0644, .bytes = 4 },
		};

		OK(hostile(by_link, 2) == ERR_DENIED);
	}
	const struct tar_entry over_link[] = {
		{ .path = "l", .kind = TAR_LINK, .mode = 0777, .target = outside },
		{ .path = "l", .mode = 0644, .bytes = 4 },
	};

	OK(hostile(over_link, 2) < 0);
	const struct tar_entry folder_by_link[] = {
		{ .path = "l", .kind = TAR_LINK, .mode = 0777, .target = ".." },
		{ .path = "l/outside", .kind = TAR_FOLDER, .mode = 0755 },
	};

	OK(hostile(folder_by_link, 2) == ERR_DENIED);
	OK(access(outside, F_OK) < 0);
}

int main(void)
{
	char dir[] = "/tmp/callboard-workspace-XXXXXX";

	base = mkdtemp(dir);
	umask(022);
	paths();
	files();
	links();
	copies();
	limits();
	packs();
	hostile_streams();
	arena_release(&mem);
	OK(rmdir(base) == 0); /* each went with the memory */
	return DONE();
}
