/* What a task is given of a form: values of fields that are there, passwords in their place, secrets by their names. */
#include "scaffolder/form_private.h"

enum { MOST_DEPTH = 32 };

/* ---- what is secret ---- */

struct sealing {
	struct form *form;
	struct form_work *work;
	struct json *secrets; /* by name; NULL: not asked for */
};

static const char *asterisks(struct arena *mem, const char *text)
{
	size_t n = 0;

	for (const char *c = text; *c; c++)
		n += (*c & 0xc0) != 0x80;
	char *stars = arena_raw(mem, n + 1);

	memset(stars, '*', n);
	stars[n] = '\0';
	return stars;
}

static struct json *unsealed(const struct sealing *s, const struct json *schema, const char *at, struct str name)
{
	struct arena *mem = s->form->cx->mem;
	const char *text = json_get_text(s->form->sealed, at, NULL);

	if (!text)
		return NULL;
	if (!streq(form_widget(schema), "secret"))
		return json_str(mem, text);
	if (s->secrets)
		json_setn(mem, s->secrets, name, json_str(mem, text));
	return json_str(mem, asterisks(mem, text));
}

static void unseal(const struct sealing *s, const struct json *schema, struct json *value, const char *at)
{
	struct arena *mem = s->form->cx->mem;
	const struct json *properties = json_get(schema, "properties");

	for (size_t i = 0; json_is(value, JSON_OBJECT) && json_is(properties, JSON_OBJECT) && i < properties->o.n; i++) {
		const struct json *p = properties->o.m[i].value;
		struct str key = properties->o.m[i].key;
		const char *below = form_below(mem, at, key);
		struct json *text = form_is_secret(p) ? unsealed(s, p, below, key) : NULL;

		if (text)
			json_setn(mem, value, key, text);
		else
			unseal(s, p, json_getn(value, key), below);
	}
	for (size_t i = 0; json_is(value, JSON_ARRAY) && i < value->a.n; i++) {
		const struct json *item = form_item_schema(s->work, schema, value->a.items[i], at, i);
		const char *below = form_item(mem, at, i);
		struct json *text = form_is_secret(item) ? unsealed(s, item, below, STR("")) : NULL;

		if (text)
			value->a.items[i] = text;
		else
			unseal(s, item, value->a.items[i], below);
	}
}

static int unseal_all(struct form *f, struct json *values, struct json *secrets)
{
	for (size_t i = 0; i < f->pages->a.n; i++) {
		struct form_work w = form_work_on(f, i);
		struct json *schema;
		int rc = form_schema(f, i, &schema);

		if (rc < 0)
			return rc;
		unseal(&(struct sealing){ f, &w, secrets }, schema, values, "");
	}
	return 0;
}

int form_secrets(struct form *f, struct json **out, bool *signed_in)
{
	int rc;

	*out = json_object(f->cx->mem);
	*signed_in = false;
	rc = unseal_all(f, json_copy(f->cx->mem, f->values), *out);
	return rc < 0 ? rc : form_credential_secrets(f, *out, signed_in);
}

/* ---- what is there ---- */

static bool declares(const struct json *schema, struct str key, unsigned depth);

/* The same of any schema in a list, or among the members of an object. */
static bool any_declares(const struct json *schemas, struct str key, unsigned depth)
{
	for (size_t i = 0; json_is(schemas, JSON_ARRAY) && i < schemas->a.n; i++)
		if (declares(schemas->a.items[i], key, depth))
			return true;
	for (size_t i = 0; json_is(schemas, JSON_OBJECT) && i < schemas->o.n; i++)
		if (declares(schemas->o.m[i].value, key, depth))
			return true;
	return false;
}

/* Whether a schema names a property under some condition or other. Each part is looked at once. */
static bool declares(const struct json *schema, struct str key, unsigned depth)
{
	static const char *const several[] = { "allOf", "anyOf", "oneOf", "dependencies", "dependentSchemas" };
	static const char *const one[] = { "if", "then", "else" };

	if (depth > MOST_DEPTH || !json_is(schema, JSON_OBJECT))
		return false;
	if (json_getn(json_get(schema, "properties"), key))
		return true;
	for (size_t i = 0; i < LEN(several); i++)
		if (any_declares(json_get(schema, several[i]), key, depth + 1))
			return true;
	for (size_t i = 0; i < LEN(one); i++)
		if (declares(json_get(schema, one[i]), key, depth + 1))
			return true;
	return false;
}

/* Lines of lists of texts that were left empty are none. */
static struct json *without_empty(struct arena *mem, struct json *v)
{
	struct json *out = v;

	if (json_is(v, JSON_ARRAY)) {
		out = json_array(mem);
		for (size_t i = 0; i < v->a.n; i++)
			if (!json_is(v->a.items[i], JSON_STRING) || v->a.items[i]->s.n)
				json_push(mem, out, without_empty(mem, v->a.items[i]));
	} else if (json_is(v, JSON_OBJECT)) {
		out = json_object(mem);
		for (size_t i = 0; i < v->o.n; i++)
			json_setn(mem, out, v->o.m[i].key, without_empty(mem, v->o.m[i].value));
	}
	return out;
}

/* Also what no page asks: an address or another task gave it. */
static bool is_there(const struct form *f, struct json *const *schemas, struct str key)
{
	bool declared = false;

	for (size_t i = 0; i < f->pages->a.n; i++) {
		if (json_getn(json_get(schemas[i], "properties"), key))
			return true;
		declared |= declares(f->pages->a.items[i], key, 0);
	}
	return !declared;
}

int form_values(struct form *f, struct json **out)
{
	struct json *all = json_copy(f->cx->mem, f->values);
	struct json **schemas = arena_array(f->cx->mem, struct json *, f->pages->a.n + 1);
	int rc = unseal_all(f, all, NULL);

	for (size_t i = 0; rc == 0 && i < f->pages->a.n; i++)
		rc = form_schema(f, i, &schemas[i]);
	*out = json_object(f->cx->mem);
	for (size_t i = 0; rc == 0 && i < all->o.n; i++)
		if (is_there(f, schemas, all->o.m[i].key))
			json_setn(f->cx->mem, *out, all->o.m[i].key, without_empty(f->cx->mem, all->o.m[i].value));
	return rc;
}
