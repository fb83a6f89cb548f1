/* Files over HTTP: through the API of a source-code host, or plainly from hosts that the configuration allows. */
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/folder.h"
#include "catalog/reader_source.h"
#include "ext/archive.h"

int read_denied(struct ctx *cx, const char *target)
{
	return fail(cx, ERR_DENIED,
		    "Reading from '%s' is not allowed. You may need to configure an integration for the target host, or add it "
		    "to the "
		    "configured list of allowed hosts at 'backend.reading.allow'",
		    target);
}

/* What the check of each hop needs to know. */
struct hop {
	bool secret; /* the request carries credentials */
	bool https;  /* and began encrypted */
};

/* For the first URL and each redirect's target: only what the configuration names. */
static int allow(struct ctx *cx, const char *url, void *arg)
{
	const struct hop *hop = arg;
	struct url u;
	int rc = url_parse(cx, url, &u);

	if (rc < 0)
		return rc;
	if (!streq(u.scheme, "https") && !streq(u.scheme, "http"))
		return read_denied(cx, url);
	/* credentials do not leave the encrypted way */
	if (hop->secret && hop->https && !streq(u.scheme, "https"))
		return read_denied(cx, url);
	return scm_known_host(cx, u.authority) || scm_allowed(cx, &u) ? 0 : read_denied(cx, url);
}

static void limits(struct fetch_request *rq, struct hop *hop)
{
	*hop = (struct hop){ .https = str_starts(rq->url, "https:") };
	for (size_t i = 0; i < rq->n_headers; i++)
		hop->secret |= streq(rq->headers[i].name, "Authorization");
	rq->timeout_ms = READ_MS;
	rq->allow = allow;
	rq->allow_arg = hop;
}

static int read_plain(struct ctx *cx, const char *target, struct fetch_request *rq, struct fetch_answer *an)
{
	struct hop hop;

	rq->url = arena_strndup(cx->mem, target, strcspn(target, "#"));
	rq->max_bytes = READ_MAX;
	limits(rq, &hop);
	return fetch(cx, rq, an);
}

static int read_scm(struct ctx *cx, const struct scm_file *f, struct fetch_request *rq, struct fetch_answer *an)
{
	struct hop hop;

	/* base64 needs a third more, and its JSON some room */
	rq->max_bytes = f->scm->kind == SCM_GITEA ? READ_MAX / 3 * 4 + (1 << 20) : READ_MAX;
	limits(rq, &hop);
	return fetch(cx, rq, an);
}

/* The file as somebody with a token of their own reads it (NULL: as the integration does). */
static int lend(struct ctx *cx, struct scm_file *f, const char *token)
{
	struct scm *own = arena_new(cx->mem, struct scm);
	int rc = 0;

	if (token)
		*own = scm_with_token(f->scm, token);
	else
		rc = scm_credentials(cx, f->scm, arena_strndup(cx->mem, f->repo, strcspn(f->repo, "/")), own);
	f->scm = own;
	return rc;
}

static void add_bearer(struct ctx *cx, const char *token, struct fetch_request *rq)
{
	struct fetch_header *h = arena_new(cx->mem, struct fetch_header);

	*h = (struct fetch_header){ "Authorization", arena_printf(cx->mem, "Bearer %s", token) };
	rq->headers = h;
	rq->n_headers = 1;
}

int url_source_read(struct ctx *cx, const char *target, const char *etag, const char *token, struct read_result *out)
{
	struct url u;
	struct scm_file f;
	struct fetch_request rq = { .etag = etag && *etag ? etag : NULL };
	struct fetch_answer an;
	bool scm = false;

	if (is_script_url(target))
		return read_denied(cx, target);
	int rc = url_parse(cx, target, &u);

	if (rc < 0)
		return rc;
	rc = scm_parse(cx, target, &f);
	if (rc == 0 && (rc = lend(cx, &f, token)) < 0)
		return fail_in(cx, rc, "Unable to read url, %s", target);
	if (rc == 0)
		rc = scm_read_request(cx, &f, &rq);
	if (rc == 0) {
		scm = true;
		rc = read_scm(cx, &f, &rq, &an);
	} else if (scm_allowed(cx, &u)) {
		if (token)
			add_bearer(cx, token, &rq);
		rc = read_plain(cx, target, &rq, &an);
	} else {
		return rc == ERR_DENIED ? read_denied(cx, target) : rc;
	}
	if (rc < 0)
		return fail_in(cx, rc, "Unable to read url, %s", target);
	*out = (struct read_result){ .etag = an.etag ? an.etag : "", .unchanged = an.status == 304 && rq.etag };
	if (out->unchanged) {
		out->etag = an.etag ? an.etag : rq.etag;
		return 0;
	}
	if (an.status < 200 || an.status > 299)
		return scm_fail_status(cx, target, &an);
	out->bytes = an.body;
	return scm ? scm_read_body(cx, &f, &an, &out->bytes) : 0;
}

