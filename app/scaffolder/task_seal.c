/* Secrets of tasks: how they are kept. */
#include "ext/crypto.h"
#include "ext/json.h"
#include "ext/seal.h"
#include "scaffolder/task_private.h"
#include "sql/scaffolder.h"

static struct str own_secret; /* of the portal, once it is known; lives as long as the process */

static int read_secret(struct ctx *cx)
{
	static char bytes[64];
	struct q_task_key_out row;
	unsigned char fresh[SEAL_KEY];
	int rc;

	if (own_secret.n)
		return 0;
	rc = q_task_key_one(cx, &row);
	if (rc == 0) {
		crypto_random(fresh, sizeof(fresh));
		rc = q_task_key_add_exec(cx, &(struct q_task_key_add_in){ { (const char *)fresh, sizeof(fresh) } });
		/* Whoever was first: all take that one. */
		if (rc == 0)
			rc = q_task_key_one(cx, &row);
	}
	if (rc < 0)
		return rc;
	if (rc == 0 || row.secret.n < SEAL_KEY || row.secret.n > sizeof(bytes))
		return fail(cx, ERR_INTERNAL, "table task_key has no key");
	memcpy(bytes, row.secret.p, row.secret.n);
	own_secret = (struct str){ bytes, row.secret.n };
	return 0;
}

/* What all hosts have in their configuration, the newest first. */
static struct str shared_secret(const struct ctx *cx, size_t i)
{
	const struct json *keys = json_path(cx->conf, "backend", "auth", "keys", NULL);

	return i < json_len(keys) && json_is(keys, JSON_ARRAY) ? str_of(json_get_text(keys->a.items[i], "secret", ""))
							       : (struct str){ "", 0 };
}

static const char *about(struct ctx *cx, const char *id, const char *use)
{
	return arena_printf(cx->mem, "task %s %s", id, use);
}

int task_seal_bytes(struct ctx *cx, const char *id, const char *use, struct str bytes, struct str *out)
{
	unsigned char key[SEAL_KEY];
	int rc = read_secret(cx);

	if (rc < 0)
		return rc;
	seal_key(own_secret, shared_secret(cx, 0), "tasks", key);
	*out = seal(cx->mem, key, bytes, about(cx, id, use));
	return 0;
}

int task_open_bytes(struct ctx *cx, const char *id, const char *use, struct str sealed, struct str *out)
{
	size_t n = json_len(json_path(cx->conf, "backend", "auth", "keys", NULL));
	unsigned char key[SEAL_KEY];
	int rc = read_secret(cx);

	/* The last is none: what was sealed before there was one. */
	for (size_t i = 0; rc == 0 && i <= n; i++) {
		seal_key(own_secret, shared_secret(cx, i), "tasks", key);
		if (seal_open(cx->mem, key, sealed, about(cx, id, use), out))
			return 0;
	}
	return rc < 0 ? rc : fail(cx, ERR_INTERNAL, "what the task has kept cannot be read: its key is not there any more");
}

int task_seal(struct ctx *cx, const char *id, const char *use, const struct json *v, struct str *out)
{
	struct buf b = { .mem = cx->mem };

	json_write(&b, v);
	return task_seal_bytes(cx, id, use, buf_str(&b), out);
}

int task_open(struct ctx *cx, const char *id, const char *use, struct str sealed, struct json **out)
{
	struct str text;
	int rc = task_open_bytes(cx, id, use, sealed, &text);

	return rc < 0 ? rc : json_parse(cx, text, out);
}
