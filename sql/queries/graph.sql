-- Walking relations from entity to entity. Lists come in as JSON arrays, as in catalog.sql. The limits are what one step of a
-- walk may cost: a group can own a whole company.

-- What is drawn of an entity. Behind tail_at come relations and status, which can be far longer than all before.
-- name: graph_nodes
-- in:   refs text
-- out:  id u64, ref text, kind text?, title text?, type text?
SELECT STRAIGHT_JOIN e.id, e.ref,
       JSON_VALUE(CONCAT(LEFT(e.body, e.tail_at), '}'), '$.kind'),
       COALESCE(JSON_VALUE(CONCAT(LEFT(e.body, e.tail_at), '}'), '$.metadata.title'),
                JSON_VALUE(CONCAT(LEFT(e.body, e.tail_at), '}'), '$.spec.profile.displayName'),
                JSON_VALUE(CONCAT(LEFT(e.body, e.tail_at), '}'), '$.metadata.name')),
       JSON_VALUE(CONCAT(LEFT(e.body, e.tail_at), '}'), '$.spec.type')
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) j
  JOIN entity e ON e.ref = j.v;

-- name: graph_declared
-- in:   ids text, limit u64
-- out:  origin text, type text, inverse text, target text
SELECT STRAIGHT_JOIN r.origin, r.type, r.inverse, r.target
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT UNSIGNED PATH '$')) j
  JOIN relation r ON r.origin_id = j.v
 LIMIT ?;

-- name: graph_pointing
-- in:   hashes text, limit u64
-- out:  origin text, type text, inverse text, target text
SELECT STRAIGHT_JOIN r.origin, r.type, r.inverse, r.target
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT UNSIGNED PATH '$')) j
  JOIN relation r ON r.target_hash = j.v
 LIMIT ?;
