-- What a sign-in provider gave for the user of a session. CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) is now in ms by the database's clock.

-- name: session_token_keep
-- in:   tokens blob, id u64
UPDATE session SET tokens = ? WHERE id = ?;

-- name: session_token_get
-- in:   id u64
-- out:  tokens blob?, turn i64, away i64, used bool, now i64
SELECT tokens, tokens_turn, tokens_away, tokens_used, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) FROM session WHERE id = ?;

-- Takes the turn to renew them. turn is as it was read with the tokens: whoever has read older ones does not get it.
-- name: session_token_claim
-- in:   until i64, id u64, turn i64
UPDATE session SET tokens_turn = ? WHERE id = ? AND tokens_turn = ? AND tokens IS NOT NULL;

-- Ends the turn. A turn that was lost to somebody else writes nothing.
-- name: session_token_renewed
-- in:   tokens blob?, away_ms i64, id u64, turn i64
UPDATE session
   SET tokens = ?,
       tokens_turn = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED),
       tokens_away = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ?
 WHERE id = ? AND tokens_turn = ?;

-- name: session_token_used
-- in:   id u64
UPDATE session SET tokens_used = 1 WHERE id = ? AND tokens_used = 0;
