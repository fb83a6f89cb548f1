-- Who did what: one row an event, for people who look into it later.

-- Rows are only added, and taken away when they are old. Searches walk the primary key backwards, or one of the other keys; each
-- of them ends in id, as InnoDB has it.
CREATE TABLE IF NOT EXISTS audit (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at BIGINT NOT NULL,                                                        -- ms since 1970
  plugin VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  severity VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,        -- low, medium, high, critical
  status VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,          -- initiated, succeeded, failed
  actor VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  ip VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agent VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  method VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  url VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  request_id VARCHAR(47) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  meta MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,        -- JSON
  error VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,    -- '' when there is none
  KEY at (at),
  KEY actor (actor),
  KEY event (event)
) ENGINE=InnoDB;
