/* Parses and makes the browser URLs of files at source-code hosts. */
#include "catalog/scm.h"

#include "base/buf.h"
#include "base/str.h"

enum { MAX_PARTS = 256 };

/* The path of a URL cut at its slashes. */
struct parts {
	struct ctx *cx;
	const char *path;            /* encoded */
	const char *text[MAX_PARTS]; /* decoded */
	size_t at[MAX_PARTS];        /* where each starts in path */
	size_t n;
};

/* Where a host's URL keeps what: indices into parts. */
struct shape {
	size_t repo, n_repo; /* the repository's full name */
	size_t ref, n_ref;
	size_t path;
};

static int bad_url(struct ctx *cx, const char *url, const char *why)
{
	return fail(cx, ERR_INPUT, "Incorrect URL: %s, %s", url, why);
}

/* Decodes until nothing changes: "%252e%252e" must not become ".." behind our back. */
static bool climbs(struct ctx *cx, const char *segment)
{
	const char *s = segment, *was;
	int rounds = 0;

	do {
		was = s;
		s = url_unescape(cx->mem, was);
		if (++rounds > 8)
			return true;
	} while (!streq(s, was));
	for (struct str rest = str_of(s); rest.p;) {
		struct str part = str_cut(&rest, '/');

		if (str_is(part, ".") || str_is(part, ".."))
			return true;
	}
	return strchr(s, '\\') != NULL;
}

static int split(struct ctx *cx, const char *url, const struct url *u, size_t skip, struct parts *p)
{
	*p = (struct parts){ .cx = cx, .path = u->path };
	for (struct str rest = str_of(u->path + skip); rest.p;) {
		struct str part = str_cut(&rest, '/');

		if (p->n == MAX_PARTS)
			return bad_url(cx, url, "too many folders");
		p->at[p->n] = (size_t)(part.p - u->path);
		p->text[p->n] = url_unescape(cx->mem, arena_strndup(cx->mem, part.p, part.n));
		if (climbs(cx, p->text[p->n]))
			return bad_url(cx, url, "path traversal is not allowed in the URL");
		p->n++;
	}
	if (p->n && !*p->text[p->n - 1])
		p->n--; /* what is behind a last slash */
	return 0;
}

static bool is_any(const char *s, const char *const *words)
{
	while (*words)
		if (streq(s, *words++))
			return true;
	return false;
}

static const char *join(const struct parts *p, size_t from, size_t n)
{
	struct buf out = { .mem = p->cx->mem };

	for (size_t i = from; i < from + n && i < p->n; i++) {
		if (i > from)
			buf_addc(&out, '/');
		buf_adds(&out, p->text[i]);
	}
	return buf_text(&out);
}

/* One part, or "refs/heads/x" as three. */
static size_t ref_parts(const struct parts *p, size_t at)
{
	static const char *const spaces[] = { "heads", "tags", NULL };

	if (at >= p->n)
		return 0;
	return at + 2 < p->n && streq(p->text[at], "refs") && is_any(p->text[at + 1], spaces) ? 3 : 1;
}

/* OWNER/NAME/blob/REF/path; a repository alone is one as well. */
static bool shape_github(const struct parts *p, bool raw_host, struct shape *s)
{
	static const char *const types[] = { "blob", "tree", "raw", "edit", "blame", NULL };

	s->n_repo = 2;
	s->ref = raw_host ? 2 : 3;
	if (p->n == 2) {
		s->path = 2;
		return !raw_host;
	}
	if (p->n < 2 || (!raw_host && !is_any(p->text[2], types)))
		return false;
	s->n_ref = ref_parts(p, s->ref);
	s->path = s->ref + s->n_ref;
	return s->n_ref > 0;
}

/* GROUP/…/NAME/-/blob/REF/path, and the older form without "-". */
static bool shape_gitlab(const struct parts *p, struct shape *s)
{
	static const char *const types[] = { "blob", "tree", "raw", "edit", NULL };

	for (size_t i = 2; i + 1 < p->n; i++) {
		bool dash = streq(p->text[i], "-");

		if (!is_any(p->text[i + dash], types))
			continue;
		s->n_repo = i;
		s->ref = i + dash + 1;
		s->n_ref = s->ref < p->n ? 1 : 0;
		s->path = s->ref + 1;
		return s->n_ref > 0;
	}
	s->n_repo = s->path = p->n;
	return p->n >= 2;
}

/* WORKSPACE/NAME/src/REF/path. */
static bool shape_bitbucket_cloud(const struct parts *p, struct shape *s)
{
	static const char *const types[] = { "src", "raw", NULL };

	s->n_repo = 2;
	s->path = 2;
	if (p->n == 2)
		return true;
	s->ref = 3;
	s->n_ref = 1;
	s->path = 4;
	return p->n > 3 && is_any(p->text[2], types);
}

