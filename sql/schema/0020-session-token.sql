-- What a sign-in provider gave for the user of a session, for clusters that want it. It goes with the session's row.
ALTER TABLE session
  ADD COLUMN IF NOT EXISTS tokens MEDIUMBLOB NULL,                 -- sealed; the key follows from the cookie alone. NULL: none, or no longer
  ADD COLUMN IF NOT EXISTS tokens_turn BIGINT NOT NULL DEFAULT 0,  -- until when somebody renews them, or when that ended: no two are the same
  ADD COLUMN IF NOT EXISTS tokens_away BIGINT NOT NULL DEFAULT 0,  -- the provider is not asked before, since it did not answer
  ADD COLUMN IF NOT EXISTS tokens_used TINYINT NOT NULL DEFAULT 0; -- they were sent somewhere
