/* Where a cluster's dashboard shows an object. */
#ifndef KUBERNETES_DASHBOARD_H
#define KUBERNETES_DASHBOARD_H

#include "base/arena.h"
#include "base/json.h"

/* kind and name NULL: the cluster itself. object: all of it, as far as it is known (AKS wants its uid); NULL: it is not. */
struct dashboard_object {
	const char *kind, *ns, *name;
	const struct json *object;
};
/*
 * cluster: what an answer says of it (dashboardUrl, dashboardApp, dashboardParameters). The address for the app's own idea of
 * addresses, or the nearest page of it that there is; always http or https, every name encoded. NULL: it has no dashboard, or a
 * parameter is missing.
 */
const char *dashboard_url(struct arena *mem, const struct json *cluster, const struct dashboard_object *o);
/* Sets `dashboard` of the objects that findings are about. resources: [{type, resources}] of the same answer. */
void dashboard_add(struct arena *mem, const struct json *cluster, const struct json *resources, struct json *findings);

#endif
