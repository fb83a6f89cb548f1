/* Reading locations: which source serves a target, what relative targets mean, and the links to show. */
#include "catalog/reader.h"

#include "base/buf.h"
#include "catalog/reader_source.h"

#define REJECTED_URL "https://backstage.io/annotation-rejected-for-security-reasons"

/* Browsers skip control characters before a scheme, and tabs and line ends within it. */
bool is_script_url(const char *url)
{
	const char *word = "javascript:";

	while (*url && (unsigned char)*url <= ' ')
		url++;
	for (; *word; url++) {
		if (*url == '\t' || *url == '\n' || *url == '\r')
			continue;
		if (ascii_lower(*url) != *word)
			return false;
		word++;
	}
	return true;
}

static int bad_type(struct ctx *cx, const struct location *loc)
{
	return fail(cx, ERR_INPUT, "Unable to read %s:%s, locations of type '%s' are not supported", loc->type, loc->target,
		    loc->type);
}

/* One that is too long to keep, or no plain text, is as good as none. */
static bool etag_storable(const char *etag)
{
	size_t n = strlen(etag);

	for (size_t i = 0; i < n; i++)
		if (etag[i] < 0x20 || etag[i] > 0x7E)
			return false;
	return n <= 500;
}

int reader_read(struct ctx *cx, const struct location *loc, const char *etag, struct read_result *out)
{
	int rc;

	*out = (struct read_result){ .etag = "" };
	if (streq(loc->type, "file"))
		rc = file_source_read(cx, loc->target, etag, out);
	else if (!streq(loc->type, "url"))
		return bad_type(cx, loc);
	else if (is_git_target(loc->target))
		rc = git_source_read(cx, loc->target, etag, NULL, out);
	else
		rc = url_source_read(cx, loc->target, etag, NULL, out);
	if (rc == 0 && !etag_storable(out->etag))
		out->etag = "";
	return rc;
}

/* Forgets the error of a question whose answer is "no". */
static bool no(struct ctx *cx)
{
	cx->err = (struct err){ 0 };
	return false;
}

bool reader_is_glob(struct ctx *cx, const struct location *loc)
{
	struct scm_file f;
	struct git_target t;

	if (streq(loc->type, "file"))
		return strpbrk(loc->target, "*?[{") != NULL;
	if (!streq(loc->type, "url") || !strchr(loc->target, '*'))
		return false;
	if (is_git_target(loc->target))
		return git_source_parse(cx, loc->target, &t) == 0 ? strchr(t.raw_path, '*') != NULL : no(cx);
	if (scm_parse(cx, loc->target, &f) < 0)
		return no(cx);
	/* in the text: an encoded star is a star in a file's name */
	size_t before = strlen(f.before), after = strlen(f.after), n = strlen(loc->target);

	return strchr(f.path, '*') && n >= before + after && memchr(loc->target + before, '*', n - before - after);
}

int reader_glob(struct ctx *cx, const struct location *loc, const char ***targets, size_t *n)
{
	*targets = NULL;
	*n = 0;
	if (streq(loc->type, "file"))
		return file_source_glob(cx, loc->target, targets, n);
	if (!streq(loc->type, "url"))
		return bad_type(cx, loc);
	if (is_git_target(loc->target))
		return git_source_glob(cx, loc->target, targets, n);
	return url_source_glob(cx, loc->target, targets, n);
}

/* Length of "scheme:" at the start of text, or 0. */
static size_t scheme_len(const char *text)
{
	size_t n = 0;

	if (!ascii_alpha(*text))
		return 0;
	while (ascii_alnum(text[n]) || text[n] == '+' || text[n] == '-' || text[n] == '.')
		n++;
	return text[n] == ':' ? n + 1 : 0;
}

static int cannot_resolve(struct ctx *cx, const char *base, const char *target)
{
	return fail(cx, ERR_INPUT, "cannot resolve '%s' relative to '%s'", target, base);
}

/* target relative to the folder of file, both paths within one repository; a leading slash is the repository's root. */
static const char *within(struct ctx *cx, const char *file, const char *target)
{
	const char *slash = strrchr(file, '/');
	size_t n = *target == '/' || !slash ? 0 : (size_t)(slash - file);
	const char *text = arena_printf(cx->mem, "%.*s/%.*s", (int)n, file, (int)strcspn(target, "?#"), target);
	struct buf out = { .mem = cx->mem };
	bool folder = false;

	for (struct str rest = str_of(text); rest.p;) {
		struct str part = str_cut(&rest, '/');

		folder = part.n == 0 || str_is(part, ".") || str_is(part, "..");
		if (str_is(part, "..")) {
			if (!out.n)
				return NULL;
			while (out.n && out.p[--out.n] != '/')
				;
		} else if (!folder) {
			if (out.n)
				buf_addc(&out, '/');
			buf_add(&out, part.p, part.n);
		}
	}
	if (folder && out.n)
		buf_addc(&out, '/');
	for (size_t i = 0; i < out.n; i++)
		if ((unsigned char)out.p[i] <= ' ' && out.p[i] != ' ')
			return NULL;
	return out.n ? arena_strndup(cx->mem, out.p, out.n) : "";
}

