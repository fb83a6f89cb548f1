/* References and location references: whatever the bytes, a reference or an error. */
#include <stdlib.h>

#include "catalog/reader.h"
#include "catalog/ref.h"
#include "catalog/relation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };
	const char *text = arena_strndup(&mem, (const char *)data, size);
	struct location loc;
	struct ref r, again;

	if (ref_parse(&cx, text, size % 2 ? "group" : NULL, NULL, &r) == 0) {
		const char *full = ref_format(&mem, &r);

		ref_storable(full);
		ref_humanise(&mem, full, "group");
		/* what was written full reads back as itself, unless its parts hold separators */
		if (!strpbrk(r.kind, "/:") && !strpbrk(r.ns, "/:") && !strpbrk(r.name, "/:") &&
		    (ref_parse(&cx, full, NULL, NULL, &again) < 0 || strcmp(ref_format(&mem, &again), full) != 0))
			abort();
	}
	location_parse(&cx, text, &loc);
	return 0;
}
