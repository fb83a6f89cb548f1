/* What rules are asked: a round's objects by namespace, since what belongs together is in one. */
#include "base/map.h"
#include "kubernetes/judge_private.h"
#include "kubernetes/rule.h"

enum { TEXT_ENOUGH = 1 << 20, HEAP_MOST = RULES_QUESTION_MOST / 2 };

/* What one namespace has. */
struct heap {
	const char *ns;
	struct buf objects, events;
	bool wanted; /* there is something that a rule looks at */
};
struct heaps {
	struct heap **items;
	size_t n, cap;
	struct map known;
};

static struct heap *heap_of(struct arena *mem, struct heaps *all, const char *ns)
{
	struct heap *h = map_get(&all->known, ns);

	if (h)
		return h;
	h = arena_new(mem, struct heap);
	*h = (struct heap){ .ns = ns, .objects.mem = mem, .events.mem = mem };
	map_put(mem, &all->known, ns, h);
	*list_add(mem, all) = h;
	return h;
}

/* In lists, objects leave out what the list itself says. */
static struct json *whole(struct arena *mem, const struct call *c, const struct json *object)
{
	struct json *o = json_object(mem);

	json_set(mem, o, "apiVersion", json_str(mem, json_get_text(object, "apiVersion", c->api ? c->api : "v1")));
	json_set(mem, o, "kind", json_str(mem, json_get_text(object, "kind", c->kind ? c->kind : "")));
	for (size_t i = 0; i < object->o.n; i++)
		if (!str_is(object->o.m[i].key, "apiVersion") && !str_is(object->o.m[i].key, "kind"))
			json_append(mem, o, object->o.m[i].key, object->o.m[i].value);
	return o;
}

/* What owns others, or is owned. */
static bool is_workload(const struct call *c)
{
	static const char *const types[] = { "pods",       "replicasets", "deployments", "statefulsets",
					     "daemonsets", "jobs",        "cronjobs" };

	for (size_t i = 0; i < LEN(types); i++)
		if (streq(types[i], c->type))
			return true;
	return false;
}

static bool is_named(const struct fleet *e, const struct json *object, bool with)
{
	for (size_t i = 0; i < e->n_rules; i++)
		if (kinds_name(with ? e->rules[i].with : e->rules[i].kinds, object))
			return true;
	return false;
}

static void add_to(struct buf *list, const struct json *v)
{
	if (list->n)
		buf_addc(list, ',');
	json_write(list, v);
}

static void add_object(struct round *r, struct heaps *all, const struct call *c, const struct json *object)
{
	const struct fleet *e = r->view->server->fleet;
	struct json *o = whole(&r->mem, c, object);
	bool looked_at = is_named(e, o, false);
	struct heap *h;

	if (!looked_at && !is_workload(c) && !is_named(e, o, true))
		return;
	h = heap_of(&r->mem, all, json_get_text(json_get(object, "metadata"), "namespace", ""));
	h->wanted = h->wanted || looked_at;
	if (h->objects.n <= HEAP_MOST)
		add_to(&h->objects, o);
}

static void add_event(const struct heaps *all, const struct json *event)
{
	struct heap *h = map_get(&all->known, json_get_text(json_get(event, "involvedObject"), "namespace", ""));

	if (h && h->wanted && h->events.n < HEAP_MOST)
		add_to(&h->events, event);
}

static void begin_text(struct buf *b, const struct round *r)
{
	const struct view *v = r->view;

	buf_adds(b, "\"cluster\":{\"name\":");
	json_write_text(b, str_of(r->cluster.name));
	buf_adds(b, ",\"title\":");
	json_write_text(b, str_of(r->cluster.title ? r->cluster.title : r->cluster.name));
	buf_adds(b, "},\"selector\":");
	json_write_text(b, str_of(v->selector));
	buf_addf(b, ",\"private\":%s,\"objects\":[", v->token ? "true" : "false");
}

static void end_text(struct judging *j, struct buf *objects, struct buf *events)
{
	buf_addf(objects, "],\"events\":[");
	buf_add(objects, events->p, events->n);
	buf_adds(objects, "]}");
	*list_add(&j->mem, &j->texts) = buf_str(objects);
}

static void add_heaps(struct judging *j, const struct round *r, const struct heaps *all)
{
	struct buf objects = { .mem = &j->mem }, events = { .mem = &j->mem };
	bool begun = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct heap *h = all->items[i];

		if (!h->wanted || h->objects.n > HEAP_MOST)
			continue;
		if (!begun)
			begin_text(&objects, r);
		else
			buf_addc(&objects, ',');
		begun = true;
		buf_add(&objects, h->objects.p, h->objects.n);
		if (h->events.n) {
			buf_adds(&events, events.n ? "," : "");
			buf_add(&events, h->events.p, h->events.n);
		}
		if (objects.n < TEXT_ENOUGH)
			continue;
		end_text(j, &objects, &events);
		objects = events = (struct buf){ .mem = &j->mem };
		begun = false;
	}
	if (begun)
		end_text(j, &objects, &events);
}

void judge_texts(struct judging *j, struct round *r, const struct json *events, const char **left_out)
{
	struct heaps all = { 0 };

	*left_out = NULL;
	for (size_t i = 0; i < r->calls.n; i++) {
		const struct call *c = r->calls.items[i];

		for (size_t k = 0; c->what == CALL_OBJECTS && k < json_len(c->items); k++)
			add_object(r, &all, c, c->items->a.items[k]);
	}
	for (size_t i = 0; i < json_len(events); i++)
		add_event(&all, events->a.items[i]);
	for (size_t i = 0; i < all.n && !*left_out; i++)
		if (all.items[i]->wanted && all.items[i]->objects.n > HEAP_MOST)
			*left_out = arena_printf(&j->mem, "there is too much to look at in namespace %s", all.items[i]->ns);
	add_heaps(j, r, &all);
}
