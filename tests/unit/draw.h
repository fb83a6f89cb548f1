/* Random entities and random questions about them, for tests/unit/differential.c; most questions have an answer. */
#ifndef TESTS_DRAW_H
#define TESTS_DRAW_H

#include "judge.h"

static uint64_t draw_state;

/* Below n. */
static unsigned any(unsigned n)
{
	draw_state = draw_state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(draw_state >> 33) % n;
}

/* ---- entities ---- */

static const char *const draw_words[] = { "service",
					  "Service",
					  "SERVICE",
					  "website",
					  "library",
					  "team-a",
					  "Team-B",
					  "a",
					  "B",
					  "b",
					  "",
					  "z%_\\",
					  "true",
					  "7",
					  "\xc3\xa9t\xc3\xa9",
					  "\xf0\x9f\x9a\x80 go",
					  "say \"x\"\n",
					  "group:default/team-a" };
static const char *const draw_keys[] = {
	"type",   "Lifecycle",           "owner", "system",  "rank", "on", "deep.er", "x y", "example.test/slug", "tier",
	"TIER-2", "backstage.io/orphan", "tags",  "\xc3\x89"
};
static const char *const draw_kinds[] = { "Component", "API", "Group", "User", "Subcomponent", "Template" };
static const char *const draw_relations[] = { "ownedBy", "ownerOf", "partOf", "hasPart", "dependsOn", "dependencyOf" };

static const char *draw_word(void)
{
	return draw_words[any(LEN(draw_words))];
}

/* About as long as can be searched, in characters of one to four bytes. */
static const char *draw_long(struct arena *mem)
{
	static const char *const letters[] = { "x", "\xc3\xa9", "\xf0\x9f\x9a\x80" };
	const char *letter = letters[any(LEN(letters))];
	struct buf b = { .mem = mem };

	for (unsigned n = 195 + any(10); n; n--)
		buf_adds(&b, letter);
	return buf_text(&b);
}

static struct json *draw_value(struct arena *mem, unsigned depth)
{
	static const double numbers[] = { 0, 1, 7, -3, 1.5, 1e21, 1e-7, 123456789012 };
	struct json *v;

	switch (any(depth < 3 ? 12 : 8)) {
	case 0:
		return json_null(mem);
	case 1:
		return json_bool(mem, any(2));
	case 2:
		return json_num(mem, numbers[any(LEN(numbers))]);
	case 3:
		return json_str(mem, any(4) ? draw_word() : draw_long(mem));
	case 8:
	case 9:
		v = json_array(mem);
		for (unsigned n = any(4); n; n--)
			json_push(mem, v, any(2) ? json_str(mem, draw_word()) : draw_value(mem, depth + 1));
		return v;
	case 10:
		v = json_object(mem);
		for (unsigned n = any(4); n; n--)
			json_set(mem, v, draw_keys[any(LEN(draw_keys))], draw_value(mem, depth + 1));
		return v;
	default:
		return json_str(mem, draw_word());
	}
}

/* One more thing that an entity says. */
static void draw_edit(struct arena *mem, struct json *e)
{
	static const char *const parts[] = { "labels", "annotations" };
	struct json *metadata = json_get(e, "metadata"), *spec = json_get(e, "spec"), *part;
	const char *key = draw_keys[any(LEN(draw_keys))];

	switch (any(6)) {
	case 0:
		json_set(mem, metadata, "title", json_str(mem, any(9) ? draw_word() : draw_long(mem)));
		break;
	case 1:
		json_set(mem, metadata, "tags", json_array(mem));
		for (unsigned n = any(4); n; n--)
			json_push(mem, json_get(metadata, "tags"), json_str(mem, any(12) ? draw_word() : draw_long(mem)));
		break;
	case 2:
	case 3:
		key = parts[any(2)];
		part = json_get(metadata, key);
		if (!json_is(part, JSON_OBJECT))
			part = json_set(mem, metadata, key, json_object(mem));
		json_set(mem, part, draw_keys[any(LEN(draw_keys))], json_str(mem, draw_word()));
		break;
	case 4:
		if (json_is(spec, JSON_OBJECT) && any(2))
			json_remove(spec, key);
		break;
	default:
		if (json_is(spec, JSON_OBJECT))
			json_set(mem, spec, key, draw_value(mem, 0));
	}
}

