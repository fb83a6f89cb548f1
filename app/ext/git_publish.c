/* Makes a commit of a folder's files and pushes it, in a repository that is there for that alone. */
#include "ext/git_publish.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/folder.h"
#include "ext/fetch.h"
#include "ext/git_child.h"
#include "ext/git_files.h"
#include "ext/git_peer.h"
#include "ext/mirror.h"
#include "ext/pgp.h"

enum { TIMEOUT_MS = 300000, HEX = GIT_OID_HEXSZ, TEXT_MAX = 200, PUSH_TRIES = 4, PUSH_PAUSE_NS = 200000000 };

#define BASE_REF "refs/callboard/base"
#define OLD_REF "refs/callboard/old"
#define NEW_REF "refs/callboard/new"

#define AUTO_INDEX __attribute__((cleanup(index_freep))) git_index *
#define AUTO_COMMIT __attribute__((cleanup(commit_freep))) git_commit *
#define AUTO_SIGNATURE __attribute__((cleanup(signature_freep))) git_signature *
#define AUTO_REFERENCE __attribute__((cleanup(reference_freep))) git_reference *

static void index_freep(git_index **index)
{
	git_index_free(*index);
}

static void commit_freep(git_commit **commit)
{
	git_commit_free(*commit);
}

static void signature_freep(git_signature **signature)
{
	git_signature_free(*signature);
}

static void reference_freep(git_reference **reference)
{
	git_reference_free(*reference);
}

/* One publication on its way, in the child. */
struct job {
	struct ctx *cx;
	const struct git_publish *p;
	const char *place;          /* the repository */
	struct git_peer peer, from; /* from: where the base is */
	git_repository *repo;
	git_remote *remote, *from_remote;
	bool is_there;    /* the branch, on the server */
	git_oid there;    /* where it is */
	const char *base; /* the branch's name */
	char refused[TEXT_MAX];
};

static int git_error_at(const struct job *j, const char *what)
{
	return fail(j->cx, ERR_INTERNAL, "%s: %s: %s", j->peer.shown, what, mirror_why());
}

static const char *branch_ref(const struct job *j, const char *branch)
{
	return arena_printf(j->cx->mem, "refs/heads/%s", branch);
}

/* ---- what the server has ---- */

/* The default branch is the one that HEAD is a name of. */
static const git_remote_head *base_head(struct job *j)
{
	const git_remote_head *head = j->p->base ? NULL : git_peer_head(&j->from, "HEAD");

	j->base = j->p->base;
	if (head && head->symref_target && str_starts(head->symref_target, "refs/heads/"))
		j->base = arena_strdup(j->cx->mem, head->symref_target + strlen("refs/heads/"));
	return j->base ? git_peer_head(&j->from, branch_ref(j, j->base)) : head;
}

static int fetch_one(struct git_peer *peer, git_remote *remote, const char *ref, const char *as)
{
	char *spec = arena_printf(peer->cx->mem, "+%s:%s", ref, as);
	const git_strarray list = { &spec, 1 };

	return git_peer_fetch(peer, remote, &list);
}

static int fetch_base(struct job *j)
{
	int rc = git_peer_list(&j->from, j->from_remote);
	const git_remote_head *base = rc == 0 ? base_head(j) : NULL;

	if (rc < 0)
		return rc;
	if (!base && j->p->base)
		return fail(j->cx, ERR_NOTFOUND, "%s: no branch '%.100s'", j->from.shown, j->p->base);
	if (!base)
		return fail(j->cx, ERR_NOTFOUND, "%s: the repository is empty", j->from.shown);
	rc = fetch_one(&j->from, j->from_remote, base->name, BASE_REF);
	return rc == 0 && j->is_there ? fetch_one(&j->peer, j->remote, branch_ref(j, j->p->branch), OLD_REF) : rc;
}

static int look(struct job *j)
{
	const git_remote_head *head;
	int rc = git_peer_list(&j->peer, j->remote);

	if (rc < 0)
		return rc;
	head = git_peer_head(&j->peer, branch_ref(j, j->p->branch));
	j->is_there = head != NULL;
	if (head)
		j->there = head->oid;
	return j->p->on_base ? fetch_base(j) : 0;
}

static int commit_at(struct job *j, const char *ref, git_commit **out)
{
	AUTO_REFERENCE reference = NULL;

	if (git_reference_lookup(&reference, j->repo, ref) < 0 ||
	    git_reference_peel((git_object **)out, reference, GIT_OBJECT_COMMIT) < 0)
		return git_error_at(j, "its commit");
	return 0;
}

/* ---- the commit ---- */

