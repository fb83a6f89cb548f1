/* Who may do what: permissions, and what the configuration's roles and rules decide about them. */
#ifndef IDENTITY_POLICY_H
#define IDENTITY_POLICY_H

#include "base/ctx.h"
#include "base/json.h"
#include "base/list.h"

#define CATALOG_ENTITY "catalog-entity" /* the resource type of the catalog's permissions */
/* And of the scaffolder's: parts of templates (parameters, steps), an action with its input, tasks. */
#define SCAFFOLDER_TEMPLATE "scaffolder-template"
#define SCAFFOLDER_ACTION "scaffolder-action"
#define SCAFFOLDER_TASK "scaffolder-task"

enum permission_flags {
	PERMISSION_SELF = 1,   /* whoever is let in has it */
	PERMISSION_ADMINS = 2, /* for admins, whether permissions are enabled or not */
	PERMISSION_HIDES = 4,  /* who lacks it sees nothing, instead of being refused */
};

struct permission {
	const char *name;     /* "catalog.entity.read" */
	const char *action;   /* create, read, update, delete; "": none */
	const char *resource; /* resource type; NULL: a basic permission */
	unsigned flags;
};

/* A row of policy.def by its name, or a basic one made of a name that is in none; never NULL. It lives as long as name. */
const struct permission *permission_named(struct arena *mem, const char *name);
/* True when policy.def has it. */
bool permission_is_known(const char *name);
/* The i-th row of policy.def; NULL behind the last. */
const struct permission *permission_at(size_t i);

enum policy_result { POLICY_DENY, POLICY_ALLOW, POLICY_CONDITIONAL };

struct policy_decision {
	enum policy_result result;
	const struct json *condition; /* of POLICY_CONDITIONAL: in Backstage's form, aliases replaced; lives in cx->mem */
};

/*
 * What the policy says about cx->who and this permission: the one in Lua first, where there is one (decider.h). Inside the
 * system (who NULL) everything is allowed. A conditional answer is about the thing itself: catalog/permission.h judges entities
 * by it. 0, or an error when there is no policy, ERR_UNAVAILABLE when what decides in Lua cannot be asked: then nothing is
 * allowed.
 */
int policy_decide(struct ctx *cx, const struct permission *p, struct policy_decision *out);

/*
 * Reads the section `permission` and the files it names. In the master, before the workers are made; a worker reads the files
 * again when they change, and keeps what it has when they are wrong. ERR_INPUT says where what is wrong.
 */
int policy_prepare(struct ctx *cx);
/* Gives cx->who (a copy of it) what it may read, as who->reads. Once a request, when it is known who asks. */
int policy_begin(struct ctx *cx);
/* Somebody of whom nothing is known, who may read nothing. (Without anybody, all would be allowed: that is the system itself.)
 */
const struct who *policy_nobody(struct ctx *cx);
/* The names of the rules of plugins that its conditions have: "systems.IS_IN_SYSTEM". */
void policy_plugin_rules(struct ctx *cx, struct text_list *out);
/* Is cx->who one of permission.rbac.admin? */
bool policy_is_admin(struct ctx *cx);

/* The rules as the API of Backstage's community shows them; role NULL: of all. */
struct json *policy_rules_json(struct ctx *cx, const char *role);
/* [{name, memberReferences, metadata}] */
struct json *policy_roles_json(struct ctx *cx, const char *role);
/* The conditional ones: [{id, result, roleEntityRef, pluginId, resourceType, permissionMapping, conditions}] */
struct json *policy_conditions_json(struct ctx *cx);

#endif
