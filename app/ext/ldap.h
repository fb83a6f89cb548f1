/* Searches in LDAP directories (libldap): pages, limits, and nothing but what the caller says. */
#ifndef EXT_LDAP_H
#define EXT_LDAP_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/str.h"

enum directory_scope { DIRECTORY_BASE, DIRECTORY_ONE, DIRECTORY_SUBTREE };

struct directory_request {
	const char *url;             /* ldap://host[:port] or ldaps://host[:port], and nothing more */
	const char *dn, *secret;     /* of a simple bind; dn NULL: anonymous */
	bool unverified;             /* take any certificate of the server */
	const char *ca, *cert, *key; /* PEM files; ca NULL: the system's, cert and key NULL: none */
	const char *base;            /* DN; "" for the server's own entry */
	enum directory_scope scope;
	const char *filter;            /* RFC 4515; NULL: (objectClass=*) */
	const char *const *attributes; /* ends with NULL; NULL: all that belong to users */
	unsigned page;                 /* entries asked for at once; 0: all in one answer */
	unsigned most;                 /* entries the server shall give; 0: as it likes */
	unsigned seconds;              /* the server shall need; 0: as it likes */
	unsigned timeout_ms;           /* whole exchange; 0: 60,000 */
};

struct directory_attribute {
	const char *name; /* in lower case, with its options ("usercertificate;binary") */
	struct str *values;
	size_t n;
};
struct directory_entry {
	const char *dn;
	struct directory_attribute *attributes;
	size_t n;
};

/*
 * Some of what was found, at most 500 entries. They live, as what is in cx->mem meanwhile, until it returns; an error ends
 * the search.
 */
typedef int directory_page(struct ctx *cx, void *arg, const struct directory_entry *entries, size_t n);

/*
 * Hands all entries to page(), in parts. ERR_INPUT: the URL or the filter is none, a file of the keys cannot be used.
 * ERR_UPSTREAM: no connection, a refusal, torn, a limit of the server's, an entry of more than 32 MiB. ERR_TIMEOUT. Each
 * message names the URL, none the secret. References to other servers are not followed. Neither ldap.conf nor the
 * environment count.
 */
int directory_search(struct ctx *cx, const struct directory_request *rq, directory_page *page, void *arg);

#endif
