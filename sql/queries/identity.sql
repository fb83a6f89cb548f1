-- People who sign in. CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) is now in ms by the database's clock.

-- It begins when it was proven who that is.
-- name: session_add
-- in:   token_hash blob, ref text, provider text, subject text, life_ms i64, ip text, agent text, profile text, owns text, proven i64?
INSERT INTO session (token_hash, ref, provider, subject, created, seen, expires, ip, agent, profile, owns)
SELECT ?, ?, ?, ?, n.began, n.began, n.began + ?, ?, ?, ?, ?
  FROM (SELECT COALESCE(?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)) AS began) n;

-- The newest of a user stay.
-- name: session_trim
-- in:   ref text, same_ref text, keep u64
DELETE FROM session
 WHERE ref = ? AND id <= (SELECT id FROM (SELECT id FROM session WHERE ref = ? ORDER BY id DESC LIMIT 1 OFFSET ?) last);

-- One by an account's password counts while the account holds, and began after the password was last changed: also when the
-- change came between the check of the old password and the session.
-- name: session_by_token
-- in:   token_hash blob
-- out:  id u64, ref text, provider text, subject text, created i64, seen i64, expires i64, ip text, agent text, profile text, owns text, now i64
SELECT id, ref, provider, subject, created, seen, expires, ip, agent, profile, owns, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
  FROM session
 WHERE token_hash = ?
   AND (provider <> 'local'
        OR EXISTS (SELECT 1 FROM local_user u
                    WHERE u.name = CONVERT(subject USING ascii) COLLATE ascii_bin AND u.disabled = 0 AND u.changed < session.created));

-- name: session_of_user
-- in:   ref text
-- out:  id u64, ref text, provider text, subject text, created i64, seen i64, expires i64, ip text, agent text, profile text, owns text, now i64
SELECT id, ref, provider, subject, created, seen, expires, ip, agent, profile, owns, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
  FROM session WHERE ref = ? ORDER BY seen DESC, id DESC LIMIT 500;

-- The last input is seen as it was read: of many requests at once, one writes.
-- name: session_touch
-- in:   now i64, expires i64, owns text, id u64, seen i64
UPDATE session SET seen = ?, expires = ?, owns = ? WHERE id = ? AND seen = ?;

-- name: session_end
-- in:   token_hash blob
DELETE FROM session WHERE token_hash = ?;

-- name: session_end_one
-- in:   id u64, ref text
DELETE FROM session WHERE id = ? AND ref = ?;

-- name: session_end_all
-- in:   ref text
DELETE FROM session WHERE ref = ?;

-- name: session_end_subject
-- in:   provider text, subject text
DELETE FROM session WHERE provider = ? AND subject = ?;

-- name: session_sweep
-- in:   limit u64
DELETE FROM session WHERE expires < CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) ORDER BY expires LIMIT ?;

-- name: attempt_add
-- in:   bucket blob, window_ms i64, window_ms_again i64
INSERT INTO sign_in_attempt (bucket, since, failures)
VALUES (?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), 1)
    ON DUPLICATE KEY UPDATE
       failures = IF(since + ? <= VALUES(since), 1, LEAST(failures + 1, 1000000)),
       since = IF(since + ? <= VALUES(since), VALUES(since), since);

-- name: attempt_get
-- in:   bucket blob
-- out:  failures u64, age_ms i64
SELECT failures, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) - since FROM sign_in_attempt WHERE bucket = ?;

-- name: attempt_forget
-- in:   bucket blob
DELETE FROM sign_in_attempt WHERE bucket = ?;

-- name: attempt_take_back
-- in:   bucket blob
UPDATE sign_in_attempt SET failures = failures - 1 WHERE bucket = ? AND failures > 0;

-- name: attempt_sweep
-- in:   window_ms i64, limit u64
DELETE FROM sign_in_attempt WHERE since < CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) - ? ORDER BY since LIMIT ?;

-- name: local_user_add
-- in:   name text, ref text, email text, hash text
INSERT INTO local_user (name, ref, email, hash, created, changed)
VALUES (?, ?, ?, ?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED));

-- name: local_user_get
-- in:   name text
-- out:  name text, ref text, email text, hash text, disabled bool, created i64, now i64
SELECT name, ref, email, hash, disabled, created, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) FROM local_user WHERE name = ?;

-- name: local_user_list
-- out:  name text, ref text, email text, disabled bool, created i64
SELECT name, ref, email, disabled, created FROM local_user ORDER BY name;

-- name: local_user_disable
-- in:   disabled bool, name text
UPDATE local_user SET disabled = ? WHERE name = ?;

-- name: local_user_password
-- in:   hash text, name text
UPDATE local_user SET hash = ?, changed = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) WHERE name = ?;

-- What users (or groups) say they belong to: their own relations of one type.
-- name: member_says
-- in:   refs text, type text
-- out:  ref text
SELECT STRAIGHT_JOIN DISTINCT r.target
  FROM JSON_TABLE(?, '$[*]' COLUMNS (v VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) j
  JOIN entity e ON e.ref = j.v
  JOIN relation r ON r.origin_id = e.id AND r.type = ?;

-- What others say of them: hashes and refs stand in the same order.
-- name: member_said
-- in:   refs text, inverse text
-- out:  ref text
SELECT STRAIGHT_JOIN DISTINCT r.origin
  FROM JSON_TABLE(?, '$[*]' COLUMNS (h BIGINT UNSIGNED PATH '$.h', v VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin PATH '$.r')) j
  JOIN relation r ON r.target_hash = j.h AND r.target = j.v
 WHERE r.inverse = ?;

-- name: user_exists
-- in:   ref text
-- out:  ref text
SELECT ref FROM entity WHERE ref = ?;

-- What an entity has at a place.
-- name: user_value
-- in:   path text, ref text
-- out:  value text?
SELECT CONVERT(JSON_VALUE(body, ?) USING utf8mb4) FROM entity WHERE ref = ?;

-- Users whose entity has this value at a place, in any case. It reads them all, which is seldom done: once a sign-in. The collation
-- tells apart what only looks alike.
-- name: user_with
-- in:   path text, value text
-- out:  ref text
SELECT ref FROM entity
 WHERE ref LIKE 'user:%'
   AND LOWER(CONVERT(JSON_VALUE(body, ?) USING utf8mb4)) COLLATE utf8mb4_nopad_bin = LOWER(CONVERT(? USING utf8mb4))
 ORDER BY ref LIMIT 2;
