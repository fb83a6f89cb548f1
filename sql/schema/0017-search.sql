-- What search finds beside the entities.

-- One row a document of a feature or a plugin. Each source of a type (a site, a plugin's collator) brings its own, and only those.
CREATE TABLE IF NOT EXISTS search_document (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  location VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- unique in its source
  etag CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,  -- of body
  body MEDIUMBLOB NOT NULL,                                      -- JSON: {type, entity, location, title, text, fields}
  KEY source (source, type)
) ENGINE=InnoDB;
INSERT IGNORE INTO id_block (name, next_id) VALUES ('search_document', 1), ('search_change', 1);

-- What the search processes follow, as table `change` is for entities.
CREATE TABLE IF NOT EXISTS search_change (
  seq BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,                   -- ms since 1970
  ids MEDIUMBLOB NOT NULL,              -- of the documents, as a JSON array
  KEY at (at)
) ENGINE=InnoDB;
