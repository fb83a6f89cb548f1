/* Commits of a folder, pushed to repositories made here: what is in them, what is refused, and doing it again. */
#include "ext/git_publish.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folder.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static char dir[] = "/tmp/test-publish-XXXXXX";

static const char *at(const char *path)
{
	return arena_printf(&mem, "%s/%s", dir, path);
}

/* What a command says, without its last line break. */
static const char *said(const char *command)
{
	static char text[20000];
	FILE *f = popen(arena_printf(&mem,
				     "cd %s && HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t "
				     "GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t sh -c '%s' 2>&1",
				     dir, command),
			"r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (!f || pclose(f) < 0)
		abort();
	text[n] = '\0';
	if (n && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return arena_strdup(&mem, text);
}

static void put(const char *name, const char *text, mode_t mode)
{
	const char *path = at(name);
	FILE *f = folder_make_for(&mem, path, 0755) ? fopen(path, "w") : NULL;

	if (!f || fputs(text, f) < 0 || fclose(f) != 0 || chmod(path, mode) < 0)
		abort();
}

static void link_to(const char *name, const char *target)
{
	if (symlink(target, at(name)) < 0)
		abort();
}

static struct git_publish publication(const char *folder, const char *repo, const char *branch)
{
	return (struct git_publish){ .to = { .url = arena_printf(&mem, "file://%s/%s", dir, repo) },
				     .folder = at(folder),
				     .scratch = at("scratch"),
				     .branch = branch,
				     .message = "initial commit",
				     .author = { "Ana", "ana@example.test" },
				     .committer = { "Scaffolder", "scaffolder@example.test" },
				     .at_s = 1700000000 };
}

static void fill(void)
{
	put("site/README.md", "# Site\n", 0644);
	put("site/run.sh", "#!/bin/sh\n", 0755);
	put("site/docs/a b.md", "", 0644);
	put("site/node_modules/x.js", "x", 0644);
	put("site/out.log", "x", 0644);
	put("site/docs/keep.log", "x", 0644);
	put("site/.gitignore", "node_modules/\n*.log\n!docs/*.log\n", 0644);
	put("site/.gitattributes", "*.md text eol=crlf\n", 0644);
	put("site/crlf.txt", "a\r\nb\r\n", 0644);
	link_to("site/docs/link", "../README.md");
}

static void a_new_history(void)
{
	struct git_publish p = publication("site", "new.git", "main");
	struct git_published out, again;

	said("git init -q --bare -b main new.git");
	OK(git_publish(&cx, &p, &out) == 0 && out.changed);
	STR_EQ(said("git -C new.git rev-parse main"), out.commit);
	STR_EQ(said("git -C new.git log --format=%an:%ae:%cn:%ce:%s:%at main"),
	       "Ana:ana@example.test:Scaffolder:scaffolder@example.test:initial commit:1700000000");
	STR_EQ(said("git -C new.git ls-tree -r --format=\"%(objectmode) %(path)\" main"),
	       "100644 .gitattributes\n100644 .gitignore\n100644 README.md\n100644 crlf.txt\n100644 docs/a b.md\n"
	       "100644 docs/keep.log\n120000 docs/link\n100755 run.sh");
	STR_EQ(said("git -C new.git cat-file -p main:docs/link"), "../README.md");
	STR_EQ(said("git -C new.git cat-file -s main:crlf.txt"), "6");
	STR_EQ(said("git -C new.git fsck --strict && ls site/.git scratch"),
	       "ls: cannot access 'site/.git': No such file or directory\nscratch:");
	/* The same once more is the same commit; anything else is refused. */
	OK(git_publish(&cx, &p, &again) == 0);
	STR_EQ(again.commit, out.commit);
	p.at_s++;
	OK(git_publish(&cx, &p, &again) == ERR_CONFLICT && strstr(cx.err.text, "'main' already"));
	p.branch = "-x";
	OK(git_publish(&cx, &p, &again) == ERR_INPUT);
	p.branch = "a..b";
	OK(git_publish(&cx, &p, &again) == ERR_INPUT);
}

static void upon_a_branch(void)
{
	struct git_publish p = publication("more", "new.git", "change");
	struct git_published out, again;
	static const char *const gone[] = { "crlf.txt", "nothing", "docs" };

	put("more/new.txt", "new", 0644);
	put("more/README.md", "# Other\n", 0644);
	p.on_base = true;
	p.into = "/./sub//deep/";
	OK(git_publish(&cx, &p, &out) == 0 && out.changed);
	STR_EQ(out.base, "main");
	STR_EQ(said("git -C new.git diff --name-status main change"), "A\tsub/deep/README.md\nA\tsub/deep/new.txt");
	STR_EQ(said("git -C new.git rev-list --count change"), "2");
	/* After a crash it is found; for somebody else it is a conflict. */
	OK(git_publish(&cx, &p, &again) == 0);
	STR_EQ(again.commit, out.commit);
	p.at_s += 5;
	OK(git_publish(&cx, &p, &again) == ERR_CONFLICT);
	/* One more upon it. */
	p.update = true;
	p.into = NULL;
	p.gone = gone;
	p.n_gone = LEN(gone);
	OK(git_publish(&cx, &p, &out) == 0);
	STR_EQ(said("git -C new.git diff --name-status change~1 change"),
	       "M\tREADME.md\nD\tcrlf.txt\nD\tdocs/a b.md\nD\tdocs/keep.log\nD\tdocs/link\nA\tnew.txt");
	/* Nothing changes: nothing is pushed. */
	p.at_s += 5;
	OK(git_publish(&cx, &p, &again) == 0 && !again.changed);
	STR_EQ(again.commit, out.commit);
	p.base = "none";
	OK(git_publish(&cx, &p, &again) == ERR_NOTFOUND && strstr(cx.err.text, "'none'"));
}

static void ways_of_putting(void)
{
	struct git_publish p = publication("more", "new.git", "ways");
	struct git_published out;

	p.on_base = p.update = true;
	p.put = GIT_CREATE;
	OK(git_publish(&cx, &p, &out) == ERR_CONFLICT && strstr(cx.err.text, "README.md"));
	p.put = GIT_CHANGE;
	OK(git_publish(&cx, &p, &out) == ERR_NOTFOUND && strstr(cx.err.text, "new.txt"));
	p.put = GIT_REMOVE;
	OK(git_publish(&cx, &p, &out) == 0 && out.changed);
	STR_EQ(said("git -C new.git diff --name-status main ways"), "D\tREADME.md");
}

/* Upon what another repository has, which this one is an old fork of. */
static void from_a_fork(void)
{
	struct git_publish p = publication("more", "fork.git", "proposal");
	struct git_published out;

	said("git clone -q --bare new.git fork.git && git -C fork.git branch -D change");
	p.on_base = true;
	p.base = "change";
	p.into = "forked";
	p.from.url = arena_printf(&mem, "file://%s/new.git", dir);
	OK(git_publish(&cx, &p, &out) == 0 && out.changed);
	STR_EQ(said("git -C fork.git rev-parse proposal~1"), said("git -C new.git rev-parse change"));
	STR_EQ(said("git -C new.git rev-parse --verify -q proposal"), "");
}

/* Each of these is refused, with the name in the message; nothing gets to the server. */
static void what_is_refused(void)
{
	static const struct {
		const char *name, *target, *says;
	} bad[] = {
		{ "etc", "/etc/passwd", "etc: the link leads outside" },
		{ "up", "../../x", "up: the link leads outside" },
		{ "a/b/up", "../../../x", "a/b/up: the link leads outside" },
		{ "a/.gitmodules", "x", ".gitmodules: must be a file" },
		{ ".gitignore", "x", ".gitignore: must be a file" },
		{ "a/.gitattributes", "x", ".gitattributes: must be a file" },
		{ ".git", "x", ".git: the name belongs to git" },
		{ "a/.GIT", "x", "a/.GIT: the name belongs to git" },
		{ "git~1", "x", "git~1: the name belongs to git" },
	};
	struct git_published out;

	said("git init -q --bare -b main bad.git");
	for (size_t i = 0; i < LEN(bad); i++) {
		struct git_publish p = publication("bad", "bad.git", "main");

		said("rm -rf bad && mkdir -p bad/a/b && echo x > bad/x");
		link_to(arena_printf(&mem, "bad/%s", bad[i].name), bad[i].target);
		OK(git_publish(&cx, &p, &out) == ERR_DENIED);
		OK(strstr(cx.err.text, bad[i].says));
	}
	/* A whole repository within is none of ours; what is left of a .git is not either. */
	struct git_publish p = publication("bad", "bad.git", "main");

	said("rm -rf bad && mkdir bad && git init -q bad/sub");
	OK(git_publish(&cx, &p, &out) == ERR_DENIED && strstr(cx.err.text, "sub/.git"));
	said("rm -rf bad && mkdir bad && mkfifo bad/pipe");
	OK(git_publish(&cx, &p, &out) == ERR_INPUT && strstr(cx.err.text, "pipe"));
	STR_EQ(said("git -C bad.git for-each-ref; ls -A scratch"), "");
	p = publication("more", "new.git", "into");
	p.on_base = true;
	p.into = "a/../../b";
	OK(git_publish(&cx, &p, &out) == ERR_DENIED);
	p.into = "a/.git/hooks";
	OK(git_publish(&cx, &p, &out) == ERR_DENIED);
	p = publication("none", "new.git", "other");
	OK(git_publish(&cx, &p, &out) == ERR_NOTFOUND);
	p = publication("more", "none.git", "other");
	OK(git_publish(&cx, &p, &out) == ERR_NOTFOUND);
	p.to.url = "ext::sh -c id";
	OK(git_publish(&cx, &p, &out) == ERR_INPUT);
	p.to.url = "https://somebody:s3cret-word@127.0.0.1:1/x.git";
	OK(git_publish(&cx, &p, &out) == ERR_UPSTREAM && !strstr(cx.err.text, "s3cret-word"));
}

static void many_files(void)
{
	struct git_publish p = publication("many", "many.git", "main");
	struct git_published out;
	uint64_t begin;

	said("git init -q --bare -b main many.git && mkdir many && cd many && for d in $(seq 100); do mkdir $d; for f in $(seq "
	     "100); "
	     "do echo $d $f > $d/$f; done; done");
	begin = clock_mono_us();
	OK(git_publish(&cx, &p, &out) == 0);
	printf("# 10,000 files in %u ms\n", (unsigned)((clock_mono_us() - begin) / 1000));
	STR_EQ(said("git -C many.git ls-tree -r main | wc -l"), "10000");
}

static bool at_once(void *arg)
{
	(void)arg;
	return true;
}

static void being_stopped(void)
{
	struct git_publish p = publication("many", "stopped.git", "main");
	struct git_published out;

	said("git init -q --bare -b main stopped.git");
	p.stop = at_once;
	OK(git_publish(&cx, &p, &out) == ERR_CONFLICT);
	STR_EQ(said("git -C stopped.git for-each-ref; ls -A scratch"), "");
}

int main(void)
{
	if (!mkdtemp(dir))
		abort();
	fill();
	a_new_history();
	upon_a_branch();
	ways_of_putting();
	from_a_fork();
	what_is_refused();
	many_files();
	being_stopped();
	folder_remove(dir);
	return DONE();
}
