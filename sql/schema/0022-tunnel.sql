-- Connections that are about to be taken over: what the worker that judged the request leaves for the process that holds them. A row
-- lives for seconds, and is taken once.
CREATE TABLE IF NOT EXISTS tunnel_ticket (
  id BINARY(32) NOT NULL PRIMARY KEY,  -- SHA-256 of the ticket
  sealed MEDIUMBLOB NOT NULL,          -- JSON; the ticket is the key, and it is nowhere here
  at BIGINT NOT NULL,                  -- ms since 1970
  KEY at (at)
) ENGINE=InnoDB;
