-- Tasks: runs of templates that are kept. CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) is now in ms by the database's clock.

-- ---- making and reading ----

-- name: task_add
-- in:   id text, template_ref text, created_by text?, actor text, spec text, secrets blob?
INSERT INTO task (id, status, template_ref, created_by, created_at, actor, spec, secrets)
VALUES (?, 'open', ?, ?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), ?, ?, ?);

-- name: task_get
-- in:   id text
-- out:  id text, status text, template_ref text, created_by text?, created_at i64, heartbeat_at i64, ended_at i64, spec text
SELECT id, status, template_ref, created_by, created_at, heartbeat_at, ended_at, spec FROM task WHERE id = CONVERT(? USING ascii);

-- Lists: NULL stands for any. The common order has an index of its own.
-- name: task_newest
-- in:   any_user bool, users text, any_status bool, statuses text, any_template bool, template_ref text, limit u64, offset u64
-- out:  id text
SELECT id FROM task
 WHERE (? OR JSON_CONTAINS(?, JSON_QUOTE(created_by)))
   AND (? OR JSON_CONTAINS(?, JSON_QUOTE(status)))
   AND (? OR template_ref = ?)
 ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?;

-- Three orders, the weightiest first; each is asked for in four ways: up and down, as a number and as a text.
-- Their numbers keep them apart: of two that are equal when the statement first runs, MariaDB forgets one for ever.
-- name: task_sorted
-- in:   any_user bool, users text, any_status bool, statuses text, any_template bool, template_ref text
-- in:   first1 text, first2 text, first3 text, first4 text
-- in:   second1 text, second2 text, second3 text, second4 text
-- in:   third1 text, third2 text, third3 text, third4 text
-- in:   id_up bool, limit u64, offset u64
-- out:  id text
SELECT id FROM task
 WHERE (? OR JSON_CONTAINS(?, JSON_QUOTE(created_by)))
   AND (? OR JSON_CONTAINS(?, JSON_QUOTE(status)))
   AND (? OR template_ref = ?)
 ORDER BY CASE ? WHEN '1asc:created_at' THEN created_at WHEN '1asc:last_heartbeat_at' THEN heartbeat_at END,
          CASE ? WHEN '1asc:status' THEN status WHEN '1asc:created_by' THEN created_by WHEN '1asc:id' THEN id END,
          CASE ? WHEN '1desc:created_at' THEN created_at WHEN '1desc:last_heartbeat_at' THEN heartbeat_at END DESC,
          CASE ? WHEN '1desc:status' THEN status WHEN '1desc:created_by' THEN created_by WHEN '1desc:id' THEN id END DESC,
          CASE ? WHEN '2asc:created_at' THEN created_at WHEN '2asc:last_heartbeat_at' THEN heartbeat_at END,
          CASE ? WHEN '2asc:status' THEN status WHEN '2asc:created_by' THEN created_by WHEN '2asc:id' THEN id END,
          CASE ? WHEN '2desc:created_at' THEN created_at WHEN '2desc:last_heartbeat_at' THEN heartbeat_at END DESC,
          CASE ? WHEN '2desc:status' THEN status WHEN '2desc:created_by' THEN created_by WHEN '2desc:id' THEN id END DESC,
          CASE ? WHEN '3asc:created_at' THEN created_at WHEN '3asc:last_heartbeat_at' THEN heartbeat_at END,
          CASE ? WHEN '3asc:status' THEN status WHEN '3asc:created_by' THEN created_by WHEN '3asc:id' THEN id END,
          CASE ? WHEN '3desc:created_at' THEN created_at WHEN '3desc:last_heartbeat_at' THEN heartbeat_at END DESC,
          CASE ? WHEN '3desc:status' THEN status WHEN '3desc:created_by' THEN created_by WHEN '3desc:id' THEN id END DESC,
          IF(?, id, NULL), id DESC
 LIMIT ? OFFSET ?;

-- name: task_count
-- in:   any_user bool, users text, any_status bool, statuses text, any_template bool, template_ref text
-- out:  n u64
SELECT COUNT(*) FROM task
 WHERE (? OR JSON_CONTAINS(?, JSON_QUOTE(created_by)))
   AND (? OR JSON_CONTAINS(?, JSON_QUOTE(status)))
   AND (? OR template_ref = ?);

-- name: task_creators
-- out:  created_by text
SELECT DISTINCT created_by FROM task WHERE created_by IS NOT NULL;

-- name: task_events
-- in:   task_id text, after u64, limit u64
-- out:  id u64, type text, created_at i64, body text
SELECT id, type, created_at, body FROM task_event WHERE task_id = CONVERT(? USING ascii) AND id > ? ORDER BY id LIMIT ?;

