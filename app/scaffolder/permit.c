/* Who may do what with templates and tasks. */
#include "scaffolder/permit.h"

#include "identity/identity.h"

int permit_action(struct ctx *cx, void *arg, const struct action *a, const struct json *input)
{
	int rc = identity_allow(cx, "scaffolder.action.execute");

	(void)arg, (void)input;
	return rc == ERR_DENIED ? fail(cx, rc, "Unauthorized action: %s. The action is not allowed.", a->id) : rc;
}
