/* Webhooks of plugins: whoever sends one knows the secret that the configuration names, or nothing happens. */
#include "ext/crypto.h"
#include "handlers/handlers.h"
#include "handlers/plugin_request.h"
#include "plugins/host.h"

/* "sha256=HEX", as GitHub writes it, or HEX alone, as Gitea does. */
static bool signature_fits(struct arena *mem, const char *given, const char *secret, struct str body)
{
	const char *hex = str_starts(given, "sha256=") ? given + 7 : given;

	return crypto_same(hex, crypto_hmac_sha256_hex(mem, str_of(secret), body));
}

/*
 * The manifest says which header proves it, and where in the plugin's configuration the secret is; check: "hmac" (of the body,
 * the default) or "token" (the secret itself, as GitLab sends it). Without a secret nobody gets in.
 */
static int check_sender(struct req *rq, const struct contribution *c)
{
	struct arena *mem = rq->cx->mem;
	const char *name = json_get_text(c->row, "header", "X-Hub-Signature-256");
	const char *secret = json_get_text(c->plugin->config, json_get_text(c->row, "secret", ""), "");
	const char *given = req_header(rq, str_lower(mem, name, strlen(name)));
	bool token = streq(json_get_text(c->row, "check", "hmac"), "token");

	if (!*secret)
		return fail(rq->cx, ERR_AUTH, "no secret is configured for this webhook");
	if (!given || !(token ? crypto_same(given, secret) : signature_fits(mem, given, secret, rq->body)))
		return fail(rq->cx, ERR_AUTH, "the header %s does not fit", name);
	return 0;
}

int plugin_webhook(struct req *rq, struct resp *rs)
{
	const struct plugin *p = plugin_by_name(req_param(rq, "plugin"));
	const struct contribution *c = NULL;
	struct json *answer = NULL;

	for (size_t i = 0; p && p->state == PLUGIN_ON && i < p->by_kind[CONTRIBUTES_WEBHOOK].n && !c; i++)
		if (streq(p->by_kind[CONTRIBUTES_WEBHOOK].items[i].id, req_param(rq, "id")))
			c = &p->by_kind[CONTRIBUTES_WEBHOOK].items[i];
	int rc = c ? check_sender(rq, c) : plugin_no_such(rq);

	if (rc < 0)
		return rc;
	struct json *request = plugin_request(rq, "/", &rq->path_params);

	/* It knew the secret, and is nobody whom the catalog knows: it acts as a schedule does. */
	rq->cx->who = NULL;

	rc = plugin_call(rq->cx, c, arena_printf(rq->cx->mem, "webhook %s", c->id), CALL_SHORT, &request, 1, &answer);
	return rc < 0 ? rc : plugin_answer(rq, rs, p, answer);
}
