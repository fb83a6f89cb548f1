/* What a repository could bring: the catalog files it has, or a proposal for one. */
#include "catalog/analyze.h"

#include "catalog/location.h"
#include "catalog/scm.h"
#include "catalog/source.h"

static void add_existing(struct ctx *cx, const char *target, bool registered, struct json *entity, struct json *out)
{
	struct json *item = json_object(cx->mem), *loc = json_object(cx->mem);

	json_set(cx->mem, loc, "type", json_str(cx->mem, "url"));
	json_set(cx->mem, loc, "target", json_str(cx->mem, target));
	json_set(cx->mem, item, "location", loc);
	json_set(cx->mem, item, "isRegistered", json_bool(cx->mem, registered));
	json_set(cx->mem, item, "entity", entity);
	json_push(cx->mem, out, item);
}

/* The good entities of a file that is there. */
static int add_file(struct ctx *cx, const struct catalog_settings *s, const char *target, struct json *out)
{
	struct location loc = { "url", target };
	struct origin_of from = { .at = loc, .origin = loc, .provider = true };
	struct read_files files = { 0 };
	struct documents docs = { 0 };
	struct registered_list registered = { 0 };
	struct read_result read;
	bool known = false;
	int rc = reader_read(cx, &loc, NULL, &read);

	if (rc == 0)
		rc = location_list(cx, &registered);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < registered.n; i++)
		known |= streq(registered.items[i].target, target);
	rc = source_documents(cx, s, &from, read.bytes, &files, &docs);
	for (size_t i = 0; rc == 0 && i < docs.n; i++)
		if (!docs.items[i].faults.n)
			add_existing(cx, target, known, docs.items[i].entity, out);
	return rc;
}

/* Catalog files anywhere in the repository that a URL of a source-code host names. */
static int find_files(struct ctx *cx, const char *target, const char *file_name, const char ***found, size_t *n)
{
	struct url u;
	const struct scm *scm;
	int rc = url_parse(cx, target, &u);

	*n = 0;
	scm = rc == 0 ? scm_by_host(cx, u.authority) : NULL;
	if (!scm)
		return rc;
	struct scm_file f;
	struct location glob = { "url", NULL };
	size_t end = strlen(target);

	while (end && target[end - 1] == '/')
		end--;
	if (end > 4 && strncmp(target + end - 4, ".git", 4) == 0)
		end -= 4;
	/* a repository's own page names no branch */
	if (scm_parse(cx, target, &f) == 0 && (*f.ref || scm->kind == SCM_BITBUCKET_SERVER))
		glob.target = scm_file_url(cx, &f, arena_printf(cx->mem, "%s%s**/%s", f.path, *f.path ? "/" : "", file_name));
	else
		glob.target = arena_printf(cx->mem,
					   scm->kind == SCM_GITLAB   ? "%.*s/-/blob/HEAD/**/%s"
					   : scm->kind == SCM_GITHUB ? "%.*s/blob/HEAD/**/%s"
								     : "%.*s/src/HEAD/**/%s",
					   (int)end, target, file_name);
	return reader_glob(cx, &glob, found, n);
}

static void add_field(struct ctx *cx, struct json *fields, const char *field, const char *state, const char *value,
		      const char *text)
{
	struct json *f = json_object(cx->mem);

	json_set(cx->mem, f, "field", json_str(cx->mem, field));
	json_set(cx->mem, f, "state", json_str(cx->mem, state));
	json_set(cx->mem, f, "value", value ? json_str(cx->mem, value) : json_null(cx->mem));
	json_set(cx->mem, f, "description", json_str(cx->mem, text));
	json_push(cx->mem, fields, f);
}

