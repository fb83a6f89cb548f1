/* Runs of templates with actions of our own: what runs, with what, what is told, and what comes out. */
#include "scaffolder/run.h"

#include "ext/json.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

static struct json *parse(const char *text)
{
	struct json *v = NULL;

	if (json_parse(&cx, str_of(text), &v) < 0)
		printf("Bail out! %s: %s\n", text, cx.err.text);
	return v;
}

static const char *written(const struct json *v)
{
	struct buf b = { .mem = &mem };

	if (!v)
		return "undefined";
	json_write(&b, v);
	return buf_text(&b);
}

/* ---- actions ---- */

static struct action echo = { .id = "echo", .dry_run = true }, bad = { .id = "bad", .dry_run = true }, real = { .id = "real" };

static const struct action *find(void *arg, const char *id)
{
	(void)arg;
	return streq(id, "echo") ? &echo : streq(id, "bad") ? &bad : streq(id, "real") ? &real : NULL;
}

static struct buf log_lines, inputs;
static unsigned cancel_after, actions_run;

static int run_action(struct ctx *c, void *arg, struct action_call *call)
{
	struct json *kept = NULL;

	(void)arg;
	actions_run++;
	buf_addf(&inputs, "%s%s", inputs.n ? " " : "", written(call->input));
	if (call->action == &bad)
		return fail(c, ERR_DENIED, "no, not with %s", json_get_text(call->input, "key", "that"));
	action_log(c, call, arena_printf(c->mem, "ran %s", written(call->input)));
	action_output(call, "in", call->input);
	if (json_get(call->input, "hide"))
		action_hide(call, json_get_text(call->input, "hide", ""));
	if (json_get(call->input, "once") && action_checkpoint(c, call, "made", &kept, NULL) == 0) {
		action_output(call, "kept", kept);
		return action_keep(c, call, "made", json_get(call->input, "once"));
	}
	return 0;
}

/* ---- a run ---- */

static void listen(struct ctx *c, void *arg, const struct scaffold_event *e)
{
	(void)c, (void)arg;
	buf_addf(&log_lines, "[%s %s] %s\n", e->step ? e->step : "-", e->status ? e->status : "-", e->message);
}

static bool cancelled(void *arg)
{
	(void)arg;
	return cancel_after && actions_run >= cancel_after;
}

static struct json *checkpoints;
static struct scaffold_state state;
static unsigned leave_before;

static int recall(struct ctx *c, void *arg, const char *key, struct json **out, bool *unsure)
{
	(void)c, (void)arg, (void)unsure;
	*out = json_get(checkpoints, key);
	return 0;
}

static int keep(struct ctx *c, void *arg, const char *key, const struct json *value)
{
	(void)arg;
	json_set(&mem, checkpoints, key, json_copy(c->mem, value));
	return 0;
}

static int ended(struct ctx *c, void *arg, const struct scaffold_state *now)
{
	(void)c, (void)arg;
	state = *now;
	state.steps = json_copy(&mem, now->steps);
	state.why = arena_strdup(&mem, now->why);
	return 0;
}

static bool leave(void *arg)
{
	(void)arg;
	return leave_before && state.next + 1 >= leave_before;
}

static struct scaffold task;

static void fresh(void)
{
	static const struct action_host host = { find, run_action, NULL };

	task = (struct scaffold){ .id = "t-1",
				  .host = &host,
				  .hooks = { .event = listen,
					     .cancelled = cancelled,
					     .leave = leave,
					     .ended = ended,
					     .recall = recall,
					     .keep = keep } };
	log_lines = (struct buf){ .mem = &mem };
	inputs = (struct buf){ .mem = &mem };
	checkpoints = json_object(&mem);
	cancel_after = actions_run = leave_before = 0;
	state = (struct scaffold_state){ 0 };
}

static const char *run(const char *steps, const char *output)
{
	struct json *out = NULL;

	task.steps = parse(steps);
	task.output = output ? parse(output) : NULL;
	return scaffold_run(&cx, &task, &out) < 0 ? arena_printf(&mem, "%d: %s", err_status(cx.err.code), cx.err.text)
						  : written(out);
}

static bool told(const char *line)
{
	bool found = strstr(buf_text(&log_lines), line) != NULL;

	if (!found)
		printf("# not in the log: %s\n# %s\n", line, buf_text(&log_lines));
	return found;
}

#define STEP(id, rest) "{\"id\":\"" id "\",\"name\":\"Do " id "\",\"action\":\"echo\"" rest "}"

