/* What makes the portal a company's own: its logo and its accent colour (app.branding). */
#ifndef HANDLERS_BRANDING_H
#define HANDLERS_BRANDING_H

#include "base/ctx.h"
#include "base/json.h"

/* {logo: address or "", style: address of the colours or ""}, for the frame of every page. */
struct json *branding_json(struct ctx *cx);

#endif
