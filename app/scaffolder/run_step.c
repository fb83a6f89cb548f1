/* What one step does: its inputs, checked before anything runs, then its action, once or for each value. */
#include "scaffolder/fit.h"
#include "scaffolder/run_private.h"

enum { MOST_ITERATIONS = 10000 };

/* ---- what actions do with their run ---- */

void action_output(struct action_call *call, const char *name, const struct json *value)
{
	struct json *v = value ? json_copy(call->mem, value) : json_null(call->mem);
	struct json *list = json_get(call->output, name);

	if (!call->each) {
		json_set(call->mem, call->output, name, v);
		return;
	}
	if (!json_is(list, JSON_ARRAY))
		list = json_set(call->mem, call->output, name, json_array(call->mem));
	json_push(call->mem, list, v);
}

void action_log(struct ctx *cx, struct action_call *call, const char *line)
{
	const struct scaffold_hooks *h = &call->run->hooks;
	const struct scaffold_event e = { mask_line(call->mask, cx->mem, line), call->step, NULL };

	if (h->event)
		h->event(cx, h->arg, &e);
}

void action_hide(struct action_call *call, const char *text)
{
	mask_also(call->mask, call->mem, str_of(text));
}

int action_cancelled(struct ctx *cx, const struct action_call *call)
{
	const struct scaffold_hooks *h = &call->run->hooks;

	return h->cancelled && h->cancelled(h->arg) ? fail(cx, ERR_CONFLICT, "Step %s has been cancelled.", call->step) : 0;
}

static const char *checkpoint_key(struct ctx *cx, const struct action_call *call, const char *key)
{
	const char *each = json_get_text(call->each, "key", NULL);

	return arena_printf(cx->mem, "v1.task.checkpoint.%s%s%s.%s", call->step, each ? "." : "", each ? each : "", key);
}

int action_checkpoint(struct ctx *cx, const struct action_call *call, const char *key, struct json **out, bool *unsure)
{
	const struct scaffold_hooks *h = &call->run->hooks;

	*out = NULL;
	return h->recall ? h->recall(cx, h->arg, checkpoint_key(cx, call, key), out, unsure) : 0;
}

int action_begin(struct ctx *cx, const struct action_call *call, const char *key)
{
	const struct scaffold_hooks *h = &call->run->hooks;

	return h->begin ? h->begin(cx, h->arg, checkpoint_key(cx, call, key)) : 0;
}

int action_keep(struct ctx *cx, const struct action_call *call, const char *key, const struct json *value)
{
	const struct scaffold_hooks *h = &call->run->hooks;

	return h->keep ? h->keep(cx, h->arg, checkpoint_key(cx, call, key), value) : 0;
}

/* ---- inputs ---- */

/* A step's turns: one, or one for each value. */
struct turn {
	const struct json *each;
	struct json *input;
};
struct turns {
	struct turn *items;
	size_t n, cap;
};

static struct json *each_of(struct arena *mem, struct json *key, const struct json *value)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "key", key);
	json_set(mem, v, "value", json_copy(mem, value));
	return v;
}

static int bad_each(struct progress *p, const struct step *st, const char *what)
{
	struct buf b = { .mem = p->cx->mem };
	const struct json *each = json_get(st->json, "each");

	if (!json_is(each, JSON_STRING))
		json_write(&b, each);
	return fail(p->cx, ERR_INPUT, "Invalid value on action %s.each parameter, \"%s\" %s", st->action,
		    json_is(each, JSON_STRING) ? each->s.p : buf_text(&b), what);
}

