/* Pages about Kubernetes: what they share. */
#ifndef HANDLERS_KUBERNETES_PAGE_H
#define HANDLERS_KUBERNETES_PAGE_H

#include "handlers/entity_page.h"
#include "kubernetes/ask.h"

/* Adds the tab of Kubernetes, and to vars the card of the overview, where there are clusters and who looks may see what is in
 * them. */
void kubernetes_tab_add(struct ctx *cx, const struct json *entity, const char *tab, struct json *tabs);
struct json *kubernetes_card_json(struct ctx *cx, const struct json *entity);
/* Are there clusters, and may who looks see what is in them? */
bool kubernetes_shown(struct ctx *cx);
/* Is kubernetes.frontend.WHAT.enabled set: does the operator want pages to offer it? */
bool kubernetes_enabled(const struct ctx *cx, const char *what);
/* May who looks open shells, and do pages offer them? */
bool kubernetes_shells(struct ctx *cx);
/* The page of a shell in a container ("": the pod's first). */
const char *kubernetes_shell_url(struct arena *mem, const char *ref, const char *cluster, const char *ns, const char *pod,
				 const char *container);
/*
 * The items of an answer about an entity; an empty list where it is looked for nowhere. What cannot be asked at all is *why,
 * not an error: the page around it is shown.
 */
int kubernetes_items(struct entity_page *p, enum kube_form form, unsigned wait_ms, struct json **items, const char **why);

#endif
