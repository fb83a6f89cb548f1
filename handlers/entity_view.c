/* Entities as views need them: what a person would otherwise have to work out from the document. */
#include "handlers/entity_view.h"

#include "base/str.h"
#include "catalog/light.h"
#include "catalog/ref.h"
#include "handlers/links.h"

enum { ROW_RELATIONS = 20 }; /* of each type and kind */

const char *entity_title(const struct json *entity)
{
	const struct json *meta = json_get(entity, "metadata");
	const char *name = json_get_text(meta, "name", "");
	const char *title = json_get_text(meta, "title", "");

	if (!*title)
		title = json_text(json_path(entity, "spec", "profile", "displayName", NULL), "");
	return *title ? title : name;
}

struct json *entity_targets(struct arena *mem, const struct json *entity, const char *type)
{
	const struct json *relations = json_get(entity, "relations");
	struct json *list = json_array(mem);

	for (size_t i = 0; json_is(relations, JSON_ARRAY) && i < relations->a.n; i++)
		if (streq(json_get_text(relations->a.items[i], "type", ""), type))
			json_push(mem, list, json_get(relations->a.items[i], "targetRef"));
	return list;
}

/* The first target of a relation that is of a kind, or "". */
static const char *target_of_kind(struct arena *mem, const struct json *entity, const char *type, const char *kind)
{
	const struct json *targets = entity_targets(mem, entity, type);
	size_t n = strlen(kind);

	for (size_t i = 0; i < targets->a.n; i++) {
		const char *ref = json_text(targets->a.items[i], "");

		if (str_starts(ref, kind) && ref[n] == ':')
			return ref;
	}
	return "";
}

/* Text of an annotation as a link, or "". */
static const char *link_of(const struct json *annotations, const char *name)
{
	const char *url = link_external(json_get_text(annotations, name, ""));

	return streq(url, "#") ? "" : url;
}

/* What a Location points to, in one text. */
static const char *targets_of(struct arena *mem, const struct json *spec)
{
	const struct json *many = json_get(spec, "targets");
	struct buf b = { .mem = mem };

	buf_adds(&b, json_get_text(spec, "target", ""));
	for (size_t i = 0; json_is(many, JSON_ARRAY) && i < many->a.n; i++)
		buf_addf(&b, "%s%s", b.n ? ", " : "", json_text(many->a.items[i], ""));
	return buf_text(&b);
}

struct json *entity_row(struct arena *mem, const struct json *entity)
{
	const struct json *meta = json_get(entity, "metadata"), *spec = json_get(entity, "spec");
	const struct json *annotations = json_get(meta, "annotations"), *tags = json_get(meta, "tags");
	const char *ref = ref_of_entity(mem, entity);
	const char *const texts[][2] = {
		{ "ref", ref ? ref : "" },
		{ "url", link_entity(mem, ref ? ref : "") },
		{ "kind", json_get_text(entity, "kind", "") },
		{ "name", json_get_text(meta, "name", "") },
		{ "ns", json_get_text(meta, "namespace", "default") },
		{ "title", entity_title(entity) },
		{ "description", json_get_text(meta, "description", "") },
		{ "type", json_get_text(spec, "type", "") },
		{ "lifecycle", json_get_text(spec, "lifecycle", "") },
		{ "system", target_of_kind(mem, entity, "partOf", "system") },
		{ "domain", target_of_kind(mem, entity, "partOf", "domain") },
		{ "parent", target_of_kind(mem, entity, "partOf", "component") },
		{ "target", targets_of(mem, spec) },
		{ "source", link_of(annotations, "backstage.io/view-url") },
		{ "edit", link_of(annotations, "backstage.io/edit-url") },
	};
	struct json *row = json_object(mem);

	for (size_t i = 0; i < LEN(texts); i++)
		json_set(mem, row, texts[i][0], json_str(mem, texts[i][1]));
	json_set(mem, row, "tags", json_is(tags, JSON_ARRAY) ? json_copy(mem, tags) : json_array(mem));
	json_set(mem, row, "owners", entity_targets(mem, entity, "ownedBy"));
	json_set(mem, row, "errors", json_num(mem, (double)json_len(json_path(entity, "status", "items", NULL))));
	json_set(mem, row, "orphan", json_bool(mem, streq(json_get_text(annotations, "backstage.io/orphan", ""), "true")));
	return row;
}

