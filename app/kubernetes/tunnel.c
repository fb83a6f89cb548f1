/* Connections that are to be taken over, left in the database for whoever has the ticket. */
#include "kubernetes/tunnel.h"

#include <stddef.h>

#include "base/clock.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "ext/seal.h"
#include "sql/tunnel.h"

enum { TICKET = 32, VALID_MS = 30 * 1000 };

static const struct {
	const char *key;
	size_t at;
} texts[] = {
	{ "cluster", offsetof(struct tunnel, cluster) },
	{ "method", offsetof(struct tunnel, method) },
	{ "path", offsetof(struct tunnel, path) },
	{ "upgrade", offsetof(struct tunnel, upgrade) },
	{ "authorization", offsetof(struct tunnel, authorization) },
	{ "userToken", offsetof(struct tunnel, user_token) },
	{ "key", offsetof(struct tunnel, hand.key) },
	{ "version", offsetof(struct tunnel, hand.version) },
	{ "protocol", offsetof(struct tunnel, hand.protocol) },
	{ "extensions", offsetof(struct tunnel, hand.extensions) },
	{ "event", offsetof(struct tunnel, event) },
	{ "permission", offsetof(struct tunnel, permission) },
	{ "actor", offsetof(struct tunnel, actor) },
	{ "ip", offsetof(struct tunnel, ip) },
	{ "agent", offsetof(struct tunnel, agent) },
	{ "host", offsetof(struct tunnel, host) },
	{ "url", offsetof(struct tunnel, url) },
	{ "requestId", offsetof(struct tunnel, request_id) },
};

static struct json *write_tunnel(struct arena *mem, const struct tunnel *t)
{
	struct json *v = json_object(mem);

	for (size_t i = 0; i < LEN(texts); i++) {
		const char *text;

		memcpy(&text, (const char *)t + texts[i].at, sizeof(text));
		if (text)
			json_set(mem, v, texts[i].key, json_str(mem, text));
	}
	json_set(mem, v, "tells", json_bool(mem, t->tells));
	if (t->meta)
		json_set(mem, v, "meta", json_copy(mem, t->meta));
	return v;
}

static void read_tunnel(const struct json *v, struct tunnel *t)
{
	*t = (struct tunnel){ .tells = json_get_bool(v, "tells", false), .meta = json_get(v, "meta") };
	for (size_t i = 0; i < LEN(texts); i++) {
		const char *text = json_get_text(v, texts[i].key, NULL);

		memcpy((char *)t + texts[i].at, &text, sizeof(text));
	}
}

/* Neither the database nor its backups can open what is left: the ticket is known to those two processes and nginx alone. */
static void key_of(const char *ticket, unsigned char key[SEAL_KEY], unsigned char id[CRYPTO_SHA256])
{
	seal_key(str_of(ticket), STR(""), "tunnel", key);
	crypto_sha256(str_of(ticket), id);
}

int tunnel_leave(struct ctx *cx, const struct tunnel *t, const char **ticket)
{
	unsigned char bytes[TICKET], key[SEAL_KEY], id[CRYPTO_SHA256];
	struct buf text = { .mem = cx->mem };
	int64_t now = clock_wall_ms();
	int rc;

	crypto_random(bytes, sizeof(bytes));
	*ticket = crypto_base64url(cx->mem, (struct str){ (const char *)bytes, sizeof(bytes) });
	key_of(*ticket, key, id);
	json_write(&text, write_tunnel(cx->mem, t));
	rc = q_tunnel_sweep_exec(cx, &(struct q_tunnel_sweep_in){ now - (int64_t)VALID_MS });
	if (rc == 0)
		rc = q_tunnel_add_exec(cx, &(struct q_tunnel_add_in){ { (const char *)id, sizeof(id) },
								      seal(cx->mem, key, buf_str(&text), "tunnel"),
								      now });
	return rc;
}

int tunnel_take(struct ctx *cx, const char *ticket, struct tunnel *out)
{
	unsigned char key[SEAL_KEY], id[CRYPTO_SHA256];
	struct str id_text = { (const char *)id, sizeof(id) }, text;
	struct q_tunnel_find_out row;
	struct json *v;

	key_of(ticket, key, id);
	int rc = q_tunnel_find_one(cx, &(struct q_tunnel_find_in){ id_text, clock_wall_ms() - (int64_t)VALID_MS }, &row);

	if (rc == 1) {
		rc = q_tunnel_take_exec(cx, &(struct q_tunnel_take_in){ id_text });
		if (rc == 0)
			rc = db_affected(cx) == 1;
	}
	if (rc == 0 || (rc == 1 && !seal_open(cx->mem, key, row.sealed, "tunnel", &text)))
		return fail(cx, ERR_DENIED, "nobody has asked for this connection, or it was too long ago");
	rc = rc < 0 ? rc : json_parse(cx, text, &v);
	if (rc == 0)
		read_tunnel(v, out);
	return rc;
}
