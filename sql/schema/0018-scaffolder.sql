-- Tasks: runs of templates that are kept. Times are milliseconds since 1970 by the clock of the database.

-- What may hold a secret is sealed (secrets, state, checkpoints): only whoever has the key can read it, and nobody change it.
CREATE TABLE IF NOT EXISTS task (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  status VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,       -- open, processing, completed, failed, cancelled
  template_ref VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  created_by VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,  -- NULL: nobody
  created_at BIGINT NOT NULL,
  started_at BIGINT NOT NULL DEFAULT 0,                                    -- of the last run from the beginning; 0: not yet
  heartbeat_at BIGINT NOT NULL DEFAULT 0,
  ended_at BIGINT NOT NULL DEFAULT 0,
  cancelled TINYINT NOT NULL DEFAULT 0,                                    -- it was asked to end
  run BIGINT UNSIGNED NOT NULL DEFAULT 0,                                  -- counts claims; whoever has an older number has lost it
  run_event BIGINT UNSIGNED NOT NULL DEFAULT 0,                            -- how many events this run has written
  last_event BIGINT UNSIGNED NOT NULL DEFAULT 0,                           -- the highest id in task_event
  done_event BIGINT UNSIGNED NOT NULL DEFAULT 0,                           -- what last_event was when the last step ended
  saved BIGINT UNSIGNED NOT NULL DEFAULT 0,                                -- the copy of the workspace that goes with state; 0: an empty one
  host VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '', -- who has that copy
  actor MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,     -- JSON: with whose rights it runs
  spec MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,      -- JSON
  secrets MEDIUMBLOB NULL,                                                 -- NULL: none, or they have been wiped
  state MEDIUMBLOB NULL,                                                   -- how far it has come; NULL: at the beginning
  KEY created_at (created_at, id),
  KEY created_by (created_by, created_at),
  KEY status (status, created_at),
  KEY template_ref (template_ref, created_at)
) ENGINE=InnoDB;

-- Ids are taken from the task's row, so that whoever has seen one has seen all before it.
CREATE TABLE IF NOT EXISTS task_event (
  task_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id BIGINT UNSIGNED NOT NULL,
  type VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,         -- log, completion, cancelled, recovered
  created_at BIGINT NOT NULL,
  body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,      -- JSON
  PRIMARY KEY (task_id, id)
) ENGINE=InnoDB;

-- What an action did once. value NULL: it was begun, and nobody knows whether it was done.
CREATE TABLE IF NOT EXISTS task_checkpoint (
  task_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name_sha256 BINARY(32) NOT NULL,
  value MEDIUMBLOB NULL,
  PRIMARY KEY (task_id, name_sha256)
) ENGINE=InnoDB;

-- One row, made when it is first needed: what the keys of tasks are derived from.
CREATE TABLE IF NOT EXISTS task_key (
  one TINYINT NOT NULL PRIMARY KEY,
  secret VARBINARY(64) NOT NULL
) ENGINE=InnoDB;
