/* The git server at the other end. */
#include "ext/git_peer.h"

#include "ext/crypto.h"
#include "ext/fetch.h"
#include "ext/mirror.h"

static const size_t RECEIVE_MAX = (size_t)4 << 30;

void git_peer_freep(git_remote **remote)
{
	git_remote_free(*remote);
}

int git_peer_open(struct ctx *cx, const struct git_source *src, struct git_peer *out)
{
	static const char *const schemes[] = { "https", "http", "ssh", "git", "file" };
	struct url u;
	bool known = false;

	*out = (struct git_peer){ .cx = cx, .src = src };
	if (url_parse(cx, src->url, &u) < 0)
		return cx->err.code;
	out->shown = mirror_shown(cx, src->url);
	for (size_t i = 0; i < LEN(schemes); i++)
		known = known || streq(u.scheme, schemes[i]);
	if (!known)
		return fail(cx, ERR_INPUT, "%s: git reads https, http, ssh, git and file URLs", out->shown);

	const char *from = strstr(src->url, "://"), *colon = NULL, *at = NULL;

	if (from) {
		from += 3;
		at = memrchr(from, '@', strcspn(from, "/?#"));
		colon = at ? memchr(from, ':', (size_t)(at - from)) : NULL;
	}
	out->username = src->username ? src->username : *u.user ? url_unescape(cx->mem, u.user) : NULL;
	out->password = src->password;
	if (!src->password && colon)
		out->password = url_unescape(cx->mem, arena_strndup(cx->mem, colon + 1, (size_t)(at - colon - 1)));
	out->host = u.host;
	out->url = streq(u.scheme, "ssh") && *u.user
			   ? arena_printf(cx->mem, "%s://%s@%s%s", u.scheme, u.user, u.authority, u.path)
			   : out->shown;
	return 0;
}

static int on_credentials(git_credential **out, const char *url, const char *user, unsigned allowed, void *arg)
{
	struct git_peer *peer = arg;
	struct url u;
	const char *name = peer->username ? peer->username : user ? user : "git";

	/* They are for the host in the URL, and are not tried again after they were refused. */
	if (url_parse(peer->cx, url, &u) < 0 || !streq(u.host, peer->host) || peer->asked++ > 2)
		return GIT_EAUTH;
	if (allowed & GIT_CREDENTIAL_USERNAME)
		return git_credential_username_new(out, name);
	if ((allowed & GIT_CREDENTIAL_SSH_KEY) && peer->src->ssh_key)
		return git_credential_ssh_key_new(out, name, NULL, peer->src->ssh_key, "");
	if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) && peer->password && peer->asked == 1)
		return git_credential_userpass_plaintext_new(out, name, peer->password);
	return GIT_EAUTH;
}

static int on_progress(const git_indexer_progress *now, void *arg)
{
	struct git_peer *peer = arg;

	peer->too_large = now->received_bytes > RECEIVE_MAX;
	return peer->too_large ? GIT_EUSER : 0;
}

/* As ssh-keygen -l writes it: "SHA256:" and base64 without padding. Without a configured one libgit2 asks known_hosts. */
static int on_certificate(git_cert *cert, int valid, const char *host, void *arg)
{
	struct git_peer *peer = arg;
	const git_cert_hostkey *key = (const git_cert_hostkey *)(const void *)cert;

	(void)host;
	if (cert->cert_type != GIT_CERT_HOSTKEY_LIBSSH2)
		return valid ? 0 : GIT_ECERTIFICATE;
	if (peer->src->host_key) {
		struct str sum = { (const char *)key->hash_sha256, sizeof(key->hash_sha256) };
		const char *text = crypto_base64(peer->cx->mem, sum);
		size_t n = strcspn(text, "=");

		valid = (key->type & GIT_CERT_SSH_SHA256) && str_starts(peer->src->host_key, "SHA256:") &&
			strcspn(peer->src->host_key + 7, "=") == n && strncmp(peer->src->host_key + 7, text, n) == 0;
	}
	peer->stranger = !valid;
	return valid ? 0 : GIT_ECERTIFICATE;
}

void git_peer_callbacks(struct git_peer *peer, git_remote_callbacks *cb)
{
	cb->credentials = on_credentials;
	cb->transfer_progress = on_progress;
	cb->certificate_check = on_certificate;
	cb->payload = peer;
	peer->asked = 0;
}

int git_peer_error(const struct git_peer *peer, int code)
{
	const char *why = mirror_why();

	if (peer->too_large)
		return fail(peer->cx, ERR_TOOLARGE, "%s: the repository is too large", peer->shown);
	if (peer->stranger)
		return fail(peer->cx, ERR_AUTH, "%s: the server's key is not the one of integrations.git or known_hosts",
			    peer->shown);
	if (code == GIT_EAUTH || strstr(why, "status code: 401") || strstr(why, "status code: 403") ||
	    strstr(why, "authentication"))
		return fail(peer->cx, ERR_AUTH, "%s: the git server refuses access", peer->shown);
	if (code == GIT_ENOTFOUND || strstr(why, "status code: 404") || strstr(why, "failed to resolve path"))
		return fail(peer->cx, ERR_NOTFOUND, "%s: no such git repository", peer->shown);
	return fail(peer->cx, ERR_UPSTREAM, "%s: %s", peer->shown, why);
}

int git_peer_list(struct git_peer *peer, git_remote *remote)
{
	git_remote_connect_options options;
	int code;

	git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
	git_peer_callbacks(peer, &options.callbacks);
	options.proxy_opts.type = GIT_PROXY_AUTO;
	options.follow_redirects = GIT_REMOTE_REDIRECT_NONE; /* none to another host */
	code = git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &options);
	if (code == 0)
		code = git_remote_ls(&peer->heads, &peer->n_heads, remote);
	return code < 0 ? git_peer_error(peer, code) : 0;
}

const git_remote_head *git_peer_head(const struct git_peer *peer, const char *name)
{
	for (size_t i = 0; i < peer->n_heads; i++)
		if (streq(peer->heads[i]->name, name))
			return peer->heads[i];
	return NULL;
}

int git_peer_fetch(struct git_peer *peer, git_remote *remote, const git_strarray *specs)
{
	git_fetch_options options;
	int code;

	git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
	git_peer_callbacks(peer, &options.callbacks);
	options.proxy_opts.type = GIT_PROXY_AUTO;
	options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
	options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
	options.update_fetchhead = 0;
	code = git_remote_fetch(remote, specs, &options, NULL);
	return code < 0 ? git_peer_error(peer, code) : 0;
}
