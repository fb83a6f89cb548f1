-- The audit log: rows that are added, searched backwards, and taken away when they are old.

-- name: audit_add
-- in:   at i64, plugin text, event text, severity text, status text, actor text, ip text, agent text, method text, url text
-- in:   request_id text, meta text, error text
INSERT INTO audit (at, plugin, event, severity, status, actor, ip, agent, method, url, request_id, meta, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- The newest first, those before the row with this id. NULL: any; a text is looked for in three columns. Three statements, so that
-- each walks the key that fits it. What is asked for may be any text; a column of ASCII is compared with ASCII only.
-- name: audit_find
-- in:   before u64, status1 text?, status text?, since i64, until i64, like1 text?, like2 text?, like3 text?, like4 text?, limit u64
-- out:  id u64, at i64, plugin text, event text, severity text, status text, actor text, ip text, agent text, method text
-- out:  url text, request_id text, meta text, error text
SELECT id, at, plugin, event, severity, status, actor, ip, agent, method, url, request_id, meta, error
  FROM audit
 WHERE id < ? AND (? IS NULL OR status = ?) AND at >= ? AND at < ?
   AND (? IS NULL OR url LIKE ? OR meta LIKE ? OR error LIKE ?)
 ORDER BY id DESC
 LIMIT ?;

-- name: audit_find_event
-- in:   event text, before u64, status1 text?, status text?, since i64, until i64
-- in:   like1 text?, like2 text?, like3 text?, like4 text?, limit u64
-- out:  id u64, at i64, plugin text, event text, severity text, status text, actor text, ip text, agent text, method text
-- out:  url text, request_id text, meta text, error text
SELECT id, at, plugin, event, severity, status, actor, ip, agent, method, url, request_id, meta, error
  FROM audit
 WHERE event = CONVERT(? USING ascii) AND id < ? AND (? IS NULL OR status = ?) AND at >= ? AND at < ?
   AND (? IS NULL OR url LIKE ? OR meta LIKE ? OR error LIKE ?)
 ORDER BY id DESC
 LIMIT ?;

-- name: audit_find_actor
-- in:   actor text, before u64, event1 text?, event text?, status1 text?, status text?, since i64, until i64
-- in:   like1 text?, like2 text?, like3 text?, like4 text?, limit u64
-- out:  id u64, at i64, plugin text, event text, severity text, status text, actor text, ip text, agent text, method text
-- out:  url text, request_id text, meta text, error text
SELECT id, at, plugin, event, severity, status, actor, ip, agent, method, url, request_id, meta, error
  FROM audit
 WHERE actor = ? AND id < ? AND (? IS NULL OR event = CONVERT(? USING ascii)) AND (? IS NULL OR status = ?) AND at >= ? AND at < ?
   AND (? IS NULL OR url LIKE ? OR meta LIKE ? OR error LIKE ?)
 ORDER BY id DESC
 LIMIT ?;

-- The kinds of events there are, for the form.
-- name: audit_events
-- out:  event text
SELECT DISTINCT event FROM audit ORDER BY event LIMIT 200;

-- name: audit_forget
-- in:   until i64
DELETE FROM audit WHERE at < ? ORDER BY at LIMIT 5000;
