/* What people have set for themselves. */
#include "identity/setting.h"

#include "base/clock.h"
#include "base/str.h"
#include "ext/json.h"
#include "identity/identity.h"
#include "sql/setting.h"

#define STARS "starredEntities", "entityRefs"
#define VISITS "visits", "recent"

enum { SAME_VISIT_MS = 60000 };

int setting_owner(struct ctx *cx, const char **user)
{
	const struct who *who = cx->who;

	if (!who || (who->kind == WHO_GUEST && !*who->ref))
		return fail(cx, ERR_AUTH, "Missing credentials");
	if (who->kind == WHO_SERVICE)
		return fail(cx, ERR_DENIED, "Only users have settings, and %s is a service", who->ref);
	for (const char *p = who->ref; *p; p++)
		if (p - who->ref >= SETTING_NAME_MAX || (unsigned char)*p < ' ' || (unsigned char)*p > 0x7e)
			return fail(cx, ERR_INPUT, "a user with such a name can have no settings");
	*user = str_lower(cx->mem, who->ref, strlen(who->ref));
	return 0;
}

static int check_name(struct ctx *cx, const char *what, const char *s)
{
	size_t n = 0;

	for (const char *p = s; *p; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80;
	if (n == 0 || n > SETTING_NAME_MAX)
		return fail(cx, ERR_INPUT, "A %s must have 1 to %d characters", what, SETTING_NAME_MAX);
	return 0;
}

static int check_names(struct ctx *cx, const char *bucket, const char *key)
{
	int rc = check_name(cx, "bucket", bucket);

	return rc < 0 ? rc : check_name(cx, "key", key);
}

int setting_get(struct ctx *cx, const char *user, const char *bucket, const char *key, struct json **out)
{
	struct q_setting_get_out row;
	int rc = check_names(cx, bucket, key);

	if (rc == 0)
		rc = q_setting_get_one(cx, &(struct q_setting_get_in){ user, bucket, key }, &row);
	if (rc <= 0)
		return rc;
	rc = json_parse(cx, row.value, out);
	return rc < 0 ? fail_in(cx, ERR_INTERNAL, "a stored setting") : 1;
}

static int check_room(struct ctx *cx, const char *user, const char *bucket, const char *key)
{
	struct q_setting_get_out row;
	struct q_setting_count_out count;
	int rc = q_setting_get_one(cx, &(struct q_setting_get_in){ user, bucket, key }, &row);

	if (rc == 0)
		rc = q_setting_count_one(cx, &(struct q_setting_count_in){ user }, &count) == 1 && count.n >= SETTINGS_MAX
			     ? fail(cx, ERR_TOOLARGE, "At most %d settings can be kept for one user", SETTINGS_MAX)
			     : 0;
	return rc < 0 ? rc : 0;
}

int setting_set(struct ctx *cx, const char *user, const char *bucket, const char *key, const struct json *value)
{
	struct buf b = { .mem = cx->mem };
	int rc = check_names(cx, bucket, key);

	json_write(&b, value);
	if (rc == 0 && b.n > SETTING_VALUE_MAX)
		rc = fail(cx, ERR_TOOLARGE, "A setting may take %d bytes as JSON, not %zu", SETTING_VALUE_MAX, b.n);
	if (rc == 0)
		rc = check_room(cx, user, bucket, key);
	if (rc == 0)
		rc = q_setting_set_exec(cx, &(struct q_setting_set_in){ user, bucket, key, buf_str(&b), clock_wall_ms() });
	return rc < 0 ? rc : 0;
}

int setting_delete(struct ctx *cx, const char *user, const char *bucket, const char *key)
{
	int rc = check_names(cx, bucket, key);

	return rc < 0 ? rc : q_setting_delete_exec(cx, &(struct q_setting_delete_in){ user, bucket, key });
}

/* ---- lists that change ---- */

/* One that several windows of a browser may change at once. */
struct change {
	const char *user, *bucket, *key;
	struct json *(*make)(struct ctx *cx, const struct json *old, const void *arg); /* NULL: leave it as it is */
	const void *arg;
};

/* Its row, locked for this transaction; made when it is not there. */
static int lock_row(struct ctx *cx, const struct change *c, struct q_setting_lock_out *row)
{
	const struct q_setting_lock_in which = { c->user, c->bucket, c->key };
	int rc = q_setting_lock_one(cx, &which, row);

	if (rc != 0)
		return rc;
	rc = check_room(cx, c->user, c->bucket, c->key);
	if (rc == 0)
		rc = q_setting_make_exec(cx, &(struct q_setting_make_in){ c->user, c->bucket, c->key, clock_wall_ms() });
	return rc < 0 ? rc : q_setting_lock_one(cx, &which, row);
}

static int change_list(struct ctx *cx, void *arg)
{
	const struct change *c = arg;
	struct q_setting_lock_out row;
	struct json *old = NULL, *now;
	int rc = lock_row(cx, c, &row);

	if (rc == 1 && (json_parse(cx, row.value, &old) < 0 || !json_is(old, JSON_ARRAY)))
		old = NULL; /* somebody wrote something else there: it begins anew */
	if (rc < 0)
		return rc;
	now = c->make(cx, old ? old : json_array(cx->mem), c->arg);
	return now ? setting_set(cx, c->user, c->bucket, c->key, now) : 0;
}

/* ---- stars ---- */

struct star {
	const char *ref;
	bool on;
};

static struct json *with_star(struct ctx *cx, const struct json *old, const void *arg)
{
	const struct star *star = arg;
	struct json *now = json_array(cx->mem);
	bool had = false;

	for (size_t i = 0; i < old->a.n; i++) {
		bool same = streq(json_text(old->a.items[i], ""), star->ref);

		had |= same;
		if (!same || star->on)
			json_push(cx->mem, now, old->a.items[i]);
	}
	if (star->on && !had)
		json_push(cx->mem, now, json_str(cx->mem, star->ref));
	return had == star->on ? NULL : now;
}

int setting_star(struct ctx *cx, const char *ref, bool on)
{
	struct star star = { str_lower(cx->mem, ref, strlen(ref)), on };
	struct change c = { NULL, STARS, with_star, &star };
	int rc = setting_owner(cx, &c.user);

	return rc < 0 ? rc : db_transaction(cx, change_list, &c);
}

/* Of cx->who; *out NULL when there is none, or nobody to have one. */
static int own_list(struct ctx *cx, const char *bucket, const char *key, struct json **out)
{
	const char *user;
	int rc;

	*out = NULL;
	if (setting_owner(cx, &user) < 0) {
		cx->err = (struct err){ 0 };
		return 0;
	}
	rc = setting_get(cx, user, bucket, key, out);
	if (rc == 1 && !json_is(*out, JSON_ARRAY))
		*out = NULL;
	return rc < 0 ? rc : 0;
}

int setting_stars(struct ctx *cx, struct text_list *out)
{
	struct json *list;
	int rc = own_list(cx, STARS, &list);

	for (size_t i = 0; rc == 0 && i < json_len(list); i++)
		if (*json_text(list->a.items[i], ""))
			*list_add(cx->mem, out) = json_text(list->a.items[i], "");
	return rc;
}

/* ---- visits ---- */

static struct json *visit_json(struct arena *mem, const struct visit *v)
{
	struct json *o = json_object(mem);

	if (v->ref)
		json_set(mem, o, "entityRef", json_str(mem, v->ref));
	json_set(mem, o, "path", json_str(mem, v->path));
	json_set(mem, o, "title", json_str(mem, v->title));
	json_set(mem, o, "at", json_num(mem, (double)clock_wall_ms()));
	return o;
}

/* Nothing is written for a page that is looked at again and again. */
static struct json *with_visit(struct ctx *cx, const struct json *old, const void *arg)
{
	const struct visit *v = arg;
	struct json *now = json_array(cx->mem);
	const struct json *first = old->a.n ? old->a.items[0] : NULL;

	if (streq(json_get_text(first, "path", ""), v->path) &&
	    (double)clock_wall_ms() - json_get_num(first, "at", 0) < SAME_VISIT_MS)
		return NULL;
	json_push(cx->mem, now, visit_json(cx->mem, v));
	for (size_t i = 0; i < old->a.n && now->a.n < VISITS_MAX; i++)
		if (!streq(json_get_text(old->a.items[i], "path", ""), v->path))
			json_push(cx->mem, now, old->a.items[i]);
	return now;
}

int setting_visit(struct ctx *cx, const struct visit *v)
{
	struct change c = { NULL, VISITS, with_visit, v };

	if (setting_owner(cx, &c.user) < 0) {
		cx->err = (struct err){ 0 };
		return 0;
	}
	/* 50 of them stay well below what a setting may take */
	if (strlen(v->path) > 500 || strlen(v->title) > 300)
		return 0;
	return db_transaction(cx, change_list, &c);
}

int setting_visits(struct ctx *cx, struct visits *out)
{
	struct json *list;
	int rc = own_list(cx, VISITS, &list);

	for (size_t i = 0; rc == 0 && i < json_len(list); i++) {
		const struct json *o = list->a.items[i];
		struct visit v = { json_get_text(o, "entityRef", NULL), json_get_text(o, "path", ""),
				   json_get_text(o, "title", ""), (int64_t)json_get_num(o, "at", 0) };

		if (*v.path == '/')
			*list_add(cx->mem, out) = v;
	}
	return rc;
}