static int make_tree(struct job *j, const git_commit *parent, git_oid *id)
{
	AUTO_INDEX index = NULL;
	AUTO_TREE tree = NULL;

	if (git_index_new(&index) < 0)
		return git_error_at(j, "its files");
	if (parent && (git_commit_tree(&tree, parent) < 0 || git_index_read_tree(index, tree) < 0))
		return git_error_at(j, "its files");
	int rc = git_files_put(j->cx, j->repo, index, j->p);

	if (rc == 0 && git_index_write_tree_to(id, index, j->repo) < 0)
		rc = git_error_at(j, "its files");
	return rc;
}

static int sign(struct job *j, const struct git_signature_of *who, git_signature **out)
{
	if (git_signature_new(out, who->name, who->email, (git_time_t)j->p->at_s, 0) < 0)
		return fail(j->cx, ERR_INPUT, "'%.100s <%.100s>' cannot be the author of a commit", who->name, who->email);
	return 0;
}

struct to_write {
	const git_signature *author, *committer;
	const git_tree *tree;
	const git_commit *parent; /* NULL: it is the first */
};

/* The same commit with the same signature each time: both have the publication's time. */
static int write_commit(struct job *j, const struct to_write *w, git_oid *commit)
{
	__attribute__((cleanup(git_buf_dispose))) git_buf text = { 0 };
	const git_commit *parent = w->parent;
	const char *signature = NULL;
	int rc = git_commit_create_buffer(&text, j->repo, w->author, w->committer, NULL, j->p->message, w->tree,
					  w->parent ? 1 : 0, &parent);

	if (rc < 0)
		return git_error_at(j, "its commit");
	if (j->p->signing_key)
		rc = pgp_sign(j->cx, str_of(j->p->signing_key), (struct str){ text.ptr, text.size }, j->p->at_s, &signature);
	if (rc < 0)
		return rc;
	return git_commit_create_with_signature(commit, j->repo, text.ptr, signature, NULL) < 0 ? git_error_at(j, "its commit")
												: 0;
}

/* *commit is the parent's own when nothing changes. */
static int make_commit(struct job *j, const git_commit *parent, git_oid *commit, bool *changed)
{
	AUTO_SIGNATURE author = NULL;
	AUTO_SIGNATURE committer = NULL;
	AUTO_TREE tree = NULL;
	git_oid id;
	int rc = make_tree(j, parent, &id);

	if (rc == 0)
		rc = sign(j, &j->p->author, &author);
	if (rc == 0)
		rc = sign(j, &j->p->committer, &committer);
	if (rc < 0)
		return rc;
	*changed = !parent || j->p->empty || !git_oid_equal(&id, git_commit_tree_id(parent));
	if (!*changed) {
		*commit = *git_commit_id(parent);
		return 0;
	}
	if (git_tree_lookup(&tree, j->repo, &id) < 0)
		return git_error_at(j, "its commit");
	return write_commit(j, &(struct to_write){ author, committer, tree, parent }, commit);
}

/* Is this commit what we would make of the one before it: was it made by us, before we were interrupted? */
static int is_ours(struct job *j, const git_commit *commit, bool *ours)
{
	const git_signature *who = git_commit_author(commit);
	AUTO_COMMIT parent = NULL;
	git_oid tree;
	int rc = 0;

	*ours = git_commit_time(commit) == (git_time_t)j->p->at_s && who && streq(who->name, j->p->author.name) &&
		streq(who->email, j->p->author.email) && streq(git_commit_message(commit), j->p->message) &&
		git_commit_parent(&parent, commit, 0) == 0;
	if (*ours)
		rc = make_tree(j, parent, &tree);
	*ours = *ours && rc == 0 && git_oid_equal(&tree, git_commit_tree_id(commit));
	return rc;
}

/* ---- the push ---- */

static int on_reference(const char *ref, const char *status, void *arg)
{
	struct git_peer *peer = arg;
	struct job *j = (struct job *)((char *)peer - offsetof(struct job, peer));

	(void)ref;
	if (status)
		str_put(j->refused, sizeof(j->refused), status);
	return 0;
}

static int push_error(const struct job *j, int code)
{
	if (*j->refused)
		return fail(j->cx, strstr(j->refused, "fast") || strstr(j->refused, "fetch first") ? ERR_CONFLICT : ERR_DENIED,
			    "%s: the git server does not take %s: %s", j->peer.shown, j->p->branch, j->refused);
	if (code == GIT_ENONFASTFORWARD)
		return fail(j->cx, ERR_CONFLICT, "%s: the branch '%.100s' has moved", j->peer.shown, j->p->branch);
	return git_peer_error(&j->peer, code);
}

