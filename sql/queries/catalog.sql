-- Reading and writing entities, relations, sources and problems. Lists come in as JSON arrays (JSON_TABLE); STRAIGHT_JOIN keeps
-- the list in front, or MariaDB may walk the whole table.

-- name: entity_body_by_ref
-- in:   ref text
-- out:  etag text, body blob
SELECT etag, body FROM entity WHERE ref = ?;

-- name: entity_body_by_uid
-- in:   uid text
-- out:  etag text, body blob
SELECT etag, body FROM entity WHERE uid = ?;

-- name: entity_bodies_by_refs
-- in:   refs text
-- out:  ref text, body blob
SELECT STRAIGHT_JOIN e.ref, e.body
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) j
  JOIN entity e ON e.ref = j.v;

-- name: entity_by_ids
-- in:   ids text
-- out:  id u64, ref text, etag text, body blob
SELECT STRAIGHT_JOIN e.id, e.ref, e.etag, e.body
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT UNSIGNED PATH '$')) j
  JOIN entity e ON e.id = j.v;

-- name: entity_head_by_ref
-- in:   ref text
-- out:  id u64, uid text, source_id u64, kind text, orphan bool
SELECT id, uid, source_id, kind, orphan FROM entity WHERE ref = ?;

-- name: entity_head_by_uid
-- in:   uid text
-- out:  id u64, ref text, source_id u64, kind text
SELECT id, ref, source_id, kind FROM entity WHERE uid = ?;

-- name: entity_heads_by_refs
-- in:   refs text
-- out:  id u64, ref text, uid text, source_id u64, hash text, etag text, orphan bool
SELECT STRAIGHT_JOIN e.id, e.ref, e.uid, e.source_id, e.hash, e.etag, e.orphan
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) j
  JOIN entity e ON e.ref = j.v;

-- name: entity_full_by_refs
-- in:   refs text
-- out:  id u64, ref text, kind text, hash text, etag text, orphan bool, etag_at u64, tail_at u64, body blob
SELECT STRAIGHT_JOIN e.id, e.ref, e.kind, e.hash, e.etag, e.orphan, e.etag_at, e.tail_at, e.body
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) j
  JOIN entity e ON e.ref = j.v;

-- name: entity_of_source
-- in:   source_id u64
-- out:  id u64, ref text, kind text, orphan bool
SELECT id, ref, kind, orphan FROM entity WHERE source_id = ?;

-- name: entity_insert
-- in:   id u64, ref text, uid text, kind text, namespace text, name text, source_id u64, hash text, etag text, etag_at u64, tail_at u64, body blob
INSERT INTO entity (id, ref, uid, kind, namespace, name, source_id, hash, etag, etag_at, tail_at, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- The last input of these two is the etag that was read: somebody else may have written the body since.
-- name: entity_update
-- in:   hash text, etag text, etag_at u64, tail_at u64, body blob, id u64, old text
UPDATE entity SET hash = ?, etag = ?, orphan = 0, etag_at = ?, tail_at = ?, body = ? WHERE id = ? AND etag = ?;

-- name: entity_stitch
-- in:   etag text, tail_at u64, etag_at u64, body blob, id u64, old text
UPDATE entity SET etag = ?, tail_at = ?, etag_at = ?, body = ? WHERE id = ? AND etag = ?;

-- name: entity_give
-- in:   source_id u64, id u64
UPDATE entity SET source_id = ?, hash = '' WHERE id = ?;

-- name: entity_orphan
-- in:   id u64
UPDATE entity SET orphan = 1, hash = '' WHERE id = ?;

-- name: entity_delete
-- in:   id u64
DELETE FROM entity WHERE id = ?;

-- name: id_take
-- in:   n u64, name text
UPDATE id_block SET next_id = LAST_INSERT_ID(next_id) + ? WHERE name = ?;

-- name: id_taken
-- out:  first u64
SELECT LAST_INSERT_ID();

-- name: relation_of_origins
-- in:   ids text
-- out:  origin_id u64, type text, inverse text, target text
SELECT STRAIGHT_JOIN r.origin_id, r.type, r.inverse, r.target
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT UNSIGNED PATH '$')) j
  JOIN relation r ON r.origin_id = j.v;