static void chains(void)
{
	fresh();
	task.parameters = parse("{\"n\":3,\"o\":{\"a\":[1,{\"b\":null}]}}");
	STR_EQ(run("[" STEP("a", ",\"input\":{\"v\":\"${{ parameters.n }}\",\"t\":\"n=${{ parameters.n }}\"}") "," STEP(
			   "b", ",\"input\":{\"o\":\"${{ steps.a.output.in }}\",\"id\":\"${{ context.task.id }}\"}") "]",
		   "{\"x\":\"${{ steps.b.output.in.o.v }}\",\"o\":\"${{ parameters.o }}\",\"gone\":\"${{ parameters.z "
		   "}}\",\"bad\":\"${{ nope( }}\"}"),
	       "{\"x\":3,\"o\":{\"a\":[1,{\"b\":null}]},\"bad\":\"${{ nope( }}\"}");
	STR_EQ(buf_text(&inputs), "{\"v\":3,\"t\":\"n=3\"} {\"o\":{\"v\":3,\"t\":\"n=3\"},\"id\":\"t-1\"}");
	STR_EQ(buf_text(&log_lines),
	       "[- -] Starting up task with 2 steps\n"
	       "[a processing] Beginning step Do a\n[a -] ran {\"v\":3,\"t\":\"n=3\"}\n[a completed] Finished step Do a\n"
	       "[b processing] Beginning step Do b\n[b -] ran {\"o\":{\"v\":3,\"t\":\"n=3\"},\"id\":\"t-1\"}\n[b completed] "
	       "Finished step Do b\n");
	STR_EQ(written(state.steps),
	       "{\"a\":{\"output\":{\"in\":{\"v\":3,\"t\":\"n=3\"}}},\"b\":{\"output\":{\"in\":{\"o\":{\"v\":3,"
	       "\"t\":\"n=3\"},\"id\":\"t-1\"}}}}");
}

#define IF(id, condition) STEP(id, ",\"if\":" condition)

static void conditions(void)
{
	fresh();
	task.parameters = parse("{\"yes\":true,\"none\":\"\",\"zero\":0,\"arr0\":[],\"arr1\":[0]}");
	run("[" IF("t", "true") "," IF("f", "false") "," IF("st", "\"${{ parameters.yes }}\"") "]", NULL);
	OK(actions_run == 2);
	OK(told("[f skipped] Skipping step f because its if condition was false"));
	run("[" IF("empty", "\"${{ parameters.none }}\"") "," IF("zero", "\"${{ parameters.zero }}\"") "]", NULL);
	run("[" IF("arr0", "\"${{ parameters.arr0 }}\"") "," IF("und", "\"${{ parameters.missing }}\"") "]", NULL);
	OK(actions_run == 2);
	run("[" IF("arr1", "\"${{ parameters.arr1 }}\"") "," IF("strFalse", "\"${{ 'false' }}\"") "]", NULL);
	run("[" IF("text", "\"plain text\"") "]", NULL);
	OK(actions_run == 5);
	OK(told("[empty skipped]") && told("[zero skipped]") && told("[arr0 skipped]") && told("[und skipped]"));
	OK(told("[arr1 completed]") && told("[strFalse completed]"));
	fresh();
	STR_EQ(run("[" STEP("a", "") "]",
		   "{\"links\":[{\"title\":\"A\",\"if\":\"${{ steps.a }}\"},{\"title\":\"B\",\"if\":\"${{ nope }}\"}],"
		   "\"text\":[{\"title\":\"T\",\"if\":true},{\"title\":\"U\",\"if\":false},{\"title\":\"${{ 1 + 1 }}\"}]}"),
	       "{\"links\":[{\"title\":\"A\"}],\"text\":[{\"title\":\"T\"},{\"title\":2}]}");
}

static void each(void)
{
	fresh();
	task.parameters = parse("{\"l\":[\"x\",\"y\"],\"o\":{\"k\":1},\"s\":\"abc\",\"e\":[]}");
	STR_EQ(run("[" STEP("m",
			    ",\"each\":\"${{ parameters.l }}\",\"input\":{\"v\":\"${{ each.key }}${{ each.value }}\"}") "]",
		   "{\"all\":\"${{ steps.m.output.in }}\"}"),
	       "{\"all\":[{\"v\":\"0x\"},{\"v\":\"1y\"}]}");
	OK(told("[m -] Running step each: {\"key\":\"0\",\"value\":\"x\"}"));
	STR_EQ(run("[" STEP("m", ",\"each\":\"${{ parameters.o }}\",\"input\":{\"v\":\"${{ each.key }}\"}") "]",
		   "{\"n\":\"${{ steps.m.output.in[0].v }}\"}"),
	       "{\"n\":\"k\"}");
	STR_EQ(run("[" STEP("m", ",\"each\":\"${{ parameters.l }}\",\"if\":\"${{ each.value == 'y' }}\",\"input\":{\"v\":\"${{ "
				 "each.value }}\"}") "]",
		   "{\"n\":\"${{ steps.m.output.in }}\"}"),
	       "{\"n\":[{\"v\":\"y\"}]}");
	STR_EQ(run("[" STEP("m", ",\"each\":\"${{ parameters.e }}\"") "]", NULL), "{}");
	STR_EQ(run("[" STEP("m", ",\"each\":\"${{ parameters.nope }}\"") "]", NULL),
	       "400: Invalid value on action echo.each parameter, \"${{ parameters.nope }}\" cannot be resolved to a value");
	STR_EQ(run("[" STEP("m", ",\"each\":\"${{ parameters.s }}\"") "]", NULL),
	       "400: Invalid value on action echo.each parameter, \"${{ parameters.s }}\" must resolve to an array or object");
}

