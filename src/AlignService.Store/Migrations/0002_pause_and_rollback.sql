-- A pause that was asked for and is yet to come, and how often the job went back to a checkpoint to go on at a lower learning rate.

ALTER TABLE jobs ADD COLUMN pause_request_time BIGINT;
ALTER TABLE jobs ADD COLUMN rollback_count INTEGER NOT NULL DEFAULT 0;
