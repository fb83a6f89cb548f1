/* A page of a form as it is with the values so far: conditions judged, references followed, alternatives chosen. */
#include "scaffolder/fit.h"
#include "scaffolder/form_private.h"
#include "scaffolder/template.h"

enum { MOST_STEPS = 50000, MOST_JUDGED = 2000 };

/* One object (or value) that is being put together. */
struct making {
	struct form_work *w;
	const struct json *value;
	const char *at;
	struct json *out, *properties, *required;
	const struct json *refs[FORM_DEPTH]; /* followed to here */
	unsigned depth, n_refs;
};

/* Adds what a schema says, but for one property (p NULL: all of it). */
static void merge_but(struct making *m, const struct json *schema, struct str but);

static void merge(struct making *m, const struct json *schema)
{
	merge_but(m, schema, (struct str){ 0 });
}

static struct arena *mem_of(const struct making *m)
{
	return m->w->form->cx->mem;
}

/* What a schema keeps for its references. */
static const char *const shared[] = { "definitions", "$defs" };

/* ---- judging ---- */

bool form_fits(struct arena *mem, const struct json *root, struct json *schema, const struct json *value)
{
	struct json *whole = json_object(mem), *all = json_array(mem), *part;

	for (size_t i = 0; i < LEN(shared); i++)
		if ((part = json_get(root, shared[i])))
			json_set(mem, whole, shared[i], part);
	json_push(mem, all, schema);
	json_set(mem, whole, "allOf", all);
	return fit_errors(mem, whole, value, true)->a.n == 0;
}

static bool fits(struct making *m, struct json *schema)
{
	return ++m->w->judged <= MOST_JUDGED && form_fits(mem_of(m), m->w->root, schema, m->value);
}

static bool flag_is_on(struct form_work *w, const struct json *schema)
{
	const struct json *on = json_path(w->form->cx->conf, "app", "featureFlags", NULL);
	const char *flag = json_get_text(schema, "backstage:featureFlag", NULL);

	return !flag || json_has_text(on, str_of(flag));
}

/* ---- parts ---- */

/* What a second mention says comes on top of the first. */
static struct json *overlaid(struct arena *mem, const struct json *a, struct json *b)
{
	struct json *both;

	if (!json_is(a, JSON_OBJECT) || !json_is(b, JSON_OBJECT))
		return b;
	both = json_object(mem);
	for (size_t i = 0; i < a->o.n; i++)
		json_setn(mem, both, a->o.m[i].key, a->o.m[i].value);
	for (size_t i = 0; i < b->o.n; i++)
		json_setn(mem, both, b->o.m[i].key, b->o.m[i].value);
	return both;
}

static void add_properties(struct making *m, const struct json *properties, struct str but)
{
	struct arena *mem = mem_of(m);

	for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n; i++) {
		struct str key = properties->o.m[i].key;
		struct json *before = json_getn(m->properties, key), *now = properties->o.m[i].value;

		if (m->properties->o.n > FORM_FIELDS) {
			m->w->fields = FORM_FIELDS + 1; /* looking for each among so many would cost */
			return;
		}
		if ((but.p && str_eq(key, but)) || !json_is(now, JSON_OBJECT) || !flag_is_on(m->w, now))
			continue;
		json_setn(mem, m->properties, key, before ? overlaid(mem, before, now) : now);
	}
}

static void add_required(struct making *m, const struct json *list)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n && i < FORM_FIELDS; i++) {
		bool had = false;

		for (size_t k = 0; k < m->required->a.n; k++)
			had |= json_equal(m->required->a.items[k], list->a.items[i]);
		if (!had && json_is(list->a.items[i], JSON_STRING))
			json_push(mem_of(m), m->required, list->a.items[i]);
	}
}

static const struct json *target_of(struct making *m, const char *ref)
{
	const struct json *v = m->w->root;
	struct str rest = str_of(ref);

	if (*ref != '#')
		return NULL;
	str_cut(&rest, '/');
	while (v && rest.p) {
		struct str part = str_cut(&rest, '/');

		v = json_getn(v, part);
	}
	return v;
}

static void follow(struct making *m, const char *ref)
{
	const struct json *target = target_of(m, ref);
	unsigned before = m->n_refs;

	for (unsigned i = 0; target && i < m->n_refs; i++)
		if (m->refs[i] == target)
			target = NULL; /* it leads back to itself */
	if (!target || m->n_refs == FORM_DEPTH) {
		json_set(mem_of(m), m->out, FORM_NOTE,
			 json_fmt(mem_of(m), "%.200s is not shown: it leads back to itself, or to nothing.", ref));
		return;
	}
	m->refs[m->n_refs++] = target;
	merge(m, target);
	m->n_refs = before;
}