/* Icons as Backstage's links name them, and what people write instead. */
static const char *const link_icons[][2] = {
	{ "dashboard", "chart-line" },
	{ "chart", "chart-line" },
	{ "grafana", "chart-line" },
	{ "metrics", "chart-line" },
	{ "monitoring", "activity" },
	{ "alert", "triangle-alert" },
	{ "warning", "triangle-alert" },
	{ "docs", "book-open" },
	{ "doc", "book-open" },
	{ "techdocs", "book-open" },
	{ "article", "file-text" },
	{ "runbook", "file-text" },
	{ "wiki", "book-open" },
	{ "chat", "message-square" },
	{ "slack", "message-square" },
	{ "message", "message-square" },
	{ "email", "mail" },
	{ "mail", "mail" },
	{ "github", "git-branch" },
	{ "gitlab", "git-branch" },
	{ "git", "git-branch" },
	{ "code", "code" },
	{ "source", "code" },
	{ "help", "life-buoy" },
	{ "support", "life-buoy" },
	{ "group", "users" },
	{ "team", "users" },
	{ "user", "user" },
	{ "web", "globe" },
	{ "website", "globe" },
	{ "public", "globe" },
	{ "bug", "bug" },
	{ "issues", "bug" },
	{ "video", "video" },
	{ "meeting", "video" },
	{ "calendar", "clock" },
	{ "deploy", "rocket" },
	{ "rocket", "rocket" },
	{ "build", "workflow" },
	{ "ci", "workflow" },
	{ "pipeline", "workflow" },
	{ "logs", "terminal" },
	{ "terminal", "terminal" },
	{ "api", "plug" },
	{ "security", "shield" },
	{ "cloud", "cloud" },
	{ "server", "server" },
	{ "database", "database" },
	{ "search", "search" },
	{ "settings", "settings" },
	{ "catalog", "layers" },
	{ "phone", "smartphone" },
	{ "pagerduty", "bell" },
	{ "oncall", "bell" },
};

static const char *link_icon(const char *name)
{
	for (size_t i = 0; i < LEN(link_icons); i++)
		if (str_ieq(link_icons[i][0], name))
			return link_icons[i][1];
	return "link";
}

struct json *entity_links(struct arena *mem, const struct json *entity)
{
	const struct json *links = json_path(entity, "metadata", "links", NULL);
	struct json *list = json_array(mem);

	for (size_t i = 0; json_is(links, JSON_ARRAY) && i < links->a.n; i++) {
		const struct json *l = links->a.items[i];
		const char *url = json_get_text(l, "url", ""), *title = json_get_text(l, "title", "");
		const char *icon = json_get_text(l, "icon", json_get_text(l, "type", ""));
		struct json *item = json_object(mem);
		bool good = !streq(link_external(url), "#");

		json_set(mem, item, "url", json_str(mem, good ? url : ""));
		json_set(mem, item, "title", json_str(mem, *title ? title : url));
		json_set(mem, item, "icon", json_str(mem, str_starts(url, "mailto:") ? "mail" : link_icon(icon)));
		json_set(mem, item, "chat", json_bool(mem, streq(link_icon(icon), "message-square")));
		json_push(mem, list, item);
	}
	return list;
}

struct json *entity_pairs(struct arena *mem, const struct json *object)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; json_is(object, JSON_OBJECT) && i < object->o.n; i++) {
		struct json *pair = json_object(mem);
		const struct json *v = object->o.m[i].value;
		struct buf text = { .mem = mem };

		if (!json_is(v, JSON_STRING))
			json_write(&text, v);
		json_set(mem, pair, "key", json_strn(mem, object->o.m[i].key.p, object->o.m[i].key.n));
		json_set(mem, pair, "value", json_is(v, JSON_STRING) ? json_copy(mem, v) : json_str(mem, buf_text(&text)));
		json_push(mem, list, pair);
	}
	return list;
}

int entity_rows(struct ctx *cx, const struct query *q, struct query_page *page, struct json **rows)
{
	struct entities found = { 0 };
	int rc = query_page(cx, q, page);

	if (!*rows)
		*rows = json_array(cx->mem);
	if (rc == 0)
		rc = query_bodies(cx, q, page->hits, page->n, &found);
	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		struct json *doc;

		rc = entity_parse(cx, found.items[i].body, ROW_RELATIONS, &doc, NULL);
		if (rc == 0)
			json_push(cx->mem, *rows, entity_row(cx->mem, doc));
	}
	return rc;
}
