-- The durable queue. CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) is now in ms by the database's clock.

-- An assignment sees the new values of those before it: state comes last.
-- name: job_add
-- in:   queue text, key text, payload blob, priority i64, max_attempts u64, delay_ms i64
INSERT INTO job (queue, job_key, payload, priority, max_attempts, run_at, created_at)
VALUES (?, ?, ?, ?, ?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED))
    ON DUPLICATE KEY UPDATE
       again_at = IF(state = 1, LEAST(COALESCE(again_at, VALUES(run_at)), VALUES(run_at)), NULL),
       again_priority = IF(state = 1, GREATEST(COALESCE(again_priority, VALUES(priority)), VALUES(priority)), NULL),
       cancelled = 0,
       payload = IF(state = 2, VALUES(payload), payload),
       priority = IF(state = 1, priority, IF(state = 2, VALUES(priority), GREATEST(priority, VALUES(priority)))),
       run_at = IF(state = 1, run_at, LEAST(run_at, VALUES(run_at))),
       attempt = IF(state = 2, 0, attempt),
       max_attempts = IF(state = 2, VALUES(max_attempts), max_attempts),
       last_error = IF(state = 2, '', last_error),
       state = IF(state = 2, 0, state);

-- name: job_cancel_waiting
-- in:   queue text, key text
DELETE FROM job
 WHERE queue = ? AND job_key = ? AND (state <> 1 OR run_at <= CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED));

-- name: job_cancel_running
-- in:   queue text, key text
UPDATE job SET cancelled = 1, again_at = NULL, again_priority = NULL WHERE queue = ? AND job_key = ? AND state = 1;

-- What is asked for may be any text; a column of ASCII is compared with ASCII only.
-- name: job_get
-- in:   queue text, key text
-- out:  id u64
SELECT id FROM job WHERE queue = CONVERT(? USING ascii) AND job_key = ?;

-- What it carries and how often it may be tried stay as they are; one that failed waits again, one that runs runs once more.
-- An assignment sees the new values of those before it: state comes last.
-- name: job_run_now
-- in:   again_priority i64, priority i64, id u64
UPDATE job
   SET again_at = IF(state = 1, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), NULL),
       again_priority = IF(state = 1, ?, NULL),
       cancelled = 0,
       priority = IF(state = 1, priority, ?),
       run_at = IF(state = 1, run_at, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)),
       attempt = IF(state = 2, 0, attempt),
       last_error = IF(state = 2, '', last_error),
       state = IF(state = 2, 0, state)
 WHERE id = ?;

-- The queue and priority that come next. Each subquery reads one row of the index, however many there are: a condition on
-- run_at in it would read all that are not due yet.
-- places: [{"q": queue, "p": priority}, ...]. (MariaDB 10.11 fails in the second execution of nested derived tables here.)
-- name: job_due
-- in:   places text
-- out:  queue text, priority i64, run_at i64
SELECT q.queue, q.priority,
       (SELECT j.run_at FROM job j FORCE INDEX (due)
         WHERE j.queue = q.queue AND j.priority = q.priority
         ORDER BY j.queue, j.priority, j.run_at LIMIT 1) AS first_at
  FROM JSON_TABLE(?, '$[*]' COLUMNS (queue VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PATH '$.q',
                                     priority TINYINT PATH '$.p')) q
HAVING first_at <= CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
 ORDER BY q.priority DESC, first_at
 LIMIT 1;

-- The first that nobody else is about to take. Looks at the first 64 without locks, locks one by its primary key.
-- name: job_lock
-- in:   queue text, priority i64
-- out:  id u64, key text, payload blob, attempt u64, max_attempts u64, lease u64, cancelled bool, last_error text
SELECT STRAIGHT_JOIN j.id, j.job_key, j.payload, j.attempt, j.max_attempts, j.lease, j.cancelled, j.last_error
  FROM (SELECT id FROM job FORCE INDEX (due) WHERE queue = ? AND priority = ? ORDER BY run_at LIMIT 64) c
  JOIN job j ON j.id = c.id
 WHERE j.run_at <= CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
 LIMIT 1
   FOR UPDATE SKIP LOCKED;

-- name: job_claim
-- in:   lease_ms u64, owner text?, id u64
UPDATE job
   SET state = 1, lease = lease + 1, attempt = attempt + 1, run_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ?, owner = ?
 WHERE id = ?;

-- What processes whose owner text begins like this are said to be running.
-- name: job_running
-- in:   like text
-- out:  id u64, lease u64, attempt u64, owner text
SELECT id, lease, attempt, owner FROM job FORCE INDEX (due) WHERE state = 1 AND owner LIKE ?;

