/* A fast 64-bit hash for tables and change detection inside one installation; not for security. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Stable across versions and machines: values are stored in the database. (FNV-1a with a final mix.) */
uint64_t hash64(const void *bytes, size_t n);

/* Much faster for more than a few words; only for bytes that this program wrote on this machine. */
uint64_t checksum64(const void *bytes, size_t n);

#endif