int url_source_glob(struct ctx *cx, const char *target, const char ***targets, size_t *n)
{
	struct scm_file f;
	struct hop hop = { .secret = true };
	/* a tree of 100,000 files is some 25 MiB of JSON */
	struct fetch_request rq = { .timeout_ms = READ_MS, .max_bytes = 32 << 20, .allow = allow, .allow_arg = &hop };
	int rc = scm_parse(cx, target, &f);

	if (rc < 0)
		return rc == ERR_DENIED ? read_denied(cx, target) : rc;
	rc = lend(cx, &f, NULL);
	if (rc < 0)
		return rc;
	hop.https = str_starts(f.scm->api, "https:");
	rc = scm_glob(cx, &f, &rq, GLOB_MAX, targets, n);
	if (rc < 0)
		return rc;
	const char **urls = arena_array(cx->mem, const char *, *n);

	for (size_t i = 0; i < *n; i++)
		urls[i] = scm_file_url(cx, &f, (*targets)[i]);
	*targets = urls;
	return 0;
}

/* ---- whole folders ---- */

static int get_commit(struct ctx *cx, const struct scm_file *f, const struct read_tree_options *options, const char **id)
{
	struct fetch_request rq = { 0 };
	struct fetch_answer an;
	struct hop hop;

	scm_commit_request(cx, f, &rq);
	limits(&rq, &hop);
	rq.timeout_ms = options->timeout_ms;
	int rc = fetch(cx, &rq, &an);

	if (rc < 0)
		return rc;
	return an.status == 200 ? scm_commit_id(cx, f, &an, id) : scm_fail_status(cx, an.url, &an);
}

static int keep_piece(struct ctx *cx, struct str bytes, void *arg)
{
	const int *fd = arg;

	while (bytes.n) {
		ssize_t n = write(*fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(cx, ERR_UNAVAILABLE, "an archive cannot be kept: %s", strerrordesc_np(errno));
		bytes = (struct str){ bytes.p + n, bytes.n - (size_t)n };
	}
	return 0;
}

/* The archive as a file without a name, beside the folder it becomes. */
static int get_archive(struct ctx *cx, const struct scm_file *f, const char *commit, const struct read_tree_options *options,
		       int fd)
{
	/* both live as long as cx->mem, which ends the exchange */
	struct fetch_request *rq = arena_new(cx->mem, struct fetch_request);
	struct hop *hop = arena_new(cx->mem, struct hop);
	struct fetch_answer head;
	struct fetch_flow *flow;

	scm_archive_request(cx, f, commit, rq);
	limits(rq, hop);
	rq->timeout_ms = options->timeout_ms;
	rq->max_bytes = options->limits.bytes;
	rq->raw = true;
	int rc = fetch_open(cx, rq, &head, &flow);

	if (rc < 0)
		return rc;
	if (head.status != 200)
		return scm_fail_status(cx, head.url, &head);
	return fetch_pour(cx, flow, &(struct fetch_sink){ .piece = keep_piece, .arg = &fd });
}

static int unpack(struct ctx *cx, const struct scm_file *f, const char *commit, const struct read_tree_options *options,
		  struct read_tree *out)
{
	const char *path = arena_printf(cx->mem, "%s.tgz", options->to);

	if (!folder_make_for(cx->mem, path, 0750))
		return fail(cx, ERR_INTERNAL, "make a folder for '%s': %s", path, strerrordesc_np(errno));
	AUTO_FD fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(cx, ERR_INTERNAL, "open '%s': %s", path, strerrordesc_np(errno));
	unlink(path);
	int rc = get_archive(cx, f, commit, options, fd);

	if (rc == 0 && lseek(fd, 0, SEEK_SET) < 0)
		rc = fail(cx, ERR_INTERNAL, "read '%s': %s", path, strerrordesc_np(errno));
	return rc < 0 ? rc : archive_unpack(cx, fd, f->path, options->to, &options->limits, &out->written);
}

int url_source_tree(struct ctx *cx, const char *url, const struct read_tree_options *options, struct read_tree *out)
{
	struct scm_file f;
	int rc = scm_parse(cx, url, &f);

	if (rc < 0)
		return rc == ERR_DENIED ? read_denied(cx, url) : rc;
	rc = lend(cx, &f, options->token);
	if (rc == 0)
		rc = get_commit(cx, &f, options, &out->etag);
	if (rc < 0)
		return rc;
	out->unchanged = options->etag && streq(options->etag, out->etag);
	if (out->unchanged)
		return 0;
	rc = unpack(cx, &f, out->etag, options, out);
	if (rc == 0 && out->written.files == 0)
		rc = fail(cx, ERR_NOTFOUND, "Unable to read url, no matching files found for %s", url);
	return rc;
}