/* ---- conditions ---- */

/* Of the alternatives that depend on a property, the one that its value fits: without the property itself. */
static void merge_alternative(struct making *m, const struct json *alternatives, struct str key)
{
	struct arena *mem = mem_of(m);

	for (size_t i = 0; i < alternatives->a.n; i++) {
		struct json *one = alternatives->a.items[i], *test = json_object(mem), *only = json_object(mem);
		struct json *condition = json_getn(json_get(one, "properties"), key);

		if (!json_is(one, JSON_OBJECT))
			continue;
		if (condition)
			json_setn(mem, only, key, condition);
		json_set(mem, test, "properties", only);
		if (!fits(m, test))
			continue;
		merge_but(m, one, key);
		return;
	}
}

static void merge_dependencies(struct making *m, const struct json *all)
{
	for (size_t i = 0; json_is(all, JSON_OBJECT) && i < all->o.n; i++) {
		const struct json *what = all->o.m[i].value, *one;
		struct str key = all->o.m[i].key;

		if (!json_getn(m->value, key))
			continue;
		if (json_is(what, JSON_ARRAY))
			add_required(m, what);
		one = json_get(what, "oneOf");
		if (json_is(one, JSON_ARRAY))
			merge_alternative(m, one, key);
		else
			merge(m, what);
	}
}

bool form_is_choice(const struct json *alternatives)
{
	for (size_t i = 0; i < json_len(alternatives); i++) {
		const struct json *one = alternatives->a.items[i], *list = json_get(one, "enum");

		if (json_get(one, "properties") || !(json_get(one, "const") || json_len(list) == 1))
			return false;
	}
	return json_is(alternatives, JSON_ARRAY) && alternatives->a.n;
}

static const char *title_of(struct arena *mem, const struct json *alternative, size_t i)
{
	const char *title = json_get_text(alternative, "title", NULL);

	return title ? title : arena_printf(mem, "Option %zu", i + 1);
}

/* The one that was chosen, else the first that the value fits, null aside. */
static size_t pick(struct making *m, const struct json *list)
{
	const struct json *said = json_get(m->w->form->chosen, m->at);
	size_t first = 0;

	if (json_is(said, JSON_NUMBER) && said->num >= 0 && said->num < (double)list->a.n)
		return (size_t)said->num;
	while (first + 1 < list->a.n && streq(json_get_text(list->a.items[first], "type", ""), "null"))
		first++;
	for (size_t i = 0; m->value && i < list->a.n; i++)
		if (!(json_is(m->value, JSON_OBJECT) && !m->value->o.n) && fits(m, list->a.items[i]))
			return i;
	return first;
}

static void merge_choice(struct making *m, const struct json *list)
{
	struct arena *mem = mem_of(m);
	struct json *choice = json_object(mem), *titles = json_array(mem);
	size_t shown = 0, at = pick(m, list);

	for (size_t i = 0; i < list->a.n; i++) {
		shown += !streq(json_get_text(list->a.items[i], "type", ""), "null");
		json_push(mem, titles, json_str(mem, title_of(mem, list->a.items[i], i)));
	}
	json_set(mem, choice, "at", json_num(mem, (double)at));
	json_set(mem, choice, "titles", titles);
	if (shown > 1 && !json_get(m->out, FORM_CHOICE))
		json_set(mem, m->out, FORM_CHOICE, choice);
	merge(m, list->a.items[at]);
}

static void merge_alternatives(struct making *m, const char *keyword, const struct json *list)
{
	struct json *title;

	if (!json_is(list, JSON_ARRAY) || !list->a.n)
		return;
	if (form_is_choice(list)) {
		json_set(mem_of(m), m->out, keyword, json_copy(mem_of(m), list));
		return;
	}
	title = json_get(m->out, "title");
	merge_choice(m, list);
	if (title)
		json_set(mem_of(m), m->out, "title", title); /* an alternative's is that of the choice */
}

/* ---- all of a schema ---- */

static bool is_plain(struct str key)
{
	static const char *const others[] = { "properties",
					      "required",
					      "allOf",
					      "anyOf",
					      "oneOf",
					      "if",
					      "then",
					      "else",
					      "dependencies",
					      "dependentSchemas",
					      "dependentRequired",
					      "$ref",
					      "definitions",
					      "$defs",
					      "$id",
					      "not",
					      "minProperties",
					      "maxProperties" };

	for (size_t i = 0; i < LEN(others); i++)
		if (str_is(key, others[i]))
			return false;
	return true;
}