-- name: task_event_sizes
-- in:   task_id text, after u64, limit u64
-- out:  id u64, bytes u64
SELECT id, LENGTH(body) FROM task_event WHERE task_id = CONVERT(? USING ascii) AND id > ? ORDER BY id LIMIT ?;

-- How much of a log is there.
-- name: task_log_size
-- in:   task_id text
-- out:  bytes u64
SELECT CAST(COALESCE(SUM(LENGTH(body)), 0) AS UNSIGNED) FROM task_event WHERE task_id = CONVERT(? USING ascii) AND type = 'log';

-- 0: it has not ended.
-- name: task_completed
-- in:   task_id text
-- out:  id u64
SELECT COALESCE(MAX(id), 0) FROM task_event WHERE task_id = CONVERT(? USING ascii) AND type = 'completion';

-- name: task_place
-- in:   id text
-- out:  last_event u64, ended_at i64
SELECT last_event, ended_at FROM task WHERE id = CONVERT(? USING ascii);

-- name: task_active
-- out:  id text, last_event u64
SELECT id, last_event FROM task WHERE status IN ('open', 'processing');

-- The step that was told of last.
-- name: task_last_step
-- in:   task_id text
-- out:  step text
SELECT JSON_VALUE(body, '$.stepId') AS step FROM task_event
 WHERE task_id = ? AND type = 'log' AND JSON_VALUE(body, '$.stepId') IS NOT NULL
 ORDER BY id DESC LIMIT 1;

-- ---- changing ----

-- name: task_lock
-- in:   id text
-- out:  status text, run u64, run_event u64, last_event u64, cancelled bool
SELECT status, run, run_event, last_event, cancelled FROM task WHERE id = CONVERT(? USING ascii) FOR UPDATE;

-- name: task_cancel
-- in:   id text
UPDATE task SET cancelled = 1 WHERE id = ?;

-- What has not begun ends at once.
-- name: task_end_open
-- in:   id text
UPDATE task SET status = 'cancelled', ended_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), secrets = NULL, state = NULL
 WHERE id = ?;

-- One of somebody else than the run: a cancellation.
-- name: task_number
-- in:   id text
UPDATE task SET last_event = last_event + 1 WHERE id = ?;

-- name: task_event_last
-- in:   type text, body text, task_id text
INSERT INTO task_event (task_id, id, type, created_at, body)
SELECT id, last_event, ?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), ? FROM task WHERE id = ?;

-- has_secrets false: those that it still has.
-- name: task_again
-- in:   new_secrets bool, secrets blob?, id text
UPDATE task
   SET status = 'open', cancelled = 0, started_at = 0, heartbeat_at = 0, ended_at = 0, run = run + 1, run_event = 0,
       done_event = last_event, saved = 0, host = '', state = NULL, secrets = IF(?, ?, secrets)
 WHERE id = ?;

-- name: task_forget_completion
-- in:   task_id text
DELETE FROM task_event WHERE task_id = ? AND type = 'completion';

-- Of those that were begun, nobody knows more: whoever tries again has looked.
-- name: task_forget_begun
-- in:   task_id text
DELETE FROM task_checkpoint WHERE task_id = ? AND value IS NULL;

-- ---- running ----

-- name: task_begin
-- in:   id text
-- out:  status text, template_ref text, created_by text?, actor text, spec text, secrets blob?, state blob?
-- out:  started_at i64, run u64, last_event u64, done_event u64, saved u64, host text, cancelled bool, now_ms i64
SELECT status, template_ref, created_by, actor, spec, secrets, state,
       started_at, run, last_event, done_event, saved, host, cancelled, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
  FROM task WHERE id = CONVERT(? USING ascii) FOR UPDATE;

-- name: task_claim
-- in:   id text
UPDATE task
   SET status = 'processing', run = run + 1, run_event = 0, heartbeat_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED),
       started_at = IF(started_at = 0, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), started_at)
 WHERE id = ?;

-- Begins anew, with nothing of what was done but its checkpoints.
-- name: task_start_over
-- in:   id text
UPDATE task SET done_event = last_event, saved = 0, host = '', state = NULL WHERE id = ?;

-- name: task_beat
-- in:   id text, run u64
UPDATE task SET heartbeat_at = GREATEST(CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), heartbeat_at) WHERE id = ? AND run = ?;

-- name: task_asked
-- in:   id text
-- out:  run u64, cancelled bool
SELECT run, cancelled FROM task WHERE id = ?;

