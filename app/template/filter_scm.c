/* Backstage's filters: parseRepoUrl, projectSlug, parseEntityRef, pick. */
#include "template/filters.h"

/* The parts of a repository URL as the forms make it: "github.com?owner=o&repo=r". */
enum { P_OWNER, P_REPO, P_ORGANIZATION, P_WORKSPACE, P_PROJECT, P_COUNT };
static const char *const part_names[P_COUNT] = { "owner", "repo", "organization", "workspace", "project" };

struct repo_url {
	const char *host;
	const char *part[P_COUNT]; /* NULL: not there */
};

/* A value of a query string. */
static const char *decode(struct arena *mem, struct str s)
{
	char *out = arena_raw(mem, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool escape = s.p[i] == '%' && i + 2 < s.n && ascii_hex(s.p[i + 1]) >= 0 && ascii_hex(s.p[i + 2]) >= 0;

		out[n++] = escape ? (char)(ascii_hex(s.p[i + 1]) << 4 | ascii_hex(s.p[i + 2])) : s.p[i] == '+' ? ' ' : s.p[i];
		i += escape ? 2 : 0;
	}
	out[n] = '\0';
	return out;
}

/* What may stand as host[:port] in a URL; lower case, without the scheme's own port. */
static const char *host_of(struct arena *mem, struct str s)
{
	char *host = str_lower(mem, s.p, s.n);
	size_t n = s.n;

	for (size_t i = 0; i < n; i++)
		if (!host[i] || (!ascii_alnum(host[i]) && !strchr(".-_:[]", host[i])))
			return NULL;
	if (n > 4 && strcmp(host + n - 4, ":443") == 0)
		host[n - 4] = '\0';
	return *host ? host : NULL;
}

static bool repo_url_parse(struct arena *mem, struct str s, struct repo_url *out)
{
	size_t path = 0;

	*out = (struct repo_url){ 0 };
	while (path < s.n && !strchr("?/#\\", s.p[path]))
		path++;
	out->host = host_of(mem, (struct str){ s.p, path });
	struct str rest = { s.p + path, s.n - path };
	struct str before_hash = str_cut(&rest, '#');
	struct str query = before_hash;

	str_cut(&query, '?');
	while (query.p) {
		struct str v = str_cut(&query, '&'), key = str_cut(&v, '=');

		for (size_t i = 0; i < P_COUNT; i++)
			if (str_is(key, part_names[i]) && !out->part[i])
				out->part[i] = decode(mem, v.p ? v : (struct str){ "", 0 });
	}
	return out->host != NULL;
}

/* Kinds of hosts: what the configuration names, and the public ones that need no configuration. */
static const struct kind {
	const char *name, *host;
	unsigned needs; /* bits of parts */
} kinds[] = {
	{ "github", "github.com", 1 << P_OWNER | 1 << P_REPO },
	{ "gitlab", "gitlab.com", 1 << P_OWNER | 1 << P_REPO },
	{ "bitbucketCloud", "bitbucket.org", 1 << P_WORKSPACE | 1 << P_PROJECT | 1 << P_REPO },
	{ "azure", "dev.azure.com", 1 << P_PROJECT | 1 << P_REPO },
	{ "bitbucketServer", NULL, 1 << P_PROJECT | 1 << P_REPO },
	{ "bitbucket", NULL, 1 << P_PROJECT | 1 << P_REPO },
	{ "gerrit", NULL, 1 << P_REPO },
	{ "gitea", NULL, 1 << P_OWNER | 1 << P_REPO },
	{ "harness", NULL, 1 << P_REPO },
};

static const struct kind *kind_of(const struct json *conf, const char *host)
{
	for (size_t i = 0; i < LEN(kinds); i++) {
		const struct json *list = json_path(conf, "integrations", kinds[i].name, NULL);

		if (kinds[i].host && streq(kinds[i].host, host))
			return &kinds[i];
		for (size_t k = 0; json_is(list, JSON_ARRAY) && k < list->a.n; k++)
			if (str_ieq(json_get_text(list->a.items[k], "host", ""), host))
				return &kinds[i];
	}
	return NULL;
}

static int repo_url(struct run *r, const char *filter, struct val v, struct repo_url *out)
{
	const struct kind *kind;
	struct text *s;
	int rc = filter_need(r, filter, v, &s);

	if (rc < 0)
		return rc;
	if (!repo_url_parse(r->mem, (struct str){ s->p, s->n }, out))
		return run_fail(r, "'%.*s' is no repository URL", (int)(s->n < 200 ? s->n : 200), s->p);
	kind = kind_of(r->cx->conf, out->host);
	if (!kind)
		return run_fail(r, "no integration is configured for the host '%.100s'", out->host);
	/* A GitLab project may be named by its number alone. */
	if (streq(kind->name, "gitlab") && out->part[P_PROJECT] && *out->part[P_PROJECT])
		return 0;
	for (size_t i = 0; i < P_COUNT; i++)
		if ((kind->needs >> i & 1) && (!out->part[i] || !*out->part[i]))
			return run_fail(r, "the repository URL has no '%s'", part_names[i]);
	return 0;
}

int filter_parseRepoUrl(struct run *r, const struct args *a, struct val *out)
{
	struct repo_url url;
	int rc = repo_url(r, "parseRepoUrl", arg(a, 0), &url);

	if (rc < 0)
		return rc;
	*out = val_object(r);
	object_put(r, out->o, "host", val_lit(r, url.host));
	for (size_t i = 0; i < P_COUNT; i++)
		if (url.part[i])
			object_put(r, out->o, part_names[i], val_lit(r, url.part[i]));
	return 0;
}

