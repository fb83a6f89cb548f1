/* The stored bytes: order, offsets, etag. */
#include "catalog/body.h"

#include "ext/json.h"
#include "tap.h"

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };
	struct relation owned = { "ownedBy", "ownerOf", "group:default/t" }, part = { "partOf", "hasPart", "system:default/s" };
	struct relations one = { .items = (struct relation[]){ owned }, .n = 1 };
	struct relations two = { .items = (struct relation[]){ part, owned, owned }, .n = 3 };
	struct problem p = { "InputError", "say \"why\"" };
	struct problems none = { 0 }, some = { .items = &p, .n = 1 };
	struct body a, b, c, d;
	struct json *e, *again;

	OK(json_parse(&cx, STR("{\"apiVersion\":\"v1\",\"kind\":\"K\",\"metadata\":{\"name\":\"n\"},\"spec\":{}}"), &e) == 0);
	body_make(&mem, e, "u", "h", &one, &none, &a);
	OK(memcmp(a.text.p + a.etag_at, a.etag, 40) == 0);
	OK(strncmp(a.text.p + a.tail_at, ",\"relations\":[", 14) == 0);
	OK(json_parse(&cx, a.text, &again) == 0);
	STR_EQ(json_text(json_path(again, "metadata", "uid", NULL), NULL), "u");
	STR_EQ(json_text(json_path(again, "metadata", "etag", NULL), NULL), a.etag);
	OK(json_get(again, "status") == NULL);

	body_retail(&mem, &a, "h", &one, &none, &b);
	OK(str_eq(a.text, b.text)); /* nothing new: the same bytes */
	body_retail(&mem, &a, "h", &two, &some, &c);
	OK(strcmp(a.etag, c.etag) != 0 && c.etag_at == a.etag_at);
	OK(json_parse(&cx, c.text, &again) == 0);
	OK(json_len(json_get(again, "relations")) == 2); /* sorted, each once */
	STR_EQ(json_get_text(json_get(again, "relations")->a.items[0], "type", ""), "ownedBy");
	STR_EQ(json_get_text(json_path(again, "status", "items", NULL)->a.items[0], "message", ""), "InputError: say \"why\"");
	body_retail(&mem, &c, "h", &one, &none, &d);
	OK(str_eq(a.text, d.text)); /* and back */
	return DONE();
}