static int push_once(struct job *j, const git_oid *commit)
{
	char *spec = arena_printf(j->cx->mem, "%s:%s", NEW_REF, branch_ref(j, j->p->branch));
	const git_strarray specs = { &spec, 1 };
	AUTO_REFERENCE reference = NULL;
	git_push_options options;
	int code;

	if (git_reference_create(&reference, j->repo, NEW_REF, commit, 1, NULL) < 0)
		return git_error_at(j, "its branch");
	git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION);
	git_peer_callbacks(&j->peer, &options.callbacks);
	options.callbacks.push_update_reference = on_reference;
	options.proxy_opts.type = GIT_PROXY_AUTO;
	options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
	git_remote_disconnect(j->remote);
	*j->refused = '\0';
	code = git_remote_push(j->remote, &specs, &options);
	return code < 0 || *j->refused ? push_error(j, code) : 0;
}

/* git says no more of a branch that somebody else is writing, or has written since we looked. */
static bool is_being_written(const struct job *j)
{
	return strstr(j->refused, "failed to update ref") || strstr(j->refused, "lock");
}

/* 1: the branch is at the commit; 0: it is as it was. */
static int look_again(struct job *j, const git_oid *commit)
{
	const git_remote_head *head;

	git_remote_disconnect(j->remote);
	int rc = git_peer_list(&j->peer, j->remote);

	if (rc < 0)
		return rc;
	head = git_peer_head(&j->peer, branch_ref(j, j->p->branch));
	if (head && git_oid_equal(&head->oid, commit))
		return 1;
	if (!head != !j->is_there || (head && !git_oid_equal(&head->oid, &j->there)))
		return fail(j->cx, ERR_CONFLICT, "%s: the branch '%.100s' has moved", j->peer.shown, j->p->branch);
	return 0;
}

/* The server may still be at work with the same push of a worker that was ended in the midst of it. */
static int push(struct job *j, const git_oid *commit)
{
	int rc = push_once(j, commit);

	for (int try = 1; rc == ERR_DENIED && is_being_written(j) && try <= PUSH_TRIES; try++) {
		nanosleep(&(struct timespec){ .tv_nsec = try * PUSH_PAUSE_NS }, NULL);
		rc = look_again(j, commit);
		if (rc == 0)
			rc = push_once(j, commit);
	}
	return rc < 0 ? rc : 0;
}

/* ---- all of it ---- */

/* What the child tells: the commit, + or = for whether it is new, and the branch it began from. */
static void tell(const struct job *j, const git_oid *commit, bool changed, char told[GIT_CHILD_TOLD])
{
	char hex[HEX + 1];

	git_oid_tostr(hex, sizeof(hex), commit);
	snprintf(told, GIT_CHILD_TOLD, "%s%c%s", hex, changed ? '+' : '=', j->base ? j->base : "");
}

static int conflict(const struct job *j)
{
	return fail(j->cx, ERR_CONFLICT, "%s: there is a branch '%.100s' already", j->peer.shown, j->p->branch);
}

static int on_its_own(struct job *j, char told[GIT_CHILD_TOLD])
{
	git_oid commit;
	bool changed;
	int rc = make_commit(j, NULL, &commit, &changed);

	if (rc < 0)
		return rc;
	if (j->is_there && !git_oid_equal(&j->there, &commit))
		return conflict(j);
	if (!j->is_there)
		rc = push(j, &commit);
	tell(j, &commit, true, told);
	return rc;
}

static int on_base(struct job *j, char told[GIT_CHILD_TOLD])
{
	AUTO_COMMIT base = NULL;
	AUTO_COMMIT old = NULL;
	git_oid commit;
	bool changed, ours = false;
	int rc = commit_at(j, BASE_REF, &base);

	if (rc == 0 && j->is_there)
		rc = commit_at(j, OLD_REF, &old);
	if (rc == 0 && old)
		rc = is_ours(j, old, &ours);
	if (rc < 0)
		return rc;
	if (ours) {
		tell(j, &j->there, true, told);
		return 0;
	}
	if (old && !j->p->update)
		return conflict(j);
	rc = make_commit(j, old ? old : base, &commit, &changed);
	if (rc < 0)
		return rc;
	if (changed)
		rc = push(j, &commit);
	tell(j, &commit, changed, told);
	return rc;
}

