/* What each part of the portal reads of the configuration before anybody asks. */
#ifndef SERVER_PARTS_H
#define SERVER_PARTS_H

#include "base/ctx.h"

/*
 * Has every part read its own section of cx->conf, and refuse what is wrong there (ERR_INPUT says where): for those who start
 * the portal and for those who only ask whether it would start.
 */
int parts_prepare(struct ctx *cx);

#endif
