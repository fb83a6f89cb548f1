/*
 * Signing with librnp. It and what it needs are 3 MiB and 10 ms of every start, for what few companies do now and then: so it
 * is not linked, but loaded where it is wanted.
 */
#include "ext/pgp.h"

#include <dlfcn.h>
#include <rnp/rnp.h>
#include <rnp/rnp_err.h>
#include <stdlib.h>

#define NEEDED(X)                                                                                                              \
	X(rnp_ffi_create)                                                                                                      \
	X(rnp_ffi_destroy)                                                                                                     \
	X(rnp_input_from_memory)                                                                                               \
	X(rnp_input_destroy)                                                                                                   \
	X(rnp_load_keys)                                                                                                       \
	X(rnp_identifier_iterator_create)                                                                                      \
	X(rnp_identifier_iterator_next)                                                                                        \
	X(rnp_identifier_iterator_destroy)                                                                                     \
	X(rnp_locate_key)                                                                                                      \
	X(rnp_key_get_default_key)                                                                                             \
	X(rnp_key_is_primary)                                                                                                  \
	X(rnp_key_handle_destroy)                                                                                              \
	X(rnp_output_to_memory)                                                                                                \
	X(rnp_output_memory_get_buf)                                                                                           \
	X(rnp_output_destroy)                                                                                                  \
	X(rnp_op_sign_detached_create)                                                                                         \
	X(rnp_op_sign_set_armor)                                                                                               \
	X(rnp_op_sign_set_hash)                                                                                                \
	X(rnp_op_sign_set_creation_time)                                                                                       \
	X(rnp_op_sign_add_signature)                                                                                           \
	X(rnp_op_sign_execute)                                                                                                 \
	X(rnp_op_sign_destroy)                                                                                                 \
	X(rnp_result_to_string)

static struct {
#define MEMBER(name) __typeof__(&name) name;
	NEEDED(MEMBER)
#undef MEMBER
} lib;

static int load(struct ctx *cx)
{
	void *so = dlopen("librnp.so.0", RTLD_NOW | RTLD_LOCAL);

	if (!so)
		return fail(cx, ERR_UNAVAILABLE, "commits cannot be signed: librnp is not installed (%s)", dlerror());
#define FIND(name)                                                                                                             \
	*(void **)&lib.name = dlsym(so, #name);                                                                                \
	if (!lib.name)                                                                                                         \
		return fail(cx, ERR_UNAVAILABLE, "commits cannot be signed: librnp has no %s", #name);
	NEEDED(FIND)
#undef FIND
	return 0;
}

/* What one signature holds on to. */
struct signing {
	rnp_ffi_t ffi;
	rnp_input_t keys, text;
	rnp_output_t out;
	rnp_op_sign_t op;
	rnp_key_handle_t key;
};

static void signing_end(struct signing *s)
{
	if (s->key)
		lib.rnp_key_handle_destroy(s->key);
	if (s->op)
		lib.rnp_op_sign_destroy(s->op);
	if (s->out)
		lib.rnp_output_destroy(s->out);
	if (s->text)
		lib.rnp_input_destroy(s->text);
	if (s->keys)
		lib.rnp_input_destroy(s->keys);
	if (s->ffi)
		lib.rnp_ffi_destroy(s->ffi);
}
#define SIGNING __attribute__((cleanup(signing_end))) struct signing

/* The key of this fingerprint, or its subkey, that signs; false when none of them does. */
static bool take_key(struct signing *s, const char *fingerprint)
{
	rnp_key_handle_t primary = NULL;
	bool is = false;

	if (lib.rnp_locate_key(s->ffi, "fingerprint", fingerprint, &primary) != RNP_SUCCESS || !primary)
		return false;
	if (lib.rnp_key_is_primary(primary, &is) != RNP_SUCCESS || !is ||
	    lib.rnp_key_get_default_key(primary, "sign", 0, &s->key) != RNP_SUCCESS)
		s->key = NULL;
	lib.rnp_key_handle_destroy(primary);
	return s->key;
}

static void find_key(struct signing *s)
{
	rnp_identifier_iterator_t it = NULL;
	const char *fingerprint = NULL;

	if (lib.rnp_identifier_iterator_create(s->ffi, &it, "fingerprint") != RNP_SUCCESS)
		return;
	while (lib.rnp_identifier_iterator_next(it, &fingerprint) == RNP_SUCCESS && fingerprint && !take_key(s, fingerprint))
		;
	lib.rnp_identifier_iterator_destroy(it);
}

static rnp_result_t sign(struct signing *s, int64_t at_s)
{
	rnp_result_t rc = lib.rnp_output_to_memory(&s->out, 0);

	if (rc == RNP_SUCCESS)
		rc = lib.rnp_op_sign_detached_create(&s->op, s->ffi, s->text, s->out);
	if (rc == RNP_SUCCESS)
		rc = lib.rnp_op_sign_set_armor(s->op, true);
	if (rc == RNP_SUCCESS)
		rc = lib.rnp_op_sign_set_hash(s->op, "SHA256");
	if (rc == RNP_SUCCESS)
		rc = lib.rnp_op_sign_set_creation_time(s->op, (uint32_t)at_s);
	if (rc == RNP_SUCCESS)
		rc = lib.rnp_op_sign_add_signature(s->op, s->key, NULL);
	return rc == RNP_SUCCESS ? lib.rnp_op_sign_execute(s->op) : rc;
}

/* Armor ends its lines as mail does; a commit's own lines end otherwise. */
static const char *without_returns(struct arena *mem, const uint8_t *p, size_t n)
{
	char *text = arena_strndup(mem, (const char *)p, n), *to = text;

	for (const char *at = text; *at; at++)
		if (*at != '\r')
			*to++ = *at;
	*to = '\0';
	return text;
}

int pgp_sign(struct ctx *cx, struct str key, struct str text, int64_t at_s, const char **out)
{
	static const char what[] = "commitSigningKey";
	int rc = load(cx);

	if (rc < 0)
		return rc;
	SIGNING s = { 0 };
	uint8_t *made = NULL;
	size_t n = 0;

	if (lib.rnp_ffi_create(&s.ffi, "GPG", "GPG") != RNP_SUCCESS ||
	    lib.rnp_input_from_memory(&s.keys, (const uint8_t *)key.p, key.n, false) != RNP_SUCCESS ||
	    lib.rnp_input_from_memory(&s.text, (const uint8_t *)text.p, text.n, false) != RNP_SUCCESS)
		abort();
	if (lib.rnp_load_keys(s.ffi, "GPG", s.keys, RNP_LOAD_SAVE_SECRET_KEYS) == RNP_SUCCESS)
		find_key(&s);
	if (!s.key)
		return fail(cx, ERR_INPUT, "%s is no private key of OpenPGP that can sign", what);
	rnp_result_t failed = sign(&s, at_s);

	if (failed == RNP_SUCCESS)
		failed = lib.rnp_output_memory_get_buf(s.out, &made, &n, false);
	if (failed == RNP_ERROR_BAD_PASSWORD)
		return fail(cx, ERR_INPUT, "%s has a passphrase: it must have none", what);
	if (failed != RNP_SUCCESS)
		return fail(cx, ERR_INPUT, "nothing can be signed with %s: %s", what, lib.rnp_result_to_string(failed));
	*out = without_returns(cx->mem, made, n);
	return 0;
}
