/* Accounts whose passwords are kept here. */
#include "identity/local_user.h"

#include "base/list.h"
#include "base/log.h"
#include "ext/password.h"
#include "identity/access_token.h"
#include "identity/attempt.h"
#include "identity/name.h"
#include "identity/session.h"
#include "sql/identity.h"

static const char *lower(struct arena *mem, const char *s)
{
	return str_lower(mem, s, strlen(s));
}

static int check_password(struct ctx *cx, const char *password)
{
	size_t n = strlen(password);

	if (n < PASSWORD_LEAST)
		return fail(cx, ERR_INPUT, "a password must have at least %d characters", PASSWORD_LEAST);
	if (n > PASSWORD_MOST)
		return fail(cx, ERR_INPUT, "a password must have at most %d characters", PASSWORD_MOST);
	return 0;
}

int local_user_add(struct ctx *cx, const char *name, const char *ref, const char *email, const char *password)
{
	const char *hash = NULL;

	if (!is_entity_name(name))
		return fail(cx, ERR_INPUT, "'%s' is no name for an account: letters, digits and . _ - between them, at most 63",
			    name);
	name = lower(cx->mem, name);
	ref = ref ? lower(cx->mem, ref) : user_ref(cx->mem, name);
	if (!is_user_ref(ref))
		return fail(cx, ERR_INPUT, "'%s' is no whole reference such as user:default/%s", ref, name);
	if (email && *email && (!strchr(email, '@') || strlen(email) > 254))
		return fail(cx, ERR_INPUT, "'%s' is no e-mail address", email);
	int rc = check_password(cx, password);

	if (rc == 0)
		rc = password_hash(cx, str_of(password), &hash);
	if (rc == 0)
		rc = q_local_user_add_exec(cx, &(struct q_local_user_add_in){
						       .name = name, .ref = ref, .email = email ? email : "", .hash = hash });
	return rc == ERR_CONFLICT ? fail(cx, rc, "there is an account '%s' already", name) : rc;
}

static int unknown(struct ctx *cx, const char *name)
{
	return fail(cx, ERR_NOTFOUND, "there is no account '%s'", name);
}

int local_user_get(struct ctx *cx, const char *name, struct local_user *out)
{
	struct q_local_user_get_out row;
	int rc = q_local_user_get_one(cx, &(struct q_local_user_get_in){ .name = lower(cx->mem, name) }, &row);

	if (rc <= 0)
		return rc < 0 ? rc : unknown(cx, name);
	*out = (struct local_user){
		.name = row.name, .ref = row.ref, .email = row.email, .disabled = row.disabled, .created_ms = row.created
	};
	return 0;
}

int local_user_list(struct ctx *cx, struct local_users *out)
{
	struct q_local_user_list_out row;
	DB_ROWS rows = { 0 };
	int rc = q_local_user_list_open(cx, &rows);

	while (rc >= 0 && (rc = q_local_user_list_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = (struct local_user){ .name = row.name,
							       .ref = row.ref,
							       .email = row.email,
							       .disabled = row.disabled,
							       .created_ms = row.created };
	return rc < 0 ? rc : 0;
}

int local_user_disable(struct ctx *cx, const char *name, bool disabled)
{
	struct local_user u;
	int rc = local_user_get(cx, name, &u);

	if (rc == 0)
		rc = q_local_user_disable_exec(cx, &(struct q_local_user_disable_in){ .disabled = disabled, .name = u.name });
	if (rc == 0 && disabled)
		rc = session_end_subject(cx, "local", u.name);
	return rc == 0 && disabled ? access_token_revoke_all(cx, u.ref) : rc;
}

int local_user_password(struct ctx *cx, const char *name, const char *password)
{
	struct local_user u;
	const char *hash = NULL;
	int rc = check_password(cx, password);

	if (rc == 0)
		rc = local_user_get(cx, name, &u);
	if (rc == 0)
		rc = password_hash(cx, str_of(password), &hash);
	if (rc == 0)
		rc = q_local_user_password_exec(cx, &(struct q_local_user_password_in){ .hash = hash, .name = u.name });
	return rc == 0 ? session_end_subject(cx, "local", u.name) : rc;
}

/* 1: it is his; 0: it is not; or an error. The same work in each case, so that the time does not tell which accounts there are.
 */
static int fits(struct ctx *cx, const char *name, struct str password, struct q_local_user_get_out *row)
{
	const char *unused;
	int rc = is_entity_name(name) ? q_local_user_get_one(cx, &(struct q_local_user_get_in){ .name = name }, row) : 0;

	if (rc < 0)
		return rc;
	if (rc == 0) {
		rc = password_hash(cx, password, &unused);
		return rc < 0 ? rc : 0;
	}
	return password_fits(row->hash, password) && !row->disabled && password.n <= PASSWORD_MOST;
}

int local_user_check(struct ctx *cx, const char *name, const char *password, const char *ip, struct profile *out, long *wait_s)
{
	struct str given = { password, strnlen(password, PASSWORD_MOST + 1) };
	struct q_local_user_get_out row;

	name = lower(cx->mem, name);
	int rc = attempt_begin(cx, name, ip, wait_s);

	if (rc < 0)
		return rc;
	rc = fits(cx, name, given, &row);
	if (rc == 0) {
		log_warn("sign-in refused", "provider", "local", "name", name, "address", ip, NULL);
		return fail(cx, ERR_DENIED, "Name or password is wrong.");
	}
	if (rc > 0)
		rc = attempt_good(cx, name, ip);
	if (rc < 0)
		return rc;
	*out = (struct profile){ .provider = "local",
				 .subject = row.name,
				 .email = row.email,
				 .email_verified = true,
				 .username = row.name,
				 .proven_ms = row.now,
				 .ref = row.ref };
	return 0;
}
