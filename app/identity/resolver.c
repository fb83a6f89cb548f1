/* From what a provider says of somebody to an entity of the catalog. */
#include "identity/resolver.h"

#include "base/buf.h"
#include "base/log.h"
#include "identity/decider.h"
#include "identity/name.h"
#include "identity/session.h"
#include "sql/identity.h"

/* 1: *ref is who it is; 0: this one does not know; ERR_DENIED: it must not go on. */
typedef int resolver_fn(struct ctx *cx, const struct json *options, const struct profile *p, const char **ref);

static const char *text(const char *s)
{
	return s ? s : "";
}

static const char *verified_email(const struct profile *p)
{
	return p->email_verified && strrchr(text(p->email), '@') ? p->email : "";
}

/* "ana" of "ana+portal@acme.example"; "" when there is none. */
static const char *local_part(struct arena *mem, const char *email)
{
	const char *at = strrchr(email, '@');

	return at ? arena_strndup(mem, email, strcspn(email, "+@")) : "";
}

/* Is user:default/NAME in the catalog? */
static int by_name(struct ctx *cx, const struct json *options, const char *name, const char **ref)
{
	struct q_user_exists_out row;

	if (!is_entity_name(name))
		return 0;
	*ref = user_ref(cx->mem, name);
	int rc = q_user_exists_one(cx, &(struct q_user_exists_in){ .ref = *ref }, &row);

	return rc == 0 && json_get_bool(options, "dangerouslyAllowSignInWithoutUserInCatalog", false) ? 1 : rc;
}

/* The one user whose entity has value at a JSON path. Two are a mistake in the catalog, and nobody must profit from it. */
static int by_value(struct ctx *cx, const char *path, const char *value, const char **ref)
{
	struct q_user_with_out row;
	DB_ROWS rows = { 0 };

	if (!*value)
		return 0;
	int rc = q_user_with_open(cx, &(struct q_user_with_in){ .path = path, .value = value }, &rows);

	if (rc < 0 || (rc = q_user_with_next(&rows, &row)) <= 0)
		return rc;
	*ref = row.ref;
	rc = q_user_with_next(&rows, &row);
	return rc <= 0 ? (rc < 0 ? rc : 1)
		       : fail(cx, ERR_DENIED, "several users of the catalog have '%s': nobody can sign in so", value);
}

static int by_email(struct ctx *cx, const struct json *options, const struct profile *p, const char **ref)
{
	static const char path[] = "$.spec.profile.email";
	const char *email = verified_email(p), *at = strrchr(email, '@'), *plus = strchr(email, '+');
	int rc = by_value(cx, path, email, ref);

	if (rc == 0 && plus && plus < at)
		rc = by_value(cx, path, arena_printf(cx->mem, "%.*s%s", (int)(plus - email), email, at), ref);
	return rc == 0 && json_get_bool(options, "dangerouslyAllowSignInWithoutUserInCatalog", false)
		       ? by_name(cx, options, local_part(cx->mem, email), ref)
		       : rc;
}

static bool domain_allowed(const struct json *domains, const char *email)
{
	const char *at = strrchr(email, '@');

	if (!domains)
		return true;
	for (size_t i = 0; at && json_is(domains, JSON_ARRAY) && i < domains->a.n; i++)
		if (str_ieq(json_text(domains->a.items[i], ""), at + 1))
			return true;
	return false;
}

static int by_local_part(struct ctx *cx, const struct json *options, const struct profile *p, const char **ref)
{
	const char *email = verified_email(p);

	if (!*email || !domain_allowed(json_get(options, "allowedDomains"), email))
		return 0;
	return by_name(cx, options, local_part(cx->mem, email), ref);
}

/* What the provider calls its user number, where it is not the subject. */
static const char *user_id(const struct profile *p)
{
	return streq(p->provider, "microsoft") ? json_get_text(p->claims, "oid", p->subject) : p->subject;
}

/* Names and user names can be given to somebody else later; with requireMatchingGithubUserId the number has to fit as well. */
static int id_fits(struct ctx *cx, const struct json *options, const struct profile *p, const char *ref)
{
	struct q_user_value_out row;

	if (!json_get_bool(options, "requireMatchingGithubUserId", false))
		return 1;
	int rc = q_user_value_one(
		cx, &(struct q_user_value_in){ .path = "$.metadata.annotations.\"github.com/user-id\"", .ref = ref }, &row);

	return rc <= 0 ? rc : row.value && streq(row.value, text(user_id(p)));
}

static int by_username(struct ctx *cx, const struct json *options, const struct profile *p, const char **ref)
{
	int rc = by_name(cx, options, text(p->username), ref);

	return rc == 1 ? id_fits(cx, options, p, *ref) : rc;
}

static int by_preferred_username(struct ctx *cx, const struct json *options, const struct profile *p, const char **ref)
{
	return by_name(cx, options, json_get_text(p->claims, "preferred_username", text(p->username)), ref);
}

