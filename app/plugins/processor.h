/* Processors of plugins: what they add to entities that sources bring. */
#ifndef PLUGINS_PROCESSOR_H
#define PLUGINS_PROCESSOR_H

#include "base/ctx.h"

/* From now on the catalog of this process hands each entity to the processors there are. For job workers. */
void processors_prepare(void);

#endif
