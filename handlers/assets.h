/* What is in nginx/static: addresses, each with a mark of the content so that browsers may keep it for good; the icons. */
#ifndef HANDLERS_ASSETS_H
#define HANDLERS_ASSETS_H

#include "base/ctx.h"

/*
 * Reads what is in server.static, once, before pages are rendered. A directory that is not there (nginx runs on another host)
 * is no error: addresses are then without a mark.
 */
void assets_prepare(struct ctx *cx);
/* "callboard.css" -> "/static/callboard.css?v=1f0c…". Lives in mem. */
const char *asset_url(struct arena *mem, const char *name);
/* The shapes of an icon, SVG in a square of 24; NULL: there is none of that name, or the directory is not there. */
const char *asset_icon(const char *name);
/* Of the file with all icons, each a symbol. Lives in mem. */
const char *asset_icons_url(struct arena *mem);

#endif