static int by_subject(struct ctx *cx, const struct json *options, const struct profile *p, const char **ref)
{
	return by_name(cx, options, text(p->subject), ref);
}

/* The annotation that holds a provider's value, unless the option "annotation" names another. NULL: none is known. */
static const char *annotation_path(struct ctx *cx, const struct json *options, const struct profile *p, const char *what)
{
	static const struct {
		const char *provider, *what, *annotation;
	} known[] = {
		{ "github", "user-id", "github.com/user-id" },
		{ "gitlab", "user-id", "gitlab.com/user-id" },
		{ "bitbucket", "user-id", "bitbucket.org/user-id" },
		{ "microsoft", "user-id", "graph.microsoft.com/user-id" },
		{ "microsoft", "email", "microsoft.com/email" },
		{ "google", "email", "google.com/email" },
		{ "okta", "email", "okta.com/email" },
	};
	const char *name = json_get_text(options, "annotation", NULL);

	for (size_t i = 0; !name && i < LEN(known); i++)
		if (streq(known[i].provider, p->provider) && streq(known[i].what, what))
			name = known[i].annotation;
	for (const char *c = text(name); *c; c++)
		if (!ascii_alnum(*c) && !strchr("._-/", *c))
			return NULL;
	return name ? arena_printf(cx->mem, "$.metadata.annotations.\"%s\"", name) : NULL;
}

static int by_annotation(struct ctx *cx, const struct json *options, const struct profile *p, const char *what,
			 const char *value, const char **ref)
{
	const char *path = annotation_path(cx, options, p, what);

	if (!path)
		return fail(cx, ERR_DENIED, "auth.providers.%s: the resolver needs the option 'annotation'", p->provider);
	return by_value(cx, path, value, ref);
}

static int by_id_annotation(struct ctx *cx, const struct json *options, const struct profile *p, const char **ref)
{
	return by_annotation(cx, options, p, "user-id", text(user_id(p)), ref);
}

static int by_email_annotation(struct ctx *cx, const struct json *options, const struct profile *p, const char **ref)
{
	return by_annotation(cx, options, p, "email", verified_email(p), ref);
}

/* Whoever the provider knows is let in under the name he has there. */
static int by_faith(struct ctx *cx, const struct json *options, const struct profile *p, const char **ref)
{
	const char *names[] = { text(p->username), local_part(cx->mem, verified_email(p)), text(p->subject) };

	(void)options;
	for (size_t i = 0; i < LEN(names); i++) {
		if (is_entity_name(names[i])) {
			*ref = user_ref(cx->mem, names[i]);
			return 1;
		}
	}
	return 0;
}

/* ---- of plugins ---- */

static void set_text(struct arena *mem, struct json *v, const char *key, const char *value)
{
	if (*text(value))
		json_set(mem, v, key, json_str(mem, value));
}

/* An address that is not verified is anybody's: it is not handed on as theirs. */
static struct json *profile_for_plugin(struct arena *mem, const struct profile *p)
{
	struct json *v = json_object(mem);

	set_text(mem, v, "provider", p->provider);
	set_text(mem, v, "subject", p->subject);
	set_text(mem, v, "email", verified_email(p));
	set_text(mem, v, "name", p->name);
	set_text(mem, v, "username", p->username);
	set_text(mem, v, "picture", p->picture);
	json_set(mem, v, "claims", p->claims ? json_copy(mem, p->claims) : json_object(mem));
	return v;
}

/* What went wrong inside is for the log: who wants to sign in is a stranger yet. */
static int refuse(struct ctx *cx, const struct profile *p, const char *resolver)
{
	log_error("sign-in refused", "provider", p->provider, "subject", text(p->subject), "resolver", resolver, "why",
		  cx->err.text, NULL);
	return fail(cx, ERR_DENIED,
		    "It cannot be found out who you are just now. Whoever runs this portal sees why in its log.");
}

static int by_plugin(struct ctx *cx, const struct json *options, const char *name, const struct profile *p, const char **ref)
{
	struct q_user_exists_out row;
	const char *said;
	int rc = decider_resolve(cx, name, profile_for_plugin(cx->mem, p), &said);

	if (rc < 0)
		return refuse(cx, p, name);
	if (rc == 0)
		return 0;
	said = str_lower(cx->mem, said, strlen(said));
	if (!is_user_ref(said)) {
		fail(cx, ERR_DENIED, "'%.100s' is not the reference of a user, such as user:default/ana", said);
		return refuse(cx, p, name);
	}
	*ref = said;
	if (json_get_bool(options, "dangerouslyAllowSignInWithoutUserInCatalog", false))
		return 1;
	return q_user_exists_one(cx, &(struct q_user_exists_in){ .ref = said }, &row);
}

/* ---- all of them ---- */