static struct json *draw_entity(struct arena *mem)
{
	struct json *e = json_object(mem), *metadata = json_object(mem);

	json_set(mem, e, "apiVersion", json_str(mem, "backstage.io/v1alpha1"));
	json_set(mem, e, "kind", json_str(mem, draw_kinds[any(LEN(draw_kinds))]));
	json_set(mem, e, "metadata", metadata);
	json_set(mem, metadata, "name", json_fmt(mem, "%s-%u", any(2) ? "Player" : "thing", any(500)));
	if (any(3))
		json_set(mem, metadata, "namespace", json_str(mem, any(2) ? "default" : "Other"));
	if (any(8))
		json_set(mem, e, "spec", json_object(mem));
	for (unsigned n = 2 + any(10); n; n--)
		draw_edit(mem, e);
	return e;
}

/* ---- questions: what is asked for is drawn from what living entities say ---- */

static const char *draw_case(struct arena *mem, const char *s)
{
	char *p = arena_strdup(mem, s);

	for (unsigned how = any(4), i = 0; p[i]; i++)
		if (ascii_alpha(p[i]) && (how == 1 || (how == 2 && any(2))))
			p[i] = (char)(p[i] ^ 0x20);
	return p;
}

/* Some characters of s from its start, or from anywhere. */
static const char *draw_part(struct arena *mem, const char *s, bool from_start)
{
	size_t n = strlen(s), from = from_start ? 0 : any((unsigned)n + 1), len = any((unsigned)(n - from) + 1);

	if (any(3))
		len = len < 6 ? len : 6;
	while ((s[from] & 0xC0) == 0x80)
		from++, len -= len > 0;
	while ((s[from + len] & 0xC0) == 0x80)
		len++;
	return arena_strndup(mem, s + from, len);
}

/* A living one; there is at least one. */
static const struct thing *draw_thing(const struct crowd *all)
{
	const struct thing *t;

	do
		t = &all->items[any((unsigned)all->n)];
	while (!t->there);
	return t;
}

static const struct fact *draw_fact(const struct thing *t)
{
	static const char *const common[] = { "kind", "spec.type", "metadata.namespace", "spec.owner", "relations.ownedby" };
	const struct fact *f = &t->facts.items[any((unsigned)t->facts.n)];
	const char *key = any(3) ? NULL : intern(common[any(LEN(common))]);

	for (size_t i = 0; i < t->facts.n; i++)
		if (t->facts.items[i].key == key)
			f = &t->facts.items[i];
	return f;
}

static const char *draw_wrong(struct arena *mem)
{
	const char *word = draw_word();

	return str_lower(mem, word, strlen(word));
}

static struct test *draw_leaf(struct arena *mem, const struct crowd *all, const struct thing *t)
{
	struct test *q = arena_new(mem, struct test);
	const struct fact *f = draw_fact(t);

	q->key = any(15) ? f->key : intern(any(2) ? "spec.nothing" : "kind");
	q->op = any(6) == 0 ? TEST_THERE : any(6) == 0 ? TEST_BEGINS : TEST_ONE_OF;
	if (q->op == TEST_THERE)
		return q;
	q->values[q->n++] = f->lower && any(12) ? arena_strdup(mem, f->lower) : draw_wrong(mem);
	if (q->op == TEST_BEGINS)
		q->values[0] = draw_part(mem, q->values[0], true);
	while (q->op == TEST_ONE_OF && q->n < LEN(q->values) && any(4) == 0) {
		const char *also = least(draw_thing(all), q->key);

		q->values[q->n++] = also ? arena_strdup(mem, also) : draw_wrong(mem);
	}
	return q;
}