int filter_projectSlug(struct run *r, const struct args *a, struct val *out)
{
	struct repo_url url;
	int rc = repo_url(r, "projectSlug", arg(a, 0), &url);

	if (rc < 0)
		return rc;
	*out = val_lit(r, arena_printf(r->mem, "%s/%s", url.part[P_OWNER] ? url.part[P_OWNER] : "undefined",
				       url.part[P_REPO] ? url.part[P_REPO] : "undefined"));
	return 0;
}

static bool some_text(struct val v)
{
	return val_is_text(v) && v.s->n > 0;
}

static struct val or_default(struct run *r, struct val v, struct val defaults, const char *key)
{
	if (!val_none(v) || defaults.t != VAL_OBJECT)
		return v;
	return object_get(r, defaults.o, key);
}

/* Cuts kind, namespace and name; false when a part is empty. */
static bool split_ref(struct run *r, struct str s, struct val *kind, struct val *ns, struct val *name)
{
	const char *colon = memchr(s.p, ':', s.n), *slash = memchr(s.p, '/', s.n);
	const char *from = s.p, *end = s.p + s.n;

	if (slash && colon && slash < colon)
		colon = NULL;
	if (colon) {
		*kind = val_str(r, from, (size_t)(colon - from));
		from = colon + 1;
	}
	if (slash) {
		*ns = val_str(r, from, (size_t)(slash - from));
		from = slash + 1;
	}
	*name = val_str(r, from, (size_t)(end - from));
	return from < end && !(colon && colon == s.p) && !(slash && slash == (colon ? colon + 1 : s.p));
}

int filter_parseEntityRef(struct run *r, const struct args *a, struct val *out)
{
	struct val v = arg(a, 0), kind = val_undef(), ns = val_undef(), name = val_undef();
	bool good = false;

	if (val_is_text(v)) {
		good = split_ref(r, (struct str){ v.s->p, v.s->n }, &kind, &ns, &name);
	} else if (v.t == VAL_OBJECT) {
		kind = object_get(r, v.o, "kind");
		ns = object_get(r, v.o, "namespace");
		name = object_get(r, v.o, "name");
		good = some_text(name);
	}
	kind = or_default(r, kind, arg(a, 1), "defaultKind");
	ns = or_default(r, ns, arg(a, 1), "defaultNamespace");
	ns = val_none(ns) ? val_lit(r, "default") : ns;
	if (!good)
		return run_fail(r, "this is no entity reference");
	if (!some_text(kind) || !some_text(ns))
		return run_fail(r, "the entity reference has no %s", some_text(ns) ? "kind" : "namespace");
	*out = val_object(r);
	object_put(r, out->o, "kind", kind);
	object_put(r, out->o, "namespace", ns);
	object_put(r, out->o, "name", name);
	return 0;
}

/* The next key of "a.b[0]['c d']"; false at the end. */
static bool next_key(struct str *path, struct str *key)
{
	struct str s = *path;
	size_t i = 0, skip;

	if (s.n == 0)
		return false;
	if (s.p[0] == '[') {
		char quote = s.n > 1 && (s.p[1] == '"' || s.p[1] == '\'') ? s.p[1] : 0;

		skip = quote ? 2 : 1;
		for (i = skip; i < s.n && s.p[i] != (quote ? quote : ']');)
			i++;
		*key = (struct str){ s.p + skip, i - skip };
		i += quote ? 2 : 1;
	} else {
		while (i < s.n && s.p[i] != '.' && s.p[i] != '[')
			i++;
		*key = (struct str){ s.p, i };
	}
	if (i < s.n && s.p[i] == '.')
		i++;
	i = i < s.n ? i : s.n;
	*path = (struct str){ s.p + i, s.n - i };
	return true;
}

static int pick_key(struct run *r, struct val *v, struct str key, bool *found)
{
	struct name name = name_of(key);

	*found = false;
	return val_none(*v) ? 0 : member_own(r, *v, &name, v, found);
}

static int pick_list(struct run *r, struct val *v, struct array *keys, bool *found)
{
	int rc = 0;

	array_load(r, keys);
	for (size_t i = 0; rc == 0 && *found && i < keys->n; i++) {
		struct text *s;

		rc = val_text(r, keys->items[i], &s);
		if (rc == 0)
			rc = pick_key(r, v, (struct str){ s->p, s->n }, found);
	}
	return rc;
}

int filter_pick(struct run *r, const struct args *a, struct val *out)
{
	struct val v = arg(a, 0), whole = v, path = arg(a, 1);
	struct str rest, key;
	struct text *s;
	bool found = true;
	int rc;

	if (path.t == VAL_ARRAY) {
		rc = pick_list(r, &v, path.a, &found);
	} else {
		rc = val_text(r, path, &s);
		if (rc < 0)
			return rc;
		rest = (struct str){ s->p, s->n };
		rc = pick_key(r, &whole, rest, &found); /* a key that holds dots */
		if (found)
			v = whole;
		for (bool go = !found, more = true; rc == 0 && go && more && next_key(&rest, &key); more = found)
			rc = pick_key(r, &v, key, &found);
	}
	*out = found && v.t != VAL_UNDEF ? v : arg(a, 2);
	return rc;
}
