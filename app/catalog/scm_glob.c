/* Finds files in repositories by glob, with the tree API of each source-code host. */
#include "catalog/scm.h"

#include "base/json.h"
#include "base/names.h"
#include "base/str.h"
#include "ext/json.h"

enum { MAX_PAGES = 400, MAX_DEPTH = 32 };

struct paths {
	const char **items;
	size_t n, cap;
};

/* One search. */
struct hunt {
	struct ctx *cx;
	const struct scm_file *f;
	struct fetch_request rq; /* limits, allow and headers */
	const char *repo;        /* URL of the repository in the API */
	const char *folder;      /* the glob's folders before the first wildcard; "" or without last slash */
	size_t max, pages;
	struct paths found;
};

static int get(struct hunt *h, const char *url, struct json **out)
{
	struct fetch_answer an;

	if (++h->pages > MAX_PAGES)
		return fail(h->cx, ERR_TOOLARGE, "%s%s: the repository is too large to search", h->f->before, h->f->path);
	h->rq.url = url;
	int rc = fetch(h->cx, &h->rq, &an);

	if (rc < 0)
		return rc;
	if (an.status != 200)
		return scm_fail_status(h->cx, arena_printf(h->cx->mem, "%s%s%s", h->f->before, h->f->path, h->f->after), &an);
	rc = json_parse(h->cx, an.body, out);
	return rc < 0 ? fail_in(h->cx, ERR_UPSTREAM, "answer of %s", url) : 0;
}

static int offer(struct hunt *h, const char *path)
{
	if (!glob_match(h->f->path, path, false))
		return 0;
	if (h->found.n == h->max)
		return fail(h->cx, ERR_TOOLARGE, "%s%s matches more than %zu files", h->f->before, h->f->path, h->max);
	*list_add(h->cx->mem, &h->found) = path;
	return 0;
}

/* Symbolic links are blobs of mode 120000. */
static bool is_file(const struct json *item, const char *type)
{
	return streq(json_get_text(item, "type", ""), type) && !streq(json_get_text(item, "mode", ""), "120000") &&
	       *json_get_text(item, "path", "");
}

static const char *under(struct hunt *h, const char *folder, const char *path)
{
	return *folder ? arena_printf(h->cx->mem, "%s/%s", folder, path) : path;
}

static int offer_all(struct hunt *h, const struct json *list, const char *type, const char *folder)
{
	int rc = 0;

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n && rc == 0; i++)
		if (is_file(list->a.items[i], type))
			rc = offer(h, under(h, folder, json_get_text(list->a.items[i], "path", "")));
	return rc;
}

static int github_tree(struct hunt *h, const char *sha, const char *folder, int depth);

/* A tree too large for one answer: folder by folder, only those that can hold a match. */
static int github_folders(struct hunt *h, const char *sha, const char *folder, int depth)
{
	struct json *v;
	int rc = depth > MAX_DEPTH
			 ? fail(h->cx, ERR_TOOLARGE, "%s%s: too many folders", h->f->before, h->f->path)
			 : get(h, arena_printf(h->cx->mem, "%s/git/trees/%s", h->repo, url_encode(h->cx->mem, sha, false)), &v);

	if (rc < 0)
		return rc;
	const struct json *list = json_get(v, "tree");

	rc = offer_all(h, list, "blob", folder);
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n && rc == 0; i++) {
		const char *path = under(h, folder, json_get_text(list->a.items[i], "path", ""));
		size_t n = strlen(path), m = strlen(h->folder), least = n < m ? n : m;
		bool on_way = strncmp(path, h->folder, least) == 0 &&
			      (n >= m ? !m || !path[m] || path[m] == '/' : h->folder[n] == '/');

		if (streq(json_get_text(list->a.items[i], "type", ""), "tree") && on_way)
			rc = github_tree(h, json_get_text(list->a.items[i], "sha", ""), path, depth + 1);
	}
	return rc;
}

static int github_tree(struct hunt *h, const char *sha, const char *folder, int depth)
{
	struct json *v;
	int rc = get(h, arena_printf(h->cx->mem, "%s/git/trees/%s?recursive=true", h->repo, url_encode(h->cx->mem, sha, false)),
		     &v);

	if (rc < 0)
		return rc;
	if (json_get_bool(v, "truncated", false))
		return github_folders(h, sha, folder, depth);
	return offer_all(h, json_get(v, "tree"), "blob", folder);
}

