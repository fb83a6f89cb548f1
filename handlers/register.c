/* Registering locations in the browser: select, choose or prepare, review, finish. Each step is a form; none needs a script. */
#include "handlers/register.h"

#include "base/clock.h"
#include "base/list.h"
#include "catalog/analyze.h"
#include "catalog/location.h"
#include "catalog/prepare.h"
#include "catalog/query.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "identity/audit.h"
#include "identity/identity.h"
#include "server/scoreboard.h"

enum { MOST_TARGETS = 50, FOUND_SHOWN = 100, REVIEW_US = 20 * 1000000 };

static const char *import_conf(const struct ctx *cx, const char *key, const char *dflt)
{
	const char *text = json_text(json_path(cx->conf, "catalog", "import", key, NULL), "");

	return *text ? text : dflt;
}

const char *register_file_name(const struct ctx *cx)
{
	return import_conf(cx, "entityFilename", "catalog-info.yaml");
}

const char *register_branch(const struct ctx *cx)
{
	return import_conf(cx, "pullRequestBranchName", "backstage-integration");
}

int register_step(struct req *rq, struct resp *rs, int status, const char *step, const char *target, struct json *vars)
{
	static const char *const empty[] = { "error", "files", "reviews", "done", "form", "yaml" };
	struct arena *mem = rq->cx->mem;

	for (size_t i = 0; i < LEN(empty); i++)
		if (!json_get(vars, empty[i]))
			json_set(mem, vars, empty[i], json_null(mem));
	json_set(mem, vars, "file_name", json_str(mem, register_file_name(rq->cx)));
	json_set(mem, vars, "step", json_str(mem, step));
	json_set(mem, vars, "target", json_str(mem, target));
	return page_render(rq, rs, status, "catalog/register.html", vars);
}

/* What is wrong with the target is said beside it; what is wrong with the portal is an error like any other. */
static int refuse(struct req *rq, struct resp *rs, int rc, const char *target)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem);

	if (rc == ERR_UNAVAILABLE || rc == ERR_DEADLOCK || rc == ERR_INTERNAL || rc == ERR_AUTH)
		return rc;
	json_set(mem, vars, "error", json_str(mem, arena_strdup(mem, rq->cx->err.text)));
	return register_step(rq, rs, err_status(rc), "select", target, vars);
}

static const char *trimmed(struct arena *mem, const char *text)
{
	struct str s = str_trim(str_of(text ? text : ""));

	return arena_strndup(mem, s.p ? s.p : "", s.n);
}

/* ---- step 2: the files of a repository ---- */

/* Whether a URL names a file; what stands behind "?" and "#" is none of its name. */
static bool is_file(struct arena *mem, const char *target)
{
	const char *path = arena_strndup(mem, target, strcspn(target, "?#"));

	return str_ends(path, ".yaml") || str_ends(path, ".yml");
}

/* One item for each file, with what it holds. */
static struct json *files_of(struct ctx *cx, const struct json *existing)
{
	struct json *files = json_array(cx->mem), *file = NULL;
	const char *last = NULL;

	for (size_t i = 0; i < json_len(existing); i++) {
		const struct json *item = existing->a.items[i];
		const char *target = json_get_text(json_get(item, "location"), "target", "");

		if (!last || !streq(last, target)) {
			file = json_object(cx->mem);
			json_set(cx->mem, file, "target", json_str(cx->mem, target));
			json_set(cx->mem, file, "known", json_bool(cx->mem, json_get_bool(item, "isRegistered", false)));
			json_set(cx->mem, file, "entities", json_array(cx->mem));
			json_push(cx->mem, files, file);
			last = target;
		}
		json_push(cx->mem, json_get(file, "entities"), entity_row(cx->mem, json_get(item, "entity")));
	}
	return files;
}

