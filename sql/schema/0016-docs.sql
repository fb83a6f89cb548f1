-- Documentation of entities: one row for each site that somebody has asked for. Times are milliseconds since 1970 by the clock
-- of the database.
CREATE TABLE IF NOT EXISTS docs_site (
  ref VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  entity_id BIGINT UNSIGNED NOT NULL,
  state TINYINT NOT NULL DEFAULT 0,                                         -- of the last look: 0 waits, 1 is on, 2 went well, 3 failed
  building CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '', -- the build that is on
  build CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '', -- the one that is shown, a folder; '': none yet
  etag VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '', -- of the source it was made of
  pages BIGINT UNSIGNED NOT NULL DEFAULT 0,
  asked_at BIGINT NOT NULL DEFAULT 0,
  checked_at BIGINT NOT NULL DEFAULT 0,                                     -- when the last look ended
  built_at BIGINT NOT NULL DEFAULT 0,
  error TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '', -- of the last look; '': it went well
  log MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '', -- of the last build, or the one that is on
  log_of CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '', -- whose it is
  KEY entity (entity_id),
  KEY state (state)
) ENGINE=InnoDB;

-- Locked by whoever counts the builds that are on.
CREATE TABLE IF NOT EXISTS docs_gate (one TINYINT NOT NULL PRIMARY KEY) ENGINE=InnoDB;
INSERT IGNORE INTO docs_gate (one) VALUES (1);
