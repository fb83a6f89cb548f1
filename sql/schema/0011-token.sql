-- Tokens: the keys that sign people's tokens, and the tokens that people make for their programs.

-- Each key signs until signs_until, and stays public until what it signed has expired. Times are ms since 1970.
CREATE TABLE IF NOT EXISTS user_token_key (
  kid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  secret VARBINARY(1024) NOT NULL,      -- PKCS #8
  jwk TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at BIGINT NOT NULL,
  signs_until BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  KEY signs_until (signs_until),
  KEY expires_at (expires_at)
) ENGINE=InnoDB;

-- Only the hash of a token is kept.
CREATE TABLE IF NOT EXISTS access_token (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  token_sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_ref VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  scope TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,   -- "all", or words: "read", names of permissions
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT NULL,
  revoked_at BIGINT NULL,
  UNIQUE KEY token_sha256 (token_sha256),
  KEY user_ref (user_ref, created_at)
) ENGINE=InnoDB;

-- Tokens of a person whose account was disabled count no more.
ALTER TABLE local_user ADD INDEX IF NOT EXISTS ref (ref);