/* error: why the files are shown once more, or NULL. */
static int look(struct req *rq, struct resp *rs, const char *target, const char *error)
{
	struct json *vars = json_object(rq->cx->mem), *found, *files;
	const struct json *proposals;
	int rc = identity_allow(rq->cx, "catalog.location.analyze");

	if (rc == 0)
		rc = location_analyze(rq->cx, "url", target, register_file_name(rq->cx), &found);
	if (rc < 0)
		return refuse(rq, rs, rc, target);
	files = files_of(rq->cx, json_get(found, "existingEntityFiles"));
	proposals = json_get(found, "generateEntities");
	if (!files->a.n && json_len(proposals))
		return register_propose(rq, rs, target, json_get(proposals->a.items[0], "entity"));
	json_set(rq->cx->mem, vars, "files", files);
	if (error)
		json_set(rq->cx->mem, vars, "error", json_str(rq->cx->mem, error));
	return register_step(rq, rs, error ? 400 : 200, "choose", target, vars);
}

/* ---- step 3: what would come ---- */

static struct json *rows_of(struct ctx *cx, const struct json *entities, size_t from)
{
	struct json *rows = json_array(cx->mem);

	for (size_t i = from; i < json_len(entities) && rows->a.n < FOUND_SHOWN; i++)
		json_push(cx->mem, rows, entity_row(cx->mem, entities->a.items[i]));
	return rows;
}

/* Everything that is wrong with the file, with lines; without such, the one thing that was wrong with trying it. */
static int review_faults(struct ctx *cx, const char *target, const char *error, struct json *review)
{
	struct json *checked = NULL, *faults = json_array(cx->mem), *fault;

	if (prepare_check(cx, target, &checked) == 0 && json_len(json_get(checked, "faults"))) {
		faults = json_get(checked, "faults");
		json_set(cx->mem, review, "entities", rows_of(cx, json_get(checked, "entities"), 0));
	} else {
		fault = json_object(cx->mem);
		json_set(cx->mem, fault, "message", json_str(cx->mem, error));
		json_set(cx->mem, fault, "line", json_num(cx->mem, 0));
		json_set(cx->mem, fault, "ref", json_str(cx->mem, ""));
		json_push(cx->mem, faults, fault);
	}
	json_set(cx->mem, review, "faults", faults);
	return 0;
}

static int review_one(struct ctx *cx, const char *target, struct json **out)
{
	struct json *review = *out = json_object(cx->mem), *entities = NULL;
	struct registered l;
	bool exists = false;
	int rc = location_dry_run(cx, "url", target, &l, &exists, &entities);

	json_set(cx->mem, review, "target", json_str(cx->mem, target));
	json_set(cx->mem, review, "exists", json_bool(cx->mem, exists));
	json_set(cx->mem, review, "faults", json_array(cx->mem));
	/* the Location made for the registration itself comes first */
	json_set(cx->mem, review, "entities", rows_of(cx, rc == 0 ? entities : NULL, 1));
	json_set(cx->mem, review, "total", json_num(cx->mem, rc == 0 && entities ? (double)json_len(entities) - 1 : 0));
	if (rc == ERR_UNAVAILABLE || rc == ERR_DEADLOCK || rc == ERR_INTERNAL || rc == 0)
		return rc;
	return review_faults(cx, target, arena_strdup(cx->mem, cx->err.text), review);
}

/* One that was not reached in time: other hosts are slow, and who asks shall not wait for all of them. */
static struct json *review_none(struct ctx *cx, const char *target)
{
	struct json *review = json_object(cx->mem), *faults = json_array(cx->mem), *fault = json_object(cx->mem);

	json_set(cx->mem, fault, "message",
		 json_str(cx->mem, "It was not looked at: those before it took too long. Review fewer at a time."));
	json_set(cx->mem, fault, "line", json_num(cx->mem, 0));
	json_set(cx->mem, fault, "ref", json_str(cx->mem, ""));
	json_push(cx->mem, faults, fault);
	json_set(cx->mem, review, "target", json_str(cx->mem, target));
	json_set(cx->mem, review, "exists", json_bool(cx->mem, false));
	json_set(cx->mem, review, "faults", faults);
	json_set(cx->mem, review, "entities", json_array(cx->mem));
	json_set(cx->mem, review, "total", json_num(cx->mem, 0));
	return review;
}

