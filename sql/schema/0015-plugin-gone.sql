-- Since when nobody brings a schedule or provider any more; ms since 1970, NULL: somebody does.
ALTER TABLE plugin_run ADD COLUMN IF NOT EXISTS gone_at BIGINT NULL;
