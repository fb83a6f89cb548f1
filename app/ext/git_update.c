/* Brings mirrors of git repositories up to date (libgit2), in a child process that can be stopped at any time. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "ext/crypto.h"
#include "ext/fetch.h"
#include "ext/mirror.h"

enum { TIMEOUT_MS = 60000, HEX = GIT_OID_HEXSZ };
static const size_t RECEIVE_MAX = (size_t)4 << 30;

#define AUTO_REMOTE __attribute__((cleanup(remote_freep))) git_remote *

static void remote_freep(git_remote **remote)
{
	git_remote_free(*remote);
}

/* One update on its way, in the child. */
struct update {
	struct ctx *cx;
	const struct git_source *src;
	const char *url;   /* without a password */
	const char *shown; /* without a user, too */
	const char *host, *username, *password;
	unsigned asked; /* how often the server wanted credentials */
	bool too_large;
	git_repository *repo;
	git_remote *remote;
	const git_remote_head **heads; /* what the remote has */
	size_t n_heads;
};

struct outcome {
	int rc;
	char commit[HEX + 1];
	char text[sizeof(((struct err *)NULL)->text)];
};

/* Takes user and password out of the URL, so that no message of libgit2 can show them. */
static int read_url(struct update *up)
{
	static const char *const schemes[] = { "https", "http", "ssh", "git", "file" };
	struct ctx *cx = up->cx;
	const struct git_source *src = up->src;
	struct url u;
	bool known = false;

	if (url_parse(cx, src->url, &u) < 0)
		return cx->err.code;
	up->shown = mirror_shown(cx, src->url);
	for (size_t i = 0; i < LEN(schemes); i++)
		known = known || streq(u.scheme, schemes[i]);
	if (!known)
		return fail(cx, ERR_INPUT, "%s: git reads https, http, ssh, git and file URLs", up->shown);

	const char *from = strstr(src->url, "://"), *colon = NULL, *at = NULL;

	if (from) {
		from += 3;
		at = memrchr(from, '@', strcspn(from, "/?#"));
		colon = at ? memchr(from, ':', (size_t)(at - from)) : NULL;
	}
	up->username = src->username ? src->username : *u.user ? url_unescape(cx->mem, u.user) : NULL;
	up->password = src->password;
	if (!src->password && colon)
		up->password = url_unescape(cx->mem, arena_strndup(cx->mem, colon + 1, (size_t)(at - colon - 1)));
	up->host = u.host;
	up->url = streq(u.scheme, "ssh") && *u.user
			  ? arena_printf(cx->mem, "%s://%s@%s%s", u.scheme, u.user, u.authority, u.path)
			  : up->shown;
	return 0;
}

static int on_credentials(git_credential **out, const char *url, const char *user, unsigned allowed, void *arg)
{
	struct update *up = arg;
	struct url u;
	const char *name = up->username ? up->username : user ? user : "git";

	/* They are for the host in the URL, and are not tried again after they were refused. */
	if (url_parse(up->cx, url, &u) < 0 || !streq(u.host, up->host) || up->asked++ > 2)
		return GIT_EAUTH;
	if (allowed & GIT_CREDENTIAL_USERNAME)
		return git_credential_username_new(out, name);
	if ((allowed & GIT_CREDENTIAL_SSH_KEY) && up->src->ssh_key)
		return git_credential_ssh_key_new(out, name, NULL, up->src->ssh_key, "");
	if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) && up->password && up->asked == 1)
		return git_credential_userpass_plaintext_new(out, name, up->password);
	return GIT_EAUTH;
}

static int on_progress(const git_indexer_progress *now, void *arg)
{
	struct update *up = arg;

	up->too_large = now->received_bytes > RECEIVE_MAX;
	return up->too_large ? GIT_EUSER : 0;
}