/* error: why they are shown once more, or NULL. Each has as much time as a request; none is begun after a while. */
static int review(struct req *rq, struct resp *rs, const char *target, const struct text_list *targets, const char *error)
{
	struct json *vars = json_object(rq->cx->mem), *list = json_array(rq->cx->mem), *one;
	uint64_t until = clock_mono_us() + REVIEW_US;
	bool bad = error != NULL;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < targets->n; i++) {
		slot_renew();
		if (clock_mono_us() < until)
			rc = review_one(rq->cx, targets->items[i], &one);
		else
			one = review_none(rq->cx, targets->items[i]);
		json_push(rq->cx->mem, list, one);
		bad = bad || json_len(json_get(one, "faults"));
	}
	if (rc < 0)
		return rc;
	json_set(rq->cx->mem, vars, "reviews", list);
	if (error)
		json_set(rq->cx->mem, vars, "error", json_str(rq->cx->mem, error));
	return register_step(rq, rs, bad ? 400 : 200, "review", target, vars);
}

/* ---- step 4 ---- */

static int add_all(struct req *rq, struct resp *rs, const char *target, const struct text_list *targets)
{
	struct arena *mem = rq->cx->mem;
	struct buf to = { .mem = mem };
	struct registered l;
	int rc = 0;

	buf_adds(&to, "/catalog-import");
	for (size_t i = 0; rc == 0 && i < targets->n; i++) {
		rc = location_register(rq->cx, "url", targets->items[i], true, &l);
		if (rc == 0)
			note_location(rq->cx, &l);
		else
			audit_note(rq->cx, "target", targets->items[i]);
		if (rc == 0)
			buf_addf(&to, "%sdone=%s", i ? "&" : "?", link_encode(mem, l.id));
	}
	return rc < 0 ? refuse(rq, rs, rc, target) : resp_redirect(rs, buf_text(&to));
}

/* What a location has brought until now. */
static int brought(struct ctx *cx, const struct registered *l, struct json *item)
{
	struct query q = { .orders = { { "kind", false } }, .n_orders = 1, .lacking_last = true, .limit = FOUND_SHOWN };
	struct conjunction all = { 0 };
	struct condition *c = list_add(cx->mem, &all);
	const char *origin = arena_printf(cx->mem, "%s:%s", l->type, l->target);
	struct json *rows = json_array(cx->mem), *found = NULL;
	struct query_page page;
	int rc;

	*c = (struct condition){ .key = "metadata.annotations.backstage.io/managed-by-origin-location" };
	*list_add(cx->mem, &c->values) = str_lower(cx->mem, origin, strlen(origin));
	*list_add(cx->mem, &q.filter) = all;
	rc = entity_rows(cx, &q, &page, &found);
	for (size_t i = 0; i < found->a.n; i++)
		if (!streq(json_get_text(found->a.items[i], "ref", ""), l->entity_ref))
			json_push(cx->mem, rows, found->a.items[i]);
	json_set(cx->mem, item, "entities", rows);
	json_set(cx->mem, item, "target", json_str(cx->mem, l->target));
	json_set(cx->mem, item, "ref", json_str(cx->mem, l->entity_ref));
	return rc;
}

static int finish(struct req *rq, struct resp *rs)
{
	struct json *vars = json_object(rq->cx->mem), *list = json_array(rq->cx->mem), *item;
	struct registered l;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rq->query.n && list->a.n < MOST_TARGETS; i++) {
		if (!streq(rq->query.items[i].name, "done"))
			continue;
		rc = location_get(rq->cx, rq->query.items[i].value, &l);
		item = json_object(rq->cx->mem);
		if (rc == 0)
			rc = brought(rq->cx, &l, item);
		json_push(rq->cx->mem, list, item);
	}
	if (rc < 0)
		return rc;
	json_set(rq->cx->mem, vars, "done", list);
	return register_step(rq, rs, 200, "finish", "", vars);
}

