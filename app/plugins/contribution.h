/* From a manifest that was found good to lists of what it contributes. */
#ifndef PLUGINS_CONTRIBUTION_H
#define PLUGINS_CONTRIBUTION_H

#include "plugins/plugin.h"

/* Fills p->by_kind from p->manifest. Pages and routes: fixed paths before those with parameters. p must stay where it is. */
void contributions_of(struct ctx *cx, struct plugin *p);

#endif
