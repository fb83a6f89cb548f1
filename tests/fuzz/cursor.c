/* Cursors: input is the JSON of one, or the cursor itself. What is taken must come back the same when it is written. */
#include "handlers/cursor.h"

#include <stdlib.h>

#include "ext/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };
	struct str text = { (const char *)data, size };
	struct filter filter = { 0 };
	struct cursor c, again;

	if (cursor_read(&cx, arena_strndup(&mem, text.p, text.n), &c) < 0 &&
	    cursor_read(&cx, crypto_base64(&mem, text), &c) < 0)
		return 0;
	for (size_t i = 0; i < c.filters.n; i++)
		filter_add(&cx, &filter, c.filters.items[i]);
	if (cursor_read(&cx, cursor_write(&mem, &c), &again) < 0 || again.edge.id != c.edge.id || again.total != c.total ||
	    again.backwards != c.backwards || again.filters.n != c.filters.n || again.text_fields.n != c.text_fields.n ||
	    !again.order.field != !c.order.field || !again.predicate != !c.predicate)
		abort();
	return 0;
}
