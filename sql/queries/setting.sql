-- What people have set for themselves.

-- name: setting_get
-- in:   user_ref text, bucket text, name text
-- out:  value blob
SELECT value FROM user_setting WHERE user_ref = ? AND bucket = ? AND name = ?;

-- name: setting_lock
-- in:   user_ref text, bucket text, name text
-- out:  value blob
SELECT value FROM user_setting WHERE user_ref = ? AND bucket = ? AND name = ? FOR UPDATE;

-- An empty list where there is nothing yet, so that there is a row to be locked; whoever comes second waits for the first.
-- name: setting_make
-- in:   user_ref text, bucket text, name text, changed_at i64
INSERT INTO user_setting (user_ref, bucket, name, value, changed_at)
VALUES (?, ?, ?, '[]', ?)
    ON DUPLICATE KEY UPDATE changed_at = changed_at;

-- name: setting_set
-- in:   user_ref text, bucket text, name text, value blob, changed_at i64
INSERT INTO user_setting (user_ref, bucket, name, value, changed_at)
VALUES (?, ?, ?, ?, ?)
    ON DUPLICATE KEY UPDATE value = VALUES(value), changed_at = VALUES(changed_at);

-- name: setting_delete
-- in:   user_ref text, bucket text, name text
DELETE FROM user_setting WHERE user_ref = ? AND bucket = ? AND name = ?;

-- name: setting_count
-- in:   user_ref text
-- out:  n u64
SELECT COUNT(*) FROM user_setting WHERE user_ref = ?;
