-- People who sign in: accounts of the portal's own, sessions, and attempts that failed. Times are ms since 1970 by the clock of the database.

-- Accounts with a password that is kept here (auth.providers.local).
CREATE TABLE IF NOT EXISTS local_user (
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,   -- lower case
  ref VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,               -- entity ref that the account stands for
  email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  hash VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,              -- argon2id with its salt and costs
  disabled TINYINT NOT NULL DEFAULT 0,
  created BIGINT NOT NULL,
  changed BIGINT NOT NULL                                                        -- the password
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS session (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  token_hash BINARY(32) NOT NULL,                                                -- SHA-256 of the cookie's token
  ref VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,       -- who that is to the provider
  created BIGINT NOT NULL,
  seen BIGINT NOT NULL,                                                          -- to the minute
  expires BIGINT NOT NULL,                                                       -- for the sweep; who asks is judged by created and seen
  ip VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  agent VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  profile MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,         -- {displayName, email, picture}
  owns MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,            -- ownership refs as of seen
  UNIQUE KEY token_hash (token_hash),
  KEY ref (ref, seen),
  KEY subject (provider, subject),
  KEY expires (expires)
) ENGINE=InnoDB;

-- Failed attempts of one account name or one address since a moment.
CREATE TABLE IF NOT EXISTS sign_in_attempt (
  bucket BINARY(32) NOT NULL PRIMARY KEY,                                        -- SHA-256 of what is counted
  since BIGINT NOT NULL,
  failures INT UNSIGNED NOT NULL,
  KEY since (since)
) ENGINE=InnoDB;