-- name: relation_to_targets
-- in:   hashes text
-- out:  target text, inverse text, origin text
SELECT STRAIGHT_JOIN r.target, r.inverse, r.origin
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT UNSIGNED PATH '$')) j
  JOIN relation r ON r.target_hash = j.v;

-- name: relation_insert
-- in:   origin_id u64, type text, target_hash u64, inverse text, target text, origin text
INSERT INTO relation (origin_id, type, target_hash, inverse, target, origin) VALUES (?, ?, ?, ?, ?, ?);

-- name: relation_delete
-- in:   origin_id u64, type text, target_hash u64
DELETE FROM relation WHERE origin_id = ? AND type = ? AND target_hash = ?;

-- name: relation_delete_origin
-- in:   origin_id u64
DELETE FROM relation WHERE origin_id = ?;

-- name: dirty_add
-- in:   since i64, ref text
INSERT INTO dirty (since, ref) VALUES (?, ?);

-- name: dirty_oldest
-- out:  since i64
SELECT since FROM dirty ORDER BY id LIMIT 1;

-- name: dirty_refs
-- in:   after text, limit u64
-- out:  ref text
SELECT DISTINCT ref FROM dirty WHERE ref > ? ORDER BY ref LIMIT ?;

-- name: dirty_ids
-- in:   refs text
-- out:  id u64
SELECT STRAIGHT_JOIN d.id
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) j
  JOIN dirty d ON d.ref = j.v;

-- name: dirty_delete
-- in:   id u64
DELETE FROM dirty WHERE id = ?;

-- name: source_get
-- in:   id u64
-- out:  type text, target text, origin text, etag text?, content_hash text?
SELECT type, target, origin, etag, content_hash FROM source WHERE id = ?;

-- name: source_by_sha1
-- in:   ref_sha1 text
-- out:  id u64, origin text
SELECT id, origin FROM source WHERE ref_sha1 = ?;

-- name: source_insert
-- in:   ref_sha1 text, type text, target text, origin text
INSERT IGNORE INTO source (ref_sha1, type, target, origin) VALUES (?, ?, ?, ?);

-- name: source_done
-- in:   etag text?, content_hash text?, read_at i64, id u64
UPDATE source SET etag = ?, content_hash = ?, read_at = ? WHERE id = ?;

-- name: source_forget
-- in:   id u64
UPDATE source SET content_hash = NULL WHERE id = ?;

-- name: source_origin
-- in:   origin text, id u64
UPDATE source SET origin = ?, content_hash = NULL WHERE id = ?;

-- name: source_delete
-- in:   id u64
DELETE FROM source WHERE id = ?;

-- name: link_of_entity
-- in:   entity_id u64
-- out:  source_id u64, via u64, optional bool
SELECT source_id, via, optional FROM source_link WHERE entity_id = ?;

-- name: link_of_source
-- in:   source_id u64
-- out:  entity_id u64, via u64, optional bool, ref text, parent_source u64
SELECT l.entity_id, l.via, l.optional, e.ref, e.source_id
  FROM source_link l JOIN entity e ON e.id = l.entity_id
 WHERE l.source_id = ? ORDER BY l.entity_id, l.via;

-- name: link_via
-- in:   via u64
-- out:  source_id u64, entity_id u64
SELECT source_id, entity_id FROM source_link WHERE via = ?;

-- name: link_add
-- in:   source_id u64, entity_id u64, via u64, optional bool
INSERT INTO source_link (source_id, entity_id, via, optional) VALUES (?, ?, ?, ?)
ON DUPLICATE KEY UPDATE optional = VALUES(optional);

-- name: link_delete
-- in:   source_id u64, entity_id u64, via u64
DELETE FROM source_link WHERE source_id = ? AND entity_id = ? AND via = ?;