static struct test *draw_tree(struct arena *mem, const struct crowd *all, const struct thing *t, unsigned depth)
{
	struct test *q = arena_new(mem, struct test);

	if (any(depth < 3 ? 2 : 8))
		return draw_leaf(mem, all, t);
	q->op = any(5) == 0 ? TEST_NOT : any(2) ? TEST_ALL : TEST_ANY;
	q->n = q->op == TEST_NOT ? 1 : any(20) ? 1 + any(3) : 0;
	for (size_t i = 0; i < q->n; i++)
		q->sub[i] = draw_tree(mem, all, any(4) ? t : draw_thing(all), depth + 1);
	return q;
}

/* ---- the filter parameter ---- */

static bool draw_can_be_filter(const struct test *q)
{
	bool good = *q->key && q->op != TEST_BEGINS && !strpbrk(q->key, ",=") && str_trim(str_of(q->key)).n == strlen(q->key);

	for (size_t i = 0; i < q->n; i++)
		good &= !strchr(q->values[i], ',') && str_trim(str_of(q->values[i])).n == strlen(q->values[i]);
	return good;
}

/* A conjunction of different keys: the same key twice would mean either value. */
static struct test *draw_conjunction(struct arena *mem, const struct crowd *all, const struct thing *t)
{
	struct test *q = arena_new(mem, struct test);

	*q = (struct test){ .op = TEST_ALL };
	for (unsigned tries = 1 + any(4); tries && q->n < 3; tries--) {
		struct test *leaf = draw_leaf(mem, all, t);
		bool good = draw_can_be_filter(leaf);

		for (size_t i = 0; i < q->n; i++)
			good &= q->sub[i]->key != leaf->key;
		if (good)
			q->sub[q->n++] = leaf;
	}
	return q;
}

static struct test *draw_filter(struct arena *mem, const struct crowd *all)
{
	struct test *q = arena_new(mem, struct test);

	*q = (struct test){ .op = TEST_ANY };
	for (unsigned tries = 1 + any(3); tries; tries--) {
		struct test *one = draw_conjunction(mem, all, draw_thing(all));

		if (one->n)
			q->sub[q->n++] = one;
	}
	return q->n ? q : NULL;
}

static const char *draw_space(void)
{
	return any(4) ? "" : any(2) ? " " : "\t ";
}

/* One filter parameter, as somebody may write it. */
static const char *filter_text(struct arena *mem, const struct test *conjunction)
{
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < conjunction->n; i++) {
		const struct test *leaf = conjunction->sub[i];

		for (size_t k = 0; k < leaf->n || (k == 0 && leaf->op == TEST_THERE); k++) {
			buf_addf(&b, "%s%s%s%s", b.n ? "," : "", draw_space(), draw_case(mem, leaf->key), draw_space());
			if (leaf->op == TEST_ONE_OF)
				buf_addf(&b, "=%s%s%s", draw_space(), draw_case(mem, leaf->values[k]), draw_space());
		}
	}
	return buf_text(&b);
}

/* ---- predicates ---- */

/* A value as a text, or as the number or the truth that it looks like. */
static struct json *draw_primitive(struct arena *mem, const char *value)
{
	struct buf b = { .mem = mem };
	char *end;
	double num = strtod(value, &end);

	if (any(2) && (streq(value, "true") || streq(value, "false")))
		return json_bool(mem, streq(value, "true"));
	json_write_number(&b, num);
	if (any(2) && *value && !*end && streq(buf_text(&b), value))
		return json_num(mem, num);
	return json_str(mem, draw_case(mem, value));
}

static struct json *value_list(struct arena *mem, const struct test *q, bool texts)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < q->n; i++)
		json_push(mem, list, texts ? json_str(mem, draw_case(mem, q->values[i])) : draw_primitive(mem, q->values[i]));
	return list;
}

