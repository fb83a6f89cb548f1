/* What the pickers of forms offer: which entities are meant, where repositories can be. */
#ifndef SCAFFOLDER_FORM_PICK_H
#define SCAFFOLDER_FORM_PICK_H

#include "base/ctx.h"
#include "base/json.h"

/*
 * The predicate (see catalog/filter.h) of a picker's filter: an object, or a list of which one must fit; values are texts,
 * lists of texts, or {exists: true}. owned: only what cx->who owns. NULL: all entities.
 */
struct json *form_entity_predicate(struct ctx *cx, const struct json *filter, bool owned);
/* The filter of a field's schema: its catalogFilter, or the kinds that it allows. */
struct json *form_entity_filter(struct arena *mem, const struct json *schema);
/*
 * A ref as a picker shows it: without what the field adds again when it is read (kind, ns: what it takes for granted; "" for
 * none).
 */
const char *form_ref_text(struct arena *mem, const char *ref, const char *kind, const char *ns);
const char *form_default_kind(const struct json *schema);
const char *form_default_namespace(const struct json *schema);

/*
 * The parts of a repository's address that a RepoUrlPicker asks for, with what the field allows:
 * [{name, label, help, text, choices: [text], what}]; what: "owners" or "repositories" can be looked up there, "" nothing.
 */
struct json *form_repo_fields(struct ctx *cx, const struct json *schema, const char *url);
/* The host that such a picker shows: the address's, else the first that the field allows; "" for none. */
const char *form_repo_host(struct ctx *cx, const struct json *schema, const char *url);
/* "github", "gitlab", "gitea", "bitbucketCloud", "bitbucketServer", "azure", "gerrit"; "" for a host nobody configured. */
const char *form_host_kind(struct ctx *cx, const char *host);
/* The value of the first RepoUrlPicker that has one, for fields that go on from it; "" for none. */
const char *form_repo_value(const struct json *pages, const struct json *values);

#endif
