-- What those who run the portal look at: problems, jobs, locations; newest or most pressing first, a page at a time.

-- name: overview_problems
-- in:   before u64, limit u64
-- out:  id u64, ref text, name text, message text, line u64, seen_at i64, type text, target text
SELECT p.id, p.ref, p.name, p.message, p.line, p.seen_at, s.type, s.target
  FROM problem p JOIN source s ON s.id = p.source_id
 WHERE p.id < ?
 ORDER BY p.id DESC LIMIT ?;

-- name: overview_problem_count
-- out:  count u64
SELECT COUNT(*) FROM problem;

-- Registered ones, with what became of their files.
-- name: overview_locations
-- in:   after text, limit u64
-- out:  id text, type text, target text, created_by text, created_at i64, read_at i64?, problems u64
SELECT l.id, l.type, l.target, l.created_by, l.created_at, s.read_at,
       (SELECT COUNT(*) FROM problem p WHERE p.source_id = s.id)
  FROM location l LEFT JOIN source s ON s.ref_sha1 = l.ref_sha1
 WHERE l.id > ?
 ORDER BY l.id LIMIT ?;

-- name: overview_sources
-- out:  sources u64, unread u64, locations u64
SELECT (SELECT COUNT(*) FROM source), (SELECT COUNT(*) FROM source WHERE read_at IS NULL AND type <> 'provider'),
       (SELECT COUNT(*) FROM location);
