/* Health rules of plugins: what they see, and what they may say. */
#include "kubernetes/rule.h"

#include "base/clock.h"
#include "base/list.h"
#include "catalog/ref.h"
#include "kubernetes/detect_private.h"
#include "kubernetes/match.h"

enum {
	FINDINGS_MOST = 20, /* of one rule about one object */
	EVENTS_SEEN = 20,
	OWNERS_SEEN = 8,
	OWNED_SEEN = 100,
	OWNED_DEEP = 4,
	WITH_SEEN = 200,
	ADVICE_LENGTH = 500,
	NAME_LENGTH = 253,
};

struct scene {
	struct arena *mem;
	const struct json *cluster, *objects, *rest; /* rest: the entity of those without a known label */
	struct detect_objects o;
	struct finder f;
	struct map places;   /* objects by "kind/namespace/name" */
	struct map owned;    /* arrays of them, by that of their owner */
	struct map entities; /* by label */
};

/* ---- the scene ---- */

static const char *place(struct arena *mem, const char *kind, const struct json *object, const char *name)
{
	const struct json *meta = json_get(object, "metadata");

	return arena_printf(mem, "%s/%s/%s", kind, words(meta, "namespace", ""), name ? name : words(meta, "name", ""));
}

static void know_owners(struct scene *s, struct json *object)
{
	const struct json *owners = array_at(object, "metadata", "ownerReferences");

	for (size_t i = 0; i < json_len(owners); i++) {
		const struct json *o = owners->a.items[i];
		const char *key = place(s->mem, words(o, "kind", ""), object, words(o, "name", ""));
		struct json *list = map_get(&s->owned, key);

		if (!list) {
			list = json_array(s->mem);
			map_put(s->mem, &s->owned, key, list);
		}
		json_push(s->mem, list, object);
	}
}

/* Members that are null say nothing, and would have to be compared in Lua. */
static void take_out_nulls(struct json *v)
{
	size_t kept = 0;

	for (size_t i = 0; v->type == JSON_ARRAY && i < v->a.n; i++)
		take_out_nulls(v->a.items[i]);
	for (size_t i = 0; v->type == JSON_OBJECT && i < v->o.n; i++) {
		if (v->o.m[i].value->type == JSON_NULL)
			continue;
		take_out_nulls(v->o.m[i].value);
		v->o.m[kept++] = v->o.m[i];
	}
	if (v->type == JSON_OBJECT)
		v->o.n = kept;
}

struct scene *scene_new(struct arena *mem, const struct json *q, int64_t now_ms)
{
	struct scene *s = arena_new(mem, struct scene);
	const struct json *all = json_get(q, "objects"), *events = json_get(q, "events");
	struct json *objects = json_array(mem);

	*s = (struct scene){ .mem = mem, .cluster = json_get(q, "cluster"), .objects = objects };
	s->o = (struct detect_objects){ .events = json_is(events, JSON_ARRAY) ? events : NULL, .now_ms = now_ms };
	s->f = (struct finder){ .mem = mem, .o = &s->o };
	finder_sort_events(&s->f);
	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++) {
		struct json *object = all->a.items[i];
		const char *kind = words(object, "kind", NULL);

		if (!kind || !words(json_get(object, "metadata"), "name", NULL))
			continue;
		take_out_nulls(object);
		json_push(mem, objects, object);
		map_put(mem, &s->places, place(mem, kind, object, NULL), object);
		know_owners(s, object);
	}
	return s;
}

const struct json *scene_objects(const struct scene *s)
{
	return s->objects;
}

static const char *id_of(const struct json *object)
{
	return words(json_path(object, "metadata", "labels", NULL), KUBERNETES_ID, NULL);
}

struct json *scene_ids(const struct scene *s)
{
	struct json *out = json_array(s->mem);
	struct map seen = { 0 };

	for (size_t i = 0; i < s->objects->a.n; i++) {
		const char *id = id_of(s->objects->a.items[i]);

		if (id && !map_put(s->mem, &seen, id, out))
			json_push(s->mem, out, json_str(s->mem, id));
	}
	return out;
}