static void failures(void)
{
	fresh();
	STR_EQ(run("[{\"id\":\"x\",\"name\":\"X\",\"action\":\"bad\"}," STEP("s", "") "," STEP(
			   "al",
			   ",\"if\":\"${{ always() "
			   "}}\"") "," STEP("fa", ",\"if\":\"${{ failure() }}\"") "," STEP("nf",
											   ",\"if\":\"${{ not failure() "
											   "}}\"") "," STEP("tr",
													    ",\"if\":\"${{"
													    " true }}\"") "]",
		   "{\"a\":\"b\"}"),
	       "403: no, not with that");
	OK(actions_run == 3);
	OK(told("[x failed] NotAllowedError: no, not with that"));
	OK(told("[s skipped] Skipping step s because a previous step failed"));
	OK(told("[al completed]") && told("[fa completed]") && told("[nf skipped]"));
	OK(told("[tr skipped] Skipping step tr because a previous step failed"));
	fresh();
	STR_EQ(run("[{\"id\":\"u\",\"name\":\"U\",\"action\":\"no:such\"}]", NULL),
	       "404: Template action with ID 'no:such' is not registered.");
	fresh();
	run("[" STEP("fa", ",\"if\":\"${{ failure() }}\"") "," STEP("al", ",\"if\":\"${{ always() }}\"") "]", NULL);
	OK(told("[fa skipped]") && told("[al completed]"));
	fresh();
	echo.input = parse("{\"type\":\"object\",\"required\":[\"url\"],\"properties\":{\"url\":{\"type\":\"string\"}},"
			   "\"additionalProperties\":false}");
	STR_EQ(run("[" STEP("a", "") "]", NULL),
	       "400: Invalid input passed to action echo, instance requires property \"url\"");
	task.parameters = parse("[\"x\",1]");
	STR_EQ(run("[" STEP("a", ",\"each\":\"${{ parameters }}\",\"input\":{\"url\":\"${{ each.value }}\"}") "]", NULL),
	       "400: Invalid input passed to action echo[1], instance.url is not of a type(s) string");
	OK(actions_run == 0); /* all inputs are checked before the first runs */
	echo.input = NULL;
}

static void secrets(void)
{
	fresh();
	task.secrets = parse("{\"key\":\"sesame-4711\"}");
	task.environment = parse("{\"parameters\":{\"region\":\"eu\"},\"secrets\":{\"deploy\":\"deploy-98765\"}}");
	STR_EQ(run("[" STEP("a",
			    ",\"if\":\"${{ not secrets.key }}\",\"input\":{\"m\":\"${{ secrets.key }} ${{ "
			    "environment.secrets.deploy }}\"}") "," STEP("b",
									 ",\"each\":[\"${{ secrets.key "
									 "}}\"],\"input\":{\"v\":\"${{ each.value }}\"}") "]",
		   "{\"s\":\"${{ secrets.key }}\",\"t\":\"x${{ secrets.key }}\",\"in\":\"${{ steps.a.output.in "
		   "}}\",\"r\":\"${{ environment.parameters.region }}\","
		   "\"k\":\"[${{ environment.secrets.deploy }}]\"}"),
	       "{\"t\":\"x\",\"in\":{\"m\":\"*** ***\"},\"r\":\"eu\",\"k\":\"[]\"}");
	STR_EQ(buf_text(&inputs), "{\"m\":\"sesame-4711 deploy-98765\"} {\"v\":\"sesame-4711\"}");
	OK(!strstr(buf_text(&log_lines), "sesame") && !strstr(buf_text(&log_lines), "98765"));
	STR_EQ(run("[{\"id\":\"x\",\"name\":\"X\",\"action\":\"bad\",\"input\":{\"key\":\"${{ secrets.key }}\"}}]", NULL),
	       "403: no, not with ***");
	OK(!strstr(buf_text(&log_lines), "sesame"));
}

/* What goes wrong may quote a secret, or as much of it as there is room for. */
static void secrets_in_errors(void)
{
	struct json *secrets = json_object(&mem);
	char key[1500];

	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	fresh();
	json_set(&mem, secrets, "key", json_str(&mem, key));
	task.secrets = secrets;
	STR_EQ(run("[{\"id\":\"x\",\"name\":\"X\",\"action\":\"bad\",\"input\":{\"key\":\"${{ secrets.key }}\"}}]", NULL),
	       "403: no, not with ***");
	OK(!strstr(buf_text(&log_lines), "kkk"));
}

