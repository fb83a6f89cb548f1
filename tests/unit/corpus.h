/* Entities that others wrote, from ../shared/corpus/catalog; none when it is not there. For more than one test. */
#ifndef TESTS_CORPUS_H
#define TESTS_CORPUS_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "catalog/relation.h"
#include "catalog/validate.h"
#include "ext/yaml.h"

#define CORPUS "../shared/corpus/catalog"

struct corpus {
	struct json **items;
	size_t n, cap;
};

static void corpus_file(struct ctx *cx, const char *path, struct corpus *out)
{
	struct buf text = { .mem = cx->mem };
	struct yaml_docs docs = { 0 };
	FILE *f = fopen(path, "re");
	char chunk[65536];

	for (size_t n; f && (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
		buf_add(&text, chunk, n);
	if (f)
		fclose(f);
	if (yaml_read(cx, (struct str){ buf_text(&text), text.n }, &(struct yaml_limits){ 0 }, &docs) < 0)
		return;
	for (size_t i = 0; i < docs.n; i++) {
		struct faults faults = { 0 };

		if (docs.items[i].value && validate_envelope(cx->mem, docs.items[i].value, &faults))
			*list_add(cx->mem, out) = docs.items[i].value;
	}
}

static int corpus_wanted(const struct dirent *e)
{
	return *e->d_name != '.';
}

/* All documents with an envelope, in a fixed order. */
static void corpus_read(struct ctx *cx, const char *folder, struct corpus *out)
{
	struct dirent **names;
	int n = scandir(folder, &names, corpus_wanted, alphasort);

	for (int i = 0; i < n; i++) {
		const char *path = arena_printf(cx->mem, "%s/%s", folder, names[i]->d_name);

		if (names[i]->d_type == DT_DIR)
			corpus_read(cx, path, out);
		else if (str_ends(path, ".yaml") || str_ends(path, ".yml") || str_ends(path, ".json"))
			corpus_file(cx, path, out);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

#endif
