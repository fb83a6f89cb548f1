/* The parts of the portal that read a section of the configuration before anybody asks. */
#include "server/parts.h"

#include "base/str.h"
#include "identity/audit.h"
#include "identity/policy.h"
#include "kubernetes/cluster.h"
#include "scaffolder/task_run.h"
#include "server/endpoint.h"

int parts_prepare(struct ctx *cx)
{
	static int (*const parts[])(struct ctx * cx) = {
		policy_prepare, task_prepare, audit_prepare, endpoints_check, clusters_check,
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < LEN(parts); i++)
		rc = parts[i](cx);
	return rc;
}
