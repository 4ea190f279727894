-- A deleted workflow stays as long as runs refer to it, so that they can be looked at.
ALTER TABLE workflows ADD COLUMN deleted_at_ms BIGINT;