static int resolve_git(struct ctx *cx, const char *base, const char *target, const char **out)
{
	struct git_target t;
	int rc = git_source_parse(cx, base, &t);

	if (rc < 0)
		return rc;
	const char *path = within(cx, t.raw_path, target);

	if (!path)
		return cannot_resolve(cx, base, target);
	*out = arena_printf(cx->mem, "%s%s%s", t.before, path, t.after);
	return git_source_parse(cx, *out, &t);
}

/* The URL's query and fragment with their marks. */
static const char *tail(const char *url)
{
	return url + strcspn(url, "?#");
}

/* As Backstage: a leading slash is the repository's root, and the query (it names the branch at some hosts) stays. */
static const char *resolve_scm(struct ctx *cx, const struct scm *scm, const char *base, const char *target)
{
	struct scm_file f;
	const char *end = tail(base), *url = arena_strndup(cx->mem, base, (size_t)(end - base));
	bool parsed = scm_parse(cx, base, &f) == 0;

	if (!parsed)
		no(cx);
	if (parsed && str_ends(f.before, "?path=")) {
		const char *path = within(cx, f.path, target);

		return path ? scm_tree_url(cx, scm, arena_printf(cx->mem, "%s%s%s", f.before, path, f.after)) : NULL;
	}
	if (*target == '/' && parsed) {
		url = f.before;
		target += strspn(target, "/");
	}
	url = url_resolve(cx, url, *target ? target : "./");
	if (!url)
		return NULL;
	return scm_tree_url(cx, scm, arena_printf(cx->mem, "%.*s%s", (int)(tail(url) - url), url, end));
}

static int resolve_url(struct ctx *cx, const char *base, const char *target, const char **out)
{
	struct url u;

	if (scheme_len(target)) {
		*out = arena_strdup(cx->mem, target);
		return 0;
	}
	if (is_git_target(base))
		return resolve_git(cx, base, target, out);
	int rc = url_parse(cx, base, &u);

	if (rc < 0)
		return rc;
	const struct scm *scm = scm_by_host(cx, u.authority);

	*out = scm ? resolve_scm(cx, scm, base, target) : url_resolve(cx, base, target);
	return *out ? 0 : cannot_resolve(cx, base, target);
}

int reader_resolve(struct ctx *cx, const struct location *base, const char *target, const char **out)
{
	struct str text = str_trim(str_of(target));

	target = arena_strndup(cx->mem, text.p, text.n);
	if (!*target)
		return fail(cx, ERR_INPUT, "cannot resolve an empty target relative to '%s'", base->target);
	if (streq(base->type, "url"))
		return resolve_url(cx, base->target, target, out);
	if (!streq(base->type, "file"))
		return cannot_resolve(cx, base->target, target);
	if (*target == '/' || strstr(target, "://")) {
		*out = target;
		return 0;
	}
	const char *slash = strrchr(base->target, '/');

	target = arena_printf(cx->mem, "%.*s%s", slash ? (int)(slash - base->target) + 1 : 0, base->target, target);
	*out = file_source_path(cx, target);
	return 0;
}

static bool hex(char c)
{
	return ascii_digit(c) || (c >= 'a' && c <= 'f');
}

/* Whether 40 or more hexadecimal digits stand in it as a word: what it names cannot be edited. */
static bool names_commit(const char *url)
{
	size_t run = 0;

	for (const char *p = url;; p++) {
		if (hex(*p)) {
			run++;
			continue;
		}
		bool word_ends = !ascii_alnum(*p) && *p != '_';

		if (word_ends && run >= 40 && (p - run == url || !(ascii_alnum(p[-(long)run - 1]) || p[-(long)run - 1] == '_')))
			return true;
		if (!*p)
			return false;
		run = 0;
	}
}

/* The page of a git+ URL's file at a host we know; NULL when it is none. */
static const char *page_of(struct ctx *cx, const struct git_target *t, const struct scm **scm)
{
	static const char *const forms[] = { "blob", "-/blob", "src", "", "src/branch" };

	*scm = scm_by_host(cx, t->host);
	if (!*scm || (*scm)->kind == SCM_BITBUCKET_SERVER || !*t->ref || !*t->path)
		return NULL;
	return arena_printf(cx->mem, "%s/%s/%s/%s/%s", (*scm)->base, t->repo, forms[(*scm)->kind],
			    url_encode(cx->mem, t->ref, true), t->raw_path);
}

int reader_links(struct ctx *cx, const struct location *loc, const char **view, const char **edit, const char **source)
{
	const struct scm *scm = NULL;
	const char *folder;
	struct git_target t;
	struct url u;

	*view = *edit = *source = NULL;
	if (!streq(loc->type, "url"))
		return 0;
	if (is_script_url(loc->target)) {
		*view = *edit = REJECTED_URL;
		return 0;
	}
	bool git = is_git_target(loc->target);
	int rc = git ? git_source_parse(cx, loc->target, &t) : url_parse(cx, loc->target, &u);

	if (rc < 0)
		return rc;
	*view = git ? page_of(cx, &t, &scm) : loc->target;
	if (!git)
		scm = scm_by_host(cx, u.authority);
	if (*view && scm && !names_commit(*view))
		*edit = scm_edit_url(cx, scm, *view);
	if (!git && !scm)
		return 0;
	rc = resolve_url(cx, loc->target, "./", &folder);
	if (rc == 0)
		*source = arena_printf(cx->mem, "url:%s", folder);
	return rc;
}

