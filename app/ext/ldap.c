/* Searches in LDAP directories (libldap): pages, limits, and nothing but what the caller says. */
#include "ext/ldap.h"

#include <ldap.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/utf8.h"

enum { TIMEOUT_MS = 60000, CONNECT_S = 10, IDLE_MS = 60000, PART = 500, PART_BYTES = 4 << 20, ENTRY_BYTES = 32 << 20 };

static const char system_ca[] = "/etc/ssl/certs/ca-certificates.crt";

struct entry_list {
	struct directory_entry *items;
	size_t n, cap;
};

/* One search, from its connection to its last entry. */
struct search {
	struct ctx *cx;
	const struct directory_request *rq;
	LDAP *ld;
	uint64_t deadline; /* monotonic, microseconds */
	directory_page *page;
	void *arg;
	struct arena mem; /* of the part that is being collected */
	struct entry_list part;
	size_t bytes;
	struct berval cookie; /* of the server's next page; empty at the first and after the last */
};

/* ---- errors ---- */

static const char *said(const struct search *s, const char *text)
{
	return utf8_scrub(s->cx->mem, text);
}

/* What the library has to add to its code, as why a certificate is not good; "" when it has nothing. */
static const char *diagnosis(const struct search *s)
{
	char *text = NULL;
	const char *copy = "";

	if (ldap_get_option(s->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text) == LDAP_OPT_SUCCESS && text)
		copy = arena_printf(s->cx->mem, "%s%s", *text ? ": " : "", said(s, text));
	ldap_memfree(text);
	return copy;
}

/* more: what the server said, "" or with ": " before it. */
static int refused(struct search *s, int code, const char *more)
{
	struct ctx *cx = s->cx;
	const struct directory_request *rq = s->rq;

	switch (code) {
	case LDAP_INVALID_CREDENTIALS:
		return fail(cx, ERR_UPSTREAM, "%s does not take %s with this secret%s", rq->url, rq->dn ? rq->dn : "nobody",
			    more);
	case LDAP_SERVER_DOWN:
	case LDAP_CONNECT_ERROR:
		return fail(cx, ERR_UPSTREAM, "%s: no connection%s", rq->url, more);
	case LDAP_TIMEOUT:
	case LDAP_TIMELIMIT_EXCEEDED:
		return fail(cx, ERR_TIMEOUT, "%s: no answer in time%s", rq->url, more);
	case LDAP_FILTER_ERROR:
		return fail(cx, ERR_INPUT, "the filter is not valid: %.200s", said(s, rq->filter));
	case LDAP_NO_SUCH_OBJECT:
		return fail(cx, ERR_UPSTREAM, "%s has no %s, or does not show it%s", rq->url, rq->base, more);
	case LDAP_SIZELIMIT_EXCEEDED:
		return fail(cx, ERR_UPSTREAM, "%s gives no more entries of %s%s", rq->url, rq->base, more);
	case LDAP_ADMINLIMIT_EXCEEDED:
		return fail(cx, ERR_UPSTREAM, "%s: a limit of the server is reached%s", rq->url, more);
	default:
		return fail(cx, ERR_UPSTREAM, "%s: %s%s", rq->url, ldap_err2string(code), more);
	}
}

static int library_error(struct search *s, int code)
{
	return refused(s, code, diagnosis(s));
}

/* ---- connecting ---- */

static int check_url(struct search *s)
{
	struct ctx *cx = s->cx;
	const char *url = s->rq->url, *end;
	size_t head = str_starts(url, "ldaps://") ? 8 : str_starts(url, "ldap://") ? 7 : 0;

	if (!head)
		return fail(cx, ERR_INPUT, "'%.200s' is no address of a directory: it begins with ldap:// or ldaps://", url);
	end = url + head + strspn(url + head, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]");
	if (end == url + head || *end)
		return fail(cx, ERR_INPUT, "'%.200s': a host and perhaps a port are all there may be", url);
	return 0;
}

static void set(struct search *s, int option, const void *value)
{
	if (ldap_set_option(s->ld, option, value) != LDAP_OPT_SUCCESS)
		abort();
}

/* An entry that has no end must not become as large as it likes. */
static void limit_message(struct search *s)
{
	Sockbuf *sb = NULL;
	ber_len_t most = ENTRY_BYTES;

	if (ldap_get_option(s->ld, LDAP_OPT_SOCKBUF, &sb) == LDAP_OPT_SUCCESS && sb)
		ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &most);
}

static int set_file(struct search *s, int option, const char *name, const char *file)
{
	if (!file)
		return 0;
	if (access(file, R_OK) < 0)
		return fail(s->cx, ERR_INPUT, "tls.%s: %s cannot be read", name, file);
	set(s, option, file);
	return 0;
}

