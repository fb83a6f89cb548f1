/* What the files of the policy share among themselves. */
#ifndef IDENTITY_POLICY_PRIVATE_H
#define IDENTITY_POLICY_PRIVATE_H

#include <sys/types.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/list.h"
#include "base/map.h"
#include "identity/policy.h"

struct policy_rule {
	const char *subject;    /* a role, or (in the CSV file) a user or group; lower case */
	const char *permission; /* a name, a glob of names, or a resource type */
	const char *action;     /* NULL: any */
	bool deny;
	const struct json *condition; /* NULL: none */
	const char *source;           /* "configuration", "csv-file", "conditional-file" */
	/* Of the file of conditions: what the CSV file allows without condition does not count beside it. */
	bool narrows;
};
struct policy_rules {
	struct policy_rule **items;
	size_t n, cap;
};
struct policy_role {
	const char *name, *about, *source;
	struct text_list members;
};
struct policy_roles {
	struct policy_role **items;
	size_t n, cap;
};

/* A file as it was when it was read. */
struct policy_file {
	const char *path; /* NULL: the configuration names none */
	struct {
		ino_t ino;
		off_t size;
		int64_t changed_ns;
	} seen;
};

struct policy {
	struct arena mem;
	bool enabled;
	const char *lua;  /* permission.policy: what is asked first; NULL: none */
	bool plain;       /* enabled without any role or policy: who has signed in may do all, guests may read */
	bool basic_first; /* permission.rbac.policyDecisionPrecedence: basic */
	struct policy_rules rules;
	struct policy_roles roles;
	struct map rules_of;   /* by subject: struct policy_rules */
	struct map roles_of;   /* by member: struct text_list of roles */
	struct map role_named; /* struct policy_role */
	struct map admins, supers;
	struct policy_file csv, conditions;
};

/* The one that this process decides by; NULL with a worded error. */
const struct policy *policy_now(struct ctx *cx);

/* Reads the configuration into p, whose arena it uses, with the files it names. ERR_INPUT. */
int policy_load(struct ctx *cx, struct policy *p);

/* Adds what a file says. ERR_INPUT "rbac.csv:12: …". */
int policy_load_csv(struct ctx *cx, struct policy *p);
int policy_load_conditions(struct ctx *cx, struct policy *p);
/* True when the file is another than the one that was read. */
bool policy_file_changed(const struct policy_file *f);
/* Takes it as it is now for the one that was read. */
void policy_file_remember(struct policy_file *f);

/* The role of that name, made when it is new. */
struct policy_role *policy_role(struct policy *p, const char *name, const char *source);
void policy_member(struct policy *p, struct policy_role *role, const char *member);
/* Adds a rule (copied). ERR_INPUT when it can never mean anything. */
int policy_rule(struct ctx *cx, struct policy *p, const struct policy_rule *r);
/* ERR_INPUT when action is none of create, read, update, delete and use. */
int policy_check_action(struct ctx *cx, const char *action);
/* ERR_INPUT unless it is "*", "guest", "service:…", or the ref of a user or group. */
int policy_check_member(struct ctx *cx, const char *member);
/* Is the rule about this permission? Conditions are about entities only. */
bool policy_rule_fits(const struct policy_rule *r, const struct permission *p);

#endif