/* Where a file of the folder is edited, up to its path; NULL when there is no such page. */
static const char *edit_prefix(struct ctx *cx, const char *url)
{
	static const char probe[] = "x.md";
	const char *folder = arena_printf(cx->mem, "%.*s%s%s", (int)(tail(url) - url), url,
					  tail(url) > url && tail(url)[-1] == '/' ? "" : "/", tail(url));
	const char *file, *view, *edit = NULL, *source;

	if (resolve_url(cx, folder, probe, &file) < 0 ||
	    reader_links(cx, &(struct location){ "url", file }, &view, &edit, &source) < 0)
		no(cx);
	return edit && str_ends(edit, probe) ? arena_strndup(cx->mem, edit, strlen(edit) - strlen(probe)) : NULL;
}

static const char *repository_page(struct ctx *cx, const char *url)
{
	struct scm_file f = { 0 };
	struct git_target t;

	if (is_git_target(url)) {
		if (git_source_parse(cx, url, &t) == 0 && scm_by_host(cx, t.host))
			f = (struct scm_file){ .scm = scm_by_host(cx, t.host), .repo = t.repo };
	} else if (scm_parse(cx, url, &f) < 0) {
		f.scm = NULL;
	}
	if (f.scm)
		return scm_repo_page(cx, &f);
	no(cx);
	return NULL;
}

int reader_read_as(struct ctx *cx, const char *url, const char *token, struct read_result *out)
{
	*out = (struct read_result){ .etag = "" };
	return is_git_target(url) ? git_source_read(cx, url, NULL, token, out) : url_source_read(cx, url, NULL, token, out);
}

int reader_tree(struct ctx *cx, const char *url, const struct read_tree_options *options, struct read_tree *out)
{
	*out = (struct read_tree){ 0 };
	if (is_script_url(url))
		return read_denied(cx, url);
	int rc = is_git_target(url) ? git_source_tree(cx, url, options, out) : url_source_tree(cx, url, options, out);

	if (rc == ERR_NOTFOUND)
		return fail(cx, rc, "Unable to read url, no matching files found for %s", url);
	if (rc < 0) /* that it is not allowed says so by itself, and names the URL */
		return rc == ERR_DENIED ? rc : fail_in(cx, rc, "Unable to read url, %s", url);
	out->repository = repository_page(cx, url);
	out->edit = edit_prefix(cx, url);
	return 0;
}

/* Host and full name of the repository that a URL names; false when it is no such URL. */
static bool repository_of(struct ctx *cx, const char *url, const char **host, const char **repo)
{
	struct git_target t;
	struct scm_file f;

	if (is_git_target(url)) {
		if (git_source_parse(cx, url, &t) < 0)
			return no(cx);
		*host = t.host;
		*repo = t.repo;
		return true;
	}
	if (scm_parse(cx, url, &f) < 0)
		return no(cx);
	*host = f.scm->host;
	*repo = f.repo;
	return true;
}

bool reader_same_repository(struct ctx *cx, const char *url, const char *other)
{
	const char *host, *repo, *host2, *repo2;

	if (!repository_of(cx, url, &host, &repo) || !repository_of(cx, other, &host2, &repo2))
		return true;
	if (!str_ieq(host, host2))
		return false;
	/* the hosts we know take names without regard to case; others may not */
	return is_git_target(url) || is_git_target(other) ? streq(repo, repo2) : str_ieq(repo, repo2);
}

int location_parse(struct ctx *cx, const char *text, struct location *out)
{
	const char *colon = strchr(text, ':');
	struct str type = str_trim((struct str){ text, colon ? (size_t)(colon - text) : 0 });
	struct str target = str_trim(str_of(colon ? colon + 1 : ""));

	if (is_script_url(text) || is_script_url(target.p))
		return fail(cx, ERR_INPUT, "Invalid location ref '%s', target is a javascript: URL", text);
	if (!type.n || !target.n)
		return fail(cx, ERR_INPUT,
			    "Unable to parse location ref '%s', expected '<type>:<target>', e.g. 'url:https://host/path'",
			    text);
	if (str_is(type, "http") || str_is(type, "https"))
		return fail(cx, ERR_INPUT, "Invalid location ref '%s', please prefix it with 'url:', e.g. 'url:%s'", text,
			    text);
	out->type = arena_strndup(cx->mem, type.p, type.n);
	out->target = arena_strndup(cx->mem, target.p, target.n);
	return 0;
}

const char *location_format(struct arena *mem, const struct location *loc)
{
	return arena_printf(mem, "%s:%s", loc->type, loc->target);
}