static void merge_conditions(struct making *m, const struct json *schema)
{
	static const char *const depending[] = { "dependencies", "dependentSchemas", "dependentRequired" };
	const struct json *all = json_get(schema, "allOf"), *then;
	struct json *when = json_get(schema, "if");

	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++)
		merge(m, all->a.items[i]);
	if (when && (then = json_get(schema, fits(m, when) ? "then" : "else")))
		merge(m, then);
	for (size_t i = 0; i < LEN(depending); i++)
		merge_dependencies(m, json_get(schema, depending[i]));
	merge_alternatives(m, "oneOf", json_get(schema, "oneOf"));
	merge_alternatives(m, "anyOf", json_get(schema, "anyOf"));
}

static void merge_but(struct making *m, const struct json *schema, struct str but)
{
	const char *ref = json_get_text(schema, "$ref", NULL);

	if (!json_is(schema, JSON_OBJECT) || m->depth >= FORM_DEPTH || ++m->w->steps > MOST_STEPS)
		return;
	m->depth++;
	if (ref)
		follow(m, ref);
	for (size_t i = 0; i < schema->o.n; i++)
		if (is_plain(schema->o.m[i].key))
			json_setn(mem_of(m), m->out, schema->o.m[i].key, schema->o.m[i].value);
	add_properties(m, json_get(schema, "properties"), but);
	add_required(m, json_get(schema, "required"));
	merge_conditions(m, schema);
	m->depth--;
}

static struct json *resolve(struct making *parent, struct form_work *w, const struct json *schema, const struct json *value,
			    const char *at)
{
	struct arena *mem = w->form->cx->mem;
	struct making m = { .w = w, .value = value, .at = at, .out = json_object(mem) };

	m.properties = json_object(mem);
	m.required = json_array(mem);
	if (parent) {
		m.depth = parent->depth + 1;
		m.n_refs = parent->n_refs;
		memcpy(m.refs, parent->refs, sizeof(m.refs));
	}
	if (json_get_text(schema, "$ref", NULL) && m.n_refs < FORM_DEPTH)
		/* stays on the list for what is below */
		m.refs[m.n_refs] = target_of(&m, json_get_text(schema, "$ref", ""));
	merge(&m, schema);
	if (json_get_text(schema, "$ref", NULL) && m.n_refs < FORM_DEPTH && m.refs[m.n_refs])
		m.n_refs++;
	for (size_t i = 0; i < m.properties->o.n && w->fields <= FORM_FIELDS; i++) {
		struct json_member *p = &m.properties->o.m[i];

		w->fields++;
		p->value = resolve(&m, w, p->value, json_getn(value, p->key), form_below(mem, at, p->key));
		if (json_has_text(m.required, p->key))
			form_sole(w->form, p->value);
	}
	if (m.properties->o.n)
		json_set(mem, m.out, "properties", m.properties);
	if (m.required->a.n)
		json_set(mem, m.out, "required", m.required);
	return m.out;
}

struct json *form_resolve(struct form_work *w, const struct json *schema, const struct json *value, const char *at)
{
	return resolve(NULL, w, schema, value, at);
}

struct form_work form_work_on(struct form *f, size_t page)
{
	return (struct form_work){ .form = f,
				   .root = page < f->pages->a.n ? f->pages->a.items[page] : json_object(f->cx->mem) };
}

int form_schema(struct form *f, size_t page, struct json **out)
{
	struct form_work w = form_work_on(f, page);
	struct json *part;

	*out = form_resolve(&w, w.root, f->values, "");
	for (size_t i = 0; i < LEN(shared); i++)
		if ((part = json_get(w.root, shared[i])))
			json_set(f->cx->mem, *out, shared[i], part);
	if (w.fields > FORM_FIELDS || w.steps > MOST_STEPS || w.judged > MOST_JUDGED)
		return fail(f->cx, ERR_INPUT,
			    "page %zu of the form has more than %d fields, or as many conditions: more than can be shown",
			    page + 1, FORM_FIELDS);
	return 0;
}

/* ---- the beginning ---- */

void form_open(struct ctx *cx, const struct json *entity, struct form *out)
{
	const struct json *pages = template_pages(cx->mem, entity);
	struct json *shown = json_array(cx->mem);
	struct form_work w = { .form = out };

	*out = (struct form){ .cx = cx,
			      .entity = entity,
			      .pages = shown,
			      .values = json_object(cx->mem),
			      .chosen = json_object(cx->mem),
			      .sealed = json_object(cx->mem),
			      .soles = json_object(cx->mem) };
	for (size_t i = 0; i < pages->a.n; i++)
		if (json_is(pages->a.items[i], JSON_OBJECT) && flag_is_on(&w, pages->a.items[i]))
			json_push(cx->mem, shown, pages->a.items[i]);
	out->asks = form_asks(shown, 0);
}