/* The last part of the URL as a name: what may not stand in one becomes a dash. */
static const char *proposed_name(struct ctx *cx, const char *path)
{
	char *name = arena_strdup(cx->mem, path);
	size_t n = strlen(name);

	while (n > 1 && name[n - 1] == '/')
		name[--n] = '\0';
	if (strrchr(name, '/'))
		name = strrchr(name, '/') + 1;
	if (str_ends(name, ".git"))
		name[strlen(name) - 4] = '\0';
	for (char *c = name; *c; c++)
		if (!ascii_alnum(*c) && *c != '-' && *c != '_' && *c != '.')
			*c = '-';
	while (*name && !ascii_alnum(*name))
		name++;
	n = strnlen(name, 63);
	while (n && !ascii_alnum(name[n - 1]))
		n--;
	name[n] = '\0';
	return *name ? name : "unnamed";
}

static struct json *propose(struct ctx *cx, const struct url *u)
{
	struct arena *mem = cx->mem;
	struct json *item = json_object(mem), *e = json_object(mem), *meta = json_object(mem), *spec = json_object(mem);
	struct json *fields = json_array(mem);
	const struct scm *scm = scm_by_host(cx, u->authority);
	struct str rest = str_of(*u->path ? u->path + 1 : "");
	struct str owner = str_cut(&rest, '/'), repo = rest.p ? str_cut(&rest, '/') : (struct str){ "", 0 };

	json_set(mem, e, "apiVersion", json_str(mem, "backstage.io/v1alpha1"));
	json_set(mem, e, "kind", json_str(mem, "Component"));
	json_set(mem, meta, "name",
		 json_str(mem,
			  scm && repo.n ? proposed_name(cx, arena_strndup(mem, repo.p, repo.n)) : proposed_name(cx, u->path)));
	json_set(mem, e, "metadata", meta);
	json_set(mem, spec, "type", json_str(mem, "other"));
	json_set(mem, spec, "lifecycle", json_str(mem, "unknown"));
	json_set(mem, e, "spec", spec);
	if (scm && owner.n && repo.n) {
		struct json *annotations = json_object(mem);
		const char *slug = arena_printf(mem, "%.*s/%.*s", (int)owner.n, owner.p, (int)repo.n, repo.p);

		json_set(mem, annotations, arena_printf(mem, "%s/project-slug", scm->host), json_str(mem, slug));
		json_set(mem, meta, "annotations", annotations);
		add_field(cx, fields, "metadata.name", "analysisSuggestedValue", json_get_text(meta, "name", ""), "");
		add_field(cx, fields, "spec.type", "analysisSuggestedValue", "other", "");
		add_field(cx, fields, "spec.lifecycle", "analysisSuggestedValue", "unknown", "");
		add_field(cx, fields, "spec.owner", "needsUserInput", NULL, "The group or user that owns the component");
	}
	json_set(mem, item, "entity", e);
	json_set(mem, item, "fields", fields);
	return item;
}

int location_analyze(struct ctx *cx, const char *type, const char *target, const char *file_name, struct json **out)
{
	const struct catalog_settings *s = catalog_settings(cx);
	struct json *existing = json_array(cx->mem), *generate = json_array(cx->mem);
	const char **found;
	struct url u;
	size_t n = 0;
	int rc = s ? url_parse(cx, target, &u) : cx->err.code;

	if (rc == 0 && !streq(type, "url"))
		rc = fail(cx, ERR_INPUT, "Only locations of type \"url\" can be analyzed, not \"%s\"", type);
	if (rc < 0)
		return rc;
	if (str_ends(u.path, ".yaml") || str_ends(u.path, ".yml")) {
		rc = add_file(cx, s, target, existing);
		if (rc < 0)
			return rc;
	} else if (find_files(cx, target, file_name, &found, &n) == 0) {
		for (size_t i = 0; i < n && i < 50; i++)
			add_file(cx, s, found[i], existing); /* one that cannot be read is left out */
	}
	if (!json_len(existing))
		json_push(cx->mem, generate, propose(cx, &u));
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "existingEntityFiles", existing);
	json_set(cx->mem, *out, "generateEntities", generate);
	return 0;
}
