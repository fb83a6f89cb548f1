-- What the indexes beside the database follow.

-- One row a transaction that wrote entities. seq is taken right before the commit, so that whoever sees a number sees all before it.
-- Old rows are taken away; numbers have no gaps, so that a follower sees when it came too late.
CREATE TABLE IF NOT EXISTS `change` (
  seq BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,                   -- ms since 1970
  ids MEDIUMBLOB NOT NULL,              -- of the entities, as a JSON array
  KEY at (at)
) ENGINE=InnoDB;
INSERT IGNORE INTO id_block (name, next_id) VALUES ('change', 1);

-- Which database this is, for copies of it that lie elsewhere.
CREATE TABLE IF NOT EXISTS identity (
  one TINYINT NOT NULL PRIMARY KEY,
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE=InnoDB;
INSERT IGNORE INTO identity (one, id) VALUES (1, UUID());

-- Lists are not walked in the database any more.
ALTER TABLE entity DROP INDEX IF EXISTS kind_name;