static int remote_error(const struct update *up, int code)
{
	const char *why = mirror_why();

	if (up->too_large)
		return fail(up->cx, ERR_TOOLARGE, "%s: the repository is too large", up->shown);
	if (code == GIT_EAUTH || strstr(why, "status code: 401") || strstr(why, "status code: 403") ||
	    strstr(why, "authentication"))
		return fail(up->cx, ERR_AUTH, "%s: the git server refuses access", up->shown);
	if (code == GIT_ENOTFOUND || strstr(why, "status code: 404") || strstr(why, "failed to resolve path"))
		return fail(up->cx, ERR_NOTFOUND, "%s: no such git repository", up->shown);
	return fail(up->cx, ERR_UPSTREAM, "%s: %s", up->shown, why);
}

static const git_remote_head *find_head(const struct update *up, const char *name)
{
	for (size_t i = 0; i < up->n_heads; i++)
		if (streq(up->heads[i]->name, name))
			return up->heads[i];
	return NULL;
}

static const git_remote_head *find_ref(const struct update *up, const char *ref)
{
	static const char *const folders[] = { "refs/heads/", "refs/tags/" };
	const git_remote_head *head = NULL;

	if (streq(ref, "HEAD") || str_starts(ref, "refs/"))
		return find_head(up, ref);
	for (size_t i = 0; !head && i < LEN(folders); i++)
		head = find_head(up, arena_printf(up->cx->mem, "%s%s", folders[i], ref));
	return head;
}

static bool is_commit_id(const char *s)
{
	return strlen(s) == HEX && strspn(s, "0123456789abcdefABCDEF") == HEX;
}

/* Is the commit (or the one that a tag names) complete in the mirror? A reference to it is written after its objects. */
static bool have_commit(struct update *up, const git_oid *id, char commit[HEX + 1])
{
	AUTO_OBJECT object = NULL;
	AUTO_OBJECT peeled = NULL;

	if (git_object_lookup(&object, up->repo, id, GIT_OBJECT_ANY) < 0 ||
	    git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) < 0)
		return false;
	git_oid_tostr(commit, HEX + 1, git_object_id(peeled));
	return true;
}

/*
 * Mirrored references have flat names: those of the remote may turn from a file into a folder and back ("a", "a/b").
 * head NULL: all branches and tags.
 */
static git_strarray refspecs(const struct update *up, const git_remote_head *head)
{
	git_strarray list = { arena_array(up->cx->mem, char *, up->n_heads + 1), 0 };

	for (size_t i = 0; i < up->n_heads; i++) {
		const char *name = up->heads[i]->name;
		char hash[41];

		if (head ? up->heads[i] != head : !str_starts(name, "refs/heads/") && !str_starts(name, "refs/tags/"))
			continue;
		if (str_ends(name, "^{}"))
			continue;
		crypto_sha1_hex(str_of(name), hash);
		list.strings[list.count++] = arena_printf(up->cx->mem, "+%s:refs/callboard/%s", name, hash);
	}
	return list;
}

static void set_callbacks(struct update *up, git_remote_callbacks *cb)
{
	cb->credentials = on_credentials;
	cb->transfer_progress = on_progress;
	cb->payload = up;
}

static int list_remote(struct update *up)
{
	git_remote_connect_options options;
	int code;

	git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
	set_callbacks(up, &options.callbacks);
	options.proxy_opts.type = GIT_PROXY_AUTO;
	options.follow_redirects = GIT_REMOTE_REDIRECT_NONE; /* none to another host */
	code = git_remote_connect_ext(up->remote, GIT_DIRECTION_FETCH, &options);
	if (code == 0)
		code = git_remote_ls(&up->heads, &up->n_heads, up->remote);
	return code < 0 ? remote_error(up, code) : 0;
}

static int fetch_head(struct update *up, const git_remote_head *head)
{
	git_fetch_options options;
	git_strarray specs = refspecs(up, head);
	int code;

	git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
	set_callbacks(up, &options.callbacks);
	options.proxy_opts.type = GIT_PROXY_AUTO;
	options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
	options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
	options.update_fetchhead = 0;
	if (specs.count == 0)
		return 0;
	mirror_mark(up->cx, up->src, true);
	up->asked = 0;
	code = git_remote_fetch(up->remote, &specs, &options, NULL);
	if (code < 0)
		return remote_error(up, code);
	mirror_mark(up->cx, up->src, false);
	return 0;
}