/* OWNER/NAME/src/branch/REF/path, and OWNER/NAME/_edit/REF/path. */
static bool shape_gitea(const struct parts *p, struct shape *s)
{
	static const char *const types[] = { "src", "raw", "media", NULL }, *const refs[] = { "branch", "tag", "commit", NULL };

	s->n_repo = 2;
	s->path = 2;
	if (p->n == 2)
		return true;
	if (p->n < 4)
		return false;
	s->ref = is_any(p->text[2], types) && is_any(p->text[3], refs) ? 4 : streq(p->text[2], "_edit") ? 3 : p->n;
	s->n_ref = 1;
	s->path = s->ref + 1;
	return s->ref < p->n;
}

static const char *query_get(struct ctx *cx, const char *query, const char *key)
{
	size_t n = strlen(key);

	for (struct str rest = str_of(query); rest.p;) {
		struct str part = str_cut(&rest, '&');

		if (part.n > n && part.p[n] == '=' && memcmp(part.p, key, n) == 0) {
			char *value = arena_strndup(cx->mem, part.p + n + 1, part.n - n - 1);

			for (char *c = value; *c; c++)
				if (*c == '+')
					*c = ' ';
			return url_unescape(cx->mem, value);
		}
	}
	return "";
}

/* projects/KEY/repos/NAME/browse/path?at=REF; users/NAME stands for the project "~NAME". */
static bool parse_bitbucket_server(const struct parts *p, const struct url *u, struct scm_file *f, struct shape *s)
{
	static const char *const types[] = { "browse", "raw", "src", NULL };
	bool user = p->n && streq(p->text[0], "users");

	if (p->n < 4 || !(user || streq(p->text[0], "projects")) || !streq(p->text[2], "repos"))
		return false;
	f->repo = arena_printf(p->cx->mem, "%s%s/%s", user ? "~" : "", p->text[1], p->text[3]);
	f->ref = query_get(p->cx, u->query, "at");
	s->path = p->n > 4 ? 5 : 4;
	return p->n == 4 || is_any(p->text[4], types);
}

/* tree/feature/x?path=docs/a.yaml: how GitHub URLs name branches with slashes without doubt. */
static int github_path_param(struct ctx *cx, const char *url, const struct url *u, struct scm_file *f)
{
	const char *path = query_get(cx, u->query, "path");

	if (f->scm->kind != SCM_GITHUB || !*path)
		return 0;
	if (climbs(cx, path))
		return bad_url(cx, url, "path traversal is not allowed in the URL");
	if (*f->path)
		f->ref = arena_printf(cx->mem, "%s/%s", f->ref, f->path);
	f->path = *path == '/' ? path + 1 : path;
	f->before = arena_printf(cx->mem, "%s://%s%s?path=", u->scheme, u->authority, u->path);
	f->after = *u->fragment ? arena_printf(cx->mem, "#%s", u->fragment) : "";
	return 0;
}

/* Length of base's own folder when it is the start of path; "https://h/gitlab" has "/gitlab". */
static size_t base_folder(const char *base, const char *path)
{
	const char *host = strstr(base, "://"), *folder = host ? strchr(host + 3, '/') : NULL;

	return folder && str_starts(path, folder) && path[strlen(folder)] == '/' ? strlen(folder) : 0;
}

/* A GitHub integration whose raw files are served from this host. */
static const struct scm *by_raw_host(struct ctx *cx, const struct url *u)
{
	const struct scm_conf *c = scm_conf(cx);
	struct url raw;

	for (size_t i = 0; i < c->scms.n; i++) {
		const struct scm *s = &c->scms.items[i];

		if (s->kind == SCM_GITHUB && *s->raw && url_parse(cx, s->raw, &raw) == 0 && streq(raw.authority, u->authority))
			return s;
	}
	return NULL;
}

static bool shape_of(const struct parts *p, const struct url *u, bool raw_host, struct scm_file *f, struct shape *s)
{
	switch (f->scm->kind) {
	case SCM_GITHUB:
		return shape_github(p, raw_host, s);
	case SCM_GITLAB:
		return shape_gitlab(p, s);
	case SCM_BITBUCKET_CLOUD:
		return shape_bitbucket_cloud(p, s);
	case SCM_BITBUCKET_SERVER:
		return parse_bitbucket_server(p, u, f, s);
	case SCM_GITEA:
		return shape_gitea(p, s);
	}
	return false;
}

static const char *const titles[] = { "GitHub", "GitLab", "Bitbucket Cloud", "Bitbucket Server", "Gitea" };

