/* The catalog's part of the configuration, read once per process. */
#ifndef CATALOG_SETTINGS_H
#define CATALOG_SETTINGS_H

#include "base/ctx.h"
#include "catalog/kind.h"
#include "catalog/reader.h"

struct rule_kind {
	const char *kind, *type; /* type NULL: any spec.type */
};
struct rule_place {
	const char *type, *exact, *pattern; /* NULL: any */
};
struct rule {
	struct rule_kind *kinds;
	size_t n_kinds;
	struct rule_place *places;
	size_t n_places; /* 0: everywhere */
};
struct rules {
	struct rule *items;
	size_t n, cap;
};
struct locations {
	struct location *items;
	size_t n, cap;
};

struct catalog_settings {
	struct kinds kinds;
	struct rules rules;
	struct locations locations; /* catalog.locations; file targets are absolute */
	bool readonly;
	bool refresh_on_conflict; /* catalog.defaultLocationConflictStrategy: refresh */
	bool keep_orphans;        /* catalog.orphanStrategy: keep */
	bool processing;          /* false: catalog.processingInterval is false */
	int64_t interval_ms;      /* the next read is due after interval_ms to interval_ms + interval_spread_ms */
	int64_t interval_spread_ms;
	char hash[41]; /* changes when entities would come out differently */
};

/* NULL and a worded error when the configuration is wrong. Kept for the life of the process; read anew for another cx->conf. */
const struct catalog_settings *catalog_settings(struct ctx *cx);

/* May an entity of this kind and spec.type come from this origin ("type:target")? */
bool rule_allows(const struct rules *rules, const char *kind, const char *type, const struct location *origin);

#endif