static int gitea_tree(struct hunt *h)
{
	for (size_t page = 1, seen = 0;; page++) {
		struct json *v;
		int rc = get(h,
			     arena_printf(h->cx->mem, "%s/git/trees/%s?recursive=true&per_page=1000&page=%zu", h->repo,
					  url_encode(h->cx->mem, h->f->ref, false), page),
			     &v);

		if (rc == 0)
			rc = offer_all(h, json_get(v, "tree"), "blob", "");
		if (rc < 0)
			return rc;
		seen += json_len(json_get(v, "tree"));
		if (!json_get_bool(v, "truncated", false) || !json_len(json_get(v, "tree")) ||
		    (double)seen >= json_get_num(v, "total_count", 1e9))
			return 0;
	}
}

static int gitlab_tree(struct hunt *h)
{
	for (size_t page = 1;; page++) {
		struct json *v;
		int rc = get(h,
			     arena_printf(h->cx->mem, "%s/repository/tree?recursive=true&per_page=100&page=%zu&ref=%s%s%s",
					  h->repo, page, url_encode(h->cx->mem, h->f->ref, false), *h->folder ? "&path=" : "",
					  url_encode(h->cx->mem, h->folder, false)),
			     &v);

		if (rc == 0)
			rc = offer_all(h, v, "blob", "");
		if (rc < 0 || json_len(v) < 100)
			return rc;
	}
}

static int bitbucket_cloud_tree(struct hunt *h)
{
	const char *url = arena_printf(h->cx->mem, "%s/src/%s/%s%s?pagelen=100&max_depth=%d", h->repo,
				       url_encode(h->cx->mem, h->f->ref, false), url_encode(h->cx->mem, h->folder, true),
				       *h->folder ? "/" : "", MAX_DEPTH);

	while (*url) {
		struct json *v;
		int rc = get(h, url, &v);
		const struct json *list = rc < 0 ? NULL : json_get(v, "values");

		for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n && rc == 0; i++) {
			const struct json *item = list->a.items[i], *attributes = json_get(item, "attributes");
			bool link = false;

			for (size_t k = 0; json_is(attributes, JSON_ARRAY) && k < attributes->a.n; k++)
				link |= streq(json_text(attributes->a.items[k], ""), "link");
			if (!link && is_file(item, "commit_file"))
				rc = offer(h, json_get_text(item, "path", ""));
		}
		if (rc < 0)
			return rc;
		url = json_get_text(v, "next", "");
	}
	return 0;
}

static int bitbucket_server_tree(struct hunt *h)
{
	for (long start = 0;;) {
		struct json *v;
		int rc = get(h,
			     arena_printf(h->cx->mem, "%s/files/%s?limit=1000&start=%ld%s%s", h->repo,
					  url_encode(h->cx->mem, h->folder, true), start, *h->f->ref ? "&at=" : "",
					  url_encode(h->cx->mem, h->f->ref, false)),
			     &v);
		const struct json *list = rc < 0 ? NULL : json_get(v, "values");

		for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n && rc == 0; i++)
			rc = offer(h, under(h, h->folder, json_text(list->a.items[i], "")));
		if (rc < 0)
			return rc;
		double next = json_get_num(v, "nextPageStart", -1);

		if (json_get_bool(v, "isLastPage", true) || next <= (double)start || next > 1e7)
			return 0;
		start = (long)next;
	}
}

static int search(struct hunt *h)
{
	switch (h->f->scm->kind) {
	case SCM_GITHUB:
		if (!*h->f->scm->api)
			return fail(h->cx, ERR_INPUT, "GitHub integration '%s' must configure apiBaseUrl to search",
				    h->f->scm->host);
		return github_tree(h, h->f->ref, "", 0);
	case SCM_GITEA:
		return gitea_tree(h);
	case SCM_GITLAB:
		return gitlab_tree(h);
	case SCM_BITBUCKET_CLOUD:
		return bitbucket_cloud_tree(h);
	case SCM_BITBUCKET_SERVER:
		return bitbucket_server_tree(h);
	}
	return 0;
}

int scm_glob(struct ctx *cx, const struct scm_file *f, const struct fetch_request *rq, size_t max, const char ***paths,
	     size_t *n)
{
	struct hunt h = { .cx = cx, .f = f, .rq = *rq, .repo = scm_repo_url(cx, f), .max = max };
	size_t folder = strcspn(f->path, "*?[{");

	if (!*f->ref && f->scm->kind != SCM_BITBUCKET_SERVER)
		return fail(cx, ERR_INPUT, "Incorrect URL: %s%s, it names no branch", f->before, f->after);
	while (folder && f->path[folder - 1] != '/')
		folder--;
	h.folder = arena_strndup(cx->mem, f->path, folder ? folder - 1 : 0);
	scm_headers(cx, f->scm, "application/json", &h.rq);
	int rc = search(&h);

	if (rc < 0)
		return rc;
	names_sort(h.found.items, h.found.n);
	*paths = h.found.items;
	*n = h.found.n;
	return 0;
}
