-- What people have set for themselves: Backstage's user settings, stars and recent visits among them.
CREATE TABLE IF NOT EXISTS user_setting (
  user_ref VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  bucket VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  value MEDIUMBLOB NOT NULL,                                                 -- JSON
  changed_at BIGINT NOT NULL,                                                -- ms since 1970
  PRIMARY KEY (user_ref, bucket, name)
) ENGINE=InnoDB;
