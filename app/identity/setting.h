/* What people have set for themselves: values in buckets, as Backstage's user settings; stars and recent visits among them. */
#ifndef IDENTITY_SETTING_H
#define IDENTITY_SETTING_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/list.h"

enum { SETTING_NAME_MAX = 255, SETTING_VALUE_MAX = 65536, SETTINGS_MAX = 1000, VISITS_MAX = 50 };

/*
 * Whose settings cx->who may read and write: its own. ERR_AUTH for one who gave no credentials and is let in by nobody,
 * ERR_DENIED for a service. All guests are the one user that the configuration makes of them, and share its settings.
 */
int setting_owner(struct ctx *cx, const char **user);

/* 1 and *out; 0 when there is none. */
int setting_get(struct ctx *cx, const char *user, const char *bucket, const char *key, struct json **out);
/* ERR_INPUT for a bucket or key of no or more than 255 characters, ERR_TOOLARGE for a value above 64 KiB or the 1,001st
 * setting. */
int setting_set(struct ctx *cx, const char *user, const char *bucket, const char *key, const struct json *value);
/* Taking away what is not there is no error. */
int setting_delete(struct ctx *cx, const char *user, const char *bucket, const char *key);

/* Of cx->who. Puts a star on an entity, or takes it off; where Backstage keeps them: bucket starredEntities, key entityRefs. */
int setting_star(struct ctx *cx, const char *ref, bool on);
/* Adds the starred refs, in the order in which they were starred. Nobody who has no settings has stars: then 0 and none. */
int setting_stars(struct ctx *cx, struct text_list *out);

struct visit {
	const char *ref; /* of the entity; NULL: another page */
	const char *path, *title;
	int64_t at; /* ms since 1970; set by setting_visit() */
};
struct visits {
	struct visit *items;
	size_t n, cap;
};
/*
 * Notes that cx->who looks at a page: the newest 50, each path once. Who has no settings is not followed. Cheap enough for each
 * page; what goes wrong is the caller's to ignore.
 */
int setting_visit(struct ctx *cx, const struct visit *v);
/* Adds them, the newest first. */
int setting_visits(struct ctx *cx, struct visits *out);

#endif