/* The remote says what ref is now; if it is what we know, that was all. */
static int follow(struct update *up, const char *known, char commit[HEX + 1])
{
	const char *ref = up->src->ref && *up->src->ref ? up->src->ref : "HEAD";
	bool by_id = is_commit_id(ref);
	git_oid id;
	int rc;

	if (by_id && git_oid_fromstr(&id, ref) == 0 && have_commit(up, &id, commit))
		return 0;
	rc = list_remote(up);
	if (rc < 0)
		return rc;

	const git_remote_head *head = by_id ? NULL : find_ref(up, ref);

	if (!by_id && !head)
		return fail(up->cx, ERR_NOTFOUND, "%s: no branch or tag '%.100s'", up->shown, ref);
	if (head)
		id = head->oid;
	if (known && have_commit(up, &id, commit) && streq(known, commit))
		return 0;
	rc = fetch_head(up, head);
	if (rc == 0 && !have_commit(up, &id, commit))
		rc = fail(up->cx, ERR_NOTFOUND, "%s: no commit '%.100s'", up->shown, ref);
	return rc;
}

static int update(struct ctx *cx, const struct git_source *src, const char *known, char commit[HEX + 1])
{
	struct update up = { .cx = cx, .src = src };
	AUTO_REPO repo = NULL;
	AUTO_REMOTE remote = NULL;
	int lock, rc = read_url(&up);

	if (rc == 0)
		rc = mirror_lock(cx, src, &repo, &lock);
	if (rc < 0)
		return rc;
	if (git_remote_create_anonymous(&remote, repo, up.url) < 0)
		rc = fail(cx, ERR_INPUT, "%s: %s", up.shown, mirror_why());
	up.repo = repo;
	up.remote = remote;
	if (rc == 0)
		rc = follow(&up, known, commit);
	close(lock);
	return rc;
}

static void run_child(struct ctx *cx, const struct git_source *src, const char *known, int to)
{
	struct outcome o = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	o.rc = update(cx, src, known, o.commit);
	memcpy(o.text, cx->err.text, sizeof(o.text));
	_exit(write(to, &o, sizeof(o)) == (ssize_t)sizeof(o) ? 0 : 1);
}

/* Reads what the child found out; false when it died or the time is up. */
static bool wait_for(int from, uint64_t deadline, struct outcome *o, bool *late)
{
	for (;;) {
		uint64_t now = clock_mono_us();
		struct pollfd p = { .fd = from, .events = POLLIN };

		*late = now >= deadline;
		if (*late)
			return false;

		int ready = poll(&p, 1, (int)((deadline - now) / 1000 + 1));

		if (ready > 0)
			return read(from, o, sizeof(*o)) == (ssize_t)sizeof(*o);
	}
}

/*
 * libgit2 1.5 waits for a silent server without end, and its indexer is fed by strangers: the work is done by a child
 * that is killed when its time is up.
 */
int git_update(struct ctx *cx, const struct git_source *src, const char *known, const char **commit)
{
	uint64_t deadline = clock_mono_us() + 1000ull * (src->timeout_ms ? src->timeout_ms : TIMEOUT_MS);
	struct outcome o = { 0 };
	int ends[2];
	bool late;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(cx, ERR_UNAVAILABLE, "no pipe for git");

	pid_t pid = fork();

	if (pid == 0)
		run_child(cx, src, known, ends[1]);
	close(ends[1]);

	bool told = pid > 0 && wait_for(ends[0], deadline, &o, &late);

	close(ends[0]);
	if (pid < 0)
		return fail(cx, ERR_UNAVAILABLE, "no process for git");
	if (!told)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (!told && late)
		return fail(cx, ERR_TIMEOUT, "%s: the git server was too slow", mirror_shown(cx, src->url));
	if (!told)
		return fail(cx, ERR_UPSTREAM, "%s: reading it with git failed", mirror_shown(cx, src->url));
	if (o.rc < 0)
		return fail(cx, o.rc, "%s", o.text);
	*commit = arena_strdup(cx->mem, o.commit);
	return 0;
}
