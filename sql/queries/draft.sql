-- Forms that somebody has begun to fill in.

-- name: draft_get
-- in:   owner text, template_ref text
-- out:  state blob, sealed blob?, changed_at i64
SELECT state, sealed, changed_at FROM form_draft WHERE owner = ? AND template_ref = ?;

-- name: draft_set
-- in:   owner text, template_ref text, state blob, sealed blob?, changed_at i64
INSERT INTO form_draft (owner, template_ref, state, sealed, changed_at)
VALUES (?, ?, ?, ?, ?)
    ON DUPLICATE KEY UPDATE state = VALUES(state), sealed = VALUES(sealed), changed_at = VALUES(changed_at);

-- name: draft_delete
-- in:   owner text, template_ref text
DELETE FROM form_draft WHERE owner = ? AND template_ref = ?;

-- name: draft_sweep
-- in:   before i64
DELETE FROM form_draft WHERE changed_at < ? LIMIT 50;