static int set_tls(struct search *s)
{
	const struct directory_request *rq = s->rq;
	int require = rq->unverified ? LDAP_OPT_X_TLS_NEVER : LDAP_OPT_X_TLS_DEMAND, client = 0;
	int rc = set_file(s, LDAP_OPT_X_TLS_CACERTFILE, "ca",
			  rq->ca                         ? rq->ca
			  : access(system_ca, R_OK) == 0 ? system_ca
							 : NULL);

	if (rc == 0)
		rc = set_file(s, LDAP_OPT_X_TLS_CERTFILE, "certs", rq->cert);
	if (rc == 0)
		rc = set_file(s, LDAP_OPT_X_TLS_KEYFILE, "keys", rq->key);
	if (rc < 0)
		return rc;
	set(s, LDAP_OPT_X_TLS_REQUIRE_CERT, &require);
	if (ldap_set_option(s->ld, LDAP_OPT_X_TLS_NEWCTX, &client) != LDAP_OPT_SUCCESS)
		return fail(s->cx, ERR_INPUT, "%s: the keys and certificates of tls cannot be used", rq->url);
	return 0;
}

static int open_connection(struct search *s)
{
	struct timeval connect = { CONNECT_S, 0 };
	int version = LDAP_VERSION3, rc = check_url(s);

	if (rc < 0)
		return rc;
	/* What ldap.conf and ~/.ldaprc say must not change what the configuration says. */
	if (setenv("LDAPNOINIT", "1", 1) < 0)
		abort();
	rc = ldap_initialize(&s->ld, s->rq->url);
	if (rc != LDAP_SUCCESS)
		return fail(s->cx, ERR_INPUT, "%s: %s", s->rq->url, ldap_err2string(rc));
	set(s, LDAP_OPT_PROTOCOL_VERSION, &version);
	set(s, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	set(s, LDAP_OPT_RESTART, LDAP_OPT_ON);
	set(s, LDAP_OPT_NETWORK_TIMEOUT, &connect);
	limit_message(s);
	return str_starts(s->rq->url, "ldaps:") ? set_tls(s) : 0;
}

/* ---- answers ---- */

/* The next message of an answer; to be freed with ldap_msgfree(). */
static int next_message(struct search *s, int id, LDAPMessage **out)
{
	uint64_t now = clock_mono_us(), left = s->deadline > now ? s->deadline - now : 0;
	int code = LDAP_SERVER_DOWN, rc;

	if (left > IDLE_MS * 1000ULL)
		left = IDLE_MS * 1000ULL;
	struct timeval wait = { (time_t)(left / 1000000), (suseconds_t)(left % 1000000) };

	*out = NULL;
	rc = left ? ldap_result(s->ld, id, LDAP_MSG_ONE, &wait, out) : 0;
	if (rc > 0)
		return 0;
	ldap_msgfree(*out);
	if (rc == 0)
		return refused(s, LDAP_TIMEOUT, "");
	ldap_get_option(s->ld, LDAP_OPT_RESULT_CODE, &code);
	return library_error(s, code);
}

/* The end of an answer: what became of it. controls may be NULL, else they are the caller's to free. Frees the message. */
static int read_result(struct search *s, LDAPMessage *message, LDAPControl ***controls)
{
	char *text = NULL;
	int code = LDAP_OTHER, rc = ldap_parse_result(s->ld, message, &code, NULL, &text, NULL, controls, 1);

	if (rc == LDAP_SUCCESS)
		rc = code;
	if (rc != LDAP_SUCCESS)
		rc = refused(s, rc, text && *text ? arena_printf(s->cx->mem, ": %s", said(s, text)) : "");
	ldap_memfree(text);
	return rc;
}

static int bind_as(struct search *s)
{
	const struct directory_request *rq = s->rq;
	const char *secret = rq->secret ? rq->secret : "";
	struct berval password = { strlen(secret), (char *)(uintptr_t)secret };
	LDAPMessage *message;
	int id, rc;

	if (!rq->dn)
		return 0;
	/* A server takes a name without a password as nobody, and says that all is well. */
	if (!*secret)
		return fail(s->cx, ERR_INPUT, "%s: bind.secret is empty", rq->url);
	rc = ldap_sasl_bind(s->ld, rq->dn, LDAP_SASL_SIMPLE, &password, NULL, NULL, &id);
	if (rc != LDAP_SUCCESS)
		return library_error(s, rc);
	rc = next_message(s, id, &message);
	return rc < 0 ? rc : read_result(s, message, NULL);
}

/* ---- entries ---- */

static int hand_over(struct search *s)
{
	struct arena *mem = s->cx->mem;
	int rc = 0;

	s->cx->mem = &s->mem;
	if (s->part.n)
		rc = s->page(s->cx, s->arg, s->part.items, s->part.n);
	s->cx->mem = mem;
	arena_reset(&s->mem);
	s->part = (struct entry_list){ 0 };
	s->bytes = 0;
	return rc;
}

static struct str *copy_values(struct search *s, const struct berval *values, size_t *n)
{
	struct str *copy;

	for (*n = 0; values && values[*n].bv_val; ++*n)
		;
	copy = arena_array(&s->mem, struct str, *n + 1);
	for (size_t i = 0; i < *n; i++) {
		copy[i] = (struct str){ arena_strndup(&s->mem, values[i].bv_val, values[i].bv_len), values[i].bv_len };
		s->bytes += values[i].bv_len;
	}
	return copy;
}

/* The attributes of an entry, which ber holds. */
static int read_attributes(struct search *s, LDAPMessage *message, BerElement *ber, struct directory_entry *e)
{
	struct {
		struct directory_attribute *items;
		size_t n, cap;
	} list = { 0 };

	for (;;) {
		struct berval name, *values = NULL;
		int rc = ldap_get_attribute_ber(s->ld, message, ber, &name, &values);

		if (rc != LDAP_SUCCESS)
			return library_error(s, rc);
		if (!name.bv_val)
			break;
		struct directory_attribute *a = list_add(&s->mem, &list);

		a->name = str_lower(&s->mem, name.bv_val, name.bv_len);
		a->values = copy_values(s, values, &a->n);
		ber_memfree(values);
	}
	e->attributes = list.items;
	e->n = list.n;
	return 0;
}

static int read_entry(struct search *s, LDAPMessage *message)
{
	struct directory_entry *e = list_add(&s->mem, &s->part);
	BerElement *ber = NULL;
	struct berval dn;
	int rc = ldap_get_dn_ber(s->ld, message, &ber, &dn);

	*e = (struct directory_entry){ 0 };
	if (rc != LDAP_SUCCESS) {
		rc = library_error(s, rc);
	} else {
		e->dn = arena_strndup(&s->mem, dn.bv_val, dn.bv_len);
		rc = read_attributes(s, message, ber, e);
	}
	ber_free(ber, 0);
	return rc < 0 || (s->part.n < PART && s->bytes < PART_BYTES) ? rc : hand_over(s);
}

/* ---- searching ---- */

static int read_cookie(struct search *s, LDAPControl **controls)
{
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	ber_int_t count;
	int rc = LDAP_SUCCESS;

	ber_memfree(s->cookie.bv_val);
	s->cookie = (struct berval){ 0 };
	/* A server that knows no pages gives everything at once. */
	if (control)
		rc = ldap_parse_pageresponse_control(s->ld, control, &count, &s->cookie);
	return rc == LDAP_SUCCESS ? 0 : library_error(s, rc);
}

static int read_answer(struct search *s, int id)
{
	for (;;) {
		LDAPControl **controls = NULL;
		LDAPMessage *message;
		int rc = next_message(s, id, &message);

		if (rc < 0)
			return rc;
		switch (ldap_msgtype(message)) {
		case LDAP_RES_SEARCH_RESULT:
			rc = read_result(s, message, &controls);
			if (rc == 0)
				rc = read_cookie(s, controls);
			ldap_controls_free(controls);
			return rc;
		case LDAP_RES_SEARCH_ENTRY:
			rc = read_entry(s, message);
			break;
		default: /* a reference to another server, or something in between */
			break;
		}
		ldap_msgfree(message);
		if (rc < 0) {
			ldap_abandon_ext(s->ld, id, NULL, NULL);
			return rc;
		}
	}
}

static int ask(struct search *s, LDAPControl *control)
{
	static const int scopes[] = { LDAP_SCOPE_BASE, LDAP_SCOPE_ONELEVEL, LDAP_SCOPE_SUBTREE };
	const struct directory_request *rq = s->rq;
	LDAPControl *controls[] = { control, NULL };
	struct timeval most = { rq->seconds, 0 };
	int id, rc = ldap_search_ext(s->ld, rq->base, scopes[rq->scope], rq->filter, (char **)(uintptr_t)rq->attributes, 0,
				     controls, NULL, rq->seconds ? &most : NULL, (int)rq->most, &id);

	return rc == LDAP_SUCCESS ? read_answer(s, id) : library_error(s, rc);
}

/* Not critical: a server that knows no pages shall answer all the same. */
static int ask_page(struct search *s)
{
	LDAPControl *control = NULL;
	int rc = ldap_create_page_control(s->ld, (ber_int_t)s->rq->page, s->cookie.bv_val ? &s->cookie : NULL, 0, &control);

	if (rc != LDAP_SUCCESS)
		return library_error(s, rc);
	rc = ask(s, control);
	ldap_control_free(control);
	return rc;
}

static int run(struct search *s)
{
	int rc = open_connection(s);

	if (rc == 0)
		rc = bind_as(s);
	do {
		if (rc == 0)
			rc = s->rq->page ? ask_page(s) : ask(s, NULL);
	} while (rc == 0 && s->cookie.bv_len);
	return rc < 0 ? rc : hand_over(s);
}

int directory_search(struct ctx *cx, const struct directory_request *rq, directory_page *page, void *arg)
{
	struct search s = { .cx = cx, .rq = rq, .page = page, .arg = arg };

	s.deadline = clock_mono_us() + 1000ULL * (rq->timeout_ms ? rq->timeout_ms : TIMEOUT_MS);
	int rc = run(&s);

	ber_memfree(s.cookie.bv_val);
	if (s.ld)
		ldap_unbind_ext(s.ld, NULL, NULL);
	arena_release(&s.mem);
	return rc;
}
