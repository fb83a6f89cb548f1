/* Terms from bytes: whatever the bytes, no crash; and of what is JSON, written as bodies are, the rows of search_rows(). */
#include <stdlib.h>

#include "base/utf8.h"
#include "tests/unit/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };
	struct index_terms terms = { 0 };
	struct buf body = { .mem = &mem };
	struct json *v;
	bool error;

	terms_of(&cx, (struct str){ (const char *)data, size }, &terms, &error);
	for (size_t i = 0; i < terms.n; i++)
		if (utf8_len(terms.items[i].key.p, terms.items[i].key.n) > 200 ||
		    utf8_len(terms.items[i].value.p, terms.items[i].value.n) > 200)
			abort();
	if (json_parse(&cx, (struct str){ (const char *)data, size }, &v) < 0 || !json_is(v, JSON_OBJECT))
		return 0;
	json_write(&body, v);
	if (!rows_agree(&cx, buf_str(&body)))
		abort();
	return 0;
}
