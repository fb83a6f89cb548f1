/* Whose findings are. */
#ifndef KUBERNETES_OWNER_H
#define KUBERNETES_OWNER_H

#include "base/ctx.h"
#include "base/json.h"

/*
 * items: of an answer (KUBE_FINDINGS, KUBE_VIEW). Each finding whose object has the label backstage.io/kubernetes-id gets
 * `entity`: {ref, title, owner?} of the entity that has it as an annotation. Findings about entities that cx->who may not read
 * go, and so do those that belong to none that is known, where who asks may not read all. One question to the catalog for each
 * 500 labels.
 */
int findings_attribute(struct ctx *cx, struct json *items);

#endif
