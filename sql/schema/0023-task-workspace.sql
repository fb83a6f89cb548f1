-- Workspaces of tasks as they were behind the last step that changed anything (scaffolder.taskRecovery.workspaceProvider: database).
-- task.state names the copy that goes with it; others are not whole, or of no use any more.
CREATE TABLE IF NOT EXISTS task_workspace (
  task_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  run BIGINT UNSIGNED NOT NULL,    -- task.run of who wrote it
  copy BIGINT UNSIGNED NOT NULL,   -- task.saved of the state that names it
  piece BIGINT UNSIGNED NOT NULL,  -- from 0
  bytes MEDIUMBLOB NOT NULL,       -- a part of a tar, compressed; sealed
  PRIMARY KEY (task_id, run, copy, piece)
) ENGINE=InnoDB;
