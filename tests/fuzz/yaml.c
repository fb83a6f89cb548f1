/* Fuzzes the YAML reader with small limits: no text may crash it, and what it accepts must be whole. */
#include "ext/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Touches every byte that a value claims to have. */
static size_t weigh(const struct json *v)
{
	ARENA mem = { 0 };
	struct buf out = { .mem = &mem };
	struct json *copy = json_copy(&mem, v);

	json_write(&out, copy);
	return out.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct yaml_limits limits = { .bytes = 1 << 16, .depth = 16, .nodes = 2000, .documents = 50 };
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };
	struct yaml_docs docs = { 0 };
	int rc = yaml_read(&cx, (struct str){ (const char *)data, n }, &limits, &docs);
	unsigned line = 0;

	if (rc < 0 && (docs.n || !*cx.err.text))
		abort();
	for (size_t i = 0; i < docs.n; i++) {
		const struct yaml_doc *d = &docs.items[i];

		if (d->line < line || (d->value && (d->error || weigh(d->value) == 0)))
			abort();
		line = d->line;
	}
	return 0;
}
