/* What happens in the catalog, for whoever wants to know. */
#include "catalog/notice.h"

#include <stdlib.h>

static const struct notice_listener *listeners[NOTICE_LISTENERS];

void notice_listen(const struct notice_listener *listener)
{
	for (size_t i = 0; i < NOTICE_LISTENERS; i++) {
		if (!listeners[i])
			listeners[i] = listener;
		if (listeners[i] == listener)
			return;
	}
	abort();
}

bool notice_wanted(const char *topic)
{
	for (size_t i = 0; i < NOTICE_LISTENERS && listeners[i]; i++)
		if (listeners[i]->wants(topic))
			return true;
	return false;
}

int notice_tell(struct ctx *cx, const char *topic, const struct json *data)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < NOTICE_LISTENERS && listeners[i]; i++)
		if (listeners[i]->wants(topic))
			rc = listeners[i]->hear(cx, topic, data);
	return rc;
}

int notice_changed(struct ctx *cx, const struct text_list *refs)
{
	struct json *data, *list;

	if (!refs->n || !notice_wanted("catalog.changed"))
		return 0;
	data = json_object(cx->mem);
	list = json_set(cx->mem, data, "refs", json_array(cx->mem));
	for (size_t i = 0; i < refs->n; i++)
		json_push(cx->mem, list, json_str(cx->mem, refs->items[i]));
	return notice_tell(cx, "catalog.changed", data);
}

int notice_refreshed(struct ctx *cx, const uint64_t *sources, size_t n)
{
	struct json *data, *list;

	if (!n || !notice_wanted("catalog.refreshed"))
		return 0;
	data = json_object(cx->mem);
	list = json_set(cx->mem, data, "sources", json_array(cx->mem));
	for (size_t i = 0; i < n; i++)
		json_push(cx->mem, list, json_num(cx->mem, (double)sources[i]));
	return notice_tell(cx, "catalog.refreshed", data);
}