-- The lease ends in delay_ms at the latest.
-- name: job_return
-- in:   delay_ms u64, id u64, lease u64
UPDATE job SET run_at = LEAST(run_at, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ?) WHERE id = ? AND lease = ? AND state = 1;

-- name: job_renew
-- in:   lease_ms u64, id u64, lease u64
UPDATE job SET run_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ? WHERE id = ? AND lease = ? AND state = 1;

-- Done, and nobody has asked for another run.
-- name: job_done
-- in:   id u64, lease u64
DELETE FROM job WHERE id = ? AND lease = ? AND state = 1 AND again_at IS NULL;

-- Ends without another run; those below leave such a row to this.
-- name: job_end_cancelled
-- in:   id u64, lease u64
DELETE FROM job WHERE id = ? AND lease = ? AND state = 1 AND cancelled = 1;

-- Runs anew: at the time asked for from outside or by the handler (delay_ms NULL: only from outside), whichever is earlier.
-- name: job_rerun
-- in:   delay_ms i64?, priority i64, id u64, lease u64
UPDATE job
   SET run_at = LEAST(COALESCE(again_at, 9223372036854775807),
                      COALESCE(CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ?, 9223372036854775807)),
       priority = GREATEST(COALESCE(again_priority, 0), ?),
       state = 0, attempt = 0, last_error = '', again_at = NULL, again_priority = NULL
 WHERE id = ? AND lease = ? AND state = 1 AND cancelled = 0;

-- After an error. Asked for again meanwhile: a fresh first attempt then.
-- name: job_retry
-- in:   delay_ms i64, error text, id u64, lease u64
UPDATE job
   SET run_at = COALESCE(again_at, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ?),
       priority = GREATEST(COALESCE(again_priority, 0), priority),
       attempt = IF(again_at IS NULL, attempt, 0),
       last_error = ?, state = 0, again_at = NULL, again_priority = NULL
 WHERE id = ? AND lease = ? AND state = 1 AND cancelled = 0;

-- Given up; kept so that people see why.
-- name: job_give_up
-- in:   error text, id u64, lease u64
UPDATE job
   SET run_at = COALESCE(again_at, 9223372036854775807),
       priority = GREATEST(COALESCE(again_priority, 0), priority),
       attempt = IF(again_at IS NULL, attempt, 0),
       last_error = ?,
       state = IF(again_at IS NULL, 2, 0),
       again_at = NULL, again_priority = NULL
 WHERE id = ? AND lease = ? AND state = 1 AND cancelled = 0;

-- name: job_stats
-- out:  queue text, state text, count u64, oldest_ms i64
SELECT d.queue, d.state, COUNT(*), IF(d.state = 'due', GREATEST(MAX(d.now_ms - d.run_at), 0), 0)
  FROM (SELECT queue, run_at, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS now_ms,
               CASE WHEN state = 2 THEN 'failed'
                    WHEN run_at <= CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) THEN 'due'
                    WHEN state = 1 THEN 'running' ELSE 'waiting' END AS state
          FROM job) d
 GROUP BY d.queue, d.state
 ORDER BY d.queue, d.state;

-- Those that failed first, then what is running, then what comes next.
-- name: job_list
-- in:   limit u64, offset u64
-- out:  queue text, key text, state text, attempt u64, max_attempts u64, run_at i64, created_at i64, last_error text
SELECT queue, job_key,
       CASE WHEN state = 2 THEN 'failed' WHEN state = 1 THEN 'running'
            WHEN run_at <= CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) THEN 'due' ELSE 'waiting' END,
       attempt, max_attempts, run_at, created_at, last_error
  FROM job
 ORDER BY state = 2 DESC, state = 1 DESC, run_at, id LIMIT ? OFFSET ?;

-- The same of one queue, for which there is an index.
-- name: job_list_of
-- in:   queue text, limit u64, offset u64
-- out:  queue text, key text, state text, attempt u64, max_attempts u64, run_at i64, created_at i64, last_error text
SELECT queue, job_key,
       CASE WHEN state = 2 THEN 'failed' WHEN state = 1 THEN 'running'
            WHEN run_at <= CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) THEN 'due' ELSE 'waiting' END,
       attempt, max_attempts, run_at, created_at, last_error
  FROM job
 WHERE queue = CONVERT(? USING ascii)
 ORDER BY state = 2 DESC, state = 1 DESC, run_at, id LIMIT ? OFFSET ?;
