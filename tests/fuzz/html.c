/* Fuzzes the HTML cleaner: no text may crash it, and nothing that runs is in what it makes, nor in what that becomes. */
#include "ext/html.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const never[] = { "<script", "<style", "<svg", "<math", "<iframe", "<form", "<template", "<!--" };
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };
	struct html_clean once, twice;
	const struct html_policy policy = { .max_output = 1 << 20, .strict = n && data[0] & 1 };

	if (html_clean(&cx, (struct str){ (const char *)data, n }, &policy, &once) < 0)
		return 0;
	if (html_clean(&cx, once.html, &policy, &twice) < 0)
		return 0;
	for (size_t i = 0; i < LEN(never); i++)
		if (strcasestr(once.html.p, never[i]) || strcasestr(twice.html.p, never[i]))
			abort();
	return 0;
}
