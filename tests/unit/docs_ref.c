/* Where an entity's documentation is: each form of the annotations, and what is refused. */
#include "docs/ref.h"

#include "base/str.h"
#include "catalog/scm.h"
#include "ext/json.h"
#include "tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

static struct json *json(const char *text)
{
	struct json *v = NULL;

	return json_parse(&cx, str_of(text), &v) == 0 ? v : NULL;
}

/* An entity that comes from a location, with one annotation more (NULL: none). */
static struct json *entity(const char *location, const char *name, const char *value)
{
	struct json *v = json("{\"kind\":\"Component\",\"metadata\":{\"name\":\"x\",\"annotations\":{}}}");
	struct json *annotations = json_path(v, "metadata", "annotations", NULL);

	json_set(&mem, annotations, "backstage.io/managed-by-location", json_str(&mem, location));
	if (name)
		json_set(&mem, annotations, name, json_str(&mem, value));
	return v;
}

/* What it means, as text; on an error, the error's name. */
static const char *source(const char *location, const char *ref)
{
	struct docs_source s;
	int rc = docs_source(&cx, entity(location, ref ? DOCS_REF : NULL, ref), &s);

	if (rc < 0)
		return err_name(rc);
	return s.url ? s.url : arena_printf(&mem, "%s in %s", s.folder, s.within);
}

static void test_files(void)
{
	const char *file = "file:/srv/cat/a/catalog-info.yaml";

	STR_EQ(source(file, "dir:."), "/srv/cat/a in /srv/cat/a");
	STR_EQ(source(file, "dir:./docs/../site"), "/srv/cat/a/site in /srv/cat/a");
	STR_EQ(source(file, "dir:.."), "NotAllowedError");
	STR_EQ(source(file, "dir:./b/../../.."), "NotAllowedError");
	STR_EQ(source(file, "dir:/etc"), "NotAllowedError");
	STR_EQ(source(file, "url:https://github.com/o/r/tree/main/"), "https://github.com/o/r/tree/main/");
	STR_EQ(source(file, "github:https://github.com/o/r"), "InputError");
	STR_EQ(source(file, "nothing"), "InputError");
	STR_EQ(source(file, NULL), "NotFoundError");
	STR_EQ(source("plugin:x", "dir:."), "InputError");
}

static void test_repositories(void)
{
	const char *github = "url:https://github.com/o/r/blob/main/team/catalog-info.yaml";
	const char *git = "url:git+https://git.example/o/r.git//team/catalog-info.yaml?ref=main";

	STR_EQ(source(github, "dir:."), "https://github.com/o/r/tree/main/team/");
	STR_EQ(source(github, "dir:../handbook"), "https://github.com/o/r/tree/main/handbook");
	STR_EQ(source(git, "dir:."), "git+https://git.example/o/r.git//team/?ref=main");
	STR_EQ(source(git, "dir:./docs"), "git+https://git.example/o/r.git//team/docs?ref=main");
	STR_EQ(source(git, "dir:../../other"), "InputError");
}

static void test_elsewhere(void)
{
	struct json *e = entity("file:/a/b.yaml", DOCS_ENTITY, "system:Ops/Handbook");
	const char *ref, *path;

	OK(docs_has(e));
	OK(docs_elsewhere(&cx, e, &ref, &path) == 0);
	STR_EQ(ref, "system:ops/handbook");
	STR_EQ(path, "");
	json_set(&mem, json_path(e, "metadata", "annotations", NULL), DOCS_ENTITY_PATH, json_str(&mem, "/guide/setup"));
	OK(docs_elsewhere(&cx, e, &ref, &path) == 0);
	STR_EQ(path, "guide/setup/");
	json_set(&mem, json_path(e, "metadata", "annotations", NULL), DOCS_ENTITY_PATH, json_str(&mem, "../../secret"));
	OK(docs_elsewhere(&cx, e, &ref, &path) == 0);
	STR_EQ(path, "");
	OK(docs_elsewhere(&cx, entity("file:/a/b.yaml", NULL, NULL), &ref, &path) == 0 && !ref);
	OK(docs_elsewhere(&cx, entity("file:/a/b.yaml", DOCS_ENTITY, "Component:Default/X"), &ref, &path) == 0 && !ref);
	OK(!docs_has(entity("file:/a/b.yaml", NULL, NULL)));
	OK(docs_elsewhere(&cx, entity("file:/a/b.yaml", DOCS_ENTITY, "a:b:c/"), &ref, &path) == ERR_INPUT);
}

