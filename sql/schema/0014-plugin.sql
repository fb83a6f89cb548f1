-- What plugins keep, and how what they do without a request has gone.

-- Keys and values of plugins. kind 0: kept until the plugin takes it away or it expires; 1: a cache, of which the oldest go first.
CREATE TABLE IF NOT EXISTS plugin_value (
  plugin VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind TINYINT NOT NULL,
  name VARBINARY(255) NOT NULL,
  value MEDIUMBLOB NOT NULL,               -- JSON; "" while the row is only there to be locked
  bytes INT UNSIGNED NOT NULL,             -- what it counts in plugin_space
  expires BIGINT NULL,                     -- ms since 1970; NULL: never
  changed_at BIGINT NOT NULL,              -- ms since 1970
  PRIMARY KEY (plugin, kind, name),
  KEY expires (expires),
  KEY age (plugin, kind, changed_at)
) ENGINE=InnoDB;

-- How much of it there is. Locked last, so that those who write wait for each other only shortly.
CREATE TABLE IF NOT EXISTS plugin_space (
  plugin VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind TINYINT NOT NULL,
  bytes BIGINT NOT NULL,
  PRIMARY KEY (plugin, kind)
) ENGINE=InnoDB;

-- Migrations of plugins' own tables (plugin_NAME_TABLE) that were applied. number 0 is the row that one host at a time holds.
CREATE TABLE IF NOT EXISTS plugin_migration (
  plugin VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number INT UNSIGNED NOT NULL,
  hash CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,   -- of its text
  applied_at BIGINT NOT NULL,                                     -- ms since 1970
  PRIMARY KEY (plugin, number)
) ENGINE=InnoDB;

-- The last run of each schedule and provider.
CREATE TABLE IF NOT EXISTS plugin_run (
  plugin VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,  -- schedule or provider
  id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  began_at BIGINT NOT NULL,                                         -- ms since 1970; 0: not yet
  took_ms BIGINT NOT NULL,
  runs BIGINT UNSIGNED NOT NULL,
  failures BIGINT UNSIGNED NOT NULL,
  error TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,    -- of the last run; "": it went well
  summary TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,  -- what it brought about, for people
  PRIMARY KEY (plugin, kind, id)
) ENGINE=InnoDB;
