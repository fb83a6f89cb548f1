/* Keys and values that plugins keep: each its own, bounded, in the database. */
#ifndef PLUGINS_KEEP_H
#define PLUGINS_KEEP_H

#include "base/ctx.h"
#include "base/json.h"
#include "jobs/jobs.h"

/* Two stores a plugin: what it keeps, and what it may lose (the oldest goes when there is no room). */
enum keep_kind { KEEP_STORE = 0, KEEP_CACHE = 1 };
enum {
	KEEP_KEY_MAX = 255,
	KEEP_VALUE_MAX = 256 << 10,
	KEEP_STORE_MAX = 64 << 20,
	KEEP_CACHE_MAX = 16 << 20,
	KEEP_ROW = 64, /* what a row counts beside its key and value */
	KEEP_LIST_MAX = 1000,
	KEEP_LIST_BYTES = 4 << 20,
};

/* Whose and which. */
struct keep {
	const char *plugin;
	enum keep_kind kind;
	struct str key; /* UTF-8 without NUL, 1 to KEEP_KEY_MAX bytes */
};

/* 1 and *out, or 0 when there is none. */
int keep_get(struct ctx *cx, const struct keep *k, struct json **out);
/* ttl_ms < 0: for ever. ERR_INPUT for a bad key, ERR_TOOLARGE when the value is too large or the plugin keeps too much. */
int keep_set(struct ctx *cx, const struct keep *k, const struct json *value, int64_t ttl_ms);
int keep_delete(struct ctx *cx, const struct keep *k);
/*
 * Makes a new value of the old (NULL when there is none), while nobody else can write this key. change: *now NULL takes it
 * away; it may be called again when the transaction meets another. What it fails with is what is returned. *out: the new value,
 * or NULL.
 */
typedef int keep_change(struct ctx *cx, void *arg, struct json *old, struct json **now);
int keep_update(struct ctx *cx, const struct keep *k, keep_change *change, void *arg, struct json **out);
/*
 * Those whose key begins with prefix and comes after `after`, by key, as [{key, value}, ...]; at most limit.
 * ERR_TOOLARGE when they are more than KEEP_LIST_BYTES.
 */
int keep_list(struct ctx *cx, const struct keep *prefix, struct str after, uint64_t limit, struct json **out);

/* Job "plugin.sweep": takes away what has expired. */
int keep_sweep_job(struct ctx *cx, struct job *job);

#endif
