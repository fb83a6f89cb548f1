/* Brings mirrors of git repositories up to date (libgit2), in a child process that can be stopped at any time. */
#include <unistd.h>

#include "ext/crypto.h"
#include "ext/git_child.h"
#include "ext/git_peer.h"
#include "ext/mirror.h"

enum { TIMEOUT_MS = 60000, HEX = GIT_OID_HEXSZ };

/* One update on its way, in the child. */
struct update {
	struct ctx *cx;
	struct git_peer peer;
	git_repository *repo;
	git_remote *remote;
};

static const git_remote_head *find_ref(const struct update *up, const char *ref)
{
	static const char *const folders[] = { "refs/heads/", "refs/tags/" };
	const git_remote_head *head = NULL;

	if (streq(ref, "HEAD") || str_starts(ref, "refs/"))
		return git_peer_head(&up->peer, ref);
	for (size_t i = 0; !head && i < LEN(folders); i++)
		head = git_peer_head(&up->peer, arena_printf(up->cx->mem, "%s%s", folders[i], ref));
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
	git_strarray list = { arena_array(up->cx->mem, char *, up->peer.n_heads + 1), 0 };

	for (size_t i = 0; i < up->peer.n_heads; i++) {
		const char *name = up->peer.heads[i]->name;
		char hash[41];

		if (head ? up->peer.heads[i] != head : !str_starts(name, "refs/heads/") && !str_starts(name, "refs/tags/"))
			continue;
		if (str_ends(name, "^{}"))
			continue;
		crypto_sha1_hex(str_of(name), hash);
		list.strings[list.count++] = arena_printf(up->cx->mem, "+%s:refs/callboard/%s", name, hash);
	}
	return list;
}

static int fetch_head(struct update *up, const git_remote_head *head)
{
	git_strarray specs = refspecs(up, head);
	int rc;

	if (specs.count == 0)
		return 0;
	mirror_mark(up->cx, up->peer.src, true);
	rc = git_peer_fetch(&up->peer, up->remote, &specs);
	if (rc == 0)
		mirror_mark(up->cx, up->peer.src, false);
	return rc;
}

/* The remote says what ref is now; if it is what we know, that was all. */
static int follow(struct update *up, const char *known, char commit[HEX + 1])
{
	const char *ref = up->peer.src->ref && *up->peer.src->ref ? up->peer.src->ref : "HEAD";
	bool by_id = is_commit_id(ref);
	git_oid id;
	int rc;

	if (by_id && git_oid_fromstr(&id, ref) == 0 && have_commit(up, &id, commit))
		return 0;
	rc = git_peer_list(&up->peer, up->remote);
	if (rc < 0)
		return rc;

	const git_remote_head *head = by_id ? NULL : find_ref(up, ref);

	if (!by_id && !head)
		return fail(up->cx, ERR_NOTFOUND, "%s: no branch or tag '%.100s'", up->peer.shown, ref);
	if (head)
		id = head->oid;
	if (known && have_commit(up, &id, commit) && streq(known, commit))
		return 0;
	rc = fetch_head(up, head);
	if (rc == 0 && !have_commit(up, &id, commit))
		rc = fail(up->cx, ERR_NOTFOUND, "%s: no commit '%.100s'", up->peer.shown, ref);
	return rc;
}

struct asked {
	const struct git_source *src;
	const char *known;
};

static int update(struct ctx *cx, void *arg, char commit[GIT_CHILD_TOLD])
{
	const struct asked *a = arg;
	struct update up = { .cx = cx };
	AUTO_REPO repo = NULL;
	AUTO_REMOTE remote = NULL;
	int lock, rc = git_peer_open(cx, a->src, &up.peer);

	if (rc == 0)
		rc = mirror_lock(cx, a->src, &repo, &lock);
	if (rc < 0)
		return rc;
	if (git_remote_create_anonymous(&remote, repo, up.peer.url) < 0)
		rc = fail(cx, ERR_INPUT, "%s: %s", up.peer.shown, mirror_why());
	up.repo = repo;
	up.remote = remote;
	if (rc == 0)
		rc = follow(&up, a->known, commit);
	close(lock);
	return rc;
}

int git_update(struct ctx *cx, const struct git_source *src, const char *known, const char **commit)
{
	const struct git_child how = { .shown = mirror_shown(cx, src->url),
				       .timeout_ms = src->timeout_ms ? src->timeout_ms : TIMEOUT_MS };
	struct asked asked = { src, known };
	char told[GIT_CHILD_TOLD];
	int rc = git_child_run(cx, &how, update, &asked, told);

	if (rc == 0)
		*commit = arena_strdup(cx->mem, told);
	return rc;
}