static void dry(void)
{
	fresh();
	task.dry_run = true;
	task.secrets = parse("{\"k\":\"sesame\"}");
	real.output = parse("{\"type\":\"object\",\"properties\":{\"url\":{\"type\":\"string\"},\"n\":{\"type\":\"number\"},"
			    "\"b\":{\"type\":\"boolean\"},"
			    "\"l\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"x\":{}}}");
	STR_EQ(run("[" STEP("a",
			    ",\"input\":{\"m\":\"${{ secrets.k }}!\"}") ",{\"id\":\"r\",\"name\":\"R\",\"action\":\"real\"}]",
		   "{\"o\":\"${{ steps.r.output }}\"}"),
	       "{\"o\":{\"url\":\"<example>\",\"n\":0,\"b\":false,\"l\":[\"<example>\"],\"x\":\"<unknown>\"}}");
	OK(actions_run == 1);
	OK(told("[- -] Starting up task with 3 steps"));
	OK(told("[a -] Running echo in dry-run mode with inputs (secrets redacted): {\n  \"m\": \"***!\"\n}"));
	OK(told("[r skipped] Skipping because real does not support dry-run"));
}

static void stops(void)
{
	fresh();
	cancel_after = 1;
	STR_EQ(run("[" STEP("a", "") "," STEP("b", "") "]", NULL), "409: Step Do a has been cancelled.");
	OK(actions_run == 1 && !strstr(buf_text(&log_lines), "completed") && !strstr(buf_text(&log_lines), "[b "));
	fresh();
	STR_EQ(run("[" STEP("a", ",\"input\":{\"once\":7}") "]", "{\"k\":\"${{ steps.a.output.kept }}\"}"), "{\"k\":null}");
	STR_EQ(written(checkpoints), "{\"v1.task.checkpoint.a.made\":7}");
	STR_EQ(run("[" STEP("a", ",\"input\":{\"once\":8}") "]", "{\"k\":\"${{ steps.a.output.kept }}\"}"), "{\"k\":7}");
}

static void resumes(void)
{
	struct scaffold_state before = { .next = 1, .steps = parse("{\"a\":{\"output\":{\"in\":\"before\"}}}"), .why = "" };

	fresh();
	task.resumed = &before;
	STR_EQ(run("[" STEP("a", "") "," STEP("b", ",\"input\":{\"v\":\"${{ steps.a.output.in }}\"}") "]",
		   "{\"v\":\"${{ steps.b.output.in.v }}\"}"),
	       "{\"v\":\"before\"}");
	OK(actions_run == 1 && state.next == 2 && !state.failed && !told("[- -] Starting up task with 2 steps"));
	/* A failure before it was taken up again stays one. */
	fresh();
	before = (struct scaffold_state){ .next = 1, .steps = json_object(&mem), .failed = ERR_DENIED, .why = "not allowed" };
	task.resumed = &before;
	STR_EQ(run("[" STEP("a", "") "," STEP("b", "") "," STEP("c", ",\"if\":\"${{ failure() }}\"") "]", NULL),
	       "403: not allowed");
	OK(actions_run == 1 && told("[b skipped] Skipping step b because a previous step failed"));
	OK(state.next == 3 && state.failed == ERR_DENIED);
	STR_EQ(state.why, "not allowed");
	/* What an action has called secret stays one. */
	fresh();
	STR_EQ(run("[" STEP("a", ",\"input\":{\"hide\":\"found-4711\"}") "]", "{\"v\":\"${{ steps.a.output.in.hide }}\"}"),
	       "{\"v\":\"***\"}");
	before = (struct scaffold_state){ .next = 1, .steps = state.steps, .why = "", .hidden = json_copy(&mem, state.hidden) };
	fresh();
	task.resumed = &before;
	STR_EQ(run("[" STEP("a", "") "," STEP("b", ",\"input\":{\"v\":\"${{ steps.a.output.in.hide }}\"}") "]",
		   "{\"v\":\"${{ steps.b.output.in.v }}\"}"),
	       "{\"v\":\"***\"}");
	OK(told("ran {\"v\":\"***\"}") && json_len(state.hidden) == 1);
	/* Asked to leave before its second step. */
	fresh();
	leave_before = 2;
	STR_EQ(run("[" STEP("a", "") "," STEP("b", "") "]", NULL), "503: the run goes on elsewhere");
	OK(actions_run == 1 && state.next == 1);
}

int main(void)
{
	chains();
	conditions();
	each();
	failures();
	secrets();
	secrets_in_errors();
	dry();
	stops();
	resumes();
	arena_release(&mem);
	return DONE();
}
