/* callboard docs: builds, serves and checks a documentation site, without a portal. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/str.h"
#include "cmd.h"
#include "cmd_docs.h"
#include "docs/site.h"
#include "server/config.h"

/* The installation's static files. */
static const char *static_files(struct arena *mem)
{
	const char *share = config_share(mem), *source = arena_printf(mem, "%s/nginx/static", share);

	return access(source, R_OK) == 0 ? source : arena_printf(mem, "%s/static", share);
}

static void log_line(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

/* A folder that is there is replaced only when a build made it, or when it is empty. */
static int may_replace(struct ctx *cx, const char *out)
{
	if (access(arena_printf(cx->mem, "%s/techdocs_metadata.json", out), F_OK) == 0 || rmdir(out) == 0 || errno == ENOENT)
		return 0;
	return fail(cx, ERR_CONFLICT, "'%s' is there and is no built site; nothing was changed", out);
}

static int may_replace_all(struct ctx *cx, const struct docs_job *job)
{
	if (job->cache && !site_is_reader(cx->mem, job->cache))
		return fail(cx, ERR_CONFLICT, "'%s' is there and is no cache of a build; nothing was changed", job->cache);
	return may_replace(cx, job->out);
}

/* The new one takes the place of the old, which is then removed. */
static int put_in_place(struct ctx *cx, const char *made, const char *out)
{
	const char *old = arena_printf(cx->mem, "%s.old-%d", out, (int)getpid());
	bool had = rename(out, old) == 0;

	if (rename(made, out) < 0) {
		int rc = fail(cx, ERR_INTERNAL, "rename '%s': %s", made, strerrordesc_np(errno));

		if (had)
			rename(old, out);
		return rc;
	}
	if (had)
		folder_remove(old);
	return 0;
}

static struct site_options options_of(struct ctx *cx, const struct docs_job *job)
{
	return (struct site_options){
		.source = job->source,
		.out = job->out,
		.reader = job->cache,
		.previous_out = job->cache ? job->out : NULL,
		.previous_reader = job->cache,
		.assets = static_files(cx->mem),
		.conf = json_get(cx->conf, "techdocs"),
		.log = job->quiet ? NULL : log_line,
	};
}

/* Builds beside what is there, then takes its place. */
static int build_beside(struct ctx *cx, const struct docs_job *job, struct site_result *result)
{
	struct site_options options = options_of(cx, job);
	int rc = may_replace_all(cx, job);

	options.out = arena_printf(cx->mem, "%s.new-%d", job->out, (int)getpid());
	options.reader = job->cache ? arena_printf(cx->mem, "%s.new-%d", job->cache, (int)getpid()) : NULL;
	if (rc == 0)
		rc = site_build(cx, &options, result);
	if (rc == 0)
		rc = put_in_place(cx, options.out, job->out);
	if (rc == 0 && job->cache)
		rc = put_in_place(cx, options.reader, job->cache);
	return rc;
}

/* Only a site that is known to be what the cache says can be brought up to date; when that fails it is built beside. */
int docs_build(struct ctx *cx, const struct docs_job *job, struct site_result *result)
{
	struct site_options options = options_of(cx, job);
	int rc = ERR_CONFLICT;

	options.in_place = true;
	if (job->cache && access(arena_printf(cx->mem, "%s/site", job->cache), F_OK) == 0)
		rc = site_build(cx, &options, result);
	return rc == ERR_CONFLICT || rc == ERR_INTERNAL ? build_beside(cx, job, result) : rc;
}

static const char *absolute(struct ctx *cx, const char *path)
{
	size_t n = strlen(path);
	char here[4096];

	while (n > 1 && path[n - 1] == '/')
		n--;
	path = arena_strndup(cx->mem, path, n);
	return *path == '/' || !getcwd(here, sizeof(here)) ? path : arena_printf(cx->mem, "%s/%s", here, path);
}

static int build(struct ctx *cx, int argc, char **argv)
{
	struct docs_job job = { 0 };
	struct site_result result;
	int rc;

	for (int i = 2; i < argc; i++) {
		if (streq(argv[i], "--cache") && i + 1 < argc)
			job.cache = absolute(cx, argv[++i]);
		else if (streq(argv[i], "--quiet"))
			job.quiet = true;
		else if (*argv[i] == '-' || job.out)
			return cmd_usage(cx, "docs build: what is '%s'?", argv[i]);
		else if (job.source)
			job.out = absolute(cx, argv[i]);
		else
			job.source = absolute(cx, argv[i]);
	}
	if (!job.out)
		return cmd_usage(cx, "docs build needs a folder to read and one to write");
	if (job.cache && streq(job.cache, job.out))
		return cmd_usage(cx, "docs build: the cache must be another folder than '%s'", job.out);
	rc = docs_build(cx, &job, &result);
	if (rc == 0)
		fprintf(stderr, "%zu pages, %zu rendered, %zu warnings, %zu failed\n", result.pages, result.rendered,
			result.warnings, result.failed);
	return rc;
}

static int serve(struct ctx *cx, int argc, char **argv)
{
	const char *source = NULL;
	long port = 8000;

	for (int i = 2; i < argc; i++) {
		if (streq(argv[i], "--port") && i + 1 < argc) {
			if (!str_long(argv[++i], 0, 65535, &port))
				return cmd_usage(cx, "'%s' is no port", argv[i]);
		} else if (*argv[i] == '-' || source) {
			return cmd_usage(cx, "docs serve: what is '%s'?", argv[i]);
		} else {
			source = absolute(cx, argv[i]);
		}
	}
	return source ? docs_serve(cx, source, (int)port) : cmd_usage(cx, "docs serve needs a folder");
}

/* "docs/setup.md:12: what" as compilers say it, relative to where the user is. */
static int check(struct ctx *cx, int argc, char **argv)
{
	char folder[] = "/tmp/callboard-docs-XXXXXX";
	struct site_fault *faults;
	size_t n = 0;
	int rc;

	if (argc != 3)
		return cmd_usage(cx, "docs check needs a folder");
	if (!mkdtemp(folder))
		return fail(cx, ERR_INTERNAL, "%s: %s", folder, strerror(errno));

	const struct site_options options = { .source = absolute(cx, argv[2]),
					      .out = arena_printf(cx->mem, "%s/parts", folder) };

	rc = site_check(cx, &options, &faults, &n);
	folder_remove(folder);
	for (size_t i = 0; i < n && rc == 0; i++) {
		const char *path = arena_printf(cx->mem, "%s%s%s", argv[2], str_ends(argv[2], "/") ? "" : "/", faults[i].file);

		if (faults[i].line)
			printf("%s:%u: %s\n", path, faults[i].line, faults[i].what);
		else
			printf("%s: %s\n", path, faults[i].what);
	}
	return rc < 0 ? rc : n > 0;
}

int cmd_docs(struct ctx *cx, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (streq(what, "build"))
		return build(cx, argc, argv);
	if (streq(what, "serve"))
		return serve(cx, argc, argv);
	if (streq(what, "check"))
		return check(cx, argc, argv);
	return cmd_usage(cx, *what ? "there is no '%s'" : "which of build, serve and check?", what);
}