/* ---- what the routes name ---- */

int register_show(struct req *rq, struct resp *rs)
{
	if (req_query(rq, "done"))
		return finish(rq, rs);
	return register_step(rq, rs, 200, "select", trimmed(rq->cx->mem, req_query(rq, "target")), json_object(rq->cx->mem));
}

/* The fields of one name, without those that are empty. */
static int urls_of(struct req *rq, const struct params *form, const char *name, struct text_list *out)
{
	for (size_t i = 0; i < form->n; i++) {
		const char *t = trimmed(rq->cx->mem, form->items[i].value);

		if (!streq(form->items[i].name, name) || !*t)
			continue;
		if (out->n == MOST_TARGETS)
			return fail(rq->cx, ERR_INPUT, "At most %d files at a time", MOST_TARGETS);
		*list_add(rq->cx->mem, out) = t;
	}
	return 0;
}

/* Every box was off: what was offered is shown once more. Nothing else than what was chosen is ever registered. */
static int none_chosen(struct req *rq, struct resp *rs, const char *step, const char *target, const struct text_list *offered)
{
	static const char *const error = "Choose at least one file.";

	if (offered->n)
		return review(rq, rs, target, offered, error);
	if (*target && streq(step, "review"))
		return look(rq, rs, target, error);
	return refuse(rq, rs, fail(rq->cx, ERR_INPUT, "%s", error), target);
}

/* What somebody has typed: a file is reviewed at once, in a repository there is something to choose. */
static int typed(struct req *rq, struct resp *rs, const char *target)
{
	if (!*target)
		return refuse(rq, rs, fail(rq->cx, ERR_INPUT, "Enter the URL of a catalog file or of a repository."), "");
	if (is_file(rq->cx->mem, target))
		return review(rq, rs, target, &(struct text_list){ .items = &target, .n = 1 }, NULL);
	return look(rq, rs, target, NULL);
}

int register_post(struct req *rq, struct resp *rs)
{
	struct text_list targets = { 0 }, offered = { 0 };
	struct params form = { 0 };
	int rc = req_form(rq, &form);
	const char *step = rc == 0 ? params_get(&form, "step") : NULL, *target;

	if (rc == 0)
		rc = urls_of(rq, &form, "targets", &targets);
	if (rc == 0)
		rc = urls_of(rq, &form, "offered", &offered);
	if (rc < 0)
		return rc;
	target = trimmed(rq->cx->mem, params_get(&form, "target"));
	step = step ? step : "look";
	if (!streq(step, "register"))
		audit_as(rq->cx, "catalog.location.analyze"); /* it changes nothing */
	if (streq(step, "prepare") && *target)
		return register_prepared(rq, rs, &form, target);
	if (!streq(step, "register") && !streq(step, "review"))
		return typed(rq, rs, target);
	if (!targets.n)
		return none_chosen(rq, rs, step, target, &offered);
	return streq(step, "register") ? add_all(rq, rs, target, &targets) : review(rq, rs, target, &targets, NULL);
}

int register_delete(struct req *rq, struct resp *rs)
{
	const char *admin = link_admin(rq->cx->mem, "locations", ""), *to;
	struct params form = { 0 };
	int rc = req_form(rq, &form);

	if (rc == 0)
		rc = unregister_location(rq->cx, req_param(rq, "id"));
	if (rc < 0)
		return rc;
	to = params_get(&form, "to");
	return resp_redirect(rs, to && streq(to, admin) ? link_admin(rq->cx->mem, "locations", "?said=unregistered")
							: "/catalog?said=unregistered");
}