/* The values that the step is run for; keys of a list are its indexes, as texts. */
static int read_each(struct progress *p, const struct step *st, struct turns *turns)
{
	struct arena *mem = p->cx->mem;
	struct json *v = NULL;
	int rc = progress_render(p, json_get(st->json, "each"), NULL, true, &v);

	if (rc < 0)
		return rc;
	if (!v || (!scaffold_truth(v) && !json_is(v, JSON_ARRAY)))
		return bad_each(p, st, "cannot be resolved to a value");
	if (!json_is(v, JSON_ARRAY) && !json_is(v, JSON_OBJECT))
		return bad_each(p, st, "must resolve to an array or object");
	if (json_len(v) > MOST_ITERATIONS)
		return fail(p->cx, ERR_TOOLARGE, "Action %s: each has %zu values, %d are the most", st->action, json_len(v),
			    MOST_ITERATIONS);
	for (size_t i = 0; i < json_len(v); i++) {
		bool list = json_is(v, JSON_ARRAY);
		struct json *key = list ? json_fmt(mem, "%zu", i) : json_str_ref(mem, v->o.m[i].key);

		*list_add(mem, turns) = (struct turn){ each_of(mem, key, list ? v->a.items[i] : v->o.m[i].value), NULL };
	}
	return 0;
}

static int check_input(struct progress *p, const struct action *a, const struct turn *t)
{
	const char *key = json_get_text(t->each, "key", NULL);
	const char *id = key ? arena_printf(p->cx->mem, "%s[%s]", a->id, key) : a->id;
	const struct json *errors = a->input ? fit_errors(p->cx->mem, a->input, t->input, false) : NULL;

	if (json_len(errors))
		return fail(p->cx, ERR_INPUT, "Invalid input passed to action %s, %s", id, fit_text(p->cx->mem, errors));
	return p->s->hooks.allow ? p->s->hooks.allow(p->cx, p->s->hooks.arg, a, t->input) : 0;
}

static int render_input(struct progress *p, const struct step *st, struct turn *t)
{
	const struct json *input = json_get(st->json, "input");
	int rc = input ? progress_render(p, input, t->each, true, &t->input) : 0;

	if (rc == 0 && !t->input)
		t->input = json_object(p->cx->mem);
	return rc;
}

static int is_wanted(struct progress *p, const struct step *st, const struct turn *t, bool *wanted)
{
	const struct json *condition = json_get(st->json, "if");
	struct json *v = NULL;
	int rc = 0;

	*wanted = true;
	if (!t->each || !condition)
		return 0;
	rc = progress_render(p, condition, t->each, false, &v);
	*wanted = scaffold_truth(v);
	return rc;
}

/* Takes out those whose condition does not hold, and gives the others their inputs. */
static int prepare(struct progress *p, const struct step *st, const struct action *a, struct turns *turns)
{
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < turns->n; i++) {
		bool wanted;

		rc = is_wanted(p, st, &turns->items[i], &wanted);
		if (rc == 0 && wanted)
			turns->items[kept++] = turns->items[i];
	}
	turns->n = kept;
	for (size_t i = 0; rc == 0 && i < turns->n; i++) {
		rc = render_input(p, st, &turns->items[i]);
		if (rc == 0)
			rc = check_input(p, a, &turns->items[i]);
	}
	return rc;
}

/* ---- dry runs ---- */

struct json *scaffold_example(struct arena *mem, const struct json *schema)
{
	const char *type = json_get_text(schema, "type", "");
	const struct json *examples = json_get(schema, "examples"), *items = json_get(schema, "items");
	const struct json *properties = json_get(schema, "properties");
	struct json *v;

	if (json_is(examples, JSON_ARRAY) && examples->a.n)
		return json_copy(mem, examples->a.items[0]);
	if (streq(type, "object")) {
		v = json_object(mem);
		for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n; i++)
			json_setn(mem, v, properties->o.m[i].key, scaffold_example(mem, properties->o.m[i].value));
		return v;
	}
	if (streq(type, "array")) {
		v = json_array(mem);
		if (json_is(items, JSON_ARRAY))
			items = items->a.n ? items->a.items[0] : NULL;
		if (items)
			json_push(mem, v, scaffold_example(mem, items));
		return v;
	}
	if (streq(type, "boolean"))
		return json_bool(mem, false);
	if (streq(type, "number") || streq(type, "integer"))
		return json_num(mem, 0);
	return json_str(mem, streq(type, "string") ? "<example>" : "<unknown>");
}

