/* Tables of plugins' own: the connection on which they are reached, and how they come to be. */
#include "plugins/migrate.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/db.h"
#include "plugins/plugin_sql.h"
#include "sql/plugin.h"

struct ctx plugin_sql_ctx(const struct ctx *cx)
{
	static struct db *bare;
	static const struct json *conf;
	struct ctx own = *cx;

	if (conf != cx->conf || !bare) {
		db_free(bare);
		bare = db_new_bare(json_path(cx->conf, "backend", "database", "connection", NULL));
		conf = cx->conf;
	}
	own.db = cx->db ? bare : NULL;
	return own;
}

struct migration {
	const struct plugin *p;
	const struct json *list;
};

static int run(struct ctx *cx, const struct plugin *p, const char *text)
{
	struct sql_owner owner = { p->name, db_name(cx->db) };
	struct ctx own = plugin_sql_ctx(cx);
	struct db_text result;
	const char *sql = "";
	int rc = plugin_sql(cx, &owner, str_of(text), SQL_MIGRATION, &sql);

	/* Tables are as the server makes them elsewhere, whatever it makes by itself. */
	if (rc == 0 && str_starts(sql, "CREATE TABLE"))
		sql = arena_printf(cx->mem, "%s ENGINE=InnoDB DEFAULT CHARSET=utf8mb4", sql);
	if (rc == 0) {
		/* Whoever still uses the table is not waited for longer than that. */
		sql = arena_printf(cx->mem, "SET STATEMENT lock_wait_timeout = 20 FOR %s", sql);
		rc = db_text(&own, sql, NULL, &result);
		cx->err = own.err;
	}
	return rc < 0 ? rc : 0;
}

static int apply(struct ctx *cx, const struct plugin *p, const char *text, uint64_t number, const char *hash)
{
	char n[24];
	int rc = run(cx, p, text);

	if (rc >= 0)
		rc = q_plugin_migration_add_exec(cx,
						 &(struct q_plugin_migration_add_in){ p->name, number, hash, clock_wall_ms() });
	if (rc < 0)
		return rc;
	snprintf(n, sizeof(n), "%llu", (unsigned long long)number);
	log_info("a plugin's migration was applied", "plugin", p->name, "migration", n, NULL);
	return 0;
}

/* The hashes of those that were applied, by their number from 1 on; "" for the rest. */
static int load(struct ctx *cx, const struct plugin *p, const char **hashes, size_t n)
{
	struct q_plugin_migration_list_out row;
	DB_ROWS rows = { 0 };
	int rc = q_plugin_migration_list_open(cx, &(struct q_plugin_migration_list_in){ p->name }, &rows);

	for (size_t i = 0; i < n; i++)
		hashes[i] = "";
	while (rc >= 0 && (rc = q_plugin_migration_list_next(&rows, &row)) == 1)
		if (row.number <= n)
			hashes[row.number - 1] = row.hash;
	return rc < 0 ? rc : 0;
}

/* 1: one more was applied; 0: there are no more. */
static int next(struct ctx *cx, const struct migration *m, const char *const *hashes)
{
	for (size_t i = 0; i < json_len(m->list); i++) {
		const char *text = json_text(m->list->a.items[i], "");
		char hash[41];
		int rc = 0;

		crypto_sha1_hex(str_of(text), hash);
		if (*hashes[i] && !streq(hashes[i], hash))
			rc = fail(cx, ERR_INPUT, "it was applied as another text; add one that changes the tables instead");
		else if (!*hashes[i])
			rc = apply(cx, m->p, text, i + 1, hash);
		if (rc < 0)
			return fail_in(cx, rc, "migration %zu", i + 1);
		if (!*hashes[i])
			return 1;
	}
	return 0;
}

/* Each in a transaction of its own, which keeps other hosts away; MariaDB changes a table at once, whatever becomes of it. */
static int migrate(struct ctx *cx, void *arg)
{
	const struct migration *m = arg;
	const char **hashes = arena_array(cx->mem, const char *, json_len(m->list));
	struct q_plugin_migration_lock_out lock;
	int rc = q_plugin_migration_make_exec(cx, &(struct q_plugin_migration_make_in){ m->p->name });

	if (rc >= 0)
		rc = q_plugin_migration_lock_one(cx, &(struct q_plugin_migration_lock_in){ m->p->name }, &lock);
	if (rc >= 0)
		rc = load(cx, m->p, hashes, json_len(m->list));
	return rc < 0 ? rc : next(cx, m, hashes);
}

static const struct json *list_of(const struct plugin *p)
{
	return json_get(p->manifest, "migrations");
}

int plugin_migrate(struct ctx *cx, const struct plugin *p)
{
	struct migration m = { p, list_of(p) };
	int rc = 1;

	if (!json_len(m.list))
		return 0;
	if (!plugin_may(p, "sql", NULL))
		return fail(cx, ERR_DENIED, "migrations need capabilities.sql in plugin.lua");
	while (rc == 1)
		rc = db_transaction(cx, migrate, &m);
	return rc;
}

int plugin_migrated(struct ctx *cx, const struct plugin *p)
{
	static bool done[PLUGINS_MAX];
	const struct json *list = list_of(p);
	size_t n = json_len(list);

	if (done[p->index] || !n || !cx->db)
		return 0;
	const char **hashes = arena_array(cx->mem, const char *, n);
	int rc = load(cx, p, hashes, n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		char hash[41];

		crypto_sha1_hex(str_of(json_text(list->a.items[i], "")), hash);
		if (!streq(hashes[i], hash))
			return fail(cx, ERR_UNAVAILABLE, "The tables of the plugin '%s' are not ready yet", p->name);
	}
	done[p->index] = rc == 0;
	return rc;
}
