/* The steps of registering a location; register.c shows them, register_prepare.c proposes a first file. */
#ifndef HANDLERS_REGISTER_H
#define HANDLERS_REGISTER_H

#include "web/http.h"

/* What catalog files are called: catalog.import.entityFilename, or catalog-info.yaml. */
const char *register_file_name(const struct ctx *cx);
/* The branch that a pull request could come from: catalog.import.pullRequestBranchName, or backstage-integration. */
const char *register_branch(const struct ctx *cx);
/* Renders a step ("select", "choose", "prepare", "review", "finish"); vars holds what the step shows. */
int register_step(struct req *rq, struct resp *rs, int status, const char *step, const char *target, struct json *vars);
/* Step 2 where a repository has no file: a form that makes one. proposal: an entity, from location_analyze(). */
int register_propose(struct req *rq, struct resp *rs, const char *target, const struct json *proposal);
/* What that form says: the file to put into the repository. */
int register_prepared(struct req *rq, struct resp *rs, const struct params *form, const char *target);

#endif
