/* What a finished build becomes: pages that are shown and found. */
#include "docs/release.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/folder.h"
#include "base/log.h"
#include "docs/job.h"
#include "ext/db.h"
#include "ext/json.h"
#include "search/search.h"
#include "sql/docs.h"

enum { INDEX_MOST = 64 << 20 };

/* ---- pages to be found ---- */

static int read_index(struct ctx *cx, const char *path, struct json **out)
{
	AUTO_FD fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	*out = NULL;
	if (fd < 0 || fstat(fd, &st) < 0)
		return errno == ENOENT ? 0 : fail(cx, ERR_INTERNAL, "read '%s': %s", path, strerrordesc_np(errno));
	if (st.st_size > INDEX_MOST)
		return fail(cx, ERR_TOOLARGE, "the site has too much text to be searched: more than %d MiB", INDEX_MOST >> 20);
	char *bytes = arena_raw(cx->mem, (size_t)st.st_size + 1);
	size_t n = 0;

	for (ssize_t got; n < (size_t)st.st_size && (got = read(fd, bytes + n, (size_t)st.st_size - n)) > 0;)
		n += (size_t)got;
	return json_parse(cx, (struct str){ bytes, n }, out);
}

/* The name of the first owner, without kind and namespace, as Backstage has it here. */
static const char *owner_name(const struct json *entity)
{
	const struct json *relations = json_get(entity, "relations");

	for (size_t i = 0; json_is(relations, JSON_ARRAY) && i < relations->a.n; i++) {
		const char *ref = json_get_text(relations->a.items[i], "targetRef", ""), *slash = strchr(ref, '/');

		if (streq(json_get_text(relations->a.items[i], "type", ""), "ownedBy"))
			return slash ? slash + 1 : ref;
	}
	return "";
}

/* What Backstage's collator says of each page, but for the page itself. */
static struct json *shared_fields(struct arena *mem, const struct json *entity)
{
	const struct json *meta = json_get(entity, "metadata"), *spec = json_get(entity, "spec");
	const char *kind = json_get_text(entity, "kind", ""), *name = json_get_text(meta, "name", "");
	const char *const texts[][2] = {
		{ "kind", str_lower(mem, kind, strlen(kind)) },
		{ "namespace", json_get_text(meta, "namespace", "default") },
		{ "name", name },
		{ "entityTitle", json_get_text(meta, "title", name) },
		{ "componentType", json_get_text(spec, "type", "other") },
		{ "lifecycle", json_get_text(spec, "lifecycle", "") },
		{ "owner", owner_name(entity) },
	};
	struct json *fields = json_object(mem);

	for (size_t i = 0; i < LEN(texts); i++)
		json_set(mem, fields, texts[i][0], json_str(mem, texts[i][1]));
	return fields;
}

static int put_documents(struct ctx *cx, const struct docs_publication *p)
{
	struct json *index;
	int rc = read_index(cx, arena_printf(cx->mem, "%s/site/search/search_index.json", p->folder), &index);

	if (rc < 0)
		return rc;
	const struct json *docs = json_get(index, "docs"), *shared = shared_fields(cx->mem, p->entity);
	struct search_document *list = arena_array(cx->mem, struct search_document, json_len(docs));
	const char *place = docs_place(cx->mem, p->ref);
	size_t n = 0;

	for (size_t i = 0; json_is(docs, JSON_ARRAY) && i < docs->a.n; i++) {
		const struct json *doc = docs->a.items[i], *text = json_get(doc, "text");
		const char *path = json_get_text(doc, "location", "");
		struct json *fields = json_copy(cx->mem, shared);

		json_set(cx->mem, fields, "path", json_str(cx->mem, path));
		list[n++] = (struct search_document){ .location = arena_printf(cx->mem, "/docs/%s/%s", place, path),
						      .title = json_get_text(doc, "title", ""),
						      .text = json_is(text, JSON_STRING) ? text->s : STR(""),
						      .fields = fields };
	}
	return search_put(cx, SEARCH_DOCS, p->ref, p->entity_id, list, n);
}

/* ---- publishing ---- */

static int publish(struct ctx *cx, void *arg)
{
	const struct docs_publication *p = arg;
	int rc = q_docs_publish_exec(
		cx, &(struct q_docs_publish_in){
			    .build = p->build, .etag = p->etag, .pages = p->pages, .ref = p->ref, .building = p->build });

	if (rc == 0 && db_affected(cx) == 0)
		return fail(cx, ERR_CONFLICT, "another build of %s has begun", p->ref);
	return rc < 0 ? rc : put_documents(cx, p);
}

/* What the transaction names must be on the disk before it, whatever happens to the machine. */
static int settle(struct ctx *cx, const char *folder)
{
	AUTO_FD fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) < 0)
		return fail(cx, errno == ENOSPC || errno == EDQUOT ? ERR_UNAVAILABLE : ERR_INTERNAL,
			    "the site cannot be kept: %s", strerrordesc_np(errno));
	return 0;
}

int docs_publish(struct ctx *cx, const struct docs_publication *p)
{
	int rc = settle(cx, p->folder);
	struct docs_publication copy = *p;

	return rc < 0 ? rc : db_transaction(cx, publish, &copy);
}

static int unpublish(struct ctx *cx, void *arg)
{
	const char *ref = arg;
	int rc = q_docs_remove_exec(cx, &(struct q_docs_remove_in){ .ref = ref });

	return rc < 0 ? rc : search_put(cx, SEARCH_DOCS, ref, 0, NULL, 0);
}

int docs_unpublish(struct ctx *cx, const char *ref)
{
	int rc = db_transaction(cx, unpublish, arena_strdup(cx->mem, ref));

	if (rc == 0)
		docs_sweep_builds(cx, ref, NULL, NULL);
	return rc;
}

/* ---- sweeping ---- */

void docs_sweep_builds(struct ctx *cx, const char *ref, const char *keep, const char *keep_too)
{
	const struct docs_conf s = docs_conf(cx);
	const char *folder = arena_printf(cx->mem, "%s/%s", s.folder, docs_place(cx->mem, ref));
	struct text_list builds;
	bool there = folder_names(cx->mem, folder, &builds);

	for (size_t i = 0; i < builds.n; i++) {
		const char *build = builds.items[i], *path = arena_printf(cx->mem, "%s/%s", folder, build);

		if (*build == '.' || (keep && streq(build, keep)) || (keep_too && streq(build, keep_too)))
			continue;
		if (!folder_remove(path))
			log_warn("an old build cannot be removed", "path", path, "error", strerrordesc_np(errno), NULL);
	}
	if (there && !keep)
		rmdir(folder);
}