int scm_parse(struct ctx *cx, const char *url, struct scm_file *out)
{
	struct url u;
	struct parts p;
	struct shape s = { 0 };
	int rc = url_parse(cx, url, &u);

	if (rc < 0)
		return rc;
	*out = (struct scm_file){ .scm = scm_by_host(cx, u.authority) };
	bool raw_host = !out->scm;

	if (raw_host && !(out->scm = by_raw_host(cx, &u)))
		return fail(cx, ERR_DENIED, "no integration has the host of %s", url);
	if (strstr(u.path, "%00"))
		return bad_url(cx, url, "it holds a zero byte");
	size_t skip = base_folder(raw_host ? out->scm->raw : out->scm->base, u.path);

	rc = split(cx, url, &u, skip + (u.path[skip] == '/'), &p);
	if (rc < 0)
		return rc;
	if (!shape_of(&p, &u, raw_host, out, &s))
		return bad_url(cx, url, arena_printf(cx->mem, "Invalid %s URL or file path", titles[out->scm->kind]));
	if (!out->repo)
		out->repo = join(&p, s.repo, s.n_repo);
	if (!out->ref)
		out->ref = join(&p, s.ref, s.n_ref);
	out->path = s.path < p.n ? join(&p, s.path, p.n - s.path) : "";
	size_t end = s.path < p.n ? p.at[s.path] : strlen(u.path);

	out->before = arena_printf(cx->mem, "%s://%s%.*s%s", u.scheme, u.authority, (int)end, u.path,
				   end && u.path[end - 1] == '/' ? "" : "/");
	out->after = arena_printf(cx->mem, "%s%s%s%s", *u.query ? "?" : "", u.query, *u.fragment ? "#" : "", u.fragment);
	return github_path_param(cx, url, &u, out);
}

const char *scm_file_url(struct ctx *cx, const struct scm_file *f, const char *path)
{
	return arena_printf(cx->mem, "%s%s%s", f->before, url_encode(cx->mem, path, true), f->after);
}

/* Replaces the word between "//host/owner/name/" and "/" when it is one of blob, tree, edit. */
static const char *github_type(struct ctx *cx, const char *url, const char *type)
{
	const char *p = strstr(url, "://");

	p = p ? p + 3 : NULL;
	for (int i = 0; p && i < 3; i++)
		if ((p = strchr(p, '/')))
			p++;
	if (!p || !(str_starts(p, "blob/") || str_starts(p, "tree/") || str_starts(p, "edit/")))
		return url;
	return arena_printf(cx->mem, "%.*s%s%s", (int)(p - url), url, type, p + 4);
}

static const char *gitlab_edit(struct ctx *cx, const char *url)
{
	static const char *const types[] = { "/-/blob/", "/-/tree/", "/-/edit/" };
	const char *first = NULL;

	for (size_t i = 0; i < LEN(types); i++) {
		const char *at = strstr(url, types[i]);

		if (at && (!first || at < first))
			first = at;
	}
	return first ? arena_printf(cx->mem, "%.*s/-/edit/%s", (int)(first - url), url, first + 8) : url;
}

static const char *bitbucket_edit(struct ctx *cx, const char *url, const struct scm_file *f)
{
	struct url u;

	if (url_parse(cx, url, &u) < 0)
		return url;
	return arena_printf(cx->mem, "%s://%s%s?%s%smode=edit&at=%s%s%s", u.scheme, u.authority, u.path, u.query,
			    *u.query ? "&" : "", url_encode(cx->mem, f->ref, false), *u.fragment ? "#" : "", u.fragment);
}

const char *scm_tree_url(struct ctx *cx, const struct scm *scm, const char *url)
{
	return scm->kind == SCM_GITHUB ? github_type(cx, url, "tree") : url;
}

const char *scm_edit_url(struct ctx *cx, const struct scm *scm, const char *url)
{
	struct scm_file f;

	switch (scm->kind) {
	case SCM_GITHUB:
		return github_type(cx, url, "edit");
	case SCM_GITLAB:
		return gitlab_edit(cx, url);
	case SCM_BITBUCKET_SERVER:
		/* has no address for editing: the file's own page, without what would confuse an edit button */
		return arena_strndup(cx->mem, url, strcspn(url, "?"));
	case SCM_BITBUCKET_CLOUD:
	case SCM_GITEA:
		break;
	}
	if (scm_parse(cx, url, &f) < 0) {
		cx->err = (struct err){ 0 };
		return NULL;
	}
	if (scm->kind == SCM_BITBUCKET_CLOUD)
		return bitbucket_edit(cx, url, &f);
	return arena_printf(cx->mem, "%s/%s/_edit/%s/%s", scm->base, url_encode(cx->mem, f.repo, true),
			    url_encode(cx->mem, f.ref, false), url_encode(cx->mem, f.path, true));
}
