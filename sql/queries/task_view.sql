-- What pages show of a task.

-- All that says how its steps went: states, ends, and where a run began.
-- name: task_view_marks
-- in:   task_id text
-- out:  id u64, type text, created_at i64, body text
SELECT id, type, created_at, body FROM task_event WHERE task_id = CONVERT(? USING ascii) AND marked = 1 ORDER BY id;

-- The newest lines, of a step or of all.
-- name: task_view_newest
-- in:   task_id text, any_step bool, step text, limit u64
-- out:  id u64, type text, created_at i64, body text
SELECT id, type, created_at, body FROM task_event
 WHERE task_id = CONVERT(? USING ascii) AND (? OR JSON_VALUE(body, '$.stepId') = ?)
 ORDER BY id DESC LIMIT ?;

-- name: task_view_last
-- in:   task_id text
-- out:  last_event u64
SELECT last_event FROM task WHERE id = CONVERT(? USING ascii);

-- name: task_view_files
-- in:   task_id text
-- out:  secrets blob?, state blob?, ended_at i64
SELECT secrets, state, ended_at FROM task WHERE id = CONVERT(? USING ascii);