/* What is asked for of each host: its commit, and its archive. */
static void archive_of(const char *url, const char *commit_url, const char *answer, const char *archive_url)
{
	struct fetch_request rq = { 0 };
	struct fetch_answer an = { .url = "u", .body = str_of(answer) };
	struct scm_file f;
	const char *id = NULL;

	OK(scm_parse(&cx, url, &f) == 0);
	scm_commit_request(&cx, &f, &rq);
	STR_EQ(rq.url, commit_url);
	OK(scm_commit_id(&cx, &f, &an, &id) == 0);
	STR_EQ(id, "0123456789abcdef");
	scm_archive_request(&cx, &f, "0123456789abcdef", &rq);
	STR_EQ(rq.url, archive_url);
}

static void test_archives(void)
{
	archive_of("https://github.com/o/r/tree/main/docs", "https://api.github.com/repos/o/r/commits/main",
		   "{\"sha\":\"0123456789abcdef\"}", "https://api.github.com/repos/o/r/tarball/0123456789abcdef");
	archive_of("https://gitlab.com/g/s/r/-/tree/main/docs",
		   "https://gitlab.com/api/v4/projects/g%2Fs%2Fr/repository/commits?per_page=1&ref_name=main",
		   "[{\"id\":\"0123456789abcdef\"}]",
		   "https://gitlab.com/api/v4/projects/g%2Fs%2Fr/repository/archive.tar.gz?sha=0123456789abcdef&path=docs");
	archive_of("https://bitbucket.org/w/r/src/main/docs",
		   "https://api.bitbucket.org/2.0/repositories/w/r/commits/main?pagelen=1",
		   "{\"values\":[{\"hash\":\"0123456789abcdef\"}]}", "https://bitbucket.org/w/r/get/0123456789abcdef.tar.gz");
	archive_of("https://bb.example/projects/P/repos/r/browse/docs?at=main",
		   "https://bb.example/rest/api/1.0/projects/P/repos/r/commits?limit=1&until=main",
		   "{\"values\":[{\"id\":\"0123456789abcdef\"}]}",
		   "https://bb.example/rest/api/1.0/projects/P/repos/r/"
		   "archive?format=tgz&prefix=tree&at=0123456789abcdef&path=docs");
	archive_of("https://gitea.example/o/r/src/branch/main/docs", "https://gitea.example/api/v1/repos/o/r/git/commits/main",
		   "{\"sha\":\"0123456789abcdef\"}", "https://gitea.example/api/v1/repos/o/r/archive/0123456789abcdef.tar.gz");

	struct scm_file f;
	struct fetch_answer an = { .url = "u", .body = STR("{\"sha\":\"../../etc\"}") };
	const char *id;

	OK(scm_parse(&cx, "https://github.com/o/r/tree/main/docs", &f) == 0);
	OK(scm_commit_id(&cx, &f, &an, &id) == ERR_UPSTREAM);
	OK(scm_known_host(&cx, "codeload.github.com"));
	OK(!scm_known_host(&cx, "codeload.gitlab.com") && !scm_known_host(&cx, "xcodeload.github.com"));
}

int main(void)
{
	cx.conf = json(
		"{\"integrations\":{\"gitea\":[{\"host\":\"gitea.example\"}],\"bitbucketServer\":[{\"host\":\"bb.example\"}],"
		"\"git\":[{\"url\":\"https://git.example\"}]}}");
	test_files();
	test_repositories();
	test_elsewhere();
	test_archives();
	arena_release(&mem);
	return DONE();
}