/* The place of a repository of this machine that is to be made; NULL: it is there, or it is not for us to make. */
static const char *missing_place(struct job *j)
{
	struct url u;
	char *path;
	size_t n;

	if (!j->p->to.make || url_parse(j->cx, j->peer.url, &u) < 0 || !streq(u.scheme, "file"))
		return NULL;
	path = arena_strdup(j->cx->mem, url_unescape(j->cx->mem, u.path));
	for (n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	return access(path, F_OK) < 0 && errno == ENOENT ? path : NULL;
}

/* It is made beside its place and moved there: whoever looks, even after a crash, finds a whole one or none. */
static int make_missing(struct job *j)
{
	git_repository_init_options how;
	AUTO_REPO made = NULL;
	const char *place = missing_place(j), *own;

	if (!place)
		return 0;
	own = arena_printf(j->cx->mem, "%s.new", place);
	git_repository_init_options_init(&how, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	how.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKDIR;
	how.initial_head = j->p->branch;
	if (!folder_make_for(j->cx->mem, place, 0755))
		return fail(j->cx, ERR_UNAVAILABLE, "%s: no folder for the repository: %s", j->peer.shown,
			    strerrordesc_np(errno));
	if (git_repository_init_ext(&made, own, &how) < 0)
		return git_error_at(j, "it cannot be made");
	if (rename(own, place) < 0 && access(place, F_OK) < 0)
		return fail(j->cx, ERR_UNAVAILABLE, "%s: it cannot be made: %s", j->peer.shown, strerrordesc_np(errno));
	return 0;
}

static int open_remotes(struct job *j, git_repository **repo, git_remote **to, git_remote **from)
{
	const struct git_source *source = j->p->from.url ? &j->p->from : &j->p->to;
	int rc = git_peer_open(j->cx, &j->p->to, &j->peer);

	if (rc == 0)
		rc = git_peer_open(j->cx, source, &j->from);
	if (rc < 0)
		return rc;
	if (git_repository_init(repo, j->place, 1) < 0 || git_repository_set_workdir(*repo, j->p->folder, 0) < 0 ||
	    git_remote_create_anonymous(to, *repo, j->peer.url) < 0 ||
	    git_remote_create_anonymous(from, *repo, j->from.url) < 0)
		return git_error_at(j, "a repository");
	j->repo = *repo;
	j->remote = *to;
	j->from_remote = *from;
	return 0;
}

static int publish(struct ctx *cx, void *arg, char told[GIT_CHILD_TOLD])
{
	struct job *j = arg;
	AUTO_REPO repo = NULL;
	AUTO_REMOTE to = NULL;
	AUTO_REMOTE from = NULL;

	(void)cx;
	mirror_library();
	/* What it reads was written by itself a moment ago. */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	int rc = open_remotes(j, &repo, &to, &from);

	if (rc == 0 && !j->p->on_base)
		rc = make_missing(j);
	if (rc == 0)
		rc = look(j);
	if (rc < 0)
		return rc;
	return j->p->on_base ? on_base(j, told) : on_its_own(j, told);
}

static void remove_place(void *place)
{
	folder_remove(place);
}

int git_publish(struct ctx *cx, const struct git_publish *p, struct git_published *out)
{
	char *place = arena_printf(cx->mem, "%s/git-XXXXXX", p->scratch);
	struct job j = { .cx = cx, .p = p, .place = place };
	const struct git_child how = { .shown = mirror_shown(cx, p->to.url),
				       .timeout_ms = p->to.timeout_ms ? p->to.timeout_ms : TIMEOUT_MS,
				       .stop = p->stop,
				       .stop_arg = p->stop_arg };
	char told[GIT_CHILD_TOLD];
	int valid = 0;

	mirror_library();
	if (git_reference_name_is_valid(&valid, arena_printf(cx->mem, "refs/heads/%s", p->branch)) < 0 || !valid ||
	    *p->branch == '-')
		return fail(cx, ERR_INPUT, "'%.200s' cannot be the name of a branch", p->branch);
	if (access(p->folder, R_OK | X_OK) < 0)
		return fail(cx, ERR_NOTFOUND, "the folder that is to be published is not there");
	if (!folder_make(cx->mem, p->scratch, 0700) || !mkdtemp(place))
		return fail(cx, ERR_UNAVAILABLE, "no folder for git: %s", strerrordesc_np(errno));
	arena_defer(cx->mem, remove_place, place);
	int rc = git_child_run(cx, &how, publish, &j, told);

	remove_place(place);
	if (rc == 0)
		*out = (struct git_published){ .commit = arena_strndup(cx->mem, told, HEX),
					       .base = told[HEX + 1] ? arena_strdup(cx->mem, told + HEX + 1) : NULL,
					       .changed = told[HEX] == '+' };
	return rc;
}
