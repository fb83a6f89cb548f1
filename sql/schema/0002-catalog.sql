-- The catalog: where entities come from, what they are, how they relate, and what is wrong with them.

-- Blocks of ids are taken from here, so that a batch knows its ids before it writes (one row a table).
CREATE TABLE IF NOT EXISTS id_block (
  name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  next_id BIGINT UNSIGNED NOT NULL
) ENGINE=InnoDB;
INSERT IGNORE INTO id_block (name, next_id) VALUES ('entity', 1);

-- What is read: one file, one glob, or a provider ("provider:config", "provider:locations") that makes entities itself.
CREATE TABLE IF NOT EXISTS source (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  ref_sha1 CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,   -- of "type:target"
  type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  target VARCHAR(4096) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  origin VARCHAR(4200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- location ref of the root that led here first
  etag VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,   -- of the last read that was processed
  content_hash CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,   -- of the bytes, the configuration and the origin; NULL: process anew
  read_at BIGINT NULL,                                                -- ms since 1970; NULL: never
  UNIQUE KEY ref_sha1 (ref_sha1)
) ENGINE=InnoDB;

-- Which Location entities name a source. via: the glob source whose match it is, else 0.
CREATE TABLE IF NOT EXISTS source_link (
  source_id BIGINT UNSIGNED NOT NULL,
  entity_id BIGINT UNSIGNED NOT NULL,
  via BIGINT UNSIGNED NOT NULL DEFAULT 0,
  optional TINYINT NOT NULL DEFAULT 0,  -- presence: a file that is not there is no error
  PRIMARY KEY (source_id, entity_id, via),
  KEY entity (entity_id),
  KEY via (via)
) ENGINE=InnoDB;

-- Files that placeholders of a source's entities were filled from: its refresh keys.
CREATE TABLE IF NOT EXISTS source_file (
  source_id BIGINT UNSIGNED NOT NULL,
  target_sha1 CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- of "type:target"
  type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  target VARCHAR(4096) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  etag VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  content_hash CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,    -- NULL: the read failed
  PRIMARY KEY (source_id, target_sha1),
  KEY target (target_sha1)
) ENGINE=InnoDB;

-- Registered through the API or the import page.
CREATE TABLE IF NOT EXISTS location (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  ref_sha1 CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  target VARCHAR(4096) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  created_by VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE KEY ref_sha1 (ref_sha1)
) ENGINE=InnoDB;

-- The truth: body is the JSON that a client gets, byte for byte.
CREATE TABLE IF NOT EXISTS entity (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  ref VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,   -- kind:namespace/name in lower case
  uid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,   -- lower case, as are the next two
  namespace VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source_id BIGINT UNSIGNED NOT NULL,
  hash CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,      -- of what the source said; "" to compare unequal once
  etag CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,      -- of hash, relations and status: changes when body does
  orphan TINYINT NOT NULL DEFAULT 0,
  etag_at INT UNSIGNED NOT NULL,                                     -- offset of the etag's 40 characters in body
  tail_at INT UNSIGNED NOT NULL,                                     -- offset of ',"relations":' in body
  body MEDIUMBLOB NOT NULL,
  UNIQUE KEY ref (ref),
  UNIQUE KEY uid (uid),
  KEY kind_name (kind, name, id),
  KEY source (source_id)
) ENGINE=InnoDB;

-- One row a relation, at the entity that declares it; the other side is read through the second key.
CREATE TABLE IF NOT EXISTS relation (
  origin_id BIGINT UNSIGNED NOT NULL,
  type VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  target_hash BIGINT UNSIGNED NOT NULL,                              -- hash64() of target
  inverse VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  target VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- as it is; may name what cannot exist
  origin VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,     -- the declaring entity's ref, so that the other side needs no join
  PRIMARY KEY (origin_id, type, target_hash),
  KEY target (target_hash)
) ENGINE=InnoDB;

-- What is wrong. ref "": with the source itself (seen at its Locations); else with that entity.
CREATE TABLE IF NOT EXISTS problem (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  source_id BIGINT UNSIGNED NOT NULL,
  ref VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  line INT UNSIGNED NOT NULL,
  missing TINYINT NOT NULL DEFAULT 0,    -- the file is not there: no problem to a Location whose presence is optional
  doc MEDIUMBLOB NULL,                   -- the entity as it was read
  seen_at BIGINT NOT NULL,
  KEY source (source_id),
  KEY ref (ref)
) ENGINE=InnoDB;

-- A source that brings a ref which belongs to another: it takes over when that one lets go.
CREATE TABLE IF NOT EXISTS claim (
  source_id BIGINT UNSIGNED NOT NULL,
  ref VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (source_id, ref),
  KEY ref (ref)
) ENGINE=InnoDB;

-- Entities whose relations or status may have changed through others: their body is to be put together again. Rows are only added and
-- taken away, so that writers never wait for each other; a ref may stand often and is worked off once.
CREATE TABLE IF NOT EXISTS dirty (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  since BIGINT NOT NULL,               -- ms since 1970
  ref VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  KEY ref (ref)
) ENGINE=InnoDB;
