/* What happens in the catalog, for whoever wants to know. */
#include "catalog/notice.h"

static const struct notice_listener *listening;

void notice_listen(const struct notice_listener *listener)
{
	listening = listener;
}

bool notice_wanted(const char *topic)
{
	return listening && listening->wants(topic);
}

int notice_tell(struct ctx *cx, const char *topic, const struct json *data)
{
	return listening ? listening->hear(cx, topic, data) : 0;
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
