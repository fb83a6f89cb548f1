/* Personal API tokens. */
#include "identity/access_token.h"

#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "identity/resolver.h"
#include "identity/user.h"
#include "sql/token.h"

enum { RAW = 32, MINUTE_MS = 60 * 1000, NAME_MAX_BYTES = 100, SCOPE_MAX = 2000, EACH_MAX = 100, KEEP_DAYS = 30 };

#define DAY_MS (24LL * 3600 * 1000)

static const char *separators = ", \t\r\n";

static const char *hash_of(struct arena *mem, const char *token)
{
	char *hex = arena_alloc(mem, 65);

	crypto_sha256_hex(str_of(token), hex);
	return hex;
}

/* "catalog.entity.read": words of letters, digits and hyphens with dots between. */
static bool is_permission(struct str s)
{
	size_t dots = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool dot = s.p[i] == '.';

		if (dot && (i == 0 || i + 1 == s.n || s.p[i - 1] == '.'))
			return false;
		if (!dot && !ascii_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
		dots += dot;
	}
	return dots > 0;
}

/* The next word of *at; false when there is none. */
static bool next_word(const char **at, struct str *word)
{
	*at += strspn(*at, separators);
	*word = (struct str){ *at, strcspn(*at, separators) };
	*at += word->n;
	return word->n > 0;
}

/* The scope as it is kept: words with one space between. */
static int read_scope(struct ctx *cx, const char *text, const char **out)
{
	struct buf b = { .mem = cx->mem };
	bool all = false;
	struct str word;
	size_t n = 0;

	for (const char *at = text; next_word(&at, &word); n++) {
		if (!str_is(word, "all") && !str_is(word, "read") && !is_permission(word))
			return fail(cx, ERR_INPUT,
				    "'%.60s' is no scope: say all, read, or names of permissions like catalog.location.create",
				    arena_strndup(cx->mem, word.p, word.n));
		all = all || str_is(word, "all");
		if (n)
			buf_addc(&b, ' ');
		buf_add(&b, word.p, word.n);
	}
	if (n == 0)
		return fail(cx, ERR_INPUT, "the token needs a scope: all, read, or names of permissions");
	if (b.n > SCOPE_MAX)
		return fail(cx, ERR_INPUT, "the scope has more than %d characters", SCOPE_MAX);
	*out = all ? "all" : buf_text(&b);
	return 0;
}

static int check_name(struct ctx *cx, const char *name)
{
	if (!*name)
		return fail(cx, ERR_INPUT, "the token needs a name");
	if (strlen(name) > NAME_MAX_BYTES)
		return fail(cx, ERR_INPUT, "the name has more than %d bytes", NAME_MAX_BYTES);
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			return fail(cx, ERR_INPUT, "the name has characters that cannot be shown");
	return 0;
}

static int check_room(struct ctx *cx, const char *user, int64_t now)
{
	struct q_access_token_count_out count;
	int rc = q_access_token_sweep_exec(cx, &(struct q_access_token_sweep_in){ user, now - KEEP_DAYS * DAY_MS });

	if (rc >= 0)
		rc = q_access_token_count_one(cx, &(struct q_access_token_count_in){ user, now }, &count);
	if (rc < 0)
		return rc;
	if (count.n >= EACH_MAX)
		return fail(cx, ERR_CONFLICT, "there are %d tokens already; revoke one first", EACH_MAX);
	return 0;
}

static int check_days(struct ctx *cx, long days)
{
	if (days < 1 || days > ACCESS_TOKEN_DAYS_MAX)
		return fail(cx, ERR_INPUT, "the token must expire: say in how many days, 1 to %d", ACCESS_TOKEN_DAYS_MAX);
	return 0;
}

/* *scope becomes what is stored; *wrong the name of what is wrong, NULL when nothing is. */
static int check(struct ctx *cx, const char *name, const char **scope, long days, const char **wrong)
{
	int rc = check_name(cx, name);

	*wrong = "name";
	if (rc < 0)
		return rc;
	*wrong = "scope";
	rc = read_scope(cx, *scope, scope);
	if (rc < 0)
		return rc;
	*wrong = "days";
	rc = check_days(cx, days);
	if (rc == 0)
		*wrong = NULL;
	return rc;
}

int access_token_create(struct ctx *cx, const char *user, const char *name, const char *scope, long days, const char **token,
			const char **wrong)
{
	int64_t now = clock_wall_ms();
	unsigned char raw[RAW];
	const char *ignored;
	char id[37];
	int rc = check(cx, name, &scope, days, wrong ? wrong : &ignored);

	if (rc == 0)
		rc = check_room(cx, user, now);
	if (rc < 0)
		return rc;
	crypto_random(raw, sizeof(raw));
	crypto_uuid(id);
	*token = arena_printf(cx->mem, ACCESS_TOKEN_PREFIX "%s",
			      crypto_base64url(cx->mem, (struct str){ (const char *)raw, sizeof(raw) }));
	return q_access_token_add_exec(cx, &(struct q_access_token_add_in){ .id = id,
									    .sha256 = hash_of(cx->mem, *token),
									    .user = user,
									    .name = name,
									    .scope = scope,
									    .created_at = now,
									    .expires_at = now + days * DAY_MS });
}