/* The input as the log shows it: each secret is stars before anything is made of it. */
static int log_input(struct progress *p, const struct step *st, const struct action *a)
{
	struct json *input = NULL, *stars = json_object(p->cx->mem);
	const struct scaffold *all = p->s;
	struct scaffold masked = *all;
	struct buf b = { .mem = p->cx->mem };
	int rc = 0;

	for (size_t i = 0; json_is(all->secrets, JSON_OBJECT) && i < all->secrets->o.n; i++)
		json_setn(p->cx->mem, stars, all->secrets->o.m[i].key, json_str(p->cx->mem, "***"));
	masked.secrets = stars;
	p->s = &masked;
	if (json_get(st->json, "input"))
		rc = progress_render(p, json_get(st->json, "input"), NULL, true, &input);
	p->s = all;
	json_write_pretty(&b, input ? input : json_object(p->cx->mem), 2);
	progress_tell(
		p, st, NULL,
		arena_printf(p->cx->mem, "Running %s in dry-run mode with inputs (secrets redacted): %s", a->id, buf_text(&b)));
	return rc;
}

/* ---- running ---- */

static void keep_output(struct progress *p, const struct step *st, struct json *output)
{
	struct json *v = json_object(p->cx->mem);

	json_set(p->cx->mem, v, "output", output);
	json_set(p->cx->mem, p->outputs, st->id, v);
}

static void log_each(struct progress *p, const struct step *st, const struct turn *t)
{
	struct buf b = { .mem = p->cx->mem };

	buf_adds(&b, "Running step each: ");
	json_write(&b, t->each);
	progress_tell(p, st, NULL, buf_text(&b));
}

static int run_turns(struct progress *p, const struct step *st, const struct action *a, const struct turns *turns)
{
	struct action_call call = {
		.run = p->s, .action = a, .step = st->id, .output = json_object(p->cx->mem), .mem = p->cx->mem, .mask = p->mask
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < turns->n; i++) {
		call.each = turns->items[i].each;
		call.input = turns->items[i].input;
		if (call.each)
			log_each(p, st, &turns->items[i]);
		rc = action_cancelled(p->cx, &call);
		if (rc == 0)
			rc = p->s->host->run(p->cx, p->s->host->arg, &call);
	}
	if (rc == 0)
		keep_output(p, st, call.output);
	return rc;
}

int step_execute(struct progress *p, const struct step *st)
{
	const struct action *a = p->s->host->find(p->s->host->arg, st->action);
	struct turns turns = { 0 };
	int rc = 0;

	if (!a)
		return fail(p->cx, ERR_NOTFOUND, "Template action with ID '%s' is not registered.", st->action);
	if (p->s->dry_run)
		rc = log_input(p, st, a);
	if (rc == 0 && p->s->dry_run && !a->dry_run) {
		progress_tell(p, st, "skipped",
			      arena_printf(p->cx->mem, "Skipping because %s does not support dry-run", a->id));
		keep_output(p, st, a->output ? scaffold_example(p->cx->mem, a->output) : json_object(p->cx->mem));
		return 0;
	}
	if (rc == 0 && json_get(st->json, "each"))
		rc = read_each(p, st, &turns);
	else
		*list_add(p->cx->mem, &turns) = (struct turn){ 0 };
	if (rc == 0)
		rc = prepare(p, st, a, &turns);
	if (rc == 0)
		rc = run_turns(p, st, a, &turns);
	if (rc == 0)
		rc = progress_cancelled(p, st);
	if (rc == 0)
		progress_tell(p, st, "completed", arena_printf(p->cx->mem, "Finished step %s", st->name));
	return rc;
}
