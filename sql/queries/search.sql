-- Documents of search beside the entities, and the sequence of their changes.

-- name: search_source
-- in:   source text, type text
-- out:  id u64, etag text, location text
SELECT id, etag, location FROM search_document WHERE source = ? AND type = ?;

-- name: search_insert
-- in:   id u64, type text, source text, location text, etag text, body blob
INSERT INTO search_document (id, type, source, location, etag, body) VALUES (?, ?, ?, ?, ?, ?);

-- name: search_update
-- in:   etag text, body blob, id u64
UPDATE search_document SET etag = ?, body = ? WHERE id = ?;

-- name: search_delete
-- in:   id u64
DELETE FROM search_document WHERE id = ?;

-- The sequence of changes; see table change.

-- name: search_change_add
-- in:   seq u64, at i64, ids blob
INSERT INTO search_change (seq, at, ids) VALUES (?, ?, ?);

-- name: search_change_next
-- out:  seq u64
SELECT next_id FROM id_block WHERE name = 'search_change';

-- name: search_change_behind
-- in:   seq u64, limit u64
-- out:  seq u64, ids blob
SELECT seq, ids FROM search_change WHERE seq > ? ORDER BY seq LIMIT ?;

-- name: search_change_forget
-- in:   seq u64, at i64, limit u64
DELETE FROM search_change WHERE seq < ? OR at < ? ORDER BY seq LIMIT ?;

-- name: search_walk
-- in:   after u64, limit u64
-- out:  id u64, type text, etag text, body blob
SELECT id, type, etag, body FROM search_document WHERE id > ? ORDER BY id LIMIT ?;

-- name: search_by_ids
-- in:   ids text
-- out:  id u64, type text, etag text, body blob
SELECT STRAIGHT_JOIN d.id, d.type, d.etag, d.body
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT UNSIGNED PATH '$')) j
  JOIN search_document d ON d.id = j.v;
