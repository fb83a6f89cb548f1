/* Forms that somebody has begun to fill in. */
#include "scaffolder/draft.h"

#include "base/clock.h"
#include "ext/crypto.h"
#include "ext/db.h"
#include "ext/json.h"
#include "ext/seal.h"
#include "identity/identity.h"
#include "sql/draft.h"

static const int64_t DAY_MS = 86400000;

const char *draft_token(struct arena *mem)
{
	unsigned char bytes[32];

	crypto_random(bytes, sizeof(bytes));
	return crypto_base64url(mem, (struct str){ (const char *)bytes, sizeof(bytes) });
}

/* NULL: nobody who could have one. */
static const char *owner_of(struct ctx *cx, const struct draft *d)
{
	char hash[65];

	if (cx->who && cx->who->kind == WHO_USER)
		return cx->who->ref;
	if (!*d->token)
		return NULL;
	crypto_sha256_hex(str_of(arena_printf(cx->mem, "draft:%s", d->token)), hash);
	return arena_printf(cx->mem, "browser:%s", hash);
}

static const char *about(struct ctx *cx, const struct draft *d)
{
	return arena_printf(cx->mem, "%s %s", owner_of(cx, d), d->template_ref);
}

static void key_of(const struct draft *d, unsigned char key[SEAL_KEY])
{
	seal_key(str_of(d->token), STR(""), "form draft", key);
}

/* What cannot be opened was entered in another browser: it has to be entered again. */
static void load_sealed(struct ctx *cx, const struct draft *d, struct str sealed, struct form *f)
{
	unsigned char key[SEAL_KEY];
	struct err before = cx->err;
	struct json *v;
	struct str text;

	if (!sealed.p || !*d->token)
		return;
	key_of(d, key);
	if (seal_open(cx->mem, key, sealed, about(cx, d), &text) && json_parse(cx, text, &v) == 0 && json_is(v, JSON_OBJECT))
		f->sealed = v;
	cx->err = before;
}

int draft_load(struct ctx *cx, struct draft *d, struct form *f)
{
	const char *owner = owner_of(cx, d);
	struct q_draft_get_out row;
	struct json *state;
	int rc = owner ? q_draft_get_one(cx, &(struct q_draft_get_in){ owner, d->template_ref }, &row) : 0;

	if (rc != 1)
		return rc;
	rc = json_parse(cx, row.state, &state);
	if (rc < 0)
		return rc;
	if (!json_is(json_get(state, "values"), JSON_OBJECT))
		return 0;
	f->values = json_get(state, "values");
	if (json_is(json_get(state, "chosen"), JSON_OBJECT))
		f->chosen = json_get(state, "chosen");
	d->seen = (unsigned)json_get_num(state, "seen", 0);
	load_sealed(cx, d, row.sealed, f);
	return 1;
}

static struct str seal_all(struct ctx *cx, const struct draft *d, const struct form *f)
{
	unsigned char key[SEAL_KEY];
	struct buf b = { .mem = cx->mem };

	if (!f->sealed->o.n || !*d->token)
		return (struct str){ 0 };
	json_write(&b, f->sealed);
	key_of(d, key);
	return seal(cx->mem, key, buf_str(&b), about(cx, d));
}

int draft_save(struct ctx *cx, const struct draft *d, const struct form *f)
{
	const char *owner = owner_of(cx, d);
	struct json *state = json_object(cx->mem);
	struct buf b = { .mem = cx->mem };
	int64_t now = clock_wall_ms();
	struct str sealed;
	int rc;

	if (!owner)
		return 0;
	json_set(cx->mem, state, "values", f->values);
	json_set(cx->mem, state, "chosen", f->chosen);
	json_set(cx->mem, state, "seen", json_num(cx->mem, d->seen));
	json_write(&b, state);
	sealed = seal_all(cx, d, f);
	if (b.n > FORM_BYTES || sealed.n > FORM_BYTES)
		return fail(cx, ERR_TOOLARGE, "what is in the form takes more than %d KiB", FORM_BYTES >> 10);
	rc = q_draft_set_exec(cx, &(struct q_draft_set_in){ owner, d->template_ref, buf_str(&b), sealed, now });
	return rc < 0 ? rc : q_draft_sweep_exec(cx, &(struct q_draft_sweep_in){ now - DRAFT_DAYS * DAY_MS });
}

int draft_forget(struct ctx *cx, const struct draft *d)
{
	const char *owner = owner_of(cx, d);

	return owner ? q_draft_delete_exec(cx, &(struct q_draft_delete_in){ owner, d->template_ref }) : 0;
}