-- name: file_list
-- in:   source_id u64
-- out:  type text, target text, etag text?, content_hash text?
SELECT type, target, etag, content_hash FROM source_file WHERE source_id = ? ORDER BY target_sha1;

-- name: file_clear
-- in:   source_id u64
DELETE FROM source_file WHERE source_id = ?;

-- name: file_add
-- in:   source_id u64, target_sha1 text, type text, target text, etag text?, content_hash text?
INSERT INTO source_file (source_id, target_sha1, type, target, etag, content_hash) VALUES (?, ?, ?, ?, ?, ?);

-- name: problem_of_source
-- in:   source_id u64
-- out:  ref text, name text, message text, line u64
SELECT ref, name, message, line FROM problem WHERE source_id = ? ORDER BY id;

-- name: problem_clear
-- in:   source_id u64
DELETE FROM problem WHERE source_id = ?;

-- name: problem_clear_own
-- in:   source_id u64
DELETE FROM problem WHERE source_id = ? AND ref = '';

-- name: problem_clear_of
-- in:   source_id u64, ref text
DELETE FROM problem WHERE source_id = ? AND ref = ?;

-- name: problem_add
-- in:   source_id u64, ref text, name text, message text, line u64, missing bool, doc blob?, seen_at i64
INSERT INTO problem (source_id, ref, name, message, line, missing, doc, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: problem_of_refs
-- in:   refs text
-- out:  ref text, name text, message text
SELECT STRAIGHT_JOIN p.ref, p.name, p.message
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) j
  JOIN problem p ON p.ref = j.v
 ORDER BY p.id;

-- name: problem_at_location
-- in:   entity_id u64
-- out:  name text, message text
SELECT p.name, p.message
  FROM source_link l
  JOIN problem p ON p.source_id = l.source_id
  LEFT JOIN entity e ON e.ref = p.ref
 WHERE l.entity_id = ? AND e.id IS NULL AND NOT (p.missing AND l.optional)
 GROUP BY p.name, p.message ORDER BY MIN(p.id) LIMIT 100;

-- Without an owner, all.
-- name: problem_failed
-- in:   owner text?, limit u64
-- out:  id u64, source_id u64, ref text, name text, message text, line u64, doc blob?, seen_at i64, type text, target text
SELECT p.id, p.source_id, p.ref, p.name, p.message, p.line, p.doc, p.seen_at, s.type, s.target
  FROM problem p JOIN source s ON s.id = p.source_id
 WHERE COALESCE(?, JSON_VALUE(p.doc, '$.spec.owner')) <=> JSON_VALUE(p.doc, '$.spec.owner')
 ORDER BY p.id LIMIT ?;

-- The problem of that id, and the others of its entity.
-- name: problem_forget
-- in:   id u64
DELETE p FROM problem p JOIN problem q ON q.source_id = p.source_id AND q.ref = p.ref AND (q.ref <> '' OR q.id = p.id)
 WHERE q.id = ?;

-- name: claim_add
-- in:   source_id u64, ref text
INSERT IGNORE INTO claim (source_id, ref) VALUES (?, ?);

-- name: claim_clear
-- in:   source_id u64
DELETE FROM claim WHERE source_id = ?;

-- Sources that could have an entity which is not there: it was taken away by somebody who did not see the claim yet.
-- name: claim_lost
-- out:  source_id u64
SELECT DISTINCT c.source_id FROM claim c LEFT JOIN entity e ON e.ref = c.ref WHERE e.id IS NULL LIMIT 500;

-- name: claim_on
-- in:   refs text
-- out:  source_id u64, ref text
SELECT STRAIGHT_JOIN c.source_id, c.ref
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) j
  JOIN claim c ON c.ref = j.v
 ORDER BY c.source_id;

-- name: location_add
-- in:   id text, ref_sha1 text, type text, target text, created_by text, created_at i64
INSERT INTO location (id, ref_sha1, type, target, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?);

-- name: location_get
-- in:   id text
-- out:  id text, ref_sha1 text, type text, target text
SELECT id, ref_sha1, type, target FROM location WHERE id = ?;

