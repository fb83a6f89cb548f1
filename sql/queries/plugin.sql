-- What plugins keep, and how their schedules fare. CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) is now in ms by the database's clock.

-- name: plugin_value_get
-- in:   plugin text, kind u64, name blob
-- out:  value blob
SELECT value FROM plugin_value
 WHERE plugin = ? AND kind = ? AND name = ? AND value <> ''
   AND (expires IS NULL OR expires > CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED));

-- A row to be locked; whoever comes second waits for the first, which holds it for a second at most.
-- name: plugin_value_make
-- in:   plugin text, kind u64, name blob
SET STATEMENT innodb_lock_wait_timeout = 2 FOR
INSERT INTO plugin_value (plugin, kind, name, value, bytes, expires, changed_at)
VALUES (?, ?, ?, '', 0, NULL, 0)
    ON DUPLICATE KEY UPDATE plugin_value.bytes = plugin_value.bytes;

-- name: plugin_value_lock
-- in:   plugin text, kind u64, name blob
-- out:  value blob, bytes u64, holds bool
SELECT value, bytes, value <> '' AND (expires IS NULL OR expires > CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED))
  FROM plugin_value WHERE plugin = ? AND kind = ? AND name = ? FOR UPDATE;

-- name: plugin_value_put
-- in:   value blob, bytes u64, keep_end bool, ttl_ms i64?, plugin text, kind u64, name blob
UPDATE plugin_value
   SET value = ?, bytes = ?, expires = IF(?, expires, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ?),
       changed_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
 WHERE plugin = ? AND kind = ? AND name = ?;

-- name: plugin_value_delete
-- in:   plugin text, kind u64, name blob
DELETE FROM plugin_value WHERE plugin = ? AND kind = ? AND name = ?;

-- Keys from after (not itself) and first on, up to below.
-- name: plugin_value_list
-- in:   plugin text, kind u64, after blob, first blob, below blob, limit u64
-- out:  name blob, value blob
SELECT name, value FROM plugin_value
 WHERE plugin = ? AND kind = ? AND name > ? AND name >= ? AND name < ? AND value <> ''
   AND (expires IS NULL OR expires > CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED))
 ORDER BY name LIMIT ?;

-- name: plugin_value_oldest
-- in:   plugin text, kind u64, not_name blob
-- out:  name blob, bytes u64
SELECT name, bytes FROM plugin_value WHERE plugin = ? AND kind = ? AND name <> ? ORDER BY changed_at LIMIT 100 FOR UPDATE SKIP LOCKED;

-- name: plugin_value_expired
-- out:  plugin text, kind u64, name blob, bytes i64
SELECT plugin, kind, name, bytes FROM plugin_value
 WHERE expires < CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) ORDER BY expires LIMIT 500 FOR UPDATE SKIP LOCKED;

-- name: plugin_space_change
-- in:   plugin text, kind u64, bytes i64, more i64
INSERT INTO plugin_space (plugin, kind, bytes) VALUES (?, ?, GREATEST(?, 0))
    ON DUPLICATE KEY UPDATE bytes = GREATEST(bytes + ?, 0);

-- name: plugin_space_get
-- in:   plugin text, kind u64
-- out:  bytes i64
SELECT bytes FROM plugin_space WHERE plugin = ? AND kind = ?;

-- name: plugin_migration_make
-- in:   plugin text
INSERT INTO plugin_migration (plugin, number, hash, applied_at) VALUES (?, 0, '', 0) ON DUPLICATE KEY UPDATE applied_at = applied_at;

-- name: plugin_migration_lock
-- in:   plugin text
-- out:  number u64
SELECT number FROM plugin_migration WHERE plugin = ? AND number = 0 FOR UPDATE;

-- name: plugin_migration_list
-- in:   plugin text
-- out:  number u64, hash text
SELECT number, hash FROM plugin_migration WHERE plugin = ? AND number > 0 ORDER BY number;

-- name: plugin_migration_add
-- in:   plugin text, number u64, hash text, applied_at i64
INSERT INTO plugin_migration (plugin, number, hash, applied_at) VALUES (?, ?, ?, ?);

-- name: plugin_run_add
-- in:   plugin text, kind text, id text
INSERT IGNORE INTO plugin_run (plugin, kind, id, began_at, took_ms, runs, failures, error, summary) VALUES (?, ?, ?, 0, 0, 0, 0, '', '');

-- name: plugin_run_note
-- in:   plugin text, kind text, id text, began_at i64, took_ms i64, failures u64, error text, summary text, more_failures u64
INSERT INTO plugin_run (plugin, kind, id, began_at, took_ms, runs, failures, error, summary) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)
    ON DUPLICATE KEY UPDATE
       began_at = VALUES(began_at), took_ms = VALUES(took_ms), runs = runs + 1, failures = failures + ?,
       error = VALUES(error), summary = VALUES(summary);

-- name: plugin_run_all
-- out:  plugin text, kind text, id text, began_at i64, gone_at i64?
SELECT plugin, kind, id, began_at, gone_at FROM plugin_run;

-- name: plugin_run_gone
-- in:   gone_at i64?, plugin text, kind text, id text
UPDATE plugin_run SET gone_at = ? WHERE plugin = ? AND kind = ? AND id = ?;

-- name: plugin_run_delete
-- in:   plugin text, kind text, id text
DELETE FROM plugin_run WHERE plugin = ? AND kind = ? AND id = ?;

-- next_at: NULL when no job is there.
-- name: plugin_run_of
-- in:   plugin text
-- out:  kind text, id text, began_at i64, took_ms i64, runs u64, failures u64, error text, summary text, next_at i64?, running bool
SELECT r.kind, r.id, r.began_at, r.took_ms, r.runs, r.failures, r.error, r.summary, j.run_at, COALESCE(j.state = 1, 0)
  FROM plugin_run r
  LEFT JOIN job j ON j.queue = CONCAT('plugin.', r.kind) AND j.job_key = CONCAT(r.plugin, '/', r.id)
 WHERE r.plugin = ?;

-- Keys from first on, up to below: those of one plugin.
-- name: plugin_event_count
-- in:   first text, below text, most u64
-- out:  n u64
SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE queue = 'plugin.event' AND job_key >= ? AND job_key < ? LIMIT ?) waiting;

-- Events that nobody could take, when they are old.
-- name: plugin_event_forget
-- in:   age_ms i64
DELETE FROM job
 WHERE queue = 'plugin.event' AND state = 2 AND created_at < CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) - ?
 ORDER BY id LIMIT 1000;