static struct json *with(struct arena *mem, const char *key, struct json *v)
{
	struct json *o = json_object(mem);

	json_set(mem, o, key, v);
	return o;
}

/* What stands beside the key of a leaf. */
static struct json *leaf_json(struct arena *mem, const struct test *q)
{
	if (q->op == TEST_THERE)
		return with(mem, "$exists", json_bool(mem, true));
	if (q->op == TEST_BEGINS)
		return with(mem, "$hasPrefix", json_str(mem, draw_case(mem, q->values[0])));
	if (q->n > 1 || any(4) == 0)
		return with(mem, "$in", value_list(mem, q, false));
	return any(3) ? draw_primitive(mem, q->values[0]) : with(mem, "$contains", draw_primitive(mem, q->values[0]));
}

static struct json *relation_json(struct arena *mem, const struct test *q)
{
	struct json *v = with(mem, "type", json_str(mem, draw_case(mem, q->key + strlen("relations."))));

	if (q->op == TEST_ONE_OF)
		json_set(mem, v, "targetRef",
			 q->n == 1 && any(2) ? json_str(mem, draw_case(mem, q->values[0]))
					     : with(mem, "$in", value_list(mem, q, true)));
	return with(mem, "relations", with(mem, "$contains", v));
}

static bool is_leaf(const struct test *q)
{
	return q->op != TEST_ALL && q->op != TEST_ANY && q->op != TEST_NOT;
}

static struct json *predicate_json(struct arena *mem, const struct test *q)
{
	struct json *list = json_array(mem), *flat = json_object(mem);

	if (is_leaf(q) && str_starts(q->key, "relations.") && q->op != TEST_BEGINS && any(2))
		return relation_json(mem, q);
	if (is_leaf(q))
		return with(mem, draw_case(mem, q->key), leaf_json(mem, q));
	if (q->op == TEST_NOT && q->sub[0]->op == TEST_THERE && any(2))
		return with(mem, draw_case(mem, q->sub[0]->key), with(mem, "$exists", json_bool(mem, false)));
	if (q->op == TEST_NOT)
		return with(mem, "$not", predicate_json(mem, q->sub[0]));
	for (size_t i = 0; i < q->n; i++) {
		json_push(mem, list, predicate_json(mem, q->sub[i]));
		if (is_leaf(q->sub[i]))
			json_set(mem, flat, q->sub[i]->key, leaf_json(mem, q->sub[i]));
	}
	/* members of one object mean all of them */
	if (q->op == TEST_ALL && json_len(flat) == q->n && any(2))
		return flat;
	return with(mem, q->op == TEST_ALL ? "$all" : "$any", list);
}

/* ---- the conditions of permissions ---- */

static const struct {
	const char *prefix, *rule, *param;
} draw_rules[] = {
	{ "metadata.annotations.", "HAS_ANNOTATION", "annotation" },
	{ "metadata.labels.", "HAS_LABEL", "label" },
	{ "metadata.", "HAS_METADATA", "key" },
	{ "spec.", "HAS_SPEC", "key" },
};

/* Leaves become what rules can say. */
static void draw_condition_leaves(struct test *q)
{
	bool known = false;

	for (size_t i = 0; !is_leaf(q) && i < q->n; i++)
		draw_condition_leaves(q->sub[i]);
	if (!is_leaf(q))
		return;
	for (size_t i = 0; i < LEN(draw_rules); i++)
		known |= str_starts(q->key, draw_rules[i].prefix) && q->key[strlen(draw_rules[i].prefix)];
	if (q->op == TEST_BEGINS)
		q->op = TEST_ONE_OF;
	if (known) {
		q->n = q->op == TEST_THERE ? 0 : 1;
		return;
	}
	if (!streq(q->key, "kind") && !streq(q->key, "relations.ownedby")) {
		q->key = intern("kind");
		q->values[0] = "component";
	}
	if (q->op == TEST_THERE)
		q->values[0] = streq(q->key, "kind") ? "api" : "group:default/team-a";
	q->n = q->n ? q->n : 1;
	q->op = TEST_ONE_OF;
}