static void add_limit(struct arena *mem, struct json *limits, const char *plugin, const char *key, struct json *value)
{
	struct json *limit = json_object(mem);

	json_set(mem, limit, "plugin", json_str(mem, plugin));
	json_set(mem, limit, key, value);
	json_push(mem, limits, limit);
}

/* The scope in the shape of accessRestrictions; NULL: everything that the user may do. */
static const struct json *limits_of(struct arena *mem, const char *scope)
{
	struct json *limits = json_array(mem);
	struct str word;

	if (streq(scope, "all"))
		return NULL;
	while (next_word(&scope, &word)) {
		if (str_is(word, "read")) {
			struct json *action = json_object(mem);

			json_set(mem, action, "action", json_str(mem, "read"));
			add_limit(mem, limits, "*", "permissionAttribute", action);
		} else {
			struct str rest = word, plugin = str_cut(&rest, '.');

			add_limit(mem, limits, arena_strndup(mem, plugin.p, plugin.n), "permission",
				  json_strn(mem, word.p, word.n));
		}
	}
	return limits;
}

static int refuse(struct ctx *cx, const char *why)
{
	log_debug("access token refused", "why", why, NULL);
	return fail(cx, ERR_AUTH, "Illegal token");
}

/* When it was used is good to know, but no reason to refuse anything: a database that only reads may serve on. */
static void note_use(struct ctx *cx, const struct q_access_token_by_hash_out *row, int64_t now)
{
	if (row->has_used_at && now - row->used_at < MINUTE_MS)
		return;
	if (q_access_token_used_exec(cx, &(struct q_access_token_used_in){ now, row->id, now - MINUTE_MS }) < 0) {
		log_warn("use of an access token cannot be noted", "error", cx->err.text, NULL);
		cx->err = (struct err){ 0 };
	}
}

/* 1, 0 or an error. Where users need not be in the catalog, none of them is ever gone. */
static int is_there(struct ctx *cx, const char *user)
{
	struct q_token_user_there_out row;

	if (resolver_allows_strangers(cx))
		return 1;
	return q_token_user_there_one(cx, &(struct q_token_user_there_in){ .user = user, .same_user = user }, &row);
}

int access_token_find(struct ctx *cx, const char *token, const struct who **out)
{
	struct q_access_token_by_hash_out row;
	int64_t now = clock_wall_ms();
	int rc = q_access_token_by_hash_one(cx, &(struct q_access_token_by_hash_in){ hash_of(cx->mem, token) }, &row);

	if (rc < 0)
		return rc;
	if (rc == 0)
		return refuse(cx, "unknown");
	if (row.has_revoked_at)
		return refuse(cx, "revoked");
	if (row.expires_at <= now)
		return refuse(cx, "expired");
	rc = is_there(cx, row.user);
	if (rc <= 0)
		return rc < 0 ? rc : refuse(cx, "its user is gone");
	note_use(cx, &row, now);
	return user_who(cx, row.user, NULL, limits_of(cx->mem, row.scope), out);
}

int access_token_list(struct ctx *cx, const char *user, struct access_token_list *out)
{
	struct q_access_token_all_out row;
	DB_ROWS rows = { 0 };
	int rc = q_access_token_all_open(cx, &(struct q_access_token_all_in){ user, user }, &rows);

	while (rc >= 0 && (rc = q_access_token_all_next(&rows, &row)) > 0)
		*list_add(cx->mem, out) = (struct access_token){ .id = row.id,
								 .user = row.user,
								 .name = row.name,
								 .scope = row.scope,
								 .created_ms = row.created_at,
								 .expires_ms = row.expires_at,
								 .used_ms = row.has_used_at ? row.used_at : 0,
								 .revoked_ms = row.has_revoked_at ? row.revoked_at : 0 };
	return rc;
}

int access_token_revoke(struct ctx *cx, const char *user, const char *id)
{
	struct q_access_token_owner_out row;
	int rc = q_access_token_owner_one(cx, &(struct q_access_token_owner_in){ id }, &row);

	if (rc < 0)
		return rc;
	if (rc == 0 || (user && !streq(user, row.user)))
		return fail(cx, ERR_NOTFOUND, "no token '%s'", id);
	return q_access_token_revoke_exec(cx, &(struct q_access_token_revoke_in){ clock_wall_ms(), id, row.user });
}

int access_token_revoke_all(struct ctx *cx, const char *user)
{
	return q_access_token_revoke_all_exec(cx, &(struct q_access_token_revoke_all_in){ clock_wall_ms(), user });
}

const char *access_token_state(const struct access_token *t)
{
	return t->revoked_ms ? "revoked" : t->expires_ms <= clock_wall_ms() ? "expired" : "active";
}
