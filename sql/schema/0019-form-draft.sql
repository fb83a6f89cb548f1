-- Forms of templates that somebody has begun to fill in. owner: a user's ref, or "browser:" and the hash of a cookie for guests.
CREATE TABLE IF NOT EXISTS form_draft (
  owner VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  template_ref VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state MEDIUMBLOB NOT NULL,                                                 -- JSON: values, chosen, seen; nothing secret
  sealed MEDIUMBLOB,                                                         -- what is secret; the key is in a cookie alone
  changed_at BIGINT NOT NULL,                                                -- ms since 1970
  PRIMARY KEY (owner, template_ref),
  KEY changed (changed_at)
) ENGINE=InnoDB;