-- name: location_by_sha1
-- in:   ref_sha1 text
-- out:  id text, ref_sha1 text, type text, target text
SELECT id, ref_sha1, type, target FROM location WHERE ref_sha1 = ?;

-- name: location_list
-- out:  id text, ref_sha1 text, type text, target text
SELECT id, ref_sha1, type, target FROM location ORDER BY id;

-- name: location_change
-- in:   ref_sha1 text, type text, target text, id text
UPDATE location SET ref_sha1 = ?, type = ?, target = ? WHERE id = ?;

-- name: location_delete
-- in:   id text
DELETE FROM location WHERE id = ?;

-- name: entity_head_by_ids
-- in:   ids text
-- out:  id u64, ref text, kind text
SELECT STRAIGHT_JOIN e.id, e.ref, e.kind
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT UNSIGNED PATH '$')) j
  JOIN entity e ON e.id = j.v;

-- name: link_delete_entity
-- in:   entity_id u64
DELETE FROM source_link WHERE entity_id = ?;

-- name: link_delete_source
-- in:   source_id u64, via u64
DELETE FROM source_link WHERE source_id = ? OR via = ?;

-- name: source_unlinked
-- out:  id u64
SELECT s.id FROM source s
 WHERE s.type <> 'provider' AND NOT EXISTS (SELECT 1 FROM source_link l WHERE l.source_id = s.id) LIMIT 500;

-- name: entity_sourceless
-- out:  id u64
SELECT e.id
  FROM (SELECT d.source_id FROM (SELECT DISTINCT source_id FROM entity) d LEFT JOIN source s ON s.id = d.source_id WHERE s.id IS NULL) x
  JOIN entity e ON e.source_id = x.source_id
 WHERE NOT e.orphan LIMIT 500;

-- name: link_delete_via
-- in:   via u64
DELETE FROM source_link WHERE via = ?;

-- name: link_delete_match
-- in:   source_id u64, via u64
DELETE FROM source_link WHERE source_id = ? AND via = ?;

-- name: claim_remove
-- in:   source_id u64, ref text
DELETE FROM claim WHERE source_id = ? AND ref = ?;

-- name: location_delete_by_sha1
-- in:   ref_sha1 text
DELETE FROM location WHERE ref_sha1 = ?;

-- name: source_pending
-- out:  id u64, type text, target text
SELECT id, type, target FROM source WHERE read_at IS NULL AND type <> 'provider' ORDER BY id LIMIT 1000;

-- name: schema_there
-- out:  yes u64
SELECT 1 FROM id_block WHERE name = 'entity';

-- name: trouble_of_refs
-- in:   refs text
-- out:  id u64, source_id u64, ref text, name text, message text, line u64, seen_at i64, type text, target text
SELECT STRAIGHT_JOIN p.id, p.source_id, p.ref, p.name, p.message, p.line, p.seen_at, s.type, s.target
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) j
  JOIN problem p ON p.ref = j.v
  JOIN source s ON s.id = p.source_id
 ORDER BY p.id LIMIT 50;

-- What a Location shows of the files it names; those of one source come first.
-- name: trouble_at_location
-- in:   entity_id u64, first u64
-- out:  id u64, source_id u64, ref text, name text, message text, line u64, seen_at i64, type text, target text
SELECT p.id, p.source_id, p.ref, p.name, p.message, p.line, p.seen_at, s.type, s.target
  FROM source_link l
  JOIN problem p ON p.source_id = l.source_id
  JOIN source s ON s.id = p.source_id
  LEFT JOIN entity e ON e.ref = p.ref
 WHERE l.entity_id = ? AND e.id IS NULL AND NOT (p.missing AND l.optional)
 GROUP BY p.id ORDER BY p.source_id <> ?, p.id LIMIT 50;

-- name: source_of_ref
-- in:   ref text
-- out:  id u64, type text, target text, origin text, read_at i64?
SELECT s.id, s.type, s.target, s.origin, s.read_at FROM entity e JOIN source s ON s.id = e.source_id WHERE e.ref = ?;
