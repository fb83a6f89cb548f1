-- The sequence of changes to entities.

-- name: change_add
-- in:   seq u64, at i64, ids blob
INSERT INTO `change` (seq, at, ids) VALUES (?, ?, ?);

-- The number that the next change will have.
-- name: change_next
-- out:  seq u64
SELECT next_id FROM id_block WHERE name = 'change';

-- name: change_behind
-- in:   seq u64, limit u64
-- out:  seq u64, ids blob
SELECT seq, ids FROM `change` WHERE seq > ? ORDER BY seq LIMIT ?;

-- name: change_forget
-- in:   seq u64, at i64, limit u64
DELETE FROM `change` WHERE seq < ? OR at < ? ORDER BY seq LIMIT ?;

-- name: database_identity
-- out:  id text
SELECT id FROM identity WHERE one = 1;

-- name: entity_walk
-- in:   after u64, limit u64
-- out:  id u64, ref text, etag text, body blob
SELECT id, ref, etag, body FROM entity WHERE id > ? ORDER BY id LIMIT ?;