-- Each event of a run has a number of its own, so that one whose commit nobody heard of is not written twice.
-- name: task_run_number
-- in:   n u64, n2 u64, id text
UPDATE task
   SET last_event = last_event + ?, run_event = run_event + ?, heartbeat_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
 WHERE id = ?;

-- name: task_event_add
-- in:   task_id text, id u64, type text, created_at i64, body text
INSERT INTO task_event (task_id, id, type, created_at, body) VALUES (?, ?, ?, ?, ?);

-- name: task_done
-- in:   state blob, saved u64, host text, id text, run u64
UPDATE task SET state = ?, done_event = last_event, saved = ?, host = ? WHERE id = ? AND run = ?;

-- name: task_end
-- in:   status text, id text, run u64
UPDATE task SET status = ?, ended_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), secrets = NULL, state = NULL
 WHERE id = ? AND run = ?;

-- It goes on from its last step, in another worker.
-- name: task_leave
-- in:   id text, run u64
UPDATE task SET status = 'open' WHERE id = ? AND run = ?;

-- name: task_checkpoint
-- in:   task_id text, name_sha256 blob
-- out:  value blob?
SELECT value FROM task_checkpoint WHERE task_id = ? AND name_sha256 = ?;

-- name: task_checkpoint_begin
-- in:   task_id text, name_sha256 blob
INSERT INTO task_checkpoint (task_id, name_sha256, value) VALUES (?, ?, NULL)
    ON DUPLICATE KEY UPDATE value = NULL;

-- name: task_checkpoint_keep
-- in:   task_id text, name_sha256 blob, value blob
INSERT INTO task_checkpoint (task_id, name_sha256, value) VALUES (?, ?, ?)
    ON DUPLICATE KEY UPDATE value = VALUES(value);

-- name: task_checkpoint_drop
-- in:   task_id text, name_sha256 blob
DELETE FROM task_checkpoint WHERE task_id = ? AND name_sha256 = ? AND value IS NULL;

-- ---- workspaces ----

-- Nobody may have heard of the first commit.
-- name: task_workspace_put
-- in:   task_id text, run u64, copy u64, piece u64, bytes blob
INSERT INTO task_workspace (task_id, run, copy, piece, bytes) VALUES (?, ?, ?, ?, ?)
    ON DUPLICATE KEY UPDATE bytes = VALUES(bytes);

-- name: task_workspace_get
-- in:   task_id text, run u64, copy u64, piece u64
-- out:  bytes blob
SELECT bytes FROM task_workspace WHERE task_id = CONVERT(? USING ascii) AND run = ? AND copy = ? AND piece = ?;

-- What is older than a copy that a state names.
-- name: task_workspace_outdated
-- in:   task_id text, before_run u64, of_run u64, before_copy u64
DELETE FROM task_workspace WHERE task_id = ? AND (run < ? OR (run = ? AND copy < ?));

-- name: task_workspace_wipe
-- in:   task_id text
DELETE FROM task_workspace WHERE task_id = ?;

-- Of tasks that have ended, or are not there: a host of an older version knows nothing of them.
-- name: task_workspace_stray
-- out:  task_id text
SELECT DISTINCT w.task_id FROM task_workspace w
  LEFT JOIN task t ON t.id = w.task_id AND t.status IN ('open', 'processing')
 WHERE t.id IS NULL LIMIT 100;

-- ---- keeping order ----

-- Tasks that say they run, and have not said so for long.
-- name: task_silent
-- in:   silent_ms i64
-- out:  id text
SELECT id FROM task
 WHERE status = 'processing' AND heartbeat_at < CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) - ? LIMIT 100;

-- Somebody may have taken it up a moment ago.
-- name: task_abandon
-- in:   id text, silent_ms i64
UPDATE task
   SET status = 'failed', run = run + 1, ended_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), secrets = NULL, state = NULL
 WHERE id = ? AND status = 'processing' AND heartbeat_at < CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) - ?;

-- Does it still need its folder?
-- name: task_alive
-- in:   id text
-- out:  n u64
SELECT COUNT(*) FROM task WHERE id = CONVERT(? USING ascii) AND status IN ('open', 'processing');

-- Tasks nobody has a job for: whoever made them may have died in between.
-- name: task_stray
-- out:  id text
SELECT t.id FROM task t
  LEFT JOIN job j ON j.queue = 'scaffolder.task' AND j.job_key = t.id
 WHERE t.status IN ('open', 'processing') AND j.id IS NULL LIMIT 100;

-- ---- the key ----

-- name: task_key
-- out:  secret blob
SELECT secret FROM task_key WHERE one = 1;

-- name: task_key_add
-- in:   secret blob
INSERT IGNORE INTO task_key (one, secret) VALUES (1, ?);
