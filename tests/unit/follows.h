/* Whether an index that follows the database holds what the database holds. */
#ifndef TESTS_UNIT_FOLLOWS_H
#define TESTS_UNIT_FOLLOWS_H

#include <stdio.h>

#include "catalog/body.h"
#include "catalog/feed.h"
#include "ext/db.h"
#include "index/request.h"

struct follows_row {
	uint64_t id;
	const char *etag;
};
static const struct db_query follows_heads = {
	.name = "follows_heads",
	.sql = "SELECT id, etag FROM entity ORDER BY id",
	.out = (const struct db_field[]){ { DB_U64, offsetof(struct follows_row, id), DB_NOT_NULL },
					  { DB_TEXT, offsetof(struct follows_row, etag), DB_NOT_NULL } },
	.n_out = 2,
	.out_size = sizeof(struct follows_row),
};

static void follows_put(void *ix, const struct index_doc *doc, const struct index_terms *terms)
{
	index_put(ix, doc, terms);
}
static void follows_gone(void *ix, uint32_t id)
{
	index_remove(ix, id);
}
static void follows_seq(void *ix, uint64_t seq)
{
	index_set_seq(ix, seq);
}
static struct feed_to follows_to(struct index *ix)
{
	return (struct feed_to){ follows_put, follows_gone, follows_seq, ix };
}

/* Takes in all that was committed: 0, or the error. */
static int follow_all(struct feed *f)
{
	int rc;

	while ((rc = feed_step(f)) > 0)
		;
	return rc;
}

/* All ids with their tags, as the index has them and as the database has them. */
static bool same_as_database(struct ctx *cx, const struct index *ix)
{
	struct buf ask = { .mem = cx->mem }, answer = { .mem = cx->mem };
	struct follows_row row;
	DB_ROWS rows = { 0 };
	bool same = true;

	buf_adds(&ask, "PA");
	ask_u8(&ask, 0);
	ask_u8(&ask, 0);
	ask_u32(&ask, 1000000);
	ask_u64(&ask, 0);
	if (index_answer(cx, ix, buf_str(&ask), &answer) < 0)
		return false;
	struct reader r = { answer.p, answer.p + answer.n, false };
	uint64_t total = read_u64(&r), seen = 0;

	read_u8(&r);
	read_u32(&r);
	db_open(cx, &follows_heads, NULL, &rows);
	for (; db_next(&rows, &row) == 1 && same; seen++) {
		uint32_t id = read_u32(&r);
		uint64_t tag = read_u64(&r);

		same = id == row.id && tag == body_tag(row.etag);
		if (!same)
			printf("# the database has %llu %s, the index %u %llx\n", (unsigned long long)row.id, row.etag, id,
			       (unsigned long long)tag);
	}
	if (seen != total)
		printf("# %llu in the index, %llu in the database\n", (unsigned long long)total, (unsigned long long)seen);
	return same && seen == total;
}

#endif
