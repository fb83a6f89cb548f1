/* What somebody wants to know before a location is registered: what is wrong with its file, and how a first file could look. */
#include "catalog/prepare.h"

#include "catalog/scm.h"
#include "catalog/source.h"

/* ---- a file as it is ---- */

static struct json *fault_json(struct arena *mem, const struct document *d, const struct fault *f)
{
	struct json *v = json_object(mem);
	const char *text = f->rule && *f->rule ? f->rule : f->message, *end = strstr(text, " - missingProperty: ");

	json_set(mem, v, "ref", json_str(mem, d->ref ? d->ref : ""));
	json_set(mem, v, "line", json_num(mem, f->line ? f->line : d->line));
	json_set(mem, v, "name", json_str(mem, f->name));
	json_set(mem, v, "message", json_strn(mem, text, end ? (size_t)(end - text) : strlen(text)));
	return v;
}

int prepare_check(struct ctx *cx, const char *target, struct json **out)
{
	const struct catalog_settings *s = catalog_settings(cx);
	struct location loc = { "url", target };
	struct origin_of from = { .at = loc, .origin = loc };
	struct json *entities = json_array(cx->mem), *faults = json_array(cx->mem);
	struct read_files files = { 0 };
	struct documents docs = { 0 };
	struct read_result read;
	int rc = s ? reader_read(cx, &loc, NULL, &read) : cx->err.code;

	if (rc == 0)
		rc = source_documents(cx, s, &from, read.bytes, &files, &docs);
	for (size_t i = 0; rc == 0 && i < docs.n; i++) {
		const struct document *d = &docs.items[i];

		for (size_t k = 0; k < d->faults.n; k++)
			json_push(cx->mem, faults, fault_json(cx->mem, d, &d->faults.items[k]));
		for (size_t k = 0; k < d->notes.n; k++)
			json_push(cx->mem, faults, fault_json(cx->mem, d, &d->notes.items[k]));
		if (!d->faults.n && d->entity)
			json_push(cx->mem, entities, d->entity);
	}
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "entities", entities);
	json_set(cx->mem, *out, "faults", faults);
	return rc;
}

/* ---- a repository ---- */

/* What target is in. at: the branch to look at where target names none. */
static bool repository(struct ctx *cx, const char *target, const char *at, struct scm_file *out)
{
	static const char *const shapes[] = { [SCM_GITHUB] = "blob",
					      [SCM_GITLAB] = "-/blob",
					      [SCM_GITEA] = "src/branch",
					      [SCM_BITBUCKET_CLOUD] = "src",
					      [SCM_BITBUCKET_SERVER] = "browse" };
	struct err before = cx->err;
	const struct scm *scm;
	const char *end = target + strlen(target);
	struct url u;
	bool found;

	if (url_parse(cx, target, &u) < 0 || !(scm = scm_by_host(cx, u.authority))) {
		cx->err = before;
		return false;
	}
	found = scm_parse(cx, target, out) == 0 && *out->ref;
	while (end > target && end[-1] == '/')
		end--;
	if (end - target > 4 && strncmp(end - 4, ".git", 4) == 0)
		end -= 4;
	if (!found && scm->kind != SCM_BITBUCKET_SERVER)
		found = scm_parse(
				cx,
				arena_printf(cx->mem, "%.*s/%s/%s/README", (int)(end - target), target, shapes[scm->kind], at),
				out) == 0;
	cx->err = before;
	return found;
}

const char *prepare_file_url(struct ctx *cx, const char *target, const char *branch, const char *name)
{
	struct scm_file f;

	return repository(cx, target, branch, &f) ? scm_file_url(cx, &f, name) : NULL;
}

const char *prepare_new_file_url(struct ctx *cx, const char *target, const char *branch, const char *name, const char *text)
{
	struct scm_file f;
	const char *repo, *ref;

	if (!repository(cx, target, branch, &f))
		return NULL;
	repo = url_encode(cx->mem, f.repo, true);
	ref = url_encode(cx->mem, f.ref, true);
	name = url_encode(cx->mem, name, false);
	switch (f.scm->kind) {
	case SCM_GITHUB:
		return arena_printf(cx->mem, "%s/%s/new/%s?filename=%s&value=%s", f.scm->base, repo, ref, name,
				    url_encode(cx->mem, text, false));
	case SCM_GITLAB:
		return arena_printf(cx->mem, "%s/%s/-/new/%s?file_name=%s", f.scm->base, repo, ref, name);
	case SCM_GITEA:
		return arena_printf(cx->mem, "%s/%s/_new/%s/", f.scm->base, repo, ref);
	default:
		return NULL;
	}
}

/* The first word that names somebody in a line for everything; the last such line counts. */
static const char *owner_in(struct arena *mem, struct str text)
{
	const char *owner = "";

	while (text.p) {
		struct str line = str_trim(str_cut(&text, '\n')), pattern = str_cut(&line, ' '), who;

		if (!str_is(pattern, "*") && !str_is(pattern, "/") && !str_is(pattern, "**") && !str_is(pattern, "/**"))
			continue;
		line = str_trim(line.p ? line : STR(""));
		who = str_cut(&line, ' ');
		if (who.n > 1 && who.p[0] == '@') {
			const char *slash = memrchr(who.p, '/', who.n), *from = slash ? slash + 1 : who.p + 1;

			owner = str_lower(mem, from, (size_t)(who.p + who.n - from));
		}
	}
	return owner;
}

int prepare_code_owner(struct ctx *cx, const char *target, const char **owner)
{
	static const char *const places[] = { ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS" };
	struct err before = cx->err;
	struct scm_file f;

	*owner = "";
	if (!repository(cx, target, "HEAD", &f))
		return 0;
	for (size_t i = 0; i < LEN(places); i++) {
		struct location loc = { "url", scm_file_url(cx, &f, places[i]) };
		struct read_result read;
		int rc = reader_read(cx, &loc, NULL, &read);

		if (rc == 0) {
			*owner = owner_in(cx->mem, read.bytes);
			break;
		}
		if (rc != ERR_NOTFOUND)
			break; /* a host that does not answer says nothing the next time either */
		cx->err = before;
	}
	cx->err = before;
	return 0;
}
