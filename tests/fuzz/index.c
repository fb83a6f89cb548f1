/*
 * The index. The first byte says what the others are: a request to a small index, a snapshot, or what stands in one behind a
 * head that is good; whatever they are, there is an answer or a refusal, and what was loaded can be used.
 */
#include "index/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"
#include "index/file.h"
#include "index/limits.h"
#include "index/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const keys[] = { "kind", "metadata.name", "metadata.tags", "spec.owner", "rare" };
static const char *const values[] = { "Component", "component", "player", "play-layer", "team-a", "Team-B", "" };

static void put(struct ctx *cx, struct index *ix, uint32_t id)
{
	struct index_terms terms = { 0 };

	for (uint32_t i = 0; i < id % 7; i++)
		*list_add(cx->mem, &terms) = (struct index_term){
			str_of(keys[(id + i * i) % LEN(keys)]),
			str_of((id + i) % 11 ? values[(id * 3 + i) % LEN(values)] : NULL),
		};
	index_put(ix, &(struct index_doc){ id * 37, id, id % 5 == 0 }, &terms);
}

static int ask(struct ctx *cx, const struct index *ix, struct str request)
{
	struct buf answer = { .mem = cx->mem };
	int rc = index_answer(cx, ix, request, &answer);

	if (rc != 0 && rc != ERR_INPUT)
		abort();
	return rc;
}

/* All by two orders, and a facet. */
static void use(struct ctx *cx, struct index *ix)
{
	static const char page[] = "PA\2\0\4\0kind\1\15\0metadata.name\1\12\0\0\0\0\0\0\0\0\0\0\0", facet[] = "FA\1\0\4\0kind";

	if (ask(cx, ix, STR(page)) || ask(cx, ix, STR(facet)))
		abort();
	for (uint32_t id = 0; id < 30; id++)
		put(cx, ix, id);
	for (uint32_t id = 0; id < 1200; id++)
		index_remove(ix, id);
	ask(cx, ix, STR(page));
}

static void write_raw(const char *path, const uint8_t *data, size_t size)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0)
		abort();
}

static void write_body(struct ctx *cx, const char *path, const uint8_t *data, size_t size)
{
	struct file f;

	if (size > FILE_PIECE || file_create(cx, path, &f) < 0)
		return;
	file_put_text(&f, STR("callboard index"));
	file_put_u32(&f, 1);
	file_put_text(&f, STR("me"));
	file_put(&f, data, size);
	if (file_finish(cx, path, &f) < 0)
		abort();
}

static void snapshot(struct ctx *cx, uint8_t how, const uint8_t *data, size_t size)
{
	const char *path = arena_printf(cx->mem, "/dev/shm/callboard-fuzz-index-%ld", (long)getpid());
	struct index *ix;

	if (how == 1)
		write_raw(path, data, size);
	else
		write_body(cx, path, data, size);
	if (index_load(cx, path, "me", &ix) == 0) {
		use(cx, ix);
		index_free(ix);
	}
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };
	static struct index *ix;

	if (!ix) {
		index_limits = (struct index_limits){ 4, 3, 2, 8, 8, 2, 2 };
		ix = index_new();
		for (uint32_t id = 0; id < 60; id++)
			put(&cx, ix, id);
	}
	if (!size)
		return 0;
	if (data[0] % 4 == 0)
		ask(&cx, ix, (struct str){ (const char *)data + 1, size - 1 });
	else
		snapshot(&cx, data[0] % 4 == 1 ? 1 : 2, data + 1, size - 1);
	return 0;
}
