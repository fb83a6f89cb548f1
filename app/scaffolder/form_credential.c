/* Tokens of one's own that pickers of repositories ask for: of which host, under which name, and whether a sign-in has one. */
#include "scaffolder/form_pick.h"
#include "scaffolder/form_private.h"

#define ASKED "requestUserCredentials"

enum { MOST_DEPTH = 64, MOST_TOKEN = 16 << 10 };

bool form_asks(const struct json *v, unsigned depth)
{
	for (size_t i = 0; depth < MOST_DEPTH && json_is(v, JSON_ARRAY) && i < v->a.n; i++)
		if (form_asks(v->a.items[i], depth + 1))
			return true;
	for (size_t i = 0; depth < MOST_DEPTH && json_is(v, JSON_OBJECT) && i < v->o.n; i++)
		if (str_is(v->o.m[i].key, ASKED) || str_is(v->o.m[i].key, "ui:" ASKED) || form_asks(v->o.m[i].value, depth + 1))
			return true;
	return false;
}

/* ---- which there are ---- */

const char *form_repo_shown(struct form *f, const struct json *value, const char *at)
{
	const char *url = json_text(value, "");

	return *url ? url : json_get_text(f->chosen, form_below(f->cx->mem, at, STR("host")), "");
}

/* NULL: it is no picker of repositories. */
static const char *host_of(struct form *f, const struct json *schema, const struct json *value, const char *at)
{
	const char *widget = form_widget(schema);

	if (streq(widget, "repo-url"))
		return form_repo_host(f->cx, schema, form_repo_shown(f, value, at));
	if (streq(widget, "repo-owner"))
		return form_ui_text(schema, "host", "");
	if (streq(widget, "branch"))
		return json_get_text(form_repo_parts(f->cx->mem, form_repo_value(f->pages, f->values)), "host", "");
	return NULL;
}

static void add(struct arena *mem, struct form_credentials *all, const struct form_credential *c)
{
	for (size_t i = 0; i < all->n; i++) {
		if (!streq(all->items[i].key, c->key))
			continue;
		if (c->leads && !all->items[i].leads)
			all->items[i] = *c;
		return;
	}
	*list_add(mem, all) = *c;
}

/* Steps reach configured hosts only: nobody is asked for a token of another one, whatever an address has filled in. */
static void add_asked(struct form *f, size_t page, const struct json *schema, const struct json *value, const char *at,
		      struct form_credentials *all)
{
	struct arena *mem = f->cx->mem;
	const struct json *asked = form_ui(schema, ASKED);
	const char *key = json_get_text(asked, "secretsKey", ""), *host = *key ? host_of(f, schema, value, at) : NULL;
	const char *kind = host && *host ? form_host_kind(f->cx, host) : "";
	struct form_credential c = { .at = at, .key = key, .page = page };

	if (!*kind)
		return;
	c.host = str_lower(mem, host, strlen(host));
	c.place = form_below(mem, form_below(mem, at, STR("token")), str_of(c.host));
	c.scopes = json_get(json_get(asked, "additionalScopes"), credential_kind(kind));
	c.leads = streq(form_widget(schema), "repo-url");
	c.required = json_has_text(json_path(f->entity, "spec", "secrets", "schema", "required", NULL), str_of(key));
	add(mem, all, &c);
}

static void walk(struct form *f, size_t page, const struct json *schema, const struct json *value, const char *at,
		 struct form_credentials *all)
{
	const struct json *properties = json_get(schema, "properties");

	for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n; i++) {
		struct str key = properties->o.m[i].key;
		const char *below = form_below(f->cx->mem, at, key);

		add_asked(f, page, properties->o.m[i].value, json_getn(value, key), below, all);
		walk(f, page, properties->o.m[i].value, json_getn(value, key), below, all);
	}
}

int form_credentials(struct form *f, struct form_credentials *out)
{
	int rc = 0;

	*out = (struct form_credentials){ 0 };
	for (size_t i = 0; f->asks && rc == 0 && i < f->pages->a.n; i++) {
		struct json *schema;

		rc = form_schema(f, i, &schema);
		if (rc == 0)
			walk(f, i, schema, f->values, "", out);
	}
	for (size_t i = 0; rc == 0 && i < out->n; i++)
		rc = credential_look(f->cx, f->cookie, out->items[i].host, out->items[i].scopes, &out->items[i].sign_in);
	return rc;
}

const struct form_credential *form_credential_at(const struct form_credentials *all, const char *at)
{
	for (size_t i = 0; i < all->n; i++)
		if (streq(all->items[i].at, at))
			return &all->items[i];
	return NULL;
}