void scene_entity(struct scene *s, const char *id, const struct json *entity)
{
	if (id)
		map_put(s->mem, &s->entities, arena_strdup(s->mem, id), json_copy(s->mem, entity));
	else
		s->rest = entity;
}

static const struct json *entity_of(const struct scene *s, const struct json *object)
{
	const char *id = id_of(object);
	const struct json *entity = id ? map_get(&s->entities, id) : NULL;

	return entity ? entity : s->rest;
}

/* ---- which objects ---- */

/* "Kind", or "Kind.group". */
static bool names_kind(const char *name, const struct json *object)
{
	const char *kind = words(object, "kind", ""), *api = words(object, "apiVersion", ""), *slash = strchr(api, '/');
	const char *dot = strchr(name, '.');
	size_t n = slash ? (size_t)(slash - api) : 0;

	if (!dot)
		return *name && streq(name, kind);
	return str_is((struct str){ name, (size_t)(dot - name) }, kind) && strlen(dot + 1) == n &&
	       strncmp(dot + 1, api, n) == 0;
}

bool kinds_name(const struct json *kinds, const struct json *object)
{
	for (size_t i = 0; json_is(kinds, JSON_ARRAY) && i < kinds->a.n; i++)
		if (names_kind(json_text(kinds->a.items[i], ""), object))
			return true;
	return false;
}

/* ---- what is around ---- */

/* Whoever wrote the objects may have let them own each other. */
static bool has_item(const struct json *list, const struct json *object)
{
	for (size_t i = 0; i < list->a.n; i++)
		if (list->a.items[i] == object)
			return true;
	return false;
}

static struct json *owners_of(struct arena *mem, const struct scene *s, const struct json *object)
{
	struct json *out = json_array(mem);
	const struct json *at = object;

	while (at && out->a.n < OWNERS_SEEN) {
		const struct json *refs = array_at(at, "metadata", "ownerReferences");
		struct json *owner = NULL;

		for (size_t i = 0; !owner && i < json_len(refs); i++)
			owner = map_get(&s->places, place(mem, words(refs->a.items[i], "kind", ""), at,
							  words(refs->a.items[i], "name", "")));
		if (!owner || owner == object || has_item(out, owner))
			break;
		json_push(mem, out, owner);
		at = owner;
	}
	return out;
}

static void add_owned(struct arena *mem, const struct scene *s, const struct json *object, unsigned deep, struct json *out)
{
	const struct json *list = map_get(&s->owned, place(mem, words(object, "kind", ""), object, NULL));

	for (size_t i = 0; i < json_len(list) && out->a.n < OWNED_SEEN; i++) {
		if (has_item(out, list->a.items[i]))
			continue;
		json_push(mem, out, list->a.items[i]);
		if (deep < OWNED_DEEP)
			add_owned(mem, s, list->a.items[i], deep + 1, out);
	}
}

static const char *namespace_of(const struct json *object)
{
	return words(json_get(object, "metadata"), "namespace", "");
}

static struct json *with_of(struct arena *mem, const struct scene *s, const struct json *row, const struct json *object)
{
	const struct json *kinds = json_get(row, "with");
	struct json *out = json_object(mem);

	for (size_t i = 0; json_is(kinds, JSON_ARRAY) && i < kinds->a.n; i++) {
		const char *kind = json_text(kinds->a.items[i], "");
		struct json *list = json_array(mem);

		for (size_t j = 0; j < s->objects->a.n && list->a.n < WITH_SEEN; j++) {
			struct json *o = s->objects->a.items[j];
			const char *ns = namespace_of(o);

			if (names_kind(kind, o) && (!*ns || streq(ns, namespace_of(object))))
				json_push(mem, list, o);
		}
		json_set(mem, out, kind, list);
	}
	return out;
}

static struct about about_of(const struct json *object)
{
	return (struct about){ .object = object, .kind = words(object, "kind", ""), .api = words(object, "apiVersion", "v1") };
}

