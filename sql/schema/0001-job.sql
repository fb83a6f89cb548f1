-- The durable queue: one row a job, unique by (queue, job_key).

-- run_at says when somebody may take the row, whatever its state: a waiting one when it is due, a running one when its lease
-- has run out, a failed one never. So one index serves all claims, and rows of dead workers come back by themselves.
-- Times are milliseconds since 1970 by the clock of the database, which all hosts share.
CREATE TABLE IF NOT EXISTS job (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  queue VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  job_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  priority TINYINT NOT NULL,                  -- 0, 10 or 20
  run_at BIGINT NOT NULL,
  state TINYINT NOT NULL DEFAULT 0,           -- 0 waiting, 1 running, 2 failed
  attempt INT UNSIGNED NOT NULL DEFAULT 0,    -- claims since it was asked for
  max_attempts INT UNSIGNED NOT NULL,
  lease BIGINT UNSIGNED NOT NULL DEFAULT 0,   -- counts claims; whoever holds an older number has lost the row
  again_at BIGINT NULL,                       -- asked for again while it runs
  again_priority TINYINT NULL,
  cancelled TINYINT NOT NULL DEFAULT 0,       -- ends without another run
  created_at BIGINT NOT NULL,
  last_error TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  payload MEDIUMBLOB NOT NULL,
  UNIQUE KEY job_key (queue, job_key),
  KEY due (queue, priority, run_at, state)
) ENGINE=InnoDB;
