-- Tickets of connections that are taken over. Times are ms since 1970, by the host's clock.

-- name: tunnel_add
-- in:   id blob, sealed blob, at i64
INSERT INTO tunnel_ticket (id, sealed, at) VALUES (?, ?, ?);

-- name: tunnel_find
-- in:   id blob, since i64
-- out:  sealed blob
SELECT sealed FROM tunnel_ticket WHERE id = ? AND at >= ?;

-- Whoever deletes the row has it.
-- name: tunnel_take
-- in:   id blob
DELETE FROM tunnel_ticket WHERE id = ?;

-- name: tunnel_sweep
-- in:   before i64
DELETE FROM tunnel_ticket WHERE at < ?;
