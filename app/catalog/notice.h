/* What happens in the catalog, for whoever wants to know: the catalog knows nobody above it. */
#ifndef CATALOG_NOTICE_H
#define CATALOG_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/list.h"

struct notice_listener {
	bool (*wants)(const char *topic);
	int (*hear)(struct ctx *cx, const char *topic, const struct json *data); /* in the transaction that made it happen */
};
/* At most NOTICE_LISTENERS; each lives as long as the process. One that is known already is not added again. */
enum { NOTICE_LISTENERS = 4 };
void notice_listen(const struct notice_listener *listener);
/*
 * "catalog.changed" {refs}: entities were stored, changed or removed. In the transaction that did it. Costs nothing when nobody
 * wants to know.
 */
int notice_changed(struct ctx *cx, const struct text_list *refs);
/* "catalog.refreshed" {sources}: somebody says that what these sources describe has changed (a push, a button). */
int notice_refreshed(struct ctx *cx, const uint64_t *sources, size_t n);
bool notice_wanted(const char *topic);
int notice_tell(struct ctx *cx, const char *topic, const struct json *data);

#endif
