/* callboard.sql: tables of the plugin's own. */
#include "ext/db.h"
#include "plugins/api.h"
#include "plugins/migrate.h"
#include "plugins/plugin_sql.h"

/* The server ends a statement before the call's own time is over, so that the plugin hears why. */
enum { MOST_MS = 5000, LEAST_MS = 50 };

static const char *limited(struct ctx *cx, enum sql_use use, const char *sql)
{
	uint64_t ms = plugin_time_left_us() / 1000 * 4 / 5;
	const char *rows = use == SQL_QUERY ? arena_printf(cx->mem, ", sql_select_limit = %d", DB_TEXT_ROWS + 1) : "";

	ms = ms < LEAST_MS ? LEAST_MS : ms > MOST_MS ? MOST_MS : ms;
	return arena_printf(cx->mem, "SET STATEMENT max_statement_time = %u.%03u%s FOR %s", (unsigned)ms / 1000,
			    (unsigned)ms % 1000, rows, sql);
}

static int run(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, enum sql_use use,
	       struct db_text *out)
{
	struct sql_owner owner = { .plugin = p->name };
	const struct json *params = n > 1 ? args[1] : NULL;
	const char *text, *sql;
	int rc = api_text(cx, args, n, 0, "text", &text);

	if (rc == 0 && !cx->db)
		rc = fail(cx, ERR_UNAVAILABLE, "no database is configured");
	if (rc == 0 && params && !json_is(params, JSON_ARRAY) && json_len(params))
		rc = fail(cx, ERR_INPUT, "argument 2, parameters, must be a list");
	if (rc < 0)
		return rc;
	owner.database = db_name(cx->db);
	rc = plugin_sql(cx, &owner, args[0]->s, use, &sql);
	if (rc < 0)
		return rc;
	struct ctx own = plugin_sql_ctx(cx);

	rc = db_text(&own, limited(cx, use, sql), json_is(params, JSON_ARRAY) ? params : NULL, out);
	cx->err = own.err;
	return rc;
}

int api_sql_query(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	struct db_text result;
	int rc = run(cx, p, args, n, SQL_QUERY, &result);

	if (rc == 0)
		*out = result.rows;
	return rc;
}

int api_sql_execute(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	struct db_text result;
	int rc = run(cx, p, args, n, SQL_EXECUTE, &result);

	if (rc < 0)
		return rc;
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "affected", json_num(cx->mem, (double)result.affected));
	json_set(cx->mem, *out, "id", json_num(cx->mem, (double)result.id));
	return 0;
}

struct transaction {
	struct ctx *cx; /* of the call: what else the function does is on the portal's connection */
	const struct json *function;
	struct json *out;
};

static int in_transaction(struct ctx *own, void *arg)
{
	struct transaction *t = arg;
	int rc = sandbox_call_back(t->cx, plugin_state(), t->function, NULL, 0, &t->out);

	own->err = t->cx->err;
	return rc;
}

int api_sql_transaction(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	struct transaction t = { .cx = cx, .function = n > 0 ? args[0] : NULL };
	struct ctx own = plugin_sql_ctx(cx);
	int rc;

	(void)p;
	if (!json_get(t.function, "function"))
		return fail(cx, ERR_INPUT, "argument 1 must be a function");
	rc = db_transaction(&own, in_transaction, &t);
	cx->err = own.err;
	*out = t.out;
	return rc;
}