static const struct resolver {
	const char *name;
	resolver_fn *run;
} resolvers[] = {
	{ "emailMatchingUserEntityProfileEmail", by_email },
	{ "emailLocalPartMatchingUserEntityName", by_local_part },
	{ "emailMatchingUserEntityAnnotation", by_email_annotation },
	{ "usernameMatchingUserEntityName", by_username },
	{ "preferredUsernameMatchingUserEntityName", by_preferred_username },
	{ "forwardedUserMatchingUserEntityName", by_subject },
	{ "userIdMatchingUserEntityAnnotation", by_id_annotation },
	{ "dangerouslyAllowSignInWithoutUserInCatalog", by_faith },
};

static const struct resolver *find_resolver(const char *name)
{
	for (size_t i = 0; i < LEN(resolvers); i++)
		if (streq(resolvers[i].name, name))
			return &resolvers[i];
	return NULL;
}

bool resolver_of_plugin(const char *name)
{
	return strchr(name, '.') != NULL;
}

void resolver_names(const struct json *provider_conf, struct arena *mem, struct text_list *out)
{
	const struct json *list = json_path(provider_conf, "signIn", "resolvers", NULL);

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		*list_add(mem, out) = json_get_text(list->a.items[i], "resolver", json_text(list->a.items[i], ""));
}

const struct json *provider_conf(const struct ctx *cx, const char *name)
{
	const struct json *auth = json_get(cx->conf, "auth"), *conf = json_get(json_get(auth, "providers"), name);
	const struct json *inner = json_get(conf, json_get_text(auth, "environment", "development"));

	return json_is(inner, JSON_OBJECT) ? inner : json_is(conf, JSON_OBJECT) ? conf : NULL;
}

/* As a resolver, or as an option of one. */
static bool allows_strangers(const struct json *conf)
{
	static const char faith[] = "dangerouslyAllowSignInWithoutUserInCatalog";
	const struct json *list = json_path(conf, "signIn", "resolvers", NULL);

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const struct json *options = list->a.items[i];

		if (streq(json_get_text(options, "resolver", json_text(options, "")), faith) ||
		    json_get_bool(options, faith, false))
			return true;
	}
	return false;
}

bool resolver_allows_strangers(const struct ctx *cx)
{
	const struct json *providers = json_path(cx->conf, "auth", "providers", NULL);

	for (size_t i = 0; json_is(providers, JSON_OBJECT) && i < providers->o.n; i++)
		if (allows_strangers(
			    provider_conf(cx, arena_strndup(cx->mem, providers->o.m[i].key.p, providers->o.m[i].key.n))))
			return true;
	return false;
}

static int nobody(struct ctx *cx, const struct profile *p)
{
	const char *known = *text(p->email) ? p->email : *text(p->username) ? p->username : text(p->subject);

	log_warn("sign-in refused", "provider", p->provider, "subject", text(p->subject), "email", text(p->email), "why",
		 "no resolver finds a user", NULL);
	return fail(cx, ERR_DENIED, "No user of the catalog belongs to '%s'. Ask whoever runs this portal to add one.", known);
}

int resolve_user(struct ctx *cx, const struct json *provider_conf, const struct profile *p, const char **ref)
{
	const struct json *list = json_path(provider_conf, "signIn", "resolvers", NULL);
	int rc = 0;

	if (!list && p->ref) {
		*ref = p->ref;
		return 0;
	}
	if (!json_is(list, JSON_ARRAY) || list->a.n == 0)
		return fail(cx, ERR_DENIED, "auth.providers.%s has no signIn.resolvers, so nobody can sign in so", p->provider);
	for (size_t i = 0; rc == 0 && i < list->a.n; i++) {
		const struct json *options = list->a.items[i];
		const char *name = json_get_text(options, "resolver", json_text(options, ""));
		const struct resolver *r = find_resolver(name);

		if (resolver_of_plugin(name)) {
			rc = by_plugin(cx, options, name, p, ref);
			continue;
		}
		if (!r)
			return fail(cx, ERR_DENIED, "auth.providers.%s: '%s' is not a sign-in resolver that is known here",
				    p->provider, name);
		rc = r->run(cx, options, p, ref);
	}
	return rc < 0 ? rc : rc == 1 ? 0 : nobody(cx, p);
}

static struct json *profile_json(struct arena *mem, const struct profile *p)
{
	struct json *v = json_object(mem);

	if (*text(p->name))
		json_set(mem, v, "displayName", json_str(mem, p->name));
	if (*text(p->email))
		json_set(mem, v, "email", json_str(mem, p->email));
	if (*text(p->picture))
		json_set(mem, v, "picture", json_str(mem, p->picture));
	return v;
}

int sign_in(struct ctx *cx, const struct json *provider_conf, const struct profile *p, const char *ip, const char *agent,
	    const char **token)
{
	const char *ref = NULL;
	int rc = resolve_user(cx, provider_conf, p, &ref);

	if (rc < 0)
		return rc;
	return session_start(cx,
			     &(struct signed_in){ .ref = ref,
						  .provider = p->provider,
						  .subject = p->subject,
						  .ip = ip,
						  .agent = agent,
						  .proven_ms = p->proven_ms,
						  .profile = profile_json(cx->mem, p) },
			     token);
}