struct json *rule_around(struct arena *mem, const struct scene *s, const struct json *row, const struct json *object)
{
	struct json *o = json_object(mem), *owned = json_array(mem);
	const struct json *entity = entity_of(s, object);
	struct about a = about_of(object);
	struct finder f = s->f;

	f.mem = mem;
	add_owned(mem, s, object, 0, owned);
	json_set(mem, o, "cluster", s->cluster ? json_copy(mem, s->cluster) : json_object(mem));
	json_set(mem, o, "now", json_num(mem, (double)s->o.now_ms));
	if (entity)
		json_set(mem, o, "entity", json_copy(mem, entity));
	json_set(mem, o, "events", finder_events(&f, &a, EVENTS_SEEN));
	json_set(mem, o, "owners", owners_of(mem, s, object));
	json_set(mem, o, "owned", owned);
	json_set(mem, o, "with", with_of(mem, s, row, object));
	return o;
}

/* ---- what is said ---- */

static int check_known(struct ctx *cx, const struct json *said)
{
	static const char *const known[] = { "message", "since", "severity", "container", "reason", "advice", "docs" };

	for (size_t i = 0; i < said->o.n; i++) {
		size_t k = 0;

		while (k < LEN(known) && !str_is(said->o.m[i].key, known[k]))
			k++;
		if (k == LEN(known))
			return fail(cx, ERR_INPUT,
				    "a finding has message, since, severity, container, reason, advice and docs, no '%.*s'",
				    (int)(said->o.m[i].key.n < 100 ? said->o.m[i].key.n : 100), said->o.m[i].key.p);
	}
	return 0;
}

static int read_text(struct ctx *cx, const struct json *said, const char *key, size_t most, const char **out)
{
	const struct json *v = json_get(said, key);

	*out = json_text(v, NULL);
	if (v && v->type != JSON_NULL && !*out)
		return fail(cx, ERR_INPUT, "%s must be a text, not %s", key, json_type_name(v));
	if (*out && strlen(*out) > most)
		return fail(cx, ERR_INPUT, "%s is longer than %zu bytes", key, most);
	return 0;
}

/* A time stamp, or milliseconds. */
static int read_since(struct ctx *cx, const struct json *said, const char **out)
{
	const struct json *v = json_get(said, "since");
	char stamp[25];
	int64_t ms;

	*out = NULL;
	if (!v || v->type == JSON_NULL)
		return 0;
	if (v->type == JSON_STRING && clock_parse(json_text(v, ""), &ms)) {
		*out = json_text(v, "");
		return 0;
	}
	if (v->type != JSON_NUMBER || !(v->num >= 0 && v->num < 253402300800000.0))
		return fail(cx, ERR_INPUT, "since must be a time, like \"2026-01-31T12:00:00Z\" or milliseconds since 1970");
	clock_format((int64_t)v->num, stamp);
	*out = arena_strdup(cx->mem, stamp);
	return 0;
}

/* The finding's own, else the rule's. */
static int read_advice(struct ctx *cx, const struct json *row, const struct json *said, struct json **out)
{
	struct json *v = json_get(said, "advice");

	if (!v || v->type == JSON_NULL)
		v = json_get(row, "advice");
	*out = json_array(cx->mem);
	if (json_is(v, JSON_STRING))
		json_push(cx->mem, *out, v);
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < v->a.n; i++)
		json_push(cx->mem, *out, v->a.items[i]);
	/* In Lua an empty list is an empty table. */
	if (v && v->type != JSON_STRING && v->type != JSON_ARRAY && !(v->type == JSON_OBJECT && v->o.n == 0))
		return fail(cx, ERR_INPUT, "advice must be a text or a list of texts, not %s", json_type_name(v));
	if ((*out)->a.n > ADVICE_MOST)
		return fail(cx, ERR_INPUT, "advice has more than %d texts", ADVICE_MOST);
	for (size_t i = 0; i < (*out)->a.n; i++)
		if (strlen(json_text((*out)->a.items[i], "")) - 1 >= ADVICE_LENGTH)
			return fail(cx, ERR_INPUT, "advice must be texts of 1 to %d bytes", ADVICE_LENGTH);
	return 0;
}

