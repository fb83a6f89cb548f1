/* Health rules in tests of plugins. */
#include "plugins/health_fake.h"

#include "kubernetes/rule.h"

static struct scene *scene_of(struct ctx *cx, const struct json *q)
{
	const struct json *entity = json_get(q, "entity");
	struct scene *s = scene_new(cx->mem, q, (int64_t)json_get_num(q, "now", 0));

	if (json_is(entity, JSON_OBJECT))
		scene_entity(s, NULL, entity);
	return s;
}

static void add_turn(struct ctx *cx, const struct scene *s, const struct contribution *c, size_t rule, size_t object,
		     struct json *out)
{
	struct json *o = json_object(cx->mem);

	json_set(cx->mem, o, "rule", json_num(cx->mem, (double)rule + 1));
	json_set(cx->mem, o, "object", json_num(cx->mem, (double)object + 1));
	json_set(cx->mem, o, "given", scene_objects(s)->a.items[object]);
	json_set(cx->mem, o, "around", rule_around(cx->mem, s, c->row, scene_objects(s)->a.items[object]));
	json_push(cx->mem, out, o);
}

static int turns(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const struct plugin *p = arg;
	const struct contributions *rules = &p->by_kind[CONTRIBUTES_HEALTH];
	const struct scene *s = scene_of(cx, n ? args[0] : NULL);

	*out = json_array(cx->mem);
	for (size_t i = 0; i < rules->n; i++)
		for (size_t j = 0; j < scene_objects(s)->a.n; j++)
			if (kinds_name(json_get(rules->items[i].row, "kinds"), scene_objects(s)->a.items[j]))
				add_turn(cx, s, &rules->items[i], i, j, *out);
	return 0;
}

static int take(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const struct plugin *p = arg;
	const struct contributions *rules = &p->by_kind[CONTRIBUTES_HEALTH];
	const struct scene *s = scene_of(cx, n ? args[0] : NULL);
	double rule = n > 1 && json_is(args[1], JSON_NUMBER) ? args[1]->num - 1 : -1;
	double object = n > 2 && json_is(args[2], JSON_NUMBER) ? args[2]->num - 1 : -1;

	if (!(rule >= 0 && rule < (double)rules->n) || !(object >= 0 && object < (double)scene_objects(s)->a.n))
		return fail(cx, ERR_INPUT, "there is no such rule or object");
	const struct rule_source of = { p->name, p->title, rules->items[(size_t)rule].row };

	*out = json_array(cx->mem);
	return rule_take(cx, s, &of, scene_objects(s)->a.items[(size_t)object], n > 3 ? args[3] : NULL, *out);
}

void health_fakes(struct sandbox *s, const struct plugin *p)
{
	void *arg = (void *)(uintptr_t)p;

	sandbox_add(s, "rules", "turns", turns, arg);
	sandbox_add(s, "rules", "take", take, arg);
}
