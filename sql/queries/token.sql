-- Keys of people's tokens, and the tokens that people make for their programs. Times are ms since 1970, by the host's clock
-- (that is what stands in the tokens).

-- The newest key that may sign now.
-- name: token_key_signing
-- in:   now i64
-- out:  kid text, secret blob, expires_at i64
SELECT kid, secret, expires_at FROM user_token_key WHERE signs_until > ? ORDER BY created_at DESC, kid LIMIT 1;

-- name: token_key_add
-- in:   kid text, secret blob, jwk text, created_at i64, signs_until i64, expires_at i64
INSERT INTO user_token_key (kid, secret, jwk, created_at, signs_until, expires_at) VALUES (?, ?, ?, ?, ?, ?);

-- name: token_key_keep
-- in:   until i64, kid text
UPDATE user_token_key SET expires_at = GREATEST(expires_at, ?) WHERE kid = ?;

-- name: token_key_sweep
-- in:   now i64
DELETE FROM user_token_key WHERE expires_at < ?;

-- name: token_key_public
-- in:   now i64
-- out:  jwk text
SELECT jwk FROM user_token_key WHERE expires_at >= ? ORDER BY created_at DESC, kid;

-- name: token_key_by_id
-- in:   kid text, now i64
-- out:  jwk text
SELECT jwk FROM user_token_key WHERE kid = ? AND expires_at >= ?;

-- name: access_token_add
-- in:   id text, sha256 text, user text, name text, scope text, created_at i64, expires_at i64
INSERT INTO access_token (id, token_sha256, user_ref, name, scope, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: access_token_by_hash
-- in:   sha256 text
-- out:  id text, user text, scope text, expires_at i64, used_at i64?, revoked_at i64?
SELECT id, user_ref, scope, expires_at, used_at, revoked_at FROM access_token WHERE token_sha256 = ?;

-- Of several requests at once, one writes.
-- name: access_token_used
-- in:   now i64, id text, before i64
UPDATE access_token SET used_at = ? WHERE id = ? AND (used_at IS NULL OR used_at < ?);

-- Of one user, or (NULL) of everybody.
-- name: access_token_all
-- in:   user text?, any text?
-- out:  id text, user text, name text, scope text, created_at i64, expires_at i64, used_at i64?, revoked_at i64?
SELECT id, user_ref, name, scope, created_at, expires_at, used_at, revoked_at FROM access_token
 WHERE user_ref = ? OR ? IS NULL ORDER BY user_ref, created_at DESC, id;

-- name: access_token_count
-- in:   user text, now i64
-- out:  n u64
SELECT COUNT(*) FROM access_token WHERE user_ref = ? AND revoked_at IS NULL AND expires_at > ?;

-- name: access_token_revoke
-- in:   now i64, id text, user text
UPDATE access_token SET revoked_at = COALESCE(revoked_at, ?) WHERE id = ? AND user_ref = ?;

-- name: access_token_owner
-- in:   id text
-- out:  user text
SELECT user_ref FROM access_token WHERE id = ?;

-- name: access_token_sweep
-- in:   user text, before i64
DELETE FROM access_token WHERE user_ref = ? AND expires_at < ?;

-- name: access_token_revoke_all
-- in:   now i64, user text
UPDATE access_token SET revoked_at = ? WHERE user_ref = ? AND revoked_at IS NULL;

-- Is a user still there: in the catalog, or as an account of the portal's own?
-- name: token_user_there
-- in:   user text, same_user text
-- out:  one u64
SELECT 1 FROM entity WHERE ref = ? UNION ALL SELECT 1 FROM local_user WHERE ref = ? AND disabled = 0 LIMIT 1;

-- name: token_user_disabled
-- in:   user text
-- out:  one u64
SELECT 1 FROM local_user WHERE ref = ? AND disabled <> 0 LIMIT 1;