/* What is said beyond where: severity and docs, of the finding or of the rule. */
static int read_manner(struct ctx *cx, const struct json *row, const struct json *said, const char **severity,
		       const char **docs)
{
	int rc = read_text(cx, said, "severity", NAME_LENGTH, severity);

	if (rc == 0 && *severity && !detect_severity(*severity))
		rc = fail(cx, ERR_INPUT, "severity must be error, warning or info, not '%.40s'", *severity);
	if (rc == 0)
		rc = read_text(cx, said, "docs", ADVICE_LENGTH, docs);
	if (rc == 0 && *docs && !str_starts(*docs, "https://") && !str_starts(*docs, "http://"))
		rc = fail(cx, ERR_INPUT, "docs must begin with https:// or http://");
	if (rc == 0 && !*docs)
		*docs = json_get_text(row, "docs", NULL);
	return rc;
}

static void sign(const struct scene *s, const struct rule_source *of, const struct json *object, struct json *finding)
{
	struct json *source = json_object(s->mem);
	const struct json *entity = entity_of(s, object);

	json_set(s->mem, source, "plugin", json_str(s->mem, of->plugin));
	json_set(s->mem, source, "title", json_str(s->mem, of->title));
	json_set(s->mem, finding, "source", source);
	if (entity)
		json_set(s->mem, finding, "given", json_str(s->mem, ref_of_entity(s->mem, entity)));
}

static int take_one(struct ctx *cx, const struct scene *s, const struct rule_source *of, const struct json *object,
		    const struct json *said, struct json *out)
{
	struct about a = about_of(object);
	struct told t = { .id = arena_printf(s->mem, "%s.%s", of->plugin, json_get_text(of->row, "id", "")),
			  .severity = json_get_text(of->row, "severity", "warning"),
			  .title = json_get_text(of->row, "title", ""),
			  .logs = true };
	const char *docs;
	struct json *finding;
	int rc;

	if (!json_is(said, JSON_OBJECT))
		return fail(cx, ERR_INPUT, "it must give back a finding, a list of findings or nil, not %s",
			    json_type_name(said));
	rc = check_known(cx, said);
	if (rc == 0)
		rc = read_text(cx, said, "message", 1 << 20, &t.message);
	if (rc == 0 && !(t.message && *t.message))
		rc = fail(cx, ERR_INPUT, "a finding needs a message");
	if (rc == 0)
		rc = read_since(cx, said, &a.since);
	if (rc == 0)
		rc = read_text(cx, said, "container", NAME_LENGTH, &a.container);
	if (rc == 0)
		rc = read_text(cx, said, "reason", NAME_LENGTH, &a.reason);
	if (rc == 0)
		rc = read_manner(cx, of->row, said, &a.severity, &docs);
	if (rc == 0)
		rc = read_advice(cx, of->row, said, &t.advice);
	if (rc < 0)
		return rc;
	finding = finder_tell(&s->f, &a, &t);
	if (docs)
		json_set(s->mem, finding, "docs", json_str(s->mem, docs));
	sign(s, of, object, finding);
	json_push(s->mem, out, finding);
	return 0;
}

int rule_take(struct ctx *cx, const struct scene *s, const struct rule_source *of, const struct json *object,
	      const struct json *said, struct json *out)
{
	bool list = json_is(said, JSON_ARRAY);
	size_t before = out->a.n;
	int rc = 0;

	/* In Lua an empty list is an empty table. */
	if (!said || said->type == JSON_NULL || (json_is(said, JSON_OBJECT) && said->o.n == 0))
		return 0;
	if (!list)
		return take_one(cx, s, of, object, said, out);
	if (said->a.n > FINDINGS_MOST)
		return fail(cx, ERR_INPUT, "it gave back %zu findings about one object; at most %d are possible", said->a.n,
			    FINDINGS_MOST);
	for (size_t i = 0; rc == 0 && i < said->a.n; i++)
		rc = take_one(cx, s, of, object, said->a.items[i], out);
	if (rc < 0)
		out->a.n = before;
	return rc;
}
