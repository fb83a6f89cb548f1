-- What `callboard doctor` asks the server.

-- name: doctor_server
-- out:  version text, now_ms i64, read_only bool, wait_s u64
SELECT VERSION(), CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), @@read_only, @@wait_timeout;

-- name: doctor_migrations
-- out:  version i64
SELECT version FROM migration ORDER BY version;
