/* Which groups a user speaks for: the catalog's relations, read from both sides. */
#include "identity/membership.h"

#include "base/hash.h"
#include "base/list.h"
#include "base/str.h"
#include "sql/identity.h"

enum { LEVELS_MOST = 64, OWNS_MOST = 5000 };

struct refs {
	const char **items;
	size_t n, cap;
};

static void add_once(struct arena *mem, struct refs *refs, const char *ref)
{
	for (size_t i = 0; i < refs->n; i++)
		if (streq(refs->items[i], ref))
			return;
	if (refs->n < OWNS_MOST)
		*list_add(mem, refs) = ref;
}

/* Those from first on, as the two statements want them: ["ref", …] and [{"h": hash, "r": ref}, …]. */
static void write_refs(const struct refs *refs, size_t first, struct buf *plain, struct buf *hashed)
{
	buf_addc(plain, '[');
	buf_addc(hashed, '[');
	for (size_t i = first; i < refs->n; i++) {
		struct str ref = str_of(refs->items[i]);

		buf_adds(plain, i > first ? "," : "");
		json_write_text(plain, ref);
		/* As text: a number this large is not kept exactly everywhere. */
		buf_addf(hashed, "%s{\"h\":\"%llu\",\"r\":", i > first ? "," : "", (unsigned long long)hash64(ref.p, ref.n));
		json_write_text(hashed, ref);
		buf_addc(hashed, '}');
	}
	buf_addc(plain, ']');
	buf_addc(hashed, ']');
}

/* Adds what those from first on are related to by type, by their own word or by that of the others. */
static int add_related(struct ctx *cx, struct refs *refs, size_t first, const char *type)
{
	struct buf plain = { .mem = cx->mem }, hashed = { .mem = cx->mem };
	DB_ROWS says = { 0 }, said = { 0 };
	struct q_member_says_out a;
	struct q_member_said_out b;

	write_refs(refs, first, &plain, &hashed);
	int rc = q_member_says_open(cx, &(struct q_member_says_in){ .refs = buf_text(&plain), .type = type }, &says);

	while (rc >= 0 && (rc = q_member_says_next(&says, &a)) == 1)
		add_once(cx->mem, refs, a.ref);
	db_rows_close(&says);
	if (rc >= 0)
		rc = q_member_said_open(cx, &(struct q_member_said_in){ .refs = buf_text(&hashed), .inverse = type }, &said);
	while (rc >= 0 && (rc = q_member_said_next(&said, &b)) == 1)
		add_once(cx->mem, refs, b.ref);
	return rc < 0 ? rc : 0;
}

int membership_find(struct ctx *cx, const char *user_ref, const char ***owns)
{
	bool nested = json_get_bool(json_get(cx->conf, "auth"), "nestedGroups", false);
	struct refs refs = { 0 };
	size_t first = 1, level = 0;

	*list_add(cx->mem, &refs) = user_ref;
	int rc = add_related(cx, &refs, 0, "memberOf");

	/* Each round asks about the groups that the last one found; a group that is there already is not found again. */
	while (rc == 0 && nested && first < refs.n && level++ < LEVELS_MOST) {
		size_t end = refs.n;

		rc = add_related(cx, &refs, first, "childOf");
		first = end;
	}
	*list_add(cx->mem, &refs) = NULL;
	*owns = refs.items;
	return rc;
}