/* ---- its field ---- */

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

static const char *help_of(struct arena *mem, const struct form_credential *c)
{
	struct buf b = { .mem = mem };
	size_t n = 0;

	buf_adds(&b, "Steps act there in your name with it. It has to be allowed to write repositories");
	for (size_t i = 0; json_is(c->scopes, JSON_ARRAY) && i < c->scopes->a.n; i++) {
		const char *scope = json_text(c->scopes->a.items[i], "");

		if (*scope && !strpbrk(scope, "`\r\n"))
			buf_addf(&b, "%s`%s`", n++ ? ", " : "; scopes: ", scope);
	}
	buf_adds(&b, c->required ? "." : ". Without one they act as the portal.");
	return buf_text(&b);
}

/* Why a sign-in there does not do. */
static const char *why(enum sign_in_worth state)
{
	switch (state) {
	case SIGN_IN_LACKS:
		return "Your sign-in there does not have all of these scopes.";
	case SIGN_IN_ENDED:
		return "Your sign-in there is of no use for it any more: sign in again, or enter a token.";
	case SIGN_IN_AWAY:
		return "Your sign-in there cannot be renewed now, since the host does not answer: enter a token, or come back "
		       "later.";
	default:
		return "";
	}
}

struct json *form_credential_schema(struct form *f, const struct form_credential *c)
{
	struct arena *mem = f->cx->mem;
	struct json *schema = json_object(mem);
	bool held = c->sign_in == SIGN_IN_HELD;

	set_text(mem, schema, "type", "string");
	set_text(mem, schema, "ui:field", "Secret");
	set_text(mem, schema, "title",
		 arena_printf(mem, held ? "Steps act in your name at %s" : "Your own access token for %s", c->host));
	set_text(mem, schema, "ui:help", held ? "By your sign-in there: no token has to be entered." : help_of(mem, c));
	set_text(mem, schema, FORM_NOTE, why(c->sign_in));
	return schema;
}

/* ---- what is posted ---- */

int form_credentials_post(struct form *f, size_t page, const struct json *posted, bool *more)
{
	struct arena *mem = f->cx->mem;
	struct form_credentials all;
	int rc = form_credentials(f, &all);

	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		const struct form_credential *c = &all.items[i];
		const struct json *texts = json_get(posted, c->place);
		struct str text;

		if (c->page != page || c->sign_in == SIGN_IN_HELD)
			continue;
		*more |= !json_len(texts);
		text = json_len(texts) ? str_trim(str_of(json_text(texts->a.items[0], ""))) : STR("");
		if (text.n > MOST_TOKEN)
			return fail(f->cx, ERR_TOOLARGE, "the token for %s is longer than any there is", c->host);
		if (text.n)
			json_set(mem, f->sealed, c->place, json_strn(mem, text.p, text.n));
	}
	return rc;
}

/* ---- what comes of it ---- */

static const char *how(const struct form *f, const struct form_credential *c)
{
	if (c->sign_in == SIGN_IN_HELD)
		return "sign-in";
	if (json_get(f->sealed, c->place))
		return "token";
	return c->sign_in == SIGN_IN_ENDED || c->sign_in == SIGN_IN_AWAY ? "lost" : "";
}

int form_acting(struct form *f, struct json **out)
{
	struct arena *mem = f->cx->mem;
	struct form_credentials all;
	int rc = form_credentials(f, &all);

	*out = json_array(mem);
	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		struct json *v = json_object(mem);

		set_text(mem, v, "at", all.items[i].at);
		set_text(mem, v, "host", all.items[i].host);
		set_text(mem, v, "how", how(f, &all.items[i]));
		json_set(mem, v, "page", json_num(mem, (double)all.items[i].page));
		json_push(mem, *out, v);
	}
	return rc;
}

int form_credential_secrets(struct form *f, struct json *secrets, bool *signed_in)
{
	struct form_credentials all;
	int rc = form_credentials(f, &all);

	*signed_in = false;
	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		const struct form_credential *c = &all.items[i];
		const char *token = json_get_text(f->sealed, c->place, NULL);

		if (json_get(secrets, c->key))
			continue;
		if (c->sign_in == SIGN_IN_HELD)
			rc = credential_take(f->cx, f->cookie, &token);
		*signed_in |= c->sign_in == SIGN_IN_HELD;
		if (rc == 0 && token)
			json_set(f->cx->mem, secrets, c->key, json_str(f->cx->mem, token));
	}
	return rc;
}