static struct json *condition_json(struct arena *mem, const struct test *q)
{
	struct json *rule = json_object(mem), *params = json_object(mem), *list = json_array(mem);

	if (q->op == TEST_NOT)
		return with(mem, "not", condition_json(mem, q->sub[0]));
	for (size_t i = 0; !is_leaf(q) && i < q->n; i++)
		json_push(mem, list, condition_json(mem, q->sub[i]));
	if (!is_leaf(q))
		return with(mem, q->op == TEST_ALL ? "allOf" : "anyOf", list);
	json_set(mem, rule, "resourceType", json_str(mem, "catalog-entity"));
	json_set(mem, rule, "params", params);
	if (streq(q->key, "kind") || streq(q->key, "relations.ownedby")) {
		bool kind = streq(q->key, "kind");

		json_set(mem, rule, "rule", json_str(mem, kind ? "IS_ENTITY_KIND" : "IS_ENTITY_OWNER"));
		json_set(mem, params, kind ? "kinds" : "claims", value_list(mem, q, true));
		return rule;
	}
	for (size_t i = 0; !json_len(params) && i < LEN(draw_rules); i++) {
		if (!str_starts(q->key, draw_rules[i].prefix) || !q->key[strlen(draw_rules[i].prefix)])
			continue;
		json_set(mem, rule, "rule", json_str(mem, draw_rules[i].rule));
		json_set(mem, params, draw_rules[i].param,
			 json_str(mem, draw_case(mem, q->key + strlen(draw_rules[i].prefix))));
		if (q->op == TEST_ONE_OF)
			json_set(mem, params, "value", json_str(mem, draw_case(mem, q->values[0])));
	}
	return rule;
}

/* ---- a whole question ---- */

/* Behind draw_order(), which says where text is looked for unless the question says where. */
static void draw_text(struct arena *mem, const struct crowd *all, struct question *q)
{
	const struct thing *t = draw_thing(all);
	const struct fact *f = draw_fact(t);
	const char *text = f->lower;

	q->text_default = any(4) == 0;
	q->text_keys[q->n_text_keys++] = f->key;
	if (q->text_default) {
		q->text_keys[0] = q->n_by ? q->by[0].key : intern("metadata.uid");
		text = least(t, q->text_keys[0]);
	} else if (any(3) == 0) {
		q->text_keys[q->n_text_keys++] = draw_fact(t)->key;
	}
	q->text = text ? draw_part(mem, text, false) : "";
	if (!*q->text)
		q->text = "a";
}

static void draw_order(const struct crowd *all, struct question *q)
{
	static const char *const common[] = { "metadata.name", "metadata.uid", "kind", "spec.type", "metadata.title" };

	while (q->n_by < LEN(q->by) && any(3) == 0) {
		const char *key = any(3) ? intern(common[any(LEN(common))]) : draw_fact(draw_thing(all))->key;

		q->by[q->n_by++] = (struct by){ key, any(2) };
	}
	q->lacking_last = any(3) == 0;
}

/* Everything lives in mem: the entities may go while the question is asked. */
static struct question draw_question(struct arena *mem, const struct crowd *all)
{
	struct question q = { .with_errors = any(25) == 0 };
	const struct thing *t = draw_thing(all);

	if (any(3))
		q.filter = draw_filter(mem, all);
	if (any(3) == 0)
		q.predicate = draw_tree(mem, all, t, 0);
	if (any(5) == 0) {
		struct test *c = draw_tree(mem, all, t, 1);

		draw_condition_leaves(c);
		q.condition = c;
	}
	draw_order(all, &q);
	if (any(4) == 0)
		draw_text(mem, all, &q);
	return q;
}

#endif
