/* Whose findings are. */
#ifndef KUBERNETES_OWNER_H
#define KUBERNETES_OWNER_H

#include "base/ctx.h"
#include "base/json.h"
#include "base/map.h"

/*
 * items: of an answer (KUBE_FINDINGS, KUBE_VIEW). Each finding whose object has the label backstage.io/kubernetes-id gets
 * `entity`: {ref, title, owner?} of the entity that has it as an annotation. Findings about entities that cx->who may not read
 * go, and so do those that belong to none that is known, where who asks may not read all. One question to the catalog for each
 * 500 labels.
 */
int findings_attribute(struct ctx *cx, struct json *items);
/*
 * The same care for the answer about one entity, own its reference: what a plugin's rule says of another entity that cx->who
 * may not read goes. With all readable nothing is asked.
 */
int findings_permit(struct ctx *cx, struct json *items, const char *own);

/* Adds the entity (its document) that alone has one of the ids ([text]) as its annotation backstage.io/kubernetes-id, by id;
 * null where several have it. */
int owners_by_id(struct ctx *cx, const struct json *ids, struct map *out);
/* The same for the annotation backstage.io/kubernetes-label-selector; *out stays NULL where none has it alone. */
int owner_by_selector(struct ctx *cx, const char *selector, const struct json **out);

#endif
