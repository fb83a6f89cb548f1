/* A task as people look at it: how its steps went, and the end of its log. */
#include "scaffolder/task_view.h"

#include "base/list.h"
#include "ext/json.h"
#include "sql/task_view.h"

/* A page is made of lines, and takes much more memory than they do. */
enum { LINES_MOST = 1 << 20 };

static void list_steps(struct ctx *cx, const struct task *t, struct task_state *out)
{
	const struct json *steps = json_get(t->spec, "steps");

	out->n_steps = json_is(steps, JSON_ARRAY) ? steps->a.n : 0;
	out->steps = arena_array(cx->mem, struct task_step, out->n_steps + 1);
	for (size_t i = 0; i < out->n_steps; i++) {
		const struct json *s = steps->a.items[i];
		const char *id = json_get_text(s, "id", arena_printf(cx->mem, "step-%zu", i + 1));
		const char *action = json_get_text(s, "action", "");

		out->steps[i] = (struct task_step){ id, json_get_text(s, "name", action), action, "waiting", 0, 0 };
	}
}

static void begin_anew(struct task_state *s)
{
	for (size_t i = 0; i < s->n_steps; i++) {
		s->steps[i].status = "waiting";
		s->steps[i].began_ms = s->steps[i].ended_ms = 0;
	}
	s->output = NULL;
	s->error = NULL;
}

static void note_step(struct task_state *s, const char *step, const char *status, int64_t at)
{
	for (size_t i = 0; i < s->n_steps; i++) {
		struct task_step *of = &s->steps[i];

		if (!streq(of->id, step))
			continue;
		of->status = status;
		if (streq(status, "processing")) {
			of->began_ms = at;
			of->ended_ms = 0;
		} else {
			of->began_ms = of->began_ms ? of->began_ms : at;
			of->ended_ms = at;
		}
	}
}

/* A line without a step begins a run, unless it is one that was taken up. */
static int note(struct ctx *cx, struct task_state *s, const struct q_task_view_marks_out *row, bool *recovered)
{
	struct json *body;
	const char *step, *status;
	int rc = json_parse(cx, str_of(row->body), &body);

	if (rc < 0)
		return rc;
	step = json_get_text(body, "stepId", NULL);
	status = json_get_text(body, "status", NULL);
	if (streq(row->type, "completion")) {
		s->output = json_get(body, "output");
		s->error = json_get_text(json_get(body, "error"), "message", NULL);
	} else if (streq(row->type, "recovered")) {
		*recovered = true;
	} else if (step && status) {
		note_step(s, step, status, row->created_at);
	} else if (!step && streq(row->type, "log")) {
		if (!*recovered)
			begin_anew(s);
		*recovered = false;
	}
	return 0;
}

/* What ran when the task ended otherwise did not end by itself. */
static void close_steps(const struct task *t, struct task_state *s)
{
	if (streq(t->status, "open"))
		begin_anew(s);
	if (!task_has_ended(t))
		return;
	for (size_t i = 0; i < s->n_steps; i++)
		if (streq(s->steps[i].status, "processing")) {
			s->steps[i].status = streq(t->status, "cancelled") ? "cancelled" : "failed";
			s->steps[i].ended_ms = t->ended_ms;
		} else if (streq(s->steps[i].status, "waiting")) {
			s->steps[i].status = "skipped";
		}
}

int task_state(struct ctx *cx, const struct task *t, struct task_state *out)
{
	struct q_task_view_last_out last = { 0 };
	struct q_task_view_marks_out row;
	DB_ROWS rows = { 0 };
	bool recovered = false;
	int rc;

	*out = (struct task_state){ 0 };
	list_steps(cx, t, out);
	/* Asked before the events are, so that none is missed by whoever goes on behind it. */
	rc = q_task_view_last_one(cx, &(struct q_task_view_last_in){ t->id }, &last);
	if (rc >= 0)
		rc = q_task_view_marks_open(cx, &(struct q_task_view_marks_in){ t->id }, &rows);
	out->last = last.last_event;
	while (rc >= 0 && (rc = q_task_view_marks_next(&rows, &row)) == 1)
		if ((rc = note(cx, out, &row, &recovered)) < 0)
			return rc;
	close_steps(t, out);
	return rc;
}

int task_lines(struct ctx *cx, const char *id, const char *step, size_t most, struct task_event **out, size_t *n, bool *more)
{
	struct task_event *list = arena_array(cx->mem, struct task_event, most + 1);
	struct q_task_view_newest_out row;
	DB_ROWS rows = { 0 };
	size_t at = most, bytes = 0;
	int rc = q_task_view_newest_open(cx, &(struct q_task_view_newest_in){ id, !step, step ? step : "", most + 1 }, &rows);

	*more = false;
	while (rc >= 0 && (rc = q_task_view_newest_next(&rows, &row)) == 1) {
		struct json *body;

		bytes += strlen(row.body);
		*more = at == 0 || (at < most && bytes > LINES_MOST);
		if (*more)
			break;
		rc = json_parse(cx, str_of(row.body), &body);
		if (rc == 0)
			list[--at] = (struct task_event){ row.id, row.type, row.created_at, body };
	}
	*out = list + at;
	*n = most - at;
	return rc < 0 ? rc : 0;
}
