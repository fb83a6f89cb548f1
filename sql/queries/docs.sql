-- Sites of documentation. CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) is now in ms by the database's clock.

-- name: docs_get
-- in:   ref text
-- out:  entity_id u64, state u64, build text, etag text, pages u64, asked_at i64, checked_at i64, built_at i64, now i64, error text
SELECT entity_id, state, build, etag, pages, asked_at, checked_at, built_at, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), error
  FROM docs_site WHERE ref = ?;

-- name: docs_log
-- in:   ref text
-- out:  log text, log_of text
SELECT log, log_of FROM docs_site WHERE ref = ?;

-- What is shown of these.
-- name: docs_of_refs
-- in:   refs text
-- out:  ref text, state u64, pages u64, checked_at i64, built_at i64, shown bool, now i64
SELECT STRAIGHT_JOIN s.ref, s.state, s.pages, s.checked_at, s.built_at, s.build <> '',
       CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
  FROM JSON_TABLE(?, '$[*]' COLUMNS (ref VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) r
  JOIN docs_site s ON s.ref = r.ref;

-- The entity of a ref may be another than before.
-- name: docs_ask
-- in:   ref text, entity_id u64
INSERT INTO docs_site (ref, entity_id, asked_at) VALUES (?, ?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED))
    ON DUPLICATE KEY UPDATE entity_id = VALUES(entity_id), asked_at = VALUES(asked_at), state = IF(state = 1, 1, 0);

-- name: docs_gate_lock
-- out:  one u64
SELECT one FROM docs_gate WHERE one = 1 FOR UPDATE;

-- Others whose job has a lease: what died in the middle does not count.
-- name: docs_count_on
-- in:   ref text
-- out:  n u64
SELECT COUNT(*)
  FROM docs_site s
  JOIN job j ON j.queue = 'docs.build' AND j.job_key = s.ref
 WHERE s.state = 1 AND s.ref <> ? AND j.state = 1 AND j.run_at > CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED);

-- name: docs_count_waiting
-- out:  n u64
SELECT COUNT(*) FROM docs_site WHERE state = 0;

-- name: docs_begin
-- in:   building text, entity_id u64, ref text
UPDATE docs_site SET state = 1, building = ?, entity_id = ? WHERE ref = ?;

-- name: docs_note_log
-- in:   log text, log_of text, ref text, building text
UPDATE docs_site SET log = ?, log_of = ? WHERE ref = ? AND building = ?;

-- name: docs_publish
-- in:   build text, etag text, pages u64, ref text, building text
UPDATE docs_site
   SET build = ?, etag = ?, pages = ?, state = 2, building = '', error = '',
       built_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), checked_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
 WHERE ref = ? AND building = ?;

-- Nothing new: what is shown stays.
-- name: docs_unchanged
-- in:   ref text, building text
UPDATE docs_site
   SET state = 2, building = '', error = '', checked_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
 WHERE ref = ? AND building = ?;

-- name: docs_failed
-- in:   error text, ref text, building text
UPDATE docs_site
   SET state = 3, building = '', error = ?, checked_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
 WHERE ref = ? AND building = ?;

-- name: docs_remove
-- in:   ref text
DELETE FROM docs_site WHERE ref = ?;

-- Those of entities that were stored, changed or removed.
-- name: docs_sites_of_refs
-- in:   refs text
-- out:  ref text
SELECT STRAIGHT_JOIN s.ref
  FROM JSON_TABLE(?, '$[*]' COLUMNS (ref VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) r
  JOIN docs_site s ON s.ref = r.ref;

-- Those of entities that come from these sources.
-- name: docs_sites_of_sources
-- in:   sources text
-- out:  ref text
SELECT STRAIGHT_JOIN s.ref
  FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) r
  JOIN entity e ON e.source_id = r.id
  JOIN docs_site s ON s.entity_id = e.id;

-- Sites in order, for the sweep.
-- name: docs_walk
-- in:   after text, limit u64
-- out:  ref text, there bool
SELECT s.ref, e.id IS NOT NULL
  FROM docs_site s
  LEFT JOIN entity e ON e.ref = s.ref
 WHERE s.ref > ? ORDER BY s.ref LIMIT ?;

-- name: docs_entity
-- in:   ref text
-- out:  id u64, body blob
SELECT id, body FROM entity WHERE ref = ?;
